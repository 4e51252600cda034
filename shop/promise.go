package shop

import "time"

// ShipPolicy is how fast a merchant promises to ship. CutoffMinute counts from local midnight (0 to 1439), HandlingDays
// working days, which are Monday to Friday in Zone.
type ShipPolicy struct {
	CutoffMinute int
	HandlingDays int
	Zone         *time.Location // nil is UTC
}

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
	for !isWorkingDay(day) {
		day = day.AddDate(0, 0, 1)
	}
	for range policy.HandlingDays {
		day = nextWorkingDay(day)
	}
	return time.Date(day.Year(), day.Month(), day.Day(), 23, 59, 59, 0, zone).UTC()
}

func isWorkingDay(day time.Time) bool {
	return day.Weekday() != time.Saturday && day.Weekday() != time.Sunday
}

func nextWorkingDay(day time.Time) time.Time {
	for {
		day = day.AddDate(0, 0, 1)
		if isWorkingDay(day) {
			return day
		}
	}
}
