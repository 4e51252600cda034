-- What orders do to stock after placement. Levels are locked sorted, in a statement of their own, before any is changed.

-- name: ReservationsHeld :many
-- Held is not closed (reservations_closed_when_not_held). To ask for the status would let a plan that is kept read all that is
-- held, of every order, out of reservations_open_idx.
SELECT order_id, line_no, sku_id, location_id, part, quantity FROM reservations
WHERE order_id = ANY (@order_ids::bigint[]) AND order_id BETWEEN @id_first AND @id_last AND closed_at IS NULL
ORDER BY order_id, line_no, location_id, part;

-- name: StockLevelsLock :many
SELECT sku_id, location_id, on_hand, reserved FROM stock_levels
WHERE (sku_id, location_id) IN (SELECT unnest(@sku_ids::bigint[]), unnest(@location_ids::bigint[]))
ORDER BY sku_id, location_id FOR NO KEY UPDATE;

-- name: StockLevelsLockLast :exec
-- StockLevelsLock for whoever needs not know what the counters say.
WITH locked AS MATERIALIZED (
    SELECT 1 FROM stock_levels WHERE (sku_id, location_id) IN (SELECT unnest(@sku_ids::bigint[]), unnest(@location_ids::bigint[]))
    ORDER BY sku_id, location_id FOR NO KEY UPDATE
)
SELECT count(*) FROM locked;

-- name: StockLevelsMove :exec
UPDATE stock_levels l SET on_hand = l.on_hand + d.on_hand, reserved = l.reserved + d.reserved, updated_at = @now
FROM (SELECT sku_id, location_id, sum(on_hand_delta)::bigint AS on_hand, sum(reserved_delta)::bigint AS reserved
      FROM (SELECT unnest(@sku_ids::bigint[]) AS sku_id, unnest(@location_ids::bigint[]) AS location_id,
                   unnest(@on_hand_deltas::bigint[]) AS on_hand_delta, unnest(@reserved_deltas::bigint[]) AS reserved_delta) moves
      GROUP BY sku_id, location_id) d
WHERE l.sku_id = d.sku_id AND l.location_id = d.location_id;

-- name: InventoryTransactionsAdd :exec
-- The id is next_id(now) written out: PostgreSQL runs a volatile function as a query of its own for each row.
INSERT INTO inventory_transactions (id, sku_id, location_id, kind, on_hand_delta, reserved_delta, order_id, reason, actor_kind, actor_id, actor_name, created_at)
SELECT (SELECT id_at(@now)) | (nextval('id_sequence') & 1048575), unnest(@sku_ids::bigint[]), unnest(@location_ids::bigint[]), @kind, unnest(@on_hand_deltas::bigint[]), unnest(@reserved_deltas::bigint[]),
       nullif(unnest(@order_ids::bigint[]), 0), @reason, @actor_kind, @actor_id, @actor_name, @now;

-- name: ReservationsClose :exec
UPDATE reservations SET status = @status, closed_at = @now
WHERE (order_id, line_no, location_id, part) IN (SELECT unnest(@order_ids::bigint[]), unnest(@line_nos::int[]), unnest(@location_ids::bigint[]), unnest(@parts::int[]))
  AND order_id = ANY (@order_ids::bigint[]) AND order_id BETWEEN @id_first AND @id_last AND closed_at IS NULL;

-- name: ReservationShrink :execrows
UPDATE reservations SET quantity = quantity - @quantity
WHERE order_id = @order_id AND line_no = @line_no AND location_id = @location_id AND part = @part AND status = 'held' AND quantity > @quantity;

-- name: ReservationsShipped :many
-- What left the house for a locked order, the latest first.
SELECT order_id, line_no, sku_id, location_id, part, quantity FROM reservations
WHERE order_id = @order_id AND status = 'shipped' ORDER BY closed_at DESC, line_no, location_id, part;

-- name: ReservationReopen :execrows
UPDATE reservations SET status = 'held', closed_at = NULL
WHERE order_id = @order_id AND line_no = @line_no AND location_id = @location_id AND part = @part AND status = 'shipped';

-- name: ReservationShippedShrink :execrows
UPDATE reservations SET quantity = quantity - @quantity
WHERE order_id = @order_id AND line_no = @line_no AND location_id = @location_id AND part = @part AND status = 'shipped' AND quantity > @quantity;

-- name: ReservationsAdd :many
-- Units that a line gets later than with its order. The next part is free, because the orders are locked.
INSERT INTO reservations (order_id, line_no, location_id, part, sku_id, quantity, created_at)
SELECT n.order_id, n.line_no, n.location_id,
       (SELECT coalesce(max(r.part), 0) + 1 FROM reservations r WHERE r.order_id = n.order_id AND r.line_no = n.line_no AND r.location_id = n.location_id),
       n.sku_id, n.quantity, @now
FROM (SELECT unnest(@order_ids::bigint[]) AS order_id, unnest(@line_nos::int[]) AS line_no, unnest(@location_ids::bigint[]) AS location_id,
             unnest(@sku_ids::bigint[]) AS sku_id, unnest(@quantities::bigint[]) AS quantity) n
RETURNING order_id, line_no, location_id, part, sku_id, quantity;
