package shop

import (
	"cmp"
	"math"
	"slices"
)

// StockKey names the stock of one SKU at one location.
type StockKey struct{ SKUID, LocationID int64 }

// StockLevel is what the counters say while their rows are locked. Locations with a
// lower Priority number are served from first.
type StockLevel struct {
	StockKey
	Priority int
	OnHand   int64
	Reserved int64
}

// Demand is how many units of a SKU a request wants.
type Demand struct{ SKUID, Quantity int64 }

// Allocation is units to be reserved at one location.
type Allocation struct {
	StockKey
	Quantity int64
}

// ReservationOutcome is the answer to one request: where all its units come from, or
// the SKUs that are short. Both are sorted by SKU. A refused request takes nothing.
type ReservationOutcome struct {
	Allocations []Allocation
	Short       []ShortLine // SKUID, Requested and Available only
}

// Refused tells whether the request got nothing because some SKU was short.
func (o ReservationOutcome) Refused() bool { return len(o.Short) > 0 }

// PlanReservations decides who gets which units. Requests are served in the order given,
// each completely or not at all, and later ones see what earlier ones took. A SKU is
// served from one location if one has enough, the one with the lowest priority number
// among those, else from several in order of priority. Equal priorities go by location id.
//
// Each stock key may occur once in levels. Demands of one request for the same SKU are
// judged together; a demand of less than one unit is no demand. A SKU without a level
// has no stock. The work is proportional to the demands times the locations of a SKU.
func PlanReservations(levels []StockLevel, requests [][]Demand) []ReservationOutcome {
	shelves := newShelves(levels)
	outcomes := make([]ReservationOutcome, len(requests))
	var merged []Demand // reused from request to request
	for i, request := range requests {
		merged = mergeDemands(merged[:0], request)
		if short := shelves.short(merged); short != nil {
			outcomes[i].Short = short
			continue
		}
		allocations := make([]Allocation, 0, len(merged))
		for _, d := range merged {
			allocations = shelves[d.SKUID].take(allocations, d)
		}
		outcomes[i].Allocations = allocations
	}
	return outcomes
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
	spots     []spot
	available int64
}

type spot struct {
	StockKey
	priority  int
	available int64
}

type shelves map[int64]*shelf

func newShelves(levels []StockLevel) shelves {
	all := make(shelves, len(levels))
	for _, level := range levels {
		available := level.OnHand - level.Reserved
		if available <= 0 {
			continue
		}
		s := all[level.SKUID]
		if s == nil {
			s = &shelf{}
			all[level.SKUID] = s
		}
		s.spots = append(s.spots, spot{level.StockKey, level.Priority, available})
		s.available = addSaturated(s.available, available)
	}
	for _, s := range all {
		slices.SortFunc(s.spots, func(a, b spot) int {
			return cmp.Or(cmp.Compare(a.priority, b.priority), cmp.Compare(a.LocationID, b.LocationID))
		})
	}
	return all
}

// short lists the demands that exceed what is left, or returns nil.
func (all shelves) short(demands []Demand) []ShortLine {
	var short []ShortLine
	for _, d := range demands {
		var available int64
		if s := all[d.SKUID]; s != nil {
			available = s.available
		}
		if d.Quantity > available {
			short = append(short, ShortLine{SKUID: d.SKUID, Requested: d.Quantity, Available: available})
		}
	}
	return short
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
