package db

import "slices"

// invariants are the rules that `waybill verify` checks. Most are impossible to break while the constraints and triggers
// of the schema are in force; this is the proof from the other side, over the rows as they are.
var invariants = slices.Concat(stockInvariants, orderInvariants, parcelInvariants, keepingInvariants)

// keepingInvariants are about what all of it is kept in: addresses, bounds, prices, codes, partitions and indexes.
var keepingInvariants = []invariant{
	{
		name: "orders_ship_to_snapshots",
		says: "Every order ships to an unchangeable snapshot of one of its customer's addresses.",
		query: `
			SELECT format('order %s', o.id), format('ships to address %s of customer %s', a.id, a.customer_id)
			FROM orders o JOIN addresses a ON a.id = o.shipping_address_id
			WHERE NOT a.is_snapshot OR a.customer_id <> o.customer_id`,
	},
	{
		name: "customers_bound_their_orders",
		says: "The id range that a customer's row knows covers all orders of the customer.",
		query: `
			SELECT format('customer %s', c.id), format('knows orders from %s until %s, has %s to %s', c.order_id_from, c.order_id_until, o.first, o.last)
			FROM customers c JOIN (SELECT customer_id, min(id) AS first, max(id) AS last FROM orders GROUP BY customer_id) o ON o.customer_id = c.id
			WHERE c.order_id_from IS NULL OR o.first < c.order_id_from OR o.last >= c.order_id_until`,
	},
	{
		name: "merchants_bound_their_queues",
		says: "No work that a merchant still has to do belongs to an order before the bound that the merchant's row knows.",
		query: `
			SELECT format('merchant %s', m.id), format('the bound is %s, but parcel %s of order %s is %s', m.queue_order_id_from, f.no, f.order_id, f.status)
			FROM fulfillments f JOIN merchants m ON m.id = f.merchant_id
			WHERE f.status IN ('open', 'picking', 'picked', 'packed') AND f.order_id >= m.queue_order_id_from IS NOT TRUE`,
	},
	{
		name: "prices_do_not_overlap",
		says: "At any time a SKU has at most one price in a currency.",
		query: `
			SELECT format('SKU %s', a.sku_id), format('two %s prices at once: %s since %s and %s since %s', a.currency, a.price_minor, a.valid_from, b.price_minor, b.valid_from)
			FROM sku_prices a JOIN sku_prices b ON b.sku_id = a.sku_id AND b.currency = a.currency AND b.id > a.id
			WHERE tstzrange(a.valid_from, a.valid_until) && tstzrange(b.valid_from, b.valid_until)`,
	},
	{
		name: "discounts_are_the_lines",
		says: "What discounts took off an order is what its lines say, as far as the discounts are on record.",
		query: `
			SELECT format('order %s', o.id), format('its discounts come to %s, its lines to %s', d.total, o.discount_minor)
			FROM (SELECT order_id, sum(amount_minor) AS total FROM order_discounts GROUP BY order_id) d JOIN orders o ON o.id = d.order_id
			WHERE d.total <> o.discount_minor`,
	},
	{
		name: "codes_count_their_uses",
		says: "A discount code was used as often as checkouts with it were placed and not cancelled.",
		query: `
			SELECT format('code %s', d.code), format('counts %s uses, has %s', d.used, coalesce(u.uses, 0))
			FROM discounts d
			LEFT JOIN (SELECT discount_id, count(DISTINCT checkout_id) AS uses FROM order_discounts WHERE released_at IS NULL GROUP BY discount_id) u ON u.discount_id = d.id
			WHERE d.code IS NOT NULL AND d.used <> coalesce(u.uses, 0)`,
	},
	{
		name: "cancelled_orders_use_no_code",
		says: "An order that was cancelled counts as a use of its codes no longer.",
		query: `
			SELECT format('order %s', o.id), format('is cancelled and still uses discount %s', d.discount_id)
			FROM order_discounts d JOIN orders o ON o.id = d.order_id
			WHERE o.status = 'cancelled' AND d.released_at IS NULL`,
	},
	{
		name: "tax_rates_do_not_overlap",
		says: "At any time a place has at most one rate of tax for a category.",
		query: `
			SELECT format('%s in %s %s', a.tax_category, a.country, a.region), format('two rates at once: %s since %s and %s since %s', a.rate_ppm, a.valid_from, b.rate_ppm, b.valid_from)
			FROM tax_rates a JOIN tax_rates b ON b.country = a.country AND b.region = a.region AND b.tax_category = a.tax_category AND b.id > a.id
			WHERE tstzrange(a.valid_from, a.valid_until) && tstzrange(b.valid_from, b.valid_until)`,
	},
	{
		name: "partitions_are_ready",
		says: "Every table that grows with orders has its partitions for this month and the next two.",
		query: `
			SELECT p.partrelid::regclass, 'has no partition for ' || to_char(month, 'YYYY-MM')
			FROM pg_partitioned_table p JOIN pg_class c ON c.oid = p.partrelid AND c.relnamespace = 'public'::regnamespace
			CROSS JOIN generate_series(date_trunc('month', now() AT TIME ZONE 'UTC'), date_trunc('month', now() AT TIME ZONE 'UTC') + interval '2 months', interval '1 month') AS month
			WHERE to_regclass('public.' || c.relname || to_char(month, '_YYYY_MM')) IS NULL`,
	},
	{
		name: "default_partitions_are_empty",
		says: "No row fell into a default partition because its month was missing.",
		query: `
			SELECT d.table_name, format('holds rows, the first with id %s', d.first)
			FROM (SELECT 'checkouts_default', min(id) FROM checkouts_default UNION ALL SELECT 'orders_default', min(id) FROM orders_default
			      UNION ALL SELECT 'order_line_items_default', min(order_id) FROM order_line_items_default UNION ALL SELECT 'order_events_default', min(order_id) FROM order_events_default
			      UNION ALL SELECT 'payments_default', min(order_id) FROM payments_default UNION ALL SELECT 'refunds_default', min(order_id) FROM refunds_default
			      UNION ALL SELECT 'unit_refunds_default', min(order_id) FROM unit_refunds_default UNION ALL SELECT 'refund_lines_default', min(order_id) FROM refund_lines_default
			      UNION ALL SELECT 'returns_default', min(order_id) FROM returns_default UNION ALL SELECT 'return_line_items_default', min(order_id) FROM return_line_items_default
			      UNION ALL SELECT 'return_receipts_default', min(order_id) FROM return_receipts_default UNION ALL SELECT 'return_photos_default', min(order_id) FROM return_photos_default
			      UNION ALL SELECT 'payment_operations_default', min(order_id) FROM payment_operations_default
			      UNION ALL SELECT 'reservations_default', min(order_id) FROM reservations_default UNION ALL SELECT 'backorders_default', min(order_id) FROM backorders_default UNION ALL SELECT 'inventory_transactions_default', min(id) FROM inventory_transactions_default
			      UNION ALL SELECT 'order_discounts_default', min(order_id) FROM order_discounts_default
			      UNION ALL SELECT 'fulfillments_default', min(order_id) FROM fulfillments_default UNION ALL SELECT 'fulfillment_items_default', min(order_id) FROM fulfillment_items_default
			      UNION ALL SELECT 'pick_batch_parcels_default', min(order_id) FROM pick_batch_parcels_default UNION ALL SELECT 'scan_events_default', min(id) FROM scan_events_default
			      UNION ALL SELECT 'shipments_default', min(id) FROM shipments_default UNION ALL SELECT 'shipment_events_default', min(shipment_id) FROM shipment_events_default) d (table_name, first)
			WHERE d.first IS NOT NULL`,
	},
	{
		name: "indexes_are_valid",
		says: "No index was left half built.",
		query: `
			SELECT i.indexrelid::regclass, 'is invalid and must be built again'
			FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid AND c.relnamespace = 'public'::regnamespace
			WHERE NOT i.indisvalid`,
	},
}
