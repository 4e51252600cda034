package shop

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func stock(sku, location int64, priority int, onHand, reserved int64) StockLevel {
	return StockLevel{StockKey: StockKey{sku, location}, Priority: priority, OnHand: onHand, Reserved: reserved}
}

func taken(sku, location, quantity int64) Allocation {
	return Allocation{StockKey{sku, location}, quantity}
}

// planned decides among requests of one customer for SKUs without limits.
func planned(levels []StockLevel, requests [][]Demand) []ReservationOutcome {
	in := ReservationInput{Levels: levels}
	for _, demands := range requests {
		in.Requests = append(in.Requests, ReservationRequest{Demands: demands})
	}
	return PlanReservations(in)
}

func TestPlanReservations(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name     string
		levels   []StockLevel
		requests [][]Demand
		want     []ReservationOutcome
	}{
		{
			"need 5, the first location has 4",
			[]StockLevel{stock(1, 10, 1, 4, 0), stock(1, 11, 2, 4, 0)},
			[][]Demand{{{1, 5}}},
			[]ReservationOutcome{{Allocations: []Allocation{taken(1, 10, 4), taken(1, 11, 1)}}},
		},
		{
			"one location with all of it beats a split",
			[]StockLevel{stock(1, 10, 1, 4, 0), stock(1, 11, 2, 9, 0), stock(1, 12, 3, 9, 0)},
			[][]Demand{{{1, 5}}, {{1, 4}}, {{1, 8}}},
			[]ReservationOutcome{
				{Allocations: []Allocation{taken(1, 11, 5)}},
				{Allocations: []Allocation{taken(1, 10, 4)}},
				{Allocations: []Allocation{taken(1, 12, 8)}},
			},
		},
		{
			"a split skips what is empty",
			[]StockLevel{stock(1, 13, 1, 1, 0), stock(1, 12, 0, 3, 3), stock(1, 11, 1, 1, 0), stock(1, 10, 2, 7, 6)},
			[][]Demand{{{1, 1}}, {{1, 2}}},
			[]ReservationOutcome{
				{Allocations: []Allocation{taken(1, 11, 1)}},
				{Allocations: []Allocation{taken(1, 13, 1), taken(1, 10, 1)}},
			},
		},
		{
			"one short line and nothing is reserved",
			[]StockLevel{stock(1, 10, 1, 5, 0), stock(2, 10, 1, 1, 0)},
			[][]Demand{{{1, 5}, {2, 2}, {3, 1}}, {{1, 5}}},
			[]ReservationOutcome{
				{Short: []ShortLine{{SKUID: 2, Requested: 2, Available: 1}, {SKUID: 3, Requested: 1}}},
				{Allocations: []Allocation{taken(1, 10, 5)}},
			},
		},
		{
			"two lines of 3 with stock 5 are judged together",
			[]StockLevel{stock(1, 10, 1, 5, 0)},
			[][]Demand{{{1, 3}, {1, 3}}},
			[]ReservationOutcome{{Short: []ShortLine{{SKUID: 1, Requested: 6, Available: 5}}}},
		},
		{
			"the first in line gets the last unit, a smaller wish after a refused one is served",
			[]StockLevel{stock(1, 10, 1, 3, 0)},
			[][]Demand{{{1, 2}}, {{1, 2}}, {{1, 1}}, {{1, 1}}},
			[]ReservationOutcome{
				{Allocations: []Allocation{taken(1, 10, 2)}},
				{Short: []ShortLine{{SKUID: 1, Requested: 2, Available: 1}}},
				{Allocations: []Allocation{taken(1, 10, 1)}},
				{Short: []ShortLine{{SKUID: 1, Requested: 1}}},
			},
		},
		{
			"no demand is no demand, and cannot give units back",
			[]StockLevel{stock(1, 10, 1, 1, 0)},
			[][]Demand{{}, {{1, 0}}, {{1, -5}, {1, 2}}},
			[]ReservationOutcome{{}, {}, {Short: []ShortLine{{SKUID: 1, Requested: 2, Available: 1}}}},
		},
		{
			"absurd demands do not wrap around",
			[]StockLevel{stock(1, 10, 1, 1, 0)},
			[][]Demand{{{1, math.MaxInt64}, {1, math.MaxInt64}}},
			[]ReservationOutcome{{Short: []ShortLine{{SKUID: 1, Requested: math.MaxInt64, Available: 1}}}},
		},
		{
			"overbooked stock serves nobody",
			[]StockLevel{stock(1, 10, 1, 1, 3), stock(1, 11, 2, 1, 0)},
			[][]Demand{{{1, 1}}, {{1, 1}}},
			[]ReservationOutcome{
				{Allocations: []Allocation{taken(1, 11, 1)}},
				{Short: []ShortLine{{SKUID: 1, Requested: 1}}},
			},
		},
	}
	for _, c := range cases {
		got := planned(c.levels, c.requests)
		if fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s:\n got %v\nwant %v", c.name, got, c.want)
		}
		for i, outcome := range got {
			if outcome.Refused() != (len(c.want[i].Short) > 0) {
				t.Errorf("%s: request %d is refused: %t", c.name, i, outcome.Refused())
			}
		}
	}
}

