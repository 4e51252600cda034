package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"waybill/shop"
)

// cartOf opens the cart of a shelf's customer and returns its path.
func (d *door) cartOf(key string, s shelf) string {
	d.t.Helper()
	return fmt.Sprintf("/carts/%v", d.post(key, "/carts", fmt.Sprintf(`{"userId":%d,"currency":"USD"}`, s.customer)).want(201).object()["id"])
}

func (d *door) put(key, path, body string) answered {
	d.t.Helper()
	return d.do(request{key: key, method: "PUT", path: path, body: body})
}

func TestACartFromItsOpeningToItsOrder(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	s := d.shelf("one", 100)
	d.Exec(`INSERT INTO discounts (code, name, percent_ppm, valid_from, customer_limit) VALUES ('TENTH', 'A tenth off', 100000, now(), 1)`)
	d.Exec(`INSERT INTO tax_rates (country, region, name, rate_ppm) VALUES ('US', 'CA', 'California', 107500)`)
	key := d.key(shop.NewAPIKey{Role: shop.RoleCustomer, CustomerID: s.customer})
	cart := d.cartOf(key, s)
	if again := d.cartOf(key, s); again != cart {
		t.Errorf("opened twice: %s and %s", cart, again)
	}
	item := fmt.Sprintf("%s/items/%d", cart, s.sku)
	d.put(key, item, `{"quantity":5}`).want(200)
	d.put(key, item, `{"quantity":2}`).want(200)
	if _, fields := d.post(key, cart+"/checkout", "").want(422).problem(); len(fields) != 1 || fields[0] != "shippingAddressId" {
		t.Errorf("without an address: %v", fields)
	}
	d.put(key, cart+"/address", fmt.Sprintf(`{"shippingAddressId":%d}`, s.address)).want(200)
	got := d.put(key, cart+"/discount-codes", `{"discountCodes":[" tenth "]}`).want(200).object()
	for name, want := range map[string]string{"subtotal": "25.98", "discountAmount": "2.60", "taxAmount": "2.51", "totalAmount": "25.89", "ready": "true"} {
		if fmt.Sprint(got[name]) != want {
			t.Errorf("%s is %v, want %s", name, got[name], want)
		}
	}
	// The same key again, and again at once, is one order.
	var group sync.WaitGroup
	ids := make([]any, 5)
	for i := range ids {
		group.Go(func() {
			ids[i] = d.post(key, cart+"/checkout", `{"expectedTotal":25.89}`, "Idempotency-Key: once").want(201).object()["orderId"]
		})
	}
	group.Wait()
	for _, id := range ids {
		if id != ids[0] || id == nil {
			t.Errorf("orders %v", ids)
		}
	}
	if n := d.Int(`SELECT count(*) FROM orders`); n != 1 {
		t.Errorf("%d orders", n)
	}
	left := d.get(key, cart).want(200).object()
	if len(left["items"].([]any)) != 0 || len(left["discountCodes"].([]any)) != 0 {
		t.Errorf("the cart still holds %v", left)
	}
	d.put(key, item, `{"quantity":1}`).want(200)
	if _, fields := d.put(key, cart+"/discount-codes", `{"discountCodes":["TENTH"]}`).want(422).problem(); fields[0] != "discountCodes[0]" {
		t.Errorf("a code that was used: %v", fields)
	}
	order := d.get(key, fmt.Sprintf("/orders/%v", ids[0])).want(200).object()
	if fmt.Sprint(order["discounts"]) != "[map[amount:2.60 code:TENTH name:A tenth off]]" {
		t.Errorf("the order says %v", order["discounts"])
	}
}

