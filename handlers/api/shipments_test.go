package api_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"waybill/adapters/simulatedcarrier"
	"waybill/shop"
)

// shipments draws the answers of boxes with labels. One is left ready, and one parcel packed without a label.
func (w *walk) shipments() {
	me := as(w.sender())
	packed := func() string {
		f := w.paidOrder(1)
		w.post(w.admin, f+"/claim", "", me).want(200)
		w.post(w.admin, f+"/pick", `{"all":true}`, me).want(200)
		w.post(w.admin, f+"/pack", `{"weightGrams":850}`, me).want(200)
		return strings.TrimPrefix(f, "/fulfillments/")
	}
	label := func(id string) answered {
		return w.post(w.admin, "/shipments", fmt.Sprintf(`{"fulfillmentIds":[%q],"carrierKey":%q,"service":"standard"}`, id, simulatedcarrier.Name), me)
	}
	void := func(a answered) answered {
		return w.post(w.admin, fmt.Sprintf("/shipments/%v/void", a.object()["id"]), "", me)
	}
	handOver := func(a answered) answered {
		return w.post(w.admin, "/shipments/hand-over", fmt.Sprintf(`{"shipmentIds":[%v]}`, a.object()["id"]), me)
	}
	w.carrier.silent.Store(true)
	unanswered := label(packed()).want(202)
	w.carrier.silent.Store(false)
	for _, sheet := range []string{"label.pdf", "packing-slips.pdf"} {
		w.get(w.admin, fmt.Sprintf("/shipments/%v/%s", unanswered.object()["id"], sheet)).want(409)
	}
	handOver(unanswered).want(409)
	void(unanswered).want(409)
	slow := label(packed()).want(201)
	w.carrier.silent.Store(true)
	void(slow).want(202)
	w.carrier.silent.Store(false)
	void(label(packed()).want(201)).want(200)
	gone := label(packed()).want(201)
	handOver(gone).want(200)
	w.undo(gone, packed())
	again := packed()
	label(again).want(201)
	label(again).want(409)
	w.get(w.admin, "/fulfillments/"+again+"/rates").want(409)
	packed()
	w.lostParcels(func() string {
		sent := label(packed()).want(201)
		handOver(sent).want(200)
		return fmt.Sprintf("/shipments/%v", sent.object()["id"])
	})
}

// undo takes back a box that is gone, and a packing; then both are too late.
func (w *walk) undo(gone answered, packed string) {
	me := as(w.sender())
	body := fmt.Sprintf(`{"shipmentIds":[%v]}`, gone.object()["id"])
	w.post(w.admin, "/shipments/undo-hand-over", body, me).want(200)
	w.post(w.admin, "/shipments/hand-over", body, me).want(200)
	w.Exec(`UPDATE shipments SET undo_until_at = now() - interval '1 minute' WHERE id = $1`, w.Int(`SELECT max(id) FROM shipments`))
	w.post(w.admin, "/shipments/undo-hand-over", body, me).want(409)
	path := "/fulfillments/" + packed
	w.post(w.admin, path+"/unpack", "", me).want(200)
	w.post(w.admin, path+"/pack", "", me).want(200)
	w.Exec(`UPDATE fulfillments SET unpack_until_at = now() - interval '1 minute' WHERE order_id || '-' || no = $1`, packed)
	w.post(w.admin, path+"/unpack", "", me).want(409)
}

// lostParcels draws what becomes of boxes that their carrier lost.
func (w *walk) lostParcels(send func() string) {
	me := as(w.sender())
	lost := func() string {
		path := send()
		w.Exec(`UPDATE shipments SET status = 'lost', problem = 'lost', problem_at = now(), watch_at = NULL WHERE id = $1`, path[len("/shipments/"):])
		return path
	}
	fine := send()
	w.post(w.admin, fine+"/reship", "", me).want(409)
	w.post(w.admin, fine+"/claims", `{"amount":1.00}`, me).want(409)
	w.post(w.admin, fine+"/resolve", text(exampleOf("resolveShipment")), me).want(409)
	gone := lost()
	claim := w.post(w.admin, gone+"/claims", text(exampleOf("openCarrierClaim")), me).want(201)
	w.post(w.admin, gone+"/claims", `{"amount":1.00}`, me).want(409)
	decision := fmt.Sprintf("/carrier-claims/%v/decision", claim.object()["id"])
	w.post(w.admin, decision, text(exampleOf("decideCarrierClaim")), me).want(200)
	w.post(w.admin, decision, `{"outcome":"denied","note":"too late"}`, me).want(409)
	w.post(w.admin, gone+"/resolve", `{"outcome":"refunded"}`, me).want(409) // nobody was
	w.post(w.admin, gone+"/reship", "", me).want(201)
	w.post(w.admin, lost()+"/resolve", text(exampleOf("resolveShipment")), me).want(200)
}

