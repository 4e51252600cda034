package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"waybill/shop"
	"waybill/views/urls"
)

// batch puts orders of the trader into a batch of theirs and returns its id.
func (tr trader) batch(orders ...shop.OrderID) int64 {
	tr.t.Helper()
	plan := shop.BatchPlan{MerchantID: tr.user.MerchantID, Kind: shop.BatchChosen, MaxParcels: shop.MaxBatchParcels, MaxUnits: shop.MaxBatchUnits}
	for _, id := range orders {
		plan.Chosen = append(plan.Chosen, shop.ParcelRef{OrderID: id, No: 1})
	}
	key, err := shop.NewIdempotencyKey("test", fmt.Sprint("batch of ", orders), plan)
	if err != nil {
		tr.t.Fatal(err)
	}
	batch, err := tr.Store.StartBatch(tr.t.Context(), shop.BatchCommand{BatchPlan: plan, Actor: tr.user.Actor(), RequestID: "test", Key: key})
	if err != nil {
		tr.t.Fatal(err)
	}
	return batch.ID
}

// scan scans as static/scan.js does.
func (tr trader) scan(key, code string, fields ...string) *httptest.ResponseRecorder {
	tr.t.Helper()
	form := url.Values{"key": {key}, "code": {code}}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, urls.MerchantScan(), strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("HX-Request", "true")
	r.Header.Set("HX-Request-Type", "partial")
	return tr.do(r)
}

func TestAParcelIsPickedAndPackedByScanning(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tr := newTrader(s, "tea")
	s.Bin(tr.sku, "A-1")
	s.Barcode(tr.sku, "4006381333931")
	number := tr.number()
	pick, pack := []string{"step", "pick", "parcel", number + "/1"}, []string{"step", "pack", "parcel", number + "/1"}
	if w := tr.scan("early", "TEA-1", pick...); w.Code != http.StatusConflict {
		t.Errorf("a scan before the claim answers %d", w.Code)
	}
	mustContain(t, tr.page(urls.MerchantPick(number, 1)), []string{"Claim it, then pick"}, "data-scan-board\" data")
	tr.post(urls.MerchantClaim(number))
	mustContain(t, tr.page(urls.MerchantPick(number, 1)), []string{"data-scan", "A-1", "4006381333931", "0 of 1 unit picked"})
	for _, step := range []struct {
		key, code string
		fields    []string
		want      []string
	}{
		{"1", "A-1", pick, []string{`data-tone="ok"`, "Right bin", "You are at this bin"}},
		{"2", "4006381333932", pick, []string{`data-tone="wrong"`, "Misread", "last digit would have to be 1", "Take 1 × Product TEA-1"}},
		{"3", "4006381333931", pick, []string{`data-tone="done"`, `data-go="` + urls.MerchantPack(number, 1) + `"`}},
		{"3", "4006381333931", pick, []string{`data-tone="done"`}}, // sent twice
		{"4", "4006381333931", pick, []string{`data-tone="wrong"`, "Already picked"}},
		{"5", "TEA-2", pack, []string{`data-tone="wrong"`, "Unknown code", "Still to scan: 1 × Product TEA-1"}},
		{"6", "tea-1", pack, []string{`data-tone="done"`, "All verified"}},
		{"7", "TEA-1", pack, []string{`data-tone="wrong"`, "One too many"}},
		{"8", number, pack, []string{"This is the parcel on the page"}},
	} {
		mustContain(t, tr.scan(step.key, step.code, step.fields...).Body.String(), step.want)
	}
	mustContain(t, tr.page(urls.MerchantPack(number, 1)), []string{"Every unit is verified"})
	if got := s.Text(`SELECT string_agg(step || ' ' || outcome, ', ' ORDER BY id) FROM scan_events`); got != "pick wrong, pick ok, pick wrong, pack wrong, pack ok, pack wrong" {
		t.Errorf("remembered: %s", got)
	}
	if w := tr.post(urls.MerchantPack(number, 1), "parcel", "1"); w.Code != http.StatusSeeOther {
		t.Errorf("packing answers %d", w.Code)
	}
	mustContain(t, tr.page(urls.MerchantScans()), []string{"33.3 %", "Misread", number, tr.user.Name})
}

func TestWithoutAScanItTakesAReason(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tr := newTrader(s, "tea")
	number := tr.number()
	tr.post(urls.MerchantScans(), "required", "yes")
	tr.post(urls.MerchantClaim(number))
	for _, page := range []string{urls.MerchantPick(number, 1), urls.MerchantPack(number, 1)} {
		w := tr.post(page, "parcel", "1", "all", "1")
		if w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s answers %d", page, w.Code)
		}
		mustContain(t, w.Body.String(), []string{"Scan the units, or say why they cannot be scanned."})
		if w := tr.post(page, "parcel", "1", "all", "1", "by_hand", "Barcode <b> gone"); w.Code != http.StatusSeeOther {
			t.Errorf("%s with a reason answers %d", page, w.Code)
		}
	}
	if got := s.Text(`SELECT string_agg(visibility || ' ' || (data->>'reason'), ', ') FROM order_events WHERE kind = 'by_hand'`); got != "staff Barcode <b> gone, staff Barcode <b> gone" {
		t.Errorf("the timeline says %s", got)
	}
	mustContain(t, tr.page(urls.MerchantScans()), []string{"Barcode &lt;b&gt; gone", "By hand"}, "<b> gone")
	tr.post(urls.MerchantScans(), "required", "no")
	other := tr.paid("other@example.com")
	s.Packed(other, tr.user)
}

