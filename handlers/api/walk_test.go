package api_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"waybill/shop"
)

// listsOfOne are the lists of one merchant, whom keys of other roles name.
var listsOfOne = []string{"/fulfillments", "/workers", "/shipments", "/boxes", "/manifests", "/carrier-claims", "/count-sheets"}

// walk draws answers from the server.
type walk struct {
	*door
	shelf
	admin  string
	broken *door // its database is gone
	packer shop.User
}

func newWalk(d *door) *walk {
	w := &walk{door: d, shelf: d.shelf("one", 1000), admin: d.admin(), broken: newDoor(d.t)}
	w.broken.said = d.said
	w.broken.Pool.Close()
	return w
}

// at fills the ids of things that exist, or that do not, into the path of an operation.
func (w *walk) at(o operation, exists bool) string {
	id := int64(99)
	switch {
	case strings.HasPrefix(o.path, "/carts/"):
		return strings.NewReplacer("{cartId}", w.cart(exists), "{skuId}", fmt.Sprint(w.sku)).Replace(o.path)
	case slices.Contains(listsOfOne, o.path):
		return fmt.Sprintf("%s?merchantId=%d", o.path, w.merchant)
	case !exists && strings.HasPrefix(o.path, "/fulfillments"):
		return strings.ReplaceAll(o.path, "{id}", "99-1")
	case o.path == "/fulfillments/{id}/rates":
		return strings.ReplaceAll(o.path, "{id}", w.Text(`SELECT coalesce(max(order_id || '-' || no), '99-1') FROM fulfillments WHERE status = 'packed' AND shipment_id IS NULL`))
	case !exists:
	case strings.HasPrefix(o.path, "/shipments"):
		id = w.Int(`SELECT coalesce(max(id), 99) FROM shipments WHERE status = 'ready'`)
	case strings.HasPrefix(o.path, "/fulfillments/{id}"):
		return strings.ReplaceAll(o.path, "{id}", w.Text(`SELECT order_id || '-' || no FROM fulfillments ORDER BY order_id DESC LIMIT 1`))
	case strings.HasPrefix(o.path, "/manifests"):
		id = w.Int(`SELECT max(id) FROM manifests`)
	case strings.HasPrefix(o.path, "/count-sheets"):
		id = w.Int(`SELECT max(id) FROM stock_counts`)
	case strings.HasPrefix(o.path, "/carrier-claims"):
		id = w.Int(`SELECT max(id) FROM carrier_claims`)
	case strings.HasPrefix(o.path, "/merchants"):
		id = w.merchant
	case strings.HasPrefix(o.path, "/checkouts"):
		id = w.Int(`SELECT max(id) FROM checkouts`)
	case strings.HasPrefix(o.path, "/skus/{skuId}/prices/"):
		return fmt.Sprintf("/skus/%d/prices/%d", w.sku, w.scheduledPrice())
	case strings.HasPrefix(o.path, "/skus"):
		id = w.sku
	case strings.HasPrefix(o.path, "/inventory"):
		id = w.sku
	case strings.HasPrefix(o.path, "/customers"):
		id = w.customer
	case strings.HasPrefix(o.path, "/products"):
		id = w.Int(`SELECT product_id FROM skus WHERE id = $1`, w.sku)
	case strings.HasPrefix(o.path, "/returns"):
		id = w.Int(`SELECT coalesce(max(id), 0) FROM returns`)
		if o.method == "GET" { // one with a photo, whose label can be printed
			id = w.Int(`SELECT min(id) FROM returns`)
		}
	case strings.HasPrefix(o.path, "/payments"):
		id = w.Int(`SELECT id FROM payments ORDER BY id DESC LIMIT 1`)
	default:
		id = w.Int(`SELECT coalesce(max(id), 0) FROM orders`)
	}
	return regexp.MustCompile(`\{\w+\}`).ReplaceAllString(o.path, fmt.Sprint(id))
}

