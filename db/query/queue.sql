-- The merchant's queue. Lists are found first, as keys in their order; rows are then read by key, the same way for a page
-- and for a live change. Every statement bounds the order ids, of each table by itself, because that is what the planner
-- prunes months by; planning for years of them would take longer than reading the queue.

-- name: QueueClock :one
-- The first statement of a page: what committed before feed_xid is in the page, what commits later comes over the feed.
SELECT h.xid::text::bigint AS feed_xid, coalesce(m.queue_order_id_from, id_at(@now))::bigint AS order_id_from,
       (d.day AT TIME ZONE m.time_zone)::timestamptz AS day_start,
       ((d.day + interval '1 day') AT TIME ZONE m.time_zone)::timestamptz AS day_end,
       ((d.day + m.cutoff_minute * interval '1 minute') AT TIME ZONE m.time_zone)::timestamptz AS cutoff_at
FROM merchants m
CROSS JOIN LATERAL (SELECT date_trunc('day', CAST(@now AS timestamptz) AT TIME ZONE m.time_zone) AS day) d
CROSS JOIN LATERAL (SELECT pg_snapshot_xmin(pg_current_snapshot()) AS xid) h
WHERE m.id = @merchant_id;

-- name: QueueRevision :one
-- What changed last, and the transaction before which all have ended (0117_queue_revisions.sql).
SELECT h.xid::text::bigint AS horizon,
       ARRAY(SELECT r.xid FROM queue_revisions r WHERE r.merchant_id = @merchant_id ORDER BY r.xid DESC LIMIT @row_limit)::bigint[] AS latest
FROM (SELECT pg_snapshot_xmin(pg_current_snapshot()) AS xid) h;

-- name: QueueCounts :many
-- From the index alone: nothing is asked that is not in it.
SELECT f.status, count(*) AS parcels,
       count(*) FILTER (WHERE f.ship_by_at <= @now) AS late,
       count(*) FILTER (WHERE f.ship_by_at < @day_end) AS due_today
FROM fulfillments f
WHERE f.merchant_id = @merchant_id AND f.order_id BETWEEN @order_id_from AND @order_id_until AND f.status IN ('open', 'picking', 'picked', 'packed')
GROUP BY f.status;

-- name: QueueIdleCount :one
-- What somebody took up and left, and is not late: of the few that are being worked on.
SELECT count(*) FROM fulfillments f
WHERE f.merchant_id = @merchant_id AND f.order_id BETWEEN @order_id_from AND @order_id_until AND f.status IN ('picking', 'picked', 'packed')
  AND f.ship_by_at > @now AND f.status_at < @idle_since;

-- name: QueueShippedCount :one
-- The time has an end, though there is nothing behind it: of a range with two ends a kept plan expects little, and without it
-- takes the ids of the months, everybody's, for the shorter way.
SELECT count(*) FROM fulfillments f
WHERE f.merchant_id = @merchant_id AND f.order_id BETWEEN @order_id_from AND @order_id_until AND f.status IN ('shipped', 'delivered')
  AND f.shipped_at BETWEEN @day_start::timestamptz AND @end_of_time::timestamptz;

-- name: QueueStage :many
-- The list of a value in the queue index is that of its condition, so that a generic plan can use it too.
SELECT f.order_id, f.no FROM fulfillments f
WHERE f.merchant_id = @merchant_id AND f.order_id BETWEEN @order_id_from AND @order_id_until AND f.status = @status AND f.status IN ('open', 'picking', 'picked', 'packed')
  AND f.ship_by_at < @due_before AND (f.ship_by_at, f.order_id, f.no) > (@after_at::timestamptz, @after_order_id::bigint, @after_no::int)
ORDER BY f.ship_by_at, f.order_id, f.no LIMIT @row_limit;

