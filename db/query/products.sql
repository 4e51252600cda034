-- The catalog as its merchants write it. Products are locked before their SKUs; nothing of an order is touched.

-- name: MerchantProductFind :one
SELECT p.id, p.merchant_id, p.slug, p.name, p.description, p.status, p.version, coalesce(p.picture_hash, '')::text AS picture_hash,
       coalesce(c.slug, '')::text AS category_slug, p.created_at, p.updated_at, p.deleted_at
FROM products p LEFT JOIN categories c ON c.id = p.category_id
WHERE p.id = @id AND (@merchant_id::bigint = 0 OR p.merchant_id = @merchant_id);

-- name: ProductLock :one
SELECT id FROM products WHERE id = @id AND (@merchant_id::bigint = 0 OR merchant_id = @merchant_id) FOR NO KEY UPDATE;

-- name: SKULock :one
-- The product first, as everywhere.
SELECT s.id, s.product_id FROM skus s WHERE s.id = @id AND (@merchant_id::bigint = 0 OR s.merchant_id = @merchant_id);

-- name: MerchantSKUs :many
SELECT s.id, s.product_id, s.code, s.variant, s.attributes, coalesce(s.barcode, '')::text AS barcode, s.weight_grams, s.tax_category, s.status, s.version,
       s.backorder_limit, coalesce(s.buyer_limit, 0)::bigint AS buyer_limit, s.reorder_point,
       coalesce(sum(l.on_hand), 0)::bigint AS on_hand, coalesce(sum(l.reserved), 0)::bigint AS reserved
FROM skus s LEFT JOIN stock_levels l ON l.sku_id = s.id
WHERE s.product_id = ANY (@product_ids::bigint[])
GROUP BY s.id ORDER BY s.product_id, s.id;

-- name: ProductAdd :one
INSERT INTO products (merchant_id, category_id, slug, name, description, status, created_at, updated_at)
VALUES (@merchant_id, @category_id, @slug, @name, @description, @status, @now, @now)
RETURNING id;

-- name: ProductSlugsTaken :many
-- Which addresses that begin like this are taken: the free one is chosen among the others.
SELECT slug FROM products WHERE slug = @slug OR (slug >= @slug || '-' AND slug < @slug || '.') LIMIT @row_limit;

-- name: ProductChange :execrows
UPDATE products SET category_id = @category_id, slug = @slug, name = @name, description = @description, status = @status,
       version = version + 1, updated_at = @now
WHERE id = @id AND version = @version;

-- name: ProductSetPicture :exec
UPDATE products SET picture_hash = @picture_hash, version = version + 1, updated_at = @now WHERE id = @id;

-- name: ProductDelete :execrows
UPDATE products SET deleted_at = @now::timestamptz, version = version + 1, updated_at = @now WHERE id = @id AND deleted_at IS NULL;

-- name: ProductRestore :execrows
UPDATE products SET deleted_at = NULL, version = version + 1, updated_at = @now WHERE id = @id AND deleted_at IS NOT NULL;

-- name: SKUAdd :one
INSERT INTO skus (product_id, merchant_id, code, variant, attributes, barcode, weight_grams, tax_category, status, created_at, updated_at)
VALUES (@product_id, @merchant_id, @code, @variant, @attributes, @barcode, @weight_grams, @tax_category, @status, @now, @now)
RETURNING id;

-- name: SKUChange :execrows
UPDATE skus SET code = @code, variant = @variant, attributes = @attributes, barcode = @barcode, weight_grams = @weight_grams,
       tax_category = @tax_category, status = @status, version = version + 1, updated_at = @now
WHERE id = @id AND version = @version;

-- name: SKUCount :one
SELECT count(*) FROM skus WHERE product_id = @product_id;

-- name: CategoryBySlug :one
SELECT id FROM categories WHERE slug = @slug;

-- name: TaxCategories :many
SELECT DISTINCT tax_category FROM tax_rates ORDER BY tax_category LIMIT @row_limit;

-- name: ProductHistory :many
SELECT at, actor_name, action, data FROM audit_log WHERE subject = @subject ORDER BY id DESC LIMIT @row_limit;

-- name: PictureAdd :exec
INSERT INTO pictures (hash, media_type, width, height, data, small, created_at) VALUES (@hash, @media_type, @width, @height, @data, @small, @now)
ON CONFLICT ON CONSTRAINT pictures_pkey DO NOTHING;

-- name: PictureFind :one
-- Those of before lists had their own are shown as they are.
SELECT media_type, (CASE WHEN @small::boolean THEN coalesce(small, data) ELSE data END)::bytea AS data FROM pictures WHERE hash = @hash;

-- name: MerchantProductCounts :many
SELECT status, (deleted_at IS NOT NULL)::boolean AS deleted, count(*) AS products FROM products WHERE merchant_id = @merchant_id GROUP BY 1, 2;

-- name: MerchantProductRows :many
-- By key, in the order of the list.
SELECT p.id, p.slug, p.name, p.status, coalesce(c.name, '')::text AS category, coalesce(p.picture_hash, '')::text AS picture_hash,
       (p.deleted_at IS NOT NULL)::boolean AS deleted, p.updated_at,
       s.skus, s.first_code, s.available, s.unpriced
FROM products p
LEFT JOIN categories c ON c.id = p.category_id
CROSS JOIN LATERAL (
    SELECT count(*) AS skus, coalesce(min(k.code), '')::text AS first_code,
           coalesce(sum((SELECT sum(l.on_hand - l.reserved) FROM stock_levels l WHERE l.sku_id = k.id)), 0)::bigint AS available,
           count(*) FILTER (WHERE k.status = 'active' AND NOT EXISTS (
               SELECT 1 FROM sku_prices r WHERE r.sku_id = k.id AND r.valid_from <= @now AND (r.valid_until IS NULL OR r.valid_until > @now))) AS unpriced
    FROM skus k WHERE k.product_id = p.id) s
WHERE p.id = ANY (@ids::bigint[])
ORDER BY p.id DESC;
