package db_test

import (
	"context"
	"slices"
	"testing"

	"waybill/db/dbtest/factory"
	"waybill/shop"
)

// lively is a world with a pending, a confirmed and a cancelled order.
func lively(t *testing.T) *factory.World {
	t.Helper()
	w := factory.New(t)
	m, _ := w.Merchant("one")
	sku := w.SKU(m, "A", 1000, 50)
	customer, address := w.Customer("ada@example.com")
	w.Place(customer, address, sku)
	w.Confirm(w.Place(customer, address, sku).Orders[0].ID)
	return w
}

func verify(t *testing.T, w *factory.World) (broken []string) {
	t.Helper()
	results, err := w.Store.Verify(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		if !r.OK() {
			broken = append(broken, r.Name)
			if len(r.Examples) == 0 {
				t.Errorf("%s is broken without an example", r.Name)
			}
		}
	}
	return broken
}

func TestVerifyIsGreenOnAHealthyShop(t *testing.T) {
	t.Parallel()
	if broken := verify(t, lively(t)); broken != nil {
		t.Errorf("broken: %v", broken)
	}
}

// Every invariant is broken by SQL behind the back of triggers and constraints, and must be named.
func TestVerifyNamesWhatIsBroken(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, damage string }{
		{"stock_counters_equal_ledger", `UPDATE stock_levels SET on_hand = on_hand + 1`},
		{"reserved_equals_open_reservations", `UPDATE reservations SET quantity = quantity + 1`},
		{"stock_is_possible", `ALTER TABLE stock_levels DROP CONSTRAINT stock_levels_reserved_within_on_hand; UPDATE stock_levels SET reserved = on_hand + 1`},
		{"orders_hold_what_the_ledger_says", `UPDATE inventory_transactions SET order_id = 1 WHERE order_id = (SELECT min(order_id) FROM reservations)`},
		{"ended_orders_hold_nothing", `UPDATE orders SET status = 'cancelled' WHERE status = 'pending'`},
		{"backordered_equals_waiting_orders", `UPDATE stock_levels SET backordered = 1`},
		{"ended_orders_wait_for_nothing", `INSERT INTO backorders (order_id, line_no, sku_id, location_id, quantity, created_at)
			SELECT order_id, line_no, sku_id, location_id, 1, now() FROM reservations; UPDATE orders SET status = 'cancelled'`},
		{"lines_get_no_more_than_was_ordered", `UPDATE reservations SET quantity = quantity + 1`},
		{"lapsed_orders_hold_nothing", `UPDATE orders SET hold_lapsed_at = now() WHERE status = 'pending'`},
		{"order_totals_equal_lines", `UPDATE orders SET subtotal_minor = subtotal_minor + 1, total_minor = total_minor + 1`},
		{"checkouts_equal_their_orders", `UPDATE checkouts SET total_minor = total_minor + 1`},
		{"no_order_without_lines", `UPDATE orders SET imported_without_lines = true`},
		{"status_equals_last_event", `UPDATE orders SET status = 'processing' WHERE status = 'confirmed'`},
		{"events_are_a_legal_walk", `UPDATE order_events SET from_status = 'shipped' WHERE from_status = 'pending'`},
		{"payments_within_bounds", `ALTER TABLE payments DROP CONSTRAINT payments_captured_within_amount; UPDATE payments SET captured_minor = amount_minor + 1 WHERE status = 'captured'`},
		{"refunds_equal_refund_rows", `UPDATE payments SET refunded_minor = 1 WHERE status = 'captured'`},
		{"captures_equal_capture_rows", `INSERT INTO payment_operations (order_id, id, payment_id, kind, status, currency, amount_minor, operation_key, created_at, status_at)
			SELECT order_id, id, id, 'capture', 'succeeded', currency, 1, 'k', now(), now() FROM payments WHERE status = 'captured'`},
		{"refunds_under_way_are_covered", `INSERT INTO refunds (order_id, id, payment_id, status, currency, amount_minor, refund_key, created_at, status_at, ask_at)
			SELECT order_id, id, id, 'sending', currency, captured_minor + 1, 'k', now(), now(), now() FROM payments WHERE status = 'captured'`},
		{"units_are_refunded_once", `INSERT INTO unit_refunds (order_id, id, cause, currency, lines_minor, amount_minor, withheld_minor, actor_kind, created_at)
			SELECT order_id, 1, 'request', 'USD', 0, 0, 0, 'staff', now() FROM order_line_items;
			INSERT INTO refund_lines SELECT order_id, 1, line_no, quantity + 1, 0, 0, 0, 0 FROM order_line_items`},
		{"unit_refunds_equal_their_payouts", `INSERT INTO unit_refunds (order_id, id, cause, currency, lines_minor, shipping_minor, amount_minor, actor_kind, created_at)
			SELECT id, 1, 'request', 'USD', 0, 1, 1, 'staff', now() FROM orders`},
		{"returns_are_within_what_was_sent", `INSERT INTO returns (order_id, id, merchant_id, customer_id, requested_at, status_at) SELECT id, id + 1, merchant_id, customer_id, now(), now() FROM orders;
			INSERT INTO return_line_items (order_id, return_id, line_no, quantity, reason) SELECT order_id, order_id + 1, line_no, quantity, 'other' FROM order_line_items`},
		{"returned_units_are_counted_once", `INSERT INTO return_line_items (order_id, return_id, line_no, quantity, approved_quantity, received_quantity, reason)
			SELECT order_id, 1, line_no, quantity, quantity, quantity, 'other' FROM order_line_items`},
		{"restocked_units_are_in_the_ledger", `INSERT INTO return_line_items (order_id, return_id, line_no, quantity, approved_quantity, received_quantity, restocked_quantity, reason)
			SELECT order_id, 1, line_no, quantity, quantity, quantity, quantity, 'other' FROM order_line_items`},
		{"paid_orders_are_not_stuck", `UPDATE orders SET status = 'pending' WHERE status = 'confirmed'`},
		{"orders_are_paid_once", `UPDATE payments SET captured_minor = captured_minor - 1 WHERE status = 'captured'`},
		{"payment_currency_is_the_orders", `UPDATE payments SET currency = 'EUR'`},
		{"parcels_hold_no_more_than_was_ordered", `UPDATE fulfillment_items SET quantity = quantity + 1`},
		{"shipped_units_left_the_ledger", `UPDATE reservations SET status = 'shipped', closed_at = now()`},
		{"parcels_agree_with_their_order", `UPDATE orders SET status = 'shipped' WHERE status = 'confirmed'`},
		{"batches_count_their_parcels", `INSERT INTO pick_batches (merchant_id, picker_id, kind, parcels, open_parcels, order_id_from, order_id_until, created_at) SELECT id, 1, 'totes', 1, 1, 1, 1, now() FROM merchants`},
		{"batched_parcels_are_with_their_picker", `INSERT INTO pick_batches (merchant_id, picker_id, kind, parcels, open_parcels, order_id_from, order_id_until, created_at)
			SELECT merchant_id, 1, 'totes', 1, 1, order_id, order_id, now() FROM fulfillments;
			INSERT INTO pick_batch_parcels (order_id, no, batch_id, tote) SELECT f.order_id, f.no, b.id, 1 FROM fulfillments f, pick_batches b`},
		{"verified_units_were_picked", `ALTER TABLE fulfillment_items DROP CONSTRAINT fulfillment_items_verified_within_picked; UPDATE fulfillment_items SET verified = 1`},
		{"parcel_units_equal_items", `UPDATE fulfillments SET units = units + 1`},
		{"parcels_hold_no_more_than_is_reserved", `UPDATE reservations SET status = 'released', closed_at = now() WHERE order_id IN (SELECT order_id FROM fulfillments)`},
		{"shipments_have_their_parcels", `UPDATE fulfillments SET shipment_id = 1`},
		{"parcels_agree_with_their_shipment", `INSERT INTO shipments (id, merchant_id, status, carrier, request_key, currency, shipping_address_id, order_id_from, order_id_until, created_at, handed_over_at, status_at)
			SELECT next_id(now()), merchant_id, 'in_transit', 'DHL', 'k', 'USD', 1, order_id, order_id, now(), now(), now() FROM fulfillments;
			UPDATE fulfillments SET shipment_id = (SELECT max(id) FROM shipments)`},
		{"replacements_replace_what_was_lost", `UPDATE fulfillments SET replaces_no = 0`},
		{"claims_are_for_shipments", `INSERT INTO carrier_claims (merchant_id, shipment_id, currency, amount_minor, opened_at, opened_by_name) SELECT id, 1, 'USD', 1, now(), 'x' FROM merchants`},
		{"orders_are_sent_by_their_merchant", `UPDATE orders SET ship_service_id = 1`},
		{"ship_terms_have_a_history", `UPDATE merchants SET handling_days = handling_days + 1`},
		{"orders_ship_to_snapshots", `UPDATE addresses SET is_snapshot = false WHERE is_snapshot`},
		{"customers_bound_their_orders", `UPDATE customers SET order_id_until = order_id_from + 1`},
		{"merchants_bound_their_queues", `UPDATE merchants SET queue_order_id_from = id_at(now() + interval '1 day')`},
		{"prices_do_not_overlap", `INSERT INTO sku_prices (sku_id, currency, price_minor, valid_from) SELECT sku_id, currency, 1, '2021-01-01' FROM sku_prices`},
		{"discounts_are_the_lines", `INSERT INTO discounts (code, name, percent_ppm, valid_from) VALUES ('XX', 'X', 1, now()); INSERT INTO order_discounts (order_id, discount_id, checkout_id, customer_id, code, name, amount_minor) SELECT o.id, d.id, o.checkout_id, o.customer_id, d.code, 'X', 1 FROM orders o, discounts d`},
		{"codes_count_their_uses", `INSERT INTO discounts (code, name, percent_ppm, valid_from) VALUES ('XX', 'X', 1, now()); INSERT INTO order_discounts (order_id, discount_id, checkout_id, customer_id, code, name, amount_minor) SELECT o.id, d.id, o.checkout_id, o.customer_id, d.code, 'X', 1 FROM orders o, discounts d`},
		{"cancelled_orders_use_no_code", `INSERT INTO discounts (code, name, percent_ppm, valid_from) VALUES ('XX', 'X', 1, now()); INSERT INTO order_discounts (order_id, discount_id, checkout_id, customer_id, code, name, amount_minor) SELECT o.id, d.id, o.checkout_id, o.customer_id, d.code, 'X', 1 FROM orders o, discounts d; UPDATE orders SET status = 'cancelled'`},
		{"tax_rates_do_not_overlap", `INSERT INTO tax_rates (country, name, rate_ppm, valid_from) VALUES ('DE', 'a', 1, '2020-01-01'), ('DE', 'b', 2, '2021-01-01')`},
		{"partitions_are_ready", `DO $$ BEGIN EXECUTE 'DROP TABLE refunds' || to_char(now() AT TIME ZONE 'UTC' + interval '1 month', '_YYYY_MM'); END $$`},
		{"default_partitions_are_empty", `INSERT INTO refunds_default (order_id, id, payment_id, status, currency, amount_minor, refund_key, created_at, status_at) VALUES (1, 1, 1, 'failed', 'USD', 1, 'k', now(), now())`},
		{"indexes_are_valid", `CREATE INDEX half_built_idx ON ONLY orders (source)`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := lively(t)
			w.Exec(`SET session_replication_role = replica; ` + c.damage + `; SET session_replication_role = origin`)
			if broken := verify(t, w); !slices.Contains(broken, c.name) {
				t.Errorf("broken: %v, want %s among them", broken, c.name)
			}
		})
	}
	t.Run("every invariant has a case", func(t *testing.T) {
		t.Parallel()
		results, err := lively(t).Store.Verify(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range results {
			if !slices.ContainsFunc(cases, func(c struct{ name, damage string }) bool { return c.name == r.Name }) {
				t.Errorf("no test breaks %s", r.Name)
			}
		}
	})
}

func TestVerifyCountsBeyondItsExamples(t *testing.T) {
	t.Parallel()
	const damaged = shop.MaxInvariantExamples + 5
	w := lively(t)
	m := w.Int(`SELECT min(id) FROM merchants`)
	w.Exec(`INSERT INTO locations (merchant_id, code, name) SELECT $1, 'L' || i, 'L' FROM generate_series(1, $2::int) i`, m, damaged)
	w.Exec(`INSERT INTO stock_levels (sku_id, location_id, on_hand) SELECT (SELECT min(id) FROM skus), id, 1 FROM locations WHERE code LIKE 'L%'`)
	results, err := w.Store.Verify(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if r := results[0]; r.Broken != damaged || len(r.Examples) != shop.MaxInvariantExamples {
		t.Errorf("%s: %d broken, %d examples", r.Name, r.Broken, len(r.Examples))
	}
}
