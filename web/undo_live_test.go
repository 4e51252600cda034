package web_test

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"waybill/shop"
	"waybill/views/urls"
)

var tabCount = regexp.MustCompile(`stage=(\w+)"[^>]*>\s*[^<]*<span class="count">([\d,]+)</span>`)

// tabsOf are the tabs of the queue with their counts, of a page or of a message to one.
func tabsOf(t *testing.T, html string) string {
	t.Helper()
	var tabs []string
	for _, found := range tabCount.FindAllStringSubmatch(html, -1) {
		if tab := found[1] + " " + found[2]; len(tabs) < 6 {
			tabs = append(tabs, tab)
		}
	}
	if len(tabs) < 4 {
		t.Fatalf("the tabs are %v", tabs)
	}
	return strings.Join(tabs, ", ")
}

// What somebody takes back moves on the open pages of everybody else: the row comes back to its list, leaves the others, and the
// counts are those of a page that is opened now.
func TestOpenPagesFollowAnUndo(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	server := s.serveLive()
	tr, other := newTrader(s, "tea"), newTrader(s, "lamps")
	colleague := s.as(s.User("colleague@tea.test", shop.RoleMerchant, tr.user.MerchantID, 0))
	id, box := tr.labelled("ada@example.com")
	key := "p-" + shop.QueueRow{OrderID: id, No: 1}.Key()
	open := func(stage string) *liveTab {
		return colleague.open(server, colleague.streamOf(urls.MerchantQueue()+"?stage="+stage), "")
	}
	ready, shipped, pack := open("ready"), open("shipped"), open("pack")
	theirs := other.open(server, other.streamOf(urls.MerchantQueue()+"?stage=ready"), "")
	act := func(address string, values ...string) {
		t.Helper()
		if w := tr.post(address, values...); w.Code != http.StatusSeeOther {
			t.Fatalf("%s answers %d: %s", address, w.Code, w.Body)
		}
	}
	// moved waits until each list has heard of the parcel, and compares its counts with those of a page that is opened now.
	moved := func(what string, into *liveTab, outOf ...*liveTab) {
		t.Helper()
		arrived := into.until(`data-arrival="` + key + `"`)
		now := tabsOf(t, colleague.page(urls.MerchantQueue()))
		if got := tabsOf(t, arrived.data); got != now {
			t.Errorf("%s: the list that it comes to says %s, a page now %s", what, got, now)
		}
		for _, tab := range outOf {
			left := tab.until("#queue-tabs")
			for tabsOf(t, left.data) != now {
				left = tab.until("#queue-tabs")
			}
			if strings.Contains(left.data, `data-arrival="`+key) {
				t.Errorf("%s: it arrives where it left: %s", what, left.data)
			}
		}
	}
	act(urls.MerchantHandOver(), "id", strconv.FormatInt(box.ID, 10))
	moved("handed over", shipped, ready)
	act(urls.MerchantShipmentUndo(box.ID))
	moved("taken back", ready, shipped)
	act(urls.MerchantShipmentVoid(box.ID))
	act(urls.MerchantUnpack(id.Number()), "parcel", "1")
	moved("opened again", pack, ready)
	own := other.packed("eve@example.com")
	s.Store.Nudge()
	mustContain(t, theirs.until(own.Number()).data, nil, id.Number())
}
