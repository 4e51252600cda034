package web_test

import (
	"net/http"
	"strings"
	"testing"

	"waybill/views/urls"
)

func TestAMerchantSaysWhereParcelsComeFrom(t *testing.T) {
	t.Parallel()
	tr := newTrader(newSite(t), "tea")
	tr.Exec(`UPDATE merchants SET city = 'Oakland', country = 'US'`)
	page := tr.get(urls.MerchantSender()).Body.String()
	for _, want := range []string{"The address is not complete", `value="Oakland"`, `value="tea"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	address := func(postal, country string) []string {
		return []string{"name", "Tea & Co", "line1", "1 Leaf St", "city", "Oakland", "region", "CA", "postal_code", postal, "country", country}
	}
	for _, bad := range [][]string{{"name", "x"}, address("94601", "XX"), address("not a code", "US")} {
		if w := tr.post(urls.MerchantSender(), bad...); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "There is a problem") {
			t.Errorf("%v: %d", bad, w.Code)
		}
	}
	if w := tr.post(urls.MerchantSender(), address("94601", "US")...); w.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if got := tr.Text(`SELECT concat_ws('|', sender_name, sender_line1, sender_city, sender_region, sender_postal_code, sender_country) FROM merchants`); got != "Tea & Co|1 Leaf St|Oakland|CA|94601|US" {
		t.Errorf("kept %s", got)
	}
	if page := tr.get(urls.MerchantSender()).Body.String(); strings.Contains(page, "not complete") {
		t.Error("the page still asks for it")
	}
	tr.Packed(tr.order, tr.user)
	if w := tr.get(urls.MerchantLabelPDF(tr.number(), 1, "")); w.Code != http.StatusOK || !strings.HasPrefix(w.Body.String(), "%PDF") {
		t.Errorf("the label: %d", w.Code)
	}
	if w := tr.get(urls.MerchantSlipPDF(tr.number(), 1, "")); w.Code != http.StatusOK {
		t.Errorf("the slip: %d", w.Code)
	}
}
