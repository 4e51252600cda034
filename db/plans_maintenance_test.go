package db_test

import (
	"testing"
	"time"
)

// What is done every few seconds, whether or not there is anything to do, finds what is due by an index.
func TestPeriodicWorkFindsWhatIsDueByIndex(t *testing.T) {
	t.Parallel()
	w := newPlanWorld(t)
	ctx := t.Context()
	if _, err := w.pool.Exec(ctx, `
		INSERT INTO outbox (topic, merchant_id, order_id, created_at) SELECT 'order.status', 1, n, now() - (5000 - n) * interval '1 minute' FROM generate_series(1, 5000) n;
		INSERT INTO outbox (topic, merchant_id, order_id) SELECT 'order.status', 1, n FROM generate_series(1, 20000) n;
		INSERT INTO carts (id, checkout_key, currency, updated_at) SELECT gen_random_uuid(), gen_random_uuid(), 'USD', now() - n * interval '1 minute' FROM generate_series(1, 5000) n;
		UPDATE stock_levels SET reorder_point = 5 WHERE sku_id % 100 = 0;
		UPDATE skus SET reorder_point = 5 WHERE id % 100 = 0;
		ANALYZE outbox, carts, stock_levels, skus`); err != nil {
		t.Fatal(err)
	}
	w.prove(t, []planCase{
		{"OutboxPrune", "outbox_pkey", "", 0, func() error { _, err := w.store.PruneOutbox(ctx, 83*time.Hour); return err }},
		{"CartsPrune", "carts_idle_idx", "", 0, func() error { _, err := w.store.PruneCarts(ctx, 83*time.Hour); return err }},
		{"StockAlertsRaise", "skus_reorder_idx", "", 0, func() error { _, err := w.store.RefreshStockAlerts(ctx); return err }},
		{"StockAlertsRaise", "stock_levels_reorder_idx", "", 0, func() error { _, err := w.store.RefreshStockAlerts(ctx); return err }},
		{"FulfillmentsLapsed", "fulfillments_lease_idx", "", 0, func() error { _, err := w.store.LapseClaims(ctx, 10); return err }},
		{"BackordersDue", "stock_levels_backordered_idx", "", 0, func() error { _, err := w.store.AllocateBackorders(ctx, 10); return err }},
		{"OrdersExpired", "orders_expiry_idx", "", 0, w.expire},
	})
}
