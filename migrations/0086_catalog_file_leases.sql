-- A catalog file is read by one process at a time. Whoever reads it holds it for a while and renews that with every product;
-- when the process dies, another one goes on after the time is up.

-- +goose Up
ALTER TABLE catalog_imports
    ADD COLUMN lease_until timestamptz,
    ADD COLUMN heading     text NOT NULL DEFAULT '';   -- of the file, for the file of its refused lines

-- +goose Down
ALTER TABLE catalog_imports DROP COLUMN heading, DROP COLUMN lease_until;
