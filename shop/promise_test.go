package shop

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestShipBy(t *testing.T) {
	t.Parallel()
	// 2026-03-02 is a Monday. Clocks in New York go forward on Sunday 2026-03-08 and back on Sunday 2026-11-01.
	cases := []struct {
		name        string
		zone        string
		confirmed   string // on the merchant's clock
		cutoff      int
		handling    int
		wantLocal   string
		wantInstant string
	}{
		{"before the cut-off", "UTC", "2026-03-02 13:59", 840, 1, "2026-03-03 23:59:59", "2026-03-03T23:59:59Z"},
		{"at the cut-off it is too late", "UTC", "2026-03-02 14:00", 840, 1, "2026-03-04 23:59:59", "2026-03-04T23:59:59Z"},
		{"same day", "UTC", "2026-03-02 09:00", 840, 0, "2026-03-02 23:59:59", "2026-03-02T23:59:59Z"},
		{"same day, missed on Friday", "UTC", "2026-03-06 15:00", 840, 0, "2026-03-09 23:59:59", "2026-03-09T23:59:59Z"},
		{"Friday in time ships on Monday", "UTC", "2026-03-06 09:00", 840, 1, "2026-03-09 23:59:59", "2026-03-09T23:59:59Z"},
		{"Friday too late starts on Monday", "UTC", "2026-03-06 14:30", 840, 1, "2026-03-10 23:59:59", "2026-03-10T23:59:59Z"},
		{"Saturday morning starts on Monday", "UTC", "2026-03-07 01:00", 840, 1, "2026-03-10 23:59:59", "2026-03-10T23:59:59Z"},
		{"Sunday night starts on Monday", "UTC", "2026-03-08 23:59", 840, 2, "2026-03-11 23:59:59", "2026-03-11T23:59:59Z"},
		{"five days are a week", "UTC", "2026-03-04 09:00", 840, 5, "2026-03-11 23:59:59", "2026-03-11T23:59:59Z"},
		{"over the start of summer time", "America/New_York", "2026-03-06 13:00", 840, 1, "2026-03-09 23:59:59", "2026-03-10T03:59:59Z"},
		{"over the end of summer time", "America/New_York", "2026-10-30 13:00", 840, 1, "2026-11-02 23:59:59", "2026-11-03T04:59:59Z"},
		{"the cut-off is on the merchant's clock", "Asia/Tokyo", "2026-03-03 00:30", 840, 1, "2026-03-04 23:59:59", "2026-03-04T14:59:59Z"},
		{"Monday in Auckland is Sunday in UTC", "Pacific/Auckland", "2026-03-02 08:00", 840, 0, "2026-03-02 23:59:59", "2026-03-02T10:59:59Z"},
		{"no cut-off of the day is met at minute 0", "UTC", "2026-03-02 00:00", 0, 0, "2026-03-03 23:59:59", "2026-03-03T23:59:59Z"},
	}
	for _, c := range cases {
		zone := mustZone(t, c.zone)
		confirmed, err := time.ParseInLocation("2006-01-02 15:04", c.confirmed, zone)
		if err != nil {
			t.Fatal(err)
		}
		got := ShipBy(confirmed.UTC(), ShipPolicy{CutoffMinute: c.cutoff, HandlingDays: c.handling, Zone: zone})
		if local := got.In(zone).Format("2006-01-02 15:04:05"); local != c.wantLocal {
			t.Errorf("%s: on the merchant's clock %s, want %s", c.name, local, c.wantLocal)
		}
		if instant := got.Format(time.RFC3339); instant != c.wantInstant {
			t.Errorf("%s: %s, want %s", c.name, instant, c.wantInstant)
		}
	}
}

