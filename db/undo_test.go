package db_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"waybill/db/dbtest/factory"
	"waybill/shop"
)

// gone is an order of so many units that was packed, labelled and handed over.
func (h *house) gone(units int64, tracking string) (shop.OrderID, shop.Shipment) {
	h.t.Helper()
	id := h.order(units)
	h.must(h.pack(id, 1, 0))
	s := h.label(tracking, ref(id, 1))
	if _, err := h.Store.HandOver(h.t.Context(), h.work(s.ID)); err != nil {
		h.t.Fatal(err)
	}
	s, err := h.Store.ShipmentByID(h.t.Context(), h.merchant, s.ID)
	h.must(err)
	return id, s
}

func (h *house) stock() (onHand, reserved int64) {
	return h.Int(`SELECT on_hand FROM stock_levels WHERE sku_id = $1`, h.sku), h.Int(`SELECT reserved FROM stock_levels WHERE sku_id = $1`, h.sku)
}

func (h *house) kinds(id shop.OrderID) string {
	var kinds []string
	for _, e := range h.detail(id).Events {
		kinds = append(kinds, string(e.Kind))
	}
	return strings.Join(kinds, " ")
}

func TestAHandOverIsTakenBackExactly(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.order(3)
	h.must(h.pack(id, 1, 2)) // two units in parcel 1, one in parcel 2
	h.must(h.pack(id, 2, 0))
	first, second := h.label("T-1", ref(id, 1)), h.label("T-2", ref(id, 2))
	onHand, reserved := h.stock()
	manifests, err := h.Store.HandOver(t.Context(), h.work(first.ID, second.ID))
	h.must(err)
	if order := h.detail(id); order.Status != shop.StatusShipped {
		t.Fatalf("the order is %s", order.Status)
	}
	back, err := h.Store.UndoHandOver(t.Context(), h.work(first.ID))
	if err != nil || back != 1 {
		t.Fatalf("%d came back, %v", back, err)
	}
	order := h.detail(id)
	if order.Status != shop.StatusProcessing || order.Fulfillments[0].Status != shop.FulfillmentPacked || order.Fulfillments[1].Status != shop.FulfillmentShipped {
		t.Errorf("the order is %s with parcels %s and %s", order.Status, order.Fulfillments[0].Status, order.Fulfillments[1].Status)
	}
	if f := order.Fulfillments[0]; f.TrackingNumber != "T-1" || f.ShipmentID != first.ID || !f.ShippedAt.IsZero() {
		t.Errorf("the parcel lost its label: %+v", f)
	}
	s, err := h.Store.ShipmentByID(t.Context(), h.merchant, first.ID)
	h.must(err)
	if s.Status != shop.ShipmentReady || s.ManifestID != 0 || !s.HandedOverAt.IsZero() || !s.UndoUntil.IsZero() {
		t.Errorf("the shipment is %+v", s)
	}
	if nowOn, nowReserved := h.stock(); nowOn != onHand-1 || nowReserved != reserved-1 {
		t.Errorf("%d on hand and %d reserved, were %d and %d before two of three units came back", nowOn, nowReserved, onHand, reserved)
	}
	if kinds := h.kinds(id); !strings.HasSuffix(kinds, "taken_back status") {
		t.Errorf("the timeline ends in %s", kinds)
	}
	// The manifest holds the other one still, and nothing when that came back too. Then all leave once more.
	if m, err := h.Store.ManifestByID(t.Context(), h.merchant, manifests[0]); err != nil || len(m.Shipments) != 1 || !m.UndoneAt.IsZero() {
		t.Errorf("the manifest has %d shipments, undone %v, %v", len(m.Shipments), m.UndoneAt, err)
	}
	if back, err := h.Store.UndoHandOver(t.Context(), h.work(first.ID, second.ID)); err != nil || back != 1 {
		t.Errorf("%d came back, %v; one was back already", back, err)
	}
	if m, err := h.Store.ManifestByID(t.Context(), h.merchant, manifests[0]); err != nil || len(m.Shipments) != 0 || m.UndoneAt.IsZero() {
		t.Errorf("the manifest has %d shipments, undone %v, %v", len(m.Shipments), m.UndoneAt, err)
	}
	if nowOn, nowReserved := h.stock(); nowOn != onHand || nowReserved != reserved {
		t.Errorf("%d on hand and %d reserved, want %d and %d", nowOn, nowReserved, onHand, reserved)
	}
	h.CheckBooks()
	if _, err := h.Store.HandOver(t.Context(), h.work(first.ID, second.ID)); err != nil {
		t.Fatal(err)
	}
	if order := h.detail(id); order.Status != shop.StatusShipped {
		t.Errorf("the order is %s after it left again", order.Status)
	}
	if nowOn, nowReserved := h.stock(); nowOn != onHand-3 || nowReserved != reserved-3 {
		t.Errorf("%d on hand and %d reserved after it left again", nowOn, nowReserved)
	}
	h.CheckBooks()
}

