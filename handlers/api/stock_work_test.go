package api_test

import (
	"fmt"
	"testing"

	"waybill/shop"
)

// names checks that a refusal is about one field.
func names(t *testing.T, a answered, field string) {
	t.Helper()
	if _, fields := a.problem(); len(fields) != 1 || fields[0] != field {
		t.Errorf("%s names %v, want %s: %s", a.what, fields, field, a.Body)
	}
}

// Work on stock that cannot be is refused by the name of its field, and writes nothing.
func TestBadWorkOnStockNamesItsField(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	s, foreign := d.shelf("one", 10), d.shelf("two", 10)
	key := d.key(shop.NewAPIKey{Role: shop.RoleMerchant, MerchantID: s.merchant, Name: "warehouse"})
	second := d.Location(s.merchant, "SECOND", 2)
	before := d.rows()
	for _, c := range []struct{ work, body, field string }{
		{"receipts", `{"quantity":0}`, "quantity"},
		{"receipts", `{"quantity":-3}`, "quantity"},
		{"receipts", `{"quantity":1000000001}`, "quantity"},
		{"receipts", `{"quantity":1000000000}`, "quantity"}, // with what is there
		{"receipts", `{"quantity":9223372036854775808}`, "quantity"},
		{"receipts", fmt.Sprintf(`{"quantity":1,"locationId":%d}`, foreign.location), "locationId"},
		{"transfers", fmt.Sprintf(`{"fromLocationId":%d,"toLocationId":%d,"quantity":1}`, s.location, s.location), "toLocationId"},
		{"transfers", fmt.Sprintf(`{"fromLocationId":%d,"toLocationId":%d,"quantity":1}`, s.location, foreign.location), "toLocationId"},
		{"transfers", fmt.Sprintf(`{"fromLocationId":%d,"toLocationId":%d,"quantity":1}`, foreign.location, s.location), "fromLocationId"},
		{"transfers", fmt.Sprintf(`{"fromLocationId":%d,"toLocationId":%d,"quantity":0}`, s.location, second), "quantity"},
		{"transfers", fmt.Sprintf(`{"toLocationId":%d,"quantity":1}`, second), "fromLocationId"},
		{"counts", `{}`, "onHand"},
		{"counts", `{"onHand":-1}`, "onHand"},
		{"counts", `{"onHand":1000000001}`, "onHand"},
		{"counts", `{"onHand":3,"locationId":777}`, "locationId"},
	} {
		names(t, d.post(key, fmt.Sprintf("/inventory/%d/%s", s.sku, c.work), c.body).want(422), c.field)
	}
	for _, c := range []struct{ body, field string }{
		{`{"backorderLimit":-1,"buyerLimit":null,"reorderPoint":null}`, "backorderLimit"},
		{`{"buyerLimit":null,"reorderPoint":null}`, "backorderLimit"},
		{`{"backorderLimit":0,"reorderPoint":null}`, "buyerLimit"},
		{`{"backorderLimit":0,"buyerLimit":10001,"reorderPoint":null}`, "buyerLimit"},
		{`{"backorderLimit":0,"buyerLimit":null,"reorderPoint":-1}`, "reorderPoint"},
	} {
		names(t, d.do(request{key: key, method: "PUT", path: fmt.Sprintf("/inventory/%d/rules", s.sku), body: c.body}).want(422), c.field)
	}
	for work, body := range map[string]string{
		"receipts": `{"quantity":1}`, "counts": `{"onHand":1}`, "transfers": fmt.Sprintf(`{"fromLocationId":%d,"toLocationId":%d,"quantity":1}`, s.location, second),
	} {
		d.post(key, "/inventory/777/"+work, body).want(404)
		d.post(key, fmt.Sprintf("/inventory/%d/%s", foreign.sku, work), body).want(404)
	}
	if after := d.rows(); after != before {
		t.Errorf("refused work wrote rows: before %v, after %v", before, after)
	}
}

// A customer is told what comes later, and what one customer may not have.
func TestBackordersAndLimitsAreTold(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	s := d.shelf("one", 2)
	d.Rules(s.sku, shop.StockRules{BackorderLimit: 5, BuyerLimit: 6})
	placed := d.post(d.admin(), "/orders", s.orderOf(4)).want(201).object()
	if got := placed["orders"].([]any)[0].(map[string]any)["backorderedQuantity"]; fmt.Sprint(got) != "2" {
		t.Errorf("%v are said to come later, want 2", got)
	}
	read := d.get(d.admin(), fmt.Sprintf("/orders/%v", placed["orderId"])).want(200).object()
	if got := read["items"].([]any)[0].(map[string]any)["backorderedQuantity"]; fmt.Sprint(got) != "2" {
		t.Errorf("the order says %v come later, want 2", got)
	}
	names(t, d.post(d.admin(), "/orders", s.orderOf(3)).want(422), "items[0].quantity")
	d.Rules(s.sku, shop.StockRules{BackorderLimit: 5})
	short := d.post(d.admin(), "/orders", s.orderOf(4)).want(409).object()
	if got := short["short"]; fmt.Sprint(got) == "<nil>" {
		t.Errorf("the refusal names no lines: %v", short)
	}
	stock := d.get(d.admin(), fmt.Sprintf("/inventory/%d", s.sku)).want(200).object()
	if fmt.Sprintf("%v %v %v", stock["backordered"], stock["backorderLimit"], stock["buyerLimit"]) != "2 5 <nil>" {
		t.Errorf("the stock is %v", stock)
	}
}
