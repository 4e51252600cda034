package api_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"waybill/shop"
)

// tenants are two merchants and two customers; mine bought from mine, theirs from theirs.
type tenants struct {
	*door
	mine, theirs              shelf
	myOrder, theirOrder       shop.OrderID
	myPayment, theirPayment   int64
	myCustomerKey, myMerchant string
}

func newTenants(t *testing.T) *tenants {
	t.Helper()
	d := newDoor(t)
	x := &tenants{door: d, mine: d.shelf("mine", 50), theirs: d.shelf("theirs", 50)}
	x.myOrder = d.Place(x.mine.customer, x.mine.address, x.mine.sku).Orders[0].ID
	x.theirOrder = d.Place(x.theirs.customer, x.theirs.address, x.theirs.sku).Orders[0].ID
	d.Confirm(x.myOrder)
	d.Confirm(x.theirOrder)
	x.myPayment = d.Int(`SELECT id FROM payments WHERE order_id = $1`, int64(x.myOrder))
	x.theirPayment = d.Int(`SELECT id FROM payments WHERE order_id = $1`, int64(x.theirOrder))
	d.Exec(`INSERT INTO returns (order_id, id, merchant_id, customer_id, requested_at, status_at) SELECT id, next_id(now()), merchant_id, customer_id, now(), now() FROM orders`)
	d.Exec(`INSERT INTO order_events (order_id, seq, kind, occurred_at, recorded_at, actor_kind)
		SELECT order_id, max(seq) + 1, 'return', now(), now(), 'customer' FROM order_events GROUP BY order_id`) // says that there are returns
	x.myCustomerKey = d.key(shop.NewAPIKey{Role: shop.RoleCustomer, CustomerID: x.mine.customer})
	x.myMerchant = d.key(shop.NewAPIKey{Role: shop.RoleMerchant, MerchantID: x.mine.merchant})
	return x
}

// box packs the orders of both sides into boxes, which their carriers take along and lose, and are asked to pay for. Both
// sides count what they have left.
func (x *tenants) box() {
	x.t.Helper()
	for _, side := range []struct {
		shelf
		order shop.OrderID
	}{{x.mine, x.myOrder}, {x.theirs, x.theirOrder}} {
		who := x.User(fmt.Sprintf("packer%d@example.com", side.merchant), shop.RoleMerchant, side.merchant, 0)
		x.Packed(side.order, who)
		x.post(x.admin(), "/shipments", fmt.Sprintf(`{"fulfillmentIds":["%d-1"],"carrier":"DHL","trackingNumber":"0034%d"}`, side.order, side.order), as(who)).want(201)
		box := x.Int(`SELECT max(shipment_id) FROM fulfillments WHERE order_id = $1`, int64(side.order))
		x.post(x.admin(), "/shipments/hand-over", fmt.Sprintf(`{"shipmentIds":[%d]}`, box), as(who)).want(200)
		x.Exec(`UPDATE shipments SET status = 'lost', problem = 'lost', problem_at = now(), watch_at = NULL WHERE id = $1`, box)
		x.post(x.admin(), fmt.Sprintf("/shipments/%d/claims", box), `{"amount":9.00}`, as(who)).want(201)
		x.post(x.admin(), "/count-sheets", fmt.Sprintf(`{"merchantId":%d,"locationId":%d}`, side.merchant, side.location)).want(201)
	}
}

// cartOf is the id of the cart of a side's customer.
func (x *tenants) cartOf(s shelf) string {
	cart, err := x.Store.OpenCart(x.t.Context(), s.customer, "USD")
	if err != nil {
		x.t.Fatal(err)
	}
	return cart.ID
}

