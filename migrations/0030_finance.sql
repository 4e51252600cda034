-- What finance and support ask of the books beside single orders: totals per day, the record of every comparison with a
-- provider, and finding a person or an order by what somebody has at hand.

-- +goose Up
CREATE INDEX refunds_succeeded_idx ON refunds (status_at) WHERE status = 'succeeded';
COMMENT ON INDEX refunds_succeeded_idx IS 'Refunds per day and the reconciliation of a period, by the time the money went back.';

-- One comparison of our books with a provider's record. A row is written before the provider is asked, so that a run
-- that fails, or dies, leaves its record.
CREATE TABLE reconciliation_runs (
    id           bigint GENERATED ALWAYS AS IDENTITY,
    provider     text        NOT NULL,
    period_from  timestamptz NOT NULL,
    period_until timestamptz NOT NULL,
    status       text        NOT NULL DEFAULT 'running',
    failure      text        NOT NULL DEFAULT '',
    totals       jsonb       NOT NULL DEFAULT '[]',   -- per class and currency, matched ones too
    findings     integer     NOT NULL DEFAULT 0,
    new_findings integer     NOT NULL DEFAULT 0,      -- of them, not listed before
    settled      integer     NOT NULL DEFAULT 0,      -- open exceptions that the comparison found to match by now
    actor_id     bigint      NOT NULL DEFAULT 0,
    actor_name   text        NOT NULL DEFAULT '',
    request_id   text        NOT NULL DEFAULT '',
    started_at   timestamptz NOT NULL,
    finished_at  timestamptz,
    CONSTRAINT reconciliation_runs_pkey PRIMARY KEY (id),
    CONSTRAINT reconciliation_runs_status_known CHECK (status IN ('running', 'succeeded', 'failed')),
    CONSTRAINT reconciliation_runs_finished_when_over CHECK ((status = 'running') = (finished_at IS NULL)),
    CONSTRAINT reconciliation_runs_failure_says_why CHECK ((status = 'failed') = (failure <> '')),
    CONSTRAINT reconciliation_runs_period CHECK (period_from < period_until)
);

-- What a run found to differ, as it was then. Exceptions carry the work on it.
CREATE TABLE reconciliation_findings (
    run_id         bigint  NOT NULL,
    no             integer NOT NULL,
    class          text    NOT NULL,
    movement       text    NOT NULL,      -- capture or refund
    charge_ref     text    NOT NULL,
    currency       text    NOT NULL,
    expected_minor bigint  NOT NULL,
    actual_minor   bigint  NOT NULL,
    order_id       bigint,
    payment_id     bigint,
    reason         text    NOT NULL,
    exception_id   bigint  NOT NULL,
    CONSTRAINT reconciliation_findings_pkey PRIMARY KEY (run_id, no),
    CONSTRAINT reconciliation_findings_run_fk FOREIGN KEY (run_id) REFERENCES reconciliation_runs (id),
    CONSTRAINT reconciliation_findings_exception_fk FOREIGN KEY (exception_id) REFERENCES reconciliation_exceptions (id),
    CONSTRAINT reconciliation_findings_class_known CHECK (class IN ('missing_at_provider', 'missing_with_us', 'amount_differs', 'status_differs', 'surplus')),
    CONSTRAINT reconciliation_findings_movement_known CHECK (movement IN ('capture', 'refund'))
);
CREATE TRIGGER reconciliation_findings_append_only BEFORE UPDATE OR DELETE ON reconciliation_findings FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE INDEX reconciliation_exceptions_ref_idx ON reconciliation_exceptions (provider, provider_ref) WHERE provider_ref <> '';
COMMENT ON INDEX reconciliation_exceptions_ref_idx IS 'What is known already about a charge, when a comparison finds it again or finds it to match.';
CREATE INDEX reconciliation_exceptions_resolved_idx ON reconciliation_exceptions (id DESC) WHERE status = 'resolved';
COMMENT ON INDEX reconciliation_exceptions_resolved_idx IS 'What was resolved, newest first.';

CREATE INDEX customers_name_idx ON customers (lower(name) text_pattern_ops) WHERE deleted_at IS NULL;
COMMENT ON INDEX customers_name_idx IS 'Support finds a customer by the beginning of the name.';
CREATE INDEX import_refs_external_idx ON import_refs (external_id) WHERE kind IN ('checkout', 'order', 'customer');
COMMENT ON INDEX import_refs_external_idx IS 'Support finds what an outside number became, whichever system it is from.';
CREATE INDEX orders_shipped_idx ON orders (status_at) WHERE status = 'shipped';
COMMENT ON INDEX orders_shipped_idx IS 'Orders that are on their way for longest: support''s stuck orders. Rows leave it when they are delivered.';

CREATE INDEX audit_log_action_idx ON audit_log (action text_pattern_ops, id DESC);
COMMENT ON INDEX audit_log_action_idx IS 'The audit log by what was done.';
CREATE INDEX audit_log_subject_idx ON audit_log (subject, id DESC);
COMMENT ON INDEX audit_log_subject_idx IS 'What was done to one account, key or exception, newest first.';

-- +goose Down
DROP INDEX audit_log_subject_idx, audit_log_action_idx, orders_shipped_idx, import_refs_external_idx, customers_name_idx,
    reconciliation_exceptions_resolved_idx, reconciliation_exceptions_ref_idx, refunds_succeeded_idx;
DROP TABLE reconciliation_findings, reconciliation_runs;
