-- Monthly partitions of everything that grows with orders, made ahead by a job and on demand by imports of old orders.
-- The default partitions catch what was missed; verify complains when one holds rows.

-- +goose Up
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
                made := made + 1;
            END IF;
            month := month + interval '1 month';
        END LOOP;
        child := parent::text || '_default';
        IF to_regclass('public.' || child) IS NULL THEN
            EXECUTE format('CREATE TABLE public.%I PARTITION OF %s DEFAULT', child, parent);
            made := made + 1;
        END IF;
    END LOOP;
    RETURN made;
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION ensure_partitions IS 'Makes the missing monthly partitions that cover [from_at, until_at) and the default ones; returns how many it made.';

SELECT ensure_partitions(now(), now() + interval '3 months');

-- +goose Down
DROP FUNCTION ensure_partitions;
