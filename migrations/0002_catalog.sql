-- What can be bought. A product is the catalog concept, a SKU the variant that has price, stock and attributes.
-- Prices are a history (valid_from, valid_until), so that a price can be scheduled and an old one explained.

-- +goose Up
CREATE TABLE categories (
    id        bigint GENERATED ALWAYS AS IDENTITY,
    parent_id bigint,
    slug      text    NOT NULL,
    name      text    NOT NULL,
    position  integer NOT NULL DEFAULT 0,
    CONSTRAINT categories_pkey PRIMARY KEY (id),
    CONSTRAINT categories_slug_key UNIQUE (slug),
    CONSTRAINT categories_parent_fk FOREIGN KEY (parent_id) REFERENCES categories (id),
    CONSTRAINT categories_not_own_parent CHECK (parent_id <> id),
    CONSTRAINT categories_slug_form CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) <= 80)
);
CREATE INDEX categories_parent_idx ON categories (parent_id, position);
COMMENT ON INDEX categories_parent_idx IS 'The children of a category, in the order shown.';

CREATE TABLE products (
    id          bigint GENERATED ALWAYS AS IDENTITY,
    merchant_id bigint      NOT NULL,
    category_id bigint,
    slug        text        NOT NULL,
    name        text        NOT NULL,
    description text        NOT NULL DEFAULT '',
    status      text        NOT NULL DEFAULT 'draft',
    search      tsvector    GENERATED ALWAYS AS (setweight(to_tsvector('simple', name), 'A') || setweight(to_tsvector('simple', description), 'C')) STORED,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    deleted_at  timestamptz,
    CONSTRAINT products_pkey PRIMARY KEY (id),
    CONSTRAINT products_slug_key UNIQUE (slug),
    CONSTRAINT products_merchant_fk FOREIGN KEY (merchant_id) REFERENCES merchants (id),
    CONSTRAINT products_category_fk FOREIGN KEY (category_id) REFERENCES categories (id),
    CONSTRAINT products_slug_form CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) <= 120),
    CONSTRAINT products_name_length CHECK (length(name) BETWEEN 1 AND 512),
    CONSTRAINT products_description_length CHECK (length(description) <= 20000),
    CONSTRAINT products_status_known CHECK (status IN ('draft', 'active', 'discontinued'))
);
CREATE INDEX products_category_idx ON products (category_id, id DESC) WHERE status = 'active' AND deleted_at IS NULL;
COMMENT ON INDEX products_category_idx IS 'The catalog pages of a category, newest first.';
CREATE INDEX products_newest_idx ON products (id DESC) WHERE status = 'active' AND deleted_at IS NULL;
COMMENT ON INDEX products_newest_idx IS 'The shop''s front page and the catalog without a category, newest first.';
CREATE INDEX products_merchant_idx ON products (merchant_id, id DESC);
COMMENT ON INDEX products_merchant_idx IS 'A merchant''s own products.';
CREATE INDEX products_search_idx ON products USING gin (search);
COMMENT ON INDEX products_search_idx IS 'Full-text search over the catalog.';

CREATE TABLE skus (
    id           bigint GENERATED ALWAYS AS IDENTITY,
    product_id   bigint      NOT NULL,
    merchant_id  bigint      NOT NULL,
    code         text        NOT NULL,
    variant      text        NOT NULL DEFAULT '',   -- "Blue / M"; empty when the product has one SKU
    attributes   jsonb       NOT NULL DEFAULT '{}',
    barcode      text,
    weight_grams integer     NOT NULL DEFAULT 0,
    tax_category text        NOT NULL DEFAULT 'standard',
    status       text        NOT NULL DEFAULT 'active',
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT skus_pkey PRIMARY KEY (id),
    CONSTRAINT skus_product_fk FOREIGN KEY (product_id) REFERENCES products (id),
    CONSTRAINT skus_merchant_fk FOREIGN KEY (merchant_id) REFERENCES merchants (id),
    CONSTRAINT skus_code_key UNIQUE (merchant_id, code),
    CONSTRAINT skus_code_form CHECK (code ~ '^[!-~]{1,64}$'),
    CONSTRAINT skus_weight_range CHECK (weight_grams BETWEEN 0 AND 10000000),
    CONSTRAINT skus_status_known CHECK (status IN ('draft', 'active', 'discontinued'))
);
CREATE INDEX skus_product_idx ON skus (product_id, id);
COMMENT ON INDEX skus_product_idx IS 'The variants of a product: product page, and productId in the API.';
CREATE INDEX skus_code_idx ON skus (lower(code) text_pattern_ops);
COMMENT ON INDEX skus_code_idx IS 'A SKU by its code across merchants: support search, scanners.';

CREATE TABLE sku_prices (
    id          bigint GENERATED ALWAYS AS IDENTITY,
    sku_id      bigint      NOT NULL,
    currency    text        NOT NULL,
    price_minor bigint      NOT NULL,
    valid_from  timestamptz NOT NULL,
    valid_until timestamptz,              -- NULL: until changed
    created_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT sku_prices_pkey PRIMARY KEY (id),
    CONSTRAINT sku_prices_sku_fk FOREIGN KEY (sku_id) REFERENCES skus (id),
    CONSTRAINT sku_prices_start_key UNIQUE (sku_id, currency, valid_from),
    CONSTRAINT sku_prices_not_negative CHECK (price_minor BETWEEN 0 AND 1000000000000),
    CONSTRAINT sku_prices_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT sku_prices_period CHECK (valid_until > valid_from)
);
COMMENT ON INDEX sku_prices_start_key IS 'The price of a SKU in a currency at a time: the newest valid_from not after it.';

