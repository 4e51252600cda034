package db_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"waybill/db"
	"waybill/db/dbtest/factory"
	"waybill/shop"
)

func TestPlacingWritesEverythingOrNothing(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	m1, _ := w.Merchant("one")
	m2, _ := w.Merchant("two")
	a, b := w.SKU(m1, "A", 1299, 5), w.SKU(m2, "B", 500, 5)
	w.Exec(`INSERT INTO tax_rates (country, region, name, rate_ppm) VALUES ('US', 'CA', 'California', 80000)`)
	customer, address := w.Customer("ada@example.com")

	placed := w.Place(customer, address, a, b)

	if len(placed.Orders) != 2 || placed.TotalMinor != 1299+104+500+40 {
		t.Fatalf("placed %+v", placed)
	}
	for table, want := range map[string]int64{
		"checkouts": 1, "orders": 2, "order_line_items": 2, "order_events": 2, "payments": 2, "reservations": 2, "idempotency_keys": 1,
	} {
		if got := w.Int("SELECT count(*) FROM " + table); got != want {
			t.Errorf("%s has %d rows, want %d", table, got, want)
		}
	}
	if got := w.Int(`SELECT sum(reserved) FROM stock_levels`); got != 2 {
		t.Errorf("reserved %d, want 2", got)
	}
	if got := w.Int(`SELECT count(*) FROM orders o JOIN addresses s ON s.id = o.shipping_address_id WHERE s.is_snapshot`); got != 2 {
		t.Errorf("%d orders point at a snapshot, want 2", got)
	}
}

func TestRepeatBuyersShareOneAddressSnapshotUntilTheAddressChanges(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	m, _ := w.Merchant("one")
	sku := w.SKU(m, "A", 100, 10)
	customer, address := w.Customer("ada@example.com")
	w.Place(customer, address, sku)
	w.Place(customer, address, sku)
	if got := w.Int(`SELECT count(DISTINCT shipping_address_id) FROM orders`); got != 1 {
		t.Fatalf("%d snapshots for an unchanged address, want 1", got)
	}
	w.Exec(`UPDATE addresses SET line1 = '2 Side St' WHERE id = $1`, address)
	w.Place(customer, address, sku)
	if got := w.Text(`SELECT string_agg(a.line1, ',' ORDER BY o.id) FROM orders o JOIN addresses a ON a.id = o.shipping_address_id`); got != "1 Main St,1 Main St,2 Side St" {
		t.Fatalf("orders were sent to %s", got)
	}
}

func TestNeverOversold(t *testing.T) {
	t.Parallel()
	const buyers, stock = 500, 100
	w := factory.New(t)
	m, _ := w.Merchant("one")
	sku := w.SKU(m, "HOT", 100, stock)
	customer, address := w.Customer("ada@example.com")
	first, second := w.Placer(), w.Placer() // as two instances of the program

	var sold, refused, other atomic.Int64
	var all sync.WaitGroup
	for i := range buyers {
		command := w.Order(customer, address, sku)
		all.Go(func() {
			placer := first
			if i%2 == 1 {
				placer = second
			}
			_, err := placer.PlaceCheckout(context.Background(), command)
			switch shop.CodeOf(err) {
			case "":
				sold.Add(1)
			case shop.CodeOutOfStock:
				refused.Add(1)
			default:
				other.Add(1)
				t.Error(err)
			}
		})
	}
	all.Wait()
	if sold.Load() != stock || refused.Load() != buyers-stock {
		t.Errorf("sold %d and refused %d of %d buyers, want %d sold", sold.Load(), refused.Load(), buyers, stock)
	}
	if got := w.Int(`SELECT on_hand - reserved FROM stock_levels`); got != 0 {
		t.Errorf("%d left, want 0", got)
	}
	if got := w.Int(`SELECT sum(reserved_delta) FROM inventory_transactions`); got != stock {
		t.Errorf("the ledger says %d, want %d", got, stock)
	}
}

func TestRefusedNeighboursChangeNothing(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	m, _ := w.Merchant("one")
	sku, short := w.SKU(m, "A", 100, 50), w.SKU(m, "B", 100, 1)
	unpriced := w.SKU(m, "C", 100, 50)
	w.Exec(`DELETE FROM sku_prices WHERE sku_id = $1`, unpriced)
	customer, address := w.Customer("ada@example.com")
	_, strange := w.Customer("eve@example.com")
	placer := w.Placer()

	tooMany := w.Order(customer, address, sku, short)
	tooMany.Items[1].Quantity = 2
	stale := w.Order(customer, address, sku)
	shown := int64(99)
	stale.ExpectedTotalMinor = &shown
	cases := []struct {
		command shop.PlaceCommand
		code    shop.Code
		field   string
	}{
		{w.Order(customer, address, sku), "", ""},
		{tooMany, shop.CodeOutOfStock, ""},
		{w.Order(customer, address, unpriced), shop.CodeInvalid, "items[0].skuId"},
		{w.Order(customer, strange, sku), shop.CodeInvalid, "shippingAddressId"},
		{w.Order(customer, address, 999999), shop.CodeInvalid, "items[0].skuId"},
		{w.Order(999999, address, sku), shop.CodeInvalid, "userId"},
		{stale, shop.CodeConflict, ""},
		{w.Order(customer, address, sku), "", ""},
	}
	var all sync.WaitGroup
	for i, c := range cases {
		all.Go(func() {
			_, err := placer.PlaceCheckout(context.Background(), c.command)
			if shop.CodeOf(err) != c.code {
				t.Errorf("case %d: %v, want %q", i, err, c.code)
			}
			if refused, ok := err.(*shop.Error); ok && c.field != "" && (len(refused.Fields) == 0 || refused.Fields[0].Field != c.field) {
				t.Errorf("case %d names %v, want %s", i, refused.Fields, c.field)
			}
		})
	}
	all.Wait()
	if got := w.Int(`SELECT count(*) FROM orders`); got != 2 {
		t.Errorf("%d orders, want the 2 good ones", got)
	}
	if got := w.Int(`SELECT sum(reserved) FROM stock_levels`); got != 2 {
		t.Errorf("reserved %d, want 2", got)
	}
}