// refusals draws what every operation of its kind refuses alike.
func (w *walk) refusals(o operation) {
	path := w.at(o, false)
	ask := func(q request) answered {
		q.method, q.headers = o.method, append(q.headers, "Waybill-Worker: 1")
		if q.path == "" {
			q.path = path
		}
		return w.do(q)
	}
	ask(request{}).want(401)
	limited := w.key(shop.NewAPIKey{Role: shop.RoleAdmin, RatePerMinute: 1})
	w.get(limited, "/merchants").want(200)
	ask(request{key: limited, body: "{}"}).want(429)
	w.broken.do(request{key: w.admin, method: o.method, path: path, body: text(o.body)}).want(500)
	for _, role := range []shop.Role{shop.RoleFinance, shop.RoleSupport, shop.RoleCustomer, shop.RoleMerchant} {
		if !slices.Contains(o.roles, string(role)) {
			ask(request{key: w.roleKey(role), body: text(o.body)}).want(403)
		}
	}
	ask(request{key: w.admin, body: text(o.body), headers: []string{"Accept: text/html, application/*;q=0"}}).want(406)
	late, cancel := context.WithDeadline(context.Background(), time.Now().Add(-time.Second))
	defer cancel()
	ask(request{key: w.admin, body: text(o.body), ctx: late}).want(503)
	if slices.Contains(o.statuses, 404) && strings.Contains(o.path, "{") {
		ask(request{key: w.admin, body: text(o.body)}).want(404)
	}
	if o.picture {
		w.refusedPictures(ask)
		return
	}
	if o.method == "GET" || o.method == "DELETE" { // they have no body
		ask(request{key: w.admin, path: path + "?nonsense=1"}).want(422)
		ask(request{key: w.admin, path: path + "?nonsense=%00"}).want(400)
		return
	}
	ask(request{key: w.admin, body: `{"nonsense":1}`}).want(422)
	ask(request{key: w.admin, body: `{`}).want(400)
	ask(request{key: w.admin, body: strings.Repeat(" ", 1<<20+1)}).want(413)
	ask(request{key: w.admin, body: "{}", headers: []string{"Content-Type: text/plain"}}).want(415)
}

// refusedPictures draws what is no picture, for the product of the walk.
func (w *walk) refusedPictures(ask func(request) answered) {
	path := fmt.Sprintf("/products/%d/picture", w.Int(`SELECT product_id FROM skus WHERE id = $1`, w.sku))
	const kind = "Content-Type: image/png"
	ask(request{key: w.admin, path: path, body: "no picture", headers: []string{kind}}).want(422)
	ask(request{key: w.admin, path: path, body: text(w.sku), headers: []string{"Content-Type: application/json"}}).want(415)
	ask(request{key: w.admin, path: path, body: strings.Repeat(" ", shop.MaxPictureUpload+1), headers: []string{kind}}).want(413)
	ask(request{key: w.admin, path: path + "?nonsense=%00", headers: []string{kind}}).want(400)
}

func (w *walk) roleKey(role shop.Role) string {
	w.t.Helper()
	k := shop.NewAPIKey{Role: role}
	if role == shop.RoleCustomer {
		k.CustomerID = w.customer
	}
	if role == shop.RoleMerchant {
		k.MerchantID = w.merchant
	}
	return w.key(k)
}

// successes draws what only a certain state of things answers.
func (w *walk) successes() {
	place := func() answered { return w.post(w.admin, "/orders", w.order()).want(201) }
	place()
	w.returns()
	w.shipments()
	w.countSheets()
	for _, o := range theContract().operations {
		if o.method == "GET" {
			w.get(w.admin, w.at(o, true)).want(200)
		}
	}
	w.post(w.admin, "/orders", w.orderOf(9999)).want(409)
	w.get(w.roleKey(shop.RoleCustomer), "/orders?customerId=99").want(403)
	w.post(w.admin, fmt.Sprintf("/customers/%d/addresses", w.customer), text(exampleOf("addAddress"))).want(201)
	stock := fmt.Sprintf("/inventory/%d/adjustments", w.sku)
	w.post(w.admin, stock, text(exampleOf("adjustStock"))).want(201)
	w.post(w.admin, stock, `{"delta":-9999,"reason":"count"}`).want(409)
	w.stockWork()
	w.post(w.admin, fmt.Sprintf("/skus/%d/prices", w.sku), text(exampleOf("setSkuPrice"))).want(201)
	w.post(w.admin, fmt.Sprintf("/skus/%d/prices", w.sku), `{"currency":"CHF","price":null}`).want(409)
	w.do(request{key: w.admin, method: "DELETE", path: fmt.Sprintf("/skus/%d/prices/%d", w.sku, w.Int(`SELECT min(id) FROM sku_prices`))}).want(409)
	w.do(request{key: w.admin, method: "DELETE", path: fmt.Sprintf("/skus/%d/prices/%d", w.sku, w.scheduledPrice())}).want(200)
	w.carts()
	w.products()
	w.merchantSettings()
	w.fulfillments()
	w.money(place)
}

