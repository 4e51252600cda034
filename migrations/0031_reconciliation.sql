-- A comparison reads captures of authorized money by the time they went through, and may find one charge to differ in two
-- currencies, which are two findings.

-- +goose Up
CREATE INDEX payment_operations_succeeded_idx ON payment_operations (status_at) WHERE status = 'succeeded';
COMMENT ON INDEX payment_operations_succeeded_idx IS 'The reconciliation of a period: captures of authorized money, by the time they went through.';

DROP INDEX reconciliation_exceptions_finding_key;
CREATE UNIQUE INDEX reconciliation_exceptions_finding_key
    ON reconciliation_exceptions (source, kind, provider_ref, (coalesce(order_id, 0)), (coalesce(payment_id, 0)), currency) WHERE status = 'open';
COMMENT ON INDEX reconciliation_exceptions_finding_key IS 'The same finding is listed once, however often the comparison runs.';

-- +goose Down
DROP INDEX reconciliation_exceptions_finding_key;
CREATE UNIQUE INDEX reconciliation_exceptions_finding_key
    ON reconciliation_exceptions (source, kind, provider_ref, (coalesce(order_id, 0)), (coalesce(payment_id, 0))) WHERE status = 'open';
DROP INDEX payment_operations_succeeded_idx;
