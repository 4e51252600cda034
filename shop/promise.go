package shop

import (
	"slices"
	"time"
)

// ShipPolicy is how fast a merchant promises to ship with one service. CutoffMinute counts from local midnight (0 to 1439),
// HandlingDays working days, which are the WorkingDays of a week in Zone except the Holidays.
type ShipPolicy struct {
	CutoffMinute int
	HandlingDays int
	WorkingDays  Weekdays       // zero is Monday to Friday
	Holidays     []Day          // finitely many, so a working day always comes
	Zone         *time.Location // nil is UTC
}

// Weekdays is a set of days of the week, one bit for each time.Weekday.
type Weekdays uint8

// Every day of the week, and those on which most people work.
const (
	EveryDay     Weekdays = 1<<7 - 1
	MondayFriday Weekdays = EveryDay &^ (1<<time.Saturday | 1<<time.Sunday)
)

// Has tells whether a day is in the set.
func (w Weekdays) Has(day time.Weekday) bool { return w&(1<<day) != 0 }

// Day is a day of the calendar as ISO 8601 writes it, "2026-12-24", wherever it is that day.
type Day string

// ParseDay reads a day that exists.
func ParseDay(s string) (Day, bool) {
	at, err := time.Parse(time.DateOnly, s)
	return Day(s), err == nil && at.Year() >= 2000 && at.Year() < 2100
}

// DayOf is the day of a time where the time is.
func DayOf(t time.Time) Day { return Day(t.Format(time.DateOnly)) }

// ShipBy is when an order that was confirmed at the given time must have left, in UTC: the last second of a working day
// of the merchant. An order confirmed before the cut-off of a working day starts on that day, any other on the next
// working day; HandlingDays working days later it must be out, so with 0 on the day it starts.
//
// Days are the merchant's calendar days and the cut-off is read from the merchant's clock, so a day of 23 or 25 hours
// counts as a day like any other.
func ShipBy(confirmedAt time.Time, policy ShipPolicy) time.Time {
	zone := policy.Zone
	if zone == nil {
		zone = time.UTC
	}
	local := confirmedAt.In(zone)
	// Noon exists once on every day of every zone; days are counted on it in UTC, where they all have 24 hours.
	day := time.Date(local.Year(), local.Month(), local.Day(), 12, 0, 0, 0, time.UTC)
	if local.Hour()*60+local.Minute() >= policy.CutoffMinute {
		day = day.AddDate(0, 0, 1)
	}
	day = policy.workingDay(day)
	for range policy.HandlingDays {
		day = policy.workingDay(day.AddDate(0, 0, 1))
	}
	return time.Date(day.Year(), day.Month(), day.Day(), 23, 59, 59, 0, zone).UTC()
}

// Works tells whether people work on the day of a time.
func (p ShipPolicy) Works(day time.Time) bool {
	days := p.WorkingDays
	if days == 0 {
		days = MondayFriday
	}
	return days.Has(day.Weekday()) && !slices.Contains(p.Holidays, DayOf(day))
}

// workingDay is a day if people work on it, else the next one on which they do.
func (p ShipPolicy) workingDay(day time.Time) time.Time {
	for !p.Works(day) {
		day = day.AddDate(0, 0, 1)
	}
	return day
}
