package web_test

import (
	"net/http"
	"testing"

	"waybill/shop"
	"waybill/views/urls"
)

// The buyer of a trader's next order, and that order.
func newBuyer(s *site, tr trader, email string) (visitor, shop.OrderID) {
	s.t.Helper()
	customer, address := s.Customer(email)
	return s.as(s.User(email, shop.RoleCustomer, 0, customer)), s.Paid(customer, address, tr.sku)
}

func TestAnOpenOrderPageFollowsItsOrder(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	server := s.serveLive()
	tr := newTrader(s, "tea")
	buyer, order := newBuyer(s, tr, "ann@example.com")
	page := urls.AccountOrder(order.Number())
	tab := buyer.open(server, buyer.streamOf(page), "")

	first := tab.until("#order-story")
	mustContain(t, first.data, []string{`hx-target="#order-next"`, `hx-target="#order-money"`, `hx-target="#order-status"`}, `hx-target="#order-cancel"`)
	if _, err := shop.ParseFeedCursor(first.id); err != nil {
		t.Errorf("the first message has the id %q", first.id)
	}
	s.claim(tr) // somebody else's order: nothing to tell
	tr.order = order
	s.claim(tr)
	moved := tab.until(`hx-target="#order-cancel"`) // it can no longer be cancelled
	mustContain(t, moved.data, []string{"Being prepared"}, "<form")
	if moved.id == first.id {
		t.Error("the page's place has not moved")
	}
}

func TestOrderStreamsAreForTheirBuyers(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.serveLive()
	tr := newTrader(s, "tea")
	_, order := newBuyer(s, tr, "ann@example.com")
	bob, _ := newBuyer(s, tr, "bob@example.com")
	stream := urls.AccountOrderStream(order.Number())
	for name, asked := range map[string]struct {
		visitor
		status int
	}{
		"another buyer": {bob, http.StatusNotFound}, "a merchant": {tr.visitor, http.StatusForbidden}, "a guest": {s.guest(), http.StatusUnauthorized},
	} {
		if answer := asked.get(stream); answer.Code != asked.status {
			t.Errorf("%s: %d", name, answer.Code)
		}
	}
}

func TestFinishedOrdersAreNotFollowed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tr := newTrader(s, "tea")
	buyer, order := newBuyer(s, tr, "ann@example.com")
	s.Event(order, shop.StatusConfirmed, shop.StatusCancelled)
	mustContain(t, buyer.page(urls.AccountOrder(order.Number())), []string{order.Number()}, "hx-sse:connect", "hx-sse.min.js")
}
