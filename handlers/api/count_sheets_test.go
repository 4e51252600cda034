package api_test

import (
	"fmt"
	"strings"
	"testing"

	"waybill/shop"
)

// countSheets draws the answers of counting.
func (w *walk) countSheets() {
	at := fmt.Sprintf(`{"merchantId":%d,"locationId":%d}`, w.merchant, w.location)
	w.post(w.admin, "/count-sheets", at, "Idempotency-Key: count").want(201)
	w.post(w.admin, "/count-sheets", fmt.Sprintf(`{"merchantId":%d,"locationId":%d}`, w.merchant, 777), "Idempotency-Key: count").want(409)
	sheet := fmt.Sprintf("/count-sheets/%d", w.Int(`SELECT max(id) FROM stock_counts`))
	enter := request{key: w.admin, method: "PUT", path: sheet + "/counts", body: fmt.Sprintf(`{"counts":[{"skuId":%d,"counted":0}]}`, w.sku)}
	w.do(enter).want(200)
	w.post(w.admin, sheet+"/approve", "").want(409) // some are reserved
	w.post(w.admin, sheet+"/discard", "").want(200)
	w.do(enter).want(409)
	w.post(w.admin, "/count-sheets", at).want(201)
	sheet = fmt.Sprintf("/count-sheets/%d", w.Int(`SELECT max(id) FROM stock_counts`))
	w.post(w.admin, sheet+"/approve", "").want(200)
	w.post(w.admin, sheet+"/discard", "").want(409)
}

// A program counts a shelf: it sees what is expected once it has counted, and the ledger gets the differences alone.
func TestAProgramCountsAShelf(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	s := d.shelf("one", 10)
	second := d.SKU(s.merchant, "SECOND", 500, 4)
	d.Exec(`UPDATE stock_levels SET bin = 'A-' || sku_id`)
	key := d.key(shop.NewAPIKey{Role: shop.RoleMerchant, MerchantID: s.merchant, Name: "counter"})

	opened := d.post(key, "/count-sheets", fmt.Sprintf(`{"locationId":%d,"bins":"A-"}`, s.location)).want(201)
	path := opened.Header.Get("Location")[len("/api/v1"):]
	sheet := opened.object()
	if got := fmt.Sprintf("%v %v %v %v", sheet["status"], sheet["skuCount"], sheet["countedCount"], sheet["openedBy"]); got != "open 2 0 counter" {
		t.Errorf("a new sheet says %s", got)
	}
	if line := object(sheet["lines"].([]any)[0]); line["expected"] != nil || line["counted"] != nil {
		t.Errorf("a new sheet tells what is expected: %v", line)
	}
	enter := func(body string) answered {
		return d.do(request{key: key, method: "PUT", path: path + "/counts", body: body})
	}
	counted := enter(fmt.Sprintf(`{"counts":[{"skuId":%d,"counted":8},{"skuId":%d,"counted":4}]}`, s.sku, second)).want(200).object()
	if line := object(counted["lines"].([]any)[0]); fmt.Sprintf("%v %v %v", line["expected"], line["counted"], line["difference"]) != "10 8 -2" {
		t.Errorf("counted: %v", line)
	}
	d.Place(s.customer, s.address, s.sku)                              // sold meanwhile, and no difference
	enter(fmt.Sprintf(`{"counts":[{"skuId":%d,"counted":8}]}`, s.sku)) // an answer got lost
	approved := d.post(key, path+"/approve", "", "Idempotency-Key: yes").want(200)
	again := d.post(key, path+"/approve", "", "Idempotency-Key: yes").want(200)
	if again.Header.Get("Idempotent-Replayed") != "true" || approved.object()["status"] != "approved" {
		t.Errorf("approved: %s %v", approved.Body, again.Header)
	}
	if got := d.Text(`SELECT string_agg(kind || ' ' || on_hand_delta, ', ' ORDER BY id) FROM inventory_transactions WHERE kind = 'count'`); got != "count -2" {
		t.Errorf("the ledger says %s", got)
	}
	d.CheckBooks()
}

