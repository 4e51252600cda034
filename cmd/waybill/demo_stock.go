package main

import (
	"cmp"
	"context"
	"slices"

	"waybill/shop"
)

const (
	demoLowSKUs      = 12 // of the merchant, those with the fewest units left
	demoReorderPoint = 8
	demoBackorders   = 20
	demoBuyerLimit   = 3
)

// workOnDemoStock gives the demo's stock what its past does not have: reorder points, something to wait for, and a count
// that somebody has begun.
func workOnDemoStock(ctx context.Context, rooms *services) error {
	merchant, _, err := rooms.store.UserByEmail(ctx, "merchant@demo.test")
	if err != nil {
		return err
	}
	page, err := rooms.store.StockPage(ctx, shop.StockQuery{MerchantID: merchant.MerchantID, LowFirst: true, Limit: demoLowSKUs})
	if err != nil || len(page.Rows) == 0 {
		return err
	}
	point := int64(demoReorderPoint)
	for i, row := range page.Rows {
		rules := shop.StockRules{ReorderPoint: &point}
		if i%2 == 0 {
			rules.BackorderLimit = demoBackorders
		}
		if i == 1 {
			rules.BuyerLimit = demoBuyerLimit
		}
		change := shop.StockRulesChange{StockRules: rules, SKUID: row.SKUID, MerchantID: merchant.MerchantID, Actor: merchant.Actor(), RequestID: "demo"}
		if err := rooms.store.SetStockRules(ctx, change); err != nil {
			return err
		}
	}
	if _, err := rooms.store.RefreshStockAlerts(ctx); err != nil {
		return err
	}
	return beginDemoCount(ctx, rooms, merchant, fullest(page.Rows))
}

// fullest is the level that there is most to count of.
func fullest(rows []shop.StockRow) shop.StockRow {
	return slices.MaxFunc(rows, func(a, b shop.StockRow) int { return cmp.Compare(a.OnHand, b.OnHand) })
}

// beginDemoCount opens a sheet for the bin of a level and counts one unit fewer there than is on record.
func beginDemoCount(ctx context.Context, rooms *services, by shop.User, at shop.StockRow) error {
	open := shop.OpenCount{MerchantID: by.MerchantID, LocationID: at.LocationID, Bins: at.Bin, Actor: by.Actor(), RequestID: "demo"}
	var err error
	if open.Key, err = shop.NewIdempotencyKey("demo", "count", at.Bin); err != nil {
		return err
	}
	id, _, err := rooms.store.OpenCountSheet(ctx, open)
	if err != nil {
		return err
	}
	work := shop.CountWork{SheetID: id, MerchantID: by.MerchantID, Actor: by.Actor(), RequestID: "demo"}
	return rooms.store.EnterCounts(ctx, shop.EnterCounts{CountWork: work, Counted: map[int64]int64{at.SKUID: max(at.OnHand-1, 0)}})
}
