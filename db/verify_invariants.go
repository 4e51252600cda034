package db

// invariants are the rules that `waybill verify` checks. Most are impossible to break while the constraints and triggers
// of the schema are in force; this is the proof from the other side, over the rows as they are.
var invariants = []invariant{
	{
		name: "stock_counters_equal_ledger",
		says: "On hand and reserved of every SKU and location are the sums of its stock ledger.",
		query: `
			SELECT format('SKU %s at location %s', coalesce(l.sku_id, t.sku_id), coalesce(l.location_id, t.location_id)),
			       format('counters say %s on hand and %s reserved, the ledger %s and %s', l.on_hand, l.reserved, coalesce(t.on_hand, 0), coalesce(t.reserved, 0))
			FROM stock_levels l
			FULL JOIN (SELECT sku_id, location_id, sum(on_hand_delta) AS on_hand, sum(reserved_delta) AS reserved
			           FROM inventory_transactions GROUP BY sku_id, location_id) t ON t.sku_id = l.sku_id AND t.location_id = l.location_id
			WHERE (coalesce(l.on_hand, 0), coalesce(l.reserved, 0)) IS DISTINCT FROM (coalesce(t.on_hand, 0), coalesce(t.reserved, 0))`,
	},
	{
		name: "reserved_equals_open_reservations",
		says: "The reserved units of every SKU and location are those of its held reservations.",
		query: `
			SELECT format('SKU %s at location %s', coalesce(l.sku_id, r.sku_id), coalesce(l.location_id, r.location_id)),
			       format('%s reserved, but %s held for orders', l.reserved, coalesce(r.held, 0))
			FROM stock_levels l
			FULL JOIN (SELECT sku_id, location_id, sum(quantity) AS held FROM reservations WHERE status = 'held' GROUP BY sku_id, location_id) r
			     ON r.sku_id = l.sku_id AND r.location_id = l.location_id
			WHERE coalesce(l.reserved, 0) <> coalesce(r.held, 0)`,
	},
	{
		name: "stock_is_possible",
		says: "No location has less than nothing, or promises more than it has.",
		query: `
			SELECT format('SKU %s at location %s', sku_id, location_id), format('%s on hand, %s reserved', on_hand, reserved)
			FROM stock_levels WHERE on_hand < 0 OR reserved < 0 OR reserved > on_hand`,
	},
	{
		name: "orders_hold_what_the_ledger_says",
		says: "What an order still holds is what the stock ledger reserved for it and has not taken back.",
		query: `
			SELECT format('order %s', coalesce(r.order_id, t.order_id)), format('holds %s units, the ledger says %s', coalesce(r.held, 0), coalesce(t.reserved, 0))
			FROM (SELECT order_id, sum(quantity) AS held FROM reservations WHERE status = 'held' GROUP BY order_id) r
			FULL JOIN (SELECT order_id, sum(reserved_delta) AS reserved FROM inventory_transactions WHERE order_id IS NOT NULL GROUP BY order_id) t
			     ON t.order_id = r.order_id
			WHERE coalesce(r.held, 0) <> coalesce(t.reserved, 0)`,
	},
	{
		name: "ended_orders_hold_nothing",
		says: "Cancelled, shipped, delivered and refunded orders hold no stock, except for a lost parcel that is sent again.",
		query: `
			SELECT format('order %s', o.id), format('is %s and holds %s units of SKU %s', o.status, r.quantity, r.sku_id)
			FROM reservations r JOIN orders o ON o.id = r.order_id
			WHERE r.status = 'held' AND o.status IN ('cancelled', 'shipped', 'delivered', 'refunded')
			  AND NOT (o.status = 'shipped' AND EXISTS (SELECT 1 FROM fulfillments f WHERE f.order_id = o.id AND f.replaces_no IS NOT NULL AND f.status IN ('open', 'picking', 'picked', 'packed')))`,
	},
	{
		name: "backordered_equals_waiting_orders",
		says: "The backordered units of every SKU and location are those that orders wait for there.",
		query: `
			SELECT format('SKU %s at location %s', coalesce(l.sku_id, b.sku_id), coalesce(l.location_id, b.location_id)),
			       format('%s backordered, but orders wait for %s', l.backordered, coalesce(b.waiting, 0))
			FROM stock_levels l
			FULL JOIN (SELECT sku_id, location_id, sum(quantity) AS waiting FROM backorders WHERE status = 'waiting' GROUP BY sku_id, location_id) b
			     ON b.sku_id = l.sku_id AND b.location_id = l.location_id
			WHERE coalesce(l.backordered, 0) <> coalesce(b.waiting, 0)`,
	},
	{
		name: "ended_orders_wait_for_nothing",
		says: "Cancelled, shipped, delivered and refunded orders wait for no units.",
		query: `
			SELECT format('order %s', o.id), format('is %s and waits for %s units of SKU %s', o.status, b.quantity, b.sku_id)
			FROM backorders b JOIN orders o ON o.id = b.order_id
			WHERE b.status = 'waiting' AND o.status IN ('cancelled', 'shipped', 'delivered', 'refunded')`,
	},
	{
		name: "lines_get_no_more_than_was_ordered",
		says: "What a line holds, shipped and waits for, without lost parcels that were given up, is never more than was ordered, and nothing but its own SKU.",
		query: `
			SELECT format('order %s line %s', l.order_id, l.line_no), format('%s of SKU %s ordered, %s of SKU %s to %s held, shipped and waited for',
			       l.quantity, l.sku_id, u.quantity, u.first_sku, u.last_sku)
			FROM order_line_items l
			JOIN (SELECT order_id, line_no, sum(quantity) AS quantity, min(sku_id) AS first_sku, max(sku_id) AS last_sku
			      FROM (SELECT order_id, line_no, sku_id, quantity FROM reservations WHERE status IN ('held', 'shipped')
			            UNION ALL SELECT order_id, line_no, sku_id, quantity FROM backorders WHERE status = 'waiting') units
			      GROUP BY order_id, line_no) u ON u.order_id = l.order_id AND u.line_no = l.line_no
			LEFT JOIN (SELECT i.order_id, i.line_no, sum(i.quantity) AS quantity FROM fulfillment_items i JOIN fulfillments f ON f.order_id = i.order_id AND f.no = i.no
			           WHERE f.given_up_at IS NOT NULL GROUP BY i.order_id, i.line_no) lost ON lost.order_id = l.order_id AND lost.line_no = l.line_no
			WHERE u.quantity > l.quantity + coalesce(lost.quantity, 0) OR u.first_sku <> l.sku_id OR u.last_sku <> l.sku_id`,
	},
	{
		name: "lapsed_orders_hold_nothing",
		says: "An order whose hold lapsed holds and waits for nothing, and is not paid without its goods.",
		query: `
			SELECT format('order %s', o.id), format('is %s since its hold lapsed %s, and has %s units', o.status, o.hold_lapsed_at, coalesce(u.quantity, 0))
			FROM orders o
			LEFT JOIN (SELECT order_id, sum(quantity) AS quantity
			           FROM (SELECT order_id, quantity FROM reservations WHERE status = 'held'
			                 UNION ALL SELECT order_id, quantity FROM backorders WHERE status = 'waiting') units GROUP BY order_id) u ON u.order_id = o.id
			WHERE o.hold_lapsed_at IS NOT NULL AND (u.quantity > 0 OR o.status IN ('confirmed', 'processing', 'shipped', 'delivered'))`,
	},
	{
		name: "order_totals_equal_lines",
		says: "Subtotal, discount and tax of an order are the sums of its lines, and its total follows from them.",
		query: `
			SELECT format('order %s', o.id), format('says %s + %s tax - %s discount = %s with %s shipping; its lines %s, %s and %s',
			       o.subtotal_minor, o.tax_minor, o.discount_minor, o.total_minor, o.shipping_minor, coalesce(l.subtotal, 0), coalesce(l.tax, 0), coalesce(l.discount, 0))
			FROM orders o
			LEFT JOIN (SELECT order_id, sum(subtotal_minor) AS subtotal, sum(tax_minor) AS tax, sum(discount_minor) AS discount
			           FROM order_line_items GROUP BY order_id) l ON l.order_id = o.id
			WHERE (o.subtotal_minor, o.tax_minor, o.discount_minor) IS DISTINCT FROM (coalesce(l.subtotal, 0), coalesce(l.tax, 0), coalesce(l.discount, 0))
			   OR o.total_minor <> o.subtotal_minor + o.tax_minor + o.shipping_minor - o.discount_minor`,
	},
	{
		name: "checkouts_equal_their_orders",
		says: "A checkout names exactly its orders, and its total is theirs.",
		query: `
			SELECT format('checkout %s', coalesce(c.id, o.checkout_id)), format('names %s for %s, its orders are %s for %s', c.order_ids, c.total_minor, o.ids, o.total)
			FROM checkouts c
			FULL JOIN (SELECT checkout_id, array_agg(id ORDER BY id) AS ids, sum(total_minor) AS total FROM orders GROUP BY checkout_id) o ON o.checkout_id = c.id
			WHERE (SELECT array_agg(i ORDER BY i) FROM unnest(c.order_ids) i) IS DISTINCT FROM o.ids OR c.total_minor <> o.total`,
	},
	{
		name: "no_order_without_lines",
		says: "Every order has lines, unless it was imported from records that name none.",
		query: `
			SELECT format('order %s', o.id), CASE WHEN o.imported_without_lines THEN 'has lines, but says it was imported without' ELSE 'has no lines' END
			FROM orders o
			WHERE o.imported_without_lines = EXISTS (SELECT 1 FROM order_line_items l WHERE l.order_id = o.id)`,
	},
	{
		name: "status_equals_last_event",
		says: "The status of an order is the one that its latest status event led to, since the same moment.",
		query: `
			SELECT format('order %s', o.id), format('is %s, its last event says %s', o.status, coalesce(e.to_status, 'nothing'))
			FROM orders o
			LEFT JOIN (SELECT DISTINCT ON (order_id) order_id, to_status, occurred_at FROM order_events WHERE to_status IS NOT NULL ORDER BY order_id, seq DESC) e
			     ON e.order_id = o.id
			WHERE o.status IS DISTINCT FROM e.to_status OR o.status_at IS DISTINCT FROM e.occurred_at`,
	},
	{
		name: "events_are_a_legal_walk",
		says: "The events of an order are numbered without gaps, and each transition is legal and starts where the last one ended.",
		query: `
			SELECT format('order %s', order_id), format('event %s goes from %s to %s after %s (event %s of the order)',
			       seq, coalesce(from_status, 'nothing'), coalesce(to_status, 'nothing'), coalesce(before, 'nothing'), position)
			FROM (SELECT order_id, seq, from_status, to_status, row_number() OVER w AS position,
			             (SELECT p.to_status FROM order_events p WHERE p.order_id = e.order_id AND p.seq < e.seq AND p.to_status IS NOT NULL ORDER BY p.seq DESC LIMIT 1) AS before
			      FROM order_events e WINDOW w AS (PARTITION BY order_id ORDER BY seq)) walk
			WHERE seq <> position
			   OR (to_status IS NOT NULL AND from_status IS DISTINCT FROM before)
			   OR (from_status IS NOT NULL AND NOT EXISTS (SELECT 1 FROM order_transitions t WHERE t.from_status = walk.from_status AND t.to_status = walk.to_status))`,
	},
	{
		name: "payments_within_bounds",
		says: "No payment captured more than its amount or refunded more than it captured, and only captured payments hold money.",
		query: `
			SELECT format('payment %s of order %s', id, order_id), format('%s: amount %s, captured %s, refunded %s', status, amount_minor, captured_minor, refunded_minor)
			FROM payments
			WHERE captured_minor < 0 OR captured_minor > amount_minor OR refunded_minor < 0 OR refunded_minor > captured_minor
			   OR (captured_minor > 0 AND status <> 'captured')`,
	},
	{
		name: "refunds_equal_refund_rows",
		says: "What a payment says was refunded is the sum of its succeeded refunds.",
		query: `
			SELECT format('payment %s of order %s', p.id, p.order_id), format('says %s, its refunds %s', p.refunded_minor, coalesce(r.total, 0))
			FROM payments p
			LEFT JOIN (SELECT order_id, payment_id, sum(amount_minor) AS total FROM refunds WHERE status = 'succeeded' GROUP BY order_id, payment_id) r
			     ON r.order_id = p.order_id AND r.payment_id = p.id
			WHERE p.refunded_minor <> coalesce(r.total, 0)`,
	},
	{
		name: "captures_equal_capture_rows",
		says: "What was captured of an authorization is the sum of its succeeded captures.",
		query: `
			SELECT format('payment %s of order %s', p.id, p.order_id), format('says %s, its captures %s', p.captured_minor, c.total)
			FROM payments p
			JOIN (SELECT order_id, payment_id, sum(amount_minor) AS total FROM payment_operations
			      WHERE kind = 'capture' AND status = 'succeeded' GROUP BY order_id, payment_id) c ON c.order_id = p.order_id AND c.payment_id = p.id
			WHERE p.captured_minor <> c.total`,
	},
	{
		name: "refunds_under_way_are_covered",
		says: "Refunds that succeeded or are under way never exceed what was captured.",
		query: `
			SELECT format('payment %s of order %s', p.id, p.order_id), format('captured %s, its refunds are about %s', p.captured_minor, r.total)
			FROM payments p
			JOIN (SELECT order_id, payment_id, sum(amount_minor) AS total FROM refunds WHERE status <> 'failed' GROUP BY order_id, payment_id) r
			     ON r.order_id = p.order_id AND r.payment_id = p.id
			WHERE r.total > p.captured_minor`,
	},
	{
		name: "units_are_refunded_once",
		says: "No more units of a line are refunded than it has, and no more net, discount, tax or total than it says.",
		query: `
			SELECT format('order %s line %s', l.order_id, l.line_no),
			       format('has %s units for %s, refunded are %s for %s', l.quantity, l.total_minor, r.quantity, r.total)
			FROM order_line_items l
			JOIN (SELECT rl.order_id, rl.line_no, sum(rl.quantity) AS quantity, sum(rl.discount_minor) AS discount, sum(rl.tax_minor) AS tax, sum(rl.total_minor) AS total
			      FROM refund_lines rl JOIN live_unit_refunds u ON u.order_id = rl.order_id AND u.id = rl.refund_id GROUP BY rl.order_id, rl.line_no) r
			     ON r.order_id = l.order_id AND r.line_no = l.line_no
			WHERE r.quantity > l.quantity OR r.discount > l.discount_minor OR r.tax > l.tax_minor OR r.total > l.total_minor
			   OR (r.quantity = l.quantity AND (r.discount, r.tax, r.total) IS DISTINCT FROM (l.discount_minor, l.tax_minor, l.total_minor))`,
	},
	{
		name: "unit_refunds_equal_their_payouts",
		says: "A refund of units is the sum of its lines and shipping, and is paid out by refunds of the same sum; what was declined can be tried again, and is never paid out twice.",
		query: `
			SELECT format('refund of units %s of order %s', u.id, u.order_id),
			       format('says %s, lines %s, shipping %s, withheld %s, payouts %s, of which %s were declined',
			              u.amount_minor, coalesce(l.total, 0), u.shipping_minor, u.withheld_minor, coalesce(r.total, 0), coalesce(r.declined, 0))
			FROM unit_refunds u
			LEFT JOIN (SELECT order_id, refund_id, sum(total_minor) AS total FROM refund_lines GROUP BY order_id, refund_id) l ON l.order_id = u.order_id AND l.refund_id = u.id
			LEFT JOIN (SELECT order_id, unit_refund_id, sum(amount_minor) AS total, coalesce(sum(amount_minor) FILTER (WHERE status = 'failed'), 0) AS declined
			           FROM refunds WHERE unit_refund_id IS NOT NULL GROUP BY order_id, unit_refund_id) r
			     ON r.order_id = u.order_id AND r.unit_refund_id = u.id
			WHERE u.lines_minor <> coalesce(l.total, 0) OR u.amount_minor NOT BETWEEN coalesce(r.total - r.declined, 0) AND coalesce(r.total, 0)
			UNION ALL
			SELECT format('refund %s of order %s', r.id, r.order_id), format('pays out %s, which does not exist', r.unit_refund_id)
			FROM refunds r
			WHERE r.unit_refund_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM unit_refunds u WHERE u.order_id = r.order_id AND u.id = r.unit_refund_id)`,
	},
	{
		name: "returns_are_within_what_was_sent",
		says: "No more units of a line come back, in all its returns together, than were sent.",
		query: `
			SELECT format('order %s line %s', c.order_id, c.line_no), format('%s units to be returned, %s sent', c.claimed, coalesce(s.sent, 0))
			FROM (SELECT order_id, line_no, sum(quantity) AS claimed FROM return_claims GROUP BY order_id, line_no) c
			LEFT JOIN (SELECT i.order_id, i.line_no, sum(i.quantity) AS sent FROM fulfillment_items i JOIN fulfillments f ON f.order_id = i.order_id AND f.no = i.no
			           WHERE f.status IN ('shipped', 'delivered') AND f.given_up_at IS NULL GROUP BY i.order_id, i.line_no) s ON s.order_id = c.order_id AND s.line_no = c.line_no
			WHERE c.claimed > coalesce(s.sent, 0)`,
	},
	{
		name: "returned_units_are_counted_once",
		says: "What a return received and restocked is the sum of its receipts, within what was approved, and only received units are paid back for it.",
		query: `
			SELECT format('return %s line %s', l.return_id, l.line_no),
			       format('asked %s, approved %s, received %s, restocked %s; receipts %s and %s; paid back %s',
			              l.quantity, l.approved_quantity, l.received_quantity, l.restocked_quantity, coalesce(c.received, 0), coalesce(c.restocked, 0), coalesce(p.units, 0))
			FROM return_line_items l
			LEFT JOIN (SELECT order_id, return_id, line_no, sum(quantity) AS received, coalesce(sum(quantity) FILTER (WHERE restocked), 0) AS restocked
			           FROM return_receipts GROUP BY order_id, return_id, line_no) c ON c.order_id = l.order_id AND c.return_id = l.return_id AND c.line_no = l.line_no
			LEFT JOIN (SELECT b.order_id, v.return_id, b.line_no, sum(b.quantity) AS units FROM refund_lines b
			           JOIN live_unit_refunds v ON v.order_id = b.order_id AND v.id = b.refund_id GROUP BY b.order_id, v.return_id, b.line_no) p
			     ON p.order_id = l.order_id AND p.return_id = l.return_id AND p.line_no = l.line_no
			WHERE l.received_quantity <> coalesce(c.received, 0) OR l.restocked_quantity <> coalesce(c.restocked, 0)
			   OR l.received_quantity > l.approved_quantity OR l.approved_quantity > l.quantity OR coalesce(p.units, 0) > l.received_quantity`,
	},
	{
		name: "restocked_units_are_in_the_ledger",
		says: "The units that returns of an order put back on sale are those that the stock ledger took in for it.",
		query: `
			SELECT format('order %s', coalesce(r.order_id, t.order_id)), format('returns restocked %s units, the ledger says %s', coalesce(r.units, 0), coalesce(t.units, 0))
			FROM (SELECT order_id, sum(restocked_quantity) AS units FROM return_line_items GROUP BY order_id HAVING sum(restocked_quantity) > 0) r
			FULL JOIN (SELECT order_id, sum(on_hand_delta) AS units FROM inventory_transactions WHERE kind = 'return' AND order_id IS NOT NULL GROUP BY order_id) t ON t.order_id = r.order_id
			WHERE coalesce(r.units, 0) <> coalesce(t.units, 0)`,
	},
	{
		name: "paid_orders_are_not_stuck",
		says: "An order that is paid in full does not wait for payment.",
		query: `
			SELECT format('order %s', o.id), format('is pending since %s, costs %s, and %s of it is captured', o.status_at, o.total_minor, p.kept)
			FROM orders o JOIN (SELECT order_id, sum(captured_minor - refunded_minor) AS kept FROM payments WHERE status = 'captured' GROUP BY order_id) p ON p.order_id = o.id
			WHERE o.status = 'pending' AND o.source IN ('web', 'api') AND p.kept >= o.total_minor`,
	},
	{
		name: "orders_are_paid_once",
		says: "Orders of our own doors are confirmed only when paid in full, and no order keeps more than it costs.",
		query: `
			SELECT format('order %s', o.id), format('is %s, costs %s, captured %s, refunded %s', o.status, o.total_minor, coalesce(p.captured, 0), coalesce(p.refunded, 0))
			FROM orders o
			LEFT JOIN (SELECT order_id, sum(captured_minor) AS captured, sum(refunded_minor) AS refunded FROM payments GROUP BY order_id) p ON p.order_id = o.id
			WHERE o.source IN ('web', 'api')
			  AND (coalesce(p.captured, 0) - coalesce(p.refunded, 0) > o.total_minor
			       OR (o.status IN ('confirmed', 'processing', 'shipped', 'delivered') AND coalesce(p.captured, 0) < o.total_minor))`,
	},
	{
		name: "payment_currency_is_the_orders",
		says: "Payments and refunds are in the currency of their order.",
		query: `
			SELECT format('payment %s of order %s', p.id, o.id), format('%s, but the order is in %s', p.currency, o.currency)
			FROM payments p JOIN orders o ON o.id = p.order_id WHERE p.currency <> o.currency
			UNION ALL
			SELECT format('refund %s of order %s', r.id, o.id), format('%s, but the order is in %s', r.currency, o.currency)
			FROM refunds r JOIN orders o ON o.id = r.order_id WHERE r.currency <> o.currency`,
	},
	{
		name: "parcels_hold_no_more_than_was_ordered",
		says: "The parcels of an order hold no more of a line than was ordered, and no more was picked than they hold.",
		query: `
			SELECT format('order %s line %s', l.order_id, l.line_no), format('%s ordered, %s in parcels, %s picked', l.quantity, i.quantity, i.picked)
			FROM order_line_items l
			JOIN (SELECT fi.order_id, fi.line_no, sum(fi.quantity) AS quantity, sum(fi.picked) AS picked
			      FROM fulfillment_items fi JOIN fulfillments f ON f.order_id = fi.order_id AND f.no = fi.no
			      WHERE f.status <> 'cancelled' AND f.given_up_at IS NULL GROUP BY fi.order_id, fi.line_no) i ON i.order_id = l.order_id AND i.line_no = l.line_no
			WHERE i.quantity > l.quantity OR i.picked > i.quantity`,
	},
	{
		name: "parcels_agree_with_their_order",
		says: "A shipped order has no parcel left to send, a delivered one none on the way, an ended one none being packed.",
		query: `
			SELECT format('order %s', o.id), format('is %s, but parcel %s is %s', o.status, f.no, f.status)
			FROM fulfillments f JOIN orders o ON o.id = f.order_id
			WHERE (o.status = 'shipped' AND f.status NOT IN ('shipped', 'delivered', 'cancelled') AND f.replaces_no IS NULL)
			   OR (o.status = 'delivered' AND f.status NOT IN ('delivered', 'cancelled') AND f.given_up_at IS NULL)
			   OR (o.status = 'cancelled' AND f.status NOT IN ('cancelled'))
			   OR (o.status = 'refunded' AND f.status IN ('open', 'picking', 'picked', 'packed'))
			   OR (o.status = 'pending')`,
	},
	{
		name: "batches_count_their_parcels",
		says: "A batch of parcels counts those that it began with and those that are still being picked, and ends with the last.",
		query: `
			SELECT format('batch %s', b.id), format('says %s parcels and %s open, has %s and %s; ended %s', b.parcels, b.open_parcels, coalesce(m.parcels, 0), coalesce(m.open, 0), coalesce(b.ended_at::text, 'not yet'))
			FROM pick_batches b
			LEFT JOIN (SELECT batch_id, count(*) AS parcels, count(*) FILTER (WHERE left_at IS NULL) AS open FROM pick_batch_parcels GROUP BY batch_id) m ON m.batch_id = b.id
			WHERE (b.parcels, b.open_parcels) IS DISTINCT FROM (coalesce(m.parcels, 0), coalesce(m.open, 0)) OR (b.ended_at IS NULL) <> (b.open_parcels > 0)`,
	},
	{
		name: "batched_parcels_are_with_their_picker",
		says: "Every parcel that is being picked in a batch is held by the picker of the batch, and is in no other.",
		query: `
			SELECT format('parcel %s of order %s', m.no, m.order_id), format('is in %s batches, the last is %s; it is %s and held by user %s',
			       count(*), max(m.batch_id), coalesce(min(f.status), 'missing'), coalesce(min(f.assigned_user_id)::text, 'nobody'))
			FROM pick_batch_parcels m JOIN pick_batches b ON b.id = m.batch_id
			LEFT JOIN fulfillments f ON f.order_id = m.order_id AND f.no = m.no
			WHERE m.left_at IS NULL
			GROUP BY m.order_id, m.no
			HAVING count(*) > 1 OR bool_or(f.status IS DISTINCT FROM 'picking' OR f.assigned_user_id IS DISTINCT FROM b.picker_id)`,
	},
	{
		name: "verified_units_were_picked",
		says: "At the packing table no more units of a parcel were verified than were picked for it.",
		query: `
			SELECT format('line %s of parcel %s of order %s', line_no, no, order_id), format('%s picked, %s verified', picked, verified)
			FROM fulfillment_items WHERE verified NOT BETWEEN 0 AND picked`,
	},
	{
		name: "parcel_units_equal_items",
		says: "The units of a parcel are those of its items.",
		query: `
			SELECT format('order %s parcel %s', f.order_id, f.no), format('says %s units, its items %s', f.units, coalesce(i.units, 0))
			FROM fulfillments f
			LEFT JOIN (SELECT order_id, no, sum(quantity) AS units FROM fulfillment_items GROUP BY order_id, no) i ON i.order_id = f.order_id AND i.no = f.no
			WHERE f.units <> coalesce(i.units, 0)`,
	},
	{
		name: "parcels_hold_no_more_than_is_reserved",
		says: "The parcels of an order that have not left hold no more of a line at a location than is reserved there.",
		query: `
			SELECT format('order %s line %s', p.order_id, p.line_no), format('%s units in parcels at location %s, %s reserved', p.units, p.location_id, coalesce(r.quantity, 0))
			FROM (SELECT f.order_id, i.line_no, f.location_id, sum(i.quantity) AS units
			      FROM fulfillments f JOIN fulfillment_items i ON i.order_id = f.order_id AND i.no = f.no
			      WHERE f.status IN ('open', 'picking', 'picked', 'packed') AND f.location_id IS NOT NULL
			      GROUP BY f.order_id, i.line_no, f.location_id) p
			LEFT JOIN (SELECT order_id, line_no, location_id, sum(quantity) AS quantity FROM reservations WHERE status = 'held' GROUP BY order_id, line_no, location_id) r
			     ON r.order_id = p.order_id AND r.line_no = p.line_no AND r.location_id = p.location_id
			WHERE p.units > coalesce(r.quantity, 0)`,
	},
	{
		name: "shipments_have_their_parcels",
		says: "A parcel's shipment exists, is its merchant's and knows the months of its orders; a shipment under way is not empty.",
		query: `
			SELECT format('order %s parcel %s', f.order_id, f.no), format('is in shipment %s, which is %s', f.shipment_id, coalesce(s.status, 'not there'))
			FROM fulfillments f LEFT JOIN shipments s ON s.id = f.shipment_id
			WHERE f.shipment_id IS NOT NULL
			  AND (s.id IS NULL OR s.merchant_id <> f.merchant_id OR f.order_id NOT BETWEEN s.order_id_from AND s.order_id_until OR s.status IN ('voided', 'failed'))
			UNION ALL
			SELECT format('shipment %s', s.id), format('is %s and holds nothing', s.status)
			FROM shipments s WHERE s.status IN ('ready', 'in_transit', 'delivered', 'returned', 'lost') AND NOT EXISTS (SELECT 1 FROM fulfillments f WHERE f.shipment_id = s.id)`,
	},
	{
		name: "parcels_agree_with_their_shipment",
		says: "Parcels are packed until their shipment is handed over, shipped from then on, and delivered with it.",
		query: `
			SELECT format('order %s parcel %s', f.order_id, f.no), format('is %s in a shipment that is %s', f.status, s.status)
			FROM fulfillments f JOIN shipments s ON s.id = f.shipment_id
			WHERE (s.status IN ('buying', 'ready', 'voiding') AND f.status <> 'packed')
			   OR (s.status IN ('in_transit', 'returned', 'lost') AND f.status NOT IN ('shipped', 'delivered'))
			   OR (s.status = 'delivered' AND f.status <> 'delivered')`,
	},
	{
		name: "replacements_replace_what_was_lost",
		says: "A parcel that replaces another has a lost one of its order that was given up, and all that replace it hold no more of a line than it did.",
		query: `
			SELECT format('order %s parcel %s line %s', r.order_id, r.replaces_no, r.line_no), format('%s units were lost, %s replace them', coalesce(l.quantity, 0), r.quantity)
			FROM (SELECT f.order_id, f.replaces_no, i.line_no, sum(i.quantity) AS quantity
			      FROM fulfillments f JOIN fulfillment_items i ON i.order_id = f.order_id AND i.no = f.no
			      WHERE f.replaces_no IS NOT NULL AND f.status <> 'cancelled' GROUP BY f.order_id, f.replaces_no, i.line_no) r
			LEFT JOIN (SELECT f.order_id, f.no, i.line_no, i.quantity FROM fulfillments f JOIN fulfillment_items i ON i.order_id = f.order_id AND i.no = f.no
			           WHERE f.given_up_at IS NOT NULL) l ON l.order_id = r.order_id AND l.no = r.replaces_no AND l.line_no = r.line_no
			WHERE r.quantity > coalesce(l.quantity, 0)`,
	},
	{
		name: "claims_are_for_shipments",
		says: "A claim is for a shipment of its merchant that a carrier has, in the shipment's currency.",
		query: `
			SELECT format('claim %s', c.id), format('of merchant %s is for shipment %s, which is %s', c.merchant_id, c.shipment_id, coalesce(s.status, 'not there'))
			FROM carrier_claims c LEFT JOIN shipments s ON s.id = c.shipment_id
			WHERE s.merchant_id IS DISTINCT FROM c.merchant_id OR s.currency IS DISTINCT FROM c.currency OR s.handed_over_at IS NULL`,
	},
	{
		name: "orders_are_sent_by_their_merchant",
		says: "The service of an order is one of its merchant's, and its parcels in the queue have the same.",
		query: `
			SELECT format('order %s', o.id), format('of merchant %s is sent with service %s', o.merchant_id, o.ship_service_id)
			FROM orders o LEFT JOIN ship_services s ON s.id = o.ship_service_id
			WHERE o.ship_service_id IS NOT NULL AND s.merchant_id IS DISTINCT FROM o.merchant_id
			UNION ALL
			SELECT format('order %s parcel %s', f.order_id, f.no), format('has service %s, its order %s', f.ship_service_id, o.ship_service_id)
			FROM fulfillments f JOIN orders o ON o.id = f.order_id
			WHERE f.status IN ('open', 'picking', 'picked', 'packed') AND f.country IS NOT NULL AND f.ship_service_id IS DISTINCT FROM o.ship_service_id`,
	},
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
