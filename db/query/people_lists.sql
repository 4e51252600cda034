-- Customers and merchants as integrations read them, keyset by id.

-- name: CustomersPage :many
SELECT id, coalesce(email, '')::text AS email, name, status, created_at FROM customers
WHERE id > @after AND (@customer_id::bigint = 0 OR id = @customer_id) AND deleted_at IS NULL ORDER BY id LIMIT @row_limit;

-- name: CustomersOfEmail :many
SELECT id, coalesce(email, '')::text AS email, name, status, created_at FROM customers
WHERE lower(email) = lower(@email::text) AND id > @after AND (@customer_id::bigint = 0 OR id = @customer_id) AND deleted_at IS NULL ORDER BY id LIMIT @row_limit;

-- name: CustomerByID :one
SELECT id, coalesce(email, '')::text AS email, name, status, created_at FROM customers WHERE id = @id AND deleted_at IS NULL;

-- name: MerchantsPage :many
SELECT id, slug, name, status, country, city, time_zone, prices_include_tax,
       sender_name, sender_line1, sender_line2, sender_city, sender_region, sender_postal_code, sender_country, sender_phone FROM merchants
WHERE id > @after AND (@merchant_id::bigint = 0 OR id = @merchant_id) AND deleted_at IS NULL ORDER BY id LIMIT @row_limit;
