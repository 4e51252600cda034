package web_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"waybill/adapters/simulated"
	"waybill/shop"
	"waybill/views/urls"
)

func TestSupportFindsByEveryKey(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, _ := s.Merchant("tea")
	sku := s.SKU(merchant, "TEA", 2000, 100)
	mine := s.buy("ana.silva@example.com", simulated.TokenOK, sku).Parts[0]
	other := s.buy("ben@example.com", simulated.TokenOK, sku).Parts[0]
	order := urls.SupportOrder(mine.OrderID.Number())
	s.Exec(`UPDATE fulfillments SET status = 'shipped', carrier = 'DHL', tracking_number = 'JD014600006', shipped_at = now() WHERE order_id = $1`, int64(mine.OrderID))
	s.Exec(`INSERT INTO import_refs (source, kind, external_id, id) VALUES ('olist', 'checkout', 'e481f51cbdc54678b7cc49136f2d6af7', $1)`, int64(mine.CheckoutID))
	support := s.staff(shop.RoleSupport)
	for what, text := range map[string]string{
		"order number":             mine.OrderID.Number(),
		"number as typed":          " " + strings.ToLower(strings.ReplaceAll(mine.OrderID.Number(), "-", " ")),
		"order id":                 strconv.FormatInt(int64(mine.OrderID), 10),
		"payment id":               strconv.FormatInt(mine.ID, 10),
		"charge key":               mine.ChargeKey,
		"provider's reference":     s.Text(`SELECT provider_ref FROM payments WHERE id = $1`, mine.ID),
		"tracking number":          "JD014600006",
		"tracking number as typed": "jd01 4600 006",
		"imported number":          "e481f51cbdc54678b7cc49136f2d6af7",
	} {
		w := support.get(urls.Support(text))
		if w.Code != http.StatusSeeOther || w.Header().Get("Location") != order {
			t.Errorf("%s (%q) answers %d to %q, want the order at %s", what, text, w.Code, w.Header().Get("Location"), order)
		}
	}
	customer := urls.SupportCustomer(s.Int(`SELECT customer_id FROM orders WHERE id = $1`, int64(mine.OrderID)))
	for what, text := range map[string]string{
		"beginning of an e-mail": "ana.s", "name": "customer ana",
	} {
		page := support.page(urls.Support(text))
		if !strings.Contains(page, customer) || strings.Contains(page, "ben@example.com") {
			t.Errorf("%s (%q) does not find the one customer", what, text)
		}
	}
	for _, address := range []string{"ana.silva@example.com", "ANA.Silva@example.com"} { // the customer with the orders, at once
		if w := support.get(urls.Support(address)); w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/support/customers/") {
			t.Errorf("%s leads to %d %s", address, w.Code, w.Header().Get("Location"))
		}
	}
	mustContain(t, support.page(urls.Support("customer")), []string{"ana.silva@example.com", "ben@example.com"})
	for _, nothing := range []string{"nobody@example.com", "%", "_", "ana%", "6XKQ3-M8ZT-4K", "123456"} {
		mustContain(t, support.page(urls.Support(nothing)), []string{"Nothing was found"}, other.OrderID.Number())
	}
	mustContain(t, support.page(urls.Support("6XKQ3-M8ZT-4P")), []string{"looks mistyped"})
	if w := support.get("/support?q="); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("an empty search answers %d", w.Code)
	}
	if w := support.get("/support?q=" + url.QueryEscape(strings.Repeat("a", 300))); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("a long search answers %d", w.Code)
	}
}

