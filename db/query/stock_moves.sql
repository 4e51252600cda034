-- What orders do to stock after placement. Levels are locked sorted, in a statement of their own, before any is changed.

-- name: ReservationsHeld :many
SELECT order_id, line_no, sku_id, location_id, quantity FROM reservations
WHERE order_id = ANY (@order_ids::bigint[]) AND status = 'held'
ORDER BY order_id, line_no, location_id;

-- name: StockLevelsLock :many
SELECT sku_id, location_id, on_hand, reserved FROM stock_levels
WHERE (sku_id, location_id) IN (SELECT unnest(@sku_ids::bigint[]), unnest(@location_ids::bigint[]))
ORDER BY sku_id, location_id FOR NO KEY UPDATE;

-- name: StockLevelsMove :exec
UPDATE stock_levels l SET on_hand = l.on_hand + d.on_hand, reserved = l.reserved + d.reserved, updated_at = @now
FROM (SELECT sku_id, location_id, sum(on_hand_delta)::bigint AS on_hand, sum(reserved_delta)::bigint AS reserved
      FROM (SELECT unnest(@sku_ids::bigint[]) AS sku_id, unnest(@location_ids::bigint[]) AS location_id,
                   unnest(@on_hand_deltas::bigint[]) AS on_hand_delta, unnest(@reserved_deltas::bigint[]) AS reserved_delta) moves
      GROUP BY sku_id, location_id) d
WHERE l.sku_id = d.sku_id AND l.location_id = d.location_id;

-- name: InventoryTransactionsAdd :exec
INSERT INTO inventory_transactions (id, sku_id, location_id, kind, on_hand_delta, reserved_delta, order_id, reason, actor_kind, actor_id, actor_name, created_at)
SELECT next_id(@now), unnest(@sku_ids::bigint[]), unnest(@location_ids::bigint[]), @kind, unnest(@on_hand_deltas::bigint[]), unnest(@reserved_deltas::bigint[]),
       nullif(unnest(@order_ids::bigint[]), 0), @reason, @actor_kind, @actor_id, @actor_name, @now;

-- name: ReservationsClose :exec
UPDATE reservations SET status = @status, closed_at = @now
WHERE (order_id, line_no, location_id) IN (SELECT unnest(@order_ids::bigint[]), unnest(@line_nos::int[]), unnest(@location_ids::bigint[])) AND status = 'held';
