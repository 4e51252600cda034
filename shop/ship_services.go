package shop

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Limits of what a merchant promises.
const (
	MaxShipServices    = 10
	MaxShipHolidays    = 100
	MaxServiceName     = 40 // characters
	MaxHolidayName     = 60
	MaxHandlingDays    = 30
	maxCutoffMinute    = 24*60 - 1
	keepHolidaysPassed = 7 * 24 * time.Hour // after that nothing is promised by them any more
)

// ShipService is a service that a merchant offers. ID 0 is the standard, which has no name of its own.
type ShipService struct {
	ID           int64
	Name         string
	CutoffMinute int
	HandlingDays int
	WorkingDays  Weekdays
	// MaxWeightGrams is what all units of an order may weigh together; 0: any weight. The standard takes any.
	MaxWeightGrams int64
}

// Holiday is a day on which a merchant does not work.
type Holiday struct {
	Day  Day
	Name string
}

// ShipTerms is everything that a merchant promises.
type ShipTerms struct {
	Zone     string // IANA name
	Standard ShipService
	Services []ShipService
	Holidays []Holiday
	Undo     time.Duration // how long packing and handing over can be taken back; 0: not at all
}

// Policy is how fast a merchant with these terms promises to ship with one service.
func (t ShipTerms) Policy(s ShipService, zone *time.Location) ShipPolicy {
	p := ShipPolicy{CutoffMinute: s.CutoffMinute, HandlingDays: s.HandlingDays, WorkingDays: s.WorkingDays, Zone: zone}
	for _, h := range t.Holidays {
		p.Holidays = append(p.Holidays, h.Day)
	}
	return p
}

// Clean strips the name and refuses, as CodeInvalid with every field named, what cannot be promised.
func (s ShipService) Clean(standard bool) (ShipService, error) {
	var fields []FieldError
	s.Name = strings.Join(strings.Fields(s.Name), " ")
	if length := utf8.RuneCountInString(s.Name); !standard && (length == 0 || length > MaxServiceName) {
		fields = append(fields, FieldError{"name", fmt.Sprintf("Give the service a name of at most %d characters.", MaxServiceName)})
	}
	if strings.EqualFold(s.Name, "standard") {
		fields = append(fields, FieldError{"name", "Standard is the one that is always there. Choose another name."})
	}
	if s.CutoffMinute < 0 || s.CutoffMinute > maxCutoffMinute {
		fields = append(fields, FieldError{"cutoff", "Enter a time of day such as 14:00."})
	}
	if s.HandlingDays < 0 || s.HandlingDays > MaxHandlingDays {
		fields = append(fields, FieldError{"days", fmt.Sprintf("Enter a number of days from 0 to %d.", MaxHandlingDays)})
	}
	if s.WorkingDays == 0 || s.WorkingDays > EveryDay {
		fields = append(fields, FieldError{"week", "Tick at least one working day."})
	}
	if s.MaxWeightGrams < 0 || s.MaxWeightGrams > MaxShippingBandGrams {
		fields = append(fields, FieldError{"weight", "Enter a weight in kilograms such as 2.5, at most 1,000,000."})
	}
	if fields != nil {
		return ShipService{}, InvalidFields(fields...)
	}
	return s, nil
}

// Clean strips the name and refuses a day off that is no day, or over.
func (h Holiday) Clean(now time.Time) (Holiday, error) {
	h.Name = strings.Join(strings.Fields(h.Name), " ")
	day, ok := ParseDay(string(h.Day))
	switch {
	case !ok:
		return Holiday{}, Invalid("day", "Enter a day such as 2026-12-25.")
	case day < DayOf(now.Add(-keepHolidaysPassed)):
		return Holiday{}, Invalid("day", "This day is over.")
	case utf8.RuneCountInString(h.Name) > MaxHolidayName:
		return Holiday{}, Invalid("holiday", fmt.Sprintf("A name has at most %d characters.", MaxHolidayName))
	}
	return h, nil
}

// FirstHolidayKept is the day before which days off are forgotten.
func FirstHolidayKept(now time.Time) Day { return DayOf(now.Add(-keepHolidaysPassed)) }
