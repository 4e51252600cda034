-- The catalog as integrations read it: products with all their SKUs, newest first, keyset by id. One query per access
-- path; the filters that are left are for what the path has made few.

-- name: CatalogNewest :many
SELECT p.id, p.slug, p.name, p.description, p.status, p.version, p.merchant_id, m.name AS merchant_name, coalesce(c.slug, '')::text AS category_slug, coalesce(p.picture_hash, '')::text AS picture_hash
FROM products p JOIN merchants m ON m.id = p.merchant_id LEFT JOIN categories c ON c.id = p.category_id
WHERE p.id < @before AND p.deleted_at IS NULL
ORDER BY p.id DESC LIMIT @row_limit;

-- name: CatalogOnSale :many
SELECT p.id, p.slug, p.name, p.description, p.status, p.version, p.merchant_id, m.name AS merchant_name, coalesce(c.slug, '')::text AS category_slug, coalesce(p.picture_hash, '')::text AS picture_hash
FROM products p JOIN merchants m ON m.id = p.merchant_id LEFT JOIN categories c ON c.id = p.category_id
WHERE p.id < @before AND p.status = 'active' AND p.deleted_at IS NULL AND m.status = 'active' AND m.deleted_at IS NULL
ORDER BY p.id DESC LIMIT @row_limit;

-- name: CatalogOfMerchant :many
SELECT p.id, p.slug, p.name, p.description, p.status, p.version, p.merchant_id, m.name AS merchant_name, coalesce(c.slug, '')::text AS category_slug, coalesce(p.picture_hash, '')::text AS picture_hash
FROM products p JOIN merchants m ON m.id = p.merchant_id LEFT JOIN categories c ON c.id = p.category_id
WHERE p.merchant_id = @merchant_id AND p.id < @before AND p.deleted_at IS NULL
ORDER BY p.id DESC LIMIT @row_limit;

-- name: CatalogOfCategories :many
SELECT p.id, p.slug, p.name, p.description, p.status, p.version, p.merchant_id, m.name AS merchant_name, coalesce(c.slug, '')::text AS category_slug, coalesce(p.picture_hash, '')::text AS picture_hash
FROM products p JOIN merchants m ON m.id = p.merchant_id LEFT JOIN categories c ON c.id = p.category_id
WHERE p.category_id = ANY (@category_ids::bigint[]) AND p.id < @before AND p.deleted_at IS NULL
  AND (@merchant_id::bigint = 0 OR p.merchant_id = @merchant_id)
  AND (NOT @on_sale_only::boolean OR (p.status = 'active' AND m.status = 'active' AND m.deleted_at IS NULL))
ORDER BY p.id DESC LIMIT @row_limit;

-- name: CatalogOfWords :many
SELECT p.id, p.slug, p.name, p.description, p.status, p.version, p.merchant_id, m.name AS merchant_name, coalesce(c.slug, '')::text AS category_slug, coalesce(p.picture_hash, '')::text AS picture_hash
FROM products p JOIN merchants m ON m.id = p.merchant_id LEFT JOIN categories c ON c.id = p.category_id
WHERE p.search @@ to_tsquery('simple', @words::text) AND p.id < @before AND p.deleted_at IS NULL
  AND (cardinality(@category_ids::bigint[]) = 0 OR p.category_id = ANY (@category_ids::bigint[]))
  AND (@merchant_id::bigint = 0 OR p.merchant_id = @merchant_id)
  AND (NOT @on_sale_only::boolean OR (p.status = 'active' AND m.status = 'active' AND m.deleted_at IS NULL))
ORDER BY p.id DESC LIMIT @row_limit;

-- name: CatalogProductByID :one
SELECT p.id, p.slug, p.name, p.description, p.status, p.version, p.merchant_id, m.name AS merchant_name, coalesce(c.slug, '')::text AS category_slug, coalesce(p.picture_hash, '')::text AS picture_hash,
       (p.status = 'active' AND m.status = 'active' AND m.deleted_at IS NULL)::boolean AS on_sale
FROM products p JOIN merchants m ON m.id = p.merchant_id LEFT JOIN categories c ON c.id = p.category_id
WHERE p.id = @id AND p.deleted_at IS NULL;

-- name: CatalogCategoriesUnder :many
-- A category and everything below it. UNION drops what was seen, so a circle ends.
WITH RECURSIVE tree AS (
    SELECT root.id FROM categories root WHERE root.slug = @slug
    UNION
    SELECT c.id FROM categories c JOIN tree ON c.parent_id = tree.id
)
SELECT tree.id FROM tree;

-- name: CatalogVariants :many
SELECT s.id, s.product_id, s.code, s.variant, s.status, s.attributes, coalesce(s.barcode, '')::text AS barcode, s.weight_grams, s.tax_category, s.version,
       (SELECT coalesce(sum(l.on_hand - l.reserved), 0) FROM stock_levels l WHERE l.sku_id = s.id)::bigint AS available
FROM skus s WHERE s.product_id = ANY (@product_ids::bigint[])
ORDER BY s.product_id, s.id;

-- name: CatalogPrices :many
SELECT p.sku_id, p.currency, p.price_minor FROM sku_prices p JOIN skus s ON s.id = p.sku_id
WHERE s.product_id = ANY (@product_ids::bigint[]) AND p.valid_from <= @now AND (p.valid_until IS NULL OR p.valid_until > @now)
ORDER BY p.sku_id, p.currency;

-- name: CatalogProductOfSKU :one
SELECT product_id FROM skus WHERE id = @id;
