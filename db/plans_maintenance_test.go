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
		INSERT INTO order_revisions (order_id, xid, created_at) SELECT n, 1, now() - n * interval '1 minute' FROM generate_series(1, 5000) n;
		INSERT INTO queue_revisions (merchant_id, xid, created_at) SELECT n % 10, n, now() - n * interval '1 minute' FROM generate_series(1, 5000) n;
		INSERT INTO catalog_imports (merchant_id, file_name, heading, lines, status, actor_id, actor_name, request_id, created_at, status_at)
			SELECT 1 + n % 10, 'f', '{}', 1, 'applied', 1, 'x', 'r', now() - n * interval '1 minute', now() FROM generate_series(1, 5000) n;
		INSERT INTO catalog_import_lines (import_id, line, outcome) SELECT id, line, 'unchanged' FROM catalog_imports, generate_series(1, 5) line;
		ANALYZE outbox, carts, stock_levels, skus, order_revisions, queue_revisions, catalog_imports, catalog_import_lines`); err != nil {
		t.Fatal(err)
	}
	w.prove(t, []planCase{
		{"OutboxPrune", "outbox_pkey", "", 0, func() error { _, err := w.store.PruneOutbox(ctx, 83*time.Hour); return err }},
		{"IdempotencyPrune", "idempotency_keys_created_idx", "", 0, func() error { _, err := w.store.PruneIdempotencyKeys(ctx, 83*time.Hour); return err }},
		{"OrderRevisionsPrune", "order_revisions_created_idx", "", 0, func() error { _, err := w.store.PruneOrderRevisions(ctx, 60*time.Hour); return err }},
		{"QueueRevisionsPrune", "queue_revisions_created_idx", "", 0, func() error { _, err := w.store.PruneQueueRevisions(ctx, 60*time.Hour); return err }},
		{"CatalogFilesPrune", "catalog_imports_created_idx", "", 0, func() error { _, err := w.store.PruneCatalogFiles(ctx, 60*time.Hour); return err }},
		{"CatalogFilesLatest", "catalog_imports_merchant_idx", "", 0, func() error { _, err := w.store.CatalogFiles(ctx, 1); return err }},
		{"CatalogFilesByID", "catalog_imports_pkey", "", 0, func() error { _, err := w.store.CatalogFiles(ctx, 1); return err }},
		{"CatalogFileCounts", "catalog_import_lines_outcome_idx", "", 0, func() error { _, err := w.store.CatalogFiles(ctx, 1); return err }},
		{"CartsPrune", "carts_idle_idx", "", 0, func() error { _, err := w.store.PruneCarts(ctx, 83*time.Hour); return err }},
		{"StockAlertsRaise", "skus_reorder_idx", "", 0, func() error { _, err := w.store.RefreshStockAlerts(ctx); return err }},
		{"StockAlertsRaise", "stock_levels_reorder_idx", "", 0, func() error { _, err := w.store.RefreshStockAlerts(ctx); return err }},
		{"FulfillmentsLapsed", "fulfillments_lease_idx", "", 0, func() error { _, err := w.store.LapseClaims(ctx, 10); return err }},
		{"BackordersDue", "stock_levels_backordered_idx", "", 0, func() error { _, err := w.store.AllocateBackorders(ctx, 10); return err }},
		{"OrdersExpired", "orders_expiry_idx", "", 0, w.expire},
	})
}

// The feed finds its ends by index also while nobody has counted the outbox: entries come in thousands within the minute that
// PostgreSQL takes to look at a table again.
func TestTheFeedFindsItsEndsByIndex(t *testing.T) {
	t.Parallel()
	w := newPlanWorld(t)
	if _, err := w.pool.Exec(t.Context(), `INSERT INTO outbox (topic, merchant_id, order_id) SELECT 'order.status', 1, n FROM generate_series(1, 20000) n`); err != nil {
		t.Fatal(err)
	}
	start := func() error {
		startFeed(t, w.store)
		return nil
	}
	w.prove(t, []planCase{
		{"FeedHorizon", "outbox_pkey", "", 0, start},
		{"FeedLatest", "outbox_pkey", "", 0, start},
		{"FeedOldest", "outbox_pkey", "", 0, start},
	})
}
