package db_test

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"waybill/db"
	"waybill/db/dbtest/factory"
	"waybill/shop"
)

// shelfModel is the simplest shop that could be right: per SKU what is there, and what each open order holds of it.
type shelfModel struct {
	available map[int64]int64
	orders    map[shop.OrderID]map[int64]int64
	placedAt  map[shop.OrderID]time.Time
}

func (m *shelfModel) canServe(cart map[int64]int64) bool {
	for sku, n := range cart {
		if m.available[sku] < n {
			return false
		}
	}
	return true
}

func (m *shelfModel) take(id shop.OrderID, cart map[int64]int64, at time.Time) {
	for sku, n := range cart {
		m.available[sku] -= n
	}
	m.orders[id], m.placedAt[id] = cart, at
}

func (m *shelfModel) release(id shop.OrderID) {
	for sku, n := range m.orders[id] {
		m.available[sku] += n
	}
	delete(m.orders, id)
	delete(m.placedAt, id)
}

// Random carts, receipts, cancels and expiries over SKUs at two locations answer as the model does, and leave books that
// verify.
func TestPlacingBehavesLikeAShelf(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64 // nanoseconds that the world's clock is ahead
	w := factory.New(t, db.WithClock(func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }))
	merchant, main := w.Merchant("one")
	other := w.Location(merchant, "OTHER", 2)
	customer, address := w.Customer("ada@example.com")
	placer := w.Placer()
	orders := shop.NewOrders(w.Store, shop.NewPayments(w.Store, slog.New(slog.DiscardHandler)))
	worlds := 0

	rapid.Check(t, func(r *rapid.T) {
		worlds++
		model := shelfModel{available: map[int64]int64{}, orders: map[shop.OrderID]map[int64]int64{}, placedAt: map[shop.OrderID]time.Time{}}
		var skus []int64
		for i := range 3 {
			sku := w.SKU(merchant, fmt.Sprintf("W%d-%d", worlds, i), 100, rapid.Int64Range(0, 6).Draw(r, "main"))
			w.Stock(sku, other, rapid.Int64Range(0, 6).Draw(r, "other"))
			model.available[sku] = w.Int(`SELECT sum(on_hand) FROM stock_levels WHERE sku_id = $1`, sku)
			skus = append(skus, sku)
		}
		r.Repeat(map[string]func(*rapid.T){
			"place": func(r *rapid.T) {
				command, cart := w.Order(customer, address), map[int64]int64{}
				for range rapid.IntRange(1, 4).Draw(r, "items") {
					item := shop.PlaceItem{SKUID: rapid.SampledFrom(skus).Draw(r, "sku"), Quantity: rapid.Int64Range(1, 4).Draw(r, "quantity")}
					command.Items = append(command.Items, item)
					cart[item.SKUID] += item.Quantity
				}
				placed, err := placer.PlaceCheckout(context.Background(), command)
				if fits := model.canServe(cart); (err == nil) != fits || (err != nil && shop.CodeOf(err) != shop.CodeOutOfStock) {
					r.Fatalf("cart %v of %v: %v", cart, model.available, err)
				}
				if err == nil {
					model.take(placed.Orders[0].ID, cart, placed.PlacedAt)
				}
			},
			"cancel": func(r *rapid.T) {
				id, ok := anyOrder(r, model)
				if !ok {
					r.Skip("nothing to cancel")
				}
				command := w.Order(customer, address) // for a key of its own
				_, err := orders.Cancel(context.Background(), shop.CancelCommand{OrderID: id, Actor: command.Actor, Key: command.Key, Reason: "changed my mind"})
				if err != nil {
					r.Fatal(err)
				}
				model.release(id)
			},
			"receive": func(r *rapid.T) {
				sku, n := rapid.SampledFrom(skus).Draw(r, "sku"), rapid.Int64Range(1, 3).Draw(r, "units")
				w.Stock(sku, main, n)
				model.available[sku] += n
			},
			"expire": func(r *rapid.T) {
				ahead.Add(int64(rapid.SampledFrom([]time.Duration{time.Minute, 10 * time.Minute}).Draw(r, "later")))
				if _, err := w.Store.ExpirePendingOrders(context.Background(), 100); err != nil {
					r.Fatal(err)
				}
				for id, at := range model.placedAt {
					if !w.Store.Now().Before(at.Add(shop.HoldDuration)) {
						model.release(id)
					}
				}
			},
			"": func(r *rapid.T) {
				for _, sku := range skus {
					if got := w.Int(`SELECT sum(on_hand - reserved) FROM stock_levels WHERE sku_id = $1`, sku); got != model.available[sku] {
						r.Fatalf("SKU %d has %d available, the model %d", sku, got, model.available[sku])
					}
				}
			},
		})
	})
	if broken := verify(t, w); broken != nil {
		t.Errorf("broken: %v", broken)
	}
}

// anyOrder draws the oldest or the newest open order.
func anyOrder(r *rapid.T, model shelfModel) (shop.OrderID, bool) {
	if len(model.orders) == 0 {
		return 0, false
	}
	open := slices.Sorted(maps.Keys(model.orders))
	if rapid.Bool().Draw(r, "newest") {
		return open[len(open)-1], true
	}
	return open[0], true
}
