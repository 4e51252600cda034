-- The feed of what happened (outbox): read in the order of (xid, id), never past a transaction that still runs. xid8 has
-- no Go type, so it travels as text and bigint; columns are named with their table where a cast has the same name, or the
-- order would be that of the cast and not of the index.

-- name: FeedHorizon :one
-- Every transaction before xid has ended, so later statements see what it wrote and nobody can add to it. waiting: some
-- entries are committed that are not before it, because an older transaction still runs. The newest entry says so: asked
-- whether there is any such entry, PostgreSQL expects one in three until it has counted the table, and reads it all.
SELECT h.xid::text::bigint AS xid, coalesce((SELECT o.xid FROM outbox o ORDER BY o.xid DESC, o.id DESC LIMIT 1) >= h.xid, false)::boolean AS waiting
FROM (SELECT pg_snapshot_xmin(pg_current_snapshot()) AS xid) h;

-- name: FeedAfter :many
SELECT o.xid::text::bigint AS xid, o.id, o.topic, o.merchant_id, coalesce(o.order_id, 0)::bigint AS order_id, o.created_at
FROM outbox o
WHERE (o.xid, o.id) > (CAST(@after_xid::text AS xid8), @after_id::bigint) AND o.xid < CAST(@horizon::text AS xid8)
ORDER BY o.xid, o.id LIMIT @row_limit;

-- name: FeedLatest :many
-- The end of the feed, newest first: the replay window of a server that has just started.
SELECT o.xid::text::bigint AS xid, o.id, o.topic, o.merchant_id, coalesce(o.order_id, 0)::bigint AS order_id, o.created_at
FROM outbox o
WHERE o.xid < CAST(@horizon::text AS xid8)
ORDER BY o.xid DESC, o.id DESC LIMIT @row_limit;

-- name: FeedOldest :many
-- The first entry that is still there, committed or about to be read.
SELECT o.xid::text::bigint AS xid, o.id FROM outbox o ORDER BY o.xid, o.id LIMIT 1;

-- name: FeedAdd :exec
-- Something to look at again that is no event of the order. Events add their own entries (trigger order_events_apply).
INSERT INTO outbox (topic, merchant_id, order_id) VALUES (@topic, @merchant_id, @order_id::bigint);

-- name: FeedNudge :exec
-- A hint may be lost, so its commit need not wait for the disk.
SELECT set_config('synchronous_commit', 'off', true), pg_notify('waybill_feed', '');
