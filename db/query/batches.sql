-- Several parcels picked in one walk. Candidates are found without locks, as a preview needs them; what is taken is then
-- locked by key, skipping what somebody else is about to take.

-- name: BatchCandidates :many
-- Open parcels that fit a kind of batch, the nearest promise first.
SELECT f.order_id, f.no, f.units, f.ship_by_at
FROM fulfillments f JOIN orders o ON o.id = f.order_id
WHERE f.merchant_id = @merchant_id AND f.order_id BETWEEN @order_id_from AND @order_id_until AND f.status = 'open'
  AND o.id BETWEEN @order_id_from AND @order_id_until AND (o.status IN ('confirmed', 'processing') OR f.replaces_no IS NOT NULL)
  AND (@location_id::bigint = 0 OR f.location_id = @location_id) AND f.units <= @max_units::bigint
  AND (@sku_id::bigint = 0 OR NOT EXISTS (
      SELECT 1 FROM fulfillment_items i JOIN order_line_items l ON l.order_id = i.order_id AND l.line_no = i.line_no
      WHERE i.order_id = f.order_id AND i.no = f.no AND i.order_id BETWEEN @order_id_from AND @order_id_until AND l.order_id BETWEEN @order_id_from AND @order_id_until
        AND l.sku_id <> @sku_id))
  AND (@zone::text = '' OR NOT EXISTS (
      SELECT 1 FROM fulfillment_items i JOIN order_line_items l ON l.order_id = i.order_id AND l.line_no = i.line_no
      LEFT JOIN stock_levels s ON s.sku_id = l.sku_id AND s.location_id = f.location_id
      WHERE i.order_id = f.order_id AND i.no = f.no AND i.order_id BETWEEN @order_id_from AND @order_id_until AND l.order_id BETWEEN @order_id_from AND @order_id_until
        AND NOT starts_with(upper(coalesce(s.bin, '')), upper(@zone))))
ORDER BY f.ship_by_at, f.order_id, f.no LIMIT @row_limit;

-- name: BatchChosen :many
-- Those of some parcels that are open.
SELECT f.order_id, f.no, f.units, f.ship_by_at
FROM (SELECT unnest(@order_ids::bigint[]) AS order_id, unnest(@nos::int[]) AS no) k
JOIN fulfillments f ON f.order_id = k.order_id AND f.no = k.no AND f.order_id BETWEEN @order_id_from AND @order_id_until
JOIN orders o ON o.id = f.order_id AND o.id BETWEEN @order_id_from AND @order_id_until
WHERE f.merchant_id = @merchant_id AND f.status = 'open' AND (o.status IN ('confirmed', 'processing') OR f.replaces_no IS NOT NULL)
ORDER BY f.ship_by_at, f.order_id, f.no;

-- name: BatchTake :many
-- Locks the order with the parcel, as every change of a parcel does. Both are locked, because only locked rows are looked
-- at again after the lock. What somebody else holds is skipped, so two batches are never built of one parcel.
SELECT f.order_id, f.no
FROM (SELECT unnest(@order_ids::bigint[]) AS order_id, unnest(@nos::int[]) AS no) k
JOIN fulfillments f ON f.order_id = k.order_id AND f.no = k.no AND f.order_id BETWEEN @order_id_from AND @order_id_until
JOIN orders o ON o.id = f.order_id AND o.id BETWEEN @order_id_from AND @order_id_until
WHERE f.merchant_id = @merchant_id AND f.status = 'open' AND (o.status IN ('confirmed', 'processing') OR f.replaces_no IS NOT NULL)
ORDER BY f.order_id, f.no
FOR NO KEY UPDATE OF o, f SKIP LOCKED;

-- name: BatchItems :many
-- What to pick of some parcels, with where it lies.
SELECT i.order_id, i.no, i.line_no, i.quantity, i.picked, i.verified, l.sku_id, l.sku_code, l.name, coalesce(s.barcode, '')::text AS barcode, coalesce(p.picture_hash, '')::text AS picture_hash,
       coalesce(sl.bin, '')::text AS bin, coalesce(loc.code, '')::text AS location, coalesce(loc.priority, 0)::int AS location_rank
FROM (SELECT unnest(@order_ids::bigint[]) AS order_id, unnest(@nos::int[]) AS no) k
JOIN fulfillments f ON f.order_id = k.order_id AND f.no = k.no AND f.order_id BETWEEN @order_id_from AND @order_id_until
JOIN fulfillment_items i ON i.order_id = f.order_id AND i.no = f.no AND i.order_id BETWEEN @order_id_from AND @order_id_until
JOIN order_line_items l ON l.order_id = i.order_id AND l.line_no = i.line_no AND l.order_id BETWEEN @order_id_from AND @order_id_until
JOIN skus s ON s.id = l.sku_id
JOIN products p ON p.id = s.product_id
LEFT JOIN locations loc ON loc.id = f.location_id
LEFT JOIN stock_levels sl ON sl.sku_id = l.sku_id AND sl.location_id = f.location_id
ORDER BY i.order_id, i.no, i.line_no;

-- name: BatchInsert :one
INSERT INTO pick_batches (merchant_id, picker_id, kind, about, parcels, open_parcels, order_id_from, order_id_until, created_at)
VALUES (@merchant_id, @picker_id, @kind, @about, @parcels, @parcels, @order_id_from, @order_id_until, @now) RETURNING id;

