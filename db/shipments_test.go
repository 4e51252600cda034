package db_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"waybill/db/dbtest/factory"
	"waybill/shop"
)

// house is a merchant with two people, a SKU with plenty of stock, and a customer.
type house struct {
	*factory.World
	t         *testing.T
	user      shop.User
	customer  int64
	address   int64
	sku       int64
	merchant  int64
	labelKeys int
}

func newHouse(t *testing.T) *house {
	t.Helper()
	w := factory.New(t)
	merchant, _ := w.Merchant("north")
	h := &house{World: w, t: t, merchant: merchant, sku: w.SKU(merchant, "A", 1000, 1000)}
	h.user = w.User("mia@north.test", shop.RoleMerchant, merchant, 0)
	h.customer, h.address = w.Customer("ada@example.com")
	return h
}

// order is a paid order of so many units, all picked by the house's user.
func (h *house) order(units int64) shop.OrderID {
	h.t.Helper()
	command := h.Order(h.customer, h.address, h.sku)
	command.Items[0].Quantity = units
	placed, err := h.Placer().PlaceCheckout(h.t.Context(), command)
	if err != nil {
		h.t.Fatal(err)
	}
	id := placed.Orders[0].ID
	h.Confirm(id)
	work := factory.Work(id, h.user)
	if _, err := h.Store.ClaimFulfillment(h.t.Context(), work); err != nil {
		h.t.Fatal(err)
	}
	if _, err := h.Store.PickFulfillment(h.t.Context(), shop.PickCommand{ParcelWork: work, All: true}); err != nil {
		h.t.Fatal(err)
	}
	return id
}

