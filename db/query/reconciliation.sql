-- Comparing our books with a provider's record. Both sides are read outside of the transaction that keeps the outcome.

-- name: BookMovements :many
-- What our books have of a provider's charges in a period: money that moved, by when it moved, and attempts that did not
-- move any, by when they were made. A payment that was captured in one go carries its time itself; one that was
-- authorized first has an operation for each capture.
SELECT coalesce(p.provider_ref, '')::text AS provider_ref, coalesce(p.charge_key, '')::text AS charge_key, 'capture' AS movement, p.currency,
       (p.captured_minor - later.minor)::bigint AS minor, p.captured_at::timestamptz AS at, p.order_id, p.id AS payment_id, '' AS unsettled
FROM payments p
CROSS JOIN LATERAL (SELECT coalesce(sum(o.amount_minor), 0) AS minor FROM payment_operations o
                    WHERE o.order_id = p.order_id AND o.payment_id = p.id AND o.kind = 'capture' AND o.status = 'succeeded') later
WHERE p.status = 'captured' AND p.captured_at >= @from_at AND p.captured_at < @until_at AND p.provider = @provider AND p.captured_minor > later.minor
UNION ALL
SELECT coalesce(p.provider_ref, ''), coalesce(p.charge_key, ''), 'capture', o.currency, o.amount_minor, o.status_at, o.order_id, o.payment_id, ''
FROM payment_operations o JOIN payments p ON p.order_id = o.order_id AND p.id = o.payment_id
WHERE o.status = 'succeeded' AND o.status_at >= @from_at AND o.status_at < @until_at AND o.kind = 'capture' AND p.provider = @provider
UNION ALL
SELECT coalesce(p.provider_ref, ''), coalesce(p.charge_key, ''), 'refund', r.currency, r.amount_minor, r.status_at, r.order_id, r.payment_id, ''
FROM refunds r JOIN payments p ON p.order_id = r.order_id AND p.id = r.payment_id
WHERE r.status = 'succeeded' AND r.status_at >= @from_at AND r.status_at < @until_at AND p.provider = @provider
UNION ALL
SELECT coalesce(p.provider_ref, ''), coalesce(p.charge_key, ''), 'capture', p.currency, 0, p.created_at, p.order_id, p.id, p.status
FROM payments p
WHERE p.id >= @id_from AND p.id < @id_until AND p.order_id < @id_until AND p.provider = @provider AND p.status NOT IN ('captured', 'pending')
UNION ALL
SELECT coalesce(p.provider_ref, ''), coalesce(p.charge_key, ''), 'refund', r.currency, 0, r.created_at, r.order_id, r.payment_id, r.status
FROM refunds r JOIN payments p ON p.order_id = r.order_id AND p.id = r.payment_id
WHERE r.status <> 'succeeded' AND r.id >= @id_from AND r.id < @id_until AND p.provider = @provider
LIMIT @row_limit;

-- name: ReconciliationRunAdd :one
INSERT INTO reconciliation_runs (provider, period_from, period_until, actor_id, actor_name, request_id, started_at)
VALUES (@provider, @period_from, @period_until, @actor_id, @actor_name, @request_id, @started_at)
RETURNING id;

-- name: ReconciliationRunSucceed :execrows
UPDATE reconciliation_runs SET status = 'succeeded', totals = @totals, findings = @findings, new_findings = @new_findings, settled = @settled, finished_at = @now::timestamptz
WHERE id = @id AND status = 'running';

-- name: ReconciliationRunFail :execrows
UPDATE reconciliation_runs SET status = 'failed', failure = @failure, finished_at = @now::timestamptz WHERE id = @id AND status = 'running';

-- name: ReconciliationRuns :many
SELECT * FROM reconciliation_runs ORDER BY id DESC LIMIT @row_limit;

-- name: ReconciliationRun :one
SELECT * FROM reconciliation_runs WHERE id = @id;

-- name: ReconciliationFindings :many
SELECT f.*, e.status AS exception_status FROM reconciliation_findings f JOIN reconciliation_exceptions e ON e.id = f.exception_id
WHERE f.run_id = @run_id AND f.no > @after ORDER BY f.no LIMIT @row_limit;

-- name: ExceptionsKnown :many
-- What somebody has resolved already, with the same figures, is not opened again.
SELECT e.id, e.kind, e.provider_ref, e.currency
FROM reconciliation_exceptions e
JOIN (SELECT unnest(@kinds::text[]) AS kind, unnest(@refs::text[]) AS ref, unnest(@currencies::text[]) AS currency,
             unnest(@expected::bigint[]) AS expected, unnest(@actual::bigint[]) AS actual) f
  ON e.provider_ref = f.ref AND e.kind = f.kind AND e.currency = f.currency AND e.expected_minor = f.expected AND e.actual_minor = f.actual
WHERE e.provider = @provider AND e.source = @source AND e.status = 'resolved'
ORDER BY e.id;

-- name: ExceptionsFound :many
-- A finding that is open already gets today's figures. Rows come sorted, so two runs take their locks in one order.
INSERT INTO reconciliation_exceptions (kind, source, order_id, payment_id, provider, provider_ref, currency, expected_minor, actual_minor, reason, created_at)
SELECT f.kind, @source, nullif(f.order_id, 0), nullif(f.payment_id, 0), @provider, f.ref, f.currency, f.expected, f.actual, f.reason, @now
FROM (SELECT unnest(@kinds::text[]) AS kind, unnest(@refs::text[]) AS ref, unnest(@currencies::text[]) AS currency, unnest(@expected::bigint[]) AS expected,
             unnest(@actual::bigint[]) AS actual, unnest(@reasons::text[]) AS reason, unnest(@order_ids::bigint[]) AS order_id, unnest(@payment_ids::bigint[]) AS payment_id) f
ORDER BY f.ref, f.kind, f.currency
ON CONFLICT (source, kind, provider_ref, (coalesce(order_id, 0)), (coalesce(payment_id, 0)), currency) WHERE status = 'open'
DO UPDATE SET expected_minor = excluded.expected_minor, actual_minor = excluded.actual_minor, reason = excluded.reason
RETURNING id, kind, provider_ref, currency, created_at;

-- name: ExceptionsGone :execrows
-- What an earlier comparison found about these movements and this one does not.
UPDATE reconciliation_exceptions SET status = 'resolved', resolution = @resolution, resolved_at = @now::timestamptz
WHERE status = 'open' AND source = @source AND provider = @provider AND NOT id = ANY (@found_ids::bigint[])
  AND (provider_ref, kind LIKE 'refund\_%') IN (SELECT unnest(@refs::text[]), unnest(@refunds::boolean[]));

-- name: ReconciliationFindingsAdd :exec
INSERT INTO reconciliation_findings (run_id, no, class, movement, charge_ref, currency, expected_minor, actual_minor, order_id, payment_id, reason, exception_id)
SELECT @run_id, f.no, f.class, f.movement, f.ref, f.currency, f.expected, f.actual, nullif(f.order_id, 0), nullif(f.payment_id, 0), f.reason, f.exception_id
FROM (SELECT unnest(@nos::int[]) AS no, unnest(@classes::text[]) AS class, unnest(@movements::text[]) AS movement, unnest(@refs::text[]) AS ref,
             unnest(@currencies::text[]) AS currency, unnest(@expected::bigint[]) AS expected, unnest(@actual::bigint[]) AS actual,
             unnest(@order_ids::bigint[]) AS order_id, unnest(@payment_ids::bigint[]) AS payment_id, unnest(@reasons::text[]) AS reason, unnest(@exception_ids::bigint[]) AS exception_id) f;
