-- Orders in lists that go beyond one customer's history: newest first, keyset by id. One query per access path, so that
-- each finds its index; only what is few to begin with is filtered further.

-- name: OrdersNewest :many
SELECT o.*, m.name AS merchant_name FROM orders o JOIN merchants m ON m.id = o.merchant_id
WHERE o.id < @before ORDER BY o.id DESC LIMIT @row_limit;

-- name: OrdersOfStatus :many
SELECT o.*, m.name AS merchant_name FROM orders o JOIN merchants m ON m.id = o.merchant_id
WHERE o.status = @status AND o.id < @before ORDER BY o.id DESC LIMIT @row_limit;

-- name: OrdersOfMerchant :many
SELECT o.*, m.name AS merchant_name FROM orders o JOIN merchants m ON m.id = o.merchant_id
WHERE o.merchant_id = @merchant_id AND o.id < @before ORDER BY o.id DESC LIMIT @row_limit;

-- name: OrdersOfMerchantOfStatus :many
SELECT o.*, m.name AS merchant_name FROM orders o JOIN merchants m ON m.id = o.merchant_id
WHERE o.merchant_id = @merchant_id AND o.status = @status AND o.id < @before ORDER BY o.id DESC LIMIT @row_limit;

-- name: OrdersOfCustomer :many
-- One customer has few orders, so merchant and status are filters over them. The id range prunes months.
SELECT o.*, m.name AS merchant_name FROM orders o JOIN merchants m ON m.id = o.merchant_id
WHERE o.customer_id = @customer_id AND o.id >= @id_from AND o.id < @before
  AND (@merchant_id::bigint = 0 OR o.merchant_id = @merchant_id) AND (@status::text = '' OR o.status = @status)
ORDER BY o.id DESC LIMIT @row_limit;
