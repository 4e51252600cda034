package db_test

import (
	"fmt"
	"testing"

	"waybill/db/dbtest/factory"
	"waybill/shop"
)

func adjustment(t *testing.T, skuID, delta int64, reason string) shop.StockAdjustment {
	t.Helper()
	key, err := shop.NewIdempotencyKey("test", fmt.Sprint(t.Name(), delta, reason), delta)
	if err != nil {
		t.Fatal(err)
	}
	return shop.StockAdjustment{SKUID: skuID, Delta: delta, Reason: reason, Actor: shop.Actor{Kind: shop.ActorStaff, ID: 1, Name: "Ada"}, Key: key}
}

func TestAnAdjustmentGoesToWhereTheSKUShipsFrom(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	merchant, main := w.Merchant("one")
	first := w.Location(merchant, "FIRST", 1)
	w.Exec(`UPDATE locations SET priority = 5 WHERE id = $1`, main)
	kept := w.SKU(merchant, "KEPT", 100, 3) // lies at MAIN only
	unkept := w.Int(`INSERT INTO skus (product_id, merchant_id, code) SELECT product_id, merchant_id, 'NEW' FROM skus RETURNING id`)

	for _, c := range []struct{ sku, location, onHand int64 }{{kept, main, 10}, {unkept, first, 7}} {
		stock, replayed, err := w.Store.AdjustStock(t.Context(), adjustment(t, c.sku, 7, shop.ReasonReceipt+fmt.Sprint(c.sku)))
		if err != nil || replayed {
			t.Fatal(err, replayed)
		}
		if len(stock.Locations) != 1 || stock.Locations[0].LocationID != c.location || stock.OnHand() != c.onHand {
			t.Errorf("SKU %d: %+v, want %d units at location %d", c.sku, stock, c.onHand, c.location)
		}
	}
	homeless := w.Int(`INSERT INTO merchants (slug, name) VALUES ('homeless', 'Homeless') RETURNING id`)
	product := w.Int(`INSERT INTO products (merchant_id, slug, name) VALUES ($1, 'p', 'P') RETURNING id`, homeless)
	sku := w.Int(`INSERT INTO skus (product_id, merchant_id, code) VALUES ($1, $2, 'X') RETURNING id`, product, homeless)
	if _, _, err := w.Store.AdjustStock(t.Context(), adjustment(t, sku, 1, "count")); shop.CodeOf(err) != shop.CodeInvalid {
		t.Errorf("a merchant without a location: %v", err)
	}
}

func TestARefusedAdjustmentLeavesNothing(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	merchant, _ := w.Merchant("one")
	other, elsewhere := w.Merchant("two")
	sku := w.SKU(merchant, "A", 100, 5)
	before := w.Text(`SELECT concat_ws(' ', (SELECT count(*) FROM inventory_transactions), (SELECT count(*) FROM audit_log), (SELECT count(*) FROM idempotency_keys), (SELECT count(*) FROM stock_levels))`)
	foreign, strange, below := adjustment(t, sku, 1, "count"), adjustment(t, sku, 2, "count"), adjustment(t, sku, -6, "count")
	foreign.MerchantID = other
	strange.LocationID = elsewhere
	for _, c := range []struct {
		adjustment shop.StockAdjustment
		code       shop.Code
	}{
		{foreign, shop.CodeNotFound}, {adjustment(t, 777, 1, "count"), shop.CodeNotFound}, {strange, shop.CodeInvalid},
		{below, shop.CodeConflict}, {adjustment(t, sku, shop.MaxStock, "count"), shop.CodeInvalid}, {adjustment(t, sku, 0, "count"), shop.CodeInvalid},
	} {
		if _, _, err := w.Store.AdjustStock(t.Context(), c.adjustment); shop.CodeOf(err) != c.code {
			t.Errorf("%+v: %v, want %s", c.adjustment, err, c.code)
		}
	}
	if after := w.Text(`SELECT concat_ws(' ', (SELECT count(*) FROM inventory_transactions), (SELECT count(*) FROM audit_log), (SELECT count(*) FROM idempotency_keys), (SELECT count(*) FROM stock_levels))`); after != before {
		t.Errorf("rows were %s, are %s", before, after)
	}
	// What was refused did not use its key up.
	w.Stock(sku, w.Int(`SELECT min(id) FROM locations WHERE merchant_id = $1`, merchant), 1)
	if stock, _, err := w.Store.AdjustStock(t.Context(), below); err != nil || stock.OnHand() != 0 {
		t.Errorf("once there are enough: %+v, %v", stock, err)
	}
}
