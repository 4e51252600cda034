package db_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"waybill/db/dbtest/factory"
	"waybill/shop"
)

func mustAdd(w *factory.World, ref shop.CartRef, skuID, quantity int64) shop.CartRef {
	w.TB.Helper()
	change, err := w.Store.AddToCart(w.TB.Context(), ref, shop.CartAdd{SKUID: skuID, Quantity: quantity, Currency: "USD"})
	if err != nil {
		w.TB.Fatal(err)
	}
	return shop.CartRef{ID: change.CartID, CustomerID: ref.CustomerID}
}

func mustCart(w *factory.World, ref shop.CartRef) shop.QuotedCart {
	w.TB.Helper()
	cart, err := w.Store.Cart(w.TB.Context(), ref, shop.Destination{})
	if err != nil {
		w.TB.Fatal(err)
	}
	return cart
}

func TestCartAddsUpAndQuotes(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	merchant, _ := w.Merchant("acme")
	a, b := w.SKU(merchant, "A", 1000, 5), w.SKU(merchant, "B", 250, 5)
	w.Exec(`INSERT INTO tax_rates (country, region, name, rate_ppm) VALUES ('US', 'CA', 'CA', 100000)`)
	w.Exec(`INSERT INTO shipping_rates (merchant_id, currency, price_minor) VALUES ($1, 'USD', 500)`, merchant)

	guest := mustAdd(w, shop.CartRef{}, a, 1)
	mustAdd(w, guest, a, 2)
	mustAdd(w, guest, b, 1)
	cart, err := w.Store.Cart(t.Context(), guest, shop.Destination{Country: "US", Region: "CA"})
	if err != nil {
		t.Fatal(err)
	}
	if len(cart.Lines) != 2 || cart.Units() != 4 || !cart.Ready() || cart.Lines[0].Quantity != 3 {
		t.Errorf("cart %+v", cart.Cart)
	}
	if cart.Quote.TotalMinor != 3250+325+500 {
		t.Errorf("total %d", cart.Quote.TotalMinor)
	}
}

