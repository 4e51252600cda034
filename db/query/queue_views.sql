-- Saved views of the queue, and the records of what was done to many parcels at once.

-- name: QueueViewsOf :many
-- Everybody's, then one's own.
SELECT id, name, query, (user_id IS NULL)::boolean AS shared FROM queue_views
WHERE merchant_id = @merchant_id AND (user_id IS NULL OR user_id = @user_id::bigint)
ORDER BY user_id IS NOT NULL, position, id;

-- name: QueueViewsLock :exec
-- Changes of a merchant's views take turns.
SELECT pg_advisory_xact_lock(hashtextextended('waybill.queue_views', @merchant_id::bigint));

-- name: QueueViewAdd :one
INSERT INTO queue_views (merchant_id, user_id, name, query, position, created_by, created_at)
VALUES (@merchant_id, @user_id, @name, @query, @position, @created_by, @now) RETURNING id;

-- name: QueueViewRename :execrows
UPDATE queue_views SET name = @name WHERE id = @id AND merchant_id = @merchant_id AND (user_id IS NULL OR user_id = @user_id::bigint);

-- name: QueueViewPlace :exec
UPDATE queue_views SET position = @position WHERE id = @id AND position <> @position;

-- name: QueueViewDelete :execrows
DELETE FROM queue_views WHERE id = @id AND merchant_id = @merchant_id AND (user_id IS NULL OR user_id = @user_id::bigint);

-- name: QueueCube :many
-- The unfinished parcels of a queue by everything that views narrow by, so that any number of views is counted from one look.
SELECT f.status, coalesce(f.location_id, 0)::bigint AS location_id, coalesce(f.assigned_user_id, 0)::bigint AS holder_id, coalesce(f.country, '')::text AS country,
       coalesce(f.ship_service_id, -1)::bigint AS service_id, (f.ship_by_at <= @now)::boolean AS late, (f.ship_by_at < @day_end)::boolean AS due_today,
       (f.status <> 'open' AND f.status_at < @idle_since)::boolean AS idle, count(*) AS parcels
FROM fulfillments f
WHERE f.merchant_id = @merchant_id AND f.order_id BETWEEN @order_id_from AND @order_id_until AND f.status IN ('open', 'picking', 'picked', 'packed')
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8;

-- name: QueueRunAdd :one
INSERT INTO queue_runs (merchant_id, action, actor_name, results, created_at) VALUES (@merchant_id, @action, @actor_name, @results, @now) RETURNING id;

-- name: QueueRunFind :one
SELECT action, actor_name, results, created_at FROM queue_runs WHERE id = @id AND merchant_id = @merchant_id;

-- name: QueueRunsPrune :exec
DELETE FROM queue_runs WHERE id IN (
    SELECT r.id FROM queue_runs r WHERE r.merchant_id = @merchant_id AND r.created_at < @before ORDER BY r.created_at LIMIT @row_limit FOR UPDATE SKIP LOCKED);
