-- What imports need beside the rows that they bring: where a seller is, as far as the source tells, and which address
-- snapshot a repeated address became, so that one snapshot serves all orders of a buyer that went to the same place.

-- +goose Up
ALTER TABLE merchants
    ADD COLUMN region      text NOT NULL DEFAULT '',
    ADD COLUMN postal_code text NOT NULL DEFAULT '',
    ADD CONSTRAINT merchants_place_lengths CHECK (length(region) <= 100 AND length(postal_code) <= 20);

ALTER TABLE import_refs DROP CONSTRAINT import_refs_kind_known;
ALTER TABLE import_refs ADD CONSTRAINT import_refs_kind_known
    CHECK (kind IN ('merchant', 'customer', 'category', 'product', 'sku', 'address', 'checkout', 'order'));

-- +goose Down
DELETE FROM import_refs WHERE kind = 'address';
ALTER TABLE import_refs DROP CONSTRAINT import_refs_kind_known;
ALTER TABLE import_refs ADD CONSTRAINT import_refs_kind_known
    CHECK (kind IN ('merchant', 'customer', 'category', 'product', 'sku', 'checkout', 'order'));
ALTER TABLE merchants DROP CONSTRAINT merchants_place_lengths, DROP COLUMN region, DROP COLUMN postal_code;
