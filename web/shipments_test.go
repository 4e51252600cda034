package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"waybill/adapters/simulatedcarrier"
	"waybill/shop"
	"waybill/views/urls"
)

// packed is another order of the trader, packed and weighed.
func (tr trader) packed(email string) shop.OrderID {
	tr.t.Helper()
	id := tr.paid(email)
	tr.Packed(id, tr.user)
	tr.Exec(`UPDATE fulfillments SET weight_grams = 900 WHERE order_id = $1`, int64(id))
	return id
}

// shipmentOf is the shipment of an order's first parcel.
func (tr trader) shipmentOf(id shop.OrderID) shop.Shipment {
	tr.t.Helper()
	order, err := tr.Store.OrderByID(tr.t.Context(), id, shop.OrderScope{})
	if err != nil || len(order.Shipments) == 0 {
		tr.t.Fatalf("shipments of %s: %+v, %v", id.Number(), order.Shipments, err)
	}
	return order.Shipments[0]
}

// labelled is a packed order with a label.
func (tr trader) labelled(email string) (shop.OrderID, shop.Shipment) {
	tr.t.Helper()
	id := tr.packed(email)
	if w := tr.post(urls.MerchantLabel(id.Number()), "parcel", "1", "service", "simulated/express", "key", email); w.Code != http.StatusSeeOther {
		tr.t.Fatalf("the label: %d %s", w.Code, w.Body)
	}
	return id, tr.shipmentOf(id)
}

// sent makes a trader own one of everything that leaves the house, and returns the ids.
func (tr trader) sent() (shipment, manifest, box string) {
	tr.t.Helper()
	_, s := tr.labelled("sent@example.com")
	if w := tr.post(urls.MerchantHandOver(), "id", strconv.FormatInt(s.ID, 10)); w.Code != http.StatusSeeOther {
		tr.t.Fatalf("the hand-over: %d %s", w.Code, w.Body)
	}
	if w := tr.post(urls.MerchantBoxes(), "name", "M", "length", "300", "width", "200", "height", "150", "tare", "90", "hotkey", "2"); w.Code != http.StatusSeeOther {
		tr.t.Fatalf("the box: %d %s", w.Code, w.Body)
	}
	return strconv.FormatInt(s.ID, 10), tr.Text(`SELECT manifest_id::text FROM shipments WHERE id = $1`, s.ID),
		tr.Text(`SELECT id::text FROM boxes WHERE merchant_id = $1`, tr.user.MerchantID)
}

func TestThePackingTableSplitsWeighsAndLabels(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tr := newTrader(s, "tea")
	_, _, box := tr.sent()
	number := tr.number()
	tr.post(urls.MerchantClaim(number))
	tr.post(urls.MerchantPick(number, 1), "parcel", "1", "all", "1")
	mustContain(t, tr.get(urls.MerchantPack(number, 1)).Body.String(), []string{"Weight (kg)", `data-key="2"`, "300 × 200 × 150 mm"}, "Not everything fits")
	if w := tr.get(urls.MerchantLabelPDF(number, 1, "")); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("the label of a parcel that is not packed answers %d", w.Code)
	}
	refused := [][]string{
		{"weight", "0"}, {"weight", "71"}, {"weight", "heavy"}, {"weight", "-1"}, {"box", "999999"}, {"box", "x"}, {"box", box, "weight", "0.01"},
		{"units[1]", "2"}, {"units[1]", "-1"}, {"units[1]", "0"}, {"units[9]", "1"}, {"units[1]", "one"},
	}
	for _, fields := range refused {
		w := tr.post(urls.MerchantPack(number, 1), append([]string{"parcel", "1"}, fields...)...)
		if w.Code != http.StatusUnprocessableEntity || tr.state() != "processing picked" {
			t.Errorf("%v: %d, and the order is %s", fields, w.Code, tr.state())
		}
	}
	for range 2 { // a double click
		if w := tr.post(urls.MerchantPack(number, 1), "parcel", "1", "box", box, "weight", "1.25 kg"); w.Code != http.StatusSeeOther {
			t.Fatalf("packing: %d %s", w.Code, w.Body)
		}
	}
	page := tr.get(urls.MerchantPack(number, 1)).Body.String()
	mustContain(t, page, []string{"Simulated Post Express", "Buy label", "1.25"})
	for _, fields := range [][]string{{}, {"service", "pigeon/fast"}, {"service", "simulated/express", "with", "nonsense"}, {"service", "simulated/express", "weight", "0"}} {
		w := tr.post(urls.MerchantLabel(number), append([]string{"parcel", "1", "key", "bad"}, fields...)...)
		if w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%v: %d", fields, w.Code)
		}
	}
	for range 2 {
		if w := tr.post(urls.MerchantLabel(number), "parcel", "1", "service", "simulated/express", "key", "one"); w.Code != http.StatusSeeOther {
			t.Fatalf("the label: %d %s", w.Code, w.Body)
		}
	}
	if labels := s.Int(`SELECT count(*) FROM simulated_carrier.labels`); labels != 2 { // that of sent, and this
		t.Errorf("%d labels were bought", labels)
	}
	if w := tr.post(urls.MerchantShip(number), "parcel", "1", "carrier", "DHL", "tracking", "0034043416"); w.Code != http.StatusConflict {
		t.Errorf("a second way to send it answers %d", w.Code)
	}
	if w := tr.post(urls.MerchantLabel(number), "parcel", "1", "service", "simulated/express", "key", "two"); w.Code != http.StatusConflict {
		t.Errorf("a second label answers %d", w.Code)
	}
}

