-- The barcode that is printed on the goods: a GTIN in one of its four lengths (EAN-8, UPC-A, EAN-13, GTIN-14; GS1 General
-- Specifications 3.3, 7.9), kept in the digits that are printed. Padded to 14 digits they are all one number, so the same
-- goods are the same barcode however a scanner writes it, and no two SKUs of a merchant share one. Two merchants may sell
-- the same goods. A barcode whose check digit does not fit was never printed.

-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION gtin_is_valid(code text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT code ~ '^([0-9]{8}|[0-9]{12,14})$'
       AND (SELECT sum(substr(lpad(code, 14, '0'), i, 1)::int * CASE WHEN i % 2 = 1 THEN 3 ELSE 1 END) FROM generate_series(1, 14) i) % 10 = 0
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION gtin_is_valid IS 'Whether a text is a GTIN with a fitting check digit (shop.ParseBarcode).';

-- Nothing of ours has written this column; what somebody put there by hand stays if it is a barcode.
UPDATE skus SET barcode = NULL WHERE NOT gtin_is_valid(barcode);
UPDATE skus s SET barcode = NULL WHERE barcode IS NOT NULL AND EXISTS (
    SELECT 1 FROM skus o WHERE o.merchant_id = s.merchant_id AND o.id < s.id AND lpad(o.barcode, 14, '0') = lpad(s.barcode, 14, '0'));
ALTER TABLE skus ADD CONSTRAINT skus_barcode_valid CHECK (gtin_is_valid(barcode));
CREATE UNIQUE INDEX skus_barcode_key ON skus (merchant_id, lpad(barcode, 14, '0')) WHERE barcode IS NOT NULL;
COMMENT ON INDEX skus_barcode_key IS 'A scanned barcode finds the SKU of the merchant who scans, and no other.';

-- +goose Down
DROP INDEX skus_barcode_key;
ALTER TABLE skus DROP CONSTRAINT skus_barcode_valid;
DROP FUNCTION gtin_is_valid;
