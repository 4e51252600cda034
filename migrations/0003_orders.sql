-- Orders, their lines and their event stream. Ids are time-ordered (seconds since 2000-01-01 UTC << 20 | sequence), which
-- makes the id the order of recency, the keyset cursor and the key of the monthly partitions at once; children carry
-- order_id as their partition key, so that one month of all of them is one unit to keep, move or archive.
--
-- The event stream is the truth. orders.status is a cache with one writer: the trigger behind an inserted event. Which
-- transition is legal is data (order_transitions) and is enforced by a foreign key.

-- +goose Up
CREATE SEQUENCE id_sequence AS bigint CACHE 1;
COMMENT ON SEQUENCE id_sequence IS 'The low 20 bits of every time-ordered id.';

-- +goose StatementBegin
CREATE FUNCTION id_at(at timestamptz) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT (floor(extract(epoch FROM at))::bigint - 946684800) << 20 $$;
-- +goose StatementEnd
COMMENT ON FUNCTION id_at IS 'The smallest time-ordered id of a moment (shop.FirstIDAt).';
-- +goose StatementBegin
CREATE FUNCTION next_id(at timestamptz) RETURNS bigint LANGUAGE sql VOLATILE
    AS $$ SELECT id_at(at) | (nextval('id_sequence') & 1048575) $$;
-- +goose StatementEnd
COMMENT ON FUNCTION next_id IS 'A new time-ordered id (shop.NewOrderID). Unique unless a million ids fall into one second.';

CREATE TABLE order_transitions (
    from_status text NOT NULL,
    to_status   text NOT NULL,
    CONSTRAINT order_transitions_pkey PRIMARY KEY (from_status, to_status)
);
INSERT INTO order_transitions (from_status, to_status) VALUES
    ('pending', 'confirmed'), ('confirmed', 'processing'), ('processing', 'shipped'), ('shipped', 'delivered'),
    ('pending', 'cancelled'), ('confirmed', 'cancelled'), ('processing', 'cancelled'),
    ('confirmed', 'refunded'), ('processing', 'refunded'), ('shipped', 'refunded'), ('delivered', 'refunded'), ('cancelled', 'refunded');

-- What one buyer bought in one go: one checkout, one order per merchant.
CREATE TABLE checkouts (
    id          bigint      NOT NULL,
    customer_id bigint      NOT NULL,
    currency    text        NOT NULL,
    total_minor bigint      NOT NULL,
    -- The ids of its orders, written once with them: finds them without an index on orders.checkout_id, which every
    -- placed order would have to pay for.
    order_ids   bigint[]    NOT NULL,
    source      text        NOT NULL,               -- web, api, olist, demo
    expires_at  timestamptz,                        -- until when its stock was promised at placement; NULL for imports
    created_at  timestamptz NOT NULL,
    CONSTRAINT checkouts_pkey PRIMARY KEY (id),
    CONSTRAINT checkouts_customer_fk FOREIGN KEY (customer_id) REFERENCES customers (id),
    CONSTRAINT checkouts_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT checkouts_total_not_negative CHECK (total_minor >= 0),
    CONSTRAINT checkouts_has_orders CHECK (cardinality(order_ids) BETWEEN 1 AND 100)
) PARTITION BY RANGE (id);

