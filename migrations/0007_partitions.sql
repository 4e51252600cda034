-- Monthly partitions of everything that grows with orders, made ahead by a job and on demand by imports of old orders.
-- The default partitions catch what was missed; verify complains when one holds rows.

-- Foreign keys between tables that share the partition key stand between the partitions of one month, not between the
-- parents: a key that references a partitioned table is checked through all of its partitions (measured with 24 months:
-- placing an order spent more than half its time there), while the row it needs can only be in its own month. It also
-- lets a month be archived by detaching it, children first, with nothing left to drop.

-- +goose Up
CREATE TABLE partition_foreign_keys (
    child           text NOT NULL,
    name            text NOT NULL,
    columns         text NOT NULL,
    parent          text NOT NULL,
    parent_columns  text NOT NULL,
    CONSTRAINT partition_foreign_keys_pkey PRIMARY KEY (child, name)
);
COMMENT ON TABLE partition_foreign_keys IS 'The foreign keys that every month of child has to the same month of parent.';
INSERT INTO partition_foreign_keys (child, name, columns, parent, parent_columns) VALUES
    ('orders',            'orders_checkout_fk',                'checkout_id',          'checkouts',        'id'),
    ('order_line_items',  'order_line_items_order_fk',         'order_id',             'orders',           'id'),
    ('order_events',      'order_events_order_fk',             'order_id',             'orders',           'id'),
    ('payments',          'payments_order_fk',                 'order_id',             'orders',           'id'),
    ('refunds',           'refunds_payment_fk',                'order_id, payment_id', 'payments',         'order_id, id'),
    ('reservations',      'reservations_line_fk',              'order_id, line_no',    'order_line_items', 'order_id, line_no'),
    ('fulfillments',      'fulfillments_order_fk',             'order_id',             'orders',           'id'),
    ('fulfillment_items', 'fulfillment_items_fulfillment_fk',  'order_id, no',         'fulfillments',     'order_id, no'),
    ('fulfillment_items', 'fulfillment_items_line_fk',         'order_id, line_no',    'order_line_items', 'order_id, line_no');

-- +goose StatementBegin
CREATE FUNCTION add_partition_foreign_keys(table_name text, suffix text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    k partition_foreign_keys;
BEGIN
    FOR k IN SELECT * FROM partition_foreign_keys WHERE child = table_name LOOP
        EXECUTE format('ALTER TABLE public.%I ADD CONSTRAINT %I FOREIGN KEY (%s) REFERENCES public.%I (%s)',
            k.child || suffix, k.name, k.columns, k.parent || suffix, k.parent_columns);
    END LOOP;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION ensure_partitions(from_at timestamptz, until_at timestamptz) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    parent regclass;
    month  timestamp;
    child  text;
    made   integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('waybill.ensure_partitions'));
    -- In order of creation, so that a referenced table has its month before the table that references it.
    FOR parent IN SELECT partrelid::regclass FROM pg_partitioned_table p JOIN pg_class c ON c.oid = p.partrelid
                  WHERE c.relnamespace = 'public'::regnamespace ORDER BY c.oid LOOP
        month := date_trunc('month', from_at AT TIME ZONE 'UTC');
        WHILE month < until_at AT TIME ZONE 'UTC' LOOP
            child := parent::text || to_char(month, '_YYYY_MM');
            IF to_regclass('public.' || child) IS NULL THEN
                EXECUTE format('CREATE TABLE public.%I PARTITION OF %s FOR VALUES FROM (%s) TO (%s)', child, parent,
                    id_at(month AT TIME ZONE 'UTC'), id_at((month + interval '1 month') AT TIME ZONE 'UTC'));
                PERFORM add_partition_foreign_keys(parent::text, to_char(month, '_YYYY_MM'));
                made := made + 1;
            END IF;
            month := month + interval '1 month';
        END LOOP;
        child := parent::text || '_default';
        IF to_regclass('public.' || child) IS NULL THEN
            EXECUTE format('CREATE TABLE public.%I PARTITION OF %s DEFAULT', child, parent);
            PERFORM add_partition_foreign_keys(parent::text, '_default');
            made := made + 1;
        END IF;
    END LOOP;
    RETURN made;
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION ensure_partitions IS 'Makes the missing monthly partitions that cover [from_at, until_at) and the default ones; returns how many it made.';

SELECT ensure_partitions(now(), now() + interval '3 months');

-- +goose Down
DROP FUNCTION ensure_partitions, add_partition_foreign_keys;
DROP TABLE partition_foreign_keys;
