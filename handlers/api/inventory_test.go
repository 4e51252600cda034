package api_test

import (
	"fmt"
	"sync"
	"testing"

	"waybill/shop"
)

func TestStockIsToldPerLocation(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	s := d.shelf("one", 5)
	second := d.Location(s.merchant, "SECOND", 2)
	d.Stock(s.sku, second, 7)
	d.Place(s.customer, s.address, s.sku)
	got := d.get(d.admin(), fmt.Sprintf("/inventory/%d", s.sku)).want(200)
	want := fmt.Sprintf(`{"skuId":%d,"sku":"ONE","name":"Product ONE","onHand":12,"reserved":1,"available":11,"backordered":0,"backorderLimit":0,"buyerLimit":null,"reorderPoint":null,"locations":[`+
		`{"locationId":%d,"code":"MAIN","name":"MAIN","onHand":5,"reserved":1,"available":4,"bin":"","reorderPoint":null},`+
		`{"locationId":%d,"code":"SECOND","name":"SECOND","onHand":7,"reserved":0,"available":7,"bin":"","reorderPoint":null}]}`+"\n", s.sku, s.location, second)
	if string(got.Body) != want {
		t.Errorf("answered %swant %s", got.Body, want)
	}
}

func TestAdjustmentsAreBookedOnce(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	s := d.shelf("one", 5)
	second := d.Location(s.merchant, "SECOND", 2)
	key := d.key(shop.NewAPIKey{Role: shop.RoleMerchant, MerchantID: s.merchant, Name: "warehouse"})
	path := fmt.Sprintf("/inventory/%d/adjustments", s.sku)

	first := d.post(key, path, `{"delta":100,"reason":"count"}`, "Idempotency-Key: a").want(201)
	again := d.post(key, path, `{"delta":100,"reason":"count","locationId":null}`, "Idempotency-Key: a").want(201)
	if again.Header.Get("Idempotent-Replayed") != "true" || string(again.Body) != string(first.Body) || fmt.Sprint(first.object()["onHand"]) != "105" {
		t.Errorf("first %s\nagain %s", first.Body, again.Body)
	}
	d.post(key, path, `{"delta":99,"reason":"count"}`, "Idempotency-Key: a").want(409)
	d.post(key, path, fmt.Sprintf(`{"delta":7,"reason":"receipt","locationId":%d}`, second)).want(201)
	d.post(key, path, `{"delta":-3,"reason":"broken in transport"}`).want(201)
	ledger := d.Text(`SELECT string_agg(concat_ws(' ', kind, location_id, on_hand_delta, reason, actor_kind, actor_name), '; ' ORDER BY id) FROM inventory_transactions WHERE actor_kind <> 'system'`)
	if want := fmt.Sprintf("count %d 100 count integration warehouse; receipt %d 7 receipt integration warehouse; adjustment %d -3 broken in transport integration warehouse",
		s.location, second, s.location); ledger != want {
		t.Errorf("the ledger says %s\nwant %s", ledger, want)
	}
	if n := d.Int(`SELECT count(*) FROM audit_log WHERE action = 'stock.adjusted'`); n != 3 {
		t.Errorf("%d lines in the audit log", n)
	}
	if sum := d.Int(`SELECT sum(on_hand) - (SELECT sum(on_hand_delta) FROM inventory_transactions) FROM stock_levels`); sum != 0 {
		t.Errorf("counters and ledger differ by %d", sum)
	}
}

func TestStockNeverFallsBelowWhatIsReserved(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	s := d.shelf("one", 10)
	key := d.admin()
	d.post(key, "/orders", s.orderOf(4)).want(201)
	path := fmt.Sprintf("/inventory/%d/adjustments", s.sku)
	before := d.rows()
	refused := d.post(key, path, `{"delta":-7,"reason":"count"}`).want(409).object()
	if want := "At MAIN there are 10 units, of which 4 are reserved for orders. At most 6 can be taken away."; refused["detail"] != want {
		t.Errorf("says %v", refused["detail"])
	}
	for body, field := range map[string]string{
		`{"delta":0,"reason":"count"}`:                    "delta",
		`{"delta":-1,"reason":"receipt"}`:                 "delta",
		`{"delta":1000000001,"reason":"count"}`:           "delta",
		`{"delta":1000000000,"reason":"count"}`:           "delta", // with what is there
		`{"delta":-9223372036854775808,"reason":"count"}`: "delta",
		`{"delta":1.5,"reason":"count"}`:                  "delta",
		`{"delta":"1","reason":"count"}`:                  "delta",
		`{"delta":null,"reason":"count"}`:                 "delta",
		`{"reason":"count"}`:                              "delta",
		`{"delta":1}`:                                     "reason",
		`{"delta":1,"reason":"  "}`:                       "reason",
		`{"delta":1,"reason":"count","locationId":777}`:   "locationId",
		`{"delta":1,"reason":"count","locationId":-1}`:    "locationId",
		`{"delta":1,"reason":"count","location":1}`:       "location",
		`{"delta":1,"reason":"co\u0000unt"}`:              "reason",
		fmt.Sprintf(`{"delta":1,"reason":"%0501d"}`, 0):   "reason",
	} {
		if _, fields := d.post(key, path, body).want(422).problem(); len(fields) != 1 || fields[0] != field {
			t.Errorf("%s refuses %v, want %s", body, fields, field)
		}
	}
	other, elsewhere := d.Merchant("other")
	if _, fields := d.post(key, path, fmt.Sprintf(`{"delta":1,"reason":"count","locationId":%d}`, elsewhere)).want(422).problem(); len(fields) != 1 || fields[0] != "locationId" {
		t.Errorf("a location of merchant %d refuses %v", other, fields)
	}
	if after := d.rows(); after != before {
		t.Errorf("rows were %s, are %s", before, after)
	}
}

// While buyers rush for a SKU, somebody counts it lower again and again: no unit is promised that is not there.
func TestCountingDownDuringARush(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	s := d.shelf("one", 60)
	key := d.admin()
	var all sync.WaitGroup
	for range 60 {
		all.Go(func() {
			if got := d.post(key, "/orders", s.order()); got.Status != 201 && got.Status != 409 {
				t.Errorf("%d %s", got.Status, got.Body)
			}
		})
	}
	for range 10 {
		all.Go(func() {
			if got := d.post(key, fmt.Sprintf("/inventory/%d/adjustments", s.sku), `{"delta":-5,"reason":"count"}`); got.Status != 201 && got.Status != 409 {
				t.Errorf("%d %s", got.Status, got.Body)
			}
		})
	}
	all.Wait()
	if left := d.Int(`SELECT on_hand - reserved FROM stock_levels`); left < 0 || left > 5 {
		t.Errorf("%d units are left", left)
	}
	if wrong := d.Int(`SELECT (on_hand - (SELECT sum(on_hand_delta) FROM inventory_transactions))^2 + (reserved - (SELECT count(*) FROM orders))^2 FROM stock_levels`); wrong != 0 {
		t.Error("counters, ledger and orders differ")
	}
}