-- name: BatchParcelsInsert :exec
INSERT INTO pick_batch_parcels (order_id, no, batch_id, tote)
SELECT unnest(@order_ids::bigint[]), unnest(@nos::int[]), @batch_id, unnest(@totes::int[]);

-- name: BatchFind :one
SELECT b.*, u.name AS picker_name FROM pick_batches b JOIN users u ON u.id = b.picker_id WHERE b.id = @id AND b.merchant_id = @merchant_id;

-- name: BatchParcels :many
SELECT m.order_id, m.no, m.tote, m.left_at, coalesce(m.left_as, '')::text AS left_as, f.status, f.units, f.ship_by_at
FROM pick_batch_parcels m JOIN fulfillments f ON f.order_id = m.order_id AND f.no = m.no AND f.order_id BETWEEN @order_id_from AND @order_id_until
WHERE m.batch_id = @batch_id AND m.order_id BETWEEN @order_id_from AND @order_id_until
ORDER BY m.tote, m.order_id, m.no;

-- name: BatchOrdersLock :many
-- The orders of a batch that are still being picked, in order of their ids like everywhere.
SELECT o.id FROM orders o
WHERE o.id BETWEEN @order_id_from AND @order_id_until
  AND o.id IN (SELECT m.order_id FROM pick_batch_parcels m WHERE m.batch_id = @batch_id AND m.left_at IS NULL AND m.order_id BETWEEN @order_id_from AND @order_id_until)
ORDER BY o.id FOR NO KEY UPDATE;

-- name: BatchOfParcel :one
-- The batch that a parcel is, or was last, picked in.
SELECT m.batch_id, m.tote FROM pick_batch_parcels m WHERE m.order_id = @order_id AND m.no = @no ORDER BY m.batch_id DESC LIMIT 1;

-- name: Batches :many
SELECT b.*, u.name AS picker_name,
       (SELECT coalesce(sum(i.quantity), 0) FROM pick_batch_parcels m JOIN fulfillment_items i ON i.order_id = m.order_id AND i.no = m.no AND i.order_id BETWEEN b.order_id_from AND b.order_id_until
         WHERE m.batch_id = b.id AND m.order_id BETWEEN b.order_id_from AND b.order_id_until AND (m.left_at IS NULL OR m.left_as = 'picked'))::bigint AS units,
       (SELECT coalesce(sum(i.picked), 0) FROM pick_batch_parcels m JOIN fulfillment_items i ON i.order_id = m.order_id AND i.no = m.no AND i.order_id BETWEEN b.order_id_from AND b.order_id_until
         WHERE m.batch_id = b.id AND m.order_id BETWEEN b.order_id_from AND b.order_id_until AND (m.left_at IS NULL OR m.left_as = 'picked'))::bigint AS picked,
       (SELECT count(*) FROM pick_batch_parcels m WHERE m.batch_id = b.id AND m.order_id BETWEEN b.order_id_from AND b.order_id_until AND m.left_as = 'picked') AS picked_parcels
FROM pick_batches b JOIN users u ON u.id = b.picker_id
WHERE b.merchant_id = @merchant_id ORDER BY b.id DESC LIMIT @row_limit;

-- name: BatchSuggestSKUs :many
-- The SKUs that most open parcels consist of alone.
SELECT l.sku_id, min(l.sku_code)::text AS sku_code, min(l.name)::text AS name, count(*) AS parcels
FROM fulfillments f
JOIN fulfillment_items i ON i.order_id = f.order_id AND i.no = f.no AND i.order_id BETWEEN @order_id_from AND @order_id_until AND i.quantity = f.units
JOIN order_line_items l ON l.order_id = i.order_id AND l.line_no = i.line_no AND l.order_id BETWEEN @order_id_from AND @order_id_until
WHERE f.merchant_id = @merchant_id AND f.order_id BETWEEN @order_id_from AND @order_id_until AND f.status = 'open'
GROUP BY l.sku_id HAVING count(*) > 1 ORDER BY count(*) DESC, l.sku_id LIMIT @row_limit;

-- name: BatchSuggestZones :many
-- The zones in which whole open parcels lie: a bin up to its first separator.
SELECT z.zone, count(*) AS parcels
FROM (SELECT min(substring(upper(s.bin) FROM '^[^-/. ]*[-/. ]?'))::text AS zone
      FROM fulfillments f
      JOIN fulfillment_items i ON i.order_id = f.order_id AND i.no = f.no AND i.order_id BETWEEN @order_id_from AND @order_id_until
      JOIN order_line_items l ON l.order_id = i.order_id AND l.line_no = i.line_no AND l.order_id BETWEEN @order_id_from AND @order_id_until
      JOIN stock_levels s ON s.sku_id = l.sku_id AND s.location_id = f.location_id AND s.bin <> ''
      WHERE f.merchant_id = @merchant_id AND f.order_id BETWEEN @order_id_from AND @order_id_until AND f.status = 'open'
      GROUP BY f.order_id, f.no
      HAVING count(DISTINCT substring(upper(s.bin) FROM '^[^-/. ]*[-/. ]?')) = 1) z
GROUP BY z.zone ORDER BY z.zone LIMIT @row_limit;
