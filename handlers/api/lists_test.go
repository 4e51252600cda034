package api_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"waybill/shop"
)

// pages follows the cursors of a list and returns the ids of all rows, page by page.
func (d *door) pages(key, path, field string) (pages [][]string) {
	d.t.Helper()
	cursor := ""
	for range 50 {
		at := path
		if cursor != "" {
			at += "&cursor=" + url.QueryEscape(cursor)
		}
		page := d.get(key, at).want(200).object()
		var ids []string
		for _, row := range page["data"].([]any) {
			ids = append(ids, fmt.Sprint(object(row)[field]))
		}
		pages = append(pages, ids)
		if page["nextCursor"] == nil {
			return pages
		}
		cursor = page["nextCursor"].(string)
	}
	d.t.Fatalf("%s never ends", path)
	return nil
}

func TestListsArePagedWithoutGapsOrRepetitions(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	key := d.admin()
	s := d.shelf("one", 100)
	for i := range 4 {
		d.SKU(s.merchant, fmt.Sprintf("P%d", i), 100, 1)
		d.Merchant(fmt.Sprintf("m%d", i))
		d.Customer(fmt.Sprintf("c%d@example.com", i))
		d.Place(s.customer, s.address, s.sku)
		d.Exec(`INSERT INTO addresses (customer_id, line1, city, postal_code, country) VALUES ($1, $2, 'c', 'p', 'DE')`, s.customer, fmt.Sprint("street ", i))
	}
	d.Place(s.customer, s.address, s.sku)
	d.Exec(`UPDATE products SET category_id = $1`, d.Int(`INSERT INTO categories (slug, name) VALUES ('all', 'All') RETURNING id`))
	lists := []struct{ path, field, order string }{
		{"/orders?limit=2", "orderId", `SELECT string_agg(id::text, ' ' ORDER BY id DESC) FROM orders`},
		{"/orders?status=pending&limit=2", "orderId", `SELECT string_agg(id::text, ' ' ORDER BY id DESC) FROM orders`},
		{fmt.Sprintf("/orders?merchantId=%d&limit=2", s.merchant), "orderId", `SELECT string_agg(id::text, ' ' ORDER BY id DESC) FROM orders`},
		{fmt.Sprintf("/orders?merchantId=%d&status=pending&limit=2", s.merchant), "orderId", `SELECT string_agg(id::text, ' ' ORDER BY id DESC) FROM orders`},
		{fmt.Sprintf("/orders?customerId=%d&limit=2", s.customer), "orderId", `SELECT string_agg(id::text, ' ' ORDER BY id DESC) FROM orders`},
		{"/products?limit=2", "id", `SELECT string_agg(id::text, ' ' ORDER BY id DESC) FROM products`},
		{"/products?limit=2&q=prod", "id", `SELECT string_agg(id::text, ' ' ORDER BY id DESC) FROM products`},
		{"/products?limit=2&category=all", "id", `SELECT string_agg(id::text, ' ' ORDER BY id DESC) FROM products`},
		{"/customers?limit=2", "id", `SELECT string_agg(id::text, ' ' ORDER BY id) FROM customers`},
		{"/merchants?limit=2", "id", `SELECT string_agg(id::text, ' ' ORDER BY id) FROM merchants`},
		{fmt.Sprintf("/customers/%d/addresses?limit=2", s.customer), "id", `SELECT string_agg(id::text, ' ' ORDER BY id) FROM addresses WHERE NOT is_snapshot AND customer_id = (SELECT min(id) FROM customers)`},
	}
	for _, l := range lists {
		pages := d.pages(key, l.path, l.field)
		if got := strings.Join(slices.Concat(pages...), " "); got != d.Text(l.order) {
			t.Errorf("%s lists %s, want %s", l.path, got, d.Text(l.order))
		}
		if len(pages) != 3 || len(pages[0]) != 2 || len(pages[2]) != 1 {
			t.Errorf("%s has the pages %v, want 2, 2 and 1 rows", l.path, pages)
		}
	}
	// The newest page does not move when something is added in front of it.
	first := d.get(key, "/orders?limit=2").object()["nextCursor"].(string)
	d.Place(s.customer, s.address, s.sku)
	if second := d.get(key, "/orders?limit=2&cursor="+first).object()["data"].([]any); fmt.Sprint(object(second[0])["orderId"]) != d.Text(`SELECT id::text FROM orders ORDER BY id DESC OFFSET 3 LIMIT 1`) {
		t.Errorf("the second page begins with %v", second[0])
	}
	// A cursor belongs to its list.
	if _, fields := d.get(key, "/products?cursor="+first).want(422).problem(); !slices.Equal(fields, []string{"cursor"}) {
		t.Errorf("the cursor of another list refuses %v", fields)
	}
	if all := d.get(key, "/orders?limit=100000").want(200).object(); len(all["data"].([]any)) != 6 {
		t.Errorf("a high limit answers %v", all)
	}
}

