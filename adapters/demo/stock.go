package demo

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"waybill/shop"
)

// shelf is a SKU at a location.
type shelf struct {
	sku      *sku
	location string
}

// level is what happened on a shelf.
type level struct {
	bin      string
	receipts []shop.ImportReceipt
}

// demand is units that an order took off what was on sale, or gave back.
type demand struct {
	at    time.Time
	units int64
}

// planReceipts decides when goods came in, so that nothing was ever sold that was not there: at the opening, and whenever
// little was left. Of scarce goods next to nothing is left now, of some nothing.
func (w *World) planReceipts(dice *rand.Rand) {
	demands := w.demands()
	for _, s := range w.skus {
		for _, location := range s.locations {
			at := shelf{s, location}
			w.stock[at] = &level{bin: bin(dice), receipts: w.receipts(dice, s, demands[at])}
		}
	}
}

// demands are what the orders took from each shelf and gave back, in the order of time. Shipping takes nothing off what is
// on sale: that was done when the order was placed.
func (w *World) demands() map[shelf][]demand {
	byRef := map[string]*sku{}
	for _, s := range w.skus {
		byRef[s.ref()] = s
	}
	all := map[shelf][]demand{}
	for _, c := range w.checkouts {
		for _, o := range c.Orders {
			for _, h := range o.Holds {
				at := shelf{byRef[o.Lines[h.Line-1].SKURef], h.Location}
				all[at] = append(all[at], demand{c.PlacedAt, h.Quantity})
				if !h.ClosedAt.IsZero() && !h.Shipped {
					all[at] = append(all[at], demand{h.ClosedAt, -h.Quantity})
				}
			}
		}
	}
	for _, list := range all {
		slices.SortStableFunc(list, func(a, b demand) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.units, b.units)) })
	}
	return all
}

// receipts lets deliveries come a day before they are needed.
func (w *World) receipts(dice *rand.Rand, s *sku, demands []demand) []shop.ImportReceipt {
	lot := int64(12 * (1 + dice.IntN(4)))
	receipts := []shop.ImportReceipt{{At: w.opening(), Units: lot * 2, Reason: "opening stock"}}
	left, low := lot*2, int64(3+dice.IntN(6))
	since := left // the least that was left since the last delivery
	for _, d := range demands {
		if left-d.units < low {
			receipts = append(receipts, shop.ImportReceipt{At: d.at.Add(-24 * time.Hour).Truncate(time.Hour), Units: lot + d.units, Reason: "delivery"})
			left += lot + d.units
			since = left
		}
		left -= d.units
		since = min(since, left)
	}
	if s.scarce {
		keep := int64(dice.IntN(3))
		last := &receipts[len(receipts)-1]
		if spare := min(since-keep, last.Units-1); spare > 0 {
			last.Units -= spare
		}
	}
	slices.SortStableFunc(receipts, func(a, b shop.ImportReceipt) int { return a.At.Compare(b.At) })
	return receipts
}

// bin is where in a location something lies: aisle, shelf, box.
func bin(dice *rand.Rand) string {
	return fmt.Sprintf("%c-%02d-%d", 'A'+rune(dice.IntN(6)), 1+dice.IntN(24), 1+dice.IntN(4))
}

func (w *World) stockEntry(s *sku) []shop.ImportStock {
	var entries []shop.ImportStock
	for _, location := range s.locations {
		l := w.stock[shelf{s, location}]
		entries = append(entries, shop.ImportStock{Location: location, Bin: l.bin, Receipts: l.receipts})
	}
	return entries
}