func TestAHandOverIsTakenBackOnlyForAWhile(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC().Truncate(time.Second)
	h := laterHouse(t, &now)
	id, s := h.gone(1, "T-1")
	if want := now.Add(shop.DefaultUndo); !s.UndoUntil.Equal(want) || !s.Undoable(now) {
		t.Fatalf("it can be taken back until %v, want %v", s.UndoUntil, want)
	}
	refused := func(words string) {
		t.Helper()
		before := h.kinds(id)
		_, err := h.Store.UndoHandOver(t.Context(), h.work(s.ID))
		if shop.CodeOf(err) != shop.CodeConflict || !strings.Contains(err.Error(), words) || h.kinds(id) != before {
			t.Errorf("the answer is %v, want a conflict about %q; the timeline is %s", err, words, h.kinds(id))
		}
	}
	now = now.Add(shop.DefaultUndo)
	refused("The time to take this parcel back ended")
	now = now.Add(-time.Minute)
	h.told("T-1", shop.TrackingEvent{ID: "0", Kind: shop.TrackAnnounced, OccurredAt: now})
	if shipment, err := h.Store.ShipmentByID(t.Context(), h.merchant, s.ID); err != nil || !shipment.Undoable(now) {
		t.Errorf("a carrier that only expects the parcel keeps it: %v", err)
	}
	h.told("T-1", shop.TrackingEvent{ID: "1", Kind: shop.TrackAccepted, OccurredAt: now, Place: "Depot 7"})
	refused("Post scanned this parcel a moment ago (Depot 7)")
	foreign := h.work(s.ID)
	foreign.MerchantID++
	if _, err := h.Store.UndoHandOver(t.Context(), foreign); shop.CodeOf(err) != shop.CodeNotFound {
		t.Errorf("another merchant is answered %v", err)
	}
	// All or none: one that may come back stays with the one that may not.
	other, free := h.gone(1, "T-2")
	if _, err := h.Store.UndoHandOver(t.Context(), h.work(free.ID, s.ID)); shop.CodeOf(err) != shop.CodeConflict || !strings.Contains(err.Error(), id.Number()) {
		t.Errorf("two at once are answered %v", err)
	}
	if order := h.detail(other); order.Status != shop.StatusShipped {
		t.Errorf("one of the two came back: %s", order.Status)
	}
	h.CheckBooks()
}

func TestTheTimeToUndoIsTheMerchants(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	by := shop.Origin{Actor: h.user.Actor()}
	for _, within := range []time.Duration{-time.Minute, time.Second, shop.MaxUndo + time.Minute} {
		if err := h.Store.SetUndo(t.Context(), h.merchant, within, by); shop.CodeOf(err) != shop.CodeInvalid {
			t.Errorf("%v is answered %v", within, err)
		}
	}
	_, early := h.gone(1, "T-1")
	h.must(h.Store.SetUndo(t.Context(), h.merchant, 0, by))
	_, never := h.gone(1, "T-2")
	if terms, err := h.Store.ShipTerms(t.Context(), h.merchant); err != nil || terms.Undo != 0 {
		t.Errorf("the terms say %v, %v", terms.Undo, err)
	}
	if _, err := h.Store.UndoHandOver(t.Context(), h.work(never.ID)); shop.CodeOf(err) != shop.CodeConflict {
		t.Errorf("with no time to undo, the answer is %v", err)
	}
	if _, err := h.Store.UndoHandOver(t.Context(), h.work(early.ID)); err != nil {
		t.Errorf("what was promised before the setting changed is refused: %v", err)
	}
}

func TestAParcelThatLeftAtOnceComesBackWithoutALabel(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.order(2)
	h.must(h.pack(id, 1, 0))
	onHand, reserved := h.stock()
	ship := shop.ShipCommand{ParcelWork: factory.Work(id, h.user), Carrier: "DHL", TrackingNumber: "00340434"}
	shipped, err := h.Store.ShipFulfillment(t.Context(), ship)
	h.must(err)
	if _, err := h.Store.UndoHandOver(t.Context(), h.work(shipped.ShipmentID)); err != nil {
		t.Fatal(err)
	}
	f := h.detail(id).Fulfillments[0]
	if f.Status != shop.FulfillmentPacked || f.ShipmentID != 0 || f.TrackingNumber != "" {
		t.Errorf("the parcel is %s in shipment %d with number %q", f.Status, f.ShipmentID, f.TrackingNumber)
	}
	if nowOn, nowReserved := h.stock(); nowOn != onHand || nowReserved != reserved {
		t.Errorf("%d on hand and %d reserved, want %d and %d", nowOn, nowReserved, onHand, reserved)
	}
	// Opened, packed again and sent for good.
	if _, err := h.Store.UnpackParcel(t.Context(), factory.Work(id, h.user)); err != nil {
		t.Fatal(err)
	}
	h.must(h.pack(id, 1, 0))
	if _, err := h.Store.ShipFulfillment(t.Context(), ship); err != nil {
		t.Fatal(err)
	}
	h.CheckBooks()
}

