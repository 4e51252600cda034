-- One payment as its owner reads it.

-- name: PaymentByID :one
-- A payment is never older than its order, so the months after it are not looked at.
SELECT sqlc.embed(p), o.customer_id, o.merchant_id
FROM payments p JOIN orders o ON o.id = p.order_id
WHERE p.id = sqlc.arg(id) AND p.order_id < ((sqlc.arg(id)::bigint >> 20) + 1) << 20;

-- name: PaymentRefunds :many
SELECT * FROM refunds WHERE order_id = @order_id AND payment_id = @payment_id ORDER BY id;