-- Two periods of one SKU and currency never overlap. A trigger, because an exclusion constraint over a text column needs
-- an extension; the lock on the SKU row makes concurrent writers take turns.
-- +goose StatementBegin
CREATE FUNCTION sku_prices_no_overlap() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM skus WHERE id = NEW.sku_id FOR NO KEY UPDATE;
    IF EXISTS (SELECT 1 FROM sku_prices p
               WHERE p.sku_id = NEW.sku_id AND p.currency = NEW.currency AND p.id <> NEW.id
                 AND tstzrange(p.valid_from, p.valid_until) && tstzrange(NEW.valid_from, NEW.valid_until)) THEN
        RAISE EXCEPTION 'price periods of SKU % in % overlap', NEW.sku_id, NEW.currency
            USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'sku_prices_no_overlap';
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE CONSTRAINT TRIGGER sku_prices_no_overlap AFTER INSERT OR UPDATE ON sku_prices
    DEFERRABLE INITIALLY IMMEDIATE FOR EACH ROW EXECUTE FUNCTION sku_prices_no_overlap();

-- Tax by place and category. rate_ppm is parts per million: 10.75 % is 107500, exact and never a float.
CREATE TABLE tax_rates (
    id           bigint GENERATED ALWAYS AS IDENTITY,
    country      text        NOT NULL,
    region       text        NOT NULL DEFAULT '',   -- empty: the whole country
    tax_category text        NOT NULL DEFAULT 'standard',
    name         text        NOT NULL,
    rate_ppm     integer     NOT NULL,
    valid_from   timestamptz NOT NULL DEFAULT '2000-01-01 00:00:00+00',
    valid_until  timestamptz,
    CONSTRAINT tax_rates_pkey PRIMARY KEY (id),
    CONSTRAINT tax_rates_start_key UNIQUE (country, region, tax_category, valid_from),
    CONSTRAINT tax_rates_range CHECK (rate_ppm BETWEEN 0 AND 1000000),
    CONSTRAINT tax_rates_period CHECK (valid_until > valid_from)
);

-- Shipping by merchant and destination: the most specific country, then the row with the highest floor not above the subtotal.
CREATE TABLE shipping_rates (
    id                  bigint GENERATED ALWAYS AS IDENTITY,
    merchant_id         bigint NOT NULL,
    country             text   NOT NULL DEFAULT '',   -- empty: anywhere else
    currency            text   NOT NULL,
    from_subtotal_minor bigint NOT NULL DEFAULT 0,
    price_minor         bigint NOT NULL,
    CONSTRAINT shipping_rates_pkey PRIMARY KEY (id),
    CONSTRAINT shipping_rates_merchant_fk FOREIGN KEY (merchant_id) REFERENCES merchants (id),
    CONSTRAINT shipping_rates_floor_key UNIQUE (merchant_id, currency, country, from_subtotal_minor),
    CONSTRAINT shipping_rates_not_negative CHECK (price_minor >= 0 AND from_subtotal_minor >= 0)
);

CREATE TABLE carts (
    id           uuid        NOT NULL,
    customer_id  bigint,
    currency     text        NOT NULL,
    -- The idempotency key of the checkout form: kept through a lost session or a reload, renewed after the order.
    checkout_key uuid        NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT carts_pkey PRIMARY KEY (id),
    CONSTRAINT carts_customer_fk FOREIGN KEY (customer_id) REFERENCES customers (id),
    CONSTRAINT carts_currency_form CHECK (currency ~ '^[A-Z]{3}$')
);
CREATE UNIQUE INDEX carts_customer_key ON carts (customer_id);
COMMENT ON INDEX carts_customer_key IS 'The one cart of a signed-in customer.';
CREATE INDEX carts_idle_idx ON carts (updated_at) WHERE customer_id IS NULL;
COMMENT ON INDEX carts_idle_idx IS 'The clean-up of carts that nobody came back to.';

CREATE TABLE cart_items (
    cart_id          uuid        NOT NULL,
    sku_id           bigint      NOT NULL,
    quantity         bigint      NOT NULL,
    unit_price_minor bigint      NOT NULL,   -- as shown when added, to tell the buyer of a change
    added_at         timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT cart_items_pkey PRIMARY KEY (cart_id, sku_id),
    CONSTRAINT cart_items_cart_fk FOREIGN KEY (cart_id) REFERENCES carts (id) ON DELETE CASCADE,
    CONSTRAINT cart_items_sku_fk FOREIGN KEY (sku_id) REFERENCES skus (id),
    CONSTRAINT cart_items_quantity_range CHECK (quantity BETWEEN 1 AND 10000)
);

-- +goose Down
DROP TABLE cart_items, carts, shipping_rates, tax_rates, sku_prices, skus, products, categories;
DROP FUNCTION sku_prices_no_overlap;
