package web_test

import (
	"regexp"
	"testing"

	"waybill/shop"
	"waybill/views/urls"
)

// refresh does what the job does that compares stock with reorder points.
func (s *site) refresh(changed int) {
	s.t.Helper()
	if n, err := s.Store.RefreshStockAlerts(s.t.Context()); n != changed || err != nil {
		s.t.Fatalf("%d alerts changed, want %d, %v", n, changed, err)
	}
}

func TestLowStockAndItsCountAreLive(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	server := s.serveLive()
	tr, other := newTrader(s, "tea"), newTrader(s, "lamps")
	list, count := tr.open(server, tr.streamOf(urls.MerchantLowStock()), ""), tr.open(server, tr.streamOf(urls.MerchantInventory()), "")
	list.until("Nothing runs low")
	count.until(`hx-target="#low-stock-count"`)

	point := int64(60)
	tr.World.Rules(tr.sku, shop.StockRules{ReorderPoint: &point})
	s.refresh(1)
	mustContain(t, list.until("TEA-1").data, []string{`<hx-partial hx-target="#low-stock"`, "49 left"})
	mustContain(t, count.until("Low stock (1)").data, nil, "TEA-1")

	// Every order that is paid for moves what is left, and the list says so at once.
	tr.paid("second@example.com")
	s.Store.Nudge()
	list.until("48 left")

	tr.World.Stock(tr.sku, s.Int(`SELECT location_id FROM stock_levels WHERE sku_id = $1`, tr.sku), 100)
	s.refresh(1)
	list.until("Nothing runs low")
	count.untilLike(regexp.MustCompile(`Low stock\s*<`))

	theirs := other.open(server, other.streamOf(urls.MerchantLowStock()), "")
	mustContain(t, theirs.until("<hx-partial").data, nil, "TEA-1")
}

// Who looks at older alerts is not shown the latest in their place.
func TestLaterPagesOfLowStockStandStill(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tr := newTrader(s, "tea")
	mustContain(t, tr.page(urls.MerchantLowStock()), []string{"hx-sse:connect"})
	mustContain(t, tr.page(urls.MerchantLowStock()+"?before=7"), nil, "hx-sse:connect")
}
