-- A refund of exact units says for which units of which lines, and for how much shipping, money goes back. It is decided
-- once, in whole minor units, and is paid out by one refund per payment that money goes back to (refunds.unit_refund_id).
-- It counts until all its refunds are declined; one that is about no money counts at once. No line is ever refunded for
-- more units than it has: a trigger says so under the lock of the order.

-- +goose Up
CREATE TABLE unit_refunds (
    order_id       bigint      NOT NULL,
    id             bigint      NOT NULL,     -- time-ordered
    cause          text        NOT NULL,
    return_id      bigint,                   -- cause return: which
    currency       text        NOT NULL,
    lines_minor    bigint      NOT NULL,     -- the sum of its refund_lines
    shipping_minor bigint      NOT NULL DEFAULT 0,
    withheld_minor bigint      NOT NULL DEFAULT 0,   -- of these, what had gone back before as an amount
    amount_minor   bigint      NOT NULL,
    reason         text        NOT NULL DEFAULT '',
    actor_kind     text        NOT NULL,
    actor_id       bigint      NOT NULL DEFAULT 0,
    actor_name     text        NOT NULL DEFAULT '',
    created_at     timestamptz NOT NULL,
    CONSTRAINT unit_refunds_pkey PRIMARY KEY (order_id, id),
    CONSTRAINT unit_refunds_cause_known CHECK (cause IN ('request', 'short', 'return')),
    CONSTRAINT unit_refunds_return_named CHECK ((cause = 'return') = (return_id IS NOT NULL)),
    CONSTRAINT unit_refunds_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT unit_refunds_parts_not_negative CHECK (lines_minor >= 0 AND shipping_minor >= 0 AND withheld_minor >= 0 AND amount_minor >= 0),
    CONSTRAINT unit_refunds_amount_is_sum CHECK (amount_minor = lines_minor + shipping_minor - withheld_minor),
    CONSTRAINT unit_refunds_reason_length CHECK (length(reason) <= 500)
) PARTITION BY RANGE (order_id);
CREATE TRIGGER unit_refunds_append_only BEFORE UPDATE OR DELETE ON unit_refunds FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE refund_lines (
    order_id       bigint  NOT NULL,
    refund_id      bigint  NOT NULL,     -- of unit_refunds
    line_no        integer NOT NULL,
    quantity       bigint  NOT NULL,
    net_minor      bigint  NOT NULL,     -- before discount, without tax
    discount_minor bigint  NOT NULL,
    tax_minor      bigint  NOT NULL,
    total_minor    bigint  NOT NULL,
    CONSTRAINT refund_lines_pkey PRIMARY KEY (order_id, refund_id, line_no),
    CONSTRAINT refund_lines_quantity_range CHECK (quantity BETWEEN 1 AND 10000),
    CONSTRAINT refund_lines_parts_not_negative CHECK (discount_minor >= 0 AND tax_minor >= 0 AND total_minor >= 0),
    CONSTRAINT refund_lines_total_is_sum CHECK (total_minor = net_minor - discount_minor + tax_minor)
) PARTITION BY RANGE (order_id);
CREATE TRIGGER refund_lines_append_only BEFORE UPDATE OR DELETE ON refund_lines FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- No foreign key: months are made in the order of the tables' age, and refunds are older than unit_refunds. verify checks it.
ALTER TABLE refunds ADD COLUMN unit_refund_id bigint;
COMMENT ON COLUMN refunds.unit_refund_id IS 'The refund of units that this pays out, whole or in part; NULL for a refund of an amount.';

CREATE VIEW live_unit_refunds AS
    SELECT u.* FROM unit_refunds u
    WHERE u.amount_minor = 0 OR EXISTS (SELECT 1 FROM refunds r WHERE r.order_id = u.order_id AND r.unit_refund_id = u.id AND r.status <> 'failed');
COMMENT ON VIEW live_unit_refunds IS 'The refunds of units that happened or are under way; those that were declined altogether do not count.';

-- +goose StatementBegin
CREATE FUNCTION refund_lines_check_units() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sold bigint;
    gone bigint;
BEGIN
    PERFORM 1 FROM orders WHERE id = NEW.order_id FOR NO KEY UPDATE;
    SELECT quantity INTO sold FROM order_line_items WHERE order_id = NEW.order_id AND line_no = NEW.line_no;
    SELECT coalesce(sum(l.quantity), 0) INTO gone
    FROM refund_lines l JOIN live_unit_refunds u ON u.order_id = l.order_id AND u.id = l.refund_id
    WHERE l.order_id = NEW.order_id AND l.line_no = NEW.line_no;
    IF gone + NEW.quantity > sold THEN
        RAISE EXCEPTION 'line % of order % has % units, of which % are refunded', NEW.line_no, NEW.order_id, sold, gone
            USING ERRCODE = 'check_violation', CONSTRAINT = 'refund_lines_within_line';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER refund_lines_within_line BEFORE INSERT ON refund_lines FOR EACH ROW EXECUTE FUNCTION refund_lines_check_units();

INSERT INTO partition_foreign_keys (child, name, columns, parent, parent_columns) VALUES
    ('unit_refunds', 'unit_refunds_order_fk', 'order_id', 'orders', 'id'),
    ('refund_lines', 'refund_lines_refund_fk', 'order_id, refund_id', 'unit_refunds', 'order_id, id'),
    ('refund_lines', 'refund_lines_line_fk', 'order_id, line_no', 'order_line_items', 'order_id, line_no');
-- The same months as orders have, the default partition too.
-- +goose StatementBegin
DO $$
DECLARE
    month record;
    parent text;
BEGIN
    FOREACH parent IN ARRAY ARRAY['unit_refunds', 'refund_lines'] LOOP
        FOR month IN SELECT c.relname, pg_get_expr(c.relpartbound, c.oid) AS bound
                     FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'orders'::regclass LOOP
            EXECUTE format('CREATE TABLE public.%I PARTITION OF %I %s', replace(month.relname, 'orders', parent), parent, month.bound);
            PERFORM add_partition_foreign_keys(parent, replace(month.relname, 'orders', ''));
        END LOOP;
    END LOOP;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP VIEW live_unit_refunds;
DROP TABLE refund_lines, unit_refunds;
DELETE FROM partition_foreign_keys WHERE child IN ('unit_refunds', 'refund_lines');
DROP FUNCTION refund_lines_check_units;
ALTER TABLE refunds DROP COLUMN unit_refund_id;