// path fills the ids of one side into the path of an operation.
func (x *tenants) path(o operation, mine bool) string {
	s, order, payment := x.theirs, x.theirOrder, x.theirPayment
	if mine {
		s, order, payment = x.mine, x.myOrder, x.myPayment
	}
	id := fmt.Sprint(int64(order))
	switch {
	case strings.HasPrefix(o.path, "/fulfillments"):
		id += "-1"
	case strings.HasPrefix(o.path, "/shipments"):
		id = x.Text(`SELECT coalesce(max(shipment_id), 1)::text FROM fulfillments WHERE order_id = $1`, int64(order))
	case strings.HasPrefix(o.path, "/returns"):
		id = x.Text(`SELECT coalesce(max(id), 1)::text FROM returns WHERE order_id = $1`, int64(order))
	case strings.HasPrefix(o.path, "/manifests"):
		id = x.Text(`SELECT coalesce(max(id), 1)::text FROM manifests WHERE merchant_id = $1`, s.merchant)
	case strings.HasPrefix(o.path, "/count-sheets"):
		id = x.Text(`SELECT coalesce(max(id), 1)::text FROM stock_counts WHERE merchant_id = $1`, s.merchant)
	case strings.HasPrefix(o.path, "/carrier-claims"):
		id = x.Text(`SELECT coalesce(max(id), 1)::text FROM carrier_claims WHERE merchant_id = $1`, s.merchant)
	case strings.HasPrefix(o.path, "/merchants"):
		id = fmt.Sprint(s.merchant)
	case strings.HasPrefix(o.path, "/checkouts"):
		id = x.Text(`SELECT checkout_id::text FROM orders WHERE id = $1`, int64(order))
	case strings.HasPrefix(o.path, "/payments"):
		id = fmt.Sprint(payment)
	case strings.HasPrefix(o.path, "/customers"):
		id = fmt.Sprint(s.customer)
	case strings.HasPrefix(o.path, "/products"):
		id = x.Text(`SELECT product_id::text FROM skus WHERE id = $1`, s.sku)
	}
	return strings.NewReplacer("{id}", id, "{skuId}", fmt.Sprint(s.sku), "{cartId}", x.cartOf(s)).Replace(o.path)
}

// Every operation that names a thing is asked for a thing of somebody else: it must not exist for the asker, and nothing
// may change. What the role may not do at all is refused before anybody looks.
func TestWhatBelongsToOthersDoesNotExist(t *testing.T) {
	t.Parallel()
	x := newTenants(t)
	x.box()
	before := x.rows()
	asked := 0
	for role, key := range map[string]string{"customer": x.myCustomerKey, "merchant": x.myMerchant} {
		for _, o := range theContract().operations {
			if !strings.Contains(o.path, "{") {
				continue
			}
			want := 404
			switch {
			case !slices.Contains(o.roles, role):
				want = 403
			case role == "customer" && o.method == "GET" && slices.Contains([]string{"/products/{id}", "/skus/{skuId}", "/merchants/{id}"}, o.path):
				want = 200 // what is on sale, and by whom, is known to everybody
			}
			asked++
			got := x.do(request{key: key, method: o.method, path: x.path(o, false), body: text(o.body)})
			if got.Status != want {
				t.Errorf("a %s key: %s of somebody else answers %d, want %d: %s", role, o, got.Status, want, got.Body)
			}
			for _, name := range []string{"theirs@example.com", "THEIRS"} {
				if want != 200 && strings.Contains(string(got.Body), name) {
					t.Errorf("a %s key: %s tells %s", role, o, name)
				}
			}
		}
	}
	for path, body := range map[string]string{ // what is named in the body does not exist either
		"/shipments/hand-over":      fmt.Sprintf(`{"shipmentIds":[%d]}`, x.Int(`SELECT max(id) FROM shipments WHERE merchant_id = $1`, x.theirs.merchant)),
		"/shipments/undo-hand-over": fmt.Sprintf(`{"shipmentIds":[%d]}`, x.Int(`SELECT max(id) FROM shipments WHERE merchant_id = $1`, x.theirs.merchant)),
		"/shipments":                fmt.Sprintf(`{"fulfillmentIds":["%d-1"],"carrier":"DHL","trackingNumber":"00340434"}`, x.theirOrder),
		"/fulfillments/next":        fmt.Sprintf(`{"merchantId":%d}`, x.theirs.merchant),
	} {
		mine := x.Int(`SELECT min(id) FROM users WHERE merchant_id = $1`, x.mine.merchant)
		x.post(x.myMerchant, path, body, fmt.Sprintf("Waybill-Worker: %d", mine)).want(422)
	}
	if after := x.rows(); after != before {
		t.Errorf("rows were %s, are %s", before, after)
	}
	if asked < 20 {
		t.Errorf("asked only %d times", asked)
	}
}