// stockWork draws the answers of work on stock.
func (w *walk) stockWork() {
	second, path := w.Location(w.merchant, "SECOND", 2), fmt.Sprintf("/inventory/%d", w.sku)
	w.post(w.admin, path+"/receipts", text(exampleOf("receiveStock")), "Idempotency-Key: r").want(201)
	w.post(w.admin, path+"/receipts", `{"quantity":1}`, "Idempotency-Key: r").want(409)
	move := fmt.Sprintf(`{"fromLocationId":%d,"toLocationId":%d,"quantity":%%d}`, w.location, second)
	w.post(w.admin, path+"/transfers", fmt.Sprintf(move, 3)).want(201)
	w.post(w.admin, path+"/transfers", fmt.Sprintf(move, 99999)).want(409)
	w.post(w.admin, path+"/counts", fmt.Sprintf(`{"onHand":7,"locationId":%d}`, second)).want(201)
	w.post(w.admin, path+"/counts", `{"onHand":0}`).want(409)
	w.do(request{key: w.admin, method: "PUT", path: path + "/rules", body: text(exampleOf("setStockRules"))}).want(200)
	w.do(request{key: w.admin, method: "PUT", path: path + "/rules", body: `{"backorderLimit":0,"buyerLimit":null,"reorderPoint":null}`}).want(200)
	w.do(request{key: w.admin, method: "PUT", path: fmt.Sprintf("%s/locations/%d", path, second), body: `{"bin":"A-07-2","reorderPoint":9}`}).want(200)
	if _, err := w.Store.RefreshStockAlerts(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	if alerts := w.get(w.admin, "/stock-alerts").want(200).object()["data"].([]any); len(alerts) != 1 {
		w.t.Errorf("alerts: %v", alerts)
	}
}

// cart is the id of the customer's cart, or of none.
func (w *walk) cart(exists bool) string {
	if !exists {
		return "00000000-0000-4000-8000-000000000000"
	}
	opened := w.post(w.admin, "/carts", fmt.Sprintf(`{"userId":%d,"currency":"USD"}`, w.customer)).want(201)
	return fmt.Sprint(opened.object()["id"])
}

// carts draws the answers of what fills a cart and buys it.
func (w *walk) carts() {
	w.post(w.roleKey(shop.RoleCustomer), "/carts", `{"userId":99,"currency":"USD"}`).want(403)
	cart := "/carts/" + w.cart(true)
	put := func(path, body string) answered {
		return w.do(request{key: w.admin, method: "PUT", path: cart + path, body: body})
	}
	put(fmt.Sprintf("/items/%d", w.sku), `{"quantity":3}`).want(200)
	w.do(request{key: w.admin, method: "DELETE", path: fmt.Sprintf("%s/items/%d", cart, w.sku)}).want(200)
	put(fmt.Sprintf("/items/%d", w.sku), `{"quantity":2}`).want(200)
	put("/address", fmt.Sprintf(`{"shippingAddressId":%d}`, w.address)).want(200)
	put("/discount-codes", `{"discountCodes":[]}`).want(200)
	put("/shipping-services", `{"shippingServiceIds":[]}`).want(200)
	w.post(w.admin, cart+"/checkout", `{"expectedTotal":1.00}`).want(409)
	placed := w.post(w.admin, cart+"/checkout", "").want(201).object()
	pay := fmt.Sprintf("/checkouts/%v/payments", placed["checkoutId"])
	w.post(w.admin, pay, `{"method":"card_ok"}`).want(201)
	w.post(w.admin, pay, `{"method":"card_ok"}`).want(409)
	open := w.post(w.admin, "/orders", w.order()).want(201).object()
	w.post(w.admin, fmt.Sprintf("/checkouts/%v/payments", open["checkoutId"]), `{"method":"card_timeout_captured"}`).want(202)
}

// scheduledPrice schedules a price and returns the id of its period.
func (w *walk) scheduledPrice() int64 {
	w.post(w.admin, fmt.Sprintf("/skus/%d/prices", w.sku), fmt.Sprintf(`{"currency":"USD","price":7,"validFrom":%q}`, time.Now().Add(time.Hour).Format(time.RFC3339))).want(201)
	return w.Int(`SELECT max(id) FROM sku_prices`)
}

// returns draws the answers of the way of returns.
func (w *walk) returns() {
	sent := func() string {
		order := w.post(w.admin, "/orders", w.orderOf(3)).want(201).object()
		w.post(w.admin, fmt.Sprintf("/orders/%v/payments", order["orderId"]), `{"method":"card_ok"}`).want(201)
		id := w.Int(`SELECT max(id) FROM orders`)
		w.Shipped(shop.OrderID(id), w.sender())
		return fmt.Sprintf("/orders/%d/returns", id)
	}
	w.returnsThatEnd(sent())
	request := func(path string) string {
		made := w.post(w.admin, path, `{"items":[{"lineNo":1,"quantity":2,"reason":"other"}]}`).want(201).object()
		return fmt.Sprintf("/returns/%v", made["returnId"])
	}
	path := sent()
	rejected := request(path)
	w.post(w.admin, rejected+"/reject", `{"reason":"worn"}`).want(200)
	w.post(w.admin, rejected+"/reject", `{"reason":"worn"}`).want(409)
	paid := request(path)
	w.post(w.admin, paid+"/receive", text(exampleOf("receiveReturn"))).want(409)
	w.post(w.admin, paid+"/approve", "").want(200)
	w.post(w.admin, paid+"/approve", "").want(409)
	w.post(w.admin, paid+"/refund", "").want(409)
	w.post(w.admin, paid+"/receive", text(exampleOf("receiveReturn"))).want(200)
	w.provider.silent.Store(true)
	w.post(w.admin, paid+"/refund", "").want(202)
	w.provider.silent.Store(false)
	w.post(w.admin, paid+"/receive", `{"items":[{"lineNo":1,"quantity":1,"condition":"damaged"}]}`).want(200)
	w.post(w.admin, paid+"/refund", "").want(201)
	w.post(w.admin, path, `{"items":[{"lineNo":1,"quantity":1,"reason":"other"}]}`).want(201)
	w.post(w.admin, path, `{"items":[{"lineNo":1,"quantity":1,"reason":"other"}]}`).want(409)
}

// sender is somebody who packs for the merchant of the walk.
func (w *walk) sender() shop.User {
	if w.packer.ID == 0 {
		w.packer = w.User("sender@example.com", shop.RoleMerchant, w.merchant, 0)
	}
	return w.packer
}

// money draws the answers of what moves money.
func (w *walk) money(place func() answered) {
	pay := func(body string) answered {
		return w.post(w.admin, fmt.Sprintf("/orders/%v/payments", place().object()["orderId"]), body)
	}
	paid := pay(`{"method":"card_ok"}`).want(201).object()
	w.post(w.admin, fmt.Sprintf("/orders/%v/payments", paid["orderId"]), `{"method":"card_ok"}`).want(409)
	pay(`{"method":"card_timeout_captured"}`).want(202)
	held := pay(`{"method":"card_ok","authorizeOnly":true}`).want(201).object()
	capture := fmt.Sprintf("/payments/%v/capture", held["paymentId"])
	refund := fmt.Sprintf("/payments/%v/refunds", paid["paymentId"])
	w.provider.silent.Store(true)
	w.post(w.admin, capture, `{"amount":1.00}`).want(202)
	w.post(w.admin, refund, `{"amount":1.00}`).want(202)
	w.provider.silent.Store(false)
	w.post(w.admin, capture, "").want(200)
	w.post(w.admin, capture, "").want(409)
	w.post(w.admin, refund, `{"amount":1.00,"reason":"late"}`).want(201)
	w.post(w.admin, refund, "").want(201)
	w.post(w.admin, refund, "").want(409)
	several := w.post(w.admin, "/orders", w.orderOf(2)).want(201).object()
	w.post(w.admin, fmt.Sprintf("/orders/%v/payments", several["orderId"]), `{"method":"card_ok"}`).want(201)
	units := fmt.Sprintf("/orders/%v/refunds", several["orderId"])
	w.provider.silent.Store(true)
	w.post(w.admin, units, `{"items":[{"lineNo":1,"quantity":1}],"shippingAmount":0}`).want(202)
	w.provider.silent.Store(false)
	w.post(w.admin, units, `{"items":[{"lineNo":1,"quantity":1}],"reason":"one item arrived broken"}`).want(201)
	w.post(w.admin, fmt.Sprintf("/orders/%v/refunds", paid["orderId"]), `{"items":[{"lineNo":1,"quantity":1}]}`).want(409)
	cancel := fmt.Sprintf("/orders/%v/cancel", place().object()["orderId"])
	w.post(w.admin, cancel, `{"reason":"changed my mind"}`).want(200)
	w.post(w.admin, cancel, "").want(409)
}
