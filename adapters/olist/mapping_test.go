package olist

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"waybill/shop"
)

func ordersOf(totals []int64) []shop.ImportOrder {
	orders := make([]shop.ImportOrder, len(totals))
	for i, total := range totals {
		orders[i].ShippingMinor = total
	}
	return orders
}

func TestShares(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name             string
		totals, payments []int64
		want             [][]int64
	}{
		{"one order takes all", []int64{100}, []int64{60, 50}, [][]int64{{60}, {50}}},
		{"an order without lines too", []int64{0}, []int64{60, 0}, [][]int64{{60}, {0}}},
		{"in proportion", []int64{1000, 3000}, []int64{400}, [][]int64{{100, 300}}},
		// Over the bare totals this would be 12 + 13 and 37 + 38: 49 of 50 paid beside 51 of 50.
		{"odd cents even out", []int64{50, 50}, []int64{25, 75}, [][]int64{{12, 13}, {38, 37}}},
		{"what is over goes by the totals", []int64{100, 300}, []int64{440}, [][]int64{{110, 330}}},
		{"also when nothing is lacking", []int64{100, 300}, []int64{400, 40}, [][]int64{{100, 300}, {10, 30}}},
		{"too little", []int64{100, 300}, []int64{1, 1}, [][]int64{{0, 1}, {0, 1}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			split := newSplit(ordersOf(test.totals))
			for i, value := range test.payments {
				if got := split.share(value); !slices.Equal(got, test.want[i]) {
					t.Errorf("payment %d of %d: got %v, want %v", i, value, got, test.want[i])
				}
			}
		})
	}
}

// TestSharesPayOrdersExactly: nothing is lost or made between a payment and its shares,
// and no order gets more than its total before every order has its total.
func TestSharesPayOrdersExactly(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		amounts := rapid.SliceOfN(rapid.Int64Range(0, 1000), 1, 6)
		totals := amounts.Draw(t, "totals")
		payments := amounts.Draw(t, "payments")
		split := newSplit(ordersOf(totals))
		paid := make([]int64, len(totals))
		var asked, given int64
		for _, total := range totals {
			asked += total
		}
		for _, value := range payments {
			given += value
			var sum int64
			for i, share := range split.share(value) {
				sum += share
				paid[i] += share
				if share < 0 || (given <= asked && paid[i] > totals[i]) {
					t.Fatalf("order %d has %d of %d, given %d of %d", i, paid[i], totals[i], given, asked)
				}
			}
			if sum != value {
				t.Fatalf("shares of %d add up to %d", value, sum)
			}
		}
		if given == asked && !slices.Equal(paid, totals) {
			t.Fatalf("paid in full, yet %v of %v", paid, totals)
		}
	})
}

// TestEveryStatusWalksLegally: whichever times are there or missing, and however they lie.
func TestEveryStatusWalksLegally(t *testing.T) {
	t.Parallel()
	start := time.Date(2017, 10, 2, 10, 56, 33, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.Custom(func(t *rapid.T) time.Time {
			hours := rapid.IntRange(-2, 2).Draw(t, "hours")
			if hours == -2 {
				return time.Time{}
			}
			return start.Add(time.Duration(hours) * time.Hour)
		})
		statuses := make([]string, 0, len(statusWalks))
		for status := range statusWalks {
			statuses = append(statuses, status)
		}
		slices.Sort(statuses)
		o := order{
			status: rapid.SampledFrom(statuses).Draw(t, "status"), purchased: start,
			approved: at.Draw(t, "approved"), handedOver: at.Draw(t, "handed over"), delivered: at.Draw(t, "delivered"),
		}
		events, exceptions := o.events()
		if events[0].To != shop.StatusPending {
			t.Fatalf("starts as %s", events[0].To)
		}
		for i, e := range events[1:] {
			if !shop.CanTransition(events[i].To, e.To) {
				t.Fatalf("goes from %s to %s", events[i].To, e.To)
			}
		}
		// No time is lost: each is an event's own, or kept in the data of the last.
		for _, m := range o.milestones() {
			own := slices.ContainsFunc(events, func(e shop.ImportEvent) bool {
				return e.To == m.status && e.At.Equal(m.at) && !e.TimeUnknown
			})
			_, kept := events[len(events)-1].Data[m.column]
			if !m.at.IsZero() && own == kept {
				t.Fatalf("%s is an event %v, kept %v", m.column, own, kept)
			}
			// No time is made up either.
			if m.at.IsZero() && (own || kept) {
				t.Fatalf("%s was made up", m.column)
			}
		}
		backwards := slices.ContainsFunc(exceptions, func(e shop.ImportException) bool { return e.Kind == shop.TimesOutOfOrder })
		if backwards != outOfOrder(o) {
			t.Fatalf("listed as out of order: %v", backwards)
		}
	})
}

func outOfOrder(o order) bool {
	var times []time.Time
	for _, at := range []time.Time{o.purchased, o.approved, o.handedOver, o.delivered} {
		if !at.IsZero() {
			times = append(times, at)
		}
	}
	return !slices.IsSortedFunc(times, time.Time.Compare)
}
