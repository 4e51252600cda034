package db_test

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"waybill/db"
	"waybill/db/dbtest/factory"
	"waybill/shop"
)

// promised is a world with one SKU that may be backordered.
type promised struct {
	*factory.World
	merchant, main, sku, customer, address int64
	placer                                 *db.Placer
}

func newPromised(t *testing.T, onHand int64, rules shop.StockRules, options ...db.Option) promised {
	t.Helper()
	p := promised{World: factory.New(t, options...)}
	p.merchant, p.main = p.Merchant("one")
	p.sku = p.SKU(p.merchant, "A", 100, onHand)
	p.Rules(p.sku, rules)
	p.customer, p.address = p.Customer("ada@example.com")
	p.placer = p.Placer()
	return p
}

// buy orders units of SKUs for the first customer.
func (p promised) buy(quantity int64, skus ...int64) (shop.PlacedOrder, error) {
	command := p.Order(p.customer, p.address, skus...)
	for i := range command.Items {
		command.Items[i].Quantity = quantity
	}
	placed, err := p.placer.PlaceCheckout(p.TB.Context(), command)
	if err != nil {
		return shop.PlacedOrder{}, err
	}
	return placed.Orders[0], nil
}

func (p promised) mustBuy(quantity int64, skus ...int64) shop.OrderID {
	p.TB.Helper()
	order, err := p.buy(quantity, skus...)
	if err != nil {
		p.TB.Fatal(err)
	}
	return order.ID
}

// units says what an order holds, has shipped and waits for.
func (p promised) units(id shop.OrderID) string {
	p.TB.Helper()
	return p.Text(`SELECT format('held %s shipped %s waiting %s',
		(SELECT coalesce(sum(quantity), 0) FROM reservations WHERE order_id = $1 AND status = 'held'),
		(SELECT coalesce(sum(quantity), 0) FROM reservations WHERE order_id = $1 AND status = 'shipped'),
		(SELECT coalesce(sum(quantity), 0) FROM backorders WHERE order_id = $1 AND status = 'waiting'))`, int64(id))
}

func TestAnOrderTakesWhatIsThereAndWaitsForTheRest(t *testing.T) {
	t.Parallel()
	p := newPromised(t, 3, shop.StockRules{BackorderLimit: 4})
	order, err := p.buy(5, p.sku)
	if err != nil || order.Backordered != 2 {
		t.Fatalf("%+v, %v: want 2 backordered", order, err)
	}
	if got := p.units(order.ID); got != "held 3 shipped 0 waiting 2" {
		t.Error(got)
	}
	if got := p.Text(`SELECT data ->> 'items' FROM order_events WHERE order_id = $1 AND seq = 2 AND kind = 'backordered'`, int64(order.ID)); got != "2 × Product A" {
		t.Errorf("the timeline says %q", got)
	}
	_, err = p.buy(3, p.sku)
	if refused, ok := err.(*shop.Error); !ok || refused.Code != shop.CodeOutOfStock || refused.Short[0].Available != 2 {
		t.Errorf("3 more with room for 2: %v", err)
	}
	if got := p.units(p.mustBuy(2, p.sku)); got != "held 0 shipped 0 waiting 2" {
		t.Error(got)
	}
	if got := p.Int(`SELECT count(*) FROM outbox WHERE topic = 'order.backordered'`); got != 2 {
		t.Errorf("the feed was told %d times, want 2", got)
	}
	p.CheckBooks()
}

