package shop

import (
	"cmp"
	"fmt"
	"unicode/utf8"
)

// Limits of stock.
const (
	MaxStock            = 1_000_000_000 // units of a SKU at one location
	MaxAdjustmentReason = 500           // characters
)

// The reasons of an adjustment that the ledger keeps as kinds of their own.
const (
	ReasonCount      = "count"      // somebody counted
	ReasonReceipt    = "receipt"    // goods came in
	ReasonAdjustment = "adjustment" // anything else
)

// SKUStock is what is known of the stock of one SKU.
type SKUStock struct {
	SKUID      int64
	Code       string
	Name       string // product and variant
	MerchantID int64
	Locations  []LocationStock // the one that ships first comes first
	Rules      StockRules
}

// LocationStock is the stock of a SKU at one location, in units.
type LocationStock struct {
	LocationID int64
	Code       string
	Name       string
	Bin        string
	OnHand     int64
	Reserved   int64
	// Backordered units are waited for by orders; they are counted at the location that comes first.
	Backordered  int64
	ReorderPoint *int64 // with so many left, the location is to be refilled; nil: never
}

// Available is how many units can still be sold from the location.
func (l LocationStock) Available() int64 { return l.OnHand - l.Reserved }

// OnHand is how many units there are, reserved ones included.
func (s SKUStock) OnHand() int64 {
	var sum int64
	for _, l := range s.Locations {
		sum += l.OnHand
	}
	return sum
}

// Reserved is how many units are held for orders.
func (s SKUStock) Reserved() int64 {
	var sum int64
	for _, l := range s.Locations {
		sum += l.Reserved
	}
	return sum
}

// Available is how many units can still be sold.
func (s SKUStock) Available() int64 { return s.OnHand() - s.Reserved() }

// Backordered is how many units orders wait for.
func (s SKUStock) Backordered() int64 {
	var sum int64
	for _, l := range s.Locations {
		sum += l.Backordered
	}
	return sum
}

// StockAdjustment changes how many units of a SKU lie at a location.
type StockAdjustment struct {
	SKUID      int64
	LocationID int64 // 0: the SKU's location that ships first
	Delta      int64 // units; negative for units that are gone
	// Reason is ReasonCount, ReasonReceipt, ReasonAdjustment, or words of the caller's own, which are kept with an
	// adjustment.
	Reason     string
	Booked     string // what the ledger calls it; "": what the reason says
	MerchantID int64  // whose SKU it must be; 0: anybody's
	Actor      Actor
	RequestID  string
	Key        IdempotencyKey
	field      string // what the number of units is called where they are asked for; "": delta
}

// Kind is what the stock ledger calls the adjustment.
func (a StockAdjustment) Kind() string {
	if a.Booked != "" {
		return a.Booked
	}
	if a.Reason == ReasonCount || a.Reason == ReasonReceipt {
		return a.Reason
	}
	return ReasonAdjustment
}

// Check refuses what needs no look at the stock, as CodeInvalid.
func (a StockAdjustment) Check() error {
	var fields []FieldError
	add := func(field, message string) { fields = append(fields, FieldError{field, message}) }
	switch {
	case a.Delta == 0:
		add("delta", "The delta must not be zero: there would be nothing to adjust.")
	case a.Delta < -MaxStock || a.Delta > MaxStock:
		add("delta", fmt.Sprintf("The delta must be between -%d and %d units.", MaxStock, MaxStock))
	case a.Delta < 0 && a.Kind() == ReasonReceipt:
		add("delta", "A receipt only adds units; use the reason adjustment or count to take some away.")
	}
	switch {
	case a.Reason == "":
		add("reason", "Please say why: count, receipt, adjustment, or in your own words.")
	case utf8.RuneCountInString(a.Reason) > MaxAdjustmentReason:
		add("reason", fmt.Sprintf("The reason can have at most %d characters.", MaxAdjustmentReason))
	}
	if a.LocationID < 0 {
		add("locationId", "There is no such location.")
	}
	if fields != nil {
		return InvalidFields(fields...)
	}
	return nil
}

// Apply returns what the stock at a location is after the adjustment. It never falls below what is reserved
// (CodeConflict) and never exceeds MaxStock (CodeInvalid).
func (a StockAdjustment) Apply(at LocationStock) (LocationStock, error) {
	after := at.OnHand + a.Delta // both are at most MaxStock in size, so it cannot wrap
	switch {
	case after < at.Reserved:
		return at, Conflict(fmt.Sprintf("At %s there are %d units, of which %d are reserved for orders. At most %d can be taken away.",
			at.Name, at.OnHand, at.Reserved, at.Available()))
	case after > MaxStock:
		return at, Invalid(cmp.Or(a.field, "delta"), fmt.Sprintf("At %s there would be more than %d units.", at.Name, MaxStock))
	}
	at.OnHand = after
	return at, nil
}
