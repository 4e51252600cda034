-- The price history of a SKU. Which price applies is decided by the time of the reader, never by a job. A change locks the
-- SKU first, as the trigger that refuses overlaps does; nothing else is locked after it.

-- name: SKUPriceHead :one
SELECT s.id, s.merchant_id, s.code, s.variant, p.name AS product_name FROM skus s JOIN products p ON p.id = s.product_id WHERE s.id = @id;

-- name: SKUPriceLock :one
SELECT merchant_id FROM skus WHERE id = @id FOR NO KEY UPDATE;

-- name: SKUPricePeriods :many
-- What is in force or scheduled first, so that only old periods are ever cut off.
SELECT id, currency, price_minor, valid_from, valid_until FROM sku_prices WHERE sku_id = @sku_id
ORDER BY coalesce(valid_until > @now::timestamptz, true) DESC, valid_from DESC LIMIT @row_limit;

-- name: SKUPricesAhead :many
-- All that is in force or scheduled, in every currency; a bounded number, see shop.MaxScheduledPrices.
SELECT id, currency, price_minor, valid_from, valid_until FROM sku_prices
WHERE sku_id = @sku_id AND (valid_until IS NULL OR valid_until > @now::timestamptz) ORDER BY valid_from;

-- name: SKUPriceRemove :exec
DELETE FROM sku_prices WHERE id = @id AND sku_id = @sku_id;

-- name: SKUPriceResize :exec
UPDATE sku_prices SET valid_until = @valid_until WHERE id = @id AND sku_id = @sku_id;

-- name: SKUPriceReprice :exec
UPDATE sku_prices SET price_minor = @price_minor WHERE id = @id AND sku_id = @sku_id;

-- name: SKUPriceAdd :exec
INSERT INTO sku_prices (sku_id, currency, price_minor, valid_from, valid_until, created_at)
VALUES (@sku_id, @currency, @price_minor, @valid_from, @valid_until, @now);
