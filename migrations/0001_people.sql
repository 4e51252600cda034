-- People and who they act for: customers buy, merchants sell, users sign in, API keys integrate.
-- Accounts (users) and buyers (customers) are two tables because imported and guest buyers never sign in,
-- and because staff never buy under their staff account.

-- +goose Up
CREATE TABLE merchants (
    id                 bigint GENERATED ALWAYS AS IDENTITY,
    slug               text        NOT NULL,
    name               text        NOT NULL,
    status             text        NOT NULL DEFAULT 'active',
    country            text        NOT NULL DEFAULT 'US',
    city               text        NOT NULL DEFAULT '',
    -- The promise: an order confirmed before cutoff_minute (minutes after local midnight) of a working day
    -- ships within handling_days working days. See shop.ShipBy.
    time_zone          text        NOT NULL DEFAULT 'UTC',
    cutoff_minute      integer     NOT NULL DEFAULT 840,
    handling_days      integer     NOT NULL DEFAULT 1,
    prices_include_tax boolean     NOT NULL DEFAULT false,
    created_at         timestamptz NOT NULL DEFAULT now(),
    updated_at         timestamptz NOT NULL DEFAULT now(),
    deleted_at         timestamptz,
    CONSTRAINT merchants_pkey PRIMARY KEY (id),
    CONSTRAINT merchants_slug_key UNIQUE (slug),
    CONSTRAINT merchants_slug_form CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) <= 80),
    CONSTRAINT merchants_name_length CHECK (length(name) BETWEEN 1 AND 200),
    CONSTRAINT merchants_status_known CHECK (status IN ('active', 'suspended')),
    CONSTRAINT merchants_country_form CHECK (country ~ '^[A-Z]{2}$'),
    CONSTRAINT merchants_cutoff_in_day CHECK (cutoff_minute BETWEEN 0 AND 1439),
    CONSTRAINT merchants_handling_days_range CHECK (handling_days BETWEEN 0 AND 30)
);

CREATE TABLE customers (
    id             bigint GENERATED ALWAYS AS IDENTITY,
    email          text,       -- NULL: an imported buyer whose address was never told to us
    name           text        NOT NULL,
    status         text        NOT NULL DEFAULT 'active',
    -- Bounds (not values) of the ids of this customer's orders: every order id lies in [order_id_from, order_id_until).
    -- They let the history query prune partitions; they move only when an order falls outside, so at most once a month.
    order_id_from  bigint,
    order_id_until bigint,
    created_at     timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz NOT NULL DEFAULT now(),
    deleted_at     timestamptz,
    CONSTRAINT customers_pkey PRIMARY KEY (id),
    CONSTRAINT customers_email_form CHECK (email ~ '^[^@\s]+@[^@\s]+$' AND length(email) <= 320),
    CONSTRAINT customers_name_length CHECK (length(name) BETWEEN 1 AND 255),
    CONSTRAINT customers_status_known CHECK (status IN ('active', 'suspended')),
    CONSTRAINT customers_order_bounds CHECK (order_id_from < order_id_until)
) WITH (fillfactor = 90);
-- text_pattern_ops serves equality and prefixes with one index, whatever the collation of the database.
CREATE UNIQUE INDEX customers_email_key ON customers (lower(email) text_pattern_ops) WHERE deleted_at IS NULL;
COMMENT ON INDEX customers_email_key IS 'Support finds a customer by e-mail, whole or as typed; one living customer per address.';

CREATE TABLE addresses (
    id          bigint GENERATED ALWAYS AS IDENTITY,
    customer_id bigint      NOT NULL,
    name        text        NOT NULL DEFAULT '',
    line1       text        NOT NULL,
    line2       text        NOT NULL DEFAULT '',
    city        text        NOT NULL,
    region      text        NOT NULL DEFAULT '',
    postal_code text        NOT NULL,
    country     text        NOT NULL,
    phone       text        NOT NULL DEFAULT '',
    is_default  boolean     NOT NULL DEFAULT false,
    -- A snapshot is what an order was shipped to and never changes. One snapshot serves every order placed while the
    -- saved address stays as it is, so repeat buyers do not write an address per order: the saved row points at it, and
    -- editing the saved row forgets it.
    is_snapshot boolean     NOT NULL DEFAULT false,
    snapshot_id bigint,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    deleted_at  timestamptz,
    CONSTRAINT addresses_pkey PRIMARY KEY (id),
    CONSTRAINT addresses_customer_fk FOREIGN KEY (customer_id) REFERENCES customers (id),
    CONSTRAINT addresses_snapshot_fk FOREIGN KEY (snapshot_id) REFERENCES addresses (id),
    CONSTRAINT addresses_snapshot_is_final CHECK (NOT is_snapshot OR (snapshot_id IS NULL AND deleted_at IS NULL AND NOT is_default)),
    CONSTRAINT addresses_country_form CHECK (country ~ '^[A-Z]{2}$'),
    CONSTRAINT addresses_saved_has_line1 CHECK (is_snapshot OR length(line1) BETWEEN 1 AND 255),
    CONSTRAINT addresses_lengths CHECK (length(line1) <= 255 AND length(line2) <= 255 AND length(city) BETWEEN 1 AND 100 AND length(region) <= 100
        AND length(postal_code) BETWEEN 1 AND 20 AND length(name) <= 255 AND length(phone) <= 40)
);
CREATE INDEX addresses_saved_idx ON addresses (customer_id, id) WHERE NOT is_snapshot AND deleted_at IS NULL;
COMMENT ON INDEX addresses_saved_idx IS 'The saved addresses of a customer, at checkout and in the account.';

