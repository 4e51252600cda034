-- Stock: counters per SKU and location, an append-only ledger that always sums to them, reservations that say whose the
-- reserved units are, and fulfillments that pick, pack and ship them. CHECK (reserved <= on_hand) is the last line of
-- defence against overselling; the first is the locked, planned update in the placing transaction.

-- +goose Up
CREATE TABLE locations (
    id          bigint GENERATED ALWAYS AS IDENTITY,
    merchant_id bigint      NOT NULL,
    code        text        NOT NULL,
    name        text        NOT NULL,
    priority    integer     NOT NULL DEFAULT 1,   -- the lower ships first
    created_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT locations_pkey PRIMARY KEY (id),
    CONSTRAINT locations_merchant_fk FOREIGN KEY (merchant_id) REFERENCES merchants (id),
    CONSTRAINT locations_code_key UNIQUE (merchant_id, code),
    CONSTRAINT locations_priority_range CHECK (priority BETWEEN 1 AND 1000)
);

-- fillfactor leaves room for HOT updates: these rows are the hottest of the system.
CREATE TABLE stock_levels (
    sku_id      bigint      NOT NULL,
    location_id bigint      NOT NULL,
    on_hand     bigint      NOT NULL DEFAULT 0,
    reserved    bigint      NOT NULL DEFAULT 0,
    bin         text        NOT NULL DEFAULT '',
    updated_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT stock_levels_pkey PRIMARY KEY (sku_id, location_id),
    CONSTRAINT stock_levels_sku_fk FOREIGN KEY (sku_id) REFERENCES skus (id),
    CONSTRAINT stock_levels_location_fk FOREIGN KEY (location_id) REFERENCES locations (id),
    CONSTRAINT stock_levels_reserved_not_negative CHECK (reserved >= 0),
    CONSTRAINT stock_levels_reserved_within_on_hand CHECK (reserved <= on_hand),
    CONSTRAINT stock_levels_on_hand_range CHECK (on_hand BETWEEN 0 AND 1000000000),
    CONSTRAINT stock_levels_bin_length CHECK (length(bin) <= 32)
) WITH (fillfactor = 50);

CREATE TABLE inventory_transactions (
    id             bigint      NOT NULL,   -- time-ordered
    sku_id         bigint      NOT NULL,
    location_id    bigint      NOT NULL,
    kind           text        NOT NULL,
    on_hand_delta  bigint      NOT NULL DEFAULT 0,
    reserved_delta bigint      NOT NULL DEFAULT 0,
    order_id       bigint,                 -- no foreign key: a ledger month may outlive the archived order
    reason         text        NOT NULL DEFAULT '',
    actor_kind     text        NOT NULL,
    actor_id       bigint      NOT NULL DEFAULT 0,
    actor_name     text        NOT NULL DEFAULT '',
    created_at     timestamptz NOT NULL,
    CONSTRAINT inventory_transactions_pkey PRIMARY KEY (id),
    CONSTRAINT inventory_transactions_level_fk FOREIGN KEY (sku_id, location_id) REFERENCES stock_levels (sku_id, location_id),
    CONSTRAINT inventory_transactions_moves CHECK (on_hand_delta <> 0 OR reserved_delta <> 0),
    CONSTRAINT inventory_transactions_kind_known CHECK (kind IN ('receipt', 'adjustment', 'count', 'transfer', 'reservation', 'release', 'shipment', 'return')),
    CONSTRAINT inventory_transactions_kind_signs CHECK (CASE kind
        WHEN 'reservation' THEN on_hand_delta = 0 AND reserved_delta > 0 AND order_id IS NOT NULL
        WHEN 'release'     THEN on_hand_delta = 0 AND reserved_delta < 0 AND order_id IS NOT NULL
        WHEN 'shipment'    THEN on_hand_delta < 0 AND reserved_delta = on_hand_delta AND order_id IS NOT NULL
        WHEN 'receipt'     THEN on_hand_delta > 0 AND reserved_delta = 0
        WHEN 'return'      THEN on_hand_delta > 0 AND reserved_delta = 0
        ELSE reserved_delta = 0 END),
    CONSTRAINT inventory_transactions_reason_length CHECK (length(reason) <= 500)
) PARTITION BY RANGE (id);
CREATE INDEX inventory_transactions_sku_idx ON inventory_transactions (sku_id, id DESC);
COMMENT ON INDEX inventory_transactions_sku_idx IS 'Why is it 7? The stock ledger of a SKU, newest first.';
CREATE TRIGGER inventory_transactions_append_only BEFORE UPDATE OR DELETE ON inventory_transactions FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE reservations (
    order_id    bigint      NOT NULL,
    line_no     integer     NOT NULL,
    sku_id      bigint      NOT NULL,
    location_id bigint      NOT NULL,
    quantity    bigint      NOT NULL,
    status      text        NOT NULL DEFAULT 'held',
    created_at  timestamptz NOT NULL,
    closed_at   timestamptz,
    CONSTRAINT reservations_pkey PRIMARY KEY (order_id, line_no, location_id),
    CONSTRAINT reservations_level_fk FOREIGN KEY (sku_id, location_id) REFERENCES stock_levels (sku_id, location_id),
    CONSTRAINT reservations_quantity_range CHECK (quantity BETWEEN 1 AND 10000),
    CONSTRAINT reservations_status_known CHECK (status IN ('held', 'shipped', 'released')),
    CONSTRAINT reservations_closed_when_not_held CHECK ((status = 'held') = (closed_at IS NULL))
) PARTITION BY RANGE (order_id);
CREATE INDEX reservations_open_idx ON reservations (sku_id) WHERE status = 'held';
COMMENT ON INDEX reservations_open_idx IS 'Whose are the reserved units of a SKU: inventory page, verify.';

