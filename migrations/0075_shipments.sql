-- What leaves the house. A fulfillment is units of one order that are picked and packed together; a shipment is one box
-- with one label. They are not the same: two orders of one customer can travel in one box, and a box can be packed before
-- anybody knows who takes it. So a shipment stands beside the fulfillments, which point at it.
--
-- A shipment's id is a time of its own, so it need not lie in the month of its orders: the column that points at it has no
-- foreign key, verify checks it, and order_id_from/until say in which months the fulfillments lie.

-- +goose Up
CREATE TABLE boxes (
    id          bigint GENERATED ALWAYS AS IDENTITY,
    merchant_id bigint      NOT NULL,
    name        text        NOT NULL,
    length_mm   integer     NOT NULL,
    width_mm    integer     NOT NULL,
    height_mm   integer     NOT NULL,
    tare_grams  bigint      NOT NULL,
    hotkey      integer,
    retired_at  timestamptz,                -- no longer offered; parcels that were packed into it keep its name
    created_at  timestamptz NOT NULL,
    CONSTRAINT boxes_pkey PRIMARY KEY (id),
    CONSTRAINT boxes_merchant_fk FOREIGN KEY (merchant_id) REFERENCES merchants (id),
    CONSTRAINT boxes_name_length CHECK (length(name) BETWEEN 1 AND 40),
    CONSTRAINT boxes_sides_range CHECK (length_mm BETWEEN 1 AND 3000 AND width_mm BETWEEN 1 AND 3000 AND height_mm BETWEEN 1 AND 3000),
    CONSTRAINT boxes_tare_range CHECK (tare_grams BETWEEN 0 AND 70000),
    CONSTRAINT boxes_hotkey_range CHECK (hotkey BETWEEN 1 AND 9)
);
CREATE UNIQUE INDEX boxes_name_key ON boxes (merchant_id, lower(name)) WHERE retired_at IS NULL;
COMMENT ON INDEX boxes_name_key IS 'The boxes of a merchant; two in use never share a name.';
CREATE UNIQUE INDEX boxes_hotkey_key ON boxes (merchant_id, hotkey) WHERE retired_at IS NULL AND hotkey IS NOT NULL;
COMMENT ON INDEX boxes_hotkey_key IS 'A key at the packing table is one box.';

CREATE TABLE shipment_transitions (
    from_status text NOT NULL,
    to_status   text NOT NULL,
    CONSTRAINT shipment_transitions_pkey PRIMARY KEY (from_status, to_status)
);
INSERT INTO shipment_transitions (from_status, to_status) VALUES
    ('buying', 'ready'), ('buying', 'failed'), ('buying', 'voiding'),
    ('ready', 'voiding'), ('ready', 'voided'), ('ready', 'in_transit'),
    ('voiding', 'voided'), ('voiding', 'ready'), ('voiding', 'in_transit'),
    ('in_transit', 'delivered'), ('in_transit', 'returned'), ('in_transit', 'lost'),
    ('lost', 'in_transit'), ('lost', 'delivered'), ('lost', 'returned'),
    ('returned', 'in_transit'), ('returned', 'delivered'), ('returned', 'lost');

CREATE TABLE manifests (
    id                bigint GENERATED ALWAYS AS IDENTITY,
    merchant_id       bigint      NOT NULL,
    carrier           text        NOT NULL,
    closed_at         timestamptz NOT NULL,
    closed_by_user_id bigint,
    closed_by_name    text        NOT NULL,
    CONSTRAINT manifests_pkey PRIMARY KEY (id),
    CONSTRAINT manifests_merchant_fk FOREIGN KEY (merchant_id) REFERENCES merchants (id),
    CONSTRAINT manifests_user_fk FOREIGN KEY (closed_by_user_id) REFERENCES users (id)
);
CREATE INDEX manifests_merchant_idx ON manifests (merchant_id, id DESC);
COMMENT ON INDEX manifests_merchant_idx IS 'The latest hand-overs of a merchant.';