// packed is a packed parcel, as the id of its fulfillment.
func (s *station) packed(units int) string {
	s.t.Helper()
	f := s.parcel(units)
	s.post(s.key, f+"/claim", "", as(s.ann)).want(200)
	s.post(s.key, f+"/pick", `{"all":true}`, as(s.ann)).want(200)
	s.post(s.key, f+"/pack", `{"weightGrams":850}`, as(s.ann)).want(200)
	return strings.TrimPrefix(f, "/fulfillments/")
}

// A box holds what goes to one place; its label is bought at the offered price, can be taken back until it is handed over,
// and everything inside leaves with it.
func TestABoxGoesFromRateToHandOver(t *testing.T) {
	t.Parallel()
	s := newStation(t)
	one, two := s.packed(1), s.packed(2)
	rates := s.get(s.key, "/fulfillments/"+one+"/rates?weightGrams=1700").want(200).object()["data"].([]any)
	if len(rates) == 0 {
		t.Fatal("nobody takes it")
	}
	rate := object(rates[0])
	body := fmt.Sprintf(`{"fulfillmentIds":[%q,%q],"carrierKey":%q,"service":%q}`, one, two, rate["carrierKey"], rate["service"])
	made := s.post(s.key, "/shipments", body, as(s.ann), "Idempotency-Key: box").want(201)
	again := s.post(s.key, "/shipments", body, as(s.ann), "Idempotency-Key: box").want(201)
	shipment := made.object()
	if text(again.object()) != text(shipment) || again.Header.Get("Idempotent-Replayed") != "true" || made.Header.Get("Location") != fmt.Sprintf("/api/v1/shipments/%v", shipment["id"]) {
		t.Errorf("once: %s\ntwice: %s", made.Body, again.Body)
	}
	if shipment["status"] != "ready" || text(shipment["cost"]) != text(rate["cost"]) || fmt.Sprint(shipment["weightGrams"]) != "1700" || len(shipment["fulfillmentIds"].([]any)) != 2 {
		t.Errorf("the shipment is %s", made.Body)
	}
	path := fmt.Sprintf("/shipments/%v", shipment["id"])
	pdf := s.get(s.key, path+"/label.pdf?size=a6").want(200)
	if pdf.Header.Get("Content-Disposition") != fmt.Sprintf(`attachment; filename="label-%v.pdf"`, shipment["id"]) {
		t.Errorf("the label is offered as %s", pdf.Header.Get("Content-Disposition"))
	}
	s.get(s.key, path+"/packing-slips.pdf").want(200)
	names(t, s.get(s.key, path+"/label.pdf?size=a5").want(422), "size")
	names(t, s.get(s.key, path+"/packing-slips.pdf?paper=a5").want(422), "paper")
	s.post(s.key, path+"/void", "", as(s.bob)).want(200)
	s.get(s.key, path+"/label.pdf").want(409)
	second := s.post(s.key, "/shipments", body, as(s.ann), "Idempotency-Key: second").want(201).object()
	gone := fmt.Sprintf(`{"shipmentIds":[%v]}`, second["id"])
	first := s.post(s.key, "/shipments/hand-over", gone, as(s.bob), "Idempotency-Key: gone").want(200)
	repeated := s.post(s.key, "/shipments/hand-over", gone, as(s.bob), "Idempotency-Key: gone").want(200)
	if string(first.Body) != string(repeated.Body) || repeated.Header.Get("Idempotent-Replayed") != "true" || len(first.object()["manifestIds"].([]any)) != 1 {
		t.Errorf("handed over: %s\nagain: %s", first.Body, repeated.Body)
	}
	for _, id := range []string{one, two} {
		if got := s.get(s.key, "/fulfillments/"+id).want(200).object(); got["status"] != "shipped" || got["trackingNumber"] != second["trackingNumber"] {
			t.Errorf("handed over, %s is %v", id, got)
		}
	}
	s.post(s.key, fmt.Sprintf("/shipments/%v/void", second["id"]), "", as(s.bob)).want(409)
	s.CheckBooks()
}

