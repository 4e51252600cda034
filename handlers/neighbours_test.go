package handlers_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"waybill/adapters/simulated"
	"waybill/shop"
	"waybill/views/urls"
)

// shopper is somebody before an open checkout, and what becomes of it before the form is sent.
type shopper struct {
	*visitor
	name      string
	page      answer
	customer  int64
	address   int64
	spoil     func(s *site, who *shopper)
	status    int
	says      string
	unqueued  bool // refused before it reaches a group
	lands     int  // orders
	answered  answer
	expecting string // of the form; "" is what the page shows
}

// Buyers of all kinds send the form of the checkout at once: what went wrong since their page was drawn is told to each, and
// the others get their order.
func TestCheckoutsThatFailLeaveTheirNeighboursAlone(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, _ := s.Merchant("acme")
	sku, few, limited := s.SKU(merchant, "A", 1000, 1000), s.SKU(merchant, "FEW", 1000, 3), s.SKU(merchant, "LIMITED", 1000, 1000)
	gone, draft := s.SKU(merchant, "GONE", 1000, 10), s.SKU(merchant, "DRAFT", 1000, 10)
	s.Exec(`INSERT INTO discounts (code, name, percent_ppm, valid_from) VALUES ('TENTH', 'A tenth off', 100000, now() - interval '1 day')`)
	exec := func(sql string, args ...any) func(*site, *shopper) {
		return func(s *site, _ *shopper) { s.Exec(sql, args...) }
	}
	var all []*shopper
	enter := func(who *shopper, skuID int64) {
		who.visitor, who.customer, who.address = s.buyer(t, fmt.Sprintf("shopper-%d@example.com", len(all)))
		if who.name == "a refused code" {
			addTo(who.visitor, skuID, "1")
			who.post(urls.CartCodes(0), "code", "tenth")
			who.page = who.get(urls.Checkout()).wants(http.StatusOK)
		} else {
			who.page = who.openCheckout(skuID, "1")
		}
		all = append(all, who)
	}
	enter(&shopper{name: "good", status: 303, lands: 1}, sku)
	enter(&shopper{name: "a deleted product", spoil: exec(`UPDATE products SET deleted_at = now() WHERE id = (SELECT product_id FROM skus WHERE id = $1)`, gone), status: 409, says: "no longer sold", unqueued: true}, gone)
	enter(&shopper{name: "a draft", spoil: exec(`UPDATE skus SET status = 'draft' WHERE id = $1`, draft), status: 409, says: "no longer sold", unqueued: true}, draft)
	enter(&shopper{name: "an address of nobody's", spoil: func(s *site, who *shopper) {
		s.Exec(`UPDATE addresses SET customer_id = $2 WHERE id = $1`, who.address, all[0].customer)
	}, status: 422, says: "address", unqueued: true}, sku)
	enter(&shopper{name: "a deleted customer", spoil: func(s *site, who *shopper) {
		s.Exec(`UPDATE customers SET deleted_at = now() WHERE id = $1`, who.customer)
	}, status: 422, says: "account is suspended or closed"}, sku)
	enter(&shopper{name: "an expired cart", spoil: func(s *site, who *shopper) {
		s.Exec(`DELETE FROM carts WHERE customer_id = $1`, who.customer)
	}, status: 409, says: "Your cart is empty", unqueued: true}, sku)
	enter(&shopper{name: "another total", expecting: "999", status: 409, says: "total", unqueued: true}, sku)
	enter(&shopper{name: "a refused code", spoil: exec(`UPDATE discounts SET valid_until = now()`), status: 409, says: "total", unqueued: true}, sku)
	enter(&shopper{name: "more than one may have", spoil: func(s *site, who *shopper) {
		s.Rules(limited, shop.StockRules{BuyerLimit: 1})
		s.Place(who.customer, who.address, limited)
	}, status: 422, says: "At most 1"}, limited)
	for i := range 4 { // three are left for four
		enter(&shopper{name: fmt.Sprintf("one of the few, %d", i)}, few)
	}
	enter(&shopper{name: "good too", status: 303, lands: 1}, sku)

	queued := 0
	var asks []func()
	for _, who := range all {
		if who.spoil != nil {
			who.spoil(s, who)
		}
		if !who.unqueued {
			queued++
		}
		asks = append(asks, func() {
			expected := who.expecting
			if expected == "" {
				expected = who.page.field("expected")
			}
			who.answered = who.post(urls.Checkout(), "key", who.page.field("key"), "expected", expected, "currency", "USD", "address", fmt.Sprint(who.address), "method", simulated.TokenOK)
		})
	}
	twice := all[0] // sends it twice
	asks = append(asks, func() {
		if again := twice.send(twice.page, twice.address, simulated.TokenOK); again.status != http.StatusSeeOther {
			t.Errorf("the form that is sent twice is answered %d", again.status)
		}
	})
	s.Gather(s.pages.Placer, queued+1, nil, asks...)

	soldFew := 0
	for _, who := range all {
		orders := int(s.Int(`SELECT count(*) FROM orders WHERE customer_id = $1 AND placed_at > now() - interval '1 hour' AND source = 'web'`, who.customer))
		if slices.Contains([]string{"one of the few, 0", "one of the few, 1", "one of the few, 2", "one of the few, 3"}, who.name) {
			soldFew += orders
			if orders == 0 {
				who.answered.wants(http.StatusConflict, "Out of stock")
			}
			continue
		}
		if orders != who.lands || who.answered.status != who.status {
			t.Errorf("%s: %d orders, answered %d (%s)", who.name, orders, who.answered.status, who.answered.heading())
		}
		who.answered.wants(who.status, who.says)
	}
	if soldFew != 3 {
		t.Errorf("%d of 3 units were sold to four buyers", soldFew)
	}
	if groups := s.Int(`SELECT count(DISTINCT xmin::text) FROM order_line_items WHERE sku_id = ANY ($1)`, []int64{sku, few}); groups != 1 {
		t.Errorf("they were placed in %d transactions, want one", groups)
	}
	s.booksAgree(t)
}