CREATE TABLE shipments (
    id                  bigint      NOT NULL,   -- time-ordered
    merchant_id         bigint      NOT NULL,
    location_id         bigint,                 -- where it was packed; NULL: imported without stock
    status              text        NOT NULL,
    carrier             text        NOT NULL,   -- as people know it
    carrier_key         text        NOT NULL DEFAULT '',   -- of a connected carrier
    service             text        NOT NULL DEFAULT '',
    service_name        text        NOT NULL DEFAULT '',
    request_key         text        NOT NULL,   -- the idempotency key that the carrier gets
    tracking_number     text,
    currency            text        NOT NULL,
    cost_minor          bigint      NOT NULL DEFAULT 0,
    box_id              bigint,
    weight_grams        bigint      NOT NULL DEFAULT 0,
    shipping_address_id bigint      NOT NULL,
    order_id_from       bigint      NOT NULL,
    order_id_until      bigint      NOT NULL,
    failure             text        NOT NULL DEFAULT '',
    created_at          timestamptz NOT NULL,
    created_by_name     text        NOT NULL DEFAULT '',
    labelled_at         timestamptz,
    handed_over_at      timestamptz,
    delivered_at        timestamptz,
    eta_at              timestamptz,
    status_at           timestamptz NOT NULL,
    ask_at              timestamptz,            -- while a request has no answer: when to ask what became of it
    poll_at             timestamptz,            -- when to ask a connected carrier for news
    watch_at            timestamptz,            -- when somebody has to look at it unless something happens before
    manifest_id         bigint,
    problem             text        NOT NULL DEFAULT '',
    problem_at          timestamptz,
    problem_answer      text        NOT NULL DEFAULT '',
    CONSTRAINT shipments_pkey PRIMARY KEY (id),
    CONSTRAINT shipments_merchant_fk FOREIGN KEY (merchant_id) REFERENCES merchants (id),
    CONSTRAINT shipments_location_fk FOREIGN KEY (location_id) REFERENCES locations (id),
    CONSTRAINT shipments_box_fk FOREIGN KEY (box_id) REFERENCES boxes (id),
    CONSTRAINT shipments_address_fk FOREIGN KEY (shipping_address_id) REFERENCES addresses (id),
    CONSTRAINT shipments_manifest_fk FOREIGN KEY (manifest_id) REFERENCES manifests (id),
    CONSTRAINT shipments_status_known CHECK (status IN ('buying', 'failed', 'ready', 'voiding', 'voided', 'in_transit', 'delivered', 'returned', 'lost')),
    CONSTRAINT shipments_carrier_length CHECK (length(carrier) BETWEEN 1 AND 60),
    CONSTRAINT shipments_tracking_length CHECK (length(tracking_number) BETWEEN 1 AND 100),
    CONSTRAINT shipments_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT shipments_cost_not_negative CHECK (cost_minor >= 0),
    CONSTRAINT shipments_weight_range CHECK (weight_grams BETWEEN 0 AND 70000),
    CONSTRAINT shipments_open_is_asked CHECK ((status IN ('buying', 'voiding')) = (ask_at IS NOT NULL)),
    CONSTRAINT shipments_left_says_when CHECK ((status IN ('in_transit', 'delivered', 'returned', 'lost')) = (handed_over_at IS NOT NULL)),
    CONSTRAINT shipments_delivered_says_when CHECK ((status = 'delivered') = (delivered_at IS NOT NULL)),
    CONSTRAINT shipments_problem_known CHECK (problem IN ('', 'waiting', 'late', 'lost', 'returned')),
    CONSTRAINT shipments_problem_says_when CHECK ((problem = '') = (problem_at IS NULL)),
    CONSTRAINT shipments_answer_has_problem CHECK (problem_answer = '' OR problem <> ''),
    CONSTRAINT shipments_orders_range CHECK (order_id_from <= order_id_until)
) PARTITION BY RANGE (id);
CREATE UNIQUE INDEX shipments_request_key ON shipments (request_key, id);
COMMENT ON INDEX shipments_request_key IS 'Which shipment a request to a carrier was for.';
CREATE INDEX shipments_merchant_idx ON shipments (merchant_id, status, id DESC);
COMMENT ON INDEX shipments_merchant_idx IS 'The shipments page: a merchant''s shipments of a status, newest first, keyset by id.';
CREATE INDEX shipments_all_idx ON shipments (merchant_id, id DESC);
COMMENT ON INDEX shipments_all_idx IS 'The shipments page without a filter, newest first, keyset by id.';
CREATE INDEX shipments_problem_idx ON shipments (merchant_id, problem, id DESC) WHERE problem <> '' AND problem_answer = '';
COMMENT ON INDEX shipments_problem_idx IS 'What is late, lost, back or forgotten and has no answer yet.';
CREATE INDEX shipments_tracking_idx ON shipments (tracking_number) WHERE tracking_number IS NOT NULL;
COMMENT ON INDEX shipments_tracking_idx IS 'News of a carrier find their shipment.';
CREATE INDEX shipments_manifest_idx ON shipments (manifest_id) WHERE manifest_id IS NOT NULL;
COMMENT ON INDEX shipments_manifest_idx IS 'What a carrier took along in one go.';
CREATE INDEX shipments_ask_idx ON shipments (ask_at) WHERE ask_at IS NOT NULL;
COMMENT ON INDEX shipments_ask_idx IS 'Labels whose purchase or return has no answer yet, when it is due to ask.';
CREATE INDEX shipments_poll_idx ON shipments (poll_at) WHERE poll_at IS NOT NULL;
COMMENT ON INDEX shipments_poll_idx IS 'Parcels on their way whose carrier is to be asked for news.';
CREATE INDEX shipments_watch_idx ON shipments (watch_at) WHERE watch_at IS NOT NULL;
COMMENT ON INDEX shipments_watch_idx IS 'Parcels that become late or forgotten.';

