-- The stock of one SKU as merchants see it, and what adjusting it needs beside query/stock_moves.sql.

-- name: SKUStockHead :one
SELECT s.id, s.code, s.variant, s.merchant_id, p.name AS product_name, s.backorder_limit, coalesce(s.buyer_limit, 0)::bigint AS buyer_limit, s.reorder_point
FROM skus s JOIN products p ON p.id = s.product_id WHERE s.id = @sku_id;

-- name: SKUStockLevels :many
SELECT l.location_id, loc.code, loc.name, l.bin, l.on_hand, l.reserved, l.backordered, l.reorder_point
FROM stock_levels l JOIN locations loc ON loc.id = l.location_id
WHERE l.sku_id = @sku_id ORDER BY loc.priority, loc.id;

-- name: SKUStockHome :one
-- Where an adjustment goes that names no location: where the SKU ships from first, else where its merchant does.
SELECT loc.id, loc.name FROM locations loc LEFT JOIN stock_levels l ON l.location_id = loc.id AND l.sku_id = @sku_id
WHERE loc.merchant_id = @merchant_id
ORDER BY l.sku_id IS NULL, loc.priority, loc.id LIMIT 1;

-- name: MerchantLocation :one
SELECT id, name FROM locations WHERE id = @id AND merchant_id = @merchant_id;

-- name: StockLevelEnsure :exec
INSERT INTO stock_levels (sku_id, location_id, updated_at) VALUES (@sku_id, @location_id, @now) ON CONFLICT ON CONSTRAINT stock_levels_pkey DO NOTHING;

-- name: StockPlaceSet :execrows
UPDATE stock_levels SET bin = @bin, reorder_point = sqlc.narg(reorder_point), updated_at = @now WHERE sku_id = @sku_id AND location_id = @location_id;
