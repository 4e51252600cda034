package factory

import (
	"context"

	"waybill/db"
	"waybill/shop"
)

// Rules lets a SKU be sold beyond what is there, or only so many of it to one customer.
func (w *World) Rules(skuID int64, rules shop.StockRules) {
	w.TB.Helper()
	change := shop.StockRulesChange{StockRules: rules, SKUID: skuID, Actor: shop.Actor{Kind: shop.ActorSystem}, RequestID: "test"}
	if err := w.Store.SetStockRules(w.TB.Context(), change); err != nil {
		w.TB.Fatal(err)
	}
}

// Allocate gives what came in to the orders that wait for it, until nothing is left to give.
func (w *World) Allocate() {
	w.TB.Helper()
	for {
		given, err := w.Store.AllocateBackorders(w.TB.Context(), 100)
		if err != nil {
			w.TB.Fatal(err)
		}
		if given == 0 {
			return
		}
	}
}

// Expire ends at most limit orders whose time to pay has run out, and returns how many.
func Expire(ctx context.Context, store *db.Store, limit int) (int, error) {
	due, err := store.ExpiredOrders(ctx, limit)
	if err != nil {
		return 0, err
	}
	return store.EndExpired(ctx, due)
}
