-- What a merchant promises depends on the service that the buyer chose: each has its own cut-off, days of handling and working
-- days. The merchant's own row is the standard service, which every order without another one has. Holidays are the merchant's.
--
-- A queue of thousands is narrowed and sorted by country, value and service without looking at a single order: each parcel
-- carries these three of its order, which never change.

-- +goose Up
-- The working days of a week are a set of bits: 1 is Sunday, 2 Monday, to 64 Saturday.
ALTER TABLE merchants
    ADD COLUMN working_days smallint NOT NULL DEFAULT 62,
    ADD CONSTRAINT merchants_working_days_some CHECK (working_days BETWEEN 1 AND 127);

CREATE TABLE ship_services (
    id            bigint GENERATED ALWAYS AS IDENTITY,
    merchant_id   bigint      NOT NULL,
    name          text        NOT NULL,
    cutoff_minute integer     NOT NULL,
    handling_days integer     NOT NULL,
    working_days  smallint    NOT NULL,
    retired_at    timestamptz,              -- no longer offered; orders that have it keep it
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    CONSTRAINT ship_services_pkey PRIMARY KEY (id),
    CONSTRAINT ship_services_merchant_fk FOREIGN KEY (merchant_id) REFERENCES merchants (id),
    CONSTRAINT ship_services_name_length CHECK (length(name) BETWEEN 1 AND 40),
    CONSTRAINT ship_services_cutoff_in_day CHECK (cutoff_minute BETWEEN 0 AND 1439),
    CONSTRAINT ship_services_handling_days_range CHECK (handling_days BETWEEN 0 AND 30),
    CONSTRAINT ship_services_working_days_some CHECK (working_days BETWEEN 1 AND 127)
);
CREATE UNIQUE INDEX ship_services_name_key ON ship_services (merchant_id, lower(name)) WHERE retired_at IS NULL;
COMMENT ON INDEX ship_services_name_key IS 'The services that a merchant offers; no two have one name.';

CREATE TABLE ship_holidays (
    merchant_id bigint NOT NULL,
    day         date   NOT NULL,
    name        text   NOT NULL DEFAULT '',
    CONSTRAINT ship_holidays_pkey PRIMARY KEY (merchant_id, day),
    CONSTRAINT ship_holidays_merchant_fk FOREIGN KEY (merchant_id) REFERENCES merchants (id),
    CONSTRAINT ship_holidays_name_length CHECK (length(name) <= 60)
);

ALTER TABLE orders ADD COLUMN ship_service_id bigint;   -- NULL: the merchant's standard
ALTER TABLE fulfillments
    ADD COLUMN country         text,
    ADD COLUMN value_scaled    bigint,                  -- of the whole order; see scaled_amount
    ADD COLUMN ship_service_id bigint;

-- +goose StatementBegin
CREATE FUNCTION scaled_amount(minor bigint, currency text) RETURNS bigint IMMUTABLE LANGUAGE sql AS $$
    SELECT minor * CASE
        WHEN currency IN ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF') THEN 10000
        WHEN currency IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') THEN 10
        WHEN currency IN ('CLF', 'UYW') THEN 1
        ELSE 100 END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION scaled_amount IS 'An amount in ten-thousandths of its currency''s major unit, so that amounts of all currencies compare by what people call them.';

-- +goose StatementBegin
CREATE FUNCTION queue_place(sort text, ship_by_at timestamptz, order_id bigint, value_scaled bigint) RETURNS bigint IMMUTABLE LANGUAGE sql AS $$
    SELECT CASE sort
        WHEN 'age' THEN order_id WHEN '-age' THEN -order_id
        WHEN 'value' THEN coalesce(value_scaled, 0) WHEN '-value' THEN -coalesce(value_scaled, 0)
        WHEN '-promise' THEN -(extract(epoch FROM ship_by_at) * 1000000)::bigint
        ELSE (extract(epoch FROM ship_by_at) * 1000000)::bigint END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION queue_place IS 'Where a parcel stands in a list that is sorted so, the smaller first. See shop.QueueFilter.Cursor.';

-- Whoever adds a parcel to an order, all at once or by splitting one, need not think of what the queue wants to know.
-- +goose StatementBegin
CREATE FUNCTION fulfillments_fill_queue_facts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT a.country, scaled_amount(o.total_minor, o.currency), o.ship_service_id INTO NEW.country, NEW.value_scaled, NEW.ship_service_id
    FROM orders o JOIN addresses a ON a.id = o.shipping_address_id WHERE o.id = NEW.order_id;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER fulfillments_fill_queue_facts BEFORE INSERT ON fulfillments FOR EACH ROW
    WHEN (NEW.country IS NULL AND NEW.status NOT IN ('shipped', 'delivered', 'cancelled')) EXECUTE FUNCTION fulfillments_fill_queue_facts();

UPDATE fulfillments f SET country = a.country, value_scaled = scaled_amount(o.total_minor, o.currency)
FROM orders o JOIN addresses a ON a.id = o.shipping_address_id
WHERE o.id = f.order_id AND (f.status IN ('open', 'picking', 'picked', 'packed') OR f.shipped_at > now() - interval '3 days');

-- +goose Down
DROP TRIGGER fulfillments_fill_queue_facts ON fulfillments;
DROP FUNCTION fulfillments_fill_queue_facts, queue_place, scaled_amount;
ALTER TABLE fulfillments DROP COLUMN ship_service_id, DROP COLUMN value_scaled, DROP COLUMN country;
ALTER TABLE orders DROP COLUMN ship_service_id;
DROP TABLE ship_holidays, ship_services;
ALTER TABLE merchants DROP CONSTRAINT merchants_working_days_some, DROP COLUMN working_days;