func TestProductsAreFoundAndPriced(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	s := d.shelf("one", 3)
	d.Price(s.sku, "JPY", 5800)
	d.Price(s.sku, "EUR", 1199)
	d.Exec(`UPDATE products SET name = 'Blue Harbour Mug', description = 'Holds 300 ml'`)
	bare := d.SKU(s.merchant, "BARE", 100, 0)
	d.Exec(`DELETE FROM sku_prices WHERE sku_id = $1`, bare)
	parent := d.Int(`INSERT INTO categories (slug, name) VALUES ('home', 'Home') RETURNING id`)
	child := d.Int(`INSERT INTO categories (slug, name, parent_id) VALUES ('mugs', 'Mugs', $1) RETURNING id`, parent)
	d.Exec(`UPDATE products SET category_id = $1 WHERE name = 'Blue Harbour Mug'`, child)
	key := d.admin()
	id := d.Int(`SELECT product_id FROM skus WHERE id = $1`, s.sku)

	sku := func(path string) string {
		t.Helper()
		product := d.get(key, path).want(200)
		_, skus, _ := strings.Cut(string(product.Body), `"skus":[`)
		return skus
	}
	base := `"prices":[{"currency":"EUR","price":11.99},{"currency":"JPY","price":5800},{"currency":"USD","price":12.99}],"available":3}]}`
	for path, want := range map[string]string{
		fmt.Sprintf("/products/%d", id):              `"price":11.99,"currency":"EUR",` + base,
		fmt.Sprintf("/products/%d?currency=JPY", id): `"price":5800,"currency":"JPY",` + base,
		fmt.Sprintf("/products/%d?currency=GBP", id): `"price":null,"currency":null,` + base,
	} {
		if got := sku(path); !strings.Contains(got, want) {
			t.Errorf("%s: %s\ndoes not hold %s", path, got, want)
		}
	}
	for q, want := range map[string]int{
		"q=harb": 1, "q=blue+mug": 1, "q=mug+300": 1, "q=MUG": 1, "q=red": 0, "q=mug+red": 0, "q=%27%29%3B--": 0, "q=%26%7C%21": 0, "q=a%27b": 0,
		"category=mugs": 1, "category=home": 1, "q=mug&category=home": 1, "q=bare&category=home": 0, "currency=USD": 2,
	} {
		if got := d.get(key, "/products?"+q).want(200).object()["data"].([]any); len(got) != want {
			t.Errorf("%s finds %d products, want %d", q, len(got), want)
		}
	}
}

func TestAnOrderIsReadWhole(t *testing.T) {
	t.Parallel()
	w := newSale(t)
	w.Exec(`INSERT INTO tax_rates (country, region, name, rate_ppm) VALUES ('US', 'CA', 'California', 107500)`)
	w.order = w.place()
	w.post(w.admin, w.order+"/payments", `{"method":"card_ok"}`).want(201)
	order := w.get(w.admin, w.order).want(200).object()
	item, parcel := object(order["items"].([]any)[0]), object(order["fulfillments"].([]any)[0])
	if fmt.Sprintf("%v %v %v %v", item["unitPrice"], item["taxRate"], item["taxAmount"], item["totalAmount"]) != "12.99 0.1075 1.40 14.39" {
		t.Errorf("the line: %v", item)
	}
	if parcel["status"] != "open" || len(order["payments"].([]any)) != 1 || object(order["shippingAddress"])["city"] != "Oakland" {
		t.Errorf("the order: %v", order)
	}
	byNumber := w.get(w.admin, "/orders/"+strings.ToLower(fmt.Sprint(order["orderNumber"]))).want(200)
	if text(byNumber.object()) != text(order) {
		t.Errorf("by its number: %s", byNumber.Body)
	}
}

