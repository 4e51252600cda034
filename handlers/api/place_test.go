package api_test

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"

	"waybill/shop"
)

func TestPlaceOrderAnswersTheContract(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	merchant, _ := d.Merchant("one")
	shirt, mug := d.SKU(merchant, "SHIRT", 4999, 10), d.SKU(merchant, "MUG", 2999, 10)
	d.Exec(`INSERT INTO tax_rates (country, region, name, rate_ppm) VALUES ('US', 'CA', 'California', 80000)`)
	customer, address := d.Customer("ada@example.com")
	shirtProduct := d.Int(`SELECT product_id FROM skus WHERE id = $1`, shirt)

	got := d.post(d.admin(), "/orders", fmt.Sprintf(
		`{"userId":%d,"shippingAddressId":%d,"currency":"USD","items":[{"productId":%d,"quantity":2},{"skuId":%d,"quantity":1}]}`,
		customer, address, shirtProduct, mug)).want(201)

	order := got.object()
	for field, want := range map[string]string{
		"status": "pending", "currency": "USD", "subtotal": "129.97", "taxAmount": "10.40", "shippingAmount": "0.00", "totalAmount": "140.37",
	} {
		if fmt.Sprint(order[field]) != want {
			t.Errorf("%s is %v, want %s", field, order[field], want)
		}
	}
	id := fmt.Sprint(order["orderId"])
	if d.Text(`SELECT id::text FROM orders`) != id || order["orderNumber"] == "" || got.Header.Get("Location") != "/api/v1/orders/"+id {
		t.Errorf("the order is %s, %v at %s", id, order["orderNumber"], got.Header.Get("Location"))
	}
	if len(order["orders"].([]any)) != 1 {
		t.Errorf("orders: %v", order["orders"])
	}
	millis := regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`)
	for _, field := range []string{"createdAt", "expiresAt"} {
		if !millis.MatchString(fmt.Sprint(order[field])) {
			t.Errorf("%s is %v", field, order[field])
		}
	}
	if actor := d.Text(`SELECT actor_kind || ' ' || actor_name || ' ' || request_id FROM order_events`); actor != "integration admin key "+got.Header.Get("X-Request-Id") {
		t.Errorf("placed by %s", actor)
	}
	if d.count.placed != 1 {
		t.Errorf("counted %d orders", d.count.placed)
	}
}

func TestACartOverSeveralMerchantsHasNoOneOrder(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	a, b := d.shelf("one", 5), d.shelf("two", 5)
	got := d.post(d.admin(), "/orders", fmt.Sprintf(`{"userId":%d,"shippingAddressId":%d,"currency":"USD","items":[{"skuId":%d,"quantity":1},{"skuId":%d,"quantity":2}]}`,
		a.customer, a.address, a.sku, b.sku)).want(201)
	order := got.object()
	if order["orderId"] != nil || order["orderNumber"] != nil || len(order["orders"].([]any)) != 2 || got.Header.Get("Location") != "" {
		t.Errorf("answered %s", got.Body)
	}
	if fmt.Sprintf("%v %v", order["subtotal"], order["totalAmount"]) != "38.97 38.97" {
		t.Errorf("sums are %v and %v", order["subtotal"], order["totalAmount"])
	}
}

func TestAmountsHaveTheDigitsOfTheirCurrency(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	s := d.shelf("one", 50)
	d.Price(s.sku, "JPY", 5800)
	d.Price(s.sku, "KWD", 1234)
	key := d.admin()
	for currency, want := range map[string]string{
		"USD": `"subtotal":12.99,"taxAmount":0.00,"shippingAmount":0.00,"discountAmount":0.00,"totalAmount":12.99`,
		"JPY": `"subtotal":5800,"taxAmount":0,"shippingAmount":0,"discountAmount":0,"totalAmount":5800`,
		"KWD": `"subtotal":1.234,"taxAmount":0.000,"shippingAmount":0.000,"discountAmount":0.000,"totalAmount":1.234`,
	} {
		got := d.post(key, "/orders", strings.Replace(s.order(), "USD", currency, 1)).want(201)
		if !strings.Contains(string(got.Body), want) {
			t.Errorf("%s: %s", currency, got.Body)
		}
		read := d.get(key, fmt.Sprintf("/orders/%v", got.object()["orderId"])).want(200)
		if !strings.Contains(string(read.Body), want) {
			t.Errorf("%s: %s", currency, read.Body)
		}
	}
}

func TestARepeatedOrderIsTheSameOrder(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	s := d.shelf("one", 10)
	key, other := d.admin(), d.admin()
	first := d.post(key, "/orders", s.order(), "Idempotency-Key: k1").want(201)
	if first.Header.Get("Idempotent-Replayed") != "" {
		t.Error("the first answer says that it is a replay")
	}
	// The same request, however it is written.
	spaced := strings.ReplaceAll(s.order(), ",", " ,\n ")
	for _, body := range []string{s.order(), spaced} {
		again := d.post(key, "/orders", body, "Idempotency-Key: k1").want(201)
		if again.Header.Get("Idempotent-Replayed") != "true" || string(again.Body) != string(first.Body) || again.Header.Get("Location") != first.Header.Get("Location") {
			t.Errorf("replayed %q: %s\nfirst: %s", again.Header.Get("Idempotent-Replayed"), again.Body, first.Body)
		}
	}
	before := d.rows()
	changed := d.post(key, "/orders", s.orderOf(2), "Idempotency-Key: k1").want(409)
	if kind, _ := changed.problem(); kind != "idempotency-mismatch" {
		t.Errorf("another body under the key is %s", kind)
	}
	if after := d.rows(); after != before {
		t.Errorf("rows were %s, are %s", before, after)
	}
	d.post(other, "/orders", s.order(), "Idempotency-Key: k1").want(201)
	d.post(key, "/orders", s.order()).want(201)
	d.post(key, "/orders", s.order()).want(201)
	if n := d.Int(`SELECT count(*) FROM orders`); n != 4 {
		t.Errorf("%d orders, want one per key and two without", n)
	}
	if d.count.placed != 4 {
		t.Errorf("counted %d placed orders, want 4: replays place nothing", d.count.placed)
	}
}

func TestFiftyAtOnceUnderOneKeyAreOneOrder(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	s := d.shelf("one", 100)
	key := d.admin()
	bodies := make([]string, 50)
	var all sync.WaitGroup
	for i := range bodies {
		all.Go(func() {
			got := d.post(key, "/orders", s.order(), "Idempotency-Key: rush")
			bodies[i] = fmt.Sprint(got.Status, string(got.Body))
		})
	}
	all.Wait()
	for _, body := range bodies {
		if body != bodies[0] || !strings.HasPrefix(body, "201") {
			t.Fatalf("two answers:\n%s\n%s", bodies[0], body)
		}
	}
	if n := d.Int(`SELECT count(*) FROM orders`); n != 1 {
		t.Errorf("%d orders", n)
	}
}

func TestOutOfStockNamesTheLines(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	s := d.shelf("one", 3)
	before := d.rows()
	got := d.post(d.admin(), "/orders", s.orderOf(4), "Idempotency-Key: k").want(409)
	if kind, _ := got.problem(); kind != "out-of-stock" {
		t.Errorf("the type is %s", kind)
	}
	want := fmt.Sprintf(`"short":[{"skuId":%d,"sku":"ONE","name":"Product ONE","requested":4,"available":3}]`, s.sku)
	if !strings.Contains(string(got.Body), want) {
		t.Errorf("%s\ndoes not hold %s", got.Body, want)
	}
	if after := d.rows(); after != before {
		t.Errorf("rows were %s, are %s", before, after)
	}
	if d.count.refused[shop.CodeOutOfStock] != 1 || d.count.placed != 0 {
		t.Errorf("counted %+v", d.count)
	}
	// A refusal does not use the key up.
	d.post(d.admin(), "/orders", s.orderOf(3), "Idempotency-Key: k").want(201)
}

func TestTheExpectedTotalGuardsAgainstDrift(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	s := d.shelf("one", 3)
	key := d.admin()
	with := func(total string) string { return strings.Replace(s.order(), "{", `{"expectedTotal":`+total+`,`, 1) }
	before := d.rows()
	if kind, _ := d.post(key, "/orders", with("12.98")).want(409).problem(); kind != "conflict" {
		t.Errorf("another total is %s", kind)
	}
	for _, wrong := range []string{"12.991", "1e1", "99999999999999999999", `"12.99"`} {
		if _, fields := d.post(key, "/orders", with(wrong)).want(422).problem(); len(fields) != 1 || fields[0] != "expectedTotal" {
			t.Errorf("%s refuses %v", wrong, fields)
		}
	}
	if after := d.rows(); after != before {
		t.Errorf("rows were %s, are %s", before, after)
	}
	d.post(key, "/orders", with("12.99")).want(201)
	d.post(key, "/orders", with("null")).want(201)
}

func TestACustomerKeyOrdersForItsCustomerOnly(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	s, eve := d.shelf("one", 9), d.shelf("two", 9)
	key := d.key(shop.NewAPIKey{Role: shop.RoleCustomer, CustomerID: s.customer})
	d.post(key, "/orders", s.order()).want(201)
	without := strings.Replace(s.order(), fmt.Sprintf(`"userId":%d,`, s.customer), "", 1)
	d.post(key, "/orders", without).want(201)
	before := d.rows()
	d.post(key, "/orders", eve.order()).want(403)
	d.post(key, "/orders", strings.Replace(eve.order(), fmt.Sprint(eve.customer), "999999", 1)).want(403) // as if there were one
	foreign := strings.Replace(without, fmt.Sprint(s.address), fmt.Sprint(eve.address), 1)
	if _, fields := d.post(key, "/orders", foreign).want(422).problem(); len(fields) != 1 || fields[0] != "shippingAddressId" {
		t.Errorf("somebody else's address refuses %v", fields)
	}
	if after := d.rows(); after != before {
		t.Errorf("rows were %s, are %s", before, after)
	}
}
