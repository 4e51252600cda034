-- What the price depends on. The caller computes amounts from it, as an application would.
BEGIN;
SELECT c.id AS customer_id, a.snapshot_id, next_id(now()) AS checkout_id, next_id(now()) AS order_id
FROM customers c JOIN addresses a ON a.customer_id = c.id AND NOT a.is_snapshot AND a.deleted_at IS NULL
WHERE c.id = :customer AND c.status = 'active' AND c.deleted_at IS NULL
\gset
SELECT s.id, s.code, p.name, s.tax_category, m.prices_include_tax, price.price_minor
FROM skus s
JOIN products p ON p.id = s.product_id AND p.status = 'active' AND p.deleted_at IS NULL
JOIN merchants m ON m.id = s.merchant_id AND m.status = 'active' AND m.deleted_at IS NULL
JOIN sku_prices price ON price.sku_id = s.id AND price.currency = 'USD' AND price.valid_from <= now() AND (price.valid_until IS NULL OR price.valid_until > now())
WHERE s.id IN (:low, :high) AND s.status = 'active';
\set line_tax (:price_minor * :tax_ppm + 500000) / 1000000
\set subtotal :lines * :price_minor
\set tax :lines * :line_tax
\set total :subtotal + :tax + :shipping_minor