func TestTheTimelineKnowsEveryMoment(t *testing.T) {
	t.Parallel()
	clock := newHands()
	d := newDoor(t, clock.option())
	s := d.shelf("one", 5)
	admin := d.admin()
	placedAt := clock.time()
	path := fmt.Sprintf("/orders/%v", d.post(admin, "/orders", s.order()).want(201).object()["orderId"])
	clock.advance(90 * time.Second)
	d.post(admin, path+"/payments", `{"method":"card_ok"}`).want(201)
	d.Exec(`INSERT INTO order_events (order_id, seq, kind, occurred_at, recorded_at, actor_kind, actor_name, visibility, data)
		SELECT order_id, max(seq) + 1, 'note', $1, $1, 'staff', 'Sam', 'staff', '{"text":"fragile"}' FROM order_events GROUP BY order_id`, clock.time())
	clock.advance(time.Hour)

	at := func(key string, moment time.Time) map[string]any {
		t.Helper()
		return d.get(key, path+"/timeline?asOf="+url.QueryEscape(moment.Format(time.RFC3339))).want(200).object()
	}
	kinds := func(timeline map[string]any) (kinds []string) {
		for _, e := range timeline["data"].([]any) {
			kinds = append(kinds, fmt.Sprint(object(e)["kind"]))
		}
		return kinds
	}
	now := d.get(admin, path+"/timeline").want(200).object()
	if now["status"] != "confirmed" || !slices.Equal(kinds(now), []string{"placed", "payment", "status", "note"}) {
		t.Errorf("now: %v", now)
	}
	states := now["states"].([]any)
	if len(states) != 2 || fmt.Sprint(object(states[0])["durationSeconds"]) != "90" || fmt.Sprint(object(states[1])["durationSeconds"]) != "3600" || object(states[1])["leftAt"] != nil {
		t.Errorf("states: %v", states)
	}
	if early := at(admin, placedAt.Add(30*time.Second)); early["status"] != "pending" || !slices.Equal(kinds(early), []string{"placed"}) {
		t.Errorf("after half a minute: %v", early)
	}
	if before := at(admin, placedAt.Add(-time.Second)); before["status"] != nil || kinds(before) != nil || len(before["states"].([]any)) != 0 {
		t.Errorf("before: %v", before)
	}
	zone := time.FixedZone("", 5*3600)
	if elsewhere := at(admin, placedAt.In(zone)); elsewhere["status"] != "pending" || elsewhere["asOf"] != "2026-05-23T02:30:00.000Z" {
		t.Errorf("in another zone: %v", elsewhere)
	}

	customer := d.key(shop.NewAPIKey{Role: shop.RoleCustomer, CustomerID: s.customer})
	seen := d.get(customer, path+"/timeline").want(200)
	if !slices.Equal(kinds(seen.object()), []string{"placed", "payment", "status"}) || strings.Contains(string(seen.Body), "admin key") || strings.Contains(string(seen.Body), "fragile") {
		t.Errorf("a customer reads %s", seen.Body)
	}
	merchant := d.key(shop.NewAPIKey{Role: shop.RoleMerchant, MerchantID: s.merchant})
	if got := kinds(d.get(merchant, path+"/timeline").want(200).object()); !slices.Equal(got, []string{"placed", "payment", "status", "note"}) {
		t.Errorf("a merchant reads %v", got)
	}
}

func TestAddressesAreSavedOnce(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	s := d.shelf("one", 5)
	key := d.key(shop.NewAPIKey{Role: shop.RoleCustomer, CustomerID: s.customer})
	path := fmt.Sprintf("/customers/%d/addresses", s.customer)
	body := `{"name":"Ada","line1":"Hauptstraße 5","line2":null,"city":"Köln","postalCode":"50667","country":"de","isDefault":true}`
	first, again := d.post(key, path, body).want(201), d.post(key, path, body).want(201)
	if string(first.Body) != string(again.Body) || first.object()["country"] != "DE" || first.object()["isDefault"] != true {
		t.Errorf("first %sagain %s", first.Body, again.Body)
	}
	before := d.rows()
	if _, fields := d.post(key, path, `{"name":"Ada","country":"US","postalCode":"1","city":"x"}`).want(422).problem(); !slices.Equal(fields, []string{"line1", "region", "postalCode"}) {
		t.Errorf("refuses %v", fields)
	}
	d.post(key, path, `{"street":"x"}`).want(422)
	d.post(d.admin(), "/customers/777/addresses", body).want(404)
	if after := d.rows(); after != before {
		t.Errorf("rows were %s, are %s", before, after)
	}
}
