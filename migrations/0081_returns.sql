-- Returns: a customer asks to send units back, the merchant approves (all, some or none), the units arrive in some
-- condition, go back on sale or to the bin, and are paid back. As everywhere, which change of status is legal is data and
-- is enforced here. No more units of a line come back than were sent: a trigger says so under the lock of the order. How
-- many arrived is counted by the receipts themselves; units that arrived once cannot arrive again.

-- +goose Up
ALTER TABLE merchants
    ADD COLUMN return_window_days integer NOT NULL DEFAULT 30,
    ADD COLUMN return_address text NOT NULL DEFAULT '',
    ADD CONSTRAINT merchants_return_window_range CHECK (return_window_days BETWEEN 0 AND 365),
    ADD CONSTRAINT merchants_return_address_length CHECK (length(return_address) <= 300);
COMMENT ON COLUMN merchants.return_window_days IS 'Until how many days after a parcel arrived customers may ask to return what was in it; 0: never.';

CREATE TABLE return_transitions (
    from_status text NOT NULL,
    to_status   text NOT NULL,
    CONSTRAINT return_transitions_pkey PRIMARY KEY (from_status, to_status)
);
INSERT INTO return_transitions (from_status, to_status) VALUES
    ('requested', 'approved'), ('requested', 'rejected'), ('requested', 'cancelled'),
    ('approved', 'in_transit'), ('approved', 'received'), ('approved', 'cancelled'),
    ('in_transit', 'received'), ('in_transit', 'cancelled'),
    ('received', 'closed');

CREATE TABLE returns (
    order_id        bigint      NOT NULL,
    id              bigint      NOT NULL,     -- time-ordered
    merchant_id     bigint      NOT NULL,
    customer_id     bigint      NOT NULL,
    status          text        NOT NULL DEFAULT 'requested',
    note            text        NOT NULL DEFAULT '',     -- the customer's words
    decision        text        NOT NULL DEFAULT '',     -- the merchant's: why rejected, cancelled or closed without money
    carrier         text        NOT NULL DEFAULT '',
    tracking_number text        NOT NULL DEFAULT '',
    requested_at    timestamptz NOT NULL,
    status_at       timestamptz NOT NULL,
    CONSTRAINT returns_pkey PRIMARY KEY (order_id, id),
    CONSTRAINT returns_merchant_fk FOREIGN KEY (merchant_id) REFERENCES merchants (id),
    CONSTRAINT returns_customer_fk FOREIGN KEY (customer_id) REFERENCES customers (id),
    CONSTRAINT returns_status_known CHECK (status IN ('requested', 'approved', 'in_transit', 'received', 'closed', 'rejected', 'cancelled')),
    CONSTRAINT returns_note_length CHECK (length(note) <= 1000),
    CONSTRAINT returns_decision_length CHECK (length(decision) <= 500),
    CONSTRAINT returns_carrier_length CHECK (length(carrier) <= 60 AND length(tracking_number) <= 100),
    CONSTRAINT returns_id_after_order CHECK (id >= (order_id >> 20) << 20)
) PARTITION BY RANGE (order_id);
CREATE INDEX returns_desk_idx ON returns (merchant_id, status, id DESC);
COMMENT ON INDEX returns_desk_idx IS 'The merchant''s returns desk: the returns of one state, newest first, and how many there are.';
CREATE INDEX returns_id_idx ON returns (id);
COMMENT ON INDEX returns_id_idx IS 'A return by its number alone: a scanned label, the API.';

CREATE TABLE return_line_items (
    order_id           bigint  NOT NULL,
    return_id          bigint  NOT NULL,
    line_no            integer NOT NULL,
    quantity           bigint  NOT NULL,              -- asked for
    approved_quantity  bigint  NOT NULL DEFAULT 0,
    received_quantity  bigint  NOT NULL DEFAULT 0,    -- the sum of its receipts
    restocked_quantity bigint  NOT NULL DEFAULT 0,    -- of these, back on sale
    reason             text    NOT NULL,
    CONSTRAINT return_line_items_pkey PRIMARY KEY (order_id, return_id, line_no),
    CONSTRAINT return_line_items_quantity_range CHECK (quantity BETWEEN 1 AND 10000),
    CONSTRAINT return_line_items_approved_within_asked CHECK (approved_quantity BETWEEN 0 AND quantity),
    CONSTRAINT return_line_items_received_within_approved CHECK (received_quantity BETWEEN 0 AND approved_quantity),
    CONSTRAINT return_line_items_restocked_within_received CHECK (restocked_quantity BETWEEN 0 AND received_quantity),
    CONSTRAINT return_line_items_reason_known CHECK (reason IN ('changed_mind', 'damaged', 'wrong_item', 'not_as_described', 'too_late', 'other'))
) PARTITION BY RANGE (order_id);

