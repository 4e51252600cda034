package shop

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"time"
)

// BuyerLimitWindow is how far back the purchases of a customer count towards a limit per customer. Orders that were
// cancelled or refunded do not count.
const BuyerLimitWindow = 30 * 24 * time.Hour

// StockKey names the stock of one SKU at one location.
type StockKey struct{ SKUID, LocationID int64 }

// StockLevel is what the counters say while their rows are locked. Locations with a
// lower Priority number are served from first. Backordered units are waited for by
// orders, wherever they will come in.
type StockLevel struct {
	StockKey
	Priority    int
	OnHand      int64
	Reserved    int64
	Backordered int64
}

// Demand is how many units of a SKU a request wants.
type Demand struct{ SKUID, Quantity int64 }

// Allocation is units at one location: to be reserved there, or to be waited for there.
type Allocation struct {
	StockKey
	Quantity int64
}

// SKULimits are what a merchant allows of one SKU.
type SKULimits struct {
	Backorder int64 // units that orders may wait for at once; 0: none
	Buyer     int64 // units that one customer may have within BuyerLimitWindow; 0: any number
}

// BuyerSKU names what one customer has of one SKU.
type BuyerSKU struct{ CustomerID, SKUID int64 }

// ReservationRequest is what one customer wants at once.
type ReservationRequest struct {
	CustomerID int64
	Demands    []Demand
}

// ReservationInput is what PlanReservations decides on. Each stock key may occur once in Levels. Limits names the SKUs
// that have limits; Bought says what customers have of those with a limit per customer.
type ReservationInput struct {
	Levels   []StockLevel
	Limits   map[int64]SKULimits
	Bought   map[BuyerSKU]int64
	Requests []ReservationRequest
}

// OverLimit is a SKU of which a customer wants more than one customer may have.
type OverLimit struct {
	SKUID     int64
	Limit     int64
	Bought    int64 // before this request
	Requested int64
}

// ReservationOutcome is the answer to one request: where its units come from and which of them it waits for, or the SKUs
// that are short or too many for one customer. All are sorted by SKU. A refused request takes nothing.
type ReservationOutcome struct {
	Allocations []Allocation
	Backordered []Allocation // at the location that counts them
	Short       []ShortLine  // SKUID, Requested and Available only
	OverLimit   []OverLimit
}

// Refused tells whether the request got nothing.
func (o ReservationOutcome) Refused() bool { return len(o.Short) > 0 || len(o.OverLimit) > 0 }

// PlanReservations decides who gets which units. Requests are served in the order given,
// each completely or not at all, and later ones see what earlier ones took. A SKU is
// served from one location if one has enough, the one with the lowest priority number
// among those, else from several in order of priority. Equal priorities go by location id.
//
// What is not there is waited for, as far as the SKU's limit allows; units that came in
// belong to those who wait already. Such units are counted at the location that comes
// first, so a SKU without any level cannot be waited for.
//
// Demands of one request for the same SKU are judged together; a demand of less than one
// unit is no demand. A SKU without a level has no stock. The work is proportional to the
// demands times the locations of a SKU.
func PlanReservations(in ReservationInput) []ReservationOutcome {
	shelves := newShelves(in.Levels, in.Limits)
	bought := maps.Clone(in.Bought)
	outcomes := make([]ReservationOutcome, len(in.Requests))
	var merged []Demand // reused from request to request
	for i, request := range in.Requests {
		merged = mergeDemands(merged[:0], request.Demands)
		outcome := &outcomes[i]
		outcome.OverLimit = overLimit(request.CustomerID, merged, in.Limits, bought)
		outcome.Short = shelves.short(merged)
		if outcome.Refused() {
			continue
		}
		outcome.Allocations = make([]Allocation, 0, len(merged))
		for _, d := range merged {
			shelves[d.SKUID].serve(outcome, d)
			if in.Limits[d.SKUID].Buyer > 0 {
				if bought == nil {
					bought = map[BuyerSKU]int64{}
				}
				bought[BuyerSKU{request.CustomerID, d.SKUID}] += d.Quantity
			}
		}
	}
	return outcomes
}

// Plenty tells whether outcomes, which PlanReservations made of the levels, may be relied on although others take from the
// same levels meanwhile: every request is served whole and at once, nobody waits for any of the SKUs, and of no level more
// than half of what is there is taken.
func Plenty(levels []StockLevel, outcomes []ReservationOutcome) bool {
	left := make(map[StockKey]int64, len(levels))
	for _, level := range levels {
		if level.Backordered > 0 {
			return false
		}
		left[level.StockKey] = level.OnHand - level.Reserved
	}
	for _, o := range outcomes {
		if o.Refused() || len(o.Backordered) > 0 {
			return false
		}
		for _, a := range o.Allocations {
			left[a.StockKey] -= 2 * a.Quantity
			if left[a.StockKey] < 0 {
				return false
			}
		}
	}
	return true
}

