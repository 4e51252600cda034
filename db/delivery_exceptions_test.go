package db_test

import (
	"log/slog"
	"testing"
	"time"

	"waybill/db"
	"waybill/shop"
)

func (h *house) shipment(id int64) shop.Shipment {
	h.t.Helper()
	s, err := h.Store.ShipmentByID(h.t.Context(), h.merchant, id)
	h.must(err)
	return s
}

// A late parcel that its carrier has just seen is late, and not lost.
func TestAWordOfALateParcelBeginsItsTimeAnew(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC().Truncate(time.Second)
	h := laterHouse(t, &now)
	_, s := h.sent("TRACK1")
	_, err := h.Store.HandOver(t.Context(), h.work(s.ID))
	h.must(err)
	now = now.Add(72*time.Hour + time.Minute)
	h.raise()
	now = now.Add(shop.LostAfter - time.Hour)
	h.told("TRACK1", shop.TrackingEvent{ID: "1", Kind: shop.TrackTransit, OccurredAt: now})
	now = now.Add(2 * time.Hour)
	h.raise()
	if got := h.problem(s.ID); got != shop.ProblemLate {
		t.Errorf("two hours after a scan it is %q", got)
	}
	now = now.Add(shop.LostAfter)
	h.raise()
	if got := h.problem(s.ID); got != shop.ProblemLost {
		t.Errorf("two weeks after a scan it is %q", got)
	}
	h.CheckBooks()
}

// What a carrier tells of a parcel that it cannot deliver is a problem until somebody answers or the parcel goes on, and the
// same once more is a new one.
func TestWhatStopsAParcelIsAProblem(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC().Truncate(time.Second)
	h := laterHouse(t, &now)
	id, s := h.sent("TRACK1")
	tell := func(event string, kind shop.TrackingKind) {
		t.Helper()
		now = now.Add(time.Hour)
		h.told("TRACK1", shop.TrackingEvent{ID: event, Kind: kind, OccurredAt: now})
	}
	expect := func(what string, problem shop.ShipmentProblem, stopped shop.TrackingKind, told int64) {
		t.Helper()
		h.raise()
		got := h.shipment(s.ID)
		if got.OpenProblem() != problem || got.StoppedBy() != stopped || got.Status != shop.ShipmentInTransit {
			t.Errorf("%s: %s with problem %q, stopped by %q; want %q, %q", what, got.Status, got.OpenProblem(), got.StoppedBy(), problem, stopped)
		}
		if n := h.Int(`SELECT count(*) FROM order_events WHERE kind = 'exception' AND visibility = 'staff'`); n != told {
			t.Errorf("%s: the staff was told of %d problems, want %d", what, n, told)
		}
	}
	answer := func() {
		t.Helper()
		_, err := h.Store.ResolveShipment(t.Context(), shop.ResolveCommand{MerchantID: h.merchant, ShipmentID: s.ID, Answer: shop.AnswerSettled, Actor: h.user.Actor()})
		h.must(err)
	}
	tell("1", shop.TrackCustoms)
	expect("held", shop.ProblemException, shop.TrackCustoms, 1)
	since := h.shipment(s.ID).ProblemAt
	tell("2", shop.TrackCustoms)
	expect("held, told again", shop.ProblemException, shop.TrackCustoms, 1)
	if again := h.shipment(s.ID).ProblemAt; !again.Equal(since) {
		t.Errorf("it is a problem since %v, was since %v", again, since)
	}
	tell("3", shop.TrackTransit)
	expect("released", "", "", 1)
	tell("4", shop.TrackAddress)
	expect("no such door", shop.ProblemException, shop.TrackAddress, 2)
	answer()
	expect("answered", "", shop.TrackAddress, 2)
	tell("5", shop.TrackDelayed)
	expect("answered, and some news", "", shop.TrackAddress, 2)
	tell("6", shop.TrackAddress)
	expect("still no such door", shop.ProblemException, shop.TrackAddress, 3)
	tell("7", shop.TrackRefused)
	expect("refused", shop.ProblemException, shop.TrackRefused, 4)
	for filter, want := range map[shop.ShipmentFilter]int64{shop.ShipmentsProblems: 1, shop.ProblemFilter(shop.ProblemException): 1, shop.ShipmentsLate: 0, shop.ShipmentsLost: 0} {
		page, err := h.Store.ShipmentPage(t.Context(), shop.ShipmentQuery{MerchantID: h.merchant, Filter: filter})
		if err != nil || int64(len(page.Shipments)) != want || page.Counts[filter] != want {
			t.Errorf("%s lists %d and counts %d, want %d, %v", filter, len(page.Shipments), page.Counts[filter], want, err)
		}
	}
	all, err := h.Store.DeliveryProblems(t.Context(), shop.DeliveryProblemQuery{Problem: shop.ProblemException})
	if err != nil || len(all.Problems) != 1 || len(all.Counts) != 1 || all.Counts[0].Problem != shop.ProblemException || all.Counts[0].Shipments != 1 {
		t.Errorf("support sees %+v, %v", all, err)
	}
	if got := h.detail(id).Status; got != shop.StatusShipped {
		t.Errorf("the order is %s", got)
	}
	// Answered, it can be late as any other; unanswered and unheard of, it is lost.
	answer()
	now = now.Add(72 * time.Hour)
	expect("answered, and past its day", shop.ProblemLate, shop.TrackRefused, 5)
	tell("8", shop.TrackException)
	expect("stopped again", shop.ProblemException, shop.TrackException, 6)
	now = now.Add(shop.LostAfter)
	h.raise()
	if got := h.shipment(s.ID); got.OpenProblem() != shop.ProblemLost || got.Status != shop.ShipmentLost {
		t.Errorf("after two weeks without a word it is %s, %q", got.Status, got.OpenProblem())
	}
	h.CheckBooks()
}

// Whoever watches the problems of everybody hears of each that comes, changes or goes, and of nothing else.
func TestTheFeedTellsOfDeliveryProblems(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	feed, err := db.StartFeed(t.Context(), h.Store, slog.New(slog.DiscardHandler))
	h.must(err)
	t.Cleanup(feed.Close)
	watch, err := feed.Read(shop.FeedTopic{Kind: shop.TopicDeliveryProblem}, feed.Head())
	h.must(err)
	heard := func() (n int) {
		return int(h.Int(`SELECT count(*) FROM outbox WHERE topic = $1`, shop.TopicDeliveryProblem))
	}
	_, s := h.sent("TRACK1")
	h.told("TRACK1", h.event("1", shop.TrackAccepted, 5*time.Hour), h.event("2", shop.TrackTransit, 4*time.Hour))
	if n := heard(); n != 0 {
		t.Errorf("%d entries while nothing is wrong", n)
	}
	h.told("TRACK1", h.event("3", shop.TrackDamaged, 3*time.Hour))
	_, err = h.Store.ResolveShipment(t.Context(), shop.ResolveCommand{MerchantID: h.merchant, ShipmentID: s.ID, Answer: shop.AnswerSettled, Actor: h.user.Actor()})
	h.must(err)
	h.told("TRACK1", h.event("4", shop.TrackDelivered, time.Hour))
	if n := heard(); n != 3 {
		t.Errorf("%d entries of a problem that came, was answered and went, want 3", n)
	}
	for n := 0; n < 3; {
		select {
		case <-t.Context().Done():
			t.Fatal("the watcher was not told")
		case batch := <-watch.Batches():
			for _, e := range batch {
				n++
				if e.Topic != shop.TopicDeliveryProblem || e.MerchantID != h.merchant {
					t.Errorf("the watcher was told of %+v", e)
				}
			}
		}
	}
}
