package shop

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	location, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return location
}

// A day has as many hours as its clock shows.
func TestPeriodsFollowTheMerchantsClock(t *testing.T) {
	t.Parallel()
	berlin := zone(t, "Europe/Berlin")
	for day, hours := range map[string]int{"2026-03-29": 23, "2026-10-25": 25, "2026-06-01": 24} {
		noon, _ := time.ParseInLocation("2006-01-02 15", day+" 12", berlin)
		from, until, parts := NumbersYesterday.Span(noon.AddDate(0, 0, 1), berlin)
		if len(parts) != hours || until.Sub(from) != time.Duration(hours)*time.Hour || parts[0] != from {
			t.Errorf("%s has %d hours, from %s to %s", day, len(parts), from, until)
		}
		_, _, days := NumbersWeek.Span(noon, berlin)
		if len(days) != 7 || days[0].Hour() != 0 || days[6].Day() != noon.Day() {
			t.Errorf("the week to %s is %v", day, days)
		}
	}
	if from, _, parts := NumbersMonth.Span(time.Date(2026, 4, 10, 1, 0, 0, 0, time.UTC), zone(t, "America/Los_Angeles")); len(parts) != 28 || from.Day() != 13 || from.Hour() != 0 {
		t.Errorf("the month begins %s and has %d days", from, len(parts))
	}
}

// Every parcel is in one part of the period, in one age, and in one stage at a time; what a figure says is how many parcels
// its list has.
func TestFiguresCountEachParcelOnce(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 10, 26, 11, 0, 0, 0, time.UTC)
	berlin := zone(t, "Europe/Berlin")
	rapid.Check(t, func(t *rapid.T) {
		var stories []ParcelStory
		for i := range rapid.IntRange(0, 30).Draw(t, "parcels") {
			s := ParcelStory{OrderID: OrderID(i + 1), No: 1, Status: FulfillmentOpen, Units: rapid.Int64Range(1, 9).Draw(t, "units"), LocationID: rapid.Int64Range(1, 2).Draw(t, "location")}
			at := now.Add(-time.Duration(rapid.IntRange(0, 40*24*60).Draw(t, "age")) * time.Minute)
			s.OpenAt, s.ShipByAt = at, at.Add(24*time.Hour)
			statuses := []FulfillmentStatus{FulfillmentPicking, FulfillmentPicked, FulfillmentPacked, FulfillmentShipped}
			for j, step := range []*time.Time{&s.ClaimedAt, &s.PickedAt, &s.PackedAt, &s.ShippedAt}[:rapid.IntRange(0, 4).Draw(t, "steps")] {
				if at = at.Add(time.Duration(rapid.IntRange(0, 3000).Draw(t, "wait")) * time.Minute); at.After(now) {
					break
				}
				*step, s.Status = at, statuses[j]
			}
			if !s.PickedAt.IsZero() {
				s.PickerID = rapid.Int64Range(1, 3).Draw(t, "picker")
			}
			stories = append(stories, s)
		}
		period := rapid.SampledFrom(NumbersPeriods()).Draw(t, "period")
		n := NewNumbers(NumbersQuery{Period: period, LocationID: rapid.Int64Range(0, 2).Draw(t, "where")}, now, berlin, stories, nil)
		for _, what := range []FigureKind{FigurePicked, FigureShipped} {
			var parts int64
			for i := range n.Parts {
				parts += n.Count(Figure{What: what, Part: i + 1})
			}
			if all := n.Count(Figure{What: what}); parts != all {
				t.Fatalf("%s: %d in the parts, %d in all", what, parts, all)
			}
		}
		var ages, stages, picked int64
		for age := range len(WorkAges()) + 1 {
			ages += n.Count(Figure{What: FigureAge, Age: age + 1})
		}
		for _, stage := range WorkStages() {
			stages += n.Count(Figure{What: FigureNow, Stage: stage})
		}
		unsent := n.Count(Figure{What: FigureUnsent})
		if ages != unsent || stages != unsent {
			t.Fatalf("%d by age, %d by stage, %d not shipped", ages, stages, unsent)
		}
		for _, w := range n.Pickers() {
			picked += w.Parcels
			if got := n.Count(Figure{What: FigurePicked, Picker: w.ID}); got != w.Parcels {
				t.Fatalf("%d parcels of picker %d, %d in the list", w.Parcels, w.ID, got)
			}
		}
		if all := n.Count(Figure{What: FigurePicked}); picked != all {
			t.Fatalf("%d by picker, %d picked", picked, all)
		}
		if backlogs := n.Backlogs(); period != NumbersYesterday {
			var last int64
			for _, count := range backlogs[len(backlogs)-1].Stages {
				last += count
			}
			if last != unsent {
				t.Fatalf("the backlog ends with %d, %d are not shipped", last, unsent)
			}
		}
		for _, times := range n.Times() {
			slow := n.Count(Figure{What: FigureSlow, Stage: times.Stage})
			if times.Median > times.Ninety || times.Ninety > times.Longest || slow*10 > times.Parcels {
				t.Fatalf("%+v, %d slow", times, slow)
			}
			if times.Parcels != n.Count(Figure{What: FigureStage, Stage: times.Stage}) {
				t.Fatalf("%+v", times)
			}
		}
	})
}