func TestWhatIsPrintedIsPDF(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tr := newTrader(s, "tea")
	id, shipment := tr.labelled("ada@example.com")
	_, manifest, _ := tr.sent()
	manifestID, err := strconv.ParseInt(manifest, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	ids := "?id=" + strconv.FormatInt(shipment.ID, 10)
	for _, path := range []string{
		urls.MerchantLabelPDF(id.Number(), 1, "4x6"), urls.MerchantLabelPDF(id.Number(), 1, "a6"), urls.MerchantSlipPDF(id.Number(), 1, ""), urls.MerchantSlipPDF(id.Number(), 1, "a4"),
		urls.MerchantLabelsPDF() + ids, urls.MerchantSlipsPDF() + ids, urls.MerchantManifestPDF(manifestID),
	} {
		w := tr.get(path)
		if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/pdf" || !strings.HasPrefix(w.Body.String(), "%PDF-") {
			t.Errorf("%s: %d %s", path, w.Code, w.Header().Get("Content-Type"))
		}
	}
	for path, want := range map[string]int{
		urls.MerchantLabelPDF(id.Number(), 1, "a3"): 422, urls.MerchantSlipPDF(id.Number(), 1, "a3"): 422, urls.MerchantLabelPDF(id.Number(), 2, ""): 404,
		urls.MerchantLabelsPDF(): 422, urls.MerchantLabelsPDF() + "?id=x": 404, urls.MerchantLabelsPDF() + "?" + strings.Repeat("id=1&", shop.MaxHandover+1): 413,
	} {
		if w := tr.get(path); w.Code != want {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
	}
}

func TestALabelIsTakenBackAndHandedOverOnThePages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tr := newTrader(s, "tea")
	id, shipment := tr.labelled("ada@example.com")
	mustContain(t, tr.get(urls.MerchantShipments("ready")).Body.String(), []string{id.Number(), shipment.TrackingNumber, "Ready for the carrier"})
	if w := tr.post(urls.MerchantShipmentVoid(shipment.ID)); w.Code != http.StatusSeeOther {
		t.Fatalf("taking it back: %d %s", w.Code, w.Body)
	}
	mustContain(t, tr.get(urls.MerchantShipments("ready")).Body.String(), []string{"No label waits for a carrier"}, shipment.TrackingNumber)
	if w := tr.post(urls.MerchantHandOver(), "id", strconv.FormatInt(shipment.ID, 10)); w.Code != http.StatusConflict {
		t.Errorf("handing over a label that was taken back answers %d", w.Code)
	}
	if w := tr.post(urls.MerchantHandOver()); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("handing over nothing answers %d", w.Code)
	}
	manual := []string{"parcel", "1", "carrier", "DHL", "tracking", "0034 0434 1610", "key", "by hand"}
	if w := tr.post(urls.MerchantLabel(id.Number()), manual...); w.Code != http.StatusSeeOther {
		t.Fatalf("a label from elsewhere: %d %s", w.Code, w.Body)
	}
	again := tr.Int(`SELECT shipment_id FROM fulfillments WHERE order_id = $1`, int64(id))
	if w := tr.post(urls.MerchantHandOver(), "id", strconv.FormatInt(again, 10)); w.Code != http.StatusSeeOther {
		t.Fatalf("handing over: %d %s", w.Code, w.Body)
	}
	if got := tr.Text(`SELECT status FROM orders WHERE id = $1`, int64(id)); got != "shipped" {
		t.Errorf("the order is %s", got)
	}
	if w := tr.post(urls.MerchantShipmentVoid(again)); w.Code != http.StatusConflict {
		t.Errorf("taking it back from the carrier answers %d", w.Code)
	}
	if w := tr.post(urls.MerchantShipmentResolve(again), "answer", "refunded"); w.Code != http.StatusConflict {
		t.Errorf("answering no problem answers %d", w.Code)
	}
	tr.Exec(`UPDATE shipments SET problem = 'late', problem_at = now() WHERE id = $1`, again)
	mustContain(t, tr.get(urls.MerchantShipments("late")).Body.String(), []string{id.Number(), "Late"})
	if w := tr.post(urls.MerchantShipmentResolve(again), "answer", "wished away"); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("an answer that is none: %d", w.Code)
	}
	if w := tr.post(urls.MerchantShipmentResolve(again), "answer", "settled with the customer", "note", "by phone"); w.Code != http.StatusSeeOther {
		t.Errorf("answering: %d", w.Code)
	}
	mustContain(t, tr.get(urls.MerchantShipments("late")).Body.String(), []string{"Nothing is wrong"})
}

