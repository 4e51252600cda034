-- Customers and their saved addresses. The customer is locked before an address changes, so that two windows cannot make
-- two default addresses, nor save the same address twice.

-- name: CustomerLock :one
SELECT id, name FROM customers WHERE id = @id AND deleted_at IS NULL FOR NO KEY UPDATE;

-- name: CustomerByEmail :one
SELECT id FROM customers WHERE lower(email) = lower(@email) AND deleted_at IS NULL;

-- name: CustomerAdd :one
INSERT INTO customers (email, name) VALUES (@email::text, @name) RETURNING id;

-- name: AddressesSaved :many
SELECT id, name, line1, line2, city, region, postal_code, country, phone, is_default
FROM addresses WHERE customer_id = @customer_id AND NOT is_snapshot AND deleted_at IS NULL
ORDER BY is_default DESC, id DESC LIMIT @row_limit;

-- name: AddressAdd :one
INSERT INTO addresses (customer_id, name, line1, line2, city, region, postal_code, country, phone, is_default)
VALUES (@customer_id, @name, @line1, @line2, @city, @region, @postal_code, @country, @phone, @is_default)
RETURNING id;

-- name: AddressChange :execrows
UPDATE addresses SET name = @name, line1 = @line1, line2 = @line2, city = @city, region = @region, postal_code = @postal_code,
       country = @country, phone = @phone, is_default = @is_default, updated_at = @now
WHERE id = @id AND customer_id = @customer_id AND NOT is_snapshot AND deleted_at IS NULL;

-- name: AddressRemove :execrows
-- Orders keep their snapshot of it. One that was removed before stays as it is.
UPDATE addresses SET deleted_at = coalesce(deleted_at, @now::timestamptz), is_default = false, updated_at = @now
WHERE id = @id AND customer_id = @customer_id AND NOT is_snapshot;

-- name: AddressesUndefault :exec
UPDATE addresses SET is_default = false WHERE customer_id = @customer_id AND is_default AND id <> @except_id;

-- name: CustomersLock :exec
-- In one order, and in a statement of its own: one that locks a row which others wait for, too, and then changes what it
-- saw of it before it waited, waits for them while they wait for it.
WITH locked AS MATERIALIZED (
    SELECT 1 FROM customers WHERE id = ANY (@ids::bigint[]) ORDER BY id FOR NO KEY UPDATE
)
SELECT count(*) FROM locked;