func TestBackordersNeverExceedTheirLimit(t *testing.T) {
	t.Parallel()
	const buyers, stock, limit = 120, 20, 30
	p := newPromised(t, stock, shop.StockRules{BackorderLimit: limit})
	second := p.Placer() // as another instance of the program
	var got atomic.Int64
	var all sync.WaitGroup
	for i := range buyers {
		command := p.Order(p.customer, p.address, p.sku)
		all.Go(func() {
			placer := p.placer
			if i%2 == 1 {
				placer = second
			}
			_, err := placer.PlaceCheckout(context.Background(), command)
			if err == nil {
				got.Add(1)
			} else if shop.CodeOf(err) != shop.CodeOutOfStock {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got.Load() != stock+limit || p.Int(`SELECT backordered FROM stock_levels`) != limit {
		t.Errorf("%d orders, %d units waited for, want %d and %d", got.Load(), p.Int(`SELECT backordered FROM stock_levels`), stock+limit, limit)
	}
	p.CheckBooks()
}

func TestWhatComesInGoesToTheOldestOrder(t *testing.T) {
	t.Parallel()
	p := newPromised(t, 0, shop.StockRules{BackorderLimit: 10})
	first, second := p.mustBuy(2, p.sku), p.mustBuy(3, p.sku)
	p.Stock(p.sku, p.main, 3)
	if _, err := p.buy(6, p.sku); shop.CodeOf(err) != shop.CodeOutOfStock {
		t.Errorf("units that others wait for were sold: %v", err)
	}
	third := p.mustBuy(1, p.sku) // there is room to wait, but nothing to take
	p.Allocate()
	for order, want := range map[shop.OrderID]string{
		first: "held 2 shipped 0 waiting 0", second: "held 1 shipped 0 waiting 2", third: "held 0 shipped 0 waiting 1",
	} {
		if got := p.units(order); got != want {
			t.Errorf("order %d: %s, want %s", order, got, want)
		}
	}
	if given, err := p.Store.AllocateBackorders(t.Context(), 10); given != 0 || err != nil {
		t.Errorf("gave %d more of nothing, %v", given, err)
	}
	p.Stock(p.sku, p.Location(p.merchant, "OTHER", 2), 9)
	p.Allocate()
	if got := p.Int(`SELECT sum(on_hand - reserved) FROM stock_levels`); got != 6 || p.Int(`SELECT sum(backordered) FROM stock_levels`) != 0 {
		t.Errorf("%d available, want 6", got)
	}
	if got := p.Text(`SELECT string_agg(part || ':' || quantity || ' ' || status, ', ' ORDER BY part) FROM backorders WHERE order_id = $1`, int64(second)); got != "1:2 allocated, 2:1 allocated" {
		t.Errorf("the second order's backorders: %s", got)
	}
	p.CheckBooks()
}

// An order may have a parcel now and one later, and is shipped when both are.
func TestAnOrderShipsNowAndLater(t *testing.T) {
	t.Parallel()
	p := newPromised(t, 1, shop.StockRules{BackorderLimit: 5})
	user := p.User("picker@example.com", shop.RoleMerchant, p.merchant, 0)
	id := p.mustBuy(3, p.sku)
	p.Confirm(id)
	p.Shipped(id, user)
	if got := p.Text(`SELECT status FROM orders WHERE id = $1`, int64(id)); got != "processing" {
		t.Fatalf("with 2 units to come the order is %s", got)
	}
	p.Stock(p.sku, p.main, 1)
	p.Allocate()
	p.Stock(p.sku, p.main, 1)
	p.Allocate() // the second parcel is still open: this one goes into it
	if got := p.Text(`SELECT string_agg(no || ' ' || status || ' ' || units, ', ' ORDER BY no) FROM fulfillments`); got != "1 shipped 1, 2 open 2" {
		t.Fatalf("parcels: %s", got)
	}
	work := factory.Work(id, user)
	work.No = 2
	for _, err := range []error{
		second(p.Store.ClaimFulfillment(t.Context(), work)),
		second(p.Store.PickFulfillment(t.Context(), shop.PickCommand{ParcelWork: work, All: true})),
		second(p.Store.PackFulfillment(t.Context(), work)),
		second(p.Store.ShipFulfillment(t.Context(), shop.ShipCommand{ParcelWork: work, Carrier: "DHL", TrackingNumber: "00340434161095"})),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := p.Text(`SELECT status FROM orders WHERE id = $1`, int64(id)); got != "shipped" {
		t.Errorf("with all units sent the order is %s", got)
	}
	if got := p.units(id); got != "held 0 shipped 3 waiting 0" {
		t.Error(got)
	}
	p.CheckBooks()
}

func second[T any](_ T, err error) error { return err }

func TestOrdersThatEndWaitForNothing(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64
	p := newPromised(t, 1, shop.StockRules{BackorderLimit: 10}, db.WithClock(func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }))
	orders := shop.NewOrders(p.Store, shop.NewPayments(p.Store, slog.New(slog.DiscardHandler)))
	cancelled, expired := p.mustBuy(2, p.sku), p.mustBuy(2, p.sku)
	_, err := orders.Cancel(t.Context(), shop.CancelCommand{OrderID: cancelled, Actor: shop.Actor{Kind: shop.ActorSystem}, Key: p.Order(p.customer, p.address).Key})
	if err != nil {
		t.Fatal(err)
	}
	p.Allocate() // the unit that the first gave back
	if got := p.units(expired); got != "held 1 shipped 0 waiting 1" {
		t.Error(got)
	}
	ahead.Store(int64(shop.HoldDuration + time.Minute))
	if n, err := factory.Expire(t.Context(), p.Store, 10); n != 1 || err != nil {
		t.Fatalf("%d expired, %v", n, err)
	}
	for _, id := range []shop.OrderID{cancelled, expired} {
		if got := p.units(id); got != "held 0 shipped 0 waiting 0" {
			t.Errorf("order %d: %s", id, got)
		}
	}
	if got := p.Text(`SELECT on_hand || ' ' || reserved || ' ' || backordered FROM stock_levels`); got != "1 0 0" {
		t.Errorf("counters %s", got)
	}
	p.CheckBooks()
}

func TestACustomerMayHaveOnlySoMany(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64
	p := newPromised(t, 100, shop.StockRules{BuyerLimit: 3}, db.WithClock(func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }))
	free := p.SKU(p.merchant, "B", 100, 100)
	id := p.mustBuy(2, p.sku)
	_, err := p.buy(2, free, p.sku)
	refused, ok := err.(*shop.Error)
	if !ok || refused.Code != shop.CodeInvalid || refused.Fields[0].Field != "items[1].quantity" {
		t.Fatalf("2 more of 3: %v", err)
	}
	if want := "At most 3 of Product A per customer within 30 days; you have ordered 2 already."; refused.Message != want {
		t.Errorf("%q, want %q", refused.Message, want)
	}
	p.mustBuy(50, free)
	p.mustBuy(1, p.sku)
	if _, err := p.buy(1, p.sku); shop.CodeOf(err) != shop.CodeInvalid {
		t.Errorf("the fourth: %v", err)
	}
	other, address := p.Customer("eve@example.com")
	p.Place(other, address, p.sku)
	p.Event(id, shop.StatusPending, shop.StatusCancelled)
	p.Exec(`UPDATE reservations SET status = 'released', closed_at = now() WHERE order_id = $1`, int64(id))
	p.mustBuy(2, p.sku) // what was cancelled does not count
	ahead.Store(int64(shop.BuyerLimitWindow + time.Hour))
	p.mustBuy(3, p.sku) // nor what was long ago
}

// One customer at many doors at once gets no more than one who waits in line.
func TestTheLimitPerCustomerHoldsInARush(t *testing.T) {
	t.Parallel()
	p := newPromised(t, 100, shop.StockRules{BuyerLimit: 5})
	other := p.Placer()
	var got atomic.Int64
	var all sync.WaitGroup
	for i := range 40 {
		command := p.Order(p.customer, p.address, p.sku)
		all.Go(func() {
			placer := p.placer
			if i%2 == 1 {
				placer = other
			}
			if _, err := placer.PlaceCheckout(context.Background(), command); err == nil {
				got.Add(1)
			} else if shop.CodeOf(err) != shop.CodeInvalid {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got.Load() != 5 {
		t.Errorf("%d orders, want 5", got.Load())
	}
	p.CheckBooks()
}
