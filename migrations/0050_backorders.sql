-- Orders may wait for units that are not there yet, as far as the merchant allows it per SKU, and a customer may have only
-- so many of a SKU. What orders wait for is counted beside the stock counters, on the level that ships the SKU first: the
-- lock that placing takes anyway then says all that it has to know, and a SKU without backorders costs nothing. CHECK
-- (reserved <= on_hand) stays as it is: a backordered unit is not reserved, it is promised.

-- +goose Up
ALTER TABLE skus
    ADD COLUMN backorder_limit bigint NOT NULL DEFAULT 0,
    ADD COLUMN buyer_limit bigint,
    ADD CONSTRAINT skus_backorder_limit_range CHECK (backorder_limit BETWEEN 0 AND 1000000),
    ADD CONSTRAINT skus_buyer_limit_range CHECK (buyer_limit BETWEEN 1 AND 10000);
COMMENT ON COLUMN skus.backorder_limit IS 'How many units orders may wait for at once; 0: none.';
COMMENT ON COLUMN skus.buyer_limit IS 'How many units one customer may have in 30 days; NULL: any number.';

ALTER TABLE stock_levels
    ADD COLUMN backordered bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT stock_levels_backordered_not_negative CHECK (backordered >= 0);
COMMENT ON COLUMN stock_levels.backordered IS 'Units that orders wait for, counted where the SKU ships from first.';
CREATE INDEX stock_levels_backordered_idx ON stock_levels (sku_id) WHERE backordered > 0;
COMMENT ON INDEX stock_levels_backordered_idx IS 'The SKUs that orders wait for: the job that gives them what came in.';

CREATE TABLE backorders (
    order_id    bigint      NOT NULL,
    line_no     integer     NOT NULL,
    part        integer     NOT NULL DEFAULT 1,  -- units that come in pieces are closed piece by piece
    sku_id      bigint      NOT NULL,
    location_id bigint      NOT NULL,            -- the level that counts them while they wait
    quantity    bigint      NOT NULL,
    status      text        NOT NULL DEFAULT 'waiting',
    created_at  timestamptz NOT NULL,
    closed_at   timestamptz,
    CONSTRAINT backorders_pkey PRIMARY KEY (order_id, line_no, part),
    CONSTRAINT backorders_level_fk FOREIGN KEY (sku_id, location_id) REFERENCES stock_levels (sku_id, location_id),
    CONSTRAINT backorders_quantity_range CHECK (quantity BETWEEN 1 AND 10000),
    CONSTRAINT backorders_status_known CHECK (status IN ('waiting', 'allocated', 'cancelled')),
    CONSTRAINT backorders_closed_when_not_waiting CHECK ((status = 'waiting') = (closed_at IS NULL))
) PARTITION BY RANGE (order_id);
CREATE INDEX backorders_waiting_idx ON backorders (sku_id, order_id) WHERE status = 'waiting';
COMMENT ON INDEX backorders_waiting_idx IS 'Who waits for a SKU, the oldest order first.';

INSERT INTO partition_foreign_keys (child, name, columns, parent, parent_columns) VALUES
    ('backorders', 'backorders_line_fk', 'order_id, line_no', 'order_line_items', 'order_id, line_no');
-- The same months as orders have, the default partition too.
-- +goose StatementBegin
DO $$
DECLARE
    month record;
BEGIN
    FOR month IN SELECT c.relname, pg_get_expr(c.relpartbound, c.oid) AS bound
                 FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'orders'::regclass LOOP
        EXECUTE format('CREATE TABLE public.%I PARTITION OF backorders %s', replace(month.relname, 'orders', 'backorders'), month.bound);
        PERFORM add_partition_foreign_keys('backorders', replace(month.relname, 'orders', ''));
    END LOOP;
END $$;
-- +goose StatementEnd

-- A line may hold units of one location several times: some from the day of the order, more when they came in.
ALTER TABLE reservations ADD COLUMN part integer NOT NULL DEFAULT 1;
ALTER TABLE reservations DROP CONSTRAINT reservations_pkey;
ALTER TABLE reservations ADD CONSTRAINT reservations_pkey PRIMARY KEY (order_id, line_no, location_id, part);

-- +goose Down
ALTER TABLE reservations DROP CONSTRAINT reservations_pkey;
ALTER TABLE reservations DROP COLUMN part;
ALTER TABLE reservations ADD CONSTRAINT reservations_pkey PRIMARY KEY (order_id, line_no, location_id);
DROP TABLE backorders;
DELETE FROM partition_foreign_keys WHERE child = 'backorders';
DROP INDEX stock_levels_backordered_idx;
ALTER TABLE stock_levels DROP COLUMN backordered;
ALTER TABLE skus DROP COLUMN buyer_limit, DROP COLUMN backorder_limit;
