package db

// orderInvariants are about orders, what was paid for them and what went back.
var orderInvariants = []invariant{
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
}
