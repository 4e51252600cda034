package web_test

import (
	"net/http"
	"strconv"
	"testing"

	"waybill/views/urls"
)

// The button stands where the mistake is seen, counts down without a script's help, and is gone with the carrier's scan.
func TestAHandOverIsTakenBackOnItsPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tr := newTrader(s, "tea")
	id, shipment := tr.labelled("ada@example.com")
	hand := func() {
		t.Helper()
		if w := tr.post(urls.MerchantHandOver(), "id", strconv.FormatInt(shipment.ID, 10)); w.Code != http.StatusSeeOther {
			t.Fatalf("the hand-over: %d %s", w.Code, w.Body)
		}
	}
	hand()
	manifest := tr.Int(`SELECT manifest_id FROM shipments WHERE id = $1`, shipment.ID)
	undo := []string{`data-key="u"`, `role="timer"`, "Time left", "to take it back", "data-until=", "9\u00a0min"}
	for _, page := range []string{urls.MerchantShipment(shipment.ID), urls.MerchantOrder(id.Number()), urls.MerchantPack(id.Number(), 1)} {
		mustContain(t, tr.page(page), append(undo, urls.MerchantShipmentUndo(shipment.ID)))
	}
	mustContain(t, tr.page(urls.MerchantShipments("in_transit")), append(undo, urls.MerchantManifestUndo(manifest)))
	if w := tr.post(urls.MerchantManifestUndo(manifest)); w.Code != http.StatusSeeOther {
		t.Fatalf("undo answers %d %s", w.Code, w.Body)
	}
	mustContain(t, tr.page(urls.MerchantShipments("ready")), []string{"Taken back: 1 shipment", "Hand over", ", taken back"}, urls.MerchantManifestUndo(manifest))
	mustContain(t, tr.page(urls.MerchantOrder(id.Number())), []string{"Taken back", "Picking and packing"})
	hand()
	tr.Exec(`INSERT INTO shipment_events (shipment_id, event_id, kind, occurred_at, recorded_at, place) VALUES ($1, 'x', 'accepted', now(), now(), 'Depot 7')`, shipment.ID)
	mustContain(t, tr.page(urls.MerchantShipment(shipment.ID)), nil, urls.MerchantShipmentUndo(shipment.ID))
	w := tr.post(urls.MerchantShipmentUndo(shipment.ID))
	if w.Code != http.StatusConflict {
		t.Errorf("after the scan undo answers %d", w.Code)
	}
	mustContain(t, w.Body.String(), []string{"scanned this parcel", "(Depot 7)", "Below is the shipment as it is now"})
	again := tr.post(urls.MerchantManifestUndo(tr.Int(`SELECT manifest_id FROM shipments WHERE id = $1`, shipment.ID)))
	if again.Code != http.StatusConflict {
		t.Errorf("after the scan undo of the manifest answers %d", again.Code)
	}
	mustContain(t, again.Body.String(), []string{"scanned this parcel"})
}

func TestAParcelIsOpenedAgainOnItsPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tr := newTrader(s, "tea")
	id := tr.packed("ada@example.com")
	pack := urls.MerchantPack(id.Number(), 1)
	mustContain(t, tr.page(pack), []string{"Undo: open it again", `data-key="u"`, "data-until="})
	if w := tr.post(urls.MerchantUnpack(id.Number()), "parcel", "1"); w.Code != http.StatusSeeOther || w.Header().Get("Location") != pack {
		t.Fatalf("opening answers %d to %s", w.Code, w.Header().Get("Location"))
	}
	mustContain(t, tr.page(pack), []string{"The parcel is open again.", "Seal the parcel"}, "Undo: open it again")
	late := tr.packed("eve@example.com")
	tr.Exec(`UPDATE fulfillments SET unpack_until_at = now() - interval '1 second' WHERE order_id = $1`, int64(late))
	w := tr.post(urls.MerchantUnpack(late.Number()), "parcel", "1")
	if w.Code != http.StatusConflict {
		t.Errorf("after the time opening answers %d", w.Code)
	}
	mustContain(t, w.Body.String(), []string{"The time to open this parcel again ended", "Cancel the parcel, and its units are picked again"})
}

func TestTheTimeToUndoIsASetting(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tr := newTrader(s, "tea")
	mustContain(t, tr.page(urls.MerchantPromise()), []string{"Minutes to take back", `value="10"`})
	for _, typed := range []string{"", "-1", "61", "ten", "1.5"} {
		w := tr.post(urls.MerchantPromiseUndo(), "undo", typed)
		if w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%q answers %d", typed, w.Code)
		}
		mustContain(t, w.Body.String(), []string{"Enter 0 to 60 minutes."})
	}
	if w := tr.post(urls.MerchantPromiseUndo(), "undo", " 0 "); w.Code != http.StatusSeeOther {
		t.Errorf("0 answers %d", w.Code)
	}
	id, shipment := tr.labelled("ada@example.com")
	tr.post(urls.MerchantHandOver(), "id", strconv.FormatInt(shipment.ID, 10))
	mustContain(t, tr.page(urls.MerchantOrder(id.Number())), nil, urls.MerchantShipmentUndo(shipment.ID))
	if terms, err := tr.Store.ShipTerms(t.Context(), tr.user.MerchantID); err != nil || terms.Undo != 0 {
		t.Errorf("the terms say %v, %v", terms.Undo, err)
	}
}
