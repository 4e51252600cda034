package format

import (
	"strconv"
	"strings"
	"time"
)

const (
	day  = 24 * time.Hour
	week = 7 * day
)

// Date writes the day in UTC: "23 May 2026". A zero time is a dash.
func Date(t time.Time) string { return layout(t, "2 Jan 2006") }

// DateTime writes day and minute in UTC and names the zone: "23 May 2026, 02:30 UTC".
func DateTime(t time.Time) string { return layout(t, "2 Jan 2006, 15:04 UTC") }

// Exact writes everything there is to say of a time, for titles and tooltips:
// "Saturday 23 May 2026, 02:30:07 UTC".
func Exact(t time.Time) string { return layout(t, "Monday 2 January 2006, 15:04:05 UTC") }

// Clock writes the time of day in UTC without the zone, for lists that are
// grouped by day under a heading that names the zone: "02:30".
func Clock(t time.Time) string { return layout(t, "15:04") }

// Day writes the heading of a day: "Saturday 23 May 2026".
func Day(t time.Time) string { return layout(t, "Monday 2 January 2006") }

// Machine writes t for the datetime attribute of a time element (RFC 3339, UTC).
func Machine(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func layout(t time.Time, as string) string {
	if t.IsZero() {
		return dash
	}
	return t.UTC().Format(as)
}

// Ago says how long before (or after) now a time is, in one unit: "just now",
// "5 min ago", "3 h ago", "2 d ago", "in 20 min". From a week on it is the
// date. static/app.js counts on in the same words.
func Ago(now, t time.Time) string {
	if t.IsZero() {
		return dash
	}
	age := now.Sub(t)
	distance := max(age, -age)
	if distance >= week {
		return Date(t)
	}
	if distance < time.Minute {
		return "just now"
	}
	text := largest(distance)
	if age < 0 {
		return "in " + text
	}
	return text + " ago"
}

// largest writes d in its largest unit alone, rounded down.
func largest(d time.Duration) string {
	switch {
	case d >= day:
		return unit(int64(d/day), "d")
	case d >= time.Hour:
		return unit(int64(d/time.Hour), "h")
	default:
		return unit(int64(d/time.Minute), "min")
	}
}

// Largest writes a length of time in its largest unit alone, rounded down: "3 h". Below a minute it is "under 1 min".
func Largest(d time.Duration) string {
	if d < time.Minute {
		return "under 1" + nbsp + "min"
	}
	return largest(d)
}

// Duration writes a length of time in its two largest units, rounded down:
// "2 d 4 h", "3 h 12 min", "45 s". Below a second it is "under 1 s".
func Duration(d time.Duration) string {
	if d < 0 {
		return minus + Duration(-d)
	}
	if d < time.Second {
		return "under 1" + nbsp + "s"
	}
	var parts []string
	for _, u := range []struct {
		size time.Duration
		name string
	}{{day, "d"}, {time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}} {
		n := d / u.size
		d -= n * u.size
		if n > 0 {
			parts = append(parts, unit(int64(n), u.name))
		}
		// The second unit is the one right after the first, even when it is zero.
		if len(parts) == 2 || (len(parts) == 1 && n == 0) {
			break
		}
	}
	return strings.Join(parts, " ")
}

func unit(n int64, name string) string {
	return strconv.FormatInt(n, 10) + nbsp + name
}