// pack seals a parcel with so many units of its only line; 0 is all of it.
func (h *house) pack(id shop.OrderID, no int, units int64) error {
	work := factory.Work(id, h.user)
	work.No = no
	command := shop.PackCommand{ParcelWork: work, WeightGrams: 500}
	if units > 0 {
		command.Lines = []shop.PickedLine{{LineNo: 1, Quantity: units}}
	}
	_, err := h.Store.PackParcel(h.t.Context(), command)
	return err
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// command asks for a label of a connected carrier, under a key of its own.
func (h *house) command(parcels ...shop.ParcelRef) shop.LabelCommand {
	h.t.Helper()
	h.labelKeys++
	key, err := shop.NewIdempotencyKey("test", fmt.Sprintf("label-%d", h.labelKeys), h.labelKeys)
	h.must(err)
	return shop.LabelCommand{MerchantID: h.merchant, Parcels: parcels, CarrierKey: "post", Carrier: "Post", Service: "fast", Actor: h.user.Actor(), Key: key}
}

// label gives parcels a bought label with a tracking number.
func (h *house) label(tracking string, parcels ...shop.ParcelRef) shop.Shipment {
	h.t.Helper()
	prepared, err := h.Store.PrepareShipment(h.t.Context(), h.command(parcels...))
	h.must(err)
	s, err := h.Store.RecordLabel(h.t.Context(), shop.LabelRecord{ShipmentID: prepared.Shipment.ID, Outcome: h.bought(tracking), Actor: h.user.Actor()})
	h.must(err)
	return s
}

func (h *house) bought(tracking string) shop.LabelOutcome {
	return shop.LabelOutcome{
		State: shop.LabelBought, TrackingNumber: tracking, ServiceName: "Fast", Cost: shop.Amount{Minor: 590, Currency: "USD"}, EtaAt: h.Store.Now().Add(48 * time.Hour),
	}
}

func (h *house) work(ids ...int64) shop.ShipmentWork {
	return shop.ShipmentWork{MerchantID: h.merchant, IDs: ids, Actor: h.user.Actor()}
}

func (h *house) detail(id shop.OrderID) shop.OrderDetail {
	h.t.Helper()
	order, err := h.Store.OrderByID(h.t.Context(), id, shop.OrderScope{})
	h.must(err)
	return order
}

// told tells what a carrier says of one parcel.
func (h *house) told(tracking string, events ...shop.TrackingEvent) int {
	h.t.Helper()
	news, err := h.Store.RecordTracking(h.t.Context(), "post", tracking, events)
	h.must(err)
	return news
}

func (h *house) event(id string, kind shop.TrackingKind, ago time.Duration) shop.TrackingEvent {
	return shop.TrackingEvent{ID: id, Kind: kind, OccurredAt: h.Store.Now().Add(-ago)}
}

func ref(id shop.OrderID, no int) shop.ParcelRef { return shop.ParcelRef{OrderID: id, No: no} }

func TestAParcelIsSplitExactly(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.order(5)
	h.must(h.pack(id, 1, 2))
	order := h.detail(id)
	if len(order.Fulfillments) != 2 || order.Fulfillments[0].Units != 2 || order.Fulfillments[1].Units != 3 {
		t.Fatalf("parcels: %+v", order.Fulfillments)
	}
	rest := order.Fulfillments[1]
	if rest.Status != shop.FulfillmentPicked || rest.AssignedUserID != h.user.ID || rest.Items[0].Picked != 3 {
		t.Errorf("what was left is not picked in the same hands: %+v", rest)
	}
	h.must(h.pack(id, 2, 0))
	first := h.label("TRACK1", ref(id, 1))
	if _, err := h.Store.HandOver(t.Context(), h.work(first.ID)); err != nil {
		t.Fatal(err)
	}
	if got := h.detail(id).Status; got != shop.StatusProcessing {
		t.Errorf("with one of two parcels away the order is %s", got)
	}
	h.CheckBooks()
	if held := h.Int(`SELECT sum(quantity) FROM reservations WHERE order_id = $1 AND status = 'held'`, int64(id)); held != 3 {
		t.Errorf("%d units are still held", held)
	}
	second := h.label("TRACK2", ref(id, 2))
	if _, err := h.Store.HandOver(t.Context(), h.work(second.ID)); err != nil {
		t.Fatal(err)
	}
	if got := h.detail(id).Status; got != shop.StatusShipped {
		t.Errorf("with all parcels away the order is %s", got)
	}
	if on := h.Int(`SELECT on_hand FROM stock_levels WHERE sku_id = $1`, h.sku); on != 995 {
		t.Errorf("%d on hand after 5 of 1000 left", on)
	}
	h.CheckBooks()
}

func TestImpossibleSplitsChangeNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.order(3)
	work := factory.Work(id, h.user)
	for name, lines := range map[string][]shop.PickedLine{
		"too many": {{LineNo: 1, Quantity: 4}}, "below zero": {{LineNo: 1, Quantity: -1}}, "nothing": {{LineNo: 1, Quantity: 0}},
		"no such line": {{LineNo: 9, Quantity: 1}}, "twice": {{LineNo: 1, Quantity: 1}, {LineNo: 1, Quantity: 1}},
	} {
		_, err := h.Store.PackParcel(t.Context(), shop.PackCommand{ParcelWork: work, Lines: lines})
		if shop.CodeOf(err) != shop.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, grams := range []int64{-1, shop.MaxParcelGrams + 1} {
		if _, err := h.Store.PackParcel(t.Context(), shop.PackCommand{ParcelWork: work, WeightGrams: grams}); shop.CodeOf(err) != shop.CodeInvalid {
			t.Errorf("%d g: %v", grams, err)
		}
	}
	if f := h.detail(id).Fulfillments; len(f) != 1 || f[0].Status != shop.FulfillmentPicked {
		t.Errorf("something changed: %+v", f)
	}
}

func TestTheDatabaseRefusesMoreUnitsInParcelsThanWereOrdered(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.order(3)
	_, err := h.Pool.Exec(t.Context(), `UPDATE fulfillment_items SET quantity = 4 WHERE order_id = $1`, int64(id))
	if err == nil || !strings.Contains(err.Error(), "4 units in parcels, 3 ordered") {
		t.Errorf("a fourth unit of three: %v", err)
	}
}

func TestABoxOfAnotherMerchantIsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	other, _ := h.Merchant("south")
	theirs, err := h.Store.SaveBox(t.Context(), shop.Box{MerchantID: other, Name: "M", LengthMM: 300, WidthMM: 200, HeightMM: 100, TareGrams: 80}, h.user.Actor(), "")
	h.must(err)
	ours := theirs
	ours.ID, ours.MerchantID, ours.TareGrams = 0, h.merchant, 600
	ours, err = h.Store.SaveBox(t.Context(), ours, h.user.Actor(), "")
	h.must(err)
	id := h.order(1)
	work := factory.Work(id, h.user)
	for name, c := range map[string]shop.PackCommand{
		"another merchant's": {ParcelWork: work, BoxID: theirs.ID, WeightGrams: 900}, "none that exists": {ParcelWork: work, BoxID: 12345},
		"lighter than its box": {ParcelWork: work, BoxID: ours.ID, WeightGrams: 599},
	} {
		if _, err := h.Store.PackParcel(t.Context(), c); shop.CodeOf(err) != shop.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := h.Store.PackParcel(t.Context(), shop.PackCommand{ParcelWork: work, BoxID: ours.ID, WeightGrams: 600}); err != nil {
		t.Error(err)
	}
	if _, err := h.Store.SaveBox(t.Context(), shop.Box{ID: theirs.ID, MerchantID: h.merchant, Name: "mine", LengthMM: 1, WidthMM: 1, HeightMM: 1}, h.user.Actor(), ""); shop.CodeOf(err) != shop.CodeNotFound {
		t.Errorf("another merchant's box was changed: %v", err)
	}
	if err := h.Store.RetireBox(t.Context(), h.merchant, theirs.ID, h.user.Actor(), ""); shop.CodeOf(err) != shop.CodeNotFound {
		t.Errorf("another merchant's box was retired: %v", err)
	}
}

func TestOrdersToOneAddressTravelInOneBox(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	one, two := h.order(1), h.order(2)
	h.must(h.pack(one, 1, 0))
	h.must(h.pack(two, 1, 0))
	help, err := h.Store.PackingHelp(t.Context(), h.merchant, one, 1)
	h.must(err)
	if len(help.Together) != 1 || help.Together[0].OrderID != two {
		t.Errorf("could travel together: %+v", help.Together)
	}
	s := h.label("TRACK1", ref(one, 1), ref(two, 1))
	if s.WeightGrams != 1000 || len(s.Parcels) != 2 {
		t.Errorf("the box: %+v", s)
	}
	_, err = h.Store.HandOver(t.Context(), h.work(s.ID))
	h.must(err)
	for _, id := range []shop.OrderID{one, two} {
		order := h.detail(id)
		if order.Status != shop.StatusShipped || order.Fulfillments[0].TrackingNumber != "TRACK1" || len(order.Shipments) != 1 {
			t.Errorf("order %s is %s with %+v", id.Number(), order.Status, order.Fulfillments[0])
		}
		if !slices.ContainsFunc(order.Events, func(e shop.Event) bool { return e.Kind == shop.EventMerged && e.Visibility == shop.VisibilityPublic }) {
			t.Error("the timeline does not say that they travel together")
		}
	}
	h.told("TRACK1", h.event("1", shop.TrackAccepted, time.Hour), h.event("2", shop.TrackDelivered, time.Minute))
	for _, id := range []shop.OrderID{one, two} {
		if got := h.detail(id).Status; got != shop.StatusDelivered {
			t.Errorf("order %s is %s", id.Number(), got)
		}
	}
	h.CheckBooks()
}

func TestParcelsOfOthersDoNotTravelAlong(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	mine := h.order(1)
	h.must(h.pack(mine, 1, 0))
	h.customer, h.address = h.Customer("bob@example.com")
	bobs := h.order(1)
	h.must(h.pack(bobs, 1, 0))
	open := h.order(1) // Bob's too, picked only
	other, _ := h.Merchant("south")
	theirs := h.Paid(h.customer, h.address, h.SKU(other, "B", 100, 5))
	cases := map[string]struct {
		parcels []shop.ParcelRef
		code    shop.Code
	}{
		"another customer":        {[]shop.ParcelRef{ref(mine, 1), ref(bobs, 1)}, shop.CodeInvalid},
		"not packed":              {[]shop.ParcelRef{ref(open, 1)}, shop.CodeInvalid},
		"another merchant's":      {[]shop.ParcelRef{ref(theirs, 1)}, shop.CodeNotFound},
		"no such parcel":          {[]shop.ParcelRef{ref(mine, 7)}, shop.CodeNotFound},
		"a parcel that is packed": {[]shop.ParcelRef{ref(mine, 1)}, ""},
		"one that has a label":    {[]shop.ParcelRef{ref(mine, 1)}, shop.CodeConflict},
	}
	for _, name := range []string{"another customer", "not packed", "another merchant's", "no such parcel", "a parcel that is packed", "one that has a label"} {
		if _, err := h.Store.PrepareShipment(t.Context(), h.command(cases[name].parcels...)); shop.CodeOf(err) != cases[name].code {
			t.Errorf("%s: %v", name, err)
		}
	}
	h.CheckBooks()
}

func TestALabelIsTakenBackUntilTheCarrierHasTheParcel(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.order(1)
	h.must(h.pack(id, 1, 0))
	s := h.label("TRACK1", ref(id, 1))
	if got := h.detail(id).Status; got != shop.StatusProcessing {
		t.Fatalf("a label alone makes the order %s", got)
	}
	voiding, err := h.Store.PrepareVoid(t.Context(), h.work(s.ID))
	h.must(err)
	if voiding.Status != shop.ShipmentVoiding || voiding.AskAt.IsZero() {
		t.Fatalf("while the carrier is asked: %+v", voiding)
	}
	if _, err := h.Store.HandOver(t.Context(), h.work(s.ID)); shop.CodeOf(err) != shop.CodeConflict {
		t.Errorf("a label that is being taken back was handed over: %v", err)
	}
	kept, err := h.Store.RecordVoid(t.Context(), shop.VoidRecord{ShipmentID: s.ID, Refused: "scanned"})
	h.must(err)
	if kept.Status != shop.ShipmentReady || kept.Failure != "scanned" {
		t.Errorf("after the carrier refused: %+v", kept)
	}
	_, err = h.Store.PrepareVoid(t.Context(), h.work(s.ID))
	h.must(err)
	_, err = h.Store.RecordVoid(t.Context(), shop.VoidRecord{ShipmentID: s.ID, Actor: h.user.Actor()})
	h.must(err)
	f := h.detail(id).Fulfillments[0]
	if f.Status != shop.FulfillmentPacked || f.ShipmentID != 0 || f.TrackingNumber != "" {
		t.Errorf("after it was taken back: %+v", f)
	}
	again := h.label("TRACK2", ref(id, 1))
	_, err = h.Store.HandOver(t.Context(), h.work(again.ID))
	h.must(err)
	if _, err := h.Store.PrepareVoid(t.Context(), h.work(again.ID)); shop.CodeOf(err) != shop.CodeConflict {
		t.Errorf("taken back from the carrier: %v", err)
	}
	if manifests, err := h.Store.HandOver(t.Context(), h.work(again.ID)); err != nil || len(manifests) != 0 {
		t.Errorf("handed over twice: %v, %v", manifests, err)
	}
	h.CheckBooks()
}

func TestTheEndOfAnOrderTakesItsLabelBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.order(1)
	h.must(h.pack(id, 1, 0))
	s := h.label("TRACK1", ref(id, 1))
	key, err := shop.NewIdempotencyKey("test", "cancel", id)
	h.must(err)
	_, _, err = h.Store.CancelOrder(t.Context(), shop.CancelCommand{OrderID: id, Scope: shop.OrderScope{MerchantID: h.merchant}, Actor: h.user.Actor(), Reason: "damaged", Key: key})
	h.must(err)
	due, err := h.Store.ClaimUnanswered(t.Context(), 10)
	h.must(err)
	if len(due) != 1 || due[0].Shipment.ID != s.ID || due[0].Shipment.Status != shop.ShipmentVoiding {
		t.Fatalf("the carrier is to be asked about %+v", due)
	}
	_, err = h.Store.RecordVoid(t.Context(), shop.VoidRecord{ShipmentID: s.ID, Refused: "too late"})
	h.must(err)
	if got, _ := h.Store.ShipmentByID(t.Context(), h.merchant, s.ID); got.Status != shop.ShipmentVoided {
		t.Errorf("a shipment with nothing in it is %s", got.Status)
	}
	h.CheckBooks()
}

