package shop

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Limits of the prices of a SKU.
const (
	MaxPriceMinor      = 1_000_000_000_000        // of one unit
	MaxPriceAhead      = 3 * 366 * 24 * time.Hour // how far ahead a price can be scheduled
	MaxScheduledPrices = 50                       // changes ahead, for one SKU in one currency
	MaxShownPrices     = 500                      // periods of one SKU that are shown, the latest first
)

// SKUPrice is one period in the price history of a SKU. A zero Until is until it is changed.
type SKUPrice struct {
	ID    int64
	Price Amount
	From  time.Time
	Until time.Time
}

// Covers tells whether the price is the one at a moment.
func (p SKUPrice) Covers(at time.Time) bool {
	return !p.From.After(at) && (p.Until.IsZero() || p.Until.After(at))
}

// PriceState says where a period of a price stands.
type PriceState string

// The states of a price. Time alone moves a price from one to the next.
const (
	PricePast      PriceState = "past"
	PriceCurrent   PriceState = "current"
	PriceScheduled PriceState = "scheduled"
)

// State is where the period stands at a moment.
func (p SKUPrice) State(now time.Time) PriceState {
	switch {
	case p.From.After(now):
		return PriceScheduled
	case p.Covers(now):
		return PriceCurrent
	}
	return PricePast
}

// PriceBook is all prices of a SKU: what it has cost, costs and will cost. Periods are by currency, the latest first.
type PriceBook struct {
	SKUID      int64
	Code       string
	Name       string
	MerchantID int64
	At         time.Time // the moment at which the book was read
	Periods    []SKUPrice
}

// Current is the price at the moment of the book.
func (b PriceBook) Current(c Currency) (Amount, bool) {
	at := slices.IndexFunc(b.Periods, func(p SKUPrice) bool { return p.Price.Currency == c && p.Covers(b.At) })
	if at < 0 {
		return Amount{}, false
	}
	return b.Periods[at].Price, true
}

// PriceAction is what is done to the prices of a SKU.
type PriceAction string

// The price actions.
const (
	PriceSet    PriceAction = "set"    // the price is Price from From on, until the next scheduled change
	PriceEnd    PriceAction = "end"    // from From on there is no price in the currency, until the next scheduled change
	PriceCancel PriceAction = "cancel" // the scheduled change PeriodID will not happen; the price before it goes on
)

// ChangePrice asks for a price action on a SKU of a merchant, or of anybody when MerchantID is zero.
type ChangePrice struct {
	SKUID      int64
	MerchantID int64
	Action     PriceAction
	Price      Amount    // PriceEnd takes its currency alone, PriceCancel nothing
	From       time.Time // zero: now
	PeriodID   int64     // of PriceCancel
	Actor      Actor
	RequestID  string
	Key        IdempotencyKey // optional
}

// Check refuses what needs no look at the prices there are. now is the time of the change.
func (c ChangePrice) Check(now time.Time) error {
	var fields []FieldError
	if c.Action == PriceSet && c.Price.Minor < 0 {
		fields = append(fields, FieldError{"price", "The price cannot be negative."})
	}
	if c.Action == PriceSet && c.Price.Minor > MaxPriceMinor {
		limit := Amount{Minor: MaxPriceMinor, Currency: c.Price.Currency}
		fields = append(fields, FieldError{"price", fmt.Sprintf("The price can be at most %s.", limit.Decimal())})
	}
	switch {
	case c.From.IsZero():
	case c.From.Before(now):
		fields = append(fields, FieldError{"validFrom", "The change must be in the future. To change the price now, give no time."})
	case c.From.After(now.Add(MaxPriceAhead)):
		fields = append(fields, FieldError{"validFrom", "A price can be scheduled at most three years ahead."})
	}
	if fields != nil {
		return InvalidFields(fields...)
	}
	return nil
}

// PriceEdit is how the periods of a SKU in one currency change: each part that is set is carried out, in this order.
type PriceEdit struct {
	Remove  int64     // the period that goes
	Resize  int64     // the period whose end becomes Until
	Until   time.Time // zero: until it is changed
	Reprice int64     // the period that gets the price of Add, instead of a new one
	Add     *SKUPrice // its ID is zero
}

