package web_test

import (
	"fmt"
	"testing"

	"waybill/views/urls"
)

// A person receives, counts, moves, sets rules and places, and is told at the field what cannot be.
func TestPeopleWorkOnStock(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tr := newTrader(s, "tea")
	second := s.Location(tr.user.MerchantID, "SECOND", 2)
	main := s.Int(`SELECT location_id FROM stock_levels WHERE sku_id = $1`, tr.sku)
	path, keys := urls.MerchantInventoryWork(tr.sku), 0
	work := func(status int, fields ...string) string {
		t.Helper()
		keys++
		got := tr.post(path, append(fields, "key", fmt.Sprint("work-", keys))...)
		if got.Code != status {
			t.Fatalf("%v answers %d, want %d", fields, got.Code, status)
		}
		return got.Body.String()
	}
	mustContain(t, tr.get(path).Body.String(), []string{"Receive", "Book the count", "How it is sold"})
	mustContain(t, work(422, "do", "receive", "receive-quantity", "0"), []string{"Enter between 1 and", `name="receive-quantity"`})
	mustContain(t, work(422, "do", "move", "move-quantity", "1", "move-fromLocationId", fmt.Sprint(main), "move-toLocationId", fmt.Sprint(main)), []string{"Choose another location"})
	mustContain(t, work(409, "do", "count", "count-onHand", "0"), []string{"reserved for orders"})
	mustContain(t, work(422, "do", "rules", "rules-backorderLimit", "-1"), []string{"The backorder limit must be"})
	mustContain(t, work(422, "do", "place", "place-locationId", fmt.Sprint(main), "place-reorderPoint", "x"), []string{"Enter a number of units"})
	work(404, "do", "nonsense")
	work(303, "do", "receive", "receive-quantity", "10", "receive-reason", "note 7")
	work(303, "do", "move", "move-quantity", "4", "move-fromLocationId", fmt.Sprint(main), "move-toLocationId", fmt.Sprint(second))
	work(303, "do", "count", "count-onHand", "50", "count-locationId", fmt.Sprint(main))
	work(303, "do", "rules", "rules-backorderLimit", "5", "rules-buyerLimit", "2", "rules-reorderPoint", "80")
	work(303, "do", "place", "place-locationId", fmt.Sprint(main), "place-bin", "A-1")
	if got := s.Text(`SELECT string_agg(on_hand || ' ' || bin, ', ' ORDER BY location_id) FROM stock_levels WHERE sku_id = $1`, tr.sku); got != "50 A-1, 4 " {
		t.Errorf("the stock is %s", got)
	}
	if _, err := s.Store.RefreshStockAlerts(t.Context()); err != nil {
		t.Fatal(err)
	}
	mustContain(t, tr.get(urls.MerchantInventory()).Body.String(), []string{"Low stock (1)"})
	mustContain(t, tr.get(urls.MerchantLowStock()).Body.String(), []string{"TEA-1", "53 left"})
}

func TestPeopleCountAShelf(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tr := newTrader(s, "tea")
	main := fmt.Sprint(s.Int(`SELECT location_id FROM stock_levels WHERE sku_id = $1`, tr.sku))
	mustContain(t, tr.get(urls.MerchantCounts()).Body.String(), []string{"No count yet"})
	refused := tr.post(urls.MerchantCounts(), "key", "a", "locationId", main, "bins", "Z")
	mustContain(t, refused.Body.String(), []string{"Nothing lies there"})
	tr.post(urls.MerchantCounts(), "key", "b", "locationId", main, "bins", "")
	sheet := s.Int(`SELECT max(id) FROM stock_counts`)
	mustContain(t, tr.get(urls.MerchantCount(sheet)).Body.String(), []string{"hidden"}, ">50<")
	counted := fmt.Sprintf("counted[%d]", tr.sku)
	if got := tr.post(urls.MerchantCountEnter(sheet), counted, "many"); got.Code != 422 {
		t.Errorf("words for a number answer %d", got.Code)
	}
	tr.post(urls.MerchantCountEnter(sheet), counted, "48")
	mustContain(t, tr.get(urls.MerchantCount(sheet)).Body.String(), []string{">50<", "1 different"})
	if got := tr.post(urls.MerchantCountApprove(sheet)); got.Code != 303 {
		t.Fatalf("approving answers %d", got.Code)
	}
	if got := tr.post(urls.MerchantCountDiscard(sheet)); got.Code != 409 {
		t.Errorf("discarding an approved sheet answers %d", got.Code)
	}
	if got := s.Int(`SELECT on_hand FROM stock_levels WHERE sku_id = $1`, tr.sku); got != 48 {
		t.Errorf("%d on hand, want 48", got)
	}
	mustContain(t, tr.get(urls.MerchantCounts()).Body.String(), []string{"Approved"})
}
