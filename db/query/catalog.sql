-- The shop window: categories, products on sale, what one product page shows, and what SKUs cost and have left.

-- name: CategoriesAll :many
-- The counts come from the index products_category_idx; siblings in the order they are shown.
SELECT c.id, coalesce(c.parent_id, 0)::bigint AS parent_id, c.slug, c.name, coalesce(n.products, 0)::bigint AS products
FROM categories c
LEFT JOIN (SELECT p.category_id, count(*) AS products
           FROM products p JOIN merchants m ON m.id = p.merchant_id AND m.status = 'active' AND m.deleted_at IS NULL
           WHERE p.status = 'active' AND p.deleted_at IS NULL GROUP BY p.category_id) n ON n.category_id = c.id
ORDER BY c.position, c.name, c.id LIMIT @row_limit;

-- name: ProductsNewest :many
SELECT p.id, p.slug, p.name, m.name AS merchant_name, coalesce(p.picture_hash, '')::text AS picture_hash, 0::real AS rank
FROM products p JOIN merchants m ON m.id = p.merchant_id
WHERE p.status = 'active' AND p.deleted_at IS NULL AND m.status = 'active' AND m.deleted_at IS NULL AND p.id < @before
ORDER BY p.id DESC LIMIT @row_limit;

-- name: ProductsOfCategories :many
SELECT p.id, p.slug, p.name, m.name AS merchant_name, coalesce(p.picture_hash, '')::text AS picture_hash, 0::real AS rank
FROM products p JOIN merchants m ON m.id = p.merchant_id
WHERE p.category_id = ANY (@category_ids::bigint[])
  AND p.status = 'active' AND p.deleted_at IS NULL AND m.status = 'active' AND m.deleted_at IS NULL AND p.id < @before
ORDER BY p.id DESC LIMIT @row_limit;

-- name: ProductsBySearch :many
-- The rank depends on nothing but the row and the words, so (rank, id) is a keyset.
SELECT p.id, p.slug, p.name, m.name AS merchant_name, coalesce(p.picture_hash, '')::text AS picture_hash, ts_rank(p.search, words)::real AS rank
FROM to_tsquery('simple', @words) words, products p JOIN merchants m ON m.id = p.merchant_id
WHERE p.search @@ words
  AND p.status = 'active' AND p.deleted_at IS NULL AND m.status = 'active' AND m.deleted_at IS NULL
  AND (ts_rank(p.search, words), p.id) < (@after_rank::real, @after_id::bigint)
ORDER BY rank DESC, p.id DESC LIMIT @row_limit;

-- name: ProductPrices :many
SELECT s.product_id, price.currency, min(price.price_minor)::bigint AS lowest, max(price.price_minor)::bigint AS highest
FROM skus s
JOIN sku_prices price ON price.sku_id = s.id AND price.valid_from <= @now AND (price.valid_until IS NULL OR price.valid_until > @now)
WHERE s.product_id = ANY (@product_ids::bigint[]) AND s.status = 'active'
GROUP BY s.product_id, price.currency ORDER BY s.product_id, price.currency;

-- name: ProductStocks :many
SELECT sku.product_id, sum(greatest(sku.free - sku.waiting, 0))::bigint AS available, sum(greatest(sku.backorder_limit - sku.waiting, 0))::bigint AS later
FROM (SELECT s.product_id, s.backorder_limit, sum(l.on_hand - l.reserved) AS free, sum(l.backordered) AS waiting
      FROM skus s JOIN stock_levels l ON l.sku_id = s.id
      WHERE s.product_id = ANY (@product_ids::bigint[]) AND s.status = 'active'
      GROUP BY s.id) sku
GROUP BY sku.product_id;

-- name: ProductBySlug :one
-- A product that was on sale once stays readable for those who bought it.
SELECT p.id, p.slug, p.name, p.description, coalesce(p.category_id, 0)::bigint AS category_id, p.merchant_id, m.name AS merchant_name,
       m.prices_include_tax, m.time_zone, m.cutoff_minute, m.handling_days, m.working_days, coalesce(p.picture_hash, '')::text AS picture_hash,
       coalesce((SELECT array_agg(h.day::text) FROM ship_holidays h WHERE h.merchant_id = m.id), '{}')::text[] AS holidays,
       (p.status = 'active' AND m.status = 'active' AND m.deleted_at IS NULL)::boolean AS on_sale
FROM products p JOIN merchants m ON m.id = p.merchant_id
WHERE p.slug = @slug AND p.status <> 'draft' AND p.deleted_at IS NULL;

-- name: ProductSlugOfSKU :one
SELECT p.slug FROM skus s JOIN products p ON p.id = s.product_id WHERE s.id = @sku_id;

-- name: ProductSKUs :many
SELECT s.id, s.code, s.variant, s.attributes, s.status, stock.available, stock.later, coalesce(s.buyer_limit, 0)::bigint AS buyer_limit
FROM skus s
CROSS JOIN LATERAL (SELECT greatest(coalesce(sum(l.on_hand - l.reserved - l.backordered), 0), 0)::bigint AS available,
                           greatest(s.backorder_limit - coalesce(sum(l.backordered), 0), 0)::bigint AS later
                    FROM stock_levels l WHERE l.sku_id = s.id) stock
WHERE s.product_id = @product_id AND s.status <> 'draft'
ORDER BY s.id LIMIT @row_limit;

-- name: SKUPricesNow :many
SELECT sku_id, currency, price_minor FROM sku_prices
WHERE sku_id = ANY (@sku_ids::bigint[]) AND valid_from <= @now AND (valid_until IS NULL OR valid_until > @now);

-- name: SKUOffers :many
-- What SKUs are called, cost in one currency and have left, for carts and for buying again.
SELECT s.id, s.code, s.variant, s.merchant_id, p.name AS product_name, p.slug AS product_slug, m.name AS merchant_name, coalesce(p.picture_hash, '')::text AS picture_hash,
       (s.status = 'active' AND p.status = 'active' AND p.deleted_at IS NULL AND m.status = 'active' AND m.deleted_at IS NULL)::boolean AS sellable,
       coalesce(price.price_minor, 0)::bigint AS price_minor, (price.id IS NOT NULL)::boolean AS has_price,
       stock.available, stock.later, coalesce(s.buyer_limit, 0)::bigint AS buyer_limit
FROM skus s
JOIN products p ON p.id = s.product_id
JOIN merchants m ON m.id = s.merchant_id
CROSS JOIN LATERAL (SELECT greatest(coalesce(sum(l.on_hand - l.reserved - l.backordered), 0), 0)::bigint AS available,
                           greatest(s.backorder_limit - coalesce(sum(l.backordered), 0), 0)::bigint AS later
                    FROM stock_levels l WHERE l.sku_id = s.id) stock
LEFT JOIN sku_prices price ON price.sku_id = s.id AND price.currency = @currency
    AND price.valid_from <= @now AND (price.valid_until IS NULL OR price.valid_until > @now)
WHERE s.id = ANY (@sku_ids::bigint[]) AND s.status <> 'draft' AND p.status <> 'draft';

-- name: ShopCurrencies :many
-- Skips from one currency to the next in sku_prices_currency_idx.
WITH RECURSIVE found AS (
    (SELECT currency FROM sku_prices ORDER BY currency LIMIT 1)
    UNION ALL
    SELECT (SELECT p.currency FROM sku_prices p WHERE p.currency > found.currency ORDER BY p.currency LIMIT 1) FROM found WHERE found.currency IS NOT NULL
)
SELECT currency::text FROM found WHERE currency IS NOT NULL LIMIT @row_limit;
