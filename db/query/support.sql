-- Support: finding an order or a customer by whatever somebody has at hand, and everything about what was found. Each
-- query uses the index of one thing that can be searched by; a search runs those that its text can be.

-- name: SupportOrders :many
SELECT o.*, m.name AS merchant_name, c.name AS customer_name
FROM orders o JOIN merchants m ON m.id = o.merchant_id JOIN customers c ON c.id = o.customer_id
WHERE o.id = ANY (@ids::bigint[]) ORDER BY o.id DESC LIMIT @row_limit;

-- name: SupportPaymentRef :many
SELECT order_id FROM payments WHERE provider_ref = @ref::text
UNION SELECT order_id FROM payments WHERE charge_key = @ref
UNION SELECT order_id FROM refunds WHERE provider_ref = @ref
LIMIT @row_limit;

-- name: SupportPaymentID :many
SELECT order_id FROM payments WHERE id = @id LIMIT 1;

-- name: SupportTracking :many
SELECT order_id FROM fulfillments WHERE tracking_number = ANY (@numbers::text[]) LIMIT @row_limit;

-- name: SupportExternal :many
-- An imported order is known by the number of its basket, which is our checkout.
SELECT r.kind, r.id, coalesce(ch.order_ids, '{}')::bigint[] AS order_ids
FROM import_refs r LEFT JOIN checkouts ch ON r.kind = 'checkout' AND ch.id = r.id
WHERE r.external_id = @external_id AND r.kind IN ('checkout', 'order', 'customer') LIMIT @row_limit;

-- name: SupportCustomersByEmail :many
SELECT id, coalesce(email, '')::text AS email, name, status, created_at FROM customers
WHERE lower(email) LIKE @pattern::text AND deleted_at IS NULL ORDER BY lower(email) LIMIT @row_limit;

-- name: SupportCustomersByName :many
SELECT id, coalesce(email, '')::text AS email, name, status, created_at FROM customers
WHERE lower(name) LIKE @pattern::text AND deleted_at IS NULL ORDER BY lower(name), id LIMIT @row_limit;

-- name: OrderReservations :many
SELECT r.line_no, l.sku_code, lo.name AS location_name, r.quantity, r.status, r.created_at, r.closed_at
FROM reservations r JOIN order_line_items l ON l.order_id = r.order_id AND l.line_no = r.line_no JOIN locations lo ON lo.id = r.location_id
WHERE r.order_id = @order_id ORDER BY r.line_no, lo.name;

-- name: OrderStockMoves :many
-- The ledger has no index on orders, which every placed order would have to pay for. Its rows are written in the
-- transactions of the order's events and carry their second in the id, so a look at those seconds finds them.
SELECT t.created_at, s.code AS sku_code, lo.name AS location_name, t.kind, t.on_hand_delta, t.reserved_delta, t.reason, t.actor_kind, t.actor_id, t.actor_name
FROM (SELECT DISTINCT id_at(e.recorded_at) AS id FROM order_events e WHERE e.order_id = @order_id) second
CROSS JOIN LATERAL (SELECT * FROM inventory_transactions i
    WHERE i.sku_id IN (SELECT l.sku_id FROM order_line_items l WHERE l.order_id = @order_id)
      AND i.id >= second.id AND i.id < second.id + 1048576 AND i.order_id = @order_id) t
JOIN skus s ON s.id = t.sku_id JOIN locations lo ON lo.id = t.location_id
ORDER BY t.id LIMIT @row_limit;

-- name: StuckOrders :many
-- Few orders are in these statuses; the index on the status finds them.
SELECT o.*, m.name AS merchant_name, c.name AS customer_name
FROM orders o JOIN merchants m ON m.id = o.merchant_id JOIN customers c ON c.id = o.customer_id
WHERE o.status = @status AND o.status IN ('pending', 'confirmed', 'processing') AND o.status_at < @before
  AND (@imported::boolean OR o.source IN ('web', 'api', 'demo'))
ORDER BY o.status_at LIMIT @row_limit;

-- name: StuckShippedOrders :many
SELECT o.*, m.name AS merchant_name, c.name AS customer_name
FROM orders o JOIN merchants m ON m.id = o.merchant_id JOIN customers c ON c.id = o.customer_id
WHERE o.status = 'shipped' AND o.status_at < @before AND (@imported::boolean OR o.source IN ('web', 'api', 'demo'))
ORDER BY o.status_at LIMIT @row_limit;

-- name: CustomerTotals :many
SELECT o.currency, count(*) AS orders, sum(o.total_minor)::bigint AS total_minor, coalesce(sum(p.captured - p.refunded), 0)::bigint AS paid_minor,
       coalesce(sum(p.refunded), 0)::bigint AS refund_minor, count(*) FILTER (WHERE o.status = 'cancelled') AS cancelled,
       min(o.placed_at)::timestamptz AS first_at, max(o.placed_at)::timestamptz AS last_at
FROM orders o
LEFT JOIN LATERAL (SELECT sum(captured_minor) AS captured, sum(refunded_minor) AS refunded FROM payments p WHERE p.order_id = o.id) p ON true
WHERE o.customer_id = @customer_id AND o.id >= @id_from AND o.id < @id_until
GROUP BY o.currency ORDER BY o.currency;

-- name: CustomerExternalIDs :many
SELECT external_id FROM import_refs WHERE kind = 'customer' AND id = @id ORDER BY external_id LIMIT @row_limit;

-- name: CustomerUser :many
SELECT id FROM users WHERE customer_id = @customer_id::bigint;
