package api_test

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
)

func TestBadOrdersAreRefusedByName(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	s, eve := d.shelf("one", 1_000_000), d.shelf("two", 10)
	key := d.admin()
	d.Exec(`INSERT INTO products (merchant_id, slug, name, status) VALUES ($1, 'empty', 'Empty', 'active'), ($1, 'draft', 'Draft', 'draft')`, s.merchant)
	empty := d.Int(`SELECT id FROM products WHERE slug = 'empty'`)
	draft := d.Int(`INSERT INTO skus (product_id, merchant_id, code) SELECT id, merchant_id, 'DRAFT' FROM products WHERE slug = 'draft' RETURNING id`)
	d.Price(draft, "USD", 100)
	second := d.Int(`INSERT INTO skus (product_id, merchant_id, code, variant) SELECT product_id, merchant_id, 'SECOND', 'Blue' FROM skus WHERE id = $1 RETURNING id`, s.sku)
	d.Price(second, "USD", 900_000_000_000)
	d.Stock(second, s.location, 100_000)
	d.Exec(`UPDATE customers SET status = 'suspended' WHERE id = $1`, eve.customer)

	body := func(items string) string {
		return fmt.Sprintf(`{"userId":%d,"shippingAddressId":%d,"currency":"USD","items":%s}`, s.customer, s.address, items)
	}
	item := func(more string) string { return body(fmt.Sprintf(`[{"skuId":%d,%s}]`, s.sku, more)) }
	quantity := func(q string) string { return item(`"quantity":` + q) }
	field := func(name, value string) string {
		return strings.Replace(quantity("1"), "{", fmt.Sprintf(`{%q:%s,`, name, value), 1)
	}
	without := func(name, value string) string {
		return strings.Replace(quantity("1"), fmt.Sprintf(`%q:%s,`, name, value), "", 1)
	}
	replace := func(old, with string) string { return strings.Replace(quantity("1"), old, with, 1) }
	tests := []struct {
		name, body string
		status     int
		fields     []string
	}{
		{"quantity zero", quantity("0"), 422, []string{"items[0].quantity"}},
		{"quantity negative", quantity("-1"), 422, []string{"items[0].quantity"}},
		{"quantity negative zero", quantity("-0"), 422, []string{"items[0].quantity"}},
		{"quantity 10,001", quantity("10001"), 422, []string{"items[0].quantity"}},
		{"quantity 2^31", quantity("2147483648"), 422, []string{"items[0].quantity"}},
		{"quantity 2^63", quantity("9223372036854775808"), 422, []string{"items[0].quantity"}},
		{"quantity 1e18", quantity("1e18"), 422, []string{"items[0].quantity"}},
		{"quantity 1e3", quantity("1e3"), 422, []string{"items[0].quantity"}},
		{"quantity 1.5", quantity("1.5"), 422, []string{"items[0].quantity"}},
		{"quantity 1.0", quantity("1.0"), 422, []string{"items[0].quantity"}},
		{"quantity in quotes", quantity(`"2"`), 422, []string{"items[0].quantity"}},
		{"quantity full-width", quantity(`"１"`), 422, []string{"items[0].quantity"}},
		{"quantity null", quantity("null"), 422, []string{"items[0].quantity"}},
		{"quantity true", quantity("true"), 422, []string{"items[0].quantity"}},
		{"quantity a list", quantity("[1]"), 422, []string{"items[0].quantity"}},
		{"quantity an object", quantity(`{"n":1}`), 422, []string{"items[0].quantity"}},
		{"quantity missing", item(`"productId":null`), 422, []string{"items[0].quantity"}},
		{"both ids", item(`"quantity":1,"productId":1`), 422, []string{"items[0].productId"}},
		{"no id", body(`[{"quantity":1}]`), 422, []string{"items[0].skuId"}},
		{"unknown SKU", body(`[{"skuId":777777,"quantity":1}]`), 422, []string{"items[0].skuId"}},
		{"huge SKU", body(`[{"skuId":99999999999999999999,"quantity":1}]`), 422, []string{"items[0].skuId"}},
		{"negative SKU", body(`[{"skuId":-1,"quantity":1}]`), 422, []string{"items[0].skuId"}},
		{"draft SKU", body(fmt.Sprintf(`[{"skuId":%d,"quantity":1}]`, draft)), 422, []string{"items[0].skuId"}},
		{"unknown product", body(`[{"productId":777777,"quantity":1}]`), 422, []string{"items[0].productId"}},
		{"product without SKUs", body(fmt.Sprintf(`[{"productId":%d,"quantity":1}]`, empty)), 422, []string{"items[0].productId"}},
		{"product with two SKUs", body(fmt.Sprintf(`[{"productId":%d,"quantity":1}]`, d.Int(`SELECT product_id FROM skus WHERE id = $1`, s.sku))), 422, []string{"items[0].productId"}},
		{"sum beyond the line limit", body(fmt.Sprintf(`[{"skuId":%d,"quantity":9999},{"skuId":%d,"quantity":2}]`, s.sku, s.sku)), 422, []string{"items[1].quantity"}},
		{"several at once", body(fmt.Sprintf(`[{"skuId":%d,"quantity":"1"},{"skuId":777777,"quantity":0},{"quantity":1.5}]`, s.sku)), 422, []string{"items[0].quantity", "items[2].quantity"}},
		{"no items", body(`[]`), 422, []string{"items"}},
		{"items null", body(`null`), 422, []string{"items"}},
		{"items an object", body(`{}`), 422, []string{"items"}},
		{"an item that is a number", body(`[7]`), 422, []string{"items[0]"}},
		{"201 items", body("[" + strings.Repeat(fmt.Sprintf(`{"skuId":%d,"quantity":1},`, s.sku), 200) + `{"skuId":1,"quantity":1}]`), 422, []string{"items"}},
		{"500 different items", body(manyItems(500)), 422, []string{"items"}},
		{"unknown field", field("userID", "1"), 422, []string{"userID"}},
		{"unknown field with a value inside", field("meta", `{"a":[1,{"b":2}]}`), 422, []string{"meta"}},
		{"unknown field of an item", item(`"quantity":1,"qty":1`), 422, []string{"items[0].qty"}},
		{"no customer", without("userId", fmt.Sprint(s.customer)), 422, []string{"userId"}},
		{"unknown customer", replace(fmt.Sprintf(`"userId":%d`, s.customer), `"userId":777777`), 422, []string{"userId"}},
		{"suspended customer", eve.order(), 422, []string{"userId"}},
		{"customer in quotes", replace(fmt.Sprintf(`"userId":%d`, s.customer), `"userId":"1"`), 422, []string{"userId"}},
		{"no address", without("shippingAddressId", fmt.Sprint(s.address)), 422, []string{"shippingAddressId"}},
		{"somebody else's address", replace(fmt.Sprintf(`"shippingAddressId":%d`, s.address), fmt.Sprintf(`"shippingAddressId":%d`, eve.address)), 422, []string{"shippingAddressId"}},
		{"no currency", replace(`"currency":"USD",`, ""), 422, []string{"currency"}},
		{"unknown currency", replace("USD", "XXX"), 422, []string{"currency"}},
		{"currency without a price", replace("USD", "EUR"), 422, []string{"items[0].skuId"}},
		{"currency a number", replace(`"USD"`, "840"), 422, []string{"currency"}},
		{"currency with NUL", replace("USD", `US\u0000`), 422, []string{"currency"}},

		{"empty", "", 400, nil},
		{"only spaces", "  \n", 400, nil},
		{"no JSON", "userId=1", 400, nil},
		{"null", "null", 400, nil},
		{"a list", "[]", 400, nil},
		{"a text", `"order"`, 400, nil},
		{"cut off", quantity("1")[:40], 400, nil},
		{"something behind", quantity("1") + "x", 400, nil},
		{"another object behind", quantity("1") + quantity("1"), 400, nil},
		{"a comma too many", replace("]", ",]"), 400, nil},
		{"single quotes", strings.ReplaceAll(quantity("1"), `"`, `'`), 400, nil},
		{"a comment", replace("{", "{/* two */"), 400, nil},
		{"a leading zero", quantity("01"), 400, nil},
		{"a plus sign", quantity("+1"), 400, nil},
		{"a hexadecimal number", quantity("0x1"), 400, nil},
		{"NaN", quantity("NaN"), 400, nil},
		{"a field twice", field("currency", `"USD"`), 400, nil},
		{"a field of an item twice", item(`"quantity":1,"quantity":2`), 400, nil},
		{"a field twice by escapes", replace(`"currency"`, `"currency":"EUR","curr\u0065ncy"`), 400, nil},
		{"bad UTF-8", replace("USD", "US\xff"), 400, nil},
		{"half a surrogate pair", replace("USD", `\ud800`), 400, nil},
		{"a raw NUL", replace("USD", "U\x00D"), 400, nil},
		{"a byte order mark", "\ufeff" + quantity("1"), 400, nil},
		{"very deep", strings.Repeat(`{"a":`, 20_000) + "1" + strings.Repeat("}", 20_000), 400, nil},
	}
	before := d.rows()
	for _, tt := range tests {
		got := d.post(key, "/orders", tt.body)
		kind, fields := got.problem()
		want := map[int]string{422: "invalid", 400: "malformed"}[tt.status]
		if got.Status != tt.status || kind != want || !slices.Equal(fields, tt.fields) {
			t.Errorf("%s answers %d %s %v, want %d %v\n%s", tt.name, got.Status, kind, fields, tt.status, tt.fields, got.Body)
		}
	}
	if after := d.rows(); after != before {
		t.Errorf("rows were %s, are %s", before, after)
	}
	if strings.Contains(d.logText.String(), "request failed") {
		t.Errorf("somebody's bad input is in the log as our failure:\n%s", d.logText)
	}
	d.post(key, "/orders", quantity("1")).want(201)
}

