package web_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"waybill/shop"
	"waybill/views/urls"
)

// Support sees what is wrong with everybody's parcels, and finds each by its tracking number; merchants do not get in.
func TestSupportSeesDeliveryProblems(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	support := s.as(s.User("help@shop.test", shop.RoleSupport, 0, 0))
	mustContain(t, support.page(urls.SupportDeliveries()), []string{"Nothing is wrong"})
	tea, lamps := newTrader(s, "tea"), newTrader(s, "lamps")
	late, lateBox := tea.labelled("ada@example.com")
	lost, lostBox := lamps.labelled("bob@example.com")
	fine, _ := lamps.labelled("eve@example.com")
	for _, box := range []struct {
		tr trader
		id int64
	}{{tea, lateBox.ID}, {lamps, lostBox.ID}} {
		box.tr.post(urls.MerchantHandOver(), "id", strconv.FormatInt(box.id, 10))
	}
	s.Exec(`UPDATE shipments SET problem = 'late', problem_at = now() - interval '3 days' WHERE id = $1`, lateBox.ID)
	s.Exec(`UPDATE shipments SET status = 'lost', problem = 'lost', problem_at = now() WHERE id = $1`, lostBox.ID)
	all := support.page(urls.SupportDeliveries())
	mustContain(t, all, []string{
		urls.SupportOrder(late.Number()), urls.SupportOrder(lost.Number()), lateBox.TrackingNumber, "3\u00a0d ago", shop.ProblemLost.NextStep(), shop.ProblemLate.NextStep(), "Nothing was heard of it.",
	}, fine.Number())
	if strings.Index(all, late.Number()) > strings.Index(all, lost.Number()) {
		t.Error("the oldest is not first")
	}
	mustContain(t, support.page(urls.SupportDeliveries()+"?problem=lost"), []string{lost.Number()}, late.Number())
	mustContain(t, support.page(urls.SupportDeliveries()+"?merchant="+strconv.FormatInt(tea.user.MerchantID, 10)), []string{late.Number()}, lost.Number())
	mustContain(t, support.page(urls.SupportDeliveries()+"?after="+strconv.FormatInt(lateBox.ID, 10)), []string{lost.Number(), "From the oldest"}, late.Number())
	mustContain(t, support.page(urls.SupportDeliveries()+"?problem=x&merchant=x&after=x"), []string{late.Number(), lost.Number()})
	tea.post(urls.MerchantShipmentResolve(lateBox.ID), "answer", "arrived after all")
	mustContain(t, support.page(urls.SupportDeliveries()), []string{lost.Number()}, late.Number())
	// As it is printed, with spaces and in small letters.
	typed := strings.ToLower(lostBox.TrackingNumber[:4] + " " + lostBox.TrackingNumber[4:])
	if w := support.get(urls.Support(typed)); w.Code != http.StatusSeeOther || w.Header().Get("Location") != urls.SupportOrder(lost.Number()) {
		t.Errorf("the tracking number leads to %d %s", w.Code, w.Header().Get("Location"))
	}
	if w := tea.get(urls.SupportDeliveries()); w.Code == http.StatusOK {
		t.Error("a merchant reads everybody's problems")
	}
}
