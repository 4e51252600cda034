-- A lost parcel is given up: its units are sent again or paid back, and from then on they are not outstanding any more. What
-- replaces it is a parcel of the same order that knows which one it replaces. The order itself was shipped long ago and stays
-- so; its last parcel decides when it is delivered. What the carrier owes for it is a claim.

-- +goose Up
ALTER TABLE fulfillments ADD COLUMN given_up_at timestamptz, ADD COLUMN replaces_no integer;
ALTER TABLE fulfillments
    ADD CONSTRAINT fulfillments_given_up_was_sent CHECK (given_up_at IS NULL OR status IN ('shipped', 'delivered')),
    ADD CONSTRAINT fulfillments_replaces_earlier CHECK (replaces_no < no);
COMMENT ON COLUMN fulfillments.given_up_at IS 'Lost, and its units were sent again or paid back; NULL: they count.';
COMMENT ON COLUMN fulfillments.replaces_no IS 'The given-up parcel of the order whose units these are; NULL: none.';

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION fulfillment_items_guard_units() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ordered  bigint;
    packed   bigint;
BEGIN
    IF current_setting('waybill.feed', true) = 'off' THEN
        RETURN NULL;
    END IF;
    SELECT quantity INTO ordered FROM order_line_items WHERE order_id = NEW.order_id AND line_no = NEW.line_no;
    SELECT sum(i.quantity) INTO packed
    FROM fulfillment_items i JOIN fulfillments f ON f.order_id = i.order_id AND f.no = i.no
    WHERE i.order_id = NEW.order_id AND i.line_no = NEW.line_no AND f.status <> 'cancelled' AND f.given_up_at IS NULL;
    IF packed > ordered THEN
        RAISE EXCEPTION 'order % line %: % units in parcels, % ordered', NEW.order_id, NEW.line_no, packed, ordered
            USING ERRCODE = 'check_violation', CONSTRAINT = 'fulfillment_items_within_line';
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd

-- Nobody returns what never came.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION return_line_items_check_sent() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sent    bigint;
    claimed bigint;
BEGIN
    PERFORM 1 FROM orders WHERE id = NEW.order_id FOR NO KEY UPDATE;
    SELECT coalesce(sum(i.quantity), 0) INTO sent FROM fulfillment_items i JOIN fulfillments f ON f.order_id = i.order_id AND f.no = i.no
    WHERE i.order_id = NEW.order_id AND i.line_no = NEW.line_no AND f.status IN ('shipped', 'delivered') AND f.given_up_at IS NULL;
    SELECT coalesce(sum(quantity), 0) INTO claimed FROM return_claims WHERE order_id = NEW.order_id AND line_no = NEW.line_no;
    IF claimed > sent THEN
        RAISE EXCEPTION 'of line % of order % were sent % units, % are to be returned', NEW.line_no, NEW.order_id, sent, claimed
            USING ERRCODE = 'check_violation', CONSTRAINT = 'return_line_items_within_sent';
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd

CREATE TABLE carrier_claims (
    id              bigint GENERATED ALWAYS AS IDENTITY,
    merchant_id     bigint      NOT NULL,
    shipment_id     bigint      NOT NULL,   -- no foreign key: shipments are cut into months
    status          text        NOT NULL DEFAULT 'open',
    currency        text        NOT NULL,
    amount_minor    bigint      NOT NULL,   -- asked for
    paid_minor      bigint      NOT NULL DEFAULT 0,
    reference       text        NOT NULL DEFAULT '',   -- the carrier's
    note            text        NOT NULL DEFAULT '',   -- why it was paid in part, or denied
    opened_at       timestamptz NOT NULL,
    opened_by_name  text        NOT NULL,
    decided_at      timestamptz,
    decided_by_name text        NOT NULL DEFAULT '',
    CONSTRAINT carrier_claims_pkey PRIMARY KEY (id),
    CONSTRAINT carrier_claims_merchant_fk FOREIGN KEY (merchant_id) REFERENCES merchants (id),
    CONSTRAINT carrier_claims_shipment_key UNIQUE (shipment_id),
    CONSTRAINT carrier_claims_status_known CHECK (status IN ('open', 'paid', 'denied')),
    CONSTRAINT carrier_claims_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT carrier_claims_amount_positive CHECK (amount_minor > 0),
    CONSTRAINT carrier_claims_paid_when_paid CHECK ((paid_minor > 0) = (status = 'paid') AND paid_minor >= 0),
    CONSTRAINT carrier_claims_decided_says_when CHECK ((status = 'open') = (decided_at IS NULL)),
    CONSTRAINT carrier_claims_texts_length CHECK (length(reference) <= 60 AND length(note) <= 300)
);
COMMENT ON INDEX carrier_claims_shipment_key IS 'The claim for a shipment; there is one.';
CREATE INDEX carrier_claims_merchant_idx ON carrier_claims (merchant_id, status, id DESC);
COMMENT ON INDEX carrier_claims_merchant_idx IS 'A merchant''s claims of a state, newest first.';

-- +goose Down
DROP TABLE carrier_claims;
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION return_line_items_check_sent() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sent    bigint;
    claimed bigint;
BEGIN
    PERFORM 1 FROM orders WHERE id = NEW.order_id FOR NO KEY UPDATE;
    SELECT coalesce(sum(i.quantity), 0) INTO sent FROM fulfillment_items i JOIN fulfillments f ON f.order_id = i.order_id AND f.no = i.no
    WHERE i.order_id = NEW.order_id AND i.line_no = NEW.line_no AND f.status IN ('shipped', 'delivered');
    SELECT coalesce(sum(quantity), 0) INTO claimed FROM return_claims WHERE order_id = NEW.order_id AND line_no = NEW.line_no;
    IF claimed > sent THEN
        RAISE EXCEPTION 'of line % of order % were sent % units, % are to be returned', NEW.line_no, NEW.order_id, sent, claimed
            USING ERRCODE = 'check_violation', CONSTRAINT = 'return_line_items_within_sent';
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION fulfillment_items_guard_units() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ordered  bigint;
    packed   bigint;
BEGIN
    IF current_setting('waybill.feed', true) = 'off' THEN
        RETURN NULL;
    END IF;
    SELECT quantity INTO ordered FROM order_line_items WHERE order_id = NEW.order_id AND line_no = NEW.line_no;
    SELECT sum(i.quantity) INTO packed
    FROM fulfillment_items i JOIN fulfillments f ON f.order_id = i.order_id AND f.no = i.no
    WHERE i.order_id = NEW.order_id AND i.line_no = NEW.line_no AND f.status <> 'cancelled';
    IF packed > ordered THEN
        RAISE EXCEPTION 'order % line %: % units in parcels, % ordered', NEW.order_id, NEW.line_no, packed, ordered
            USING ERRCODE = 'check_violation', CONSTRAINT = 'fulfillment_items_within_line';
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
ALTER TABLE fulfillments DROP COLUMN given_up_at, DROP COLUMN replaces_no;
