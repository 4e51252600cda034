-- Answers that were given once and are given again.

-- name: IdempotencyFind :one
SELECT request_hash, result FROM idempotency_keys WHERE scope = @scope AND key = @key;

-- name: IdempotencyClaim :execrows
-- Waits for a running transaction with the same key; none is left when it committed.
INSERT INTO idempotency_keys (scope, key, request_hash, result, created_at) VALUES (@scope, @key, @request_hash, 'null', @now)
ON CONFLICT ON CONSTRAINT idempotency_keys_pkey DO NOTHING;

-- name: IdempotencyStore :exec
UPDATE idempotency_keys SET result = @result WHERE scope = @scope AND key = @key;

-- name: IdempotencyPrune :execrows
DELETE FROM idempotency_keys d WHERE d.ctid = ANY (ARRAY(SELECT k.ctid FROM idempotency_keys k WHERE k.created_at < @before ORDER BY k.created_at LIMIT @row_limit));