func manyItems(n int) string {
	items := make([]string, n)
	for i := range items {
		items[i] = fmt.Sprintf(`{"skuId":%d,"quantity":1}`, i+1)
	}
	return "[" + strings.Join(items, ",") + "]"
}

func TestTooLargeSumsAreRefused(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	s := d.shelf("one", 1)
	items := make([]string, 200)
	for i := range items {
		sku := d.SKU(s.merchant, fmt.Sprintf("GOLD%d", i), 1_000_000_000_000, 10_000)
		items[i] = fmt.Sprintf(`{"skuId":%d,"quantity":10000}`, sku)
	}
	// 200 lines of 10^16 minor units are within 64 bits; that is the most a checkout can come to.
	body := fmt.Sprintf(`{"userId":%d,"shippingAddressId":%d,"currency":"USD","items":[%s]}`, s.customer, s.address, strings.Join(items, ","))
	got := d.post(d.admin(), "/orders", body).want(201)
	if !strings.Contains(string(got.Body), `"totalAmount":20000000000000000.00`) {
		t.Errorf("the total is not exact: %s", got.Body)
	}
}

func TestWhereABodyIsMalformedIsSaid(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	key := d.admin()
	for body, want := range map[string]string{
		"{\n  \"userId\": 1,\n  \"items\": [1,,2]\n}": "line 3, column 15",
		`{"userId":1}}`:                                "line 1, column 13",
		`{"userId":1,"userId":2}`:                      `\"userId\" appears twice`,
		`{"items":[{"quantity":1},{"a":1,"\u0061":2}]`: `\"items[1].a\" appears twice`,
		`{"userId":`:                                   "ends before",
		`[]`:                                           "must be a JSON object",
	} {
		if got := d.post(key, "/orders", body).want(400); !strings.Contains(string(got.Body), want) {
			t.Errorf("%s\nis answered %s\nwhich does not say %s", body, got.Body, want)
		}
	}
}