// What cannot be counted is named, and writes nothing.
func TestBadCountsNameTheirField(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	s, foreign := d.shelf("one", 10), d.shelf("two", 10)
	key := d.key(shop.NewAPIKey{Role: shop.RoleMerchant, MerchantID: s.merchant, Name: "counter"})
	for _, c := range []struct{ key, body, field string }{
		{key, `{}`, "locationId"},
		{key, `{"locationId":777}`, "locationId"},
		{key, fmt.Sprintf(`{"locationId":%d}`, foreign.location), "locationId"},
		{key, fmt.Sprintf(`{"locationId":%d,"merchantId":%d}`, foreign.location, foreign.merchant), "merchantId"},
		{d.admin(), fmt.Sprintf(`{"locationId":%d}`, s.location), "merchantId"},
		{key, fmt.Sprintf(`{"locationId":%d,"bins":"nowhere"}`, s.location), "bins"},
		{key, fmt.Sprintf(`{"locationId":%d,"bins":%q}`, s.location, strings.Repeat("x", 33)), "bins"},
	} {
		names(t, d.post(c.key, "/count-sheets", c.body).want(422), c.field)
	}
	id := d.post(key, "/count-sheets", fmt.Sprintf(`{"locationId":%d}`, s.location)).want(201).object()["id"]
	before := d.rows()
	many := strings.Repeat(`{"skuId":1,"counted":1},`, 500)
	for body, field := range map[string]string{
		`{}`:            "counts",
		`{"counts":[]}`: "counts",
		fmt.Sprintf(`{"counts":[{"skuId":%d,"counted":-1}]}`, s.sku):                               "counts[0].counted",
		fmt.Sprintf(`{"counts":[{"skuId":%d,"counted":1000000001}]}`, s.sku):                       "counts[0].counted",
		fmt.Sprintf(`{"counts":[{"skuId":%d,"counted":9223372036854775808}]}`, s.sku):              "counts[0].counted",
		fmt.Sprintf(`{"counts":[{"skuId":%d}]}`, s.sku):                                            "counts[0].counted",
		fmt.Sprintf(`{"counts":[{"skuId":%d,"counted":1},{"skuId":777,"counted":1}]}`, s.sku):      "counts[1].skuId",
		fmt.Sprintf(`{"counts":[{"skuId":%d,"counted":1}]}`, foreign.sku):                          "counts[0].skuId",
		fmt.Sprintf(`{"counts":[{"skuId":%[1]d,"counted":1},{"skuId":%[1]d,"counted":2}]}`, s.sku): "counts[1].skuId",
		`{"counts":[` + many + `{"skuId":1,"counted":1}]}`:                                         "counts",
	} {
		names(t, d.do(request{key: key, method: "PUT", path: fmt.Sprintf("/count-sheets/%v/counts", id), body: body}).want(422), field)
	}
	if after := d.rows(); after != before {
		t.Errorf("rows were %s, are %s", before, after)
	}
	if n := d.Int(`SELECT count(*) FROM stock_count_lines WHERE counted IS NOT NULL`); n != 0 {
		t.Errorf("%d refused counts were written down", n)
	}
}

func TestCountSheetsAreReadPageByPage(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	s := d.shelf("one", 10)
	key := d.key(shop.NewAPIKey{Role: shop.RoleMerchant, MerchantID: s.merchant, Name: "counter"})
	var want []string
	for range 5 {
		want = append([]string{fmt.Sprint(d.post(key, "/count-sheets", fmt.Sprintf(`{"locationId":%d}`, s.location)).want(201).object()["id"])}, want...)
	}
	var got []string
	for path := "/count-sheets?limit=2"; path != ""; {
		page := d.get(key, path).want(200).object()
		for _, row := range page["data"].([]any) {
			got = append(got, fmt.Sprint(object(row)["id"]))
		}
		path = ""
		if next := page["nextCursor"]; next != nil {
			path = fmt.Sprintf("/count-sheets?limit=2&cursor=%v", next)
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("pages hold %v, want %v", got, want)
	}
	names(t, d.get(key, "/count-sheets?cursor=zz").want(422), "cursor")
}
