-- What administrators and merchants write down about prices: settings, taxes, shipping, discounts.

-- name: ShopRounding :one
SELECT tax_rounding FROM shop_settings;

-- name: ShopRoundingSet :execrows
UPDATE shop_settings SET tax_rounding = @rounding, updated_at = @now WHERE tax_rounding <> @rounding;

-- name: MerchantPricesIncludeTax :one
SELECT prices_include_tax FROM merchants WHERE id = @id;

-- name: MerchantPricesIncludeTaxSet :execrows
UPDATE merchants SET prices_include_tax = @included, updated_at = @now WHERE id = @id AND prices_include_tax <> @included;

-- name: TaxRatesAll :many
-- Those in force and to come first in their place, past ones last.
SELECT id, country, region, tax_category, name, rate_ppm, valid_from, valid_until FROM tax_rates
ORDER BY coalesce(valid_until > @now::timestamptz, true) DESC, country, region, tax_category, valid_from DESC LIMIT @row_limit;

-- name: TaxRatesLock :exec
-- Whoever changes rates does so alone; readers do not wait.
LOCK TABLE tax_rates IN SHARE ROW EXCLUSIVE MODE;

-- name: TaxRateHolds :one
-- Whether a rate is the one of its place at its beginning already.
SELECT EXISTS (SELECT 1 FROM tax_rates WHERE country = @country AND region = @region AND tax_category = @tax_category AND name = @name AND rate_ppm = @rate_ppm
    AND valid_from <= @valid_from AND (valid_until IS NULL OR valid_until > @valid_from));

-- name: TaxRateCut :exec
-- The rate in force until then ends when the new one begins.
UPDATE tax_rates SET valid_until = @valid_from
WHERE country = @country AND region = @region AND tax_category = @tax_category
  AND valid_from < @valid_from AND (valid_until IS NULL OR valid_until > @valid_from);

-- name: TaxRateAdd :one
-- Until the next one that is written down already.
INSERT INTO tax_rates (country, region, tax_category, name, rate_ppm, valid_from, valid_until)
SELECT @country, @region, @tax_category, @name, @rate_ppm, @valid_from,
       (SELECT min(n.valid_from) FROM tax_rates n
        WHERE n.country = @country AND n.region = @region AND n.tax_category = @tax_category AND n.valid_from > @valid_from)
RETURNING id;

-- name: TaxRateByID :one
SELECT id, country, region, tax_category, name, rate_ppm, valid_from, valid_until FROM tax_rates WHERE id = @id;

-- name: TaxRateEnd :exec
UPDATE tax_rates SET valid_until = @now::timestamptz WHERE id = @id;

-- name: TaxRateRemove :exec
DELETE FROM tax_rates WHERE id = @id;

-- name: ShippingRatesOf :many
-- Those of services that are offered no longer apply to nothing.
SELECT r.id, r.merchant_id, r.country, r.currency, r.from_weight_grams, r.from_subtotal_minor, r.price_minor,
       coalesce(s.id, 0)::bigint AS ship_service_id, coalesce(s.name, '')::text AS service_name, coalesce(s.max_weight_grams, 0)::bigint AS max_weight_grams
FROM shipping_rates r LEFT JOIN ship_services s ON s.id = r.ship_service_id
WHERE r.merchant_id = @merchant_id AND s.retired_at IS NULL
ORDER BY r.ship_service_id IS NOT NULL, lower(s.name), r.currency, r.country = '', r.country, r.from_weight_grams, r.from_subtotal_minor LIMIT @row_limit;

-- name: MerchantLock :exec
-- Makes whoever counts a merchant's rules and adds one do so alone.
SELECT 1 FROM merchants WHERE id = @id FOR NO KEY UPDATE;

-- name: ShopSettingsLock :exec
-- The same for the shop's own rules.
SELECT 1 FROM shop_settings FOR NO KEY UPDATE;

-- name: ShippingRateAdd :one
INSERT INTO shipping_rates (merchant_id, ship_service_id, country, currency, from_weight_grams, from_subtotal_minor, price_minor)
VALUES (@merchant_id, nullif(@ship_service_id::bigint, 0), @country, @currency, @from_weight_grams, @from_subtotal_minor, @price_minor) RETURNING id;

-- name: ShippingRateRemove :execrows
DELETE FROM shipping_rates WHERE id = @id AND merchant_id = @merchant_id;

-- name: DiscountsOf :many
SELECT d.id, coalesce(d.code, '')::text AS code, d.name, coalesce(d.percent_ppm, 0)::bigint AS percent_ppm, d.valid_from, d.valid_until,
       coalesce(d.usage_limit, 0)::bigint AS usage_limit, coalesce(d.customer_limit, 0)::bigint AS customer_limit, d.used
FROM discounts d WHERE coalesce(d.merchant_id, 0) = @merchant_id::bigint ORDER BY d.id DESC LIMIT @row_limit;

-- name: DiscountTerms :many
SELECT discount_id, currency, coalesce(amount_minor, 0)::bigint AS amount_minor, min_total_minor FROM discount_terms
WHERE discount_id = ANY (@ids::bigint[]) ORDER BY discount_id, currency;

-- name: DiscountsAutomatic :one
SELECT count(*) FROM discounts
WHERE merchant_id IS NOT DISTINCT FROM nullif(@merchant_id::bigint, 0) AND code IS NULL AND (valid_until IS NULL OR valid_until > @now::timestamptz);

-- name: DiscountAdd :one
INSERT INTO discounts (merchant_id, code, name, percent_ppm, valid_from, valid_until, usage_limit, customer_limit, created_at)
VALUES (nullif(@merchant_id::bigint, 0), nullif(@code::text, ''), @name, nullif(@percent_ppm::bigint, 0), @valid_from, @valid_until,
        nullif(@usage_limit::bigint, 0), nullif(@customer_limit::bigint, 0), @now) RETURNING id;

-- name: DiscountTermsAdd :exec
INSERT INTO discount_terms (discount_id, currency, amount_minor, min_total_minor)
VALUES (@discount_id, @currency, nullif(@amount_minor::bigint, 0), @min_total_minor);

-- name: DiscountEnd :one
-- One that has not begun ends where it would have begun. One that has ended stays as it is.
WITH before AS (
    SELECT b.id, b.valid_until FROM discounts b WHERE b.id = @id AND b.merchant_id IS NOT DISTINCT FROM nullif(@merchant_id::bigint, 0) FOR NO KEY UPDATE
)
UPDATE discounts d SET valid_until = greatest(d.valid_from, least(d.valid_until, @now::timestamptz))
FROM before WHERE d.id = before.id
RETURNING d.name, coalesce(d.code, '')::text AS code, (d.valid_until IS NOT DISTINCT FROM before.valid_until)::boolean AS as_before;
