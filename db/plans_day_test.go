package db_test

import (
	"testing"

	"waybill/shop"
)

// A merchant's day is read again with every change: what it adds to the queue's counts must stay within the months of the
// queue, and waiting units must not be looked for among all levels.
func TestDayQueriesUseTheirIndexAndPruneMonths(t *testing.T) {
	t.Parallel()
	w := newPlanWorld(t)
	_, err := w.pool.Exec(t.Context(), `SET session_replication_role = replica;
		UPDATE stock_levels SET backordered = 1 WHERE sku_id % 400 = 0;
		SET session_replication_role = origin; ANALYZE stock_levels`)
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	day := func() error { _, err := w.store.MerchantDay(ctx, 1); return err }
	var merchant int64
	if err := w.pool.QueryRow(ctx, `SELECT merchant_id FROM orders WHERE id = $1`, w.order).Scan(&merchant); err != nil {
		t.Fatal(err)
	}
	// The parcel was delivered, so shipping it is refused with who moved it on.
	last := func() error {
		_, err := w.store.PreviewQueueBulk(ctx, shop.BulkCommand{Action: shop.QueueShip, Parcels: []shop.ParcelRef{{OrderID: w.order, No: 1}}, MerchantID: merchant})
		return err
	}
	w.prove(t, []planCase{
		{"DayShipped", "fulfillments_shipped_idx", "fulfillments", 2, day},
		{"DayWaiting", "stock_levels_backordered_idx", "", 0, day},
		{"ParcelLastStep", "order_events_pkey", "order_events", 1, last},
	})
}