CREATE TABLE orders (
    id                  bigint      NOT NULL,
    checkout_id         bigint      NOT NULL,
    customer_id         bigint      NOT NULL,
    merchant_id         bigint      NOT NULL,
    status              text        NOT NULL DEFAULT 'pending',
    currency            text        NOT NULL,
    subtotal_minor      bigint      NOT NULL,
    tax_minor           bigint      NOT NULL,
    shipping_minor      bigint      NOT NULL,
    discount_minor      bigint      NOT NULL DEFAULT 0,
    total_minor         bigint      NOT NULL,
    shipping_address_id bigint      NOT NULL,
    source              text        NOT NULL,
    -- Imported from records that name no goods: the one case in which an order may have no lines.
    imported_without_lines boolean  NOT NULL DEFAULT false,
    placed_at           timestamptz NOT NULL,
    status_at           timestamptz NOT NULL,       -- when the current status was entered
    expires_at          timestamptz,                -- while pending: when its held stock goes back on sale
    cancel_reason       text,
    CONSTRAINT orders_pkey PRIMARY KEY (id),
    CONSTRAINT orders_customer_fk FOREIGN KEY (customer_id) REFERENCES customers (id),
    CONSTRAINT orders_merchant_fk FOREIGN KEY (merchant_id) REFERENCES merchants (id),
    CONSTRAINT orders_address_fk FOREIGN KEY (shipping_address_id) REFERENCES addresses (id),
    CONSTRAINT orders_status_known CHECK (status IN ('pending', 'confirmed', 'processing', 'shipped', 'delivered', 'cancelled', 'refunded')),
    CONSTRAINT orders_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT orders_parts_not_negative CHECK (subtotal_minor >= 0 AND tax_minor >= 0 AND shipping_minor >= 0 AND discount_minor >= 0),
    CONSTRAINT orders_total_is_sum CHECK (total_minor = subtotal_minor + tax_minor + shipping_minor - discount_minor),
    CONSTRAINT orders_total_not_negative CHECK (total_minor >= 0),
    CONSTRAINT orders_cancel_reason_length CHECK (length(cancel_reason) <= 500)
) PARTITION BY RANGE (id);
CREATE INDEX orders_customer_idx ON orders (customer_id, id DESC);
COMMENT ON INDEX orders_customer_idx IS 'Order history of a customer, newest first, keyset by id; partitions bounded by customers.order_id_from/until.';
CREATE INDEX orders_merchant_idx ON orders (merchant_id, id DESC);
COMMENT ON INDEX orders_merchant_idx IS 'All orders of a merchant, newest first, keyset by id.';
CREATE INDEX orders_status_idx ON orders (status, id DESC) WHERE status IN ('pending', 'confirmed', 'processing', 'cancelled', 'refunded');
COMMENT ON INDEX orders_status_idx IS 'Orders by a status that few of them have: API filter, support''s stuck orders. Shipped and delivered are most of the table and are read in id order.';
CREATE INDEX orders_expiry_idx ON orders (expires_at) WHERE status = 'pending';
COMMENT ON INDEX orders_expiry_idx IS 'The job that releases the stock of orders that were not paid in time.';

CREATE TABLE order_line_items (
    order_id         bigint  NOT NULL,
    line_no          integer NOT NULL,
    sku_id           bigint  NOT NULL,
    name             text    NOT NULL,     -- as sold: product and variant name, SKU code, price, tax rate are snapshots
    sku_code         text    NOT NULL,
    quantity         bigint  NOT NULL,
    unit_price_minor bigint  NOT NULL,
    tax_included     boolean NOT NULL,     -- the unit price contains the tax; subtotal_minor is net either way
    tax_rate_ppm     integer NOT NULL,
    subtotal_minor   bigint  NOT NULL,
    discount_minor   bigint  NOT NULL DEFAULT 0,
    tax_minor        bigint  NOT NULL,
    total_minor      bigint  NOT NULL,
    CONSTRAINT order_line_items_pkey PRIMARY KEY (order_id, line_no),
    CONSTRAINT order_line_items_sku_fk FOREIGN KEY (sku_id) REFERENCES skus (id),
    CONSTRAINT order_line_items_quantity_range CHECK (quantity BETWEEN 1 AND 10000),
    CONSTRAINT order_line_items_parts_not_negative CHECK (unit_price_minor >= 0 AND subtotal_minor >= 0 AND discount_minor >= 0 AND tax_minor >= 0 AND total_minor >= 0),
    CONSTRAINT order_line_items_total_is_sum CHECK (total_minor = subtotal_minor - discount_minor + tax_minor),
    CONSTRAINT order_line_items_subtotal_is_price CHECK (tax_included OR subtotal_minor = quantity * unit_price_minor),
    CONSTRAINT order_line_items_tax_rate_range CHECK (tax_rate_ppm BETWEEN 0 AND 1000000)
) PARTITION BY RANGE (order_id);

