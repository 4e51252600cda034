-- What programs sign in with. Only the hash of a secret is kept.

-- name: APIKeyAdd :one
INSERT INTO api_keys (name, key_prefix, key_hash, role, merchant_id, customer_id, rate_per_minute, created_at)
VALUES (@name, @key_prefix, @key_hash, @role, nullif(@merchant_id::bigint, 0), nullif(@customer_id::bigint, 0), nullif(@rate_per_minute::int, 0), @now)
RETURNING id;

-- name: APIKeyByHash :one
-- A key dies with whom it acts for. The hash is compared by an index probe: its time tells nothing about other hashes,
-- and nobody can choose a hash.
SELECT k.* FROM api_keys k
LEFT JOIN merchants m ON m.id = k.merchant_id
LEFT JOIN customers c ON c.id = k.customer_id
WHERE k.key_hash = @key_hash AND k.revoked_at IS NULL AND m.deleted_at IS NULL AND c.deleted_at IS NULL;

-- name: APIKeyUsed :exec
-- Who comes second within the minute changes nothing.
UPDATE api_keys SET last_used_at = @now::timestamptz WHERE id = @id AND (last_used_at IS NULL OR last_used_at <= @stale_at::timestamptz);

-- name: APIKeyRevoke :one
UPDATE api_keys SET revoked_at = coalesce(revoked_at, @now::timestamptz) WHERE id = @id RETURNING name, (revoked_at = @now::timestamptz)::boolean AS is_new;

-- name: APIKeysNewest :many
SELECT * FROM api_keys ORDER BY id DESC LIMIT @row_limit;

-- name: APIKeyMerchant :one
-- The merchant that a command line names by slug or id. A slug may look like a number; then it wins.
SELECT id FROM merchants WHERE (slug = @ref::text OR id::text = @ref::text) AND deleted_at IS NULL ORDER BY slug = @ref::text DESC LIMIT 1;