-- name: QueueStageNarrowed :many
-- The same for one location, holder, country, service or SKU, or values within bounds. The index is read in its order until
-- the page is full.
SELECT f.order_id, f.no FROM fulfillments f
WHERE f.merchant_id = @merchant_id AND f.order_id BETWEEN @order_id_from AND @order_id_until AND f.status = @status AND f.status IN ('open', 'picking', 'picked', 'packed')
  AND f.ship_by_at < @due_before AND (f.ship_by_at, f.order_id, f.no) > (@after_at::timestamptz, @after_order_id::bigint, @after_no::int)
  AND (@location_id::bigint = 0 OR f.location_id = @location_id) AND (@holder_id::bigint = 0 OR f.assigned_user_id = @holder_id)
  AND (@country::text = '' OR f.country = @country) AND (@service_id::bigint = 0 OR coalesce(f.ship_service_id, -1) = @service_id)
  AND coalesce(f.value_scaled, 0) BETWEEN @value_from::bigint AND @value_until::bigint
  AND (@sku_pattern::text = '' OR EXISTS (
      SELECT 1 FROM fulfillment_items i JOIN order_line_items l ON l.order_id = i.order_id AND l.line_no = i.line_no
      WHERE i.order_id = f.order_id AND i.no = f.no AND i.order_id BETWEEN @order_id_from AND @order_id_until AND l.order_id BETWEEN @order_id_from AND @order_id_until
        AND lower(l.sku_code) LIKE @sku_pattern))
ORDER BY f.ship_by_at, f.order_id, f.no LIMIT @row_limit;

-- name: QueueSorted :many
-- What is stuck, and a stage in another order than that of the promise. Everything that may be in the list is read from the
-- queue index and the first rows are kept: there is no index for each order, because it would be written with every step.
SELECT f.order_id, f.no FROM fulfillments f
WHERE f.merchant_id = @merchant_id AND f.order_id BETWEEN @order_id_from AND @order_id_until AND f.status IN ('open', 'picking', 'picked', 'packed')
  AND ((@status::text = '' AND (f.ship_by_at <= @now OR (f.status <> 'open' AND f.status_at < @idle_since))) OR f.status = @status)
  AND f.ship_by_at < @due_before
  AND (@after_order_id::bigint = 0 OR (queue_place(@sort_by::text, f.ship_by_at, f.order_id, f.value_scaled), f.order_id, f.no) > (@after_place::bigint, @after_order_id, @after_no::int))
  AND (@location_id::bigint = 0 OR f.location_id = @location_id) AND (@holder_id::bigint = 0 OR f.assigned_user_id = @holder_id)
  AND (@country::text = '' OR f.country = @country) AND (@service_id::bigint = 0 OR coalesce(f.ship_service_id, -1) = @service_id)
  AND coalesce(f.value_scaled, 0) BETWEEN @value_from::bigint AND @value_until::bigint
  AND (@sku_pattern::text = '' OR EXISTS (
      SELECT 1 FROM fulfillment_items i JOIN order_line_items l ON l.order_id = i.order_id AND l.line_no = i.line_no
      WHERE i.order_id = f.order_id AND i.no = f.no AND i.order_id BETWEEN @order_id_from AND @order_id_until AND l.order_id BETWEEN @order_id_from AND @order_id_until
        AND lower(l.sku_code) LIKE @sku_pattern))
ORDER BY queue_place(@sort_by, f.ship_by_at, f.order_id, f.value_scaled), f.order_id, f.no LIMIT @row_limit;

-- name: QueueShipped :many
-- What left today, the latest first.
SELECT f.order_id, f.no FROM fulfillments f
WHERE f.merchant_id = @merchant_id AND f.order_id BETWEEN @order_id_from AND @order_id_until AND f.status IN ('shipped', 'delivered') AND f.shipped_at >= @day_start::timestamptz
  AND (f.shipped_at, f.order_id, f.no) < (@before_at::timestamptz, @before_order_id::bigint, @before_no::int)
  AND (@location_id::bigint = 0 OR f.location_id = @location_id) AND (@holder_id::bigint = 0 OR f.assigned_user_id = @holder_id)
  AND (@country::text = '' OR f.country = @country) AND (@service_id::bigint = 0 OR coalesce(f.ship_service_id, -1) = @service_id)
  AND coalesce(f.value_scaled, 0) BETWEEN @value_from::bigint AND @value_until::bigint
  AND (@sku_pattern::text = '' OR EXISTS (
      SELECT 1 FROM fulfillment_items i JOIN order_line_items l ON l.order_id = i.order_id AND l.line_no = i.line_no
      WHERE i.order_id = f.order_id AND i.no = f.no AND i.order_id BETWEEN @order_id_from AND @order_id_until AND l.order_id BETWEEN @order_id_from AND @order_id_until
        AND lower(l.sku_code) LIKE @sku_pattern))
ORDER BY f.shipped_at DESC, f.order_id DESC, f.no DESC LIMIT @row_limit;

