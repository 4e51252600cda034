package db_test

import (
	"testing"
	"time"

	"waybill/db/dbtest/factory"
	"waybill/shop"
)

func TestADayCountsWhatItsListsShow(t *testing.T) {
	t.Parallel()
	w, ctx := newWorkshop(t), t.Context()
	packed, gone := w.Paid(w.customer, w.address, w.skus[0]), w.Paid(w.customer, w.address, w.skus[0])
	w.Packed(packed, w.ben)
	w.Shipped(gone, w.ben)
	late := w.Paid(w.customer, w.address, w.skus[1])
	w.Exec(`UPDATE fulfillments SET ship_by_at = now() - interval '1 hour' WHERE order_id = $1`, int64(late))
	other, _ := w.Merchant("two")
	w.Paid(w.customer, w.address, w.SKU(other, "LAMP", 100, 5))

	day, err := w.Store.MerchantDay(ctx, w.merchant)
	if err != nil {
		t.Fatal(err)
	}
	for stage, want := range map[shop.QueueStage]int64{shop.QueueToPick: 2, shop.QueueReady: 1, shop.QueueShipped: 1, shop.QueueStuck: 1} {
		page := mustPage(t, w.Store, shop.QueueQuery{MerchantID: w.merchant, QueueFilter: shop.QueueFilter{Stage: stage}, Limit: 10})
		if day.Queue.Stages[stage] != want || len(page.Rows) != int(want) {
			t.Errorf("%s counts %d and lists %d, want %d", stage, day.Queue.Stages[stage], len(page.Rows), want)
		}
	}
	if day.Queue.Late != 1 || day.Shipped() != 1 || len(day.Hours) != day.Clock.Now.In(day.Zone).Hour()+1 {
		t.Errorf("%d late, %d shipped in %d hours", day.Queue.Late, day.Shipped(), len(day.Hours))
	}
	if len(day.Next) != 2 || day.Next[0].OrderID != late {
		t.Errorf("next is %+v", day.Next)
	}
	if !day.Setup.Products || !day.Setup.Stock || !day.Setup.Orders {
		t.Errorf("the merchant has %+v", day.Setup)
	}
	if _, err := w.Store.MerchantDay(ctx, 999); shop.CodeOf(err) != shop.CodeNotFound {
		t.Errorf("a merchant that is none: %v", err)
	}
}

func TestANewMerchantHasEverythingBefore(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	merchant, location := w.Merchant("new")
	steps := []struct {
		do   func()
		want shop.MerchantSetup
	}{
		{func() {}, shop.MerchantSetup{}},
		{func() { w.SKU(merchant, "TEA", 500, 0) }, shop.MerchantSetup{Products: true}},
		{func() { w.Stock(w.Int(`SELECT id FROM skus WHERE merchant_id = $1`, merchant), location, 5) }, shop.MerchantSetup{Products: true, Stock: true}},
		{func() {
			w.Exec(`INSERT INTO shipping_rates (merchant_id, country, currency, from_weight_grams, from_subtotal_minor, price_minor) VALUES ($1, 'US', 'USD', 0, 0, 500)`, merchant)
		}, shop.MerchantSetup{Products: true, Stock: true, Rates: true}},
	}
	for _, step := range steps {
		step.do()
		day, err := w.Store.MerchantDay(t.Context(), merchant)
		if err != nil || day.Setup != step.want {
			t.Errorf("the merchant has %+v, want %+v: %v", day.Setup, step.want, err)
		}
	}
}

func TestWhatWaitsForStockIsListed(t *testing.T) {
	t.Parallel()
	p := newPromised(t, 3, shop.StockRules{BackorderLimit: 4})
	order, err := p.buy(5, p.sku)
	if err != nil {
		t.Fatal(err)
	}
	merchant := p.Int(`SELECT merchant_id FROM orders WHERE id = $1`, int64(order.ID))
	lines, more, err := p.Store.WaitingLines(t.Context(), merchant)
	if err != nil || more || len(lines) != 1 || lines[0].OrderID != order.ID || lines[0].Quantity != 2 || time.Since(lines[0].Since) > time.Hour {
		t.Errorf("waiting: %+v, %v, %v", lines, more, err)
	}
	day, err := p.Store.MerchantDay(t.Context(), merchant)
	if err != nil || day.Waiting != 2 {
		t.Errorf("the day counts %d units, %v", day.Waiting, err)
	}
	other, _ := p.Merchant("two")
	if lines, _, err := p.Store.WaitingLines(t.Context(), other); err != nil || len(lines) != 0 {
		t.Errorf("another merchant sees %+v, %v", lines, err)
	}
}
