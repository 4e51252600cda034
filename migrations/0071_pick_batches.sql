-- Several parcels picked in one walk, each into a tote of its own. A batch is a list of claims: its parcels are claimed for
-- its picker like any other, so everything that ends a claim (picking the last unit, giving it back, a lease that ran out, a
-- hand-over, a cancellation) takes the parcel out of its batch, whoever does it. That is why a trigger does it. The batch
-- ends with its last parcel.

-- +goose Up
CREATE TABLE pick_batches (
    id             bigint      GENERATED ALWAYS AS IDENTITY,
    merchant_id    bigint      NOT NULL,
    picker_id      bigint      NOT NULL,
    kind           text        NOT NULL,
    about          text        NOT NULL DEFAULT '',   -- the code of the SKU, or the zone
    parcels        integer     NOT NULL,              -- that it began with
    open_parcels   integer     NOT NULL,              -- that are still being picked
    order_id_from  bigint      NOT NULL,              -- bounds of its orders, which prune the months
    order_id_until bigint      NOT NULL,
    created_at     timestamptz NOT NULL,
    ended_at       timestamptz,
    CONSTRAINT pick_batches_pkey PRIMARY KEY (id),
    CONSTRAINT pick_batches_merchant_fk FOREIGN KEY (merchant_id) REFERENCES merchants (id),
    CONSTRAINT pick_batches_picker_fk FOREIGN KEY (picker_id) REFERENCES users (id),
    CONSTRAINT pick_batches_kind_known CHECK (kind IN ('single', 'sku', 'zone', 'totes', 'chosen')),
    CONSTRAINT pick_batches_about_length CHECK (length(about) <= 64),
    CONSTRAINT pick_batches_not_empty CHECK (parcels BETWEEN 1 AND 200),
    CONSTRAINT pick_batches_open_within_parcels CHECK (open_parcels BETWEEN 0 AND parcels),
    CONSTRAINT pick_batches_ended_when_none_open CHECK ((ended_at IS NULL) = (open_parcels > 0)),
    CONSTRAINT pick_batches_bounds CHECK (order_id_from <= order_id_until)
);
CREATE INDEX pick_batches_merchant_idx ON pick_batches (merchant_id, id DESC);
COMMENT ON INDEX pick_batches_merchant_idx IS 'The batches of a merchant, newest first.';

CREATE TABLE pick_batch_parcels (
    order_id bigint      NOT NULL,
    no       integer     NOT NULL,
    batch_id bigint      NOT NULL,
    tote     integer     NOT NULL,
    left_at  timestamptz,            -- NULL: being picked in this batch
    left_as  text,                   -- the state that it left for, or 'handed_over'
    CONSTRAINT pick_batch_parcels_pkey PRIMARY KEY (order_id, no, batch_id),
    CONSTRAINT pick_batch_parcels_batch_fk FOREIGN KEY (batch_id) REFERENCES pick_batches (id),
    CONSTRAINT pick_batch_parcels_tote_range CHECK (tote BETWEEN 1 AND 200),
    CONSTRAINT pick_batch_parcels_left_pair CHECK ((left_at IS NULL) = (left_as IS NULL))
) PARTITION BY RANGE (order_id);
CREATE UNIQUE INDEX pick_batch_parcels_one_batch_key ON pick_batch_parcels (order_id, no) WHERE left_at IS NULL;
COMMENT ON INDEX pick_batch_parcels_one_batch_key IS 'A parcel is picked in one batch at a time; and which.';
CREATE INDEX pick_batch_parcels_batch_idx ON pick_batch_parcels (batch_id, tote);
COMMENT ON INDEX pick_batch_parcels_batch_idx IS 'The parcels of a batch by tote.';
INSERT INTO partition_foreign_keys (child, name, columns, parent, parent_columns) VALUES
    ('pick_batch_parcels', 'pick_batch_parcels_fulfillment_fk', 'order_id, no', 'fulfillments', 'order_id, no');

-- The batch row is the last thing that is locked: whoever changes several parcels of a batch locks their orders first.
-- +goose StatementBegin
CREATE FUNCTION fulfillments_leave_batch() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    batch bigint;
BEGIN
    UPDATE pick_batch_parcels SET left_at = now(), left_as = CASE NEW.status WHEN 'picking' THEN 'handed_over' ELSE NEW.status END
     WHERE order_id = NEW.order_id AND no = NEW.no AND left_at IS NULL
    RETURNING batch_id INTO batch;
    IF batch IS NOT NULL THEN
        UPDATE pick_batches SET open_parcels = open_parcels - 1, ended_at = CASE WHEN open_parcels = 1 THEN now() END WHERE id = batch;
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER fulfillments_leave_batch AFTER UPDATE ON fulfillments FOR EACH ROW
    WHEN (OLD.status = 'picking' AND (NEW.status <> 'picking' OR NEW.assigned_user_id IS DISTINCT FROM OLD.assigned_user_id))
    EXECUTE FUNCTION fulfillments_leave_batch();