func TestCartRefuses(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	merchant, _ := w.Merchant("acme")
	good, inactive := w.SKU(merchant, "A", 1000, 5), w.SKU(merchant, "B", 1000, 5)
	w.Exec(`UPDATE skus SET status = 'discontinued' WHERE id = $1`, inactive)
	guest := mustAdd(w, shop.CartRef{}, good, 2)
	cases := []struct {
		name  string
		add   shop.CartAdd
		field string
		says  string
	}{
		{"nothing", shop.CartAdd{SKUID: good, Quantity: 0, Currency: "USD"}, "quantity", "at least 1"},
		{"less than nothing", shop.CartAdd{SKUID: good, Quantity: -1, Currency: "USD"}, "quantity", "negative"},
		{"too many", shop.CartAdd{SKUID: good, Quantity: 10_001, Currency: "USD"}, "quantity", "at most 10000"},
		{"an overflow", shop.CartAdd{SKUID: good, Quantity: 1<<63 - 1, Currency: "USD"}, "quantity", "at most 10000"},
		{"more than is left", shop.CartAdd{SKUID: good, Quantity: 4, Currency: "USD"}, "quantity", "Only 5 left, and 2 of them"},
		{"an unknown SKU", shop.CartAdd{SKUID: 999_999, Quantity: 1, Currency: "USD"}, "sku", "no such product"},
		{"no SKU", shop.CartAdd{Quantity: 1, Currency: "USD"}, "sku", "no such product"},
		{"an inactive SKU", shop.CartAdd{SKUID: inactive, Quantity: 1, Currency: "USD"}, "sku", "no longer sold"},
		{"another currency", shop.CartAdd{SKUID: good, Quantity: 1, Currency: "EUR"}, "currency", "Your cart is in USD"},
	}
	for _, tt := range cases {
		_, err := w.Store.AddToCart(t.Context(), guest, tt.add)
		known, _ := err.(*shop.Error)
		if known == nil || known.Code != shop.CodeInvalid || known.Fields[0].Field != tt.field || !strings.Contains(known.Message, tt.says) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	if cart := mustCart(w, guest); len(cart.Lines) != 1 || cart.Lines[0].Quantity != 2 {
		t.Errorf("a refusal changed the cart: %+v", cart.Lines)
	}
	if n := w.Int(`SELECT count(*) FROM carts`); n != 1 {
		t.Errorf("%d carts", n)
	}
}

func TestRefusedFirstItemLeavesNoCart(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	if _, err := w.Store.AddToCart(t.Context(), shop.CartRef{}, shop.CartAdd{SKUID: 1, Quantity: 1, Currency: "USD"}); shop.CodeOf(err) != shop.CodeInvalid {
		t.Fatal(err)
	}
	if n := w.Int(`SELECT count(*) FROM carts`); n != 0 {
		t.Errorf("%d carts", n)
	}
}

func TestCartSaysWhatBecameOfItsLines(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	merchant, _ := w.Merchant("acme")
	dearer, gone, short, inactive := w.SKU(merchant, "A", 1000, 5), w.SKU(merchant, "B", 100, 5), w.SKU(merchant, "C", 100, 5), w.SKU(merchant, "D", 100, 5)
	guest := shop.CartRef{}
	for _, sku := range []int64{dearer, gone, short, inactive} {
		guest = mustAdd(w, guest, sku, 3)
	}
	w.Exec(`UPDATE sku_prices SET price_minor = 1100 WHERE sku_id = $1`, dearer)
	w.Exec(`UPDATE stock_levels SET on_hand = 0 WHERE sku_id = $1`, gone)
	w.Exec(`UPDATE stock_levels SET on_hand = 2 WHERE sku_id = $1`, short)
	w.Exec(`UPDATE products SET status = 'discontinued' WHERE id = (SELECT product_id FROM skus WHERE id = $1)`, inactive)
	cart := mustCart(w, guest)
	problems := map[int64]string{gone: "Out of stock", short: "Only 2 left", inactive: "no longer sold"}
	for _, line := range cart.Lines {
		if problem := line.Problem(cart.Currency); !strings.Contains(problem, problems[line.SKUID]) || (problem == "") != (line.SKUID == dearer) {
			t.Errorf("%s: %q", line.Name, problem)
		}
		if line.PriceChanged() != (line.SKUID == dearer) {
			t.Errorf("%s: changed %t", line.Name, line.PriceChanged())
		}
	}
	if cart.Ready() || cart.Quote.TotalMinor != 3300+300+300 {
		t.Errorf("ready %t, total %d", cart.Ready(), cart.Quote.TotalMinor)
	}
}

func TestCartQuantityIsSetAndLinesAreRemoved(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	merchant, _ := w.Merchant("acme")
	sku, other := w.SKU(merchant, "A", 1000, 5), w.SKU(merchant, "B", 1000, 5)
	guest := mustAdd(w, shop.CartRef{}, sku, 1)
	if change, err := w.Store.SetCartQuantity(t.Context(), guest, sku, 5); err != nil || change.Units != 5 {
		t.Errorf("%+v, %v", change, err)
	}
	if _, err := w.Store.SetCartQuantity(t.Context(), guest, sku, 6); shop.CodeOf(err) != shop.CodeInvalid {
		t.Errorf("beyond the stock: %v", err)
	}
	for _, ref := range []shop.CartRef{guest, {}, {ID: "00000000-0000-4000-8000-000000000000"}} {
		if _, err := w.Store.SetCartQuantity(t.Context(), ref, other, 1); shop.CodeOf(err) != shop.CodeNotFound {
			t.Errorf("a SKU that is not in the cart: %v", err)
		}
	}
	for range 2 {
		if change, err := w.Store.RemoveFromCart(t.Context(), guest, sku); err != nil || change.Units != 0 {
			t.Errorf("%+v, %v", change, err)
		}
	}
}

func TestGuestCartBecomesTheCustomersWithItsKey(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	merchant, _ := w.Merchant("acme")
	sku := w.SKU(merchant, "A", 1000, 5)
	customer, _ := w.Customer("ada@example.com")
	guest := mustAdd(w, shop.CartRef{}, sku, 2)
	key := mustCart(w, guest).CheckoutKey

	change, err := w.Store.MergeCarts(t.Context(), guest.ID, customer)
	if err != nil || change.Units != 2 {
		t.Fatalf("%+v, %v", change, err)
	}
	if own := mustCart(w, shop.CartRef{CustomerID: customer}); own.CheckoutKey != key || own.Units() != 2 {
		t.Errorf("own cart %+v", own.Cart)
	}
	if left := mustCart(w, guest); left.ID != "" {
		t.Error("the guest's link still opens the customer's cart")
	}
	if again, err := w.Store.MergeCarts(t.Context(), guest.ID, customer); err != nil || again.Units != 2 {
		t.Errorf("merged twice: %+v, %v", again, err)
	}
}

func TestGuestCartIsMergedIntoAFullOne(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	merchant, _ := w.Merchant("acme")
	both, onlyGuest := w.SKU(merchant, "A", 1000, 9), w.SKU(merchant, "B", 100, 9)
	w.Price(both, "EUR", 900)
	customer, _ := w.Customer("ada@example.com")
	own := mustAdd(w, shop.CartRef{CustomerID: customer}, both, 3)
	guest := mustAdd(w, mustAdd(w, shop.CartRef{}, both, 1), onlyGuest, 1)
	if err := w.Store.SwitchCartCurrency(t.Context(), guest, "EUR"); err != nil {
		t.Fatal(err)
	}
	change, err := w.Store.MergeCarts(t.Context(), guest.ID, customer)
	if err != nil || change.Units != 4 || change.CartID != own.ID {
		t.Fatalf("%+v, %v", change, err)
	}
	cart := mustCart(w, own)
	if cart.Currency != "EUR" || cart.Quote.TotalMinor != 2700 {
		t.Errorf("cart in %s, total %d", cart.Currency, cart.Quote.TotalMinor)
	}
	for _, line := range cart.Lines {
		if line.SKUID == both && (line.AddedPriceMinor != 900 || line.PriceChanged()) {
			t.Errorf("price as added %d", line.AddedPriceMinor)
		}
		if line.SKUID == onlyGuest && !strings.Contains(line.Problem("EUR"), "no price in EUR") {
			t.Errorf("problem %q", line.Problem("EUR"))
		}
	}
	if n := w.Int(`SELECT count(*) FROM carts`); n != 1 {
		t.Errorf("%d carts", n)
	}
}

func TestCartOfOneCustomerIsMadeOnceUnderConcurrency(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	merchant, _ := w.Merchant("acme")
	sku := w.SKU(merchant, "A", 1000, 100)
	customer, _ := w.Customer("ada@example.com")
	var windows sync.WaitGroup
	for range 8 {
		windows.Go(func() {
			if _, err := w.Store.AddToCart(t.Context(), shop.CartRef{CustomerID: customer}, shop.CartAdd{SKUID: sku, Quantity: 1, Currency: "USD"}); err != nil {
				t.Error(err)
			}
		})
	}
	windows.Wait()
	if cart := mustCart(w, shop.CartRef{CustomerID: customer}); cart.Units() != 8 {
		t.Errorf("%d units", cart.Units())
	}
}

func TestOrderedCartIsEmptiedOnceForItsKey(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	w := factory.New(t, factory.FixedClock(now))
	merchant, _ := w.Merchant("acme")
	sku := w.SKU(merchant, "A", 1000, 100)
	customer, _ := w.Customer("ada@example.com")
	own := mustAdd(w, shop.CartRef{CustomerID: customer}, sku, 1)
	key := mustCart(w, own).CheckoutKey

	change, err := w.Store.CartOrdered(t.Context(), customer, key, now)
	if err != nil || change.Units != 0 {
		t.Fatalf("%+v, %v", change, err)
	}
	if renewed := mustCart(w, own).CheckoutKey; renewed == key {
		t.Error("the key was not renewed")
	}
	mustAdd(w, own, sku, 2)
	if change, err := w.Store.CartOrdered(t.Context(), customer, key, now); err != nil || change.Units != 2 {
		t.Errorf("an old key emptied the next cart: %+v, %v", change, err)
	}
	if change, err := w.Store.CartOrdered(t.Context(), customer, mustCart(w, own).CheckoutKey, now.Add(-time.Second)); err != nil || change.Units != 2 {
		t.Errorf("what was added after the order is gone: %+v, %v", change, err)
	}
}

func TestIdleGuestCartsArePruned(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	merchant, _ := w.Merchant("acme")
	sku := w.SKU(merchant, "A", 1000, 100)
	customer, _ := w.Customer("ada@example.com")
	old, recent := mustAdd(w, shop.CartRef{}, sku, 1), mustAdd(w, shop.CartRef{}, sku, 1)
	own := mustAdd(w, shop.CartRef{CustomerID: customer}, sku, 1)
	w.Exec(`UPDATE carts SET updated_at = now() - interval '60 days' WHERE id IN ($1, $2)`, old.ID, own.ID)
	if n, err := w.Store.PruneCarts(t.Context(), 30*24*time.Hour); err != nil || n != 1 {
		t.Errorf("pruned %d, %v", n, err)
	}
	if mustCart(w, old).ID != "" || mustCart(w, recent).ID == "" || mustCart(w, own).ID == "" {
		t.Error("the wrong cart is gone")
	}
}