-- name: QueueDue :many
-- Whose promise ran out, or whose day began or ended, between two moments: nothing happened to them but the time.
SELECT f.order_id FROM fulfillments f
WHERE f.merchant_id = @merchant_id AND f.order_id BETWEEN @order_id_from AND @order_id_until AND f.status IN ('open', 'picking', 'picked', 'packed')
  AND f.ship_by_at > @from_at AND f.ship_by_at <= @until_at
ORDER BY f.ship_by_at, f.order_id LIMIT @row_limit;

-- name: QueueRows :many
-- All parcels of some orders. Each table is asked for the list itself, which its primary key is probed for: joined to a list,
-- a kept plan reads everything between its ends, and the nearest promises lie all over the month.
SELECT f.order_id, f.no, f.status, f.units, f.ship_by_at, f.status_at, f.shipped_at, f.delivered_at, f.leased_until, f.shipment_id, f.unpack_until_at,
       coalesce(f.location_id, 0)::bigint AS location_id, coalesce(l.code, '')::text AS location,
       coalesce(f.assigned_user_id, 0)::bigint AS holder_id, coalesce(u.name, '')::text AS holder_name, f.assigned_at,
       coalesce(f.carrier, '')::text AS carrier, coalesce(f.tracking_number, '')::text AS tracking_number,
       coalesce(f.ship_service_id, 0)::bigint AS service_id, coalesce(v.name, '')::text AS service,
       coalesce(e.name, '')::text AS lapsed_name,
       o.status AS order_status, o.placed_at, o.total_minor, o.currency, a.city, coalesce(f.country, a.country)::text AS country
FROM fulfillments f
JOIN orders o ON o.id = f.order_id AND o.id = ANY (@order_ids::bigint[]) AND o.id BETWEEN @first_id AND @last_id
JOIN addresses a ON a.id = o.shipping_address_id
LEFT JOIN locations l ON l.id = f.location_id
LEFT JOIN users u ON u.id = f.assigned_user_id
LEFT JOIN users e ON e.id = f.lapsed_user_id
LEFT JOIN ship_services v ON v.id = f.ship_service_id
WHERE f.merchant_id = @merchant_id AND f.order_id = ANY (@order_ids::bigint[]) AND f.order_id BETWEEN @first_id AND @last_id
ORDER BY f.order_id, f.no;

-- name: QueueItems :many
SELECT i.order_id, i.no, i.line_no, i.quantity, i.picked, l.sku_id, l.sku_code, l.name
FROM fulfillment_items i
JOIN order_line_items l ON l.order_id = i.order_id AND l.line_no = i.line_no AND l.order_id = ANY (@order_ids::bigint[]) AND l.order_id BETWEEN @first_id AND @last_id
WHERE i.order_id = ANY (@order_ids::bigint[]) AND i.order_id BETWEEN @first_id AND @last_id
ORDER BY i.order_id, i.no, i.line_no;

-- name: MerchantLocations :many
SELECT id, code, name FROM locations WHERE merchant_id = @merchant_id ORDER BY priority, id;

-- name: QueueBoundsLock :many
-- Queues that were last known to reach back to before this month. The lock keeps parcels of these merchants from being
-- added (see 0025_queue_bounds.sql); where some are being added right now, there is another day.
SELECT id FROM merchants WHERE queue_order_id_from < id_at(date_trunc('month', CAST(@now AS timestamptz), 'UTC'))
ORDER BY random() LIMIT @row_limit FOR UPDATE SKIP LOCKED;

-- name: QueueBoundsRaise :execrows
-- To the month of the oldest order that a list of the queue may show.
UPDATE merchants m SET queue_order_id_from = n.bound
FROM (SELECT q.id, id_at(date_trunc('month', to_timestamp((least(
          (SELECT min(f.order_id) FROM fulfillments f WHERE f.merchant_id = q.id AND f.order_id >= q.queue_order_id_from
             AND f.status IN ('open', 'picking', 'picked', 'packed')),
          (SELECT min(f.order_id) FROM fulfillments f WHERE f.merchant_id = q.id AND f.order_id >= q.queue_order_id_from
             AND f.status IN ('shipped', 'delivered') AND f.shipped_at >= @shipped_since::timestamptz),
          id_at(CAST(@now AS timestamptz))) >> 20) + 946684800), 'UTC')) AS bound
      FROM merchants q WHERE q.id = ANY (@ids::bigint[])) n
WHERE n.id = m.id AND n.bound > m.queue_order_id_from;