func TestSupportOrderShowsEverythingAndTheCustomerOnlyTheirs(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, _ := s.Merchant("tea")
	part := s.buy("ana@example.com", simulated.TokenOK, s.SKU(merchant, "TEA", 2000, 100)).Parts[0]
	number := part.OrderID.Number()
	support := s.staff(shop.RoleSupport)
	if w := support.post(urls.SupportNote(number), "text", "Called, wants it in blue", "key", "k1"); w.Code != http.StatusSeeOther {
		t.Fatalf("the note answers %d:\n%s", w.Code, w.Body)
	}
	support.post(urls.SupportNote(number), "text", "Called, wants it in blue", "key", "k1") // the second click
	if n := s.Int(`SELECT count(*) FROM order_events WHERE kind = 'note'`); n != 1 {
		t.Errorf("two clicks made %d notes", n)
	}
	page := support.page(urls.SupportOrder(number))
	mustContain(t, page, []string{
		"Called, wants it in blue", "User support@example.com", "Time in each state", "Paid, to pick", "Reservations", "Held", "Stock moves", "Reservation",
		s.Text(`SELECT provider_ref FROM payments WHERE id = $1`, part.ID), "MAIN", "#1", "public", "staff", strconv.FormatInt(part.ID, 10), "Cancel order",
	}, urls.FinancePayment(part.ID))
	mustContain(t, support.page(urls.SupportOrder(number)+"?as=customer"), []string{"This is what the customer sees", "Confirmed"},
		"wants it in blue", "Cancel order", "Reservations", "Add note")
	finance := s.staff(shop.RoleFinance)
	mustContain(t, finance.page(urls.SupportOrder(number)), []string{urls.FinancePayment(part.ID)}, "Cancel order", "Add note")
	for _, path := range []string{urls.SupportNote(number), urls.SupportOrderCancel(number)} {
		if w := finance.post(path, "text", "x", "reason", "x", "key", "k2"); w.Code != http.StatusForbidden {
			t.Errorf("%s answers finance %d", path, w.Code)
		}
	}
	for _, wrong := range []string{"", "  ", strings.Repeat("x", shop.MaxNote+1)} {
		if w := support.post(urls.SupportNote(number), "text", wrong, "key", "k3"); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("a note of %d characters answers %d", len(wrong), w.Code)
		}
	}
}

func TestSupportCancelsWithAReason(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, _ := s.Merchant("tea")
	part := s.buy("ana@example.com", simulated.TokenOK, s.SKU(merchant, "TEA", 2000, 100)).Parts[0]
	support := s.staff(shop.RoleSupport)
	path := urls.SupportOrderCancel(part.OrderID.Number())
	if w := support.post(path, "reason", " "); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "Say why") {
		t.Errorf("cancelling without a reason answers %d", w.Code)
	}
	if w := support.post(path, "reason", "Ordered twice"); w.Code != http.StatusSeeOther {
		t.Fatalf("cancelling answers %d:\n%s", w.Code, w.Body)
	}
	mustContain(t, support.page(urls.SupportOrder(part.OrderID.Number())), []string{"Ordered twice", "has been cancelled already", "Released", "$20.00 goes back to the customer"})
	if held := s.Int(`SELECT sum(reserved) FROM stock_levels`); held != 0 {
		t.Errorf("%d units are still reserved", held)
	}
	if back := s.Int(`SELECT refunded_minor FROM payments WHERE id = $1`, part.ID); back != 2000 {
		t.Errorf("%d went back, want 2000", back)
	}
}

func TestSupportCustomerAddsUpWhatWasBought(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, _ := s.Merchant("tea")
	sku := s.SKU(merchant, "TEA", 2000, 100)
	customer, address := s.Customer("ana@example.com")
	for range 30 {
		s.Place(customer, address, sku)
	}
	s.pay(s.Place(customer, address, sku), customer, simulated.TokenOK)
	support := s.staff(shop.RoleSupport)
	page := support.page(urls.SupportCustomer(customer))
	mustContain(t, page, []string{"ana@example.com", "30 pending, 1 confirmed", ">620.00<", ">20.00<", "1 Main St"})
	if n := strings.Count(page, `data-label="Order"`); n != 25 {
		t.Errorf("%d orders on the first page, want 25", n)
	}
	_, rest, _ := strings.Cut(page, "before=")
	before, _, _ := strings.Cut(rest, `"`)
	if n := strings.Count(support.page(urls.SupportCustomer(customer)+"?before="+before), `data-label="Order"`); n != 6 {
		t.Errorf("%d orders on the second page, want 6", n)
	}
	if w := support.get(urls.SupportCustomer(999)); w.Code != http.StatusNotFound {
		t.Errorf("an unknown customer answers %d", w.Code)
	}
}

func TestStuckOrdersAreThoseWithoutProgress(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, _ := s.Merchant("tea")
	sku := s.SKU(merchant, "TEA", 2000, 100)
	fresh, old := s.buy("a@example.com", simulated.TokenOK, sku).Parts[0].OrderID, s.buy("b@example.com", simulated.TokenOK, sku).Parts[0].OrderID
	s.Exec(`UPDATE orders SET status_at = now() - interval '5 days' WHERE id = $1`, int64(old))
	support := s.staff(shop.RoleSupport)
	mustContain(t, support.page(urls.SupportStuck()), []string{old.Number(), "Paid, to pick for over"}, fresh.Number())
	s.Exec(`ALTER TABLE orders DISABLE TRIGGER USER; UPDATE orders SET source = 'olist' WHERE id = ` + strconv.FormatInt(int64(old), 10))
	mustContain(t, support.page(urls.SupportStuck()), []string{"Nothing is stuck"}, old.Number())
	mustContain(t, support.page(urls.SupportStuck()+"?imported=1"), []string{old.Number()})
}
