-- The page of discounts asks for those of a merchant, or of the shop, which is none. PostgreSQL looks nothing up in an index
-- by IS NOT DISTINCT FROM, so the page read the discounts of everybody; written as an expression it finds them.

-- +goose Up
DROP INDEX discounts_owner_idx;
CREATE INDEX discounts_owner_idx ON discounts ((coalesce(merchant_id, 0)), id DESC);
COMMENT ON INDEX discounts_owner_idx IS 'The discounts of a merchant, or of the shop, newest first.';

-- +goose Down
DROP INDEX discounts_owner_idx;
CREATE INDEX discounts_owner_idx ON discounts (merchant_id, id DESC);
COMMENT ON INDEX discounts_owner_idx IS 'The discounts of a merchant, or of the shop, newest first.';