func TestAPackedParcelIsOpenedAgain(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC().Truncate(time.Second)
	h := laterHouse(t, &now)
	id := h.order(2)
	h.must(h.pack(id, 1, 0))
	work := factory.Work(id, h.user)
	opened, err := h.Store.UnpackParcel(t.Context(), work)
	if err != nil || opened.Status != shop.FulfillmentPicked || opened.WeightGrams != 0 || !opened.PackedAt.IsZero() || opened.AssignedUserID != h.user.ID {
		t.Fatalf("it is %+v, %v", opened, err)
	}
	if again, err := h.Store.UnpackParcel(t.Context(), work); err != nil || !again.Already {
		t.Errorf("pressed twice: %v", err)
	}
	h.must(h.pack(id, 1, 0))
	s := h.label("T-1", ref(id, 1))
	if _, err := h.Store.UnpackParcel(t.Context(), work); shop.CodeOf(err) != shop.CodeConflict || !strings.Contains(err.Error(), "label") {
		t.Errorf("with a label on it: %v", err)
	}
	now = now.Add(time.Hour)
	h.must(h.voidLabel(s))
	if f := h.detail(id).Fulfillments[0]; !f.Unpackable(now) {
		t.Error("it cannot be opened although its label was just taken back")
	}
	now = now.Add(shop.DefaultUndo)
	if _, err := h.Store.UnpackParcel(t.Context(), work); shop.CodeOf(err) != shop.CodeConflict || !strings.Contains(err.Error(), "ended a moment ago. Cancel the parcel") {
		t.Errorf("after the time: %v", err)
	}
	h.CheckBooks()
}

// voidLabel takes a bought label back, as its carrier lets it.
func (h *house) voidLabel(s shop.Shipment) error {
	if _, err := h.Store.PrepareVoid(h.t.Context(), h.work(s.ID)); err != nil {
		return err
	}
	_, err := h.Store.RecordVoid(h.t.Context(), shop.VoidRecord{ShipmentID: s.ID, Actor: h.user.Actor()})
	return err
}

// Undo and the carrier's first scan meet. Whoever is first decides, and nothing is half done either way.
func TestUndoAndTheCarriersScanMeet(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	undone, scanned := 0, 0
	for i := range 12 {
		tracking := "T-" + string(rune('a'+i))
		id, s := h.gone(2, tracking)
		var undo, scan error
		var both sync.WaitGroup
		start := make(chan struct{})
		both.Go(func() { <-start; _, undo = h.Store.UndoHandOver(t.Context(), h.work(s.ID)) })
		both.Go(func() {
			<-start
			_, scan = h.Store.RecordTracking(t.Context(), "post", tracking, []shop.TrackingEvent{h.event("1", shop.TrackAccepted, 0)})
		})
		close(start)
		both.Wait()
		h.must(scan)
		order := h.detail(id)
		wasUndone := strings.Contains(h.kinds(id), "taken_back")
		if (undo == nil) != wasUndone || (undo != nil && shop.CodeOf(undo) != shop.CodeConflict) {
			t.Errorf("undo says %v, the timeline %s", undo, h.kinds(id))
		}
		// The carrier has it whoever was first: what was taken back left again with the scan.
		if order.Status != shop.StatusShipped || order.Shipments[0].Status != shop.ShipmentInTransit || order.Shipments[0].Undoable(h.Store.Now()) {
			t.Errorf("the order is %s, its shipment %s", order.Status, order.Shipments[0].Status)
		}
		if wasUndone {
			undone++
		} else {
			scanned++
		}
	}
	t.Logf("undo was first %d times, the scan %d times", undone, scanned)
	h.CheckBooks()
}

func TestAClaimKeepsAParcelOut(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id, s := h.gone(1, "T-1")
	h.Exec(`INSERT INTO carrier_claims (merchant_id, shipment_id, currency, amount_minor, opened_at, opened_by_name) VALUES ($1, $2, 'USD', 100, now(), 'Mia')`, h.merchant, s.ID)
	if _, err := h.Store.UndoHandOver(t.Context(), h.work(s.ID)); shop.CodeOf(err) != shop.CodeConflict || !strings.Contains(err.Error(), "claimed") {
		t.Errorf("claimed from the carrier: %v", err)
	}
	if order := h.detail(id); order.Status != shop.StatusShipped {
		t.Errorf("the order is %s", order.Status)
	}
}
