-- A request to a payment provider may be left without an answer, by a crash or a time-out. Its key is on record before it
-- is sent; here it also gets the time at which whoever works in the background asks what became of it (ask_at), which is
-- at the same time the lease of whoever is waiting for the answer. Captures and voids of authorized money are requests
-- like refunds and get rows of their own: a capture in flight is neither authorized nor captured.

-- +goose Up
ALTER TABLE payments ADD COLUMN sent_at timestamptz, ADD COLUMN ask_at timestamptz;
ALTER TABLE refunds ADD COLUMN ask_at timestamptz;
UPDATE payments SET sent_at = status_at, ask_at = now() WHERE status IN ('sending', 'unknown');
UPDATE refunds SET ask_at = now() WHERE status IN ('sending', 'unknown');
ALTER TABLE payments ADD CONSTRAINT payments_open_is_asked CHECK ((status IN ('sending', 'unknown')) = (ask_at IS NOT NULL) AND (ask_at IS NULL OR sent_at IS NOT NULL));
ALTER TABLE refunds ADD CONSTRAINT refunds_open_is_asked CHECK ((status IN ('sending', 'unknown')) = (ask_at IS NOT NULL));
COMMENT ON COLUMN payments.sent_at IS 'When the provider was last sent the charge.';
COMMENT ON COLUMN payments.ask_at IS 'When the provider is asked what became of the charge; set while nobody knows.';
COMMENT ON COLUMN refunds.ask_at IS 'When the provider is asked what became of the refund; set while nobody knows.';

DROP INDEX payments_open_idx;
CREATE INDEX payments_ask_idx ON payments (ask_at) WHERE ask_at IS NOT NULL;
COMMENT ON INDEX payments_ask_idx IS 'Attempts whose outcome is not known yet and that are due to be asked about.';
CREATE INDEX refunds_ask_idx ON refunds (ask_at) WHERE ask_at IS NOT NULL;
COMMENT ON INDEX refunds_ask_idx IS 'Refunds whose outcome is not known yet and that are due to be asked about.';

CREATE TABLE payment_operations (
    order_id      bigint      NOT NULL,
    id            bigint      NOT NULL,     -- time-ordered
    payment_id    bigint      NOT NULL,
    kind          text        NOT NULL,
    status        text        NOT NULL,
    currency      text        NOT NULL,
    amount_minor  bigint      NOT NULL,     -- of a void: what was still held
    operation_key text        NOT NULL,     -- the idempotency key that the provider got
    provider_ref  text,
    failure       text        NOT NULL DEFAULT '',
    created_at    timestamptz NOT NULL,
    status_at     timestamptz NOT NULL,
    ask_at        timestamptz,
    CONSTRAINT payment_operations_pkey PRIMARY KEY (order_id, id),
    CONSTRAINT payment_operations_key_key UNIQUE (order_id, operation_key),
    CONSTRAINT payment_operations_kind_known CHECK (kind IN ('capture', 'void')),
    CONSTRAINT payment_operations_status_known CHECK (status IN ('sending', 'succeeded', 'failed', 'unknown')),
    CONSTRAINT payment_operations_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT payment_operations_amount_positive CHECK (amount_minor > 0),
    CONSTRAINT payment_operations_open_is_asked CHECK ((status IN ('sending', 'unknown')) = (ask_at IS NOT NULL))
) PARTITION BY RANGE (order_id);
CREATE INDEX payment_operations_ask_idx ON payment_operations (ask_at) WHERE ask_at IS NOT NULL;
COMMENT ON INDEX payment_operations_ask_idx IS 'Captures and voids whose outcome is not known yet and that are due to be asked about.';
CREATE INDEX payment_operations_provider_ref_idx ON payment_operations (provider_ref) WHERE provider_ref IS NOT NULL;
COMMENT ON INDEX payment_operations_provider_ref_idx IS 'Reconciliation finds a capture by the provider''s reference of it.';

INSERT INTO partition_foreign_keys (child, name, columns, parent, parent_columns) VALUES
    ('payment_operations', 'payment_operations_payment_fk', 'order_id, payment_id', 'payments', 'order_id, id');
-- The same months as orders have, the default partition too.
-- +goose StatementBegin
DO $$
DECLARE
    month record;
BEGIN
    FOR month IN SELECT c.relname, pg_get_expr(c.relpartbound, c.oid) AS bound
                 FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'orders'::regclass LOOP
        EXECUTE format('CREATE TABLE public.%I PARTITION OF payment_operations %s', replace(month.relname, 'orders', 'payment_operations'), month.bound);
        PERFORM add_partition_foreign_keys('payment_operations', replace(month.relname, 'orders', ''));
    END LOOP;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP TABLE payment_operations;
DELETE FROM partition_foreign_keys WHERE child = 'payment_operations';
DROP INDEX refunds_ask_idx, payments_ask_idx;
CREATE INDEX payments_open_idx ON payments (status_at) WHERE status IN ('sending', 'unknown');
ALTER TABLE refunds DROP COLUMN ask_at;
ALTER TABLE payments DROP COLUMN ask_at, DROP COLUMN sent_at;
