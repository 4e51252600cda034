package web_test

import (
	"net/http"
	"testing"

	"waybill/views/urls"
)

func TestAMerchantSaysWhetherPricesIncludeTax(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tr, other := newTrader(s, "tea"), newTrader(s, "lamps")
	mustContain(t, tr.page(urls.MerchantTaxes()), []string{"No taxes yet", "No price is recalculated."})
	s.Exec(`INSERT INTO tax_rates (country, tax_category, name, rate_ppm) VALUES ('US', 'standard', 'Sales tax', 250000)`)
	mustContain(t, tr.page(urls.MerchantTaxes()), []string{"What a price of $100.00 comes to now", "25% Sales tax", "$25.00", "$125.00"})

	refused := tr.post(urls.MerchantTaxes(), "prices", "both")
	if refused.Code != http.StatusUnprocessableEntity {
		t.Fatalf("%d", refused.Code)
	}
	mustContain(t, refused.Body.String(), []string{"There is a problem", "Choose whether your prices include tax", "$125.00"})
	for range 2 { // a form that is sent twice changes one thing
		if w := tr.post(urls.MerchantTaxes(), "prices", "included"); w.Code != http.StatusSeeOther {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	mustContain(t, tr.page(urls.MerchantTaxes()), []string{"$20.00", "$100.00"}, "$125.00")
	mustContain(t, other.page(urls.MerchantTaxes()), []string{"$125.00"})
	if got := s.Text(`SELECT string_agg(slug || ' ' || prices_include_tax, ', ' ORDER BY slug) FROM merchants`); got != "lamps false, tea true" {
		t.Errorf("prices include tax: %s", got)
	}
	if got := s.Text(`SELECT string_agg(subject || ' ' || data::text, ';') FROM audit_log WHERE action = 'settings.prices_include_tax'`); got != `merchant:1 {"included": true}` {
		t.Errorf("written down: %s", got)
	}

	// What was ordered before keeps its tax; what is ordered from now on has it inside.
	order := tr.paid("later@example.com")
	if got := s.Text(`SELECT string_agg(l.tax_included || ' ' || (l.order_id = $1), ', ' ORDER BY l.order_id) FROM order_line_items l JOIN orders o ON o.id = l.order_id WHERE o.merchant_id = 1`, order); got != "false false, true true" {
		t.Errorf("orders: %s", got)
	}
}
