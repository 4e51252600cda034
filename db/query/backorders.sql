-- Units that orders wait for. Orders are locked before any of these, stock levels before the counters change.

-- name: BackordersWaiting :many
-- Waiting is not closed (backorders_closed_when_not_waiting), and is asked for as in ReservationsHeld.
SELECT order_id, line_no, part, sku_id, location_id, quantity FROM backorders
WHERE order_id = ANY (@order_ids::bigint[]) AND order_id BETWEEN @id_first AND @id_last AND closed_at IS NULL
ORDER BY order_id, line_no, part;

-- name: BackordersDue :many
-- SKUs that orders wait for and of which there is something, with the oldest orders that wait: stock_levels_backordered_idx
-- names the SKUs, which are none most of the time.
SELECT due.sku_id, oldest.order_id
FROM (SELECT DISTINCT b.sku_id FROM stock_levels b
      WHERE b.backordered > 0 AND EXISTS (SELECT 1 FROM stock_levels l WHERE l.sku_id = b.sku_id AND l.on_hand > l.reserved)
      ORDER BY b.sku_id LIMIT @row_limit) due
CROSS JOIN LATERAL (SELECT w.order_id FROM backorders w WHERE w.sku_id = due.sku_id AND w.status = 'waiting'
                    ORDER BY w.order_id LIMIT @row_limit) oldest
ORDER BY oldest.order_id LIMIT @row_limit;

-- name: BackordersLevels :many
-- The levels that count what is waited for, to be locked with the others.
SELECT sku_id, location_id FROM stock_levels WHERE sku_id = ANY (@sku_ids::bigint[]) ORDER BY sku_id, location_id;

-- name: StockLevelsBackorder :exec
-- The levels are locked.
UPDATE stock_levels l SET backordered = l.backordered + d.quantity, updated_at = @now
FROM (SELECT sku_id, location_id, sum(quantity)::bigint AS quantity
      FROM (SELECT unnest(@sku_ids::bigint[]) AS sku_id, unnest(@location_ids::bigint[]) AS location_id, unnest(@quantities::bigint[]) AS quantity) waits
      GROUP BY sku_id, location_id) d
WHERE l.sku_id = d.sku_id AND l.location_id = d.location_id;

-- name: BackordersClose :exec
UPDATE backorders SET status = @status, closed_at = @now
WHERE (order_id, line_no, part) IN (SELECT unnest(@order_ids::bigint[]), unnest(@line_nos::int[]), unnest(@parts::int[])) AND status = 'waiting';

-- name: BackorderShrink :execrows
-- What came in of it is closed as a part of its own.
WITH waiting AS (
    UPDATE backorders b SET quantity = b.quantity - @quantity
    WHERE b.order_id = @order_id AND b.line_no = @line_no AND b.part = @part AND b.status = 'waiting' AND b.quantity > @quantity
    RETURNING b.sku_id, b.location_id, b.created_at
)
INSERT INTO backorders (order_id, line_no, part, sku_id, location_id, quantity, status, created_at, closed_at)
SELECT @order_id, @line_no, (SELECT max(p.part) + 1 FROM backorders p WHERE p.order_id = @order_id AND p.line_no = @line_no),
       w.sku_id, w.location_id, @quantity, @status, w.created_at, @now
FROM waiting w;

-- name: BackorderAdd :exec
INSERT INTO backorders (order_id, line_no, part, sku_id, location_id, quantity, created_at)
SELECT @order_id, @line_no, (SELECT coalesce(max(p.part), 0) + 1 FROM backorders p WHERE p.order_id = @order_id AND p.line_no = @line_no),
       @sku_id, @location_id, @quantity, @now;

-- name: FulfillmentsTopUp :exec
-- Units that came in while a parcel of their order at their location is still to be picked go into it.
UPDATE fulfillments f SET units = f.units + d.units
FROM (SELECT n.order_id, n.units, (SELECT min(o.no) FROM fulfillments o WHERE o.order_id = n.order_id AND o.location_id = n.location_id AND o.status = 'open' AND o.replaces_no IS NULL) AS no
      FROM (SELECT unnest(@order_ids::bigint[]) AS order_id, unnest(@location_ids::bigint[]) AS location_id, unnest(@units::bigint[]) AS units) n) d
WHERE f.order_id = d.order_id AND f.no = d.no;

-- name: FulfillmentsOpenLater :exec
-- Else they make a parcel of their own.
INSERT INTO fulfillments (order_id, no, merchant_id, location_id, status, units, ship_by_at, status_at, created_at)
SELECT n.order_id, (SELECT coalesce(max(o.no), 0) FROM fulfillments o WHERE o.order_id = n.order_id) + row_number() OVER (PARTITION BY n.order_id ORDER BY l.priority, l.id),
       l.merchant_id, l.id, 'open', n.units, n.ship_by_at, @now, @now
FROM (SELECT unnest(@order_ids::bigint[]) AS order_id, unnest(@location_ids::bigint[]) AS location_id, unnest(@units::bigint[]) AS units,
             unnest(@ship_by_ats::timestamptz[]) AS ship_by_at) n
JOIN locations l ON l.id = n.location_id
WHERE NOT EXISTS (SELECT 1 FROM fulfillments o WHERE o.order_id = n.order_id AND o.location_id = n.location_id AND o.status = 'open' AND o.replaces_no IS NULL);

-- name: FulfillmentItemsAdd :exec
INSERT INTO fulfillment_items (order_id, no, line_no, quantity)
SELECT n.order_id, (SELECT min(o.no) FROM fulfillments o WHERE o.order_id = n.order_id AND o.location_id = n.location_id AND o.status = 'open' AND o.replaces_no IS NULL), n.line_no, n.quantity
FROM (SELECT unnest(@order_ids::bigint[]) AS order_id, unnest(@location_ids::bigint[]) AS location_id, unnest(@line_nos::int[]) AS line_no,
             unnest(@quantities::bigint[]) AS quantity) n
ON CONFLICT ON CONSTRAINT fulfillment_items_pkey DO UPDATE SET quantity = fulfillment_items.quantity + excluded.quantity;
