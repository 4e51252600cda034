-- The shop offers its visitors the currencies that it has prices in. With this index they are found by skipping from one
-- to the next, instead of reading every price there ever was.

-- +goose Up
CREATE INDEX sku_prices_currency_idx ON sku_prices (currency);
COMMENT ON INDEX sku_prices_currency_idx IS 'The currencies that the shop has prices in, by a loose index scan.';

-- +goose Down
DROP INDEX sku_prices_currency_idx;
