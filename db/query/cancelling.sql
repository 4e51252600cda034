-- How orders end before they are shipped.

-- name: OrderAnyShipped :one
SELECT EXISTS (SELECT 1 FROM fulfillments WHERE order_id = @order_id AND status IN ('shipped', 'delivered'));

-- name: FulfillmentsCallOff :exec
UPDATE fulfillments SET status = 'cancelled', status_at = @now
WHERE order_id = @order_id AND status IN ('open', 'picking', 'picked', 'packed');

-- name: OrdersExpired :many
-- orders_expiry_idx finds them. While a payment is in flight the order waits for the answer; its units do so until
-- lapse_before, and are let go of once.
SELECT o.id FROM orders o
WHERE o.status = 'pending' AND o.expires_at <= @now::timestamptz
  AND ((o.hold_lapsed_at IS NULL AND o.placed_at <= @lapse_before)
       OR NOT EXISTS (SELECT 1 FROM payments p WHERE p.order_id = o.id AND p.ask_at IS NOT NULL))
ORDER BY o.expires_at LIMIT @row_limit;

-- name: OrdersLockExpired :many
-- Whoever pays or cancels one at this moment holds its lock and comes first; what they did decides whether it is due still.
-- That is read, and not asked for: a kept plan would walk along all pending orders between the first and the last of the
-- list. Here as everywhere in this transaction the bounds repeat what the list says, because only they prune months while a
-- plan that is kept runs.
SELECT o.id, (o.status = 'pending' AND o.expires_at <= @now::timestamptz)::boolean AS due, (o.hold_lapsed_at IS NOT NULL)::boolean AS hold_lapsed,
       o.placed_at <= @lapse_before AS waits_too_long
FROM orders o WHERE o.id = ANY (@ids::bigint[]) AND o.id BETWEEN @id_first AND @id_last
ORDER BY o.id FOR NO KEY UPDATE SKIP LOCKED;

-- name: PaymentsOfExpired :many
-- Read after the orders were locked, because an attempt may have been recorded between the look and the lock.
SELECT p.order_id, p.status IN ('authorized', 'captured') AS has_money, (p.ask_at IS NOT NULL)::boolean AS in_flight
FROM payments p WHERE p.order_id = ANY (@ids::bigint[]) AND p.order_id BETWEEN @id_first AND @id_last;

-- name: OrdersExpire :exec
-- The hold ends, unless it has lapsed already, and with it the order: one event for both.
INSERT INTO order_events (order_id, seq, kind, from_status, to_status, occurred_at, recorded_at, actor_kind, data)
SELECT d.id, (SELECT max(e.seq) + 1 FROM order_events e WHERE e.order_id = d.id AND e.order_id BETWEEN @id_first AND @id_last),
       CASE WHEN d.hold_lapsed THEN 'status' ELSE 'hold_expired' END, 'pending', 'cancelled', @now, @now, 'system', (SELECT jsonb_build_object('reason', @reason::text))
FROM (SELECT unnest(@ids::bigint[]) AS id, unnest(@hold_lapsed::boolean[]) AS hold_lapsed) d;

-- name: OrdersLapse :exec
-- The hold ends, the order waits on.
WITH lapsed AS (
    UPDATE orders SET hold_lapsed_at = @now::timestamptz WHERE id = ANY (@ids::bigint[]) RETURNING id
)
INSERT INTO order_events (order_id, seq, kind, occurred_at, recorded_at, actor_kind, data)
SELECT l.id, (SELECT max(e.seq) + 1 FROM order_events e WHERE e.order_id = l.id), 'hold_expired', @now, @now, 'system', jsonb_build_object('reason', @reason::text)
FROM lapsed l ORDER BY l.id;

-- name: OrderHoldRenew :exec
UPDATE orders SET hold_lapsed_at = NULL WHERE id = @id;

-- name: SKUBackorderLimits :many
SELECT id, backorder_limit FROM skus WHERE id = ANY (@sku_ids::bigint[]) AND backorder_limit > 0;
