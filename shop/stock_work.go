package shop

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// MaxBin is the longest name of a bin, in characters.
const MaxBin = 32

// StockTask is what every piece of work on stock says: at which SKU, by whom, why, and under which key.
type StockTask struct {
	SKUID      int64
	MerchantID int64  // whose SKU it must be; 0: anybody's
	Reason     string // in words; may be empty where the kind of work says it all
	Actor      Actor
	RequestID  string
	Key        IdempotencyKey
}

func (t StockTask) reasonProblem() []FieldError {
	if utf8.RuneCountInString(t.Reason) > MaxAdjustmentReason {
		return []FieldError{{"reason", fmt.Sprintf("The reason can have at most %d characters.", MaxAdjustmentReason)}}
	}
	return nil
}

func unitsProblem(field string, units int64) []FieldError {
	if units < 1 || units > MaxStock {
		return []FieldError{{field, fmt.Sprintf("Enter between 1 and %d units.", MaxStock)}}
	}
	return nil
}

// StockReceipt is goods that came in.
type StockReceipt struct {
	StockTask
	LocationID int64 // 0: the SKU's location that ships first
	Quantity   int64
}

// Adjustment is the receipt as a change of stock. CodeInvalid names what cannot be.
func (r StockReceipt) Adjustment() (StockAdjustment, error) {
	fields := append(unitsProblem("quantity", r.Quantity), r.reasonProblem()...)
	if fields != nil {
		return StockAdjustment{}, InvalidFields(fields...)
	}
	reason := r.Reason
	if reason == "" {
		reason = ReasonReceipt
	}
	return StockAdjustment{
		SKUID: r.SKUID, LocationID: r.LocationID, Delta: r.Quantity, Reason: reason, Booked: ReasonReceipt, field: "quantity",
		MerchantID: r.MerchantID, Actor: r.Actor, RequestID: r.RequestID, Key: r.Key,
	}, nil
}

// StockCount says how many units of a SKU somebody counted at a location. The ledger gets the difference.
type StockCount struct {
	StockTask
	LocationID int64 // 0: the SKU's location that ships first
	OnHand     int64
}

// Check refuses what needs no look at the stock, as CodeInvalid.
func (c StockCount) Check() error {
	fields := c.reasonProblem()
	if c.OnHand < 0 || c.OnHand > MaxStock {
		fields = append(fields, FieldError{"onHand", fmt.Sprintf("There can be between 0 and %d units.", MaxStock)})
	}
	if fields != nil {
		return InvalidFields(fields...)
	}
	return nil
}

// Apply returns by how much the count differs from what is on record. Fewer than are reserved for orders is CodeConflict.
func (c StockCount) Apply(at LocationStock) (delta int64, err error) {
	if c.OnHand < at.Reserved {
		return 0, Conflict(fmt.Sprintf("At %s %d units are reserved for orders, so there cannot be only %d. Cancel or reassign orders first.",
			at.Name, at.Reserved, c.OnHand))
	}
	return c.OnHand - at.OnHand, nil
}

// StockTransfer moves units of a SKU from one location to another.
type StockTransfer struct {
	StockTask
	FromID   int64
	ToID     int64
	Quantity int64
}

// Check refuses what needs no look at the stock, as CodeInvalid.
func (t StockTransfer) Check() error {
	fields := append(unitsProblem("quantity", t.Quantity), t.reasonProblem()...)
	if t.FromID <= 0 {
		fields = append(fields, FieldError{"fromLocationId", "Choose the location that the units leave."})
	}
	switch {
	case t.ToID <= 0:
		fields = append(fields, FieldError{"toLocationId", "Choose the location that the units go to."})
	case t.ToID == t.FromID:
		fields = append(fields, FieldError{"toLocationId", "Choose another location: the units are there already."})
	}
	if fields != nil {
		return InvalidFields(fields...)
	}
	return nil
}

// Apply checks a transfer against the locked levels. More than is free is CodeConflict, more than a location can have
// CodeInvalid.
func (t StockTransfer) Apply(from, to LocationStock) error {
	switch {
	case t.Quantity > from.Available():
		return Conflict(fmt.Sprintf("At %s there are %d units, of which %d are reserved for orders. At most %d can leave.",
			from.Name, from.OnHand, from.Reserved, from.Available()))
	case to.OnHand+t.Quantity > MaxStock:
		return Invalid("quantity", fmt.Sprintf("At %s there would be more than %d units.", to.Name, MaxStock))
	}
	return nil
}

// StockPlace says in which bin of a location a SKU lies, and when that location is to be refilled.
type StockPlace struct {
	StockTask
	LocationID   int64
	Bin          string
	ReorderPoint *int64 // nil: never
}

// Placed tells whether the stock has the place already.
func (p StockPlace) Placed(stock SKUStock) bool {
	return slices.ContainsFunc(stock.Locations, func(l LocationStock) bool {
		return l.LocationID == p.LocationID && l.Bin == p.Bin && samePoint(l.ReorderPoint, p.ReorderPoint)
	})
}

// Clean trims the bin and refuses what cannot be, as CodeInvalid.
func (p StockPlace) Clean() (StockPlace, error) {
	p.Bin = strings.TrimSpace(p.Bin)
	var fields []FieldError
	if utf8.RuneCountInString(p.Bin) > MaxBin {
		fields = append(fields, FieldError{"bin", fmt.Sprintf("The bin can have at most %d characters.", MaxBin)})
	}
	fields = append(fields, reorderProblem(p.ReorderPoint)...)
	if fields != nil {
		return p, InvalidFields(fields...)
	}
	return p, nil
}

func reorderProblem(point *int64) []FieldError {
	if point != nil && (*point < 0 || *point > MaxStock) {
		return []FieldError{{"reorderPoint", fmt.Sprintf("The reorder point must be between 0 and %d units, or none.", MaxStock)}}
	}
	return nil
}
