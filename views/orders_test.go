package views

import (
	"fmt"
	"testing"
	"time"

	"waybill/shop"
)

// maxCardAllocs is what drawing an order in the history may allocate, a sixth more than it does. Twenty are on a page.
const maxCardAllocs = 160

func history(now time.Time, orders int) OrdersModel {
	m := OrdersModel{Now: now, Counts: shop.HistoryCounts{ByStatus: map[shop.Status]int64{shop.StatusDelivered: 20, shop.StatusPending: 20}, First: now, Last: now}}
	for i := range orders {
		o := shop.OrderSummary{OrderHead: shop.OrderHead{
			ID: shop.FirstIDAt(now) + shop.OrderID(i), MerchantName: "Acme", Status: shop.StatusDelivered, Currency: "USD", TotalMinor: 1400 + int64(i), PlacedAt: now, StatusAt: now,
		}}
		if i%2 == 0 {
			o.Status, o.ExpiresAt = shop.StatusPending, now.Add(10*time.Minute)
		}
		for n := range 3 {
			o.Lines = append(o.Lines, shop.OrderLine{LineNo: n + 1, SKUID: int64(n), Name: "Tea", SKUCode: fmt.Sprint("TEA-", n), Quantity: 2, ProductSlug: "tea"})
		}
		m.Orders = append(m.Orders, o)
	}
	return m
}

//nolint:paralleltest // allocations can only be counted while nothing else runs
func TestOrdersOfTheHistoryAllocateLittle(t *testing.T) {
	const orders = 20
	now := time.Date(2026, 5, 23, 8, 0, 0, 0, time.UTC)
	draw := func(n int) float64 { return allocations(t, Orders(Page{Title: "Your orders"}, history(now, n))) }
	if each := (draw(orders+2) - draw(2)) / orders; each > maxCardAllocs {
		t.Errorf("an order allocates %.0f times, want at most %d", each, maxCardAllocs)
	} else {
		t.Logf("an order allocates %.1f times", each)
	}
}