func TestCarriersTellByWebhook(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tr := newTrader(s, "tea")
	id, shipment := tr.labelled("ada@example.com")
	now := s.Store.Now()
	tell := func(path, signature string, body []byte) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(string(body)))
		r.Header.Set("Waybill-Signature", signature)
		w := httptest.NewRecorder()
		s.handler.ServeHTTP(w, r)
		return w
	}
	message := func(number string, kind shop.TrackingKind) []byte {
		body, err := simulatedcarrier.Message([]shop.TrackingEvent{{ID: "e-" + string(kind), TrackingNumber: number, Kind: kind, OccurredAt: now.Add(-time.Minute)}})
		if err != nil {
			t.Fatal(err)
		}
		return body
	}
	path := urls.CarrierWebhook(simulatedcarrier.Name)
	arrived := message(shipment.TrackingNumber, shop.TrackDelivered)
	unknown := message("SP000000000000", shop.TrackDelivered)
	for _, c := range []struct {
		name, path, signature string
		body                  []byte
		status                int
		says                  string
	}{
		{"no such carrier", urls.CarrierWebhook("pigeon"), "", arrived, 404, "not connected"},
		{"not signed", path, "", arrived, 400, "not signed"},
		{"badly signed", path, simulatedcarrier.Sign("wrong", arrived, now), arrived, 400, "does not fit"},
		{"too old", path, simulatedcarrier.Sign(carrierSecret, arrived, now.Add(-time.Hour)), arrived, 400, "too old"},
		{"no JSON", path, simulatedcarrier.Sign(carrierSecret, []byte("?"), now), []byte("?"), 422, "cannot be read"},
		{"not one of ours", path, simulatedcarrier.Sign(carrierSecret, unknown, now), unknown, 200, "SP000000000000"},
		{"news", path, simulatedcarrier.Sign(carrierSecret, arrived, now), arrived, 200, `"news":1`},
		{"the same again", path, simulatedcarrier.Sign(carrierSecret, arrived, now), arrived, 200, `"news":0`},
	} {
		if w := tell(c.path, c.signature, c.body); w.Code != c.status || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%s: %d %s", c.name, w.Code, w.Body)
		}
	}
	if got := tr.Text(`SELECT status FROM orders WHERE id = $1`, int64(id)); got != "delivered" {
		t.Errorf("the order is %s", got)
	}
	buyer := s.as(s.User("buyer@example.com", shop.RoleCustomer, 0, tr.Int(`SELECT customer_id FROM orders WHERE id = $1`, int64(id))))
	mustContain(t, buyer.get(urls.AccountOrder(id.Number())).Body.String(), []string{shipment.TrackingNumber, "Where it has been", "Delivered"})
	if events := s.Int(`SELECT count(*) FROM order_events WHERE order_id = $1 AND kind = 'delivered'`, int64(id)); events != 1 {
		t.Errorf("it was delivered %d times", events)
	}
}

func TestBoxesAreKeptOnTheirPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tr := newTrader(s, "tea")
	_, _, box := tr.sent()
	good := url.Values{"name": {"L"}, "length": {"400"}, "width": {"300"}, "height": {"200"}, "tare": {"150"}, "hotkey": {"3"}}
	for field, values := range map[string][]string{
		"name": {"", "m", strings.Repeat("x", shop.MaxBoxName+1)}, "length": {"", "0", "-1", "3001", "1.5", "99999999999"}, "width": {"x"}, "height": {"0"}, "tare": {"-1", "70001"}, "hotkey": {"2", "10", "x"},
	} {
		for _, value := range values {
			var fields []string
			for name := range good {
				fields = append(fields, name, good.Get(name))
				if name == field {
					fields[len(fields)-1] = value
				}
			}
			if w := tr.post(urls.MerchantBoxes(), fields...); w.Code != http.StatusUnprocessableEntity {
				t.Errorf("%s %q: %d", field, value, w.Code)
			}
		}
	}
	id, err := strconv.ParseInt(box, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	if w := tr.post(urls.MerchantBox(id), "name", "Medium", "length", "310", "width", "200", "height", "150", "tare", "95", "hotkey", ""); w.Code != http.StatusSeeOther {
		t.Errorf("changing: %d %s", w.Code, w.Body)
	}
	mustContain(t, tr.get(urls.MerchantBoxes()).Body.String(), []string{"Medium", "310 × 200 × 150 mm"})
	for range 2 {
		if w := tr.post(urls.MerchantBoxRetire(id)); w.Code != http.StatusSeeOther {
			t.Errorf("retiring: %d", w.Code)
		}
	}
	tr.get(urls.MerchantBoxes()) // says that it is out of use
	mustContain(t, tr.get(urls.MerchantBoxes()).Body.String(), []string{"No boxes yet"}, "Medium")
}