type plan struct {
	levels   []StockLevel
	requests [][]Demand
}

var anyPlan = rapid.Custom(func(t *rapid.T) plan {
	var p plan
	for sku := int64(1); sku <= 3; sku++ {
		for location := int64(1); location <= rapid.Int64Range(0, 4).Draw(t, "locations"); location++ {
			onHand := rapid.Int64Range(0, 8).Draw(t, "on hand")
			reserved := rapid.Int64Range(0, onHand).Draw(t, "reserved")
			p.levels = append(p.levels, stock(sku, location, rapid.IntRange(0, 2).Draw(t, "priority"), onHand, reserved))
		}
	}
	p.levels = rapid.Permutation(p.levels).Draw(t, "levels")
	demand := rapid.Custom(func(t *rapid.T) Demand {
		return Demand{rapid.Int64Range(1, 4).Draw(t, "sku"), rapid.Int64Range(0, 6).Draw(t, "quantity")}
	})
	p.requests = rapid.SliceOfN(rapid.SliceOfN(demand, 0, 4), 0, 10).Draw(t, "requests")
	return p
})

// naivePlan is the rule said as plainly as possible, one unit of thought at a time.
func naivePlan(levels []StockLevel, requests [][]Demand) []ReservationOutcome {
	levels = slices.Clone(levels)
	slices.SortFunc(levels, func(a, b StockLevel) int {
		return cmp.Or(cmp.Compare(a.Priority, b.Priority), cmp.Compare(a.LocationID, b.LocationID))
	})
	outcomes := make([]ReservationOutcome, len(requests))
	for i, request := range requests {
		attempt := slices.Clone(levels)
		for sku := int64(1); sku <= 4; sku++ {
			var wanted, available int64
			for _, d := range request {
				if d.SKUID == sku {
					wanted += d.Quantity
				}
			}
			for _, l := range attempt {
				if l.SKUID == sku {
					available += l.OnHand - l.Reserved
				}
			}
			if wanted > available {
				outcomes[i].Short = append(outcomes[i].Short, ShortLine{SKUID: sku, Requested: wanted, Available: available})
				continue
			}
			outcomes[i].Allocations = append(outcomes[i].Allocations, naiveTake(attempt, sku, wanted)...)
		}
		if len(outcomes[i].Short) > 0 {
			outcomes[i].Allocations = nil
			continue
		}
		levels = attempt
	}
	return outcomes
}

func naiveTake(levels []StockLevel, sku, wanted int64) []Allocation {
	for i, l := range levels {
		if l.SKUID == sku && wanted > 0 && l.OnHand-l.Reserved >= wanted {
			levels[i].Reserved += wanted
			return []Allocation{{l.StockKey, wanted}}
		}
	}
	var from []Allocation
	for i, l := range levels {
		if n := min(wanted, l.OnHand-l.Reserved); l.SKUID == sku && n > 0 {
			levels[i].Reserved += n
			wanted -= n
			from = append(from, Allocation{l.StockKey, n})
		}
	}
	return from
}

func TestPlanMatchesTheNaiveRule(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := anyPlan.Draw(t, "plan")
		got, want := planned(p.levels, p.requests), naivePlan(p.levels, p.requests)
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("\n got %v\nwant %v", got, want)
		}
	})
}

