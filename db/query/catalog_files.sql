-- Catalog files: uploaded, checked, applied, with a report of every line.

-- name: CatalogFileAdd :one
INSERT INTO catalog_imports (merchant_id, file_name, heading, data, lines, status, actor_id, actor_name, request_id, created_at, status_at)
VALUES (@merchant_id, @file_name, @heading, @data, @lines, 'checking', @actor_id, @actor_name, @request_id, @now, @now) RETURNING id;

-- name: CatalogFilesByID :many
SELECT f.id, f.merchant_id, f.file_name, f.heading, f.lines, f.status, f.done, f.problem, f.actor_id, f.actor_name, f.request_id, f.created_at, f.status_at
FROM catalog_imports f WHERE f.id = ANY (@ids::bigint[]) ORDER BY f.id DESC;

-- name: CatalogFilesLatest :many
SELECT id FROM catalog_imports WHERE merchant_id = @merchant_id ORDER BY id DESC LIMIT @row_limit;

-- name: CatalogFileCounts :many
SELECT import_id, outcome, count(*) AS lines FROM catalog_import_lines WHERE import_id = ANY (@ids::bigint[]) GROUP BY import_id, outcome;

-- name: CatalogFileClaim :many
-- The lease keeps others away until it is over; whoever is waiting for it finds another file.
UPDATE catalog_imports SET lease_until = @until::timestamptz
WHERE catalog_imports.id = (
    SELECT f.id FROM catalog_imports f
    WHERE f.status IN ('checking', 'applying') AND (f.lease_until IS NULL OR f.lease_until < @now::timestamptz) AND (@id::bigint = 0 OR f.id = @id)
    ORDER BY f.id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, data;

-- name: CatalogFileStep :execrows
UPDATE catalog_imports SET done = @done, lease_until = @until::timestamptz WHERE id = @id AND status = @status AND done < @done;

-- name: CatalogLinesAdd :copyfrom
INSERT INTO catalog_import_lines (import_id, line, outcome, product, sku, notes, record) VALUES (@import_id, @line, @outcome, @product, @sku, @notes, @record);

-- name: CatalogFileEnd :execrows
-- What was applied or given up needs its content no more.
UPDATE catalog_imports SET status = @to_status, problem = @problem, lease_until = NULL, status_at = @now,
       data = CASE WHEN @to_status::text = 'checked' THEN data END
WHERE id = @id AND status = @from_status;

-- name: CatalogFileApply :execrows
UPDATE catalog_imports SET status = 'applying', done = 0, lease_until = NULL, status_at = @now, actor_id = @actor_id, actor_name = @actor_name, request_id = @request_id
WHERE id = @id AND merchant_id = @merchant_id AND status = 'checked';

-- name: CatalogLinesForget :exec
DELETE FROM catalog_import_lines WHERE import_id = @import_id;

-- name: CatalogFilesPrune :execrows
DELETE FROM catalog_imports WHERE id IN (
    SELECT f.id FROM catalog_imports f WHERE f.created_at < @before AND f.status NOT IN ('checking', 'applying') ORDER BY f.created_at LIMIT @row_limit);

-- name: CatalogLines :many
SELECT line, outcome, product, sku, notes, record FROM catalog_import_lines
WHERE import_id = @import_id AND line > @after ORDER BY line LIMIT @row_limit;

-- name: CatalogLinesOfOutcome :many
SELECT line, outcome, product, sku, notes, record FROM catalog_import_lines
WHERE import_id = @import_id AND outcome = @outcome AND line > @after ORDER BY line LIMIT @row_limit;

-- name: ProductIDBySlug :one
SELECT id, merchant_id, (deleted_at IS NOT NULL)::boolean AS deleted FROM products WHERE slug = @slug;

-- name: SKUByCode :one
-- Where a code is in use: on which product of the merchant.
SELECT s.id, p.slug FROM skus s JOIN products p ON p.id = s.product_id WHERE s.merchant_id = @merchant_id AND s.code = @code;

-- name: StockOfProductLock :many
-- Sorted, as everywhere.
SELECT l.sku_id, l.location_id, l.on_hand FROM stock_levels l WHERE l.sku_id = ANY (@sku_ids::bigint[])
ORDER BY l.sku_id, l.location_id FOR NO KEY UPDATE;

-- name: StockOfProducts :many
SELECT l.sku_id, l.location_id, l.on_hand FROM stock_levels l WHERE l.sku_id = ANY (@sku_ids::bigint[]);

-- name: CatalogExportPage :many
-- A merchant's products for an export, by id.
SELECT p.id, p.slug, p.name, p.description, p.status, coalesce(c.slug, '')::text AS category_slug
FROM products p LEFT JOIN categories c ON c.id = p.category_id
WHERE p.merchant_id = @merchant_id AND p.id > @after AND p.deleted_at IS NULL ORDER BY p.id LIMIT @row_limit;

-- name: MerchantCurrencies :many
-- The currencies that the SKUs of a merchant have prices in now.
SELECT DISTINCT r.currency FROM skus s JOIN sku_prices r ON r.sku_id = s.id
WHERE s.merchant_id = @merchant_id AND r.valid_from <= @now AND (r.valid_until IS NULL OR r.valid_until > @now) ORDER BY r.currency LIMIT @row_limit;