func TestBodiesAreBoundedAndDeclared(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	s := d.shelf("one", 10)
	key := d.admin()
	before := d.rows()
	huge := strings.Repeat(" ", 2<<20)
	d.post(key, "/orders", huge+s.order()).want(413)
	// Without a length, it is stopped on the way.
	d.do(request{key: key, method: "POST", path: "/orders", reader: io.MultiReader(strings.NewReader(huge), strings.NewReader(s.order()))}).want(413)
	for _, kind := range []string{"text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1", "application/xml", "nonsense/", "application/problem+json"} {
		if got, _ := d.post(key, "/orders", s.order(), "Content-Type: "+kind).want(415).problem(); got != "unsupported-media-type" {
			t.Errorf("%s is %s", kind, got)
		}
	}
	if after := d.rows(); after != before {
		t.Errorf("rows were %s, are %s", before, after)
	}
	for _, kind := range []string{"application/json", "Application/JSON; charset=UTF-8", ""} {
		d.post(key, "/orders", s.order(), "Content-Type: "+kind).want(201)
	}
}

func TestBadIdempotencyKeys(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	s := d.shelf("one", 10)
	key := d.admin()
	before := d.rows()
	for _, bad := range []string{"", strings.Repeat("x", 256), "schlüssel", "a\tb"} {
		if _, fields := d.post(key, "/orders", s.order(), "Idempotency-Key: "+bad).want(422).problem(); !slices.Equal(fields, []string{"Idempotency-Key"}) {
			t.Errorf("%q refuses %v", bad, fields)
		}
	}
	if after := d.rows(); after != before {
		t.Errorf("rows were %s, are %s", before, after)
	}
	d.post(key, "/orders", s.order(), "Idempotency-Key: "+strings.Repeat("x", 255)).want(201)
}

