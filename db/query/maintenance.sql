-- What is cleaned up and made ahead in the background, in bounded batches.

-- name: PartitionsEnsure :one
SELECT ensure_partitions(@from_at::timestamptz, @until_at::timestamptz);

-- name: OutboxPrune :execrows
-- The newest transaction's entries stay: an empty feed says that nothing ever happened, and its readers believe it. The
-- order of the feed is that of time but for moments, so the oldest entries are looked at and no others, whether or not
-- they are old enough.
DELETE FROM outbox d WHERE d.ctid = ANY (ARRAY(
    SELECT place FROM (SELECT e.ctid AS place, e.xid AS written_by, e.created_at AS since FROM outbox e ORDER BY e.xid, e.id LIMIT @row_limit) oldest
    WHERE since < @before::timestamptz AND written_by < (SELECT l.xid FROM outbox l ORDER BY l.xid DESC, l.id DESC LIMIT 1)));

-- name: OrderRevisionsPrune :execrows
DELETE FROM order_revisions d WHERE d.ctid = ANY (ARRAY(SELECT r.ctid FROM order_revisions r WHERE r.created_at < @before ORDER BY r.created_at LIMIT @row_limit));

-- name: QueueRevisionsPrune :execrows
DELETE FROM queue_revisions d WHERE d.ctid = ANY (ARRAY(SELECT r.ctid FROM queue_revisions r WHERE r.created_at < @before ORDER BY r.created_at LIMIT @row_limit));

-- name: PlansKept :one
-- Keeps the plans of the statements behind it in the same transaction (see byKey in db/tx.go).
SELECT set_config('plan_cache_mode', 'force_generic_plan', true);

-- name: PlansByIndex :one
-- The same, and no table is read from end to end (see byIndex in db/tx.go).
SELECT set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true);