CREATE TABLE return_receipts (
    order_id    bigint      NOT NULL,
    id          bigint      NOT NULL,     -- time-ordered
    return_id   bigint      NOT NULL,
    line_no     integer     NOT NULL,
    quantity    bigint      NOT NULL,
    condition   text        NOT NULL,
    restocked   boolean     NOT NULL,
    location_id bigint,                   -- restocked: where
    actor_kind  text        NOT NULL,
    actor_id    bigint      NOT NULL DEFAULT 0,
    actor_name  text        NOT NULL DEFAULT '',
    created_at  timestamptz NOT NULL,
    CONSTRAINT return_receipts_pkey PRIMARY KEY (order_id, id),
    CONSTRAINT return_receipts_location_fk FOREIGN KEY (location_id) REFERENCES locations (id),
    CONSTRAINT return_receipts_quantity_range CHECK (quantity BETWEEN 1 AND 10000),
    CONSTRAINT return_receipts_condition_known CHECK (condition IN ('as_new', 'opened', 'damaged', 'wrong_item')),
    CONSTRAINT return_receipts_restocked_somewhere CHECK (restocked = (location_id IS NOT NULL)),
    CONSTRAINT return_receipts_only_good_restocked CHECK (NOT restocked OR condition IN ('as_new', 'opened'))
) PARTITION BY RANGE (order_id);
CREATE TRIGGER return_receipts_append_only BEFORE UPDATE OR DELETE ON return_receipts FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- One picture that the customer sends along, already made small and free of everything but its dots.
CREATE TABLE return_photos (
    order_id   bigint      NOT NULL,
    return_id  bigint      NOT NULL,
    jpeg       bytea       NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT return_photos_pkey PRIMARY KEY (order_id, return_id),
    CONSTRAINT return_photos_size CHECK (octet_length(jpeg) BETWEEN 1 AND 1048576)
) PARTITION BY RANGE (order_id);

-- +goose StatementBegin
CREATE FUNCTION returns_check_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM return_transitions WHERE from_status = OLD.status AND to_status = NEW.status) THEN
        RAISE EXCEPTION 'return % cannot go from % to %', NEW.id, OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'returns_transition_legal';
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER returns_transition_legal AFTER UPDATE OF status ON returns FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION returns_check_transition();

-- +goose StatementBegin
CREATE FUNCTION returns_start_requested() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'return % does not start as requested', NEW.id USING ERRCODE = 'check_violation', CONSTRAINT = 'returns_transition_legal';
END $$;
-- +goose StatementEnd
CREATE TRIGGER returns_start_requested BEFORE INSERT ON returns FOR EACH ROW WHEN (NEW.status <> 'requested') EXECUTE FUNCTION returns_start_requested();

-- What a line of a return keeps others from returning: what was asked for, then what was approved, and at last what arrived.
CREATE VIEW return_claims AS
    SELECT l.order_id, l.return_id, l.line_no, r.status,
           CASE r.status WHEN 'requested' THEN l.quantity WHEN 'approved' THEN l.approved_quantity WHEN 'in_transit' THEN l.approved_quantity
                         WHEN 'received' THEN l.approved_quantity WHEN 'closed' THEN l.received_quantity ELSE 0 END AS quantity
    FROM return_line_items l JOIN returns r ON r.order_id = l.order_id AND r.id = l.return_id;
COMMENT ON VIEW return_claims IS 'The units that each return takes of each line (shop.Return.Claims).';

-- +goose StatementBegin
CREATE FUNCTION return_line_items_check_sent() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER return_line_items_within_sent AFTER INSERT OR UPDATE OF quantity, approved_quantity ON return_line_items
    FOR EACH ROW EXECUTE FUNCTION return_line_items_check_sent();

-- The one writer of what arrived.
-- +goose StatementBegin
CREATE FUNCTION return_receipts_apply() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE return_line_items SET received_quantity = received_quantity + NEW.quantity,
           restocked_quantity = restocked_quantity + CASE WHEN NEW.restocked THEN NEW.quantity ELSE 0 END
     WHERE order_id = NEW.order_id AND return_id = NEW.return_id AND line_no = NEW.line_no;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER return_receipts_apply AFTER INSERT ON return_receipts FOR EACH ROW EXECUTE FUNCTION return_receipts_apply();

INSERT INTO partition_foreign_keys (child, name, columns, parent, parent_columns) VALUES
    ('returns', 'returns_order_fk', 'order_id', 'orders', 'id'),
    ('return_line_items', 'return_line_items_return_fk', 'order_id, return_id', 'returns', 'order_id, id'),
    ('return_line_items', 'return_line_items_line_fk', 'order_id, line_no', 'order_line_items', 'order_id, line_no'),
    ('return_receipts', 'return_receipts_line_fk', 'order_id, return_id, line_no', 'return_line_items', 'order_id, return_id, line_no'),
    ('return_photos', 'return_photos_return_fk', 'order_id, return_id', 'returns', 'order_id, id');
-- The same months as orders have, the default partition too.
-- +goose StatementBegin
DO $$
DECLARE
    month record;
    parent text;
BEGIN
    FOREACH parent IN ARRAY ARRAY['returns', 'return_line_items', 'return_receipts', 'return_photos'] LOOP
        FOR month IN SELECT c.relname, pg_get_expr(c.relpartbound, c.oid) AS bound
                     FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'orders'::regclass LOOP
            EXECUTE format('CREATE TABLE public.%I PARTITION OF %I %s', replace(month.relname, 'orders', parent), parent, month.bound);
            PERFORM add_partition_foreign_keys(parent, replace(month.relname, 'orders', ''));
        END LOOP;
    END LOOP;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP VIEW return_claims;
DROP TABLE return_photos, return_receipts, return_line_items, returns, return_transitions;
DELETE FROM partition_foreign_keys WHERE child IN ('returns', 'return_line_items', 'return_receipts', 'return_photos');
DROP FUNCTION return_receipts_apply, return_line_items_check_sent, returns_start_requested, returns_check_transition;
ALTER TABLE merchants DROP CONSTRAINT merchants_return_window_range, DROP CONSTRAINT merchants_return_address_length,
    DROP COLUMN return_window_days, DROP COLUMN return_address;
