-- Orders as people read them, and the lock that every change of an order starts with.

-- name: OrderLock :one
-- Changes of one order take turns. Orders are locked before stock levels, in order of their ids.
SELECT id, checkout_id, customer_id, merchant_id, status, currency, total_minor, placed_at, expires_at
FROM orders WHERE id = @id FOR NO KEY UPDATE;

-- name: OrderHead :one
SELECT o.*, m.name AS merchant_name, m.slug AS merchant_slug, m.time_zone AS merchant_time_zone,
       m.sender_name, m.sender_line1, m.sender_line2, m.sender_city, m.sender_region, m.sender_postal_code, m.sender_country,
       c.name AS customer_name, coalesce(c.email, '')::text AS customer_email,
       a.name AS to_name, a.line1, a.line2, a.city, a.region, a.postal_code, a.country, a.phone,
       coalesce((SELECT r.external_id FROM import_refs r WHERE r.kind = 'checkout' AND r.id = o.checkout_id LIMIT 1), '')::text AS external_id,
       (SELECT ch.order_ids FROM checkouts ch WHERE ch.id = o.checkout_id)::bigint[] AS sibling_ids,
       coalesce((SELECT t.name FROM ship_terms_history t
                 WHERE t.merchant_id = o.merchant_id AND t.service_id = o.ship_service_id AND t.valid_from <= o.placed_at
                 ORDER BY t.valid_from DESC LIMIT 1), '')::text AS ship_service_name
FROM orders o
JOIN merchants m ON m.id = o.merchant_id
JOIN customers c ON c.id = o.customer_id
JOIN addresses a ON a.id = o.shipping_address_id
WHERE o.id = @id;

-- name: OrderLines :many
SELECT l.*, p.slug AS product_slug, coalesce(p.picture_hash, '')::text AS picture_hash
FROM order_line_items l JOIN skus s ON s.id = l.sku_id JOIN products p ON p.id = s.product_id
WHERE l.order_id = @order_id ORDER BY l.line_no;

-- name: OrderEvents :many
SELECT * FROM order_events WHERE order_id = @order_id ORDER BY seq;

-- name: OrderPayments :many
SELECT * FROM payments WHERE order_id = @order_id ORDER BY id;

-- name: OrderRefunds :many
SELECT * FROM refunds WHERE order_id = @order_id ORDER BY id;

-- name: OrderFulfillments :many
SELECT f.*, coalesce(l.name, '')::text AS location_name, coalesce(u.name, '')::text AS assigned_name, coalesce(e.name, '')::text AS lapsed_name
FROM fulfillments f LEFT JOIN locations l ON l.id = f.location_id LEFT JOIN users u ON u.id = f.assigned_user_id LEFT JOIN users e ON e.id = f.lapsed_user_id
WHERE f.order_id = @order_id ORDER BY f.no;

-- name: OrderFulfillmentItems :many
SELECT i.*, coalesce(sl.bin, '')::text AS bin
FROM fulfillment_items i
JOIN fulfillments f ON f.order_id = i.order_id AND f.no = i.no
JOIN order_line_items l ON l.order_id = i.order_id AND l.line_no = i.line_no
LEFT JOIN stock_levels sl ON sl.sku_id = l.sku_id AND sl.location_id = f.location_id
WHERE i.order_id = @order_id ORDER BY i.no, i.line_no;

-- name: OrderEventAppend :exec
-- The order is locked, so the next number is free.
INSERT INTO order_events (order_id, seq, kind, from_status, to_status, occurred_at, recorded_at, actor_kind, actor_id, actor_name, visibility, request_id, data)
SELECT @order_id, coalesce(max(seq), 0) + 1, @kind, nullif(@from_status::text, ''), nullif(@to_status::text, ''), @occurred_at, @recorded_at,
       @actor_kind, @actor_id, @actor_name, @visibility, @request_id, @data
FROM order_events WHERE order_id = @order_id;

-- name: CustomerOrderBounds :one
SELECT coalesce(order_id_from, 0)::bigint AS id_from, coalesce(order_id_until, 0)::bigint AS id_until
FROM customers WHERE id = @customer_id;

-- name: CustomerOrders :many
-- History, newest first. The id range of the customer prunes the months in which nothing was bought.
SELECT o.*, m.name AS merchant_name
FROM orders o JOIN merchants m ON m.id = o.merchant_id
WHERE o.customer_id = @customer_id AND o.id >= @id_from AND o.id < @id_before
ORDER BY o.id DESC LIMIT @row_limit;

-- name: CustomerOrdersByStatus :many
SELECT o.*, m.name AS merchant_name
FROM orders o JOIN merchants m ON m.id = o.merchant_id
WHERE o.customer_id = @customer_id AND o.id >= @id_from AND o.id < @id_before AND o.status = ANY (@statuses::text[])
ORDER BY o.id DESC LIMIT @row_limit;

-- name: CustomerOrdersByText :many
-- Search by product name or SKU code within one customer's orders.
SELECT o.*, m.name AS merchant_name
FROM orders o JOIN merchants m ON m.id = o.merchant_id
WHERE o.customer_id = @customer_id AND o.id >= @id_from AND o.id < @id_before
  AND (cardinality(@statuses::text[]) = 0 OR o.status = ANY (@statuses::text[]))
  AND EXISTS (SELECT 1 FROM order_line_items l WHERE l.order_id = o.id AND (l.name ILIKE @pattern OR l.sku_code ILIKE @pattern))
ORDER BY o.id DESC LIMIT @row_limit;

-- name: CustomerOrderCounts :many
SELECT o.status, count(*) AS orders FROM orders o
WHERE o.customer_id = @customer_id AND o.id >= @id_from AND o.id < @id_until
GROUP BY o.status;

-- name: OrdersLines :many
-- The bounds repeat what the list says, because only they prune months: a list does not while a plan runs.
SELECT l.order_id, l.line_no, l.sku_id, l.name, l.sku_code, l.quantity, p.slug AS product_slug, coalesce(p.picture_hash, '')::text AS picture_hash
FROM order_line_items l JOIN skus s ON s.id = l.sku_id JOIN products p ON p.id = s.product_id
WHERE l.order_id = ANY (@order_ids::bigint[]) AND l.order_id BETWEEN @id_first AND @id_last ORDER BY l.order_id, l.line_no;

-- name: CustomerOrdersNewer :many
-- The page before: the same filters, read upwards from the cursor. Rarely asked for, so one query serves all filters.
SELECT o.*, m.name AS merchant_name
FROM orders o JOIN merchants m ON m.id = o.merchant_id
WHERE o.customer_id = @customer_id AND o.id > @id_after AND o.id < @id_until
  AND (cardinality(@statuses::text[]) = 0 OR o.status = ANY (@statuses::text[]))
  AND (@pattern::text = '' OR EXISTS (SELECT 1 FROM order_line_items l WHERE l.order_id = o.id AND (l.name ILIKE @pattern OR l.sku_code ILIKE @pattern)))
ORDER BY o.id LIMIT @row_limit;

-- name: CheckoutHead :one
SELECT id, customer_id, currency, total_minor, order_ids, created_at FROM checkouts WHERE id = @id;