func TestShipmentsOfAnotherMerchantDoNotExist(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.order(1)
	h.must(h.pack(id, 1, 0))
	s := h.label("TRACK1", ref(id, 1))
	manifests, err := h.Store.HandOver(t.Context(), h.work(s.ID))
	h.must(err)
	other, _ := h.Merchant("south")
	foreign := h.work(s.ID)
	foreign.MerchantID = other
	_, byID := h.Store.ShipmentByID(t.Context(), other, s.ID)
	_, void := h.Store.PrepareVoid(t.Context(), foreign)
	_, over := h.Store.HandOver(t.Context(), foreign)
	_, manifest := h.Store.ManifestByID(t.Context(), other, manifests[0])
	_, resolve := h.Store.ResolveShipment(t.Context(), shop.ResolveCommand{MerchantID: other, ShipmentID: s.ID, Answer: "refunded"})
	_, unknown := h.Store.HandOver(t.Context(), h.work(12345))
	for what, err := range map[string]error{"read": byID, "void": void, "hand over": over, "manifest": manifest, "resolve": resolve, "unknown": unknown} {
		if shop.CodeOf(err) != shop.CodeNotFound {
			t.Errorf("%s: %v", what, err)
		}
	}
	page, err := h.Store.ShipmentPage(t.Context(), shop.ShipmentQuery{MerchantID: other, Filter: shop.ShipmentsAll})
	if err != nil || len(page.Shipments) != 0 || page.Counts[shop.ShipmentsInTransit] != 0 {
		t.Errorf("the other merchant sees %+v, %v", page, err)
	}
}
