package shop

import "strconv"

// MaxBackorderLimit is the most units of a SKU that a merchant may let orders wait for.
const MaxBackorderLimit = 1_000_000

// Backorder is units of an order's line that the order waits for.
type Backorder struct {
	StockKey // the level that counts them
	OrderID  OrderID
	LineNo   int
	Part     int
	Quantity int64
}

// BackorderShare is what a backorder gets of units that came in: all that it waits for, or a part.
type BackorderShare struct {
	Backorder
	From []Allocation
}

// Got is how many units of the backorder came in.
func (s BackorderShare) Got() int64 {
	var sum int64
	for _, a := range s.From {
		sum += a.Quantity
	}
	return sum
}

// PlanBackorders gives what is not reserved to those who wait, in the order given, each as much as there is; who gets
// nothing is left out. Locations are chosen as PlanReservations chooses them.
func PlanBackorders(levels []StockLevel, waiting []Backorder) []BackorderShare {
	all := newShelves(levels, nil)
	var shares []BackorderShare
	for _, b := range waiting {
		s := all[b.SKUID]
		if s == nil {
			continue
		}
		if got := min(b.Quantity, s.available); got > 0 {
			shares = append(shares, BackorderShare{Backorder: b, From: s.take(nil, Demand{b.SKUID, got})})
		}
	}
	return shares
}

// UnitsOf names units of something in a sentence or a list: "2 × Pencil".
func UnitsOf(quantity int64, name string) string {
	return strconv.FormatInt(quantity, 10) + " × " + name
}