// A thing of somebody else and a thing that does not exist must look the same.
func TestOthersAndNobodyLookTheSame(t *testing.T) {
	t.Parallel()
	x := newTenants(t)
	for _, c := range []struct{ key, theirs, nobodys string }{
		{x.myCustomerKey, fmt.Sprintf("/orders/%d", x.theirOrder), "/orders/1"},
		{x.myCustomerKey, "/orders/" + x.theirOrder.Number(), "/orders/" + (x.theirOrder + 7).Number()},
		{x.myMerchant, fmt.Sprintf("/orders/%d/timeline", x.theirOrder), "/orders/1/timeline"},
		{x.myCustomerKey, fmt.Sprintf("/payments/%d", x.theirPayment), "/payments/1"},
		{x.myCustomerKey, fmt.Sprintf("/customers/%d", x.theirs.customer), "/customers/777"},
		{x.myMerchant, fmt.Sprintf("/inventory/%d", x.theirs.sku), "/inventory/777"},
		{x.myMerchant, fmt.Sprintf("/skus/%d/prices", x.theirs.sku), "/skus/777/prices"},
		{x.myCustomerKey, "/carts/" + x.cartOf(x.theirs), "/carts/00000000-0000-4000-8000-000000000000"},
		{x.myCustomerKey, "/checkouts/" + x.Text(`SELECT checkout_id::text FROM orders WHERE id = $1`, int64(x.theirOrder)), "/checkouts/1"},
	} {
		a, b := x.get(c.key, c.theirs).want(404).object(), x.get(c.key, c.nobodys).want(404).object()
		delete(a, "requestId")
		delete(b, "requestId")
		if text(a) != text(b) {
			t.Errorf("%s answers %v, %s answers %v", c.theirs, a, c.nobodys, b)
		}
	}
}

// takesMore are reads that what the tenants have does not get to: prices before the label, an approved return, a photo.
var takesMore = []string{"/fulfillments/{id}/rates", "/returns/{id}/label.pdf", "/returns/{id}/photo"}

func TestOnesOwnIsThere(t *testing.T) {
	t.Parallel()
	x := newTenants(t)
	x.box()
	for role, key := range map[string]string{"customer": x.myCustomerKey, "merchant": x.myMerchant} {
		for _, o := range theContract().operations {
			if o.method == "GET" && slices.Contains(o.roles, role) && !slices.Contains(takesMore, o.path) {
				x.get(key, x.path(o, true)).want(200)
			}
		}
	}
	for _, role := range []shop.Role{shop.RoleAdmin, shop.RoleFinance, shop.RoleSupport} {
		key := x.key(shop.NewAPIKey{Role: role})
		for _, o := range theContract().operations {
			if o.method == "GET" && slices.Contains(o.roles, string(role)) && !slices.Contains(takesMore, o.path) {
				for _, side := range []shelf{x.mine, x.theirs} {
					path := x.path(o, side == x.mine)
					if slices.Contains(listsOfOne, path) {
						x.get(key, path).want(422) // whose?
						path += fmt.Sprintf("?merchantId=%d", side.merchant)
					}
					x.get(key, path).want(200)
				}
			}
		}
	}
}

