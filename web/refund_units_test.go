package web_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"

	"waybill/adapters/simulated"
	"waybill/shop"
	"waybill/views/urls"
)

func TestStaffRefundExactUnits(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, _ := s.Merchant("tea")
	tea, mug := s.SKU(merchant, "TEA", 2000, 100), s.SKU(merchant, "MUG", 333, 100)
	part := s.buy("ana@example.com", simulated.TokenOK, tea, mug).Parts[0]
	number := part.OrderID.Number()
	merchantUser := s.as(s.User("seller@example.com", shop.RoleMerchant, merchant, 0))
	page := urls.MerchantRefund(number)
	mustContain(t, merchantUser.page(urls.MerchantOrder(number)), []string{page})
	mustContain(t, merchantUser.page(page), []string{"Product TEA", "Work out the amount"}, "Refund $")

	preview := merchantUser.post(page, "units[2]", "1", "do", "preview", "key", "k1")
	mustContain(t, preview.Body.String(), []string{"Refund $3.33", "1 × Product MUG"})
	if preview.Code != http.StatusOK || s.Int(`SELECT count(*) FROM unit_refunds`) != 0 {
		t.Errorf("a preview answers %d and refunds", preview.Code)
	}
	for range 2 { // the second click
		if w := merchantUser.post(page, "units[2]", "1", "do", "refund", "key", "k1", "reason", "chipped"); w.Code != http.StatusSeeOther {
			t.Fatalf("the refund answers %d:\n%s", w.Code, w.Body)
		}
	}
	if n := s.Int(`SELECT sum(refunded_minor) FROM payments`); n != 333 {
		t.Errorf("refunded %d, want 333 once", n)
	}
	mustContain(t, merchantUser.page(urls.MerchantOrder(number)), []string{"1 of 1 refunded, $3.33", "for 1 × Product MUG: chipped"})

	whole := s.Int(`SELECT id FROM unit_refunds`)
	for _, id := range []int64{whole + 1, whole} {
		status := http.StatusSeeOther // back to the order, which says that nothing is missing
		if id != whole {
			status = http.StatusNotFound
		}
		if w := merchantUser.post(urls.MerchantRefundRetry(number, id), "payouts", "1"); w.Code != status {
			t.Errorf("trying refund %d again answers %d, want %d", id-whole, w.Code, status)
		}
	}
	mustContain(t, merchantUser.page(urls.MerchantOrder(number)), []string{"Nothing of this refund is missing"}, "of a refund is missing")
	rival, _ := s.Merchant("lamps")
	if w := s.as(s.User("rival@example.com", shop.RoleMerchant, rival, 0)).post(urls.MerchantRefundRetry(number, whole), "payouts", "1"); w.Code != http.StatusNotFound {
		t.Errorf("another merchant's try answers %d", w.Code)
	}

	for name, form := range map[string][]string{
		"nothing":    {"do", "preview"},
		"not a unit": {"do", "preview", "units[1]", "x"},
		"too many":   {"do", "refund", "units[1]", "2"},
		"twice":      {"do", "refund", "units[2]", "1"},
		"shipping":   {"do", "preview", "shipping", "12,50"},
	} {
		if w := merchantUser.post(page, append(form, "key", "other")...); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s answers %d", name, w.Code)
		}
	}
	support := s.staff(shop.RoleSupport)
	if w := support.post(urls.SupportRefund(number), "units[1]", "1", "do", "refund", "key", "k2"); w.Code != http.StatusSeeOther {
		t.Errorf("the support's refund answers %d:\n%s", w.Code, w.Body)
	}
	mustContain(t, support.page(urls.SupportOrder(number)), []string{"1 of 1 refunded, $20.00"})
	if w := support.post(urls.SupportRefundRetry(number, whole), "payouts", "1"); w.Code != http.StatusSeeOther {
		t.Errorf("the support's try answers %d", w.Code)
	}
	finance := s.staff(shop.RoleFinance)
	if w := finance.post(urls.SupportRefundRetry(number, whole), "payouts", "1"); w.Code != http.StatusForbidden {
		t.Errorf("finance's try answers %d", w.Code)
	}
	if w := finance.get(urls.SupportRefund(number)); w.Code != http.StatusForbidden {
		t.Errorf("finance gets %d", w.Code)
	}
	if w := merchantUser.post(page, "units[1]", "1", "do", "preview", "key", "k3"); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("a unit that is refunded already answers %d", w.Code)
	}
}

