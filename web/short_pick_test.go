package web_test

import (
	"net/http"
	"strconv"
	"testing"

	"waybill/views"
	"waybill/views/urls"
)

func TestPickersTakeOutWhatIsMissing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tr := newTrader(s, "tea")
	page := urls.MerchantShort(tr.number(), 1, 1)
	mustContain(t, tr.page(page), []string{"Nobody holds this parcel"}, "What is wrong?")
	tr.post(urls.MerchantClaim(tr.number()), "parcel", "1")
	mustContain(t, tr.page(urls.MerchantPick(tr.number(), 1)), []string{"Missing or damaged", urls.MerchantShort(tr.number(), 1, 1)})
	mustContain(t, tr.page(urls.MerchantShort(tr.number(), 1, 0)), []string{"Which item?", "1 × Product TEA-1"})
	mustContain(t, tr.page(page), []string{"What is wrong?", "Send later", "$10.00"}, "Send from")
	east := tr.Location(tr.user.MerchantID, "EAST", 2)
	tr.Stock(tr.sku, east, 3)
	mustContain(t, tr.page(page), []string{"Send from EAST, which has 3 free"})
	send := func(key string, fields ...string) int {
		return tr.post(urls.MerchantShort(tr.number(), 1, 0), append([]string{"parcel", "1", "line", "1", "key", key}, fields...)...).Code
	}
	for name, fields := range map[string][]string{
		"nothing chosen": {"quantity", "1"},
		"no quantity":    {"quantity", "", "why", "missing", "choice", "refund"},
		"too many":       {"quantity", "2", "why", "missing", "choice", "refund"},
		"no such place":  {"quantity", "1", "why", "missing", "choice", "elsewhere:x"},
	} {
		if code := send(name, fields...); code != http.StatusUnprocessableEntity {
			t.Errorf("%s answers %d", name, code)
		}
	}
	if code := send("k", "quantity", "1", "why", "damaged", "choice", views.ElsewhereChoice(tr.Int(`SELECT 99::bigint`))); code != http.StatusConflict {
		t.Errorf("a location without stock answers %d", code)
	}
	for range 2 { // the second click
		if code := send("once", "quantity", "1", "why", "damaged", "choice", views.ElsewhereChoice(east)); code != http.StatusSeeOther {
			t.Fatalf("the short pick answers %d", code)
		}
	}
	if n := tr.Int(`SELECT count(*) FROM fulfillments WHERE status = 'open' AND units = 1 AND location_id = ` + strconv.FormatInt(east, 10)); n != 1 {
		t.Errorf("%d parcels from the other location", n)
	}
	mustContain(t, tr.page(urls.MerchantOrder(tr.number())), []string{"1 × Product TEA-1 was damaged at MAIN", "will come from another of our locations"})
	if code := send("stale", "quantity", "1", "why", "missing", "choice", "refund"); code != http.StatusConflict {
		t.Errorf("a stale page answers %d", code)
	}
}