func TestListsHoldWhatIsOnesOwn(t *testing.T) {
	t.Parallel()
	x := newTenants(t)
	ids := func(key, path, field string) string {
		t.Helper()
		var all []string
		for _, row := range x.get(key, path).want(200).object()["data"].([]any) {
			all = append(all, fmt.Sprint(object(row)[field]))
		}
		return strings.Join(all, " ")
	}
	my, their := fmt.Sprint(int64(x.myOrder)), fmt.Sprint(int64(x.theirOrder))
	admin := x.admin()
	for _, c := range []struct{ key, path, field, want string }{
		{admin, "/orders", "orderId", their + " " + my},
		{x.myCustomerKey, "/orders", "orderId", my},
		{x.myMerchant, "/orders", "orderId", my},
		{x.myMerchant, fmt.Sprintf("/orders?customerId=%d", x.theirs.customer), "orderId", ""},
		{x.myMerchant, fmt.Sprintf("/orders?customerId=%d", x.mine.customer), "orderId", my},
		{x.myCustomerKey, fmt.Sprintf("/orders?merchantId=%d", x.theirs.merchant), "orderId", ""},
		{admin, fmt.Sprintf("/orders?merchantId=%d", x.theirs.merchant), "orderId", their},
		{admin, fmt.Sprintf("/orders?merchantId=%d&status=confirmed", x.theirs.merchant), "orderId", their},
		{admin, fmt.Sprintf("/orders?merchantId=%d&status=shipped", x.theirs.merchant), "orderId", ""},
		{admin, fmt.Sprintf("/orders?customerId=%d", x.mine.customer), "orderId", my},
		{admin, fmt.Sprintf("/orders?customerId=%d&status=pending", x.mine.customer), "orderId", ""},
		{admin, "/orders?customerId=777", "orderId", ""},
		{admin, "/orders?status=confirmed", "orderId", their + " " + my},
		{admin, "/orders?status=pending", "orderId", ""},
		{x.myCustomerKey, "/customers", "id", fmt.Sprint(x.mine.customer)},
		{x.myCustomerKey, "/customers?email=theirs@example.com", "id", ""},
		{admin, "/customers?email=THEIRS@example.com", "id", fmt.Sprint(x.theirs.customer)},
		{admin, "/customers", "id", fmt.Sprintf("%d %d", x.mine.customer, x.theirs.customer)},
		{x.myMerchant, "/merchants", "slug", "mine"},
		{x.myCustomerKey, "/merchants", "slug", "mine theirs"},
		{x.myMerchant, "/products", "slug", fmt.Sprintf("p-%d-mine", x.mine.merchant)},
		{x.myCustomerKey, fmt.Sprintf("/customers/%d/addresses", x.mine.customer), "id", fmt.Sprint(x.mine.address)},
	} {
		if got := ids(c.key, c.path, c.field); got != c.want {
			t.Errorf("%s holds %q, want %q", c.path, got, c.want)
		}
	}
	x.get(x.myCustomerKey, fmt.Sprintf("/orders?customerId=%d", x.theirs.customer)).want(403)
	x.get(x.myMerchant, fmt.Sprintf("/orders?merchantId=%d", x.theirs.merchant)).want(403)
}

func TestWhatIsNotOnSaleIsForThoseWhoSell(t *testing.T) {
	t.Parallel()
	x := newTenants(t)
	x.Exec(`UPDATE products SET status = 'draft' WHERE merchant_id = $1`, x.mine.merchant)
	hidden := x.Int(`SELECT product_id FROM skus WHERE id = $1`, x.mine.sku)
	path := fmt.Sprintf("/products/%d", hidden)
	x.get(x.myCustomerKey, path).want(404)
	x.get(x.myMerchant, path).want(200)
	x.get(x.admin(), path).want(200)
	slug := fmt.Sprintf("p-%d-mine", x.mine.merchant)
	if strings.Contains(string(x.get(x.myCustomerKey, "/products").Body), slug) || !strings.Contains(string(x.get(x.admin(), "/products").Body), slug) {
		t.Error("a draft is listed for customers, or not listed for admins")
	}
}
