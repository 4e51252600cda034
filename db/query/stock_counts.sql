-- Count sheets: what is to be counted, what was counted, and the differences that an approval books.

-- name: StockCountOpen :one
INSERT INTO stock_counts (merchant_id, location_id, bins, opened_by, opened_at) VALUES (@merchant_id, @location_id, @bins, @opened_by, @now) RETURNING id;

-- name: StockCountLinesOpen :execrows
-- One more than a sheet can have, so that a sheet which would be too long is noticed.
INSERT INTO stock_count_lines (count_id, sku_id)
SELECT @count_id::bigint, l.sku_id FROM stock_levels l JOIN skus s ON s.id = l.sku_id
WHERE l.location_id = @location_id AND s.merchant_id = @merchant_id AND starts_with(l.bin, @bins)
ORDER BY l.bin, s.code LIMIT @row_limit;

-- name: StockCountLock :one
SELECT id, merchant_id, location_id, status FROM stock_counts WHERE id = @id FOR NO KEY UPDATE;

-- name: StockCountEnter :execrows
-- What is expected is what is on record now; the level may change as soon as this is written down. A number that stands on
-- the sheet already was counted then and not now: forms send it again with every save, and what was sold since is no difference.
UPDATE stock_count_lines c SET counted = n.counted, expected = l.on_hand, counted_by = @counted_by, counted_at = @now::timestamptz
FROM (SELECT unnest(@sku_ids::bigint[]) AS sku_id, unnest(@counted::bigint[]) AS counted) n
JOIN stock_levels l ON l.sku_id = n.sku_id AND l.location_id = @location_id
WHERE c.count_id = @count_id AND c.sku_id = n.sku_id AND c.counted IS DISTINCT FROM n.counted;

-- name: StockCountDifferences :many
SELECT c.sku_id, s.code, (c.counted - c.expected)::bigint AS difference FROM stock_count_lines c JOIN skus s ON s.id = c.sku_id
WHERE c.count_id = @count_id AND c.counted <> c.expected ORDER BY c.sku_id;

-- name: StockCountClose :execrows
UPDATE stock_counts SET status = @status, closed_by = @closed_by, closed_at = @now::timestamptz WHERE id = @id AND status = 'open';

-- name: StockCountHead :one
SELECT c.*, loc.name AS location FROM stock_counts c JOIN locations loc ON loc.id = c.location_id WHERE c.id = @id;

-- name: StockCountLines :many
SELECT c.sku_id, s.code, p.name AS product_name, s.variant, coalesce(l.bin, '')::text AS bin, c.expected, c.counted, c.counted_by, c.counted_at
FROM stock_count_lines c
JOIN stock_counts h ON h.id = c.count_id
JOIN skus s ON s.id = c.sku_id JOIN products p ON p.id = s.product_id
LEFT JOIN stock_levels l ON l.sku_id = c.sku_id AND l.location_id = h.location_id
WHERE c.count_id = @count_id ORDER BY l.bin, s.code;

-- name: StockCounts :many
SELECT c.*, loc.name AS location, n.lines, n.counted, n.different
FROM stock_counts c JOIN locations loc ON loc.id = c.location_id
CROSS JOIN LATERAL (SELECT count(*) AS lines, count(l.counted) AS counted, count(*) FILTER (WHERE l.counted <> l.expected) AS different
                    FROM stock_count_lines l WHERE l.count_id = c.id) n
WHERE c.merchant_id = @merchant_id AND c.id < @before
ORDER BY c.id DESC LIMIT @row_limit;
