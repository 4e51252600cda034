-- Merchants edit their catalog themselves. A version per product and per SKU tells two people who edit the same thing
-- apart; pictures are kept in the database, bounded and once per content, so that one backup holds the shop; a catalog
-- file is kept from its upload until it was applied, with what became of each of its lines.

-- +goose Up
CREATE TABLE pictures (
    hash       text        NOT NULL,          -- SHA-256 of data, in hex: also the address, so it may be cached for ever
    media_type text        NOT NULL,
    width      integer     NOT NULL,
    height     integer     NOT NULL,
    data       bytea       NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT pictures_pkey PRIMARY KEY (hash),
    CONSTRAINT pictures_hash_form CHECK (hash ~ '^[0-9a-f]{64}$'),
    CONSTRAINT pictures_media_type_known CHECK (media_type IN ('image/jpeg', 'image/png')),
    CONSTRAINT pictures_size_range CHECK (octet_length(data) BETWEEN 1 AND 1048576),
    CONSTRAINT pictures_dimensions_range CHECK (width BETWEEN 1 AND 1200 AND height BETWEEN 1 AND 1200)
);

ALTER TABLE products
    ADD COLUMN version      integer NOT NULL DEFAULT 1,
    ADD COLUMN picture_hash text,
    ADD CONSTRAINT products_picture_fk FOREIGN KEY (picture_hash) REFERENCES pictures (hash);
ALTER TABLE skus
    ADD COLUMN version integer NOT NULL DEFAULT 1,
    ADD CONSTRAINT skus_attributes_object CHECK (jsonb_typeof(attributes) = 'object');

CREATE TABLE catalog_imports (
    id          bigint GENERATED ALWAYS AS IDENTITY,
    merchant_id bigint      NOT NULL,
    file_name   text        NOT NULL,
    data        bytea,                        -- NULL once it was applied or given up
    lines       integer     NOT NULL,         -- how many the file has
    status      text        NOT NULL,
    done        integer     NOT NULL DEFAULT 0,   -- lines that the current pass has read
    problem     text        NOT NULL DEFAULT '',  -- why the whole file was given up
    actor_id    bigint      NOT NULL,
    actor_name  text        NOT NULL,
    request_id  text        NOT NULL DEFAULT '',
    created_at  timestamptz NOT NULL,
    status_at   timestamptz NOT NULL,
    CONSTRAINT catalog_imports_pkey PRIMARY KEY (id),
    CONSTRAINT catalog_imports_merchant_fk FOREIGN KEY (merchant_id) REFERENCES merchants (id),
    CONSTRAINT catalog_imports_status_known CHECK (status IN ('checking', 'checked', 'applying', 'applied', 'failed')),
    CONSTRAINT catalog_imports_open_has_data CHECK (status IN ('applied', 'failed') OR data IS NOT NULL),
    CONSTRAINT catalog_imports_size CHECK (octet_length(data) <= 10485760),
    CONSTRAINT catalog_imports_done_range CHECK (done BETWEEN 0 AND lines)
);
CREATE INDEX catalog_imports_merchant_idx ON catalog_imports (merchant_id, id DESC);
COMMENT ON INDEX catalog_imports_merchant_idx IS 'A merchant''s catalog files, the latest first.';
CREATE INDEX catalog_imports_open_idx ON catalog_imports (id) WHERE status IN ('checking', 'applying');
COMMENT ON INDEX catalog_imports_open_idx IS 'Catalog files that are being read in the background.';

CREATE TABLE catalog_import_lines (
    import_id bigint  NOT NULL,
    line      integer NOT NULL,               -- in the file, where its record begins; the heading is line 1
    outcome   text    NOT NULL,
    product   text    NOT NULL DEFAULT '',
    sku       text    NOT NULL DEFAULT '',
    notes     text[]  NOT NULL DEFAULT '{}',  -- what changes, or which field is refused and why
    record    text    NOT NULL DEFAULT '',    -- the refused line as it was read, to be corrected
    CONSTRAINT catalog_import_lines_pkey PRIMARY KEY (import_id, line),
    CONSTRAINT catalog_import_lines_import_fk FOREIGN KEY (import_id) REFERENCES catalog_imports (id) ON DELETE CASCADE,
    CONSTRAINT catalog_import_lines_outcome_known CHECK (outcome IN ('create', 'change', 'unchanged', 'refused'))
);
CREATE INDEX catalog_import_lines_outcome_idx ON catalog_import_lines (import_id, outcome, line);
COMMENT ON INDEX catalog_import_lines_outcome_idx IS 'The report of a catalog file by what becomes of its lines.';

-- +goose Down
DROP TABLE catalog_import_lines, catalog_imports;
ALTER TABLE skus DROP CONSTRAINT skus_attributes_object, DROP COLUMN version;
ALTER TABLE products DROP CONSTRAINT products_picture_fk, DROP COLUMN picture_hash, DROP COLUMN version;
DROP TABLE pictures;
