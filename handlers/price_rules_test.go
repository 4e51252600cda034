package handlers_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"waybill/adapters/simulated"
	"waybill/shop"
	"waybill/views/format"
	"waybill/views/urls"
)

func TestAdminsKeepTheRatesOfTax(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.account("boss@example.com", shop.RoleAdmin, 0, 0)
	boss := s.visitor(t)
	boss.signIn("boss@example.com")
	boss.get(urls.AdminTaxes()).wants(http.StatusOK, "No taxes yet")
	add := func(rate, from string) answer {
		return boss.post(urls.AdminTaxes(), "country", "us", "region", "california", "category", "Standard", "name", "Sales tax", "rate", rate, "from", from)
	}
	boss.post(urls.AdminTaxes(), "country", "XX", "category", "", "rate", "7,5").
		wants(http.StatusUnprocessableEntity, "Choose the country", "Name the category", "Enter a name", "Enter a percentage")
	add("101", "").wants(http.StatusUnprocessableEntity, "at most 100")
	add("8", "2001-01-01").wants(http.StatusUnprocessableEntity, "begins today or later")
	add("7.25", "").wants(http.StatusSeeOther)
	tomorrow := time.Now().UTC().AddDate(0, 0, 1).Format(time.DateOnly)
	add("10.75", tomorrow).wants(http.StatusSeeOther)
	add("10.75", tomorrow).wants(http.StatusSeeOther) // the same once more
	add("11", tomorrow).wants(http.StatusUnprocessableEntity, "begins at that moment")
	boss.get(urls.AdminTaxes()).wants(http.StatusOK, "United States, CA", "7.25%", "10.75%", "In force", "Scheduled")
	want := "72500 ends with the next, 107500 stays"
	if got := s.Text(`SELECT concat_ws(' ', (SELECT rate_ppm FROM tax_rates WHERE valid_until = (SELECT max(valid_from) FROM tax_rates)), 'ends with the next,',
		(SELECT rate_ppm FROM tax_rates WHERE valid_until IS NULL), 'stays')`); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	for _, question := range []string{"It will not begin", "such goods are sold there without tax"} { // the one to come is taken back, the one in force ends
		boss.get(urls.AdminTaxEnd(s.Int(`SELECT max(id) FROM tax_rates`))).wants(http.StatusOK, question)
		boss.post(urls.AdminTaxEnd(s.Int(`SELECT max(id) FROM tax_rates`))).wants(http.StatusSeeOther)
	}
	last := urls.AdminTaxEnd(s.Int(`SELECT max(id) FROM tax_rates`))
	boss.post(last).wants(http.StatusSeeOther) // the same button once more
	s.account("other@example.com", shop.RoleAdmin, 0, 0)
	other := s.visitor(t)
	other.signIn("other@example.com")
	other.post(last).wants(http.StatusConflict, "ended already")
	boss.post(urls.AdminTaxEnd(99)).wants(http.StatusNotFound)
	boss.get(urls.AdminTaxEnd(s.Int(`SELECT max(id) FROM tax_rates`))).wants(http.StatusOK, "has ended already")
	boss.get(urls.AdminTaxEnd(99)).wants(http.StatusNotFound)
	if n := s.Int(`SELECT count(*) FROM audit_log WHERE action IN ('tax.added', 'tax.ended')`); n != 4 {
		t.Errorf("%d audit entries, want 4", n)
	}
	s.booksAgree(t)
}

// The setting holds for the next order, and at once: 2.50 at 1 % is half a cent over 2 cents.
func TestAdminsChooseTheRounding(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, _ := s.Merchant("acme")
	sku := s.SKU(merchant, "A", 250, 10)
	s.Exec(`INSERT INTO tax_rates (country, name, rate_ppm) VALUES ('US', 'Tax', 10000)`)
	customer, address := s.Customer("ada@example.com")
	s.account("boss@example.com", shop.RoleAdmin, 0, 0)
	boss := s.visitor(t)
	boss.signIn("boss@example.com")
	boss.post(urls.AdminSettings(), "rounding", "down").wants(http.StatusUnprocessableEntity, "Choose how halves are rounded")
	for _, c := range []struct {
		rounding shop.Rounding
		tax      int64
	}{{shop.HalfUp, 3}, {shop.HalfEven, 2}} {
		boss.post(urls.AdminSettings(), "rounding", string(c.rounding)).wants(http.StatusSeeOther)
		if got := s.Place(customer, address, sku).Orders[0].TaxMinor; got != c.tax {
			t.Errorf("%s: %d, want %d", c.rounding, got, c.tax)
		}
	}
	if n := s.Int(`SELECT count(*) FROM audit_log WHERE action = 'settings.rounding'`); n != 1 {
		t.Errorf("%d audit entries, want 1: the first choice changed nothing", n)
	}
}