// Programs take back what people can: for as long as the answers say, once for each key, and told what else can be done when
// it is too late.
func TestProgramsTakeBack(t *testing.T) {
	t.Parallel()
	s := newStation(t)
	id := s.packed(2)
	path := "/fulfillments/" + id
	until, err := time.Parse(time.RFC3339, fmt.Sprint(s.get(s.key, path).want(200).object()["unpackUntil"]))
	if left := time.Until(until); err != nil || left <= 0 || left > shop.DefaultUndo {
		t.Errorf("it can be opened until %v, %v", until, err)
	}
	open := s.post(s.key, path+"/unpack", "", as(s.bob), "Idempotency-Key: open").want(200)
	if got := open.object(); got["status"] != "picked" || got["unpackUntil"] != nil || object(got["holder"])["workerId"] != json.Number(fmt.Sprint(s.ann.ID)) {
		t.Errorf("opened: %s", open.Body)
	}
	s.post(s.key, path+"/pack", `{"weightGrams":850}`, as(s.ann)).want(200)
	if again := s.post(s.key, path+"/unpack", "", as(s.bob), "Idempotency-Key: open").want(200); again.Header.Get("Idempotent-Replayed") != "true" || again.object()["status"] != "packed" {
		t.Errorf("the same request once more opens it again: %s", again.Body)
	}
	made := s.post(s.key, "/shipments", fmt.Sprintf(`{"fulfillmentIds":[%q],"carrierKey":%q,"service":"standard"}`, id, simulatedcarrier.Name), as(s.ann)).want(201).object()
	says(t, s.post(s.key, path+"/unpack", "", as(s.ann)).want(409), "Take the label back, then open the parcel.")
	body := fmt.Sprintf(`{"shipmentIds":[%v]}`, made["id"])
	gone := object(s.post(s.key, "/shipments/hand-over", body, as(s.ann)).want(200).object()["shipments"].([]any)[0])
	if until, err := time.Parse(time.RFC3339, fmt.Sprint(gone["undoUntil"])); err != nil || time.Until(until) <= 0 {
		t.Errorf("it can be taken back until %v, %v", gone["undoUntil"], err)
	}
	back := s.post(s.key, "/shipments/undo-hand-over", body, as(s.bob), "Idempotency-Key: back").want(200)
	if got := back.object(); fmt.Sprint(got["takenBack"]) != "1" || object(got["shipments"].([]any)[0])["status"] != "ready" {
		t.Errorf("taken back: %s", back.Body)
	}
	if none := s.post(s.key, "/shipments/undo-hand-over", body, as(s.bob)).want(200).object(); fmt.Sprint(none["takenBack"]) != "0" {
		t.Errorf("what was back came back once more: %v", none)
	}
	s.post(s.key, "/shipments/hand-over", body, as(s.ann)).want(200)
	if again := s.post(s.key, "/shipments/undo-hand-over", body, as(s.bob), "Idempotency-Key: back").want(200); again.Header.Get("Idempotent-Replayed") != "true" ||
		fmt.Sprint(again.object()["takenBack"]) != "1" || object(again.object()["shipments"].([]any)[0])["status"] != "in_transit" {
		t.Errorf("the same request once more takes back what left since: %s", again.Body)
	}
	number := fmt.Sprint(made["trackingNumber"])
	if _, err := s.Store.RecordTracking(t.Context(), simulatedcarrier.Name, number, []shop.TrackingEvent{{ID: "1", TrackingNumber: number, Kind: shop.TrackAccepted, OccurredAt: s.Store.Now(), Place: "Depot 7"}}); err != nil {
		t.Fatal(err)
	}
	says(t, s.post(s.key, "/shipments/undo-hand-over", body, as(s.ann)).want(409), "scanned this parcel a moment ago (Depot 7), so it cannot be taken back any more.")
	s.CheckBooks()
}

// says fails unless a problem's detail has the words.
func says(t *testing.T, a answered, words string) {
	t.Helper()
	if detail := fmt.Sprint(a.object()["detail"]); !strings.Contains(detail, words) {
		t.Errorf("the detail is %q, want %q", detail, words)
	}
}