func TestShipByKeepsTheDaysOffOfAMerchant(t *testing.T) {
	t.Parallel()
	// 2026-12-24 is a Thursday; clocks in New York go forward on Sunday 2026-03-08 at 2:00, a time that day does not have.
	const weekend = Weekdays(1<<time.Saturday | 1<<time.Sunday)
	cases := []struct {
		name      string
		zone      string
		confirmed string
		policy    ShipPolicy
		wantLocal string
	}{
		{"holidays are skipped", "Europe/Berlin", "2026-12-24 09:00", ShipPolicy{HandlingDays: 1, Holidays: []Day{"2026-12-25"}}, "2026-12-28 23:59:59"},
		{"a holiday starts nothing", "Europe/Berlin", "2026-12-25 09:00", ShipPolicy{Holidays: []Day{"2026-12-25", "2026-12-28"}}, "2026-12-29 23:59:59"},
		{"a holiday at the weekend changes nothing", "Europe/Berlin", "2026-12-24 09:00", ShipPolicy{HandlingDays: 1, Holidays: []Day{"2026-12-26"}}, "2026-12-25 23:59:59"},
		{"the holiday is the merchant's day", "Pacific/Auckland", "2026-12-25 01:00", ShipPolicy{Holidays: []Day{"2026-12-25"}}, "2026-12-28 23:59:59"},
		{"express on Saturday", "Europe/Berlin", "2026-03-07 09:00", ShipPolicy{WorkingDays: EveryDay &^ (1 << time.Sunday)}, "2026-03-07 23:59:59"},
		{"weekends only", "America/New_York", "2026-03-02 09:00", ShipPolicy{WorkingDays: weekend, HandlingDays: 1}, "2026-03-08 23:59:59"},
		{"cut-off in the hour that is left out", "America/New_York", "2026-03-08 03:10", ShipPolicy{WorkingDays: EveryDay, CutoffMinute: 150}, "2026-03-09 23:59:59"},
		{"cut-off in the hour that comes twice", "America/New_York", "2026-11-01 01:10", ShipPolicy{WorkingDays: EveryDay, CutoffMinute: 90}, "2026-11-01 23:59:59"},
	}
	for _, c := range cases {
		c.policy.Zone = mustZone(t, c.zone)
		if c.policy.CutoffMinute == 0 {
			c.policy.CutoffMinute = 840
		}
		confirmed, err := time.ParseInLocation("2006-01-02 15:04", c.confirmed, c.policy.Zone)
		if err != nil {
			t.Fatal(err)
		}
		if local := ShipBy(confirmed.UTC(), c.policy).In(c.policy.Zone).Format("2006-01-02 15:04:05"); local != c.wantLocal {
			t.Errorf("%s: %s, want %s", c.name, local, c.wantLocal)
		}
	}
}

// Whatever the days off, a promise is the end of a working day, after the order, and a later order is never promised earlier.
func TestPromisesAreWorkingDaysInOrder(t *testing.T) {
	t.Parallel()
	zones := []string{"UTC", "America/New_York", "Europe/Berlin", "Pacific/Auckland", "Asia/Kathmandu"}
	rapid.Check(t, func(t *rapid.T) {
		zone, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		policy := ShipPolicy{
			CutoffMinute: rapid.IntRange(0, 1439).Draw(t, "cut-off"), HandlingDays: rapid.IntRange(0, 30).Draw(t, "days"), Zone: zone,
			WorkingDays: Weekdays(rapid.IntRange(1, int(EveryDay)).Draw(t, "week")),
		}
		start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		for range rapid.IntRange(0, 20).Draw(t, "holidays") {
			policy.Holidays = append(policy.Holidays, DayOf(start.AddDate(0, 0, rapid.IntRange(0, 400).Draw(t, "holiday"))))
		}
		first := start.Add(time.Duration(rapid.IntRange(0, 365*24*60).Draw(t, "at")) * time.Minute)
		second := first.Add(time.Duration(rapid.IntRange(0, 5000).Draw(t, "later")) * time.Minute)
		a, b := ShipBy(first, policy), ShipBy(second, policy)
		if a.Before(first) || b.Before(a) || !policy.Works(a.In(zone)) {
			t.Fatalf("%s is promised %s, %s is promised %s by %+v", first, a, second, b, policy)
		}
	})
}

func TestShipByWithoutAZoneIsUTC(t *testing.T) {
	t.Parallel()
	got := ShipBy(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), ShipPolicy{CutoffMinute: 840})
	if want := time.Date(2026, 3, 2, 23, 59, 59, 0, time.UTC); !got.Equal(want) {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A promise is never in the past, falls on a working day, and a later order is never promised earlier.
func TestShipByHoldsForAllTimes(t *testing.T) {
	t.Parallel()
	zones := []*time.Location{time.UTC, mustZone(t, "America/New_York"), mustZone(t, "America/Sao_Paulo"), mustZone(t, "Australia/Lord_Howe"), mustZone(t, "Asia/Kathmandu")}
	rapid.Check(t, func(t *rapid.T) {
		policy := ShipPolicy{
			CutoffMinute: rapid.IntRange(0, 1439).Draw(t, "cutoff"), HandlingDays: rapid.IntRange(0, 30).Draw(t, "handling"),
			Zone: rapid.SampledFrom(zones).Draw(t, "zone"),
		}
		at := time.Unix(rapid.Int64Range(946684800, 4102444800).Draw(t, "at"), 0)
		by := ShipBy(at, policy)
		if !by.After(at) {
			t.Fatalf("confirmed at %s, promised for %s", at, by)
		}
		if weekday := by.In(policy.Zone).Weekday(); weekday == time.Saturday || weekday == time.Sunday {
			t.Fatalf("promised for a %s", weekday)
		}
		later := at.Add(time.Duration(rapid.Int64Range(0, 14*24*3600).Draw(t, "later")) * time.Second)
		if ShipBy(later, policy).Before(by) {
			t.Fatalf("%s is promised later than %s", at, later)
		}
	})
}

func mustZone(tb testing.TB, name string) *time.Location {
	tb.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		tb.Fatal(err)
	}
	return zone
}
