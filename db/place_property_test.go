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

// shelfModel is the simplest shop that could be right: per SKU what is there and how many may be waited for, and what each
// open order holds and waits for.
type shelfModel struct {
	available map[int64]int64
	limit     map[int64]int64
	buyer     map[int64]int64 // how many one customer may have; 0: any number
	bought    map[int64]int64
	orders    map[shop.OrderID]map[int64]*modelUnits
	placedAt  map[shop.OrderID]time.Time
}

type modelUnits struct{ ordered, held, waiting int64 }

// waiting is how many units of a SKU orders wait for.
func (m *shelfModel) waiting(sku int64) (sum int64) {
	for _, order := range m.orders {
		if units := order[sku]; units != nil {
			sum += units.waiting
		}
	}
	return sum
}

// free is what nobody has and nobody waits for.
func (m *shelfModel) free(sku int64) int64 { return max(m.available[sku]-m.waiting(sku), 0) }

func (m *shelfModel) canServe(cart map[int64]int64) bool {
	for sku, n := range cart {
		if n > m.free(sku)+max(m.limit[sku]-m.waiting(sku), 0) {
			return false
		}
	}
	return true
}

func (m *shelfModel) mayHave(cart map[int64]int64) bool {
	for sku, n := range cart {
		if m.buyer[sku] > 0 && m.bought[sku]+n > m.buyer[sku] {
			return false
		}
	}
	return true
}

func (m *shelfModel) take(id shop.OrderID, cart map[int64]int64, at time.Time) {
	units := map[int64]*modelUnits{}
	for sku, n := range cart {
		now := min(n, m.free(sku))
		units[sku] = &modelUnits{ordered: n, held: now, waiting: n - now}
		m.available[sku] -= now
		m.bought[sku] += n
	}
	m.orders[id], m.placedAt[id] = units, at
}

// letGo gives back what an order holds and waits for, though it has not ended.
func (m *shelfModel) letGo(id shop.OrderID) {
	for sku, units := range m.orders[id] {
		m.available[sku] += units.held
		units.held, units.waiting = 0, 0
	}
}

func (m *shelfModel) end(id shop.OrderID) {
	m.letGo(id)
	for sku, units := range m.orders[id] {
		m.bought[sku] -= units.ordered
	}
	delete(m.orders, id)
	delete(m.placedAt, id)
}

// allocate gives what is there to those who wait, the oldest order first.
func (m *shelfModel) allocate() {
	for _, id := range slices.Sorted(maps.Keys(m.orders)) {
		for sku, units := range m.orders[id] {
			n := min(units.waiting, m.available[sku])
			units.held, units.waiting = units.held+n, units.waiting-n
			m.available[sku] -= n
		}
	}
}

// Random carts, receipts, counts, transfers, allocations, cancels and expiries over SKUs at two locations, some of which may
// be backordered or are limited per customer, answer as the model does, and leave books that verify.
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
	workOn := func(sku int64) shop.StockTask {
		return shop.StockTask{SKUID: sku, Actor: clerk, RequestID: "test", Key: w.Order(customer, address).Key}
	}

	rapid.Check(t, func(r *rapid.T) {
		worlds++
		model := shelfModel{
			available: map[int64]int64{}, limit: map[int64]int64{}, buyer: map[int64]int64{}, bought: map[int64]int64{},
			orders: map[shop.OrderID]map[int64]*modelUnits{}, placedAt: map[shop.OrderID]time.Time{},
		}
		var skus []int64
		for i := range 3 {
			sku := w.SKU(merchant, fmt.Sprintf("W%d-%d", worlds, i), 100, rapid.Int64Range(0, 6).Draw(r, "main"))
			w.Stock(sku, other, rapid.Int64Range(0, 6).Draw(r, "other"))
			model.available[sku] = w.Int(`SELECT sum(on_hand) FROM stock_levels WHERE sku_id = $1`, sku)
			model.limit[sku] = rapid.SampledFrom([]int64{0, 0, 3}).Draw(r, "backorders")
			model.buyer[sku] = rapid.SampledFrom([]int64{0, 0, 5}).Draw(r, "per customer")
			w.Rules(sku, shop.StockRules{BackorderLimit: model.limit[sku], BuyerLimit: model.buyer[sku]})
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
				want := shop.Code("")
				switch {
				case !model.mayHave(cart):
					want = shop.CodeInvalid
				case !model.canServe(cart):
					want = shop.CodeOutOfStock
				}
				if shop.CodeOf(err) != want {
					r.Fatalf("cart %v of %v: %v, want %q", cart, model.available, err, want)
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
				model.end(id)
			},
			"receive": func(r *rapid.T) {
				sku, n := rapid.SampledFrom(skus).Draw(r, "sku"), rapid.Int64Range(1, 3).Draw(r, "units")
				w.Stock(sku, main, n)
				model.available[sku] += n
			},
			"count": func(r *rapid.T) {
				sku, counted := rapid.SampledFrom(skus).Draw(r, "sku"), rapid.Int64Range(0, 8).Draw(r, "counted")
				before := w.Int(`SELECT on_hand FROM stock_levels WHERE sku_id = $1 AND location_id = $2`, sku, main)
				reserved := w.Int(`SELECT reserved FROM stock_levels WHERE sku_id = $1 AND location_id = $2`, sku, main)
				_, _, err := w.Store.CountStock(context.Background(), shop.StockCount{StockTask: workOn(sku), LocationID: main, OnHand: counted})
				if (err == nil) != (counted >= reserved) {
					r.Fatalf("counted %d with %d reserved: %v", counted, reserved, err)
				}
				if err == nil {
					model.available[sku] += counted - before
				}
			},
			"transfer": func(r *rapid.T) {
				sku, n := rapid.SampledFrom(skus).Draw(r, "sku"), rapid.Int64Range(1, 4).Draw(r, "units")
				free := w.Int(`SELECT on_hand - reserved FROM stock_levels WHERE sku_id = $1 AND location_id = $2`, sku, main)
				_, _, err := w.Store.TransferStock(context.Background(), shop.StockTransfer{StockTask: workOn(sku), FromID: main, ToID: other, Quantity: n})
				if (err == nil) != (n <= free) {
					r.Fatalf("moved %d of %d: %v", n, free, err)
				}
			},
			"allocate": func(*rapid.T) {
				w.Allocate()
				model.allocate()
			},
			"expire": func(r *rapid.T) {
				ahead.Add(int64(rapid.SampledFrom([]time.Duration{time.Minute, 10 * time.Minute}).Draw(r, "later")))
				do, inModel := w.Store.EndExpired, model.end
				if rapid.Bool().Draw(r, "only the units") {
					do, inModel = w.Store.ReleaseExpired, model.letGo
				}
				due, err := w.Store.ExpiredOrders(context.Background(), 1000)
				if err == nil {
					_, err = do(context.Background(), due)
				}
				if err != nil {
					r.Fatal(err)
				}
				for id, at := range model.placedAt {
					if !w.Store.Now().Before(at.Add(shop.HoldDuration)) {
						inModel(id)
					}
				}
			},
			"": func(r *rapid.T) {
				for _, sku := range skus {
					if got := w.Int(`SELECT sum(on_hand - reserved) FROM stock_levels WHERE sku_id = $1`, sku); got != model.available[sku] {
						r.Fatalf("SKU %d has %d available, the model %d", sku, got, model.available[sku])
					}
					if got := w.Int(`SELECT sum(backordered) FROM stock_levels WHERE sku_id = $1`, sku); got != model.waiting(sku) {
						r.Fatalf("%d of SKU %d are waited for, in the model %d", got, sku, model.waiting(sku))
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
