package web_test

import (
	"net/http"
	"strconv"
	"testing"

	"waybill/shop"
	"waybill/views/urls"
)

// stopped is a parcel of the trader that its carrier cannot deliver as it is.
func (tr trader) stopped(email string, kind shop.TrackingKind) (shop.OrderID, shop.Shipment) {
	tr.t.Helper()
	id, box := tr.labelled(email)
	tr.post(urls.MerchantHandOver(), "id", strconv.FormatInt(box.ID, 10))
	tr.tell(box, "stop", kind)
	return id, box
}

func (tr trader) tell(box shop.Shipment, event string, kind shop.TrackingKind) {
	tr.t.Helper()
	news := []shop.TrackingEvent{{ID: event, TrackingNumber: box.TrackingNumber, Kind: kind, OccurredAt: tr.Store.Now(), Place: "Depot 7"}}
	if _, err := tr.Store.RecordTracking(tr.t.Context(), box.CarrierKey, box.TrackingNumber, news); err != nil {
		tr.t.Fatal(err)
	}
	tr.Store.Nudge()
}

// A merchant sees what stopped each parcel, since when, and what to do about it, by kind and with right counts.
func TestMerchantsSeeWhatToDoAboutProblems(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tr, other := newTrader(s, "tea"), newTrader(s, "lamps")
	mustContain(t, tr.page(urls.MerchantShipments("exception")), []string{"Nothing is wrong", "Problems by kind"})
	customs, box := tr.stopped("ada@example.com", shop.TrackCustoms)
	broken, _ := tr.stopped("bob@example.com", shop.TrackDamaged)
	theirs, _ := other.stopped("eve@example.com", shop.TrackAddress)
	late, lateBox := tr.labelled("kim@example.com")
	tr.post(urls.MerchantHandOver(), "id", strconv.FormatInt(lateBox.ID, 10))
	s.Exec(`UPDATE shipments SET problem = 'late', problem_at = now() - interval '3 days' WHERE id = $1`, lateBox.ID)
	step := func(kind shop.TrackingKind) string { return shop.ProblemException.NextStepOf(kind) }
	mustContain(t, tr.page(urls.MerchantShipments("problems")), []string{
		customs.Number(), broken.Number(), late.Number(), "Held at customs", "Damaged", step(shop.TrackCustoms), step(shop.TrackDamaged), shop.ProblemLate.NextStep(), "3\u00a0d ago", "Customs holds it, Depot 7",
	}, theirs.Number())
	mustContain(t, tr.page(urls.MerchantShipments("exception")), []string{customs.Number(), broken.Number(), `Stopped <span class="count">2</span>`, `All problems <span class="count">3</span>`, `Late <span class="count">1</span>`, `Lost <span class="count">0</span>`}, late.Number(), theirs.Number())
	mustContain(t, tr.page(urls.MerchantShipments("late")), []string{late.Number()}, customs.Number(), broken.Number())
	mustContain(t, tr.page(urls.MerchantShipments("lost")), []string{"Nothing is wrong"}, late.Number())
	mustContain(t, tr.page(urls.MerchantShipment(box.ID)), []string{"Held at customs", step(shop.TrackCustoms), "Customs holds it", "Send it again", "Claim it from"})
	support := s.as(s.User("help@shop.test", shop.RoleSupport, 0, 0))
	mustContain(t, support.page(urls.SupportDeliveries()+"?problem=exception"), []string{
		customs.Number(), theirs.Number(), `Stopped <span class="count">3</span>`, `Late <span class="count">1</span>`, step(shop.TrackAddress), "Address unknown",
	}, late.Number())
	alone := support.page(urls.SupportDeliveries() + "?problem=late&merchant=" + strconv.FormatInt(other.user.MerchantID, 10))
	mustContain(t, alone, []string{"None of these", "Show all problems", `Stopped <span class="count">1</span>`, `Late <span class="count">0</span>`}, late.Number())
}

// Both lists correct themselves: a problem comes, gets worse and goes, without a reload, and each list hears its own only.
func TestDeliveryProblemsAreLive(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	server := s.serveLive()
	tr, other := newTrader(s, "tea"), newTrader(s, "lamps")
	support := s.as(s.User("help@shop.test", shop.RoleSupport, 0, 0))
	all := support.open(server, support.streamOf(urls.SupportDeliveries()), "")
	late := support.open(server, support.streamOf(urls.SupportDeliveries()+"?problem=late"), "")
	mine, theirs := tr.open(server, tr.streamOf(urls.MerchantShipments("problems")), ""), other.open(server, other.streamOf(urls.MerchantShipments("problems")), "")
	for _, tab := range []*liveTab{all, mine, theirs} {
		tab.until("Nothing is wrong")
	}
	late.until("None of these")
	id, box := tr.stopped("ada@example.com", shop.TrackAddress)
	mustContain(t, all.until(id.Number()).data, []string{`hx-target="#deliveries"`, `hx-target="#delivery-tabs"`, "Address unknown", `Stopped <span class="count">1</span>`})
	mustContain(t, mine.until(id.Number()).data, []string{`hx-target="#shipment-problems"`, `Problems <span class="count">1</span>`, shop.ProblemException.NextStepOf(shop.TrackAddress)})
	mustContain(t, late.until(`Stopped <span class="count">1</span>`).data, nil, id.Number())
	tr.tell(box, "refused", shop.TrackRefused)
	all.until("Not accepted")
	mine.until("Not accepted")
	if w := tr.post(urls.MerchantShipmentResolve(box.ID), "answer", shop.AnswerSettled); w.Code != http.StatusSeeOther {
		t.Fatalf("the answer: %d", w.Code)
	}
	all.until("Nothing is wrong")
	mine.until("Nothing is wrong")
	// The other merchant's page heard of its own only.
	own, _ := other.stopped("eve@example.com", shop.TrackDamaged)
	mustContain(t, theirs.until(own.Number()).data, nil, id.Number())
	mustContain(t, all.until(own.Number()).data, nil, id.Number())
}

// A later page stands still, and nobody opens what is not theirs.
func TestStreamsOfDeliveryProblemsKnowTheirReaders(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.serveLive()
	tr := newTrader(s, "tea")
	support := s.as(s.User("help@shop.test", shop.RoleSupport, 0, 0))
	mustContain(t, support.page(urls.SupportDeliveries()+"?after=7"), nil, "hx-sse:connect")
	mustContain(t, tr.page(urls.MerchantShipments("problems")+"&before=7"), nil, "hx-sse:connect")
	mustContain(t, tr.page(urls.MerchantShipments("ready")), nil, "hx-sse:connect")
	for _, c := range []struct {
		who    visitor
		stream string
		status int
	}{
		{tr.visitor, urls.SupportDeliveriesStream(), http.StatusForbidden}, {support, urls.MerchantProblemsStream("problems"), http.StatusForbidden},
		{s.guest(), urls.SupportDeliveriesStream(), http.StatusUnauthorized}, {s.guest(), urls.MerchantProblemsStream(""), http.StatusUnauthorized},
	} {
		if w := c.who.get(c.stream); w.Code != c.status {
			t.Errorf("%s answers %d, want %d", c.stream, w.Code, c.status)
		}
	}
}