CREATE TABLE order_events (
    order_id    bigint      NOT NULL,
    seq         integer     NOT NULL,
    kind        text        NOT NULL,
    from_status text,
    to_status   text,
    occurred_at timestamptz NOT NULL,   -- when it happened in the world
    recorded_at timestamptz NOT NULL,   -- when we learned of it
    actor_kind  text        NOT NULL,
    actor_id    bigint      NOT NULL DEFAULT 0,
    actor_name  text        NOT NULL DEFAULT '',
    visibility  text        NOT NULL DEFAULT 'public',
    request_id  text        NOT NULL DEFAULT '',
    data        jsonb       NOT NULL DEFAULT '{}',
    CONSTRAINT order_events_pkey PRIMARY KEY (order_id, seq),
    CONSTRAINT order_events_transition_fk FOREIGN KEY (from_status, to_status) REFERENCES order_transitions (from_status, to_status),
    CONSTRAINT order_events_first_is_placed CHECK ((seq = 1) = (kind = 'placed')),
    CONSTRAINT order_events_placed_is_pending CHECK (kind <> 'placed' OR (from_status IS NULL AND to_status = 'pending')),
    CONSTRAINT order_events_status_pair CHECK (kind = 'placed' OR (from_status IS NULL) = (to_status IS NULL)),
    CONSTRAINT order_events_actor_known CHECK (actor_kind IN ('customer', 'staff', 'system', 'integration')),
    CONSTRAINT order_events_visibility_known CHECK (visibility IN ('public', 'staff', 'finance'))
) PARTITION BY RANGE (order_id);
CREATE TRIGGER order_events_append_only BEFORE UPDATE OR DELETE ON order_events FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER order_line_items_immutable BEFORE UPDATE OR DELETE ON order_line_items FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER checkouts_immutable BEFORE UPDATE OR DELETE ON checkouts FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER orders_never_deleted BEFORE DELETE ON orders FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER orders_purchase_immutable
    BEFORE UPDATE OF id, checkout_id, customer_id, merchant_id, currency, subtotal_minor, tax_minor, shipping_minor, discount_minor, total_minor, source, imported_without_lines, placed_at
    ON orders FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE VIEW order_status_history AS
    SELECT order_id, seq, from_status, to_status, occurred_at, recorded_at, actor_kind, actor_id, actor_name, data
    FROM order_events WHERE to_status IS NOT NULL;

-- The feed of what happened, for live pages today and webhooks later: written in the transaction of the event, read in
-- (xid, id) order up to the oldest running transaction, so that no reader ever skips an entry that commits late.
CREATE TABLE outbox (
    xid         xid8        NOT NULL DEFAULT pg_current_xact_id(),
    id          bigint      GENERATED ALWAYS AS IDENTITY,
    topic       text        NOT NULL,
    merchant_id bigint      NOT NULL,
    order_id    bigint,
    data        jsonb       NOT NULL DEFAULT '{}',
    created_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT outbox_pkey PRIMARY KEY (xid, id)
);
CREATE INDEX outbox_created_idx ON outbox USING brin (created_at);
COMMENT ON INDEX outbox_created_idx IS 'The clean-up of entries past the replay window.';

-- The one writer of orders.status: applies an event to its order, refuses one that does not start from the current
-- status, and tells the feed. History that is imported sets waybill.feed to off: nobody waits for it live.
-- +goose StatementBegin
CREATE FUNCTION order_events_apply() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    merchant bigint;
BEGIN
    IF NEW.from_status IS NOT NULL THEN
        UPDATE orders SET status = NEW.to_status, status_at = NEW.occurred_at,
               expires_at = CASE WHEN NEW.to_status = 'pending' THEN expires_at END,
               cancel_reason = CASE WHEN NEW.to_status = 'cancelled' THEN NEW.data->>'reason' ELSE cancel_reason END
         WHERE id = NEW.order_id AND status = NEW.from_status
        RETURNING merchant_id INTO merchant;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'order % is not %', NEW.order_id, NEW.from_status
                USING ERRCODE = 'check_violation', CONSTRAINT = 'order_events_from_current_status';
        END IF;
    ELSE
        SELECT merchant_id INTO merchant FROM orders WHERE id = NEW.order_id;
    END IF;
    IF current_setting('waybill.feed', true) IS DISTINCT FROM 'off' THEN
        INSERT INTO outbox (topic, merchant_id, order_id, data)
        VALUES ('order.' || NEW.kind, merchant, NEW.order_id, jsonb_strip_nulls(jsonb_build_object('seq', NEW.seq, 'to', NEW.to_status, 'actor', NEW.actor_name)));
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER order_events_apply AFTER INSERT ON order_events FOR EACH ROW WHEN (NEW.kind <> 'placed') EXECUTE FUNCTION order_events_apply();

-- +goose StatementBegin
CREATE FUNCTION orders_guard_status() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the status of order % changes only with its event', NEW.id
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'orders_status_needs_event';
END $$;
-- +goose StatementEnd
CREATE TRIGGER orders_status_needs_event BEFORE UPDATE ON orders FOR EACH ROW
    WHEN (OLD.status IS DISTINCT FROM NEW.status AND pg_trigger_depth() = 0) EXECUTE FUNCTION orders_guard_status();
CREATE TRIGGER orders_start_pending BEFORE INSERT ON orders FOR EACH ROW
    WHEN (NEW.status <> 'pending') EXECUTE FUNCTION orders_guard_status();

-- +goose Down
DROP TABLE outbox;
DROP VIEW order_status_history;
DROP TABLE order_events, order_line_items, orders, checkouts, order_transitions;
DROP FUNCTION orders_guard_status, order_events_apply, next_id, id_at;
DROP SEQUENCE id_sequence;