-- +goose StatementBegin
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% rows are never changed or deleted', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
END $$;
-- +goose StatementEnd
CREATE TRIGGER addresses_snapshot_immutable BEFORE UPDATE OR DELETE ON addresses
    FOR EACH ROW WHEN (OLD.is_snapshot) EXECUTE FUNCTION refuse_change();

-- +goose StatementBegin
CREATE FUNCTION addresses_forget_snapshot() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.snapshot_id := NULL;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER addresses_forget_snapshot BEFORE UPDATE OF name, line1, line2, city, region, postal_code, country, phone ON addresses
    FOR EACH ROW EXECUTE FUNCTION addresses_forget_snapshot();

CREATE TABLE users (
    id            bigint GENERATED ALWAYS AS IDENTITY,
    email         text        NOT NULL,
    name          text        NOT NULL,
    password_hash text        NOT NULL,
    role          text        NOT NULL,
    merchant_id   bigint,
    customer_id   bigint,
    -- Raised by sign-out everywhere, password change and disabling: sessions carry the number they were made with.
    session_epoch bigint      NOT NULL DEFAULT 1,
    disabled_at   timestamptz,
    last_login_at timestamptz,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_merchant_fk FOREIGN KEY (merchant_id) REFERENCES merchants (id),
    CONSTRAINT users_customer_fk FOREIGN KEY (customer_id) REFERENCES customers (id),
    CONSTRAINT users_email_form CHECK (email ~ '^[^@\s]+@[^@\s]+$' AND length(email) <= 320),
    CONSTRAINT users_role_known CHECK (role IN ('customer', 'merchant', 'finance', 'support', 'admin')),
    CONSTRAINT users_role_has_its_room CHECK ((role = 'merchant') = (merchant_id IS NOT NULL) AND (role = 'customer') = (customer_id IS NOT NULL))
);
CREATE UNIQUE INDEX users_email_key ON users (lower(email));
COMMENT ON INDEX users_email_key IS 'Sign-in finds the account by e-mail; one account per address.';
CREATE UNIQUE INDEX users_customer_key ON users (customer_id);
COMMENT ON INDEX users_customer_key IS 'One account per customer; finds the account behind a customer.';
CREATE INDEX users_merchant_idx ON users (merchant_id) WHERE merchant_id IS NOT NULL;
COMMENT ON INDEX users_merchant_idx IS 'The people of a merchant, on the admin page and in the queue filter.';

-- The web session store (scs). Tokens are stored hashed, so a leaked backup signs nobody in.
CREATE TABLE sessions (
    token  text        NOT NULL,
    data   bytea       NOT NULL,
    expiry timestamptz NOT NULL,
    CONSTRAINT sessions_pkey PRIMARY KEY (token)
);
CREATE INDEX sessions_expiry_idx ON sessions (expiry);
COMMENT ON INDEX sessions_expiry_idx IS 'The clean-up of expired sessions.';

CREATE TABLE api_keys (
    id              bigint GENERATED ALWAYS AS IDENTITY,
    name            text        NOT NULL,
    key_prefix      text        NOT NULL,  -- the first characters, to recognise a key in a list
    key_hash        bytea       NOT NULL,  -- SHA-256; keys are 256 random bits, so no slow hash is needed
    role            text        NOT NULL,
    merchant_id     bigint,
    customer_id     bigint,
    rate_per_minute integer,               -- NULL: not limited
    created_at      timestamptz NOT NULL DEFAULT now(),
    last_used_at    timestamptz,
    revoked_at      timestamptz,
    CONSTRAINT api_keys_pkey PRIMARY KEY (id),
    CONSTRAINT api_keys_hash_key UNIQUE (key_hash),
    CONSTRAINT api_keys_merchant_fk FOREIGN KEY (merchant_id) REFERENCES merchants (id),
    CONSTRAINT api_keys_customer_fk FOREIGN KEY (customer_id) REFERENCES customers (id),
    CONSTRAINT api_keys_role_known CHECK (role IN ('customer', 'merchant', 'finance', 'support', 'admin')),
    CONSTRAINT api_keys_role_has_its_room CHECK ((role = 'merchant') = (merchant_id IS NOT NULL) AND (role = 'customer') = (customer_id IS NOT NULL)),
    CONSTRAINT api_keys_rate_positive CHECK (rate_per_minute > 0),
    CONSTRAINT api_keys_name_length CHECK (length(name) BETWEEN 1 AND 200)
);

-- +goose Down
DROP TABLE api_keys, sessions, users, addresses, customers, merchants;
DROP FUNCTION addresses_forget_snapshot, refuse_change;