// Nothing tells that all is as it was asked for already.
func (e PriceEdit) Nothing() bool { return e == PriceEdit{} }

// PlanPrice decides how the periods of a SKU, in all currencies, change. No two of one currency overlap, before and after.
// The price of a moment is never changed once the moment is past.
func PlanPrice(periods []SKUPrice, c ChangePrice, now time.Time) (PriceEdit, error) {
	if c.Action == PriceCancel {
		return planCancel(periods, c.PeriodID, now)
	}
	periods = slices.DeleteFunc(slices.Clone(periods), func(p SKUPrice) bool { return p.Price.Currency != c.Price.Currency })
	from := c.From
	if from.IsZero() {
		from = now
	}
	at := slices.IndexFunc(periods, func(p SKUPrice) bool { return p.Covers(from) })
	if c.Action == PriceEnd {
		return planEnd(periods, at, from)
	}
	switch {
	case at >= 0 && periods[at].Price == c.Price:
		return PriceEdit{}, nil
	case at < 0:
		return scheduled(periods, now, PriceEdit{Add: &SKUPrice{Price: c.Price, From: from, Until: nextFrom(periods, from)}})
	case periods[at].From.Equal(from):
		return PriceEdit{Reprice: periods[at].ID, Add: &SKUPrice{Price: c.Price}}, nil
	}
	cut := periods[at]
	return scheduled(periods, now, PriceEdit{Resize: cut.ID, Until: from, Add: &SKUPrice{Price: c.Price, From: from, Until: cut.Until}})
}

// scheduled refuses an edit that would schedule too much.
func scheduled(periods []SKUPrice, now time.Time, edit PriceEdit) (PriceEdit, error) {
	ahead := 0
	for _, p := range periods {
		if p.From.After(now) {
			ahead++
		}
	}
	if edit.Add.From.After(now) && ahead >= MaxScheduledPrices {
		return PriceEdit{}, Conflict(fmt.Sprintf("There are %d changes of this price ahead, which is the most there can be. Cancel one first.", ahead))
	}
	return edit, nil
}

// nextFrom is when the next period after a moment begins, zero if none does.
func nextFrom(periods []SKUPrice, after time.Time) time.Time {
	var next time.Time
	for _, p := range periods {
		if p.From.After(after) && (next.IsZero() || p.From.Before(next)) {
			next = p.From
		}
	}
	return next
}

func planEnd(periods []SKUPrice, at int, from time.Time) (PriceEdit, error) {
	switch {
	case at < 0:
		return PriceEdit{}, Conflict("There is no price in this currency at that time.")
	case periods[at].From.Equal(from):
		return PriceEdit{Remove: periods[at].ID}, nil
	}
	return PriceEdit{Resize: periods[at].ID, Until: from}, nil
}

func planCancel(periods []SKUPrice, id int64, now time.Time) (PriceEdit, error) {
	at := slices.IndexFunc(periods, func(p SKUPrice) bool { return p.ID == id })
	if at < 0 {
		return PriceEdit{}, NotFound("price")
	}
	gone := periods[at]
	if !gone.From.After(now) {
		return PriceEdit{}, Conflict("This price is in force already. Set another one instead.")
	}
	edit := PriceEdit{Remove: gone.ID}
	before := slices.IndexFunc(periods, func(p SKUPrice) bool {
		return p.Price.Currency == gone.Price.Currency && p.Until.Equal(gone.From)
	})
	if before >= 0 {
		edit.Resize, edit.Until = periods[before].ID, gone.Until
	}
	return edit, nil
}

// SortPrices puts periods in the order of a PriceBook.
func SortPrices(periods []SKUPrice) {
	slices.SortFunc(periods, func(a, b SKUPrice) int {
		return cmp.Or(cmp.Compare(a.Price.Currency, b.Price.Currency), b.From.Compare(a.From))
	})
}
