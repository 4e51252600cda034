package web_test

import (
	"net/http"
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
