package web_test

import (
	"strings"
	"testing"

	"waybill/shop"
	"waybill/views/urls"
)

// Pages that are drawn whole show themselves at once, and again with every change, of their own merchant alone.
func TestPagesThatAreDrawnWholeFollowTheFeed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	server := s.serveLive()
	tr, other := newTrader(s, "tea"), newTrader(s, "lamps")
	batch := tr.batch(tr.paid("batched@example.com"))
	for page, says := range map[string]string{
		urls.MerchantDay(): `hx-target="#day"`, urls.MerchantWall(): `hx-target="#wall"`, urls.MerchantBatches(): `hx-target="#batch-list"`, urls.MerchantBatch(batch): `hx-target="#batch-totes"`,
	} {
		tab := tr.open(server, tr.streamOf(page), "")
		if m := tab.until(says); strings.Contains(m.data, other.number()) {
			t.Errorf("%s shows another merchant's order", page)
		}
		tab.close()
	}

	wall, day := tr.open(server, tr.streamOf(urls.MerchantWall()), ""), tr.open(server, tr.streamOf(urls.MerchantDay()), "")
	wall.until(tr.number())
	day.until(tr.number())
	s.claim(tr)
	for _, tab := range []*liveTab{wall, day} {
		for m := tab.until("<hx-partial"); strings.Contains(m.data, tr.number()); m = tab.until("<hx-partial") {
			continue // the look before the claim
		}
	}
}

func TestABatchShowsWhatIsPicked(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	server := s.serveLive()
	tr := newTrader(s, "tea")
	id := tr.paid("batched@example.com")
	batch := tr.batch(id, tr.paid("another@example.com"))
	ben := trader{visitor: s.as(s.User("ben@tea.test", shop.RoleMerchant, tr.user.MerchantID, 0)), user: tr.user}
	list, watched := tr.open(server, tr.streamOf(urls.MerchantBatches()), ""), ben.open(server, ben.streamOf(urls.MerchantBatch(batch)), "")
	list.until("0 of 2\u00a0units")
	watched.until("0 of 2\u00a0units")
	if w := tr.post(urls.MerchantBatch(batch), "take", id.Number()+"/1:1:1"); w.Code != 303 {
		t.Fatalf("the pick: %d %s", w.Code, w.Body)
	}
	list.until("1 of 2\u00a0units")
	mustContain(t, watched.until("1 of 2\u00a0units").data, []string{`hx-target="#batch-board"`, `hx-target="#batch-totes"`, "Picked"})

	// The picker's own list changes with the picks, and not under the thumb.
	own := tr.open(server, tr.streamOf(urls.MerchantBatch(batch)), "")
	mustContain(t, own.until("<hx-partial").data, []string{`hx-target="#batch-totes"`}, `hx-target="#batch-board"`)
}

func TestANewMerchantIsLedToTheFirstOrder(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, _ := s.Merchant("new")
	v := s.as(s.User("owner@new.test", shop.RoleMerchant, merchant, 0))
	mustContain(t, v.page(urls.MerchantDay()), []string{"First steps", urls.MerchantProductNew(), urls.MerchantShipping(), "To do"}, "Nothing waits for you", "Parcels shipped today")
	mustContain(t, v.page(urls.MerchantWaiting()), []string{"Nothing waits"})
	mustContain(t, v.page(urls.MerchantWall()), []string{"Everything is picked.", ` is-wall"`})

	tr := newTrader(s, "tea")
	page := tr.page(urls.MerchantDay())
	for _, address := range []string{
		"/merchant/queue?stage=stuck&amp;due=late", "/merchant/queue?due=today", "/merchant/queue?stage=ready", urls.MerchantWaiting(), urls.MerchantLowStock(),
		urls.MerchantReturnsIn("in_transit"), urls.MerchantShipments("late"), urls.MerchantShipments("lost"),
	} {
		if !strings.Contains(page, `href="`+address+`"`) {
			t.Errorf("no figure leads to %s", address)
		}
	}
}
