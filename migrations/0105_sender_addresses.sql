-- Carriers and customers want to know who sends a parcel, in full. A merchant had a town and a country; those are kept as the
-- beginning of an address in parts, which is complete once its street is known. Where returns go stays as it was written down,
-- and is the sender's address where nothing was.

-- +goose Up
ALTER TABLE merchants
    ADD COLUMN sender_name        text NOT NULL DEFAULT '',
    ADD COLUMN sender_line1       text NOT NULL DEFAULT '',   -- '': the address is not known yet
    ADD COLUMN sender_line2       text NOT NULL DEFAULT '',
    ADD COLUMN sender_city        text NOT NULL DEFAULT '',
    ADD COLUMN sender_region      text NOT NULL DEFAULT '',
    ADD COLUMN sender_postal_code text NOT NULL DEFAULT '',
    ADD COLUMN sender_country     text NOT NULL DEFAULT '',
    ADD COLUMN sender_phone       text NOT NULL DEFAULT '';
UPDATE merchants SET sender_name = left(name, 100), sender_city = left(city, 100), sender_country = country;
ALTER TABLE merchants
    ADD CONSTRAINT merchants_sender_country_form CHECK (sender_country ~ '^([A-Z]{2})?$'),
    ADD CONSTRAINT merchants_sender_lengths CHECK (length(sender_name) <= 200 AND length(sender_line1) <= 200 AND length(sender_line2) <= 200
        AND length(sender_city) <= 100 AND length(sender_region) <= 100 AND length(sender_postal_code) <= 20 AND length(sender_phone) <= 40);

-- +goose Down
ALTER TABLE merchants DROP COLUMN sender_name, DROP COLUMN sender_line1, DROP COLUMN sender_line2, DROP COLUMN sender_city,
    DROP COLUMN sender_region, DROP COLUMN sender_postal_code, DROP COLUMN sender_country, DROP COLUMN sender_phone;