// A checkout of two merchants is paid with one charge, whose parts add up to it.
func TestACheckoutIsPaidAtOnce(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	s := d.shelf("one", 10)
	other, _ := d.Merchant("two")
	second := d.SKU(other, "TWO", 333, 10)
	key := d.key(shop.NewAPIKey{Role: shop.RoleCustomer, CustomerID: s.customer})
	placed := d.post(key, "/orders", fmt.Sprintf(`{"shippingAddressId":%d,"currency":"USD","items":[{"skuId":%d,"quantity":1},{"skuId":%d,"quantity":1}]}`, s.address, s.sku, second)).want(201).object()
	path := fmt.Sprintf("/checkouts/%v", placed["checkoutId"])
	if got := d.get(key, path).want(200).object(); got["state"] != "payable" || fmt.Sprint(got["dueAmount"]) != "16.32" || len(got["orders"].([]any)) != 2 {
		t.Errorf("before: %v", got)
	}
	paid := d.post(key, path+"/payments", `{"method":"card_ok"}`, "Idempotency-Key: pay").want(201).object()
	again := d.post(key, path+"/payments", `{"method":"card_ok"}`, "Idempotency-Key: pay").want(201)
	if paid["status"] != "captured" || fmt.Sprint(paid["amount"]) != "16.32" || again.Header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("paid: %v", paid)
	}
	var amounts []string
	for _, p := range paid["payments"].([]any) {
		amounts = append(amounts, fmt.Sprint(object(p)["amount"], " ", object(p)["orderStatus"]))
	}
	if strings.Join(amounts, ", ") != "12.99 confirmed, 3.33 confirmed" {
		t.Errorf("the parts are %v", amounts)
	}
	if got := d.get(key, path).want(200).object(); got["state"] != "paid" || fmt.Sprint(got["dueAmount"]) != "0.00" {
		t.Errorf("after: %v", got)
	}
	if n := d.Int(`SELECT count(*) FROM simulated_processor.transactions WHERE kind = 'capture'`); n != 1 {
		t.Errorf("%d charges", n)
	}
}

// What cannot be bought is refused by name at both doors, and nothing is written.
func TestBadInputAtBothDoors(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	s := d.shelf("one", 100)
	strange := d.shelf("two", 100)
	draft := d.SKU(s.merchant, "DRAFT", 100, 10)
	d.Exec(`UPDATE skus SET status = 'draft' WHERE id = $1`, draft)
	dear := d.SKU(s.merchant, "DEAR", 100, 10_000)
	d.Exec(`ALTER TABLE sku_prices DROP CONSTRAINT sku_prices_not_negative`)
	d.Exec(`UPDATE sku_prices SET price_minor = 9000000000000000000 WHERE sku_id = $1`, dear)
	admin := d.admin()
	order := func(address int64, currency, items, rest string) string {
		return fmt.Sprintf(`{"userId":%d,"shippingAddressId":%d,"currency":%q,"items":[%s]%s}`, s.customer, address, currency, items, rest)
	}
	one := fmt.Sprintf(`{"skuId":%d,"quantity":1}`, s.sku)
	before := d.rows()
	for _, c := range []struct{ name, body, field string }{
		{"a sum beyond 64 bits", order(s.address, "USD", fmt.Sprintf(`{"skuId":%d,"quantity":2}`, dear), ""), "items[0]"},
		{"2^31 units", order(s.address, "USD", fmt.Sprintf(`{"skuId":%d,"quantity":2147483648}`, s.sku), ""), "items[0].quantity"},
		{"2^63 units", order(s.address, "USD", fmt.Sprintf(`{"skuId":%d,"quantity":9223372036854775808}`, s.sku), ""), "items[0].quantity"},
		{"no units", order(s.address, "USD", fmt.Sprintf(`{"skuId":%d,"quantity":0}`, s.sku), ""), "items[0].quantity"},
		{"500 lines", order(s.address, "USD", strings.TrimSuffix(strings.Repeat(one+",", 500), ","), ""), "items"},
		{"more of one SKU than an order can have, on two lines", order(s.address, "USD", fmt.Sprintf(`{"skuId":%d,"quantity":9999},{"skuId":%d,"quantity":2}`, s.sku, s.sku), ""), "items[1].quantity"},
		{"an unknown SKU", order(s.address, "USD", `{"skuId":999,"quantity":1}`, ""), "items[0].skuId"},
		{"a draft", order(s.address, "USD", fmt.Sprintf(`{"skuId":%d,"quantity":1}`, draft), ""), "items[0].skuId"},
		{"a currency without a price", order(s.address, "EUR", one, ""), "items[0].skuId"},
		{"somebody else's address", order(strange.address, "USD", one, ""), "shippingAddressId"},
		{"an unknown code", order(s.address, "USD", one, `,"discountCodes":["NOPE"]`), "discountCodes[0]"},
		{"six codes", order(s.address, "USD", one, `,"discountCodes":["AA","BB","CC","DD","EE","FF"]`), "discountCodes"},
		{"a code that is none", order(s.address, "USD", one, `,"discountCodes":["AA","?"]`), "discountCodes[1]"},
		{"an unknown service", order(s.address, "USD", one, `,"shippingServiceIds":[999]`), "shippingServiceIds[0]"},
		{"a service twice", order(s.address, "USD", one, `,"shippingServiceIds":[7,7]`), "shippingServiceIds[1]"},
		{"a service that is none", order(s.address, "USD", one, `,"shippingServiceIds":[-1]`), "shippingServiceIds[0]"},
	} {
		if kind, fields := d.post(admin, "/orders", c.body).want(422).problem(); kind != "invalid" || len(fields) != 1 || fields[0] != c.field {
			t.Errorf("%s: %s %v, want %s", c.name, kind, fields, c.field)
		}
	}
	if after := d.rows(); after != before {
		t.Errorf("refused orders wrote: %s, before %s", after, before)
	}
	d.badCarts(admin, s, strange, draft, dear)
}