// What the carrier told stands in order, and the order is delivered with it.
func TestTrackingIsListed(t *testing.T) {
	t.Parallel()
	s := newStation(t)
	made := s.post(s.key, "/shipments", fmt.Sprintf(`{"fulfillmentIds":[%q],"carrierKey":%q,"service":"standard"}`, s.packed(1), simulatedcarrier.Name), as(s.ann)).want(201).object()
	s.post(s.key, "/shipments/hand-over", fmt.Sprintf(`{"shipmentIds":[%v]}`, made["id"]), as(s.ann)).want(200)
	now, number := s.Store.Now(), fmt.Sprint(made["trackingNumber"])
	events := []shop.TrackingEvent{
		{ID: "2", TrackingNumber: number, Kind: shop.TrackDelivered, OccurredAt: now, Place: "Oakland, US", Text: "at the door"},
		{ID: "1", TrackingNumber: number, Kind: shop.TrackAccepted, OccurredAt: now.Add(-1e9)},
	}
	if _, err := s.Store.RecordTracking(t.Context(), simulatedcarrier.Name, number, events); err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, row := range s.get(s.key, fmt.Sprintf("/shipments/%v/events", made["id"])).want(200).object()["data"].([]any) {
		kinds = append(kinds, fmt.Sprint(object(row)["kind"]))
	}
	if got := strings.Join(kinds, " "); got != "accepted delivered" {
		t.Errorf("the carrier told %s", got)
	}
	for list, want := range map[string]int{"delivered": 1, "ready": 0, "in_transit": 0, "all": 1} {
		if got := s.get(s.key, "/shipments?list="+list).want(200).object()["data"].([]any); len(got) != want {
			t.Errorf("%s holds %d shipments, want %d", list, len(got), want)
		}
	}
}

func TestBadShipmentsNameTheirField(t *testing.T) {
	t.Parallel()
	s := newStation(t)
	id, open := s.packed(1), strings.TrimPrefix(s.parcel(1), "/fulfillments/")
	stranger := s.door.shelf("two", 5)
	foreign := s.Place(stranger.customer, stranger.address, stranger.sku).Orders[0].ID
	s.Confirm(foreign)
	before := s.rows()
	bought := func(ids string) string {
		return fmt.Sprintf(`{"fulfillmentIds":[%s],"carrierKey":"simulated","service":"standard"}`, ids)
	}
	for body, field := range map[string]string{
		`{}`:                                   "fulfillmentIds",
		bought(`"x"`):                          "fulfillmentIds[0]",
		bought(`1`):                            "fulfillmentIds[0]",
		bought(`"1-1"`):                        "fulfillmentIds[0]",
		bought(fmt.Sprintf(`"%d-1"`, foreign)): "fulfillmentIds[0]",
		bought(fmt.Sprintf(`%q`, open)):        "fulfillmentIds",
		bought(fmt.Sprintf(`%q,%q`, id, id)):   "fulfillmentIds",
		bought(strings.Repeat(`"1-1",`, 10) + `"1-2"`):                                                                    "fulfillmentIds",
		fmt.Sprintf(`{"fulfillmentIds":[%q],"carrierKey":"owls","service":"night"}`, id):                                  "service",
		fmt.Sprintf(`{"fulfillmentIds":[%q],"carrierKey":"simulated"}`, id):                                               "service",
		fmt.Sprintf(`{"fulfillmentIds":[%q],"service":"standard"}`, id):                                                   "service",
		fmt.Sprintf(`{"fulfillmentIds":[%q],"carrier":"Pigeon","trackingNumber":"12345"}`, id):                            "carrier",
		fmt.Sprintf(`{"fulfillmentIds":[%q],"carrier":"DHL"}`, id):                                                        "trackingNumber",
		fmt.Sprintf(`{"fulfillmentIds":[%q],"carrierKey":"simulated","service":"standard","trackingNumber":"12345"}`, id): "carrierKey",
		fmt.Sprintf(`{"fulfillmentIds":[%q],"carrier":"DHL","trackingNumber":"12345","weightGrams":-1}`, id):              "weightGrams",
		fmt.Sprintf(`{"fulfillmentIds":[%q],"carrier":"DHL","trackingNumber":"12345","boxId":999}`, id):                   "boxId",
	} {
		names(t, s.post(s.key, "/shipments", body, as(s.ann)).want(422), field)
	}
	names(t, s.post(s.key, "/shipments", bought(fmt.Sprintf(`%q`, id))).want(422), "Waybill-Worker")
	for body, field := range map[string]string{
		`{}`: "shipmentIds", `{"shipmentIds":[]}`: "shipmentIds", `{"shipmentIds":[1]}`: "shipmentIds", `{"shipmentIds":["x"]}`: "shipmentIds[0]",
		`{"shipmentIds":[` + strings.Repeat("1,", 200) + `1]}`: "shipmentIds",
	} {
		names(t, s.post(s.key, "/shipments/hand-over", body, as(s.ann)).want(422), field)
	}
	if after := s.rows(); after != before {
		t.Errorf("rows were %s, are %s", before, after)
	}
}