func TestMerchantsKeepTheirShippingRates(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	acme, _ := s.Merchant("acme")
	bolt, _ := s.Merchant("bolt")
	sku := s.SKU(acme, "A", 3000, 50)
	s.Exec(`UPDATE skus SET weight_grams = 1500`)
	s.account("seller@example.com", shop.RoleMerchant, acme, 0)
	s.account("rival@example.com", shop.RoleMerchant, bolt, 0)
	seller, rival := s.visitor(t), s.visitor(t)
	seller.signIn("seller@example.com")
	rival.signIn("rival@example.com")
	seller.get(urls.MerchantShipping()).wants(http.StatusOK, "free of charge")
	seller.post(urls.MerchantShipping(), "country", "XX", "currency", "USD", "weight", "heavy", "price", "1.234").
		wants(http.StatusUnprocessableEntity, "Choose the country, or anywhere", "weight in kilograms", "at most 2 decimals")
	for _, rate := range [][3]string{{"", "", "5"}, {"", "50", "0"}, {"4", "", "12.50"}} {
		seller.post(urls.MerchantShipping(), "country", "US", "currency", "USD", "weight", rate[0], "subtotal", rate[1], "price", rate[2]).wants(http.StatusSeeOther)
	}
	seller.post(urls.MerchantShipping(), "country", "US", "currency", "USD", "price", "6").wants(http.StatusUnprocessableEntity, "already")
	seller.get(urls.MerchantShipping()).wants(http.StatusOK, "from 4 kg", "$12.50")
	heavy := s.Int(`SELECT id FROM shipping_rates WHERE from_weight_grams > 0`)
	rival.post(urls.MerchantShippingRemove(heavy)).wants(http.StatusNotFound)

	v, _, _ := s.buyer(t, "ada@example.com")
	v.openCheckout(sku, "1").wants(http.StatusOK, "acme asks $5.00 for sending 1.5 kg to United States.")
	addTo(v, sku, "1")
	v.get(urls.Checkout()).wants(http.StatusOK, "acme asks $0.00 for sending 3 kg to United States, with goods for $50.00 or more.")
	addTo(v, sku, "1")
	v.get(urls.Checkout()).wants(http.StatusOK, "acme asks $12.50 for sending 4.5 kg to United States, from 4 kg.")
	seller.post(urls.MerchantShippingRemove(heavy)).wants(http.StatusSeeOther)
	v.get(urls.Checkout()).wants(http.StatusOK, "acme asks $0.00")
}

func TestDiscountsFromTheirMakingToTheOrder(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	acme, _ := s.Merchant("acme")
	bolt, _ := s.Merchant("bolt")
	a, b := s.SKU(acme, "A", 5000, 50), s.SKU(bolt, "B", 5000, 50)
	s.account("seller@example.com", shop.RoleMerchant, acme, 0)
	s.account("boss@example.com", shop.RoleAdmin, 0, 0)
	seller, boss := s.visitor(t), s.visitor(t)
	seller.signIn("seller@example.com")
	boss.signIn("boss@example.com")
	seller.post(urls.MerchantDiscounts(), "key", "k0", "code", "A B", "percent", "0", "limit", "-1", "until", "2001-01-01").
		wants(http.StatusUnprocessableEntity, "Enter a name", "letters, digits", "a share or an amount", "whole number above zero", "The last day must be today")
	for range 2 { // the form is sent twice
		seller.post(urls.MerchantDiscounts(), "key", "k1", "name", "Regulars", "code", "regular", "percent", "20", "min-USD", "50", "customer-limit", "1").wants(http.StatusSeeOther)
	}
	seller.post(urls.MerchantDiscounts(), "key", "k2", "name", "Again", "code", "REGULAR", "percent", "5").wants(http.StatusUnprocessableEntity, "with this code already")
	boss.post(urls.AdminDiscounts(), "key", "k3", "name", "Ten off", "code", "TEN", "amount-USD", "10").wants(http.StatusSeeOther)
	if n := s.Int(`SELECT count(*) FROM discounts`); n != 2 {
		t.Fatalf("%d discounts, want 2", n)
	}
	seller.get(urls.MerchantDiscounts()).wants(http.StatusOK, "REGULAR", "20%", "from $50.00", "0, 1 per customer").lacks("Ten off")
	seller.post(urls.MerchantDiscountEnd(s.Int(`SELECT id FROM discounts WHERE code = 'TEN'`))).wants(http.StatusNotFound)

	v, _, address := s.buyer(t, "ada@example.com")
	addTo(v, a, "1")
	addTo(v, b, "1")
	v.post(urls.CartCodes(0), "code", "nothing").wants(http.StatusUnprocessableEntity, "There is no code NOTHING.", `value="nothing"`)
	v.post(urls.CartCodes(0), "code", " ten ").sends(urls.Cart())
	v.post(urls.CartCodes(address), "code", "Regular").sends(urls.CheckoutFor(address))
	page := v.get(urls.Checkout()).wants(http.StatusOK, "Regulars (REGULAR)", "−$10.00", "Ten off (TEN)", "Place order and pay $80.00")
	number := v.send(page, address, simulated.TokenOK).number()
	v.get(urls.CheckoutDone(number)).wants(http.StatusOK, "Paid $80.00", "Regulars (REGULAR)")
	if got := s.Text(`SELECT string_agg(concat_ws(' ', code, amount_minor), ', ' ORDER BY order_id, code) FROM order_discounts`); got != "REGULAR 1000, TEN 444, TEN 556" {
		t.Errorf("on record: %s", got)
	}
	addTo(v, a, "1")
	v.post(urls.CartCodes(address), "code", "regular").wants(http.StatusUnprocessableEntity, "You have used the code REGULAR already")
	v.post(urls.CartCodes(0), "code", "ten").sends(urls.Cart())
	boss.post(urls.AdminDiscountEnd(s.Int(`SELECT id FROM discounts WHERE code = 'TEN'`))).wants(http.StatusSeeOther)
	v.get(urls.Cart()).wants(http.StatusOK, "The code TEN is no longer valid.")
	v.get(urls.Checkout()).wants(http.StatusOK, "Place order and pay $50.00")
	v.post(urls.CartCodeRemove("TEN", 0)).sends(urls.Cart())
	v.get(urls.Cart()).lacks("The code TEN")
	s.booksAgree(t)
}

