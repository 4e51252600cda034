package db_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"waybill/db"
	"waybill/db/dbtest/factory"
	"waybill/shop"
)

// sent is an order whose one parcel has a label, not handed over.
func (h *house) sent(tracking string) (shop.OrderID, shop.Shipment) {
	h.t.Helper()
	id := h.order(1)
	h.must(h.pack(id, 1, 0))
	return id, h.label(tracking, ref(id, 1))
}

// state is where an order and its parcel are, and what its timeline and the carrier said, whatever came first. When it
// left is not in it: that is the first scan that we heard of, and the timeline is never rewritten.
func (h *house) state(id shop.OrderID) string {
	h.t.Helper()
	return h.Text(`SELECT concat_ws(' | ', o.status, f.status, s.status, f.delivered_at, s.eta_at, s.problem,
		(SELECT string_agg(kind || ':' || occurred_at, ' ' ORDER BY occurred_at, kind) FROM order_events e WHERE e.order_id = o.id AND e.kind IN ('delivered', 'tracking_updated')),
		(SELECT count(*) FROM shipment_events e WHERE e.shipment_id = s.id))
		FROM orders o JOIN fulfillments f ON f.order_id = o.id JOIN shipments s ON s.id = f.shipment_id WHERE o.id = $1`, int64(id))
}

// Scenario 19: webhook first, twice, late, out of order: the same end state.
func TestNewsOfACarrierMeanTheSameInAnyOrder(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	now := h.Store.Now()
	at := func(id string, kind shop.TrackingKind, ago time.Duration) shop.TrackingEvent {
		return shop.TrackingEvent{ID: id, Kind: kind, OccurredAt: now.Add(-ago), EtaAt: now.Add(time.Hour - ago)}
	}
	way := []shop.TrackingEvent{
		at("1", shop.TrackAccepted, 40*time.Minute), at("2", shop.TrackTransit, 30*time.Minute), at("3", shop.TrackDelayed, 20*time.Minute),
		at("stop", shop.TrackCustoms, 15*time.Minute), at("4", shop.TrackOut, 10*time.Minute), at("5", shop.TrackDelivered, 5*time.Minute),
	}
	straight, _ := h.sent("STRAIGHT")
	h.told("STRAIGHT", way...)
	want := h.state(straight)
	if !strings.HasPrefix(want, "delivered | delivered | delivered") {
		t.Fatalf("told in order: %s", want)
	}
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		tracking := fmt.Sprintf("WAY%d", n)
		id, _ := h.sent(tracking)
		told := rapid.Permutation(way).Draw(rt, "told")
		repeated := rapid.SliceOfN(rapid.SampledFrom(way), 0, 4).Draw(rt, "again")
		for _, e := range slices.Concat(told, repeated) {
			h.told(tracking, e)
		}
		if got := h.state(id); got != want {
			rt.Fatalf("told as %v:\n%s\nin order:\n%s", told, got, want)
		}
	})
	h.CheckBooks()
}

func TestTheSameNewsTwiceAreNoNews(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id, _ := h.sent("TRACK1")
	e := h.event("1", shop.TrackAccepted, time.Minute)
	if first, second := h.told("TRACK1", e, e), h.told("TRACK1", e); first != 1 || second != 0 {
		t.Errorf("%d news, then %d", first, second)
	}
	if got := h.detail(id).Status; got != shop.StatusShipped {
		t.Errorf("with the carrier's first scan the order is %s", got)
	}
	_, err := h.Store.RecordTracking(t.Context(), "post", "NOBODYS", []shop.TrackingEvent{e})
	_, other := h.Store.RecordTracking(t.Context(), "another carrier", "TRACK1", []shop.TrackingEvent{e})
	if shop.CodeOf(err) != shop.CodeNotFound || shop.CodeOf(other) != shop.CodeNotFound {
		t.Errorf("a number that is not ours: %v, %v", err, other)
	}
}

func TestTheLabelAloneIsNoHandover(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id, s := h.sent("TRACK1")
	h.told("TRACK1", h.event("0", shop.TrackAnnounced, time.Minute))
	if got, _ := h.Store.ShipmentByID(t.Context(), h.merchant, s.ID); got.Status != shop.ShipmentReady {
		t.Errorf("announced, and the shipment is %s", got.Status)
	}
	if got := h.detail(id).Status; got != shop.StatusProcessing {
		t.Errorf("announced, and the order is %s", got)
	}
}

// laterHouse is a house whose clock can be turned.
func laterHouse(t *testing.T, now *time.Time) *house {
	t.Helper()
	w := factory.New(t, db.WithClock(func() time.Time { return *now }))
	merchant, _ := w.Merchant("north")
	h := &house{World: w, t: t, merchant: merchant, sku: w.SKU(merchant, "A", 1000, 1000)}
	h.user = w.User("mia@north.test", shop.RoleMerchant, merchant, 0)
	h.customer, h.address = w.Customer("ada@example.com")
	return h
}

func (h *house) raise() {
	h.t.Helper()
	_, err := h.Store.RaiseProblems(h.t.Context(), 100)
	h.must(err)
}

func (h *house) problem(id int64) shop.ShipmentProblem {
	h.t.Helper()
	s, err := h.Store.ShipmentByID(h.t.Context(), h.merchant, id)
	h.must(err)
	return s.OpenProblem()
}

