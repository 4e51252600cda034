-- Captures, voids and refunds: requests about an earlier charge. They are recorded before the provider is asked and are
-- changed under the lock of their order.

-- name: OperationAdd :one
INSERT INTO payment_operations (order_id, id, payment_id, kind, status, currency, amount_minor, operation_key, created_at, status_at, ask_at)
VALUES (@order_id, next_id(@now), @payment_id, @kind, 'sending', @currency, @amount_minor, @operation_key, @now, @now, @ask_at::timestamptz)
RETURNING id;

-- name: RefundAdd :one
INSERT INTO refunds (order_id, id, payment_id, unit_refund_id, status, currency, amount_minor, reason, refund_key, created_at, status_at, ask_at)
VALUES (@order_id, next_id(@now), @payment_id, nullif(@unit_refund_id::bigint, 0), 'sending', @currency, @amount_minor, @reason, @refund_key, @now, @now, @ask_at::timestamptz)
RETURNING id;

-- name: OperationByID :one
SELECT * FROM payment_operations WHERE order_id = @order_id AND id = @id;

-- name: RefundsByID :many
SELECT * FROM refunds WHERE order_id = @order_id AND id = ANY (@ids::bigint[]) ORDER BY id;

-- name: OperationSettle :execrows
UPDATE payment_operations SET status = @status, provider_ref = nullif(@provider_ref::text, ''), failure = @failure, status_at = @now, ask_at = NULL
WHERE order_id = @order_id AND id = @id AND status IN ('sending', 'unknown');

-- name: RefundSettle :execrows
UPDATE refunds SET status = @status, provider_ref = nullif(@provider_ref::text, ''), failure = @failure, status_at = @now, ask_at = NULL
WHERE order_id = @order_id AND id = @id AND status IN ('sending', 'unknown');

-- name: OperationUnknown :execrows
UPDATE payment_operations SET status = 'unknown', status_at = @now, ask_at = @ask_at::timestamptz WHERE order_id = @order_id AND id = @id AND status = 'sending';

-- name: RefundUnknown :execrows
UPDATE refunds SET status = 'unknown', status_at = @now, ask_at = @ask_at::timestamptz WHERE order_id = @order_id AND id = @id AND status = 'sending';

-- name: OperationsClaim :many
-- As PaymentsClaim.
UPDATE payment_operations o SET ask_at = sqlc.arg(now)::timestamptz + least(greatest((sqlc.arg(now) - o.created_at) / 2, interval '10 seconds'), interval '30 minutes')
FROM (SELECT d.order_id, d.id FROM payment_operations d WHERE d.ask_at <= @now ORDER BY d.ask_at LIMIT @row_limit FOR NO KEY UPDATE SKIP LOCKED) due,
     payments p
WHERE o.order_id = due.order_id AND o.id = due.id AND p.order_id = o.order_id AND p.id = o.payment_id
RETURNING o.kind, o.id, o.order_id, o.payment_id, o.operation_key, o.status, o.currency, o.amount_minor, p.provider, coalesce(p.provider_ref, '')::text AS charge;

-- name: RefundsClaim :many
-- As PaymentsClaim.
UPDATE refunds r SET ask_at = sqlc.arg(now)::timestamptz + least(greatest((sqlc.arg(now) - r.created_at) / 2, interval '10 seconds'), interval '30 minutes')
FROM (SELECT d.order_id, d.id FROM refunds d WHERE d.ask_at <= @now ORDER BY d.ask_at LIMIT @row_limit FOR NO KEY UPDATE SKIP LOCKED) due,
     payments p
WHERE r.order_id = due.order_id AND r.id = due.id AND p.order_id = r.order_id AND p.id = r.payment_id
RETURNING r.id, r.order_id, r.payment_id, r.refund_key, r.status, r.currency, r.amount_minor, r.reason, p.provider, coalesce(p.provider_ref, '')::text AS charge;
