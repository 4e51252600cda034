package views

import (
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/a-h/templ"

	"waybill/shop"
)

// maxRowAllocs is what drawing a row of the queue may allocate, a sixth more than it does. A hundred are drawn for a page, and
// each again with every change; the values that templ writes one by one are most of it.
const maxRowAllocs = 115

func hundredRows(now time.Time) QueueModel {
	m := QueueModel{QueueList: QueueList{Filter: shop.QueueFilter{Stage: shop.QueueToPick}, ViewerID: 1}, First: true, NextKey: "next", BulkKey: "bulk"}
	m.Clock = shop.QueueClock{Now: now, DayStart: now.Add(-8 * time.Hour), DayEnd: now.Add(16 * time.Hour), CutoffAt: now.Add(6 * time.Hour)}
	for i := range shop.MaxPageSize {
		m.Rows = append(m.Rows, shop.QueueRow{
			OrderID: shop.FirstIDAt(now) + shop.OrderID(i), No: 1, Parcels: 1 + i%2, Status: shop.FulfillmentOpen, PlacedAt: now.Add(-time.Hour), ShipByAt: now.Add(time.Duration(i-50) * time.Hour),
			Units: 3, Location: "MAIN", City: "Oakland", Country: "US", Total: shop.Amount{Minor: 1400 + int64(i), Currency: "USD"},
			Items: []shop.QueueItem{{Name: "Tea", SKUCode: "TEA", Quantity: 1}, {Name: "Cup", SKUCode: fmt.Sprint("CUP-", i), Quantity: 2}, {Name: "Pot", SKUCode: "POT", Quantity: 1}},
		})
	}
	return m
}

// allocations is how often drawing a page allocates.
func allocations(t *testing.T, page templ.Component) float64 {
	t.Helper()
	return testing.AllocsPerRun(20, func() {
		if err := page.Render(t.Context(), io.Discard); err != nil {
			t.Error(err)
		}
	})
}

//nolint:paralleltest // allocations can only be counted while nothing else runs
func TestRowsOfTheQueueAllocateLittle(t *testing.T) {
	now := time.Date(2026, 5, 23, 8, 0, 0, 0, time.UTC)
	full, empty := hundredRows(now), hundredRows(now)
	one := full.Rows[0]
	empty.Rows = []shop.QueueRow{one}
	draw := func(m QueueModel) float64 { return allocations(t, Queue(Page{Title: "Queue", Live: true}, m)) }
	rows := float64(len(full.Rows) - 1)
	if each := (draw(full) - draw(empty)) / rows; each > maxRowAllocs {
		t.Errorf("a row allocates %.0f times, want at most %d", each, maxRowAllocs)
	} else {
		t.Logf("a row allocates %.1f times", each)
	}
}
