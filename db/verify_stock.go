package db

// stockInvariants are about units: counters, ledger, reservations and who waits for goods.
var stockInvariants = []invariant{
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
		name: "shipped_units_left_the_ledger",
		says: "What left the house for an order and did not come back is what the stock ledger shipped for it.",
		query: `
			SELECT format('order %s', coalesce(r.order_id, t.order_id)), format('%s units left, the ledger says %s', coalesce(r.units, 0), coalesce(t.units, 0))
			FROM (SELECT order_id, sum(quantity) AS units FROM reservations WHERE status = 'shipped' GROUP BY order_id) r
			FULL JOIN (SELECT order_id, -sum(on_hand_delta) AS units FROM inventory_transactions WHERE kind IN ('shipment', 'shipment_undone') GROUP BY order_id) t ON t.order_id = r.order_id
			WHERE coalesce(r.units, 0) <> coalesce(t.units, 0)`,
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
}