// payPart pays a part of an order; nil is what is left.
func (s *site) payPart(order shop.OrderID, customer int64, minor *int64) {
	s.t.Helper()
	key, err := shop.NewIdempotencyKey("test", fmt.Sprintf("part-%d-%t", order, minor != nil), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	_, err = s.payments.Pay(context.WithoutCancel(s.t.Context()), shop.PayCommand{
		OrderID: order, Scope: shop.OrderScope{CustomerID: customer}, Method: simulated.TokenOK, AmountMinor: minor,
		Actor: shop.Actor{Kind: shop.ActorCustomer, ID: customer, Name: "Ada Buyer"}, Key: key,
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// An order was paid in two parts, and the processor declines to give one of them back: the page says what is missing, and
// whoever tries again, and however often, what is missing goes back once.
func TestStaffTryAgainWhatTheProcessorDeclined(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, _ := s.Merchant("tea")
	customer, address := s.Customer("ana@example.com")
	order := s.Place(customer, address, s.SKU(merchant, "TEA", 2000, 100)).Orders[0].ID
	number, part := order.Number(), int64(500)
	s.payPart(order, customer, &part)
	s.payPart(order, customer, nil)
	// Somebody gave the first part back at the processor's own desk, so there is nothing left of it.
	charge := s.Text(`SELECT provider_ref FROM payments WHERE order_id = $1 AND amount_minor = 500 AND captured_minor = 500`, int64(order))
	desk := shop.MoneyRequest{Key: "desk", Charge: charge, Amount: shop.Amount{Minor: 500, Currency: "USD"}}
	if outcome, err := simulated.New(s.Pool).Refund(t.Context(), desk); err != nil || outcome.State != shop.OutcomeSucceeded {
		t.Fatalf("%+v, %v", outcome, err)
	}

	seller := s.as(s.User("seller@example.com", shop.RoleMerchant, merchant, 0))
	if w := seller.post(urls.MerchantRefund(number), "units[1]", "1", "do", "refund", "key", "k1"); w.Code != http.StatusSeeOther {
		t.Fatalf("the refund answers %d:\n%s", w.Code, w.Body)
	}
	page := seller.page(urls.MerchantOrder(number))
	mustContain(t, page, []string{"The payment provider declined $5.00 of the refund of $20.00", "$5.00 of a refund is missing.", "Of the refund of $20.00, $15.00 went back", "more would be refunded than was captured", "Try $5.00 again", `name="payouts" value="2"`})
	retry := urls.MerchantRefundRetry(number, s.Int(`SELECT id FROM unit_refunds`))
	mustContain(t, page, []string{`action="` + retry + `"`})

	payouts := func() int64 { return s.Int(`SELECT count(*) FROM refunds WHERE order_id = $1`, int64(order)) }
	for range 2 { // the second click
		if w := seller.post(retry, "payouts", "2"); w.Code != http.StatusSeeOther || w.Header().Get("Location") != urls.MerchantOrder(number) {
			t.Errorf("the try answers %d to %s", w.Code, w.Header().Get("Location"))
		}
	}
	if n := payouts(); n != 3 {
		t.Errorf("%d payouts, want the two and one try", n)
	}
	mustContain(t, seller.page(urls.MerchantOrder(number)), []string{"$5.00 of a refund is missing.", `name="payouts" value="3"`})

	rival, _ := s.Merchant("lamps")
	stranger := s.as(s.User("rival@example.com", shop.RoleMerchant, rival, 0))
	if w := stranger.post(retry, "payouts", "3"); w.Code != http.StatusNotFound || payouts() != 3 {
		t.Errorf("another merchant's try answers %d, and there are %d payouts", w.Code, payouts())
	}
	finance := s.staff(shop.RoleFinance)
	mustContain(t, finance.page(urls.SupportOrder(number)), []string{"$5.00 of a refund is missing."}, "Try $5.00 again")
	support := s.staff(shop.RoleSupport)
	mustContain(t, support.page(urls.SupportOrder(number)), []string{"Try $5.00 again", `action="` + urls.SupportRefundRetry(number, s.Int(`SELECT id FROM unit_refunds`)) + `"`})

	s.Exec(`DELETE FROM simulated_processor.transactions WHERE request_key = 'desk'`) // the desk put it right
	var all sync.WaitGroup
	for _, press := range []func(){
		func() { seller.post(retry, "payouts", "3") },
		func() { seller.post(retry, "payouts", "3") },
		func() {
			support.post(urls.SupportRefundRetry(number, s.Int(`SELECT id FROM unit_refunds`)), "payouts", "3")
		},
		func() { seller.post(retry, "payouts", "2") }, // a page from before
	} {
		all.Go(press)
	}
	all.Wait()
	if n := s.Int(`SELECT sum(refunded_minor) FROM payments WHERE order_id = $1`, int64(order)); n != 2000 || payouts() != 4 {
		t.Errorf("%d went back in %d payouts, want 2000 in 4", n, payouts())
	}
	mustContain(t, seller.page(urls.MerchantOrder(number)), []string{"1 of 1 refunded, $20.00"}, "of a refund is missing", "Try $5.00 again")
	seller.post(retry, "payouts", "4")
	mustContain(t, seller.page(urls.MerchantOrder(number)), []string{"Nothing of this refund is missing"})
	s.CheckBooks()
}
