package db_test

import (
	"context"
	"testing"

	"waybill/db"
	"waybill/shop"
)

// newWorkWorld is a plan world in which people have worked for a year: counted, batched, scanned, shipped and discounted.
func newWorkWorld(t *testing.T) *planWorld {
	t.Helper()
	w := newPlanWorld(t)
	_, err := w.pool.Exec(t.Context(), `SET session_replication_role = replica;
		INSERT INTO discounts (merchant_id, code, name, percent_ppm, customer_limit, valid_from) SELECT 1 + i % 10, 'CODE' || i, 'C' || i, 100000, 99, now() - interval '40 days' FROM generate_series(1, 3000) i;
		INSERT INTO order_discounts (order_id, discount_id, checkout_id, customer_id, code, name, amount_minor)
			SELECT id, 1 + id % 3000, checkout_id, customer_id, 'C', 'C', 1 FROM orders;
		INSERT INTO stock_alerts (merchant_id, sku_id, reorder_point, available, raised_at, cleared_at)
			SELECT s.merchant_id, s.id, 5, 1, now(), CASE WHEN s.id % 20 > 0 OR n > 1 THEN now() END FROM skus s, generate_series(1, 3) n;
		INSERT INTO stock_counts (merchant_id, location_id, opened_by, opened_at) SELECT 1 + i % 10, 1 + i % 10, 'x', now() FROM generate_series(1, 3000) i;
		INSERT INTO stock_count_lines (count_id, sku_id) SELECT c.id, 1 + (c.id * 7 + n) % 2000 FROM stock_counts c, generate_series(1, 5) n ON CONFLICT DO NOTHING;
		INSERT INTO sku_prices (sku_id, currency, price_minor, valid_from, valid_until) SELECT s.id, 'EUR', n, '2020-01-01'::timestamptz + n * interval '1 month', '2020-01-01'::timestamptz + (n + 1) * interval '1 month' FROM skus s, generate_series(1, 8) n;
		INSERT INTO pick_batches (merchant_id, picker_id, kind, parcels, open_parcels, order_id_from, order_id_until, created_at, ended_at)
			SELECT merchant_id, 1, 'single', 1, 0, id, id, placed_at, placed_at FROM orders WHERE status = 'delivered';
		INSERT INTO pick_batch_parcels (order_id, no, batch_id, tote, left_at, left_as) SELECT order_id_from, 1, id, 1, created_at, 'picked' FROM pick_batches;
		INSERT INTO scan_events (id, merchant_id, user_id, step, outcome, created_at)
			SELECT next_id(placed_at), merchant_id, 1, 'pick', CASE WHEN id % 10 = 0 THEN 'wrong' ELSE 'ok' END, placed_at FROM orders;
		INSERT INTO shipments (id, merchant_id, location_id, status, carrier, request_key, tracking_number, currency, shipping_address_id, order_id_from, order_id_until,
				created_at, handed_over_at, delivered_at, status_at, ask_at, poll_at, watch_at, problem, problem_at)
			SELECT next_id(placed_at), merchant_id, merchant_id, CASE WHEN n % 60 = 0 THEN 'buying' WHEN n % 60 = 1 THEN 'ready' WHEN n % 60 = 2 THEN 'in_transit' ELSE 'delivered' END,
				'C', 'r' || id, 'T' || id, 'USD', 1, id, id, placed_at, CASE WHEN n % 60 > 1 THEN placed_at END, CASE WHEN n % 60 > 2 THEN placed_at END, placed_at,
				CASE WHEN n % 60 = 0 THEN placed_at END, CASE WHEN n % 60 = 2 THEN placed_at END, CASE WHEN n % 60 = 2 THEN placed_at END,
				CASE WHEN n % 60 = 2 THEN 'late' ELSE '' END, CASE WHEN n % 60 = 2 THEN placed_at END
			FROM (SELECT o.*, row_number() OVER (ORDER BY id) AS n FROM orders o WHERE status = 'delivered') o;
		UPDATE fulfillments f SET shipment_id = s.id FROM shipments s WHERE s.order_id_from = f.order_id;
		INSERT INTO carrier_claims (merchant_id, shipment_id, status, currency, amount_minor, opened_at, opened_by_name, decided_at)
			SELECT merchant_id, id, CASE WHEN hashint8(id) % 10 = 0 THEN 'open' ELSE 'denied' END, 'USD', 1, created_at, 'x', CASE WHEN hashint8(id) % 10 <> 0 THEN created_at END FROM shipments;
		UPDATE skus SET buyer_limit = 5 WHERE id <= 1000;
		UPDATE skus s SET barcode = b.base || (10 - b.sum % 10) % 10 FROM (SELECT k.id, (400000000000 + k.id)::text AS base, sum(substr((400000000000 + k.id)::text, n, 1)::int * CASE n % 2 WHEN 0 THEN 3 ELSE 1 END) AS sum
			FROM skus k, generate_series(1, 12) n GROUP BY k.id) b WHERE b.id = s.id;
		UPDATE stock_levels SET bin = 'B-' || sku_id;
		SET session_replication_role = origin; ANALYZE`)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// What people work with every day finds its rows by index, in the months that can hold them.
func TestDailyWorkUsesItsIndexesAndPrunesMonths(t *testing.T) {
	t.Parallel()
	w := newWorkWorld(t)
	ctx := t.Context()
	shipments := func(f shop.ShipmentFilter) func() error {
		return func() error {
			_, err := w.store.ShipmentPage(ctx, shop.ShipmentQuery{MerchantID: 1, Filter: f, Limit: 20})
			return err
		}
	}
	scan := func(code string) func() error {
		return func() error {
			key, err := shop.NewIdempotencyKey("plans", code, nil)
			if err != nil {
				return err
			}
			_, err = w.store.Scan(ctx, shop.ScanCommand{MerchantID: 1, Actor: shop.Actor{Kind: shop.ActorStaff, ID: 1}, Step: shop.ScanQueue, Code: code, Key: key})
			return err
		}
	}
	numbers := func() error {
		_, err := w.store.Numbers(ctx, shop.NumbersQuery{MerchantID: 1, Period: shop.NumbersToday})
		return err
	}
	scans := func() error {
		_, err := w.store.ScanReport(ctx, shop.ScanReportQuery{MerchantID: 1, Since: w.store.Now().AddDate(0, 0, -2)})
		return err
	}
	counts := func() error { _, _, err := w.store.CountSheets(ctx, 1, 0, 20); return err }
	claims := func() error {
		_, err := w.store.ClaimPage(ctx, shop.ClaimQuery{MerchantID: 1, Status: shop.ClaimOpen, Limit: 20})
		return err
	}
	batch := func() error { _, err := w.store.BatchByID(ctx, 1, w.lastBatch(1)); return err }
	prices := func() error { _, err := w.store.SKUPrices(ctx, 9, 0); return err }
	w.prove(t, []planCase{
		{"DiscountsToApply", "discounts_code_key", "", 0, w.buyWithCode},
		{"DiscountUses", "order_discounts_use_idx", "order_discounts", 3, w.buyWithCode},
		{"DiscountsLock", "discounts_pkey", "", 0, w.buyWithCode},
		{"PlacingStockLock", "stock_levels_pkey", "", 0, w.buyWithCode},
		{"PlacingBought", "orders_customer_idx", "orders", 2, w.buyWithCode},
		{"PlacingBought", "order_line_items_pkey", "order_line_items", 2, w.buyWithCode},
		{"DiscountsOf", "discounts_owner_idx", "", 0, func() error { _, err := w.store.Discounts(ctx, 3); return err }},
		{"StockAlertsOpen", "stock_alerts_merchant_idx", "", 0, func() error { _, _, err := w.store.StockAlerts(ctx, shop.AlertQuery{MerchantID: 1}); return err }},
		{"StockAlertsCount", "stock_alerts_merchant_idx", "", 0, func() error { _, err := w.store.StockAlertCount(ctx, 1); return err }},
		{"CarrierClaimsPage", "carrier_claims_merchant_idx", "", 0, claims},
		{"CarrierClaimsPage", "shipments_pkey", "", 0, claims},
		{"CarrierClaimCounts", "carrier_claims_merchant_idx", "", 0, claims},
		{"StockCounts", "stock_counts_merchant_idx", "", 0, counts},
		{"StockCountLines", "stock_count_lines_pkey", "", 0, func() error { _, err := w.store.CountSheet(ctx, 2, 1); return err }},
		{"SKUPricePeriods", "sku_prices_start_key", "", 0, prices},
		{"Batches", "pick_batches_merchant_idx", "", 0, func() error { _, err := w.store.Batches(ctx, 1); return err }},
		{"BatchParcels", "pick_batch_parcels_batch_idx", "pick_batch_parcels", 1, batch},
		{"ScanBarcode", "skus_barcode_key", "", 0, scan(w.barcode())},
		{"ScanCode", "skus_code_idx", "", 0, scan("S20")},
		{"ScanMismatches", "scan_events_merchant_idx", "scan_events", 2, scans},
		{"ScanAccuracy", "scan_events_merchant_idx", "scan_events", 2, scans},
		{"NumbersParcels", "fulfillments_shipped_idx", "", 0, numbers},
		{"ShipmentsPage", "shipments_merchant_idx", "", 0, shipments(shop.ShipmentsDelivered)},
		{"ShipmentsPageReady", "shipments_merchant_idx", "", 0, shipments(shop.ShipmentsReady)},
		{"ShipmentsPageProblems", "shipments_problem_idx", "", 0, shipments(shop.ShipmentsProblems)},
		{"DeliveryProblems", "shipments_open_problem_idx", "", 0, func() error { _, err := w.store.DeliveryProblems(ctx, shop.DeliveryProblemQuery{}); return err }},
		{"ShipmentsPageAll", "shipments_all_idx", "", 0, shipments(shop.ShipmentsAll)},
		{"ShipmentByTracking", "shipments_tracking_idx", "", 0, func() error {
			_, err := w.store.RecordTracking(ctx, "simulated", "T1", []shop.TrackingEvent{{ID: "x", TrackingNumber: "T1", Kind: shop.TrackAccepted, OccurredAt: w.store.Now()}})
			return ignoreNotFound(err)
		}},
		{"ShipmentsWatched", "shipments_watch_idx", "", 0, func() error { _, err := w.store.RaiseProblems(ctx, 5); return err }},
		{"ShipmentsClaimUnanswered", "shipments_ask_idx", "", 0, func() error { _, err := w.store.ClaimUnanswered(ctx, 5); return err }},
		{"ShipmentsClaimForNews", "shipments_poll_idx", "", 0, func() error { _, err := w.store.ClaimForNews(ctx, "simulated", 5); return err }},
	})
}

// barcode is one of the first merchant's.
func (w *planWorld) barcode() (code string) {
	if err := w.pool.QueryRow(context.Background(), `SELECT min(barcode) FROM skus WHERE merchant_id = 1`).Scan(&code); err != nil {
		return ""
	}
	return code
}

// lastBatch is the id of a merchant's latest batch, 0 without any.
func (w *planWorld) lastBatch(merchantID int64) (id int64) {
	if err := w.pool.QueryRow(context.Background(), `SELECT max(id) FROM pick_batches WHERE merchant_id = $1`, merchantID).Scan(&id); err != nil {
		return 0
	}
	return id
}

// buyWithCode buys a SKU that has a limit per customer, with a code, once: the same request again is answered.
func (w *planWorld) buyWithCode() error {
	key, err := shop.NewIdempotencyKey("plans", "code", 1)
	if err != nil {
		return err
	}
	placer := db.NewPlacer(w.store)
	defer placer.Close()
	_, err = placer.PlaceCheckout(context.Background(), shop.PlaceCommand{
		CustomerID: planRecentCustomerID, ShippingAddressID: planCustomers + planRecentCustomerID, Currency: "USD", Items: []shop.PlaceItem{{SKUID: 11, Quantity: 1}},
		DiscountCodes: []string{"CODE1"}, Source: "api", Key: key, Actor: shop.Actor{Kind: shop.ActorSystem},
	})
	return err
}
