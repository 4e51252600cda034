package shop

import (
	"strings"
	"time"
)

const dayLayout = "2006-01-02"

// ParsePeriod reads a period of whole UTC days: "2026-05-23", "2026-05-01..2026-05-23" (both days belong to it), and
// today, yesterday, this-week, last-week, this-month, last-month, this-year, last-year. Weeks begin on Monday.
func ParsePeriod(s string, now time.Time) (Period, error) {
	if period, ok := namedPeriod(s, now); ok {
		return period, nil
	}
	first, last, isSpan := strings.Cut(s, "..")
	if !isSpan {
		last = first
	}
	return PeriodOfDays(first, last)
}

// PeriodOfDays reads the first and the last day of a period, both of which belong to it. An empty text leaves that end
// open: its time is zero.
func PeriodOfDays(first, last string) (p Period, err error) {
	if first != "" {
		if p.From, err = time.Parse(dayLayout, first); err != nil {
			return Period{}, badPeriod()
		}
	}
	if last != "" {
		day, err := time.Parse(dayLayout, last)
		if err != nil {
			return Period{}, badPeriod()
		}
		p.Until = day.AddDate(0, 0, 1)
	}
	if !p.From.IsZero() && !p.Until.IsZero() && !p.From.Before(p.Until) {
		return Period{}, invalid("The first day comes before the last.")
	}
	return p, nil
}

func badPeriod() error {
	return invalid("Write a day as 2026-05-23, a span as 2026-05-01..2026-05-23, or a word such as last-week.")
}

func namedPeriod(word string, now time.Time) (Period, bool) {
	today := UTCDay(now)
	monday := today.AddDate(0, 0, -(int(today.Weekday())+6)%7)
	month := today.AddDate(0, 0, 1-today.Day())
	year := time.Date(today.Year(), 1, 1, 0, 0, 0, 0, time.UTC)
	switch word {
	case "today":
		return Period{today, today.AddDate(0, 0, 1)}, true
	case "yesterday":
		return Period{today.AddDate(0, 0, -1), today}, true
	case "this-week":
		return Period{monday, monday.AddDate(0, 0, 7)}, true
	case "last-week":
		return Period{monday.AddDate(0, 0, -7), monday}, true
	case "this-month":
		return Period{month, month.AddDate(0, 1, 0)}, true
	case "last-month":
		return Period{month.AddDate(0, -1, 0), month}, true
	case "this-year":
		return Period{year, year.AddDate(1, 0, 0)}, true
	case "last-year":
		return Period{year.AddDate(-1, 0, 0), year}, true
	}
	return Period{}, false
}

// UTCDay is the UTC midnight that a time's day begins with.
func UTCDay(t time.Time) time.Time {
	t = t.UTC()
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

// FirstDay and LastDay write the days of the period as PeriodOfDays reads them, "" for an open end.
func (p Period) FirstDay() string {
	if p.From.IsZero() {
		return ""
	}
	return p.From.Format(dayLayout)
}

// LastDay is the last day that belongs to the period.
func (p Period) LastDay() string {
	if p.Until.IsZero() {
		return ""
	}
	return p.Until.AddDate(0, 0, -1).Format(dayLayout)
}
