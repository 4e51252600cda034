-- How orders end before they are shipped.

-- name: OrderAnyShipped :one
SELECT EXISTS (SELECT 1 FROM fulfillments WHERE order_id = @order_id AND status IN ('shipped', 'delivered'));

-- name: FulfillmentsCallOff :exec
UPDATE fulfillments SET status = 'cancelled', status_at = @now
WHERE order_id = @order_id AND status IN ('open', 'picking', 'picked', 'packed');

-- name: OrdersExpired :many
-- orders_expiry_idx finds them. Whoever pays or cancels one at this moment holds its lock and comes first.
SELECT o.id FROM orders o
WHERE o.status = 'pending' AND o.expires_at <= @now::timestamptz
  AND NOT EXISTS (SELECT 1 FROM payments p WHERE p.order_id = o.id AND p.ask_at IS NOT NULL)
ORDER BY o.expires_at LIMIT @row_limit FOR NO KEY UPDATE OF o SKIP LOCKED;

-- name: OrdersExpiring :many
-- Of the orders that are locked now, those without a payment in flight: read after the locks were taken, because an
-- attempt may have been recorded between the look and the lock.
SELECT o.id, EXISTS (SELECT 1 FROM payments p WHERE p.order_id = o.id AND p.status IN ('authorized', 'captured')) AS has_money
FROM orders o
WHERE o.id = ANY (@ids::bigint[]) AND o.status = 'pending' AND o.expires_at <= @now::timestamptz
  AND NOT EXISTS (SELECT 1 FROM payments p WHERE p.order_id = o.id AND p.ask_at IS NOT NULL)
ORDER BY o.id;

-- name: OrdersExpire :exec
-- The hold ends and with it the order: two events each, in this order.
INSERT INTO order_events (order_id, seq, kind, from_status, to_status, occurred_at, recorded_at, actor_kind, data)
SELECT last.order_id, last.seq + step.no, step.kind, step.from_status, step.to_status, @now, @now, 'system', step.data
FROM (SELECT e.order_id, max(e.seq) AS seq FROM order_events e WHERE e.order_id = ANY (@ids::bigint[]) GROUP BY e.order_id) last,
     (VALUES (1, 'hold_expired', NULL, NULL, '{}'::jsonb),
             (2, 'status', 'pending', 'cancelled', jsonb_build_object('reason', @reason::text))) AS step (no, kind, from_status, to_status, data)
ORDER BY last.order_id, step.no;