// Somebody else takes the last use of a code between the page and the button: the buyer is asked, and sees why.
func TestTheBuyerIsAskedWhenATotalHasChanged(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, _ := s.Merchant("acme")
	sku := s.SKU(merchant, "A", 5000, 50)
	id := s.Int(`INSERT INTO discounts (code, name, percent_ppm, valid_from, usage_limit) VALUES ('LAST', 'Last', 100000, now(), 1) RETURNING id`)
	v, _, address := s.buyer(t, "ada@example.com")
	addTo(v, sku, "1")
	v.post(urls.CartCodes(0), "code", "last").sends(urls.Cart())
	page := v.get(urls.Checkout()).wants(http.StatusOK, "Place order and pay $45.00")

	other, there := s.Customer("bob@example.com")
	command := s.Order(other, there, sku)
	command.DiscountCodes = []string{"LAST"}
	if _, err := s.pages.Placer.PlaceCheckout(t.Context(), command); err != nil {
		t.Fatal(err)
	}
	s.Exec(`UPDATE sku_prices SET price_minor = 5500`)
	asked := v.send(page, address, simulated.TokenOK).wants(http.StatusConflict, "The total has changed.", "The total was $45.00 and is now $55.00.",
		"Product A was $50.00 when you added it and is now $55.00.", "The code LAST is used up.", "Place order and pay $55.00")
	if n := s.Int(`SELECT count(*) FROM orders`); n != 1 {
		t.Errorf("%d orders, want the other buyer's alone", n)
	}
	number := v.send(asked, address, simulated.TokenOK).number()
	v.get(urls.CheckoutDone(number)).wants(http.StatusOK, "Paid $55.00")
	if used := s.Int(`SELECT used FROM discounts WHERE id = $1`, id); used != 1 {
		t.Errorf("the code was used %d times", used)
	}
	s.booksAgree(t)
}

// Yen have no decimals and dinars have three, on every page that the money is shown on.
func TestEveryCurrencyKeepsItsDigits(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, _ := s.Merchant("acme")
	for _, c := range []struct {
		currency shop.Currency
		minor    int64
		digits   string
	}{{"JPY", 5800, "11,600"}, {"KWD", 1234, "2.468"}} {
		each, two := format.Money(shop.Amount{Minor: c.minor, Currency: c.currency}), format.Money(shop.Amount{Minor: 2 * c.minor, Currency: c.currency})
		if !strings.HasSuffix(two, c.digits) {
			t.Errorf("%d of %s is written %q", 2*c.minor, c.currency, two)
		}
		sku := s.SKU(merchant, string(c.currency), 100, 10)
		s.Exec(`UPDATE sku_prices SET currency = $2, price_minor = $3 WHERE sku_id = $1`, sku, string(c.currency), c.minor)
		v, customer, address := s.buyer(t, string(c.currency)+"@example.com")
		v.get(fmt.Sprintf("/products/p-%d-%s", merchant, strings.ToLower(string(c.currency)))).wants(http.StatusOK, each)
		v.post(urls.CartAdd(), "sku", fmt.Sprint(sku), "quantity", "2", "currency", string(c.currency)).wants(http.StatusSeeOther)
		v.get(urls.Cart()).wants(http.StatusOK, each, two)
		page := v.get(urls.Checkout()).wants(http.StatusOK, "Place order and pay "+two)
		number := v.send(page, address, simulated.TokenOK).number()
		v.get(urls.CheckoutDone(number)).wants(http.StatusOK, "Paid "+two)
		if got := s.Int(`SELECT captured_minor FROM payments p JOIN orders o ON o.id = p.order_id WHERE o.customer_id = $1`, customer); got != 2*c.minor {
			t.Errorf("%s: captured %d, want %d", c.currency, got, 2*c.minor)
		}
	}
	s.booksAgree(t)
}