func TestPlanNeverOversells(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := anyPlan.Draw(t, "plan")
		left := map[StockKey]int64{}
		for _, l := range p.levels {
			left[l.StockKey] = l.OnHand - l.Reserved
		}
		for i, outcome := range planned(p.levels, p.requests) {
			wanted := map[int64]int64{}
			for _, d := range p.requests[i] {
				wanted[d.SKUID] += d.Quantity
			}
			for _, a := range outcome.Allocations {
				left[a.StockKey] -= a.Quantity
				wanted[a.SKUID] -= a.Quantity
				if a.Quantity <= 0 || left[a.StockKey] < 0 {
					t.Fatalf("request %d takes %+v and leaves %d", i, a, left[a.StockKey])
				}
			}
			for sku, missing := range wanted {
				if missing != 0 && !outcome.Refused() {
					t.Fatalf("request %d lacks %d of SKU %d", i, missing, sku)
				}
			}
			if outcome.Refused() && len(outcome.Allocations) > 0 {
				t.Fatalf("request %d is refused and takes %v", i, outcome.Allocations)
			}
		}
	})
}

func TestRefusedRequestsMightAsWellBeAbsent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := anyPlan.Draw(t, "plan")
		var served [][]Demand
		var want []ReservationOutcome
		for i, outcome := range planned(p.levels, p.requests) {
			if !outcome.Refused() {
				served, want = append(served, p.requests[i]), append(want, outcome)
			}
		}
		if got := planned(p.levels, served); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("without the refused ones\n got %v\nwant %v", got, want)
		}
	})
}

func TestLaterRequestsDoNotChangeEarlierOutcomes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := anyPlan.Draw(t, "plan")
		n := rapid.IntRange(0, len(p.requests)).Draw(t, "n")
		all, first := planned(p.levels, p.requests), planned(p.levels, p.requests[:n])
		if fmt.Sprint(all[:n]) != fmt.Sprint(first) {
			t.Fatalf("the first %d change from %v to %v", n, first, all[:n])
		}
	})
}

func BenchmarkPlanReservations(b *testing.B) {
	for _, skus := range []int64{1, 100, 10_000} {
		b.Run(fmt.Sprintf("requests=200/demands=3/skus=%d", skus), func(b *testing.B) {
			var levels []StockLevel
			for i := range min(skus, 600) * 2 {
				levels = append(levels, stock(i/2%skus, i%2, int(i%2), 1_000_000, 0))
			}
			requests := make([][]Demand, 200)
			for i := range requests {
				for j := range int64(3) {
					requests[i] = append(requests[i], Demand{(int64(i)*3 + j) % skus, 2})
				}
			}
			b.ReportAllocs()
			for b.Loop() {
				planned(levels, requests)
			}
		})
	}
}

func TestPlenty(t *testing.T) {
	t.Parallel()
	waitedFor := stock(1, 11, 2, 9, 0)
	waitedFor.Backordered = 1
	cases := []struct {
		name     string
		levels   []StockLevel
		outcomes []ReservationOutcome
		want     bool
	}{
		{"nothing is taken", []StockLevel{stock(1, 10, 1, 0, 0)}, nil, true},
		{"half of what is free", []StockLevel{stock(1, 10, 1, 12, 2)}, []ReservationOutcome{{Allocations: []Allocation{taken(1, 10, 3)}}, {Allocations: []Allocation{taken(1, 10, 2)}}}, true},
		{"more than half", []StockLevel{stock(1, 10, 1, 12, 3)}, []ReservationOutcome{{Allocations: []Allocation{taken(1, 10, 3)}}, {Allocations: []Allocation{taken(1, 10, 2)}}}, false},
		{"all of one level, though another has much", []StockLevel{stock(1, 10, 1, 5, 0), stock(1, 11, 2, 900, 0)}, []ReservationOutcome{{Allocations: []Allocation{taken(1, 10, 5), taken(1, 11, 1)}}}, false},
		{"somebody waits elsewhere", []StockLevel{stock(1, 10, 1, 100, 0), waitedFor}, []ReservationOutcome{{Allocations: []Allocation{taken(1, 10, 1)}}}, false},
		{"somebody is to wait", []StockLevel{stock(1, 10, 1, 100, 0)}, []ReservationOutcome{{Backordered: []Allocation{taken(1, 10, 1)}}}, false},
		{"somebody is refused", []StockLevel{stock(1, 10, 1, 100, 0)}, []ReservationOutcome{{Short: []ShortLine{{SKUID: 2, Requested: 1}}}}, false},
		{"somebody has too many", []StockLevel{stock(1, 10, 1, 100, 0)}, []ReservationOutcome{{OverLimit: []OverLimit{{SKUID: 1}}}}, false},
	}
	for _, c := range cases {
		if got := Plenty(c.levels, c.outcomes); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