func TestBadQueriesAreRefusedByName(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	key := d.admin()
	order := d.shelf("one", 5)
	id := d.Place(order.customer, order.address, order.sku).Orders[0].ID
	timeline := fmt.Sprintf("/orders/%d/timeline", id)
	for path, want := range map[string]string{
		"/orders?limit=0":                             "limit",
		"/orders?limit=-1":                            "limit",
		"/orders?limit=ten":                           "limit",
		"/orders?limit=1.5":                           "limit",
		"/orders?limit=99999999999999999999":          "limit",
		"/orders?limit=1&limit=2":                     "limit",
		"/orders?customerId=x":                        "customerId",
		"/orders?customerId=0":                        "customerId",
		"/orders?customerId=-5":                       "customerId",
		"/orders?customerId=9223372036854775808":      "customerId",
		"/orders?status=paid":                         "status",
		"/orders?status=PENDING":                      "status",
		"/orders?status=pending&status=x":             "status",
		"/orders?custmerId=1":                         "custmerId",
		"/orders?cursor=garbage":                      "cursor",
		"/orders?cursor=AAAAAAAAAAAAAAAA":             "cursor",
		"/products?category=none":                     "category",
		"/products?currency=dollars":                  "currency",
		"/products?q=" + strings.Repeat("x", 201):     "q",
		"/customers?e-mail=a@example.com":             "e-mail",
		timeline + "?asOf=yesterday":                  "asOf",
		timeline + "?asOf=2026-13-01T00:00:00Z":       "asOf",
		timeline + "?asof=2026-01-01T00:00:00Z":       "asof",
		fmt.Sprintf("/orders/%d?verbose=1", id):       "verbose",
		fmt.Sprintf("/inventory/%d?all=1", order.sku): "all",
	} {
		got := d.get(key, path)
		_, fields := got.problem()
		if got.Status != 422 || !slices.Equal(fields, []string{want}) {
			t.Errorf("%s answers %d %v, want 422 %s", path, got.Status, fields, want)
		}
	}
}

func TestIdsThatAreNoneAreNotFound(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	key := d.admin()
	for path, says := range map[string]string{
		"/orders/6XKQ3-M8ZT-4P":          "mistyped",
		"/orders/hello":                  "not an order number",
		"/orders/0":                      "not an order number",
		"/orders/-1":                     "not an order number",
		"/orders/9223372036854775807":    "no such order",
		"/orders/99999999999999999999":   "not an order number",
		"/orders/1.0":                    "not an order number",
		"/orders/%F0%9F%98%80":           "not an order number",
		"/payments/abc":                  "no such payment",
		"/payments/0":                    "no such payment",
		"/payments/9223372036854775807":  "no such payment",
		"/products/shirt":                "no such product",
		"/customers/me":                  "no such customer",
		"/customers/9223372036854775807": "no such customer",
		"/customers/-1/addresses":        "no such customer",
		"/inventory/1e3":                 "no such SKU",
	} {
		if got := d.get(key, path).want(404); !strings.Contains(string(got.Body), says) {
			t.Errorf("%s is answered %s, which does not say %q", path, got.Body, says)
		}
	}
}

func TestUnknownAddressesAndMethodsAreProblemsToo(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	for _, path := range []string{"/api/v1", "/api/v1/", "/api/v1/nothing", "/api/v2/orders", "/api/nothing"} {
		got := d.routesGet(path)
		if got.Code != 404 || got.Header().Get("Content-Type") != "application/problem+json" || !strings.Contains(got.Body.String(), `"/api/problems/not-found"`) {
			t.Errorf("%s answers %d %s", path, got.Code, got.Body)
		}
	}
	for _, q := range []string{"DELETE /orders", "PUT /orders/1", "GET /orders/1/cancel"} {
		method, path, _ := strings.Cut(q, " ")
		got := d.raw(method, "/api/v1"+path)
		if got.Code != 405 || got.Header().Get("Allow") == "" || !strings.Contains(got.Body.String(), `"/api/problems/method-not-allowed"`) {
			t.Errorf("%s answers %d, Allow %q: %s", q, got.Code, got.Header().Get("Allow"), got.Body)
		}
	}
}