CREATE TABLE fulfillments (
    order_id         bigint      NOT NULL,
    no               integer     NOT NULL,
    merchant_id      bigint      NOT NULL,
    location_id      bigint,                   -- NULL: imported without stock
    status           text        NOT NULL DEFAULT 'open',
    units            bigint      NOT NULL,     -- of all its items, for the queue
    ship_by_at       timestamptz NOT NULL,     -- the promise to the buyer
    assigned_user_id bigint,                   -- who holds it; NULL: free to claim
    assigned_at      timestamptz,
    carrier          text,
    tracking_number  text,
    packed_at        timestamptz,
    shipped_at       timestamptz,
    delivered_at     timestamptz,
    status_at        timestamptz NOT NULL,
    created_at       timestamptz NOT NULL,
    CONSTRAINT fulfillments_pkey PRIMARY KEY (order_id, no),
    CONSTRAINT fulfillments_merchant_fk FOREIGN KEY (merchant_id) REFERENCES merchants (id),
    CONSTRAINT fulfillments_location_fk FOREIGN KEY (location_id) REFERENCES locations (id),
    CONSTRAINT fulfillments_assignee_fk FOREIGN KEY (assigned_user_id) REFERENCES users (id),
    CONSTRAINT fulfillments_status_known CHECK (status IN ('open', 'picking', 'picked', 'packed', 'shipped', 'delivered', 'cancelled')),
    CONSTRAINT fulfillments_assigned_pair CHECK ((assigned_user_id IS NULL) = (assigned_at IS NULL)),
    CONSTRAINT fulfillments_work_has_holder CHECK (status <> 'picking' OR assigned_user_id IS NOT NULL),
    CONSTRAINT fulfillments_units_positive CHECK (units > 0),
    CONSTRAINT fulfillments_carrier_length CHECK (length(carrier) BETWEEN 1 AND 60),
    CONSTRAINT fulfillments_tracking_length CHECK (length(tracking_number) BETWEEN 1 AND 100)
) PARTITION BY RANGE (order_id);
CREATE INDEX fulfillments_queue_idx ON fulfillments (merchant_id, status, ship_by_at, order_id) WHERE status IN ('open', 'picking', 'picked', 'packed');
COMMENT ON INDEX fulfillments_queue_idx IS 'The merchant''s queue: work by stage, the nearest promise first. Only unfinished work is in it.';
CREATE INDEX fulfillments_shipped_idx ON fulfillments (merchant_id, shipped_at DESC) WHERE status IN ('shipped', 'delivered');
COMMENT ON INDEX fulfillments_shipped_idx IS 'What a merchant shipped today, and what is on its way.';
CREATE INDEX fulfillments_tracking_idx ON fulfillments (tracking_number) WHERE tracking_number IS NOT NULL;
COMMENT ON INDEX fulfillments_tracking_idx IS 'Support finds a parcel by its tracking number.';

CREATE TABLE fulfillment_items (
    order_id  bigint  NOT NULL,
    no        integer NOT NULL,
    line_no   integer NOT NULL,
    quantity  bigint  NOT NULL,
    picked    bigint  NOT NULL DEFAULT 0,
    CONSTRAINT fulfillment_items_pkey PRIMARY KEY (order_id, no, line_no),
    CONSTRAINT fulfillment_items_quantity_positive CHECK (quantity > 0),
    CONSTRAINT fulfillment_items_never_over_picked CHECK (picked BETWEEN 0 AND quantity)
) PARTITION BY RANGE (order_id);

-- +goose Down
DROP TABLE fulfillment_items, fulfillments, reservations, inventory_transactions, stock_levels, locations;
