package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"waybill/shop"
	"waybill/views/urls"
)

// From nothing: an administrator opens a merchant and gives it staff, who keep its locations.
func TestAMerchantIsOpenedAndGetsStaffAndLocations(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	boss := s.staff(shop.RoleAdmin)
	mustContain(t, boss.page(urls.AdminMerchants()), []string{"No merchants yet", "waybill merchant create --name NAME"})
	form := []string{"name", "Leaf & Co", "slug", "", "country", "DE", "timeZone", "Europe/Berlin", "location", "hh", "locationName", "Lager"}
	if w := boss.post(urls.AdminMerchants(), form...); w.Code != http.StatusSeeOther {
		t.Fatalf("opening a merchant answers %d: %s", w.Code, w.Body)
	}
	boss.page(urls.AdminMerchants()) // says that it is open
	mustContain(t, boss.page(urls.AdminMerchants()), []string{"Leaf &amp; Co", "leaf-co", "Germany", "merchant=leaf-co"}, "No merchants yet")
	mustContain(t, boss.page(urls.AdminUsers()+"?merchant=leaf-co"), []string{`value="leaf-co"`})
	mustContain(t, boss.page(urls.AdminAudit()+"?action=merchant.created"), []string{"slug=leaf-co"})
	if w := boss.post(urls.AdminUsers(), "email", "max@example.com", "role", "merchant", "merchant", "leaf-co", "password", "correct horse"); w.Code != http.StatusSeeOther {
		t.Fatalf("adding staff answers %d", w.Code)
	}
	merchant := s.Int(`SELECT id FROM merchants WHERE slug = 'leaf-co'`)
	max := s.as(s.User("eva@example.com", shop.RoleMerchant, merchant, 0))
	mustContain(t, max.page(urls.MerchantInventory()), []string{urls.MerchantLocations()})
	mustContain(t, max.page(urls.MerchantLocations()), []string{"Lager", `name="priority" type="text" value="2"`})
	if w := max.post(urls.MerchantLocations(), "code", "annex", "name", "", "priority", "1"); w.Code != http.StatusSeeOther {
		t.Fatalf("adding a location answers %d: %s", w.Code, w.Body)
	}
	main := urls.MerchantLocation(s.Int(`SELECT id FROM locations WHERE code = 'HH'`))
	mustContain(t, max.page(main), []string{"Change HH", `value="Lager"`}, `name="code"`)
	if w := max.post(main, "name", "Lager Nord", "priority", "5", "code", "STOLEN"); w.Code != http.StatusSeeOther {
		t.Fatalf("changing a location answers %d: %s", w.Code, w.Body)
	}
	if got := s.Text(`SELECT string_agg(concat_ws(' ', code, name, priority), ', ' ORDER BY priority) FROM locations WHERE merchant_id = $1`, merchant); got != "ANNEX ANNEX 1, HH Lager Nord 5" {
		t.Errorf("the locations are %q", got)
	}
}

func TestMerchantsAndLocationsThatCannotBe(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.Merchant("tea")
	boss := s.staff(shop.RoleAdmin)
	merchant := func(field, value string) []string {
		form := []string{"name", "Leaf", "slug", "leaf", "country", "DE", "timeZone", "UTC", "location", "MAIN", "locationName", ""}
		for i := 0; i < len(form); i += 2 {
			if form[i] == field {
				form[i+1] = value
			}
		}
		return form
	}
	for _, c := range [][3]string{
		{"name", "", "Enter the name"}, {"name", strings.Repeat("x", shop.MaxMerchantName+1), "at most 200"}, {"slug", "tea", "Another merchant has the short name tea"},
		{"slug", "Tea!", "lower-case letters"}, {"country", "", "Choose a country"}, {"timeZone", "Mars/Olympus", "no such time zone"}, {"timeZone", "../etc", "no such time zone"},
		{"location", "a b", "letters A to Z"}, {"locationName", strings.Repeat("x", shop.MaxLocationName+1), "at most 100"},
	} {
		w := boss.post(urls.AdminMerchants(), merchant(c[0], c[1])...)
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), c[2]) {
			t.Errorf("a merchant with %s %q answers %d", c[0], c[1], w.Code)
		}
	}
	if n := s.Int(`SELECT count(*) FROM merchants`); n != 1 {
		t.Errorf("%d merchants after refusals, want 1", n)
	}
	max := s.as(s.User("max@example.com", shop.RoleMerchant, s.Int(`SELECT id FROM merchants`), 0))
	for _, c := range [][3]string{
		{"", "2", "Enter a short code"}, {"MAIN", "2", "Another location has this code"}, {"x/y", "2", "letters A to Z"}, {"NEW", "0", "whole number"},
		{"NEW", "1001", "whole number"}, {"NEW", "soon", "whole number"},
	} {
		w := max.post(urls.MerchantLocations(), "code", c[0], "name", "Annex", "priority", c[1])
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), c[2]) {
			t.Errorf("a location %q of priority %s answers %d", c[0], c[1], w.Code)
		}
	}
	for i := s.Int(`SELECT count(*) FROM locations`); i < shop.MaxLocations; i++ {
		s.Location(s.Int(`SELECT id FROM merchants`), fmt.Sprintf("L%d", i), 2)
	}
	if w := max.post(urls.MerchantLocations(), "code", "MORE", "name", "", "priority", "2"); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("one location too many answers %d", w.Code)
	}
	if n := s.Int(`SELECT count(*) FROM locations`); n != shop.MaxLocations {
		t.Errorf("%d locations, want %d", n, shop.MaxLocations)
	}
}
