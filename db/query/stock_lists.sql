-- The stock of a merchant as people read it: lists of levels, and the story of one SKU.

-- name: StockByCode :many
SELECT s.id AS sku_id, s.code, p.name AS product_name, s.variant, (s.status = 'active' AND p.status = 'active' AND p.deleted_at IS NULL)::boolean AS active,
       l.location_id, loc.name AS location, l.bin, l.on_hand, l.reserved, coalesce(p.picture_hash, '')::text AS picture_hash
FROM skus s
JOIN products p ON p.id = s.product_id
JOIN stock_levels l ON l.sku_id = s.id
JOIN locations loc ON loc.id = l.location_id
WHERE s.merchant_id = @merchant_id AND (s.code, l.location_id) > (@after_code::text, @after_location_id::bigint)
  AND (@location_id::bigint = 0 OR l.location_id = @location_id)
  AND (@pattern::text = '' OR s.code ILIKE @pattern OR p.name ILIKE @pattern OR s.variant ILIKE @pattern)
ORDER BY s.code, l.location_id LIMIT @row_limit;

-- name: StockByAvailable :many
-- The least available first. All levels of the merchant are sorted: thousands, not millions.
SELECT s.id AS sku_id, s.code, p.name AS product_name, s.variant, (s.status = 'active' AND p.status = 'active' AND p.deleted_at IS NULL)::boolean AS active,
       l.location_id, loc.name AS location, l.bin, l.on_hand, l.reserved, coalesce(p.picture_hash, '')::text AS picture_hash
FROM skus s
JOIN products p ON p.id = s.product_id
JOIN stock_levels l ON l.sku_id = s.id
JOIN locations loc ON loc.id = l.location_id
WHERE s.merchant_id = @merchant_id AND (l.on_hand - l.reserved, s.id, l.location_id) > (@after_available::bigint, @after_sku_id::bigint, @after_location_id::bigint)
  AND (@location_id::bigint = 0 OR l.location_id = @location_id)
  AND (@pattern::text = '' OR s.code ILIKE @pattern OR p.name ILIKE @pattern OR s.variant ILIKE @pattern)
ORDER BY l.on_hand - l.reserved, s.id, l.location_id LIMIT @row_limit;

-- name: StockSummary :one
SELECT count(*) AS skus, coalesce(sum(t.on_hand), 0)::bigint AS on_hand, coalesce(sum(t.reserved), 0)::bigint AS reserved,
       count(*) FILTER (WHERE t.on_hand - t.reserved BETWEEN 1 AND @low::bigint) AS low, count(*) FILTER (WHERE t.on_hand - t.reserved <= 0) AS sold_out
FROM (SELECT s.id, sum(l.on_hand) AS on_hand, sum(l.reserved) AS reserved
      FROM skus s JOIN stock_levels l ON l.sku_id = s.id
      WHERE s.merchant_id = @merchant_id GROUP BY s.id) t;

-- name: StockChanged :many
-- What an open page of the stock has to draw anew.
SELECT l.sku_id, l.location_id, l.on_hand, l.reserved
FROM stock_levels l JOIN skus s ON s.id = l.sku_id
WHERE l.sku_id = ANY (@sku_ids::bigint[]) AND s.merchant_id = @merchant_id AND l.updated_at >= @since
ORDER BY l.sku_id, l.location_id LIMIT @row_limit;

-- name: StockOfSKU :many
SELECT l.location_id, loc.name AS location, l.bin, l.on_hand, l.reserved
FROM stock_levels l JOIN locations loc ON loc.id = l.location_id
WHERE l.sku_id = @sku_id ORDER BY loc.priority, loc.id;

-- name: StockSKU :one
-- held_from: no order that holds units has a smaller id. Those of the queue are bounded, unpaid ones are minutes old.
SELECT s.id, s.code, s.variant, s.merchant_id, p.name AS product_name, p.slug,
       least(m.queue_order_id_from, id_at(CAST(@now AS timestamptz) - interval '2 days'))::bigint AS held_from
FROM skus s JOIN products p ON p.id = s.product_id JOIN merchants m ON m.id = s.merchant_id
WHERE s.id = @sku_id;

-- name: StockHeld :many
SELECT r.order_id, r.quantity, r.created_at, o.status, loc.name AS location
FROM reservations r
JOIN orders o ON o.id = r.order_id AND o.id >= @held_from
JOIN locations loc ON loc.id = r.location_id
WHERE r.sku_id = @sku_id AND r.status = 'held' AND r.order_id >= @held_from
ORDER BY r.order_id, r.line_no, r.location_id LIMIT @row_limit;

-- name: StockLedger :many
SELECT i.id, i.kind, i.on_hand_delta, i.reserved_delta, coalesce(i.order_id, 0)::bigint AS order_id, i.reason,
       i.actor_kind, i.actor_id, i.actor_name, i.created_at, loc.name AS location
FROM inventory_transactions i JOIN locations loc ON loc.id = i.location_id
WHERE i.sku_id = @sku_id AND i.id < @before
ORDER BY i.id DESC LIMIT @row_limit;

-- name: StockLedgerSince :one
-- What later entries than those of a page did: today's counters less this are what they were then.
SELECT coalesce(sum(on_hand_delta), 0)::bigint AS on_hand, coalesce(sum(reserved_delta), 0)::bigint AS reserved
FROM inventory_transactions WHERE sku_id = @sku_id AND id >= @before;