func TestTheSameKeyIsOneOrder(t *testing.T) {
	t.Parallel()
	const times = 50
	w := factory.New(t)
	m, _ := w.Merchant("one")
	sku := w.SKU(m, "A", 100, 50)
	customer, address := w.Customer("ada@example.com")
	first, second := w.Placer(), w.Placer()
	command := w.Order(customer, address, sku)

	ids := make(chan shop.OrderID, times)
	var all sync.WaitGroup
	for i := range times {
		all.Go(func() {
			placer := first
			if i%2 == 1 {
				placer = second
			}
			placed, err := placer.PlaceCheckout(context.Background(), command)
			if err != nil {
				t.Error(err)
			}
			ids <- placed.CheckoutID
		})
	}
	all.Wait()
	close(ids)
	distinct := map[shop.OrderID]bool{}
	for id := range ids {
		distinct[id] = true
	}
	if len(distinct) != 1 || w.Int(`SELECT count(*) FROM orders`) != 1 {
		t.Errorf("%d answers and %d orders, want one", len(distinct), w.Int(`SELECT count(*) FROM orders`))
	}
	other := command
	other.Key.Hash[0]++
	if _, err := first.PlaceCheckout(context.Background(), other); shop.CodeOf(err) != shop.CodeIdempotencyMismatch {
		t.Errorf("another request under the key: %v", err)
	}
}

func TestOverlappingCartsInOppositeOrdersNeverDeadlock(t *testing.T) {
	t.Parallel()
	const rounds, each = 40, 4 // of them by one customer, whose first orders they are
	w := factory.New(t)
	m, _ := w.Merchant("one")
	var skus []int64
	for i := range 6 {
		skus = append(skus, w.SKU(m, fmt.Sprintf("S%d", i), 100, 10_000))
	}
	var customer, address int64
	before := w.Int(`SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`)
	first, second := w.Placer(), w.Placer()
	var all sync.WaitGroup
	for i := range rounds {
		if i%each == 0 {
			customer, address = w.Customer(fmt.Sprintf("newcomer%d@example.com", i))
		}
		up := w.Order(customer, address, skus[i%6], skus[(i+1)%6], skus[(i+2)%6])
		down := w.Order(customer, address, skus[(i+2)%6], skus[(i+1)%6], skus[i%6])
		all.Go(func() {
			if _, err := first.PlaceCheckout(context.Background(), up); err != nil {
				t.Error(err)
			}
		})
		all.Go(func() {
			if _, err := second.PlaceCheckout(context.Background(), down); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := w.Int(`SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`); got != before {
		t.Errorf("%d deadlocks", got-before)
	}
}

func TestAClosedPlacerRefuses(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	m, _ := w.Merchant("one")
	sku := w.SKU(m, "A", 100, 5)
	customer, address := w.Customer("ada@example.com")
	placer := w.Placer()
	placer.Close()
	if _, err := placer.PlaceCheckout(context.Background(), w.Order(customer, address, sku)); shop.CodeOf(err) != shop.CodeUnavailable {
		t.Errorf("a closed placer answers %v", err)
	}
}

// A group that waits for somebody else's lock does not hold up the shop.
func TestAGroupThatWaitsHoldsUpNobody(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	m, _ := w.Merchant("one")
	locked, free := w.SKU(m, "A", 100, 10), w.SKU(m, "B", 100, 10)
	customer, address := w.Customer("ada@example.com")
	other, elsewhere := w.Customer("bob@example.com")
	p := w.Placer()
	tx, err := w.Pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(context.Background()) //nolint:errcheck // it is committed below
	if _, err := tx.Exec(t.Context(), `SELECT 1 FROM stock_levels WHERE sku_id = $1 FOR UPDATE`, locked); err != nil {
		t.Fatal(err)
	}
	waiting := make(chan error, 1)
	go func() {
		_, err := p.PlaceCheckout(context.Background(), w.Order(customer, address, locked))
		waiting <- err
	}()
	w.Blocked(1, "")
	if _, err := p.PlaceCheckout(t.Context(), w.Order(other, elsewhere, free)); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-waiting:
		t.Fatalf("it did not wait for the lock (%v)", err)
	default:
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-waiting; err != nil {
		t.Error(err)
	}
}

// A buyer moves while the order is being read: the address and the tax rates come by two statements.
func TestAnAddressThatMovesMeanwhileIsTaxedWhereItIs(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	w.Exec(`INSERT INTO tax_rates (country, region, name, rate_ppm) VALUES ('US', 'CA', 'California', 80000), ('FR', '', 'TVA', 200000)`)
	merchant, _ := w.Merchant("one")
	sku := w.SKU(merchant, "A", 100, 10)
	customer, address := w.Customer("ada@example.com")
	for country, want := range map[string][]int64{"US": {80_000}, "FR": {80_000, 200_000}, "AQ": {80_000}} {
		rates, err := db.QuoteMoved(t.Context(), w.Store, w.Order(customer, address, sku), country)
		if err != nil {
			t.Fatal(err)
		}
		var got []int64
		for _, r := range rates {
			got = append(got, r.RatePPM)
		}
		if !slices.Equal(got, want) {
			t.Errorf("in %s by the rates %v, want %v", country, got, want)
		}
	}
}