// overLimit lists the demands that would give a customer more of a SKU than one may have.
func overLimit(customerID int64, demands []Demand, limits map[int64]SKULimits, bought map[BuyerSKU]int64) []OverLimit {
	if len(limits) == 0 {
		return nil
	}
	var over []OverLimit
	for _, d := range demands {
		limit, has := limits[d.SKUID].Buyer, bought[BuyerSKU{customerID, d.SKUID}]
		if limit > 0 && addSaturated(has, d.Quantity) > limit {
			over = append(over, OverLimit{SKUID: d.SKUID, Limit: limit, Bought: has, Requested: d.Quantity})
		}
	}
	return over
}

// mergeDemands appends to dst the demands, one per SKU and sorted by SKU.
func mergeDemands(dst, demands []Demand) []Demand {
	for _, d := range demands {
		if d.Quantity > 0 {
			dst = append(dst, d)
		}
	}
	slices.SortFunc(dst, func(a, b Demand) int { return cmp.Compare(a.SKUID, b.SKUID) })
	merged := dst[:0]
	for _, d := range dst {
		if last := len(merged) - 1; last >= 0 && merged[last].SKUID == d.SKUID {
			merged[last].Quantity = addSaturated(merged[last].Quantity, d.Quantity)
			continue
		}
		merged = append(merged, d)
	}
	return merged
}

// shelf is what is left of one SKU: at its locations, by priority, and altogether.
type shelf struct {
	spots     []spot // in order of priority
	available int64  // at all spots together
	waiting   int64  // units that orders wait for
	limit     int64  // of waiting
}

type spot struct {
	StockKey
	priority  int
	available int64
}

type shelves map[int64]*shelf

func newShelves(levels []StockLevel, limits map[int64]SKULimits) shelves {
	all := make(shelves, len(levels))
	for _, level := range levels {
		s := all[level.SKUID]
		if s == nil {
			s = &shelf{limit: limits[level.SKUID].Backorder}
			all[level.SKUID] = s
		}
		available := max(level.OnHand-level.Reserved, 0)
		s.spots = append(s.spots, spot{level.StockKey, level.Priority, available})
		s.available = addSaturated(s.available, available)
		s.waiting = addSaturated(s.waiting, level.Backordered)
	}
	for _, s := range all {
		slices.SortFunc(s.spots, func(a, b spot) int {
			return cmp.Or(cmp.Compare(a.priority, b.priority), cmp.Compare(a.LocationID, b.LocationID))
		})
	}
	return all
}

// free is what nobody has and nobody waits for.
func (s *shelf) free() int64 { return max(s.available-s.waiting, 0) }

// orderable is what can be ordered: free units, and units that may be waited for.
func (s *shelf) orderable() int64 { return addSaturated(s.free(), max(s.limit-s.waiting, 0)) }

// short lists the demands that exceed what can be ordered, or returns nil.
func (all shelves) short(demands []Demand) []ShortLine {
	var short []ShortLine
	for _, d := range demands {
		var orderable int64
		if s := all[d.SKUID]; s != nil {
			orderable = s.orderable()
		}
		if d.Quantity > orderable {
			short = append(short, ShortLine{SKUID: d.SKUID, Requested: d.Quantity, Available: orderable})
		}
	}
	return short
}

// serve takes what is free of a demand, which must be orderable, and lets the request wait for the rest.
func (s *shelf) serve(o *ReservationOutcome, d Demand) {
	now := min(d.Quantity, s.free())
	if now > 0 {
		o.Allocations = s.take(o.Allocations, Demand{d.SKUID, now})
	}
	if later := d.Quantity - now; later > 0 {
		s.waiting += later
		o.Backordered = append(o.Backordered, Allocation{s.spots[0].StockKey, later})
	}
}

// take removes the demanded units, which must be there, and appends where they lay.
func (s *shelf) take(dst []Allocation, d Demand) []Allocation {
	s.available -= d.Quantity
	whole := slices.IndexFunc(s.spots, func(at spot) bool { return at.available >= d.Quantity })
	if whole >= 0 {
		s.spots[whole].available -= d.Quantity
		return append(dst, Allocation{s.spots[whole].StockKey, d.Quantity})
	}
	wanted := d.Quantity
	for i := range s.spots {
		n := min(s.spots[i].available, wanted)
		if n == 0 {
			continue
		}
		s.spots[i].available -= n
		wanted -= n
		dst = append(dst, Allocation{s.spots[i].StockKey, n})
		if wanted == 0 {
			break
		}
	}
	return dst
}

// addSaturated adds two numbers of at least zero and stops at the largest.
func addSaturated(a, b int64) int64 {
	if sum, ok := addInt64(a, b); ok {
		return sum
	}
	return math.MaxInt64
}
