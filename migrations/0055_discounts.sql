-- What makes a total: how tax is rounded, what is taken off, and what it costs to send. The rules are shop's; the data is
-- here, so that every instance works by the same at the same moment.

-- +goose Up
CREATE TABLE shop_settings (
    id           boolean     NOT NULL DEFAULT true,   -- there is one row
    tax_rounding text        NOT NULL DEFAULT 'half_up',
    updated_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT shop_settings_pkey PRIMARY KEY (id),
    CONSTRAINT shop_settings_one_row CHECK (id),
    CONSTRAINT shop_settings_rounding_known CHECK (tax_rounding IN ('half_up', 'half_even'))
);
INSERT INTO shop_settings DEFAULT VALUES;

-- A discount takes a share or an amount off the lines of one merchant, or of the whole checkout. With a code it is asked
-- for and its uses are counted; without one it applies by itself. One that was ever valid is ended, never deleted.
CREATE TABLE discounts (
    id             bigint      GENERATED ALWAYS AS IDENTITY,
    merchant_id    bigint,                 -- NULL: the whole checkout, paid for by the shop
    code           text,                   -- NULL: applies by itself
    name           text        NOT NULL,   -- what buyers read
    percent_ppm    integer,                -- a share in parts per million; NULL: the amounts of discount_terms
    valid_from     timestamptz NOT NULL,
    valid_until    timestamptz,            -- NULL: until it is ended
    usage_limit    bigint,
    customer_limit bigint,
    used           bigint      NOT NULL DEFAULT 0,   -- checkouts that used the code and were not cancelled
    created_at     timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT discounts_pkey PRIMARY KEY (id),
    CONSTRAINT discounts_merchant_fk FOREIGN KEY (merchant_id) REFERENCES merchants (id),
    CONSTRAINT discounts_code_form CHECK (code ~ '^[A-Z0-9][A-Z0-9_-]{1,31}$'),
    CONSTRAINT discounts_name_length CHECK (length(name) BETWEEN 1 AND 80),
    CONSTRAINT discounts_percent_range CHECK (percent_ppm BETWEEN 1 AND 1000000),
    CONSTRAINT discounts_period CHECK (valid_until >= valid_from),
    CONSTRAINT discounts_limits_positive CHECK (usage_limit > 0 AND customer_limit > 0),
    CONSTRAINT discounts_automatic_unlimited CHECK (code IS NOT NULL OR (usage_limit IS NULL AND customer_limit IS NULL AND used = 0)),
    CONSTRAINT discounts_used_within_limit CHECK (used >= 0 AND used <= usage_limit)
);
CREATE UNIQUE INDEX discounts_code_key ON discounts (code);
COMMENT ON INDEX discounts_code_key IS 'A discount by the code that a buyer typed; the whole shop has each code once.';
CREATE INDEX discounts_automatic_idx ON discounts (merchant_id, valid_until) WHERE code IS NULL;
COMMENT ON INDEX discounts_automatic_idx IS 'The discounts that apply by themselves, at checkout.';
CREATE INDEX discounts_owner_idx ON discounts (merchant_id, id DESC);
COMMENT ON INDEX discounts_owner_idx IS 'The discounts of a merchant, or of the shop, newest first.';

-- What a discount means in a currency. An amount needs a row for each currency that it can be used in; a share needs one
-- only where it asks for a minimum.
CREATE TABLE discount_terms (
    discount_id     bigint NOT NULL,
    currency        text   NOT NULL,
    amount_minor    bigint,               -- NULL for a share
    min_total_minor bigint NOT NULL DEFAULT 0,
    CONSTRAINT discount_terms_pkey PRIMARY KEY (discount_id, currency),
    CONSTRAINT discount_terms_discount_fk FOREIGN KEY (discount_id) REFERENCES discounts (id),
    CONSTRAINT discount_terms_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT discount_terms_amount_range CHECK (amount_minor BETWEEN 1 AND 1000000000000),
    CONSTRAINT discount_terms_min_range CHECK (min_total_minor BETWEEN 0 AND 1000000000000)
);

-- What each discount took off each order, as it was at that moment; orders.discount_minor is the sum. With several
-- merchants in a checkout a discount may have a row with each of its orders, which are one use.
CREATE TABLE order_discounts (
    order_id     bigint      NOT NULL,
    discount_id  bigint      NOT NULL,
    checkout_id  bigint      NOT NULL,
    customer_id  bigint      NOT NULL,
    code         text,
    name         text        NOT NULL,
    amount_minor bigint      NOT NULL,
    released_at  timestamptz,              -- when the order was cancelled: then it counts as a use no longer
    CONSTRAINT order_discounts_pkey PRIMARY KEY (order_id, discount_id),
    CONSTRAINT order_discounts_discount_fk FOREIGN KEY (discount_id) REFERENCES discounts (id),
    CONSTRAINT order_discounts_amount_positive CHECK (amount_minor > 0)
) PARTITION BY RANGE (order_id);
CREATE INDEX order_discounts_use_idx ON order_discounts (discount_id, customer_id) WHERE released_at IS NULL;
COMMENT ON INDEX order_discounts_use_idx IS 'How often a customer has used a code; months before the code began are not read.';

INSERT INTO partition_foreign_keys (child, name, columns, parent, parent_columns) VALUES
    ('order_discounts', 'order_discounts_order_fk', 'order_id', 'orders', 'id');
-- The same months as orders have, the default partition too.
-- +goose StatementBegin
DO $$
DECLARE
    month record;
BEGIN
    FOR month IN SELECT c.relname, pg_get_expr(c.relpartbound, c.oid) AS bound
                 FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'orders'::regclass LOOP
        EXECUTE format('CREATE TABLE public.%I PARTITION OF order_discounts %s', replace(month.relname, 'orders', 'order_discounts'), month.bound);
        PERFORM add_partition_foreign_keys('order_discounts', replace(month.relname, 'orders', ''));
    END LOOP;
END $$;
-- +goose StatementEnd

-- The codes that a buyer has entered, and, for carts that are filled by programs, where they go.
ALTER TABLE carts ADD COLUMN discount_codes text[] NOT NULL DEFAULT '{}', ADD COLUMN address_id bigint,
    ADD CONSTRAINT carts_address_fk FOREIGN KEY (address_id) REFERENCES addresses (id),
    ADD CONSTRAINT carts_codes_few CHECK (cardinality(discount_codes) <= 5);

-- Shipping in bands of weight and subtotal.
ALTER TABLE shipping_rates ADD COLUMN from_weight_grams bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT shipping_rates_weight_range CHECK (from_weight_grams BETWEEN 0 AND 1000000000),
    DROP CONSTRAINT shipping_rates_floor_key,
    ADD CONSTRAINT shipping_rates_floor_key UNIQUE (merchant_id, currency, country, from_weight_grams, from_subtotal_minor);
COMMENT ON INDEX shipping_rates_floor_key IS 'The rates of the merchants in a checkout; a band begins once.';

-- +goose Down
DELETE FROM shipping_rates WHERE from_weight_grams > 0;
ALTER TABLE shipping_rates DROP CONSTRAINT shipping_rates_floor_key, DROP COLUMN from_weight_grams,
    ADD CONSTRAINT shipping_rates_floor_key UNIQUE (merchant_id, currency, country, from_subtotal_minor);
ALTER TABLE carts DROP COLUMN discount_codes, DROP COLUMN address_id;
DELETE FROM partition_foreign_keys WHERE child = 'order_discounts';
DROP TABLE order_discounts, discount_terms, discounts, shop_settings;
