package api_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"waybill/shop"
)

// refusedOrder is a body that must be refused in the middle of a group.
type refusedOrder struct {
	name, body string
	status     int
	kind       string
	fields     []string
}

// refusedOrders are bodies of all kinds of orders that are refused once they are in a group. few has one unit, limited may
// be had twice by one customer.
func (d *door) refusedOrders(s shelf, few, limited int64) []refusedOrder {
	strange := d.shelf("strange", 10)
	draft, gone, unpriced, dear := d.SKU(s.merchant, "DRAFT", 1, 9), d.SKU(s.merchant, "GONE", 1, 9), d.SKU(s.merchant, "UNPRICED", 1, 9), d.SKU(s.merchant, "DEAR", 1, 9)
	d.Exec(`UPDATE skus SET status = 'draft' WHERE id = $1`, draft)
	d.Exec(`UPDATE products SET deleted_at = now() WHERE id = (SELECT product_id FROM skus WHERE id = $1)`, gone)
	d.Exec(`DELETE FROM sku_prices WHERE sku_id = $1`, unpriced)
	d.Exec(`ALTER TABLE sku_prices DROP CONSTRAINT sku_prices_not_negative`)
	d.Exec(`UPDATE sku_prices SET price_minor = 9000000000000000000 WHERE sku_id = $1`, dear)
	deleted, grave := d.Customer("deleted@example.com")
	d.Exec(`UPDATE customers SET deleted_at = now() WHERE id = $1`, deleted)

	order := func(customer, address int64, currency, more string, items ...string) string {
		return fmt.Sprintf(`{"userId":%d,"shippingAddressId":%d,"currency":%q%s,"items":[%s]}`, customer, address, currency, more, joined(items))
	}
	of := func(items ...string) string { return order(s.customer, s.address, "USD", "", items...) }
	one := units(s.sku, 1)
	invalid := func(name, body, field string) refusedOrder {
		return refusedOrder{name, body, 422, "invalid", []string{field}}
	}
	return []refusedOrder{
		invalid("a sum beyond 64 bits", of(units(dear, 2)), "items[0]"),
		invalid("more of one SKU than a line can have", of(units(s.sku, 9999), units(s.sku, 2)), "items[1].quantity"),
		invalid("an unknown SKU", of(one, units(999_999, 1)), "items[1].skuId"),
		invalid("a draft", of(one, units(draft, 1)), "items[1].skuId"),
		invalid("a deleted SKU", of(one, units(gone, 1)), "items[1].skuId"),
		invalid("a SKU without a price", of(one, units(unpriced, 1)), "items[1].skuId"),
		invalid("a currency without a price", order(s.customer, s.address, "EUR", "", one), "items[0].skuId"),
		invalid("somebody else's address", order(s.customer, strange.address, "USD", "", one), "shippingAddressId"),
		invalid("a deleted customer", order(deleted, grave, "USD", "", one), "userId"),
		invalid("a code that is none of ours", order(s.customer, s.address, "USD", `,"discountCodes":["NOPE"]`, one), "discountCodes[0]"),
		invalid("more than one may have", of(units(limited, 3)), "items[0].quantity"),
		{"more than there is", of(units(few, 2)), 409, "out-of-stock", nil},
		{"two lines that are more than there is", of(units(s.sku, 800), units(s.sku, 800)), 409, "out-of-stock", nil},
		{"another total than was shown", order(s.customer, s.address, "USD", `,"expectedTotal":0.99`, one), 409, "conflict", nil},
	}
}

func units(sku, quantity int64) string {
	return fmt.Sprintf(`{"skuId":%d,"quantity":%d}`, sku, quantity)
}

func joined(items []string) (list string) {
	for i, item := range items {
		if i > 0 {
			list += ","
		}
		list += item
	}
	return list
}

// Requests of all kinds come in together and are one group: each bad one is told what is wrong with it, and each good one
// gets its order as if it were alone.
func TestBadOrdersLeaveTheirNeighboursAlone(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	s := d.shelf("one", 1000)
	few, limited := d.SKU(s.merchant, "FEW", 100, 1), d.SKU(s.merchant, "LIMITED", 100, 1000)
	d.Rules(limited, shop.StockRules{BuyerLimit: 2})
	key := d.admin()
	all := d.refusedOrders(s, few, limited)
	// Two of the doors: an order of a body, and the order of a cart.
	cart := d.cartOf(key, s)
	d.put(key, fmt.Sprintf("%s/items/%d", cart, s.sku), `{"quantity":1}`).want(200)
	d.put(key, cart+"/address", fmt.Sprintf(`{"shippingAddressId":%d}`, s.address)).want(200)

	var asks []func()
	for i, bad := range all {
		asks = append(asks, func() {
			got := d.post(key, "/orders", bad.body, fmt.Sprintf("Idempotency-Key: bad-%d", i))
			if kind, fields := got.problem(); got.Status != bad.status || kind != bad.kind || !slices.Equal(fields, bad.fields) {
				t.Errorf("%s is answered %d %s %v, want %d %s %v", bad.name, got.Status, kind, fields, bad.status, bad.kind, bad.fields)
			}
		})
	}
	twice := make([]answered, 2)
	for i := range twice {
		asks = append(asks, func() { twice[i] = d.post(key, "/orders", s.order(), "Idempotency-Key: twice") })
	}
	good := []string{s.order(), s.orderOf(3), fmt.Sprintf(`{"userId":%d,"shippingAddressId":%d,"currency":"USD","items":[%s,%s]}`, s.customer, s.address, units(few, 1), units(limited, 2))}
	for _, body := range good {
		asks = append(asks, func() { d.post(key, "/orders", body).want(201) })
	}
	asks = append(asks, func() { d.post(key, cart+"/checkout", "").want(201) })
	leaving, leave := context.WithCancel(t.Context())
	asks = append(asks, func() {
		d.do(request{key: key, method: "POST", path: "/orders", body: s.order(), headers: []string{"Idempotency-Key: left"}, ctx: leaving})
	})
	d.Gather(d.placer, len(all)+len(twice)+len(good)+2, leave, asks...)

	if twice[0].Status != 201 || string(twice[0].Body) != string(twice[1].Body) || twice[0].Header.Get("Idempotent-Replayed") == twice[1].Header.Get("Idempotent-Replayed") {
		t.Errorf("the same request twice is answered\n%d %s\n%d %s", twice[0].Status, twice[0].Body, twice[1].Status, twice[1].Body)
	}
	mine := fmt.Sprintf(`FROM orders WHERE customer_id = %d`, s.customer)
	if orders, groups := d.Int(`SELECT count(*) `+mine), d.Int(`SELECT count(DISTINCT xmin::text) `+mine); orders != int64(len(good)+2) || groups != 1 {
		t.Errorf("%d orders in %d transactions, want %d in one", orders, groups, len(good)+2)
	}
	if n := d.Int(`SELECT count(*) FROM idempotency_keys WHERE key LIKE 'bad-%' OR key = 'left'`); n != 0 {
		t.Errorf("%d keys of refused orders are used up", n)
	}
	d.CheckBooks()
}
