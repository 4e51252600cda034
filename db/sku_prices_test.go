package db_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"waybill/db"
	"waybill/db/dbtest/factory"
	"waybill/shop"
)

// A scheduled price applies from its moment on, in the cart and at the checkout, with no job in between.
func TestAScheduledPriceAppliesByItself(t *testing.T) {
	t.Parallel()
	clock := time.Now().UTC().Truncate(time.Second)
	w := factory.New(t, db.WithClock(func() time.Time { return clock }))
	merchant, _ := w.Merchant("one")
	sku := w.SKU(merchant, "A", 1000, 10)
	customer, address := w.Customer("ada@example.com")
	change := func(c shop.ChangePrice) shop.PriceBook {
		t.Helper()
		c.SKUID, c.MerchantID = sku, merchant
		book, _, err := w.Store.ChangeSKUPrice(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		return book
	}
	price := func() int64 { return w.Place(customer, address, sku).TotalMinor }

	usd := shop.Amount{Minor: 800, Currency: "USD"}
	sale := clock.Add(time.Hour)
	change(shop.ChangePrice{Action: shop.PriceSet, Price: usd, From: sale})
	book := change(shop.ChangePrice{Action: shop.PriceEnd, Price: usd, From: sale.Add(time.Hour)})
	if len(book.Periods) != 2 || book.Periods[0].State(clock) != shop.PriceScheduled || book.Periods[1].State(clock) != shop.PriceCurrent {
		t.Errorf("the book is %+v", book)
	}
	if got := price(); got != 1000 {
		t.Errorf("before the sale: %d", got)
	}
	clock = sale.Add(-time.Microsecond)
	if got := price(); got != 1000 {
		t.Errorf("a moment before the sale: %d", got)
	}
	clock = sale
	if got := price(); got != 800 {
		t.Errorf("in the sale: %d", got)
	}
	clock = sale.Add(time.Hour)
	placer := w.Placer()
	if _, err := placer.PlaceCheckout(t.Context(), w.Order(customer, address, sku)); shop.CodeOf(err) != shop.CodeInvalid {
		t.Errorf("without a price: %v", err)
	}
	change(shop.ChangePrice{Action: shop.PriceSet, Price: shop.Amount{Minor: 900, Currency: "USD"}})
	if got := price(); got != 900 {
		t.Errorf("after a new price: %d", got)
	}
	if n := w.Int(`SELECT count(*) FROM audit_log WHERE action IN ('price.set', 'price.end') AND subject = $1`, fmt.Sprintf("sku:%d", sku)); n != 3 {
		t.Errorf("%d entries in the audit log, want 3", n)
	}
}

func TestPricesAreTheirMerchants(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	one, _ := w.Merchant("one")
	two, _ := w.Merchant("two")
	sku := w.SKU(one, "A", 1000, 1)
	c := shop.ChangePrice{SKUID: sku, MerchantID: two, Action: shop.PriceSet, Price: shop.Amount{Minor: 1, Currency: "USD"}}
	if _, _, err := w.Store.ChangeSKUPrice(t.Context(), c); shop.CodeOf(err) != shop.CodeNotFound {
		t.Errorf("another merchant sets the price: %v", err)
	}
	if _, err := w.Store.SKUPrices(t.Context(), sku, two); shop.CodeOf(err) != shop.CodeNotFound {
		t.Errorf("another merchant reads the prices: %v", err)
	}
	if got := w.Text(`SELECT string_agg(price_minor::text, ' ') FROM sku_prices`); got != "1000" {
		t.Errorf("the prices are %s", got)
	}
}

// Many who change the same price at once take turns: all of it happens, and no two periods overlap.
func TestPricesThatAreChangedAtOnce(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	merchant, _ := w.Merchant("one")
	sku := w.SKU(merchant, "A", 1000, 1)
	base := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	var group sync.WaitGroup
	for i := range 12 {
		group.Go(func() {
			c := shop.ChangePrice{SKUID: sku, Action: shop.PriceSet, Price: shop.Amount{Minor: int64(i + 1), Currency: "USD"}, From: base.Add(time.Duration(i%6) * time.Minute)}
			if _, _, err := w.Store.ChangeSKUPrice(t.Context(), c); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if n := w.Int(`SELECT count(*) FROM sku_prices WHERE sku_id = $1`, sku); n != 7 {
		t.Errorf("%d periods, want the old one and six", n)
	}
	if n := w.Int(`SELECT count(*) FROM sku_prices a JOIN sku_prices b ON b.id > a.id WHERE tstzrange(a.valid_from, a.valid_until) && tstzrange(b.valid_from, b.valid_until)`); n != 0 {
		t.Errorf("%d periods overlap", n)
	}
}
