-- What is cleaned up and made ahead in the background, in bounded batches.

-- name: PartitionsEnsure :one
SELECT ensure_partitions(@from_at::timestamptz, @until_at::timestamptz);

-- name: OutboxPrune :execrows
DELETE FROM outbox d WHERE d.ctid = ANY (ARRAY(SELECT o.ctid FROM outbox o WHERE o.created_at < @before LIMIT @row_limit));