func TestForgottenLateAndLostParcelsAreRaised(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC().Truncate(time.Second)
	h := laterHouse(t, &now)
	_, s := h.sent("TRACK1")
	expect := func(what string, want shop.ShipmentProblem) {
		t.Helper()
		h.raise()
		h.raise() // raising again raises nothing new
		if got := h.problem(s.ID); got != want {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	expect("just labelled", "")
	now = now.Add(shop.HandoverWithin + time.Minute)
	expect("forgotten with its label", shop.ProblemWaiting)
	_, err := h.Store.HandOver(t.Context(), h.work(s.ID))
	h.must(err)
	expect("handed over", "")
	now = now.Add(48*time.Hour + shop.LateAfter)
	expect("past the day it was said to arrive", shop.ProblemLate)
	h.told("TRACK1", shop.TrackingEvent{ID: "d", Kind: shop.TrackDelayed, OccurredAt: now, EtaAt: now.Add(24 * time.Hour)})
	expect("with a new day", "")
	now = now.Add(72 * time.Hour)
	expect("late again", shop.ProblemLate)
	now = now.Add(shop.LostAfter)
	expect("without a word for two weeks", shop.ProblemLost)
	answer := shop.ResolveCommand{MerchantID: h.merchant, ShipmentID: s.ID, Answer: "settled with the customer", Note: "claim 17", Actor: h.user.Actor()}
	if _, err := h.Store.ResolveShipment(t.Context(), answer); err != nil {
		t.Fatal(err)
	}
	expect("answered", "")
	if _, err := h.Store.ResolveShipment(t.Context(), answer); err != nil {
		t.Errorf("the same form sent twice: %v", err)
	}
	answer.Answer = "nothing to do"
	if _, err := h.Store.ResolveShipment(t.Context(), answer); shop.CodeOf(err) != shop.CodeConflict {
		t.Errorf("another answer to what is answered: %v", err)
	}
	h.told("TRACK1", shop.TrackingEvent{ID: "e", Kind: shop.TrackDelivered, OccurredAt: now})
	expect("arrived after all", "")
	h.CheckBooks()
	exceptions := h.Int(`SELECT count(*) FROM order_events WHERE kind = 'exception' AND visibility = 'staff'`)
	if exceptions != 4 {
		t.Errorf("the staff was told of %d problems, want waiting, late, late and lost", exceptions)
	}
}

func TestAParcelThatComesBackIsAProblemOfTheMerchant(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id, s := h.sent("TRACK1")
	h.told("TRACK1", h.event("1", shop.TrackAccepted, 3*time.Hour), h.event("2", shop.TrackReturned, time.Hour))
	if got := h.problem(s.ID); got != shop.ProblemReturned {
		t.Errorf("the problem is %q", got)
	}
	if got := h.detail(id).Status; got != shop.StatusShipped {
		t.Errorf("the order is %s", got)
	}
	page, err := h.Store.ShipmentPage(t.Context(), shop.ShipmentQuery{MerchantID: h.merchant, Filter: shop.ShipmentsProblems})
	if err != nil || len(page.Shipments) != 1 || page.Counts[shop.ShipmentsProblems] != 1 {
		t.Errorf("the merchant's list: %+v, %v", page, err)
	}
	h.CheckBooks()
}

func TestMarkingAParcelAsDeliveredEndsItsShipment(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id, s := h.sent("TRACK1")
	_, err := h.Store.HandOver(t.Context(), h.work(s.ID))
	h.must(err)
	_, err = h.Store.DeliverFulfillment(t.Context(), factory.Work(id, h.user))
	h.must(err)
	if got, _ := h.Store.ShipmentByID(t.Context(), h.merchant, s.ID); got.Status != shop.ShipmentDelivered {
		t.Errorf("the shipment is %s", got.Status)
	}
	h.CheckBooks()
}

// Units of a line over all parcels and shipments stay what was ordered, however they are split and put together again.
func TestSplitsAndMergesKeepEveryUnit(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		var packed []shop.ParcelRef
		ordered := int64(0)
		for range rapid.IntRange(1, 3).Draw(rt, "orders") {
			units := rapid.Int64Range(1, 9).Draw(rt, "units")
			ordered += units
			id := h.order(units)
			for no := 1; ; no++ {
				f := h.detail(id).Fulfillments[no-1]
				inside := rapid.Int64Range(1, f.Units).Draw(rt, "inside")
				if err := h.pack(id, no, inside); err != nil {
					rt.Fatal(err)
				}
				packed = append(packed, ref(id, no))
				if inside == f.Units {
					break
				}
			}
		}
		before := h.Int(`SELECT on_hand FROM stock_levels WHERE sku_id = $1`, h.sku)
		for len(packed) > 0 {
			together := rapid.IntRange(1, min(len(packed), shop.MaxMerged)).Draw(rt, "together")
			s := h.label(fmt.Sprintf("BOX%d-%d", n, len(packed)), packed[:together]...)
			packed = packed[together:]
			if rapid.Bool().Draw(rt, "undo") {
				if _, err := h.Store.PrepareVoid(t.Context(), h.work(s.ID)); err != nil {
					rt.Fatal(err)
				}
				if _, err := h.Store.RecordVoid(t.Context(), shop.VoidRecord{ShipmentID: s.ID, Actor: h.user.Actor()}); err != nil {
					rt.Fatal(err)
				}
				s = h.label(fmt.Sprintf("AGAIN%d-%d", n, len(packed)), s.Parcels...)
			}
			if _, err := h.Store.HandOver(t.Context(), h.work(s.ID)); err != nil {
				rt.Fatal(err)
			}
		}
		if left := before - h.Int(`SELECT on_hand FROM stock_levels WHERE sku_id = $1`, h.sku); left != ordered {
			rt.Fatalf("%d units ordered, %d left the shelf", ordered, left)
		}
	})
	h.CheckBooks()
	if open := h.Int(`SELECT count(*) FROM orders WHERE status <> 'shipped'`); open != 0 {
		t.Errorf("%d orders with all parcels away are not shipped", open)
	}
}