func (d *door) badCarts(admin string, s, strange shelf, draft, dear int64) {
	d.t.Helper()
	cart := d.cartOf(admin, s)
	item := func(sku int64) string { return fmt.Sprintf("%s/items/%d", cart, sku) }
	for name, refused := range map[string]answered{
		"2^31 units":     d.put(admin, item(s.sku), `{"quantity":2147483648}`),
		"no units":       d.put(admin, item(s.sku), `{"quantity":0}`),
		"an unknown SKU": d.put(admin, item(999), `{"quantity":1}`),
		"a draft":        d.put(admin, item(draft), `{"quantity":1}`),
		"an address":     d.put(admin, cart+"/address", fmt.Sprintf(`{"shippingAddressId":%d}`, strange.address)),
		"an empty cart":  d.put(admin, cart+"/address", fmt.Sprintf(`{"shippingAddressId":%d}`, 0)),
	} {
		if refused.Status != http.StatusUnprocessableEntity {
			d.t.Errorf("%s: %d %s", name, refused.Status, refused.Body)
		}
	}
	d.put(admin, cart+"/address", fmt.Sprintf(`{"shippingAddressId":%d}`, s.address)).want(200)
	d.post(admin, cart+"/checkout", "").want(422) // nothing is in it
	d.put(admin, item(dear), `{"quantity":1}`).want(200)
	d.put(admin, item(dear), `{"quantity":2}`).want(422) // a sum beyond 64 bits
	if n := d.Int(`SELECT count(*) FROM orders`); n != 0 {
		d.t.Errorf("%d orders", n)
	}
	// A cart of somebody else does not exist, nor does one that was cleaned away.
	d.get(d.key(shop.NewAPIKey{Role: shop.RoleCustomer, CustomerID: strange.customer}), cart).want(404)
	d.Exec(`DELETE FROM carts`)
	d.get(admin, cart).want(404)
	d.post(admin, cart+"/checkout", "").want(404)
	d.get(admin, "/carts/nonsense").want(404)
	d.Exec(`UPDATE customers SET deleted_at = now() WHERE id = $1`, s.customer)
	d.post(admin, "/carts", fmt.Sprintf(`{"userId":%d,"currency":"USD"}`, s.customer)).want(422)
	d.post(admin, "/orders", s.order()).want(422)
}