func TestScansOpenWhatIsTheirs(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ours, theirs := newTrader(s, "tea"), newTrader(s, "lamps")
	s.Barcode(theirs.sku, "4006381333931")
	batch := ours.batch(ours.order)
	number := ours.number()
	wrong := number[:len(number)-1] + map[bool]string{true: "3", false: "2"}[strings.HasSuffix(number, "2")]
	queue := []string{"step", "queue"}
	for i, tt := range []struct {
		code   string
		fields []string
		want   string
	}{
		{number, queue, `data-go="` + urls.MerchantOrder(number) + `"`},
		{strings.ToLower(number) + "/1", queue, `data-go="` + urls.MerchantOrder(number) + `"`},
		{"TEA-1", queue, `data-go="` + urls.MerchantQueue() + `?q=TEA-1"`},
		{shop.BatchCode(batch), queue, `data-go="` + urls.MerchantBatch(batch) + `"`},
		{wrong, queue, "check character"},
		{theirs.number(), queue, "You have no order " + theirs.number()},
		{"4006381333931", queue, "None of your SKUs has the barcode 4006381333931"},
		{"LAMPS-1", queue, "Nothing of yours is called LAMPS-1"},
		{"BATCH-999", queue, "You have no batch 999"},
		{"gar\x02bage", queue, "cannot be read"},
		{"", queue, "Nothing was scanned"},
		{number, []string{"step", "pick", "batch", strconv.FormatInt(batch, 10)}, "Tote 1"},
		{"TEA-1", []string{"step", "pick", "parcel", theirs.number() + "/1"}, "There is no such order"},
		{"TEA-1", []string{"step", "pick", "batch", "999"}, "There is no such batch"},
	} {
		body := ours.scan(fmt.Sprint("scan ", i), tt.code, tt.fields...).Body.String()
		mustContain(t, body, []string{tt.want}, "Product LAMPS", "lamps.test")
	}
	if w := ours.scan("no step", "TEA-1"); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("a scan from nowhere answers %d", w.Code)
	}
	if n := s.Int(`SELECT count(*) FROM fulfillment_items WHERE picked > 0`); n != 0 {
		t.Errorf("%d lines were picked", n)
	}
	// Without script the form leads to the same places.
	w := ours.post(urls.MerchantScan(), "step", "queue", "key", "form", "code", number)
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != urls.MerchantOrder(number) {
		t.Errorf("the form leads to %q", w.Header().Get("Location"))
	}
	ours.post(urls.MerchantScan(), "step", "pick", "batch", strconv.FormatInt(batch, 10), "key", "form 2", "code", "junk")
	mustContain(t, ours.page(urls.MerchantBatch(batch)), []string{"Wrong: Unknown code. Nothing of yours is called junk."})
}

func TestABatchThroughThePages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tr := newTrader(s, "tea")
	second := tr.paid("second@example.com")
	mustContain(t, tr.page(urls.MerchantBatches()), []string{"No batches yet", "Build a batch"})
	mustContain(t, tr.page(urls.MerchantBatches()+"?kind=totes"), []string{"Start picking", "TEA-1", "Bins to walk to"})
	for query, want := range map[string]string{"?kind=zone&zone=Z": "The batch would be empty", "?kind=sku": "Enter the code of the SKU", "?kind=x": "Choose how", "?kind=totes&parcels=999": "A batch has 1 to 50 parcels", "?kind=chosen": "No parcel is ticked"} {
		w := tr.get(urls.MerchantBatches() + query)
		if w.Code != http.StatusUnprocessableEntity && w.Code != http.StatusConflict {
			t.Errorf("%s answers %d", query, w.Code)
		}
		mustContain(t, w.Body.String(), []string{want})
	}
	form := []string{"kind", "chosen", "key", "one", "parcel", tr.number() + "/1", "parcel", second.Number() + "/1"}
	w := tr.post(urls.MerchantBatches(), form...)
	address := w.Header().Get("Location")
	if again := tr.post(urls.MerchantBatches(), form...); w.Code != http.StatusSeeOther || again.Header().Get("Location") != address {
		t.Fatalf("%d to %q, then to %q", w.Code, address, again.Header().Get("Location"))
	}
	mustContain(t, tr.page(address), []string{"Tote", "Being picked", "0 of 2\u00a0units picked", tr.number(), second.Number()})
	mustContain(t, tr.page(address+"/print"), []string{"<svg", "BATCH-", "TEA-1", "data-print"})
	take := tr.number() + "/1:1:1 " + second.Number() + "/1:1:1"
	if w := tr.post(address, "take", take); w.Code != http.StatusSeeOther {
		t.Errorf("picking by hand answers %d", w.Code)
	}
	mustContain(t, tr.page(address), []string{"2\u00a0parcels are picked", urls.MerchantPack(tr.number(), 1)})
	if w := tr.get(address + "/print"); w.Code != http.StatusConflict {
		t.Errorf("printing a batch with nothing left answers %d", w.Code)
	}
	if w := tr.get(urls.MerchantPickPrint(tr.number(), 1)); w.Code != http.StatusConflict {
		t.Errorf("printing a picked parcel answers %d", w.Code)
	}
	third := tr.paid("third@example.com")
	empty := urls.MerchantBatch(tr.batch(third))
	if w := tr.post(empty + "/end"); w.Code != http.StatusSeeOther {
		t.Errorf("giving back answers %d", w.Code)
	}
	mustContain(t, tr.page(empty), []string{"This batch is empty", "Build another one"})
	if w := tr.get(empty + "/print"); w.Code != http.StatusConflict {
		t.Errorf("printing an empty batch answers %d", w.Code)
	}
	ben := s.as(s.User("ben@tea.test", shop.RoleMerchant, tr.user.MerchantID, 0))
	running := tr.batch(tr.paid("fourth@example.com"))
	mustContain(t, ben.page(urls.MerchantBatch(running)), []string{tr.user.Name + " picks this batch"}, "data-scan>")
}