-- Which change is legal is data; a change that is not fails, whoever makes it.
-- +goose StatementBegin
CREATE FUNCTION shipments_guard_status() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM shipment_transitions t WHERE t.from_status = OLD.status AND t.to_status = NEW.status) THEN
        RAISE EXCEPTION 'shipment % cannot go from % to %', NEW.id, OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'shipments_status_legal';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER shipments_status_legal BEFORE UPDATE ON shipments FOR EACH ROW
    WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION shipments_guard_status();
CREATE TRIGGER shipments_never_deleted BEFORE DELETE ON shipments FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- What carriers told, each thing once however often it came. The order in which it came does not matter.
CREATE TABLE shipment_events (
    shipment_id bigint      NOT NULL,
    event_id    text        NOT NULL,   -- the carrier's
    kind        text        NOT NULL,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    place       text        NOT NULL DEFAULT '',
    words       text        NOT NULL DEFAULT '',
    eta_at      timestamptz,
    CONSTRAINT shipment_events_pkey PRIMARY KEY (shipment_id, event_id),
    CONSTRAINT shipment_events_kind_known CHECK (kind IN ('announced', 'accepted', 'in_transit', 'delayed', 'out_for_delivery', 'attempted', 'delivered', 'returning', 'returned', 'lost'))
) PARTITION BY RANGE (shipment_id);
CREATE TRIGGER shipment_events_append_only BEFORE UPDATE OR DELETE ON shipment_events FOR EACH ROW EXECUTE FUNCTION refuse_change();

INSERT INTO partition_foreign_keys (child, name, columns, parent, parent_columns) VALUES
    ('shipment_events', 'shipment_events_shipment_fk', 'shipment_id', 'shipments', 'id');
-- The same months as orders have, the default partition too.
-- +goose StatementBegin
DO $$
DECLARE
    month record;
    grows text;
BEGIN
    FOREACH grows IN ARRAY ARRAY['shipments', 'shipment_events'] LOOP
        FOR month IN SELECT c.relname, pg_get_expr(c.relpartbound, c.oid) AS bound
                     FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'orders'::regclass LOOP
            EXECUTE format('CREATE TABLE public.%I PARTITION OF %s %s', replace(month.relname, 'orders', grows), grows, month.bound);
            PERFORM add_partition_foreign_keys(grows, replace(month.relname, 'orders', ''));
        END LOOP;
    END LOOP;
END $$;
-- +goose StatementEnd

ALTER TABLE fulfillments ADD COLUMN box_id bigint, ADD COLUMN weight_grams bigint, ADD COLUMN shipment_id bigint;
ALTER TABLE fulfillments
    ADD CONSTRAINT fulfillments_box_fk FOREIGN KEY (box_id) REFERENCES boxes (id),
    ADD CONSTRAINT fulfillments_weight_range CHECK (weight_grams BETWEEN 1 AND 70000);
COMMENT ON COLUMN fulfillments.shipment_id IS 'The shipment that it travels in, or is about to; NULL: none yet.';
CREATE INDEX fulfillments_shipment_idx ON fulfillments (shipment_id) WHERE shipment_id IS NOT NULL;
COMMENT ON INDEX fulfillments_shipment_idx IS 'The parcels in a shipment; its row bounds their months.';

-- Splitting moves units between parcels of an order; it can never make any. Checked when the transaction ends, so that
-- within it they may be in two parcels. Imports write whole orders at once and are checked by verify.
-- +goose StatementBegin
CREATE FUNCTION fulfillment_items_guard_units() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE CONSTRAINT TRIGGER fulfillment_items_within_line AFTER INSERT OR UPDATE OF quantity ON fulfillment_items
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fulfillment_items_guard_units();

-- +goose Down
DROP TRIGGER fulfillment_items_within_line ON fulfillment_items;
DROP FUNCTION fulfillment_items_guard_units;
ALTER TABLE fulfillments DROP COLUMN box_id, DROP COLUMN weight_grams, DROP COLUMN shipment_id;
DROP TABLE shipment_events, shipments, manifests, shipment_transitions, boxes;
DROP FUNCTION shipments_guard_status;
DELETE FROM partition_foreign_keys WHERE child = 'shipment_events';