-- What was scanned, by whom, and whether it was right. The accuracy of picking and packing follows from it, and so does the
-- list of mismatches. Unit by unit, so it is cut into months like everything that grows with orders.
CREATE TABLE scan_events (
    id          bigint      NOT NULL,              -- time-ordered
    merchant_id bigint      NOT NULL,
    user_id     bigint      NOT NULL,
    step        text        NOT NULL,
    outcome     text        NOT NULL,
    units       bigint      NOT NULL DEFAULT 1,    -- of an override: that were counted by hand
    order_id    bigint,                            -- no foreign key: a month of scans may outlive the archived order
    no          integer,
    line_no     integer,
    sku_id      bigint,
    batch_id    bigint,
    code        text        NOT NULL DEFAULT '',   -- as scanned
    said        text        NOT NULL DEFAULT '',   -- of a wrong one: what the picker was told
    reason      text        NOT NULL DEFAULT '',   -- of an override
    created_at  timestamptz NOT NULL,
    CONSTRAINT scan_events_pkey PRIMARY KEY (id),
    CONSTRAINT scan_events_merchant_fk FOREIGN KEY (merchant_id) REFERENCES merchants (id),
    CONSTRAINT scan_events_user_fk FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT scan_events_step_known CHECK (step IN ('pick', 'pack')),
    CONSTRAINT scan_events_outcome_known CHECK (outcome IN ('ok', 'wrong', 'override')),
    CONSTRAINT scan_events_units_positive CHECK (units > 0),
    CONSTRAINT scan_events_override_has_reason CHECK ((outcome = 'override') = (reason <> '')),
    CONSTRAINT scan_events_texts_length CHECK (length(code) <= 200 AND length(said) <= 500 AND length(reason) <= 200)
) PARTITION BY RANGE (id);
CREATE INDEX scan_events_merchant_idx ON scan_events (merchant_id, id DESC);
COMMENT ON INDEX scan_events_merchant_idx IS 'What was scanned for a merchant in a period, newest first: accuracy, mismatches.';
CREATE TRIGGER scan_events_append_only BEFORE UPDATE OR DELETE ON scan_events FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- The same months as orders have, the default partition too.
-- +goose StatementBegin
DO $$
DECLARE
    month record;
    made  text;
BEGIN
    FOREACH made IN ARRAY ARRAY['pick_batch_parcels', 'scan_events'] LOOP
        FOR month IN SELECT c.relname, pg_get_expr(c.relpartbound, c.oid) AS bound
                     FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'orders'::regclass LOOP
            EXECUTE format('CREATE TABLE public.%I PARTITION OF %I %s', replace(month.relname, 'orders', made), made, month.bound);
            PERFORM add_partition_foreign_keys(made, replace(month.relname, 'orders', ''));
        END LOOP;
    END LOOP;
END $$;
-- +goose StatementEnd

-- At the packing table each unit is scanned once more. What is not in the parcel any more is not verified either.
ALTER TABLE fulfillment_items ADD COLUMN verified bigint NOT NULL DEFAULT 0;
ALTER TABLE fulfillment_items ADD CONSTRAINT fulfillment_items_verified_within_picked CHECK (verified BETWEEN 0 AND picked);
-- +goose StatementBegin
CREATE FUNCTION fulfillment_items_verify_what_is_picked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.verified := NEW.picked;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER fulfillment_items_verify_what_is_picked BEFORE UPDATE OF picked ON fulfillment_items FOR EACH ROW
    WHEN (NEW.verified > NEW.picked) EXECUTE FUNCTION fulfillment_items_verify_what_is_picked();

ALTER TABLE merchants ADD COLUMN scan_required boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN merchants.scan_required IS 'Units are scanned when they are picked and packed; without a scan it takes a reason.';

-- +goose Down
ALTER TABLE merchants DROP COLUMN scan_required;
DROP TRIGGER fulfillment_items_verify_what_is_picked ON fulfillment_items;
DROP FUNCTION fulfillment_items_verify_what_is_picked;
ALTER TABLE fulfillment_items DROP CONSTRAINT fulfillment_items_verified_within_picked, DROP COLUMN verified;
DROP TABLE scan_events;
DROP TRIGGER fulfillments_leave_batch ON fulfillments;
DROP FUNCTION fulfillments_leave_batch;
DROP TABLE pick_batch_parcels, pick_batches;
DELETE FROM partition_foreign_keys WHERE child = 'pick_batch_parcels';
