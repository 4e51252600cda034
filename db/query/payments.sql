-- Payments: what was charged for an order. Payments are changed under the lock of their order.

-- name: OrdersLock :many
-- As OrderLock, for several orders: in order of their ids.
SELECT id, checkout_id, customer_id, merchant_id, status, currency, total_minor, placed_at, expires_at, coalesce(cancel_reason, '')::text AS cancel_reason, hold_lapsed_at
FROM orders WHERE id = ANY (@ids::bigint[]) ORDER BY id FOR NO KEY UPDATE;

-- name: CheckoutOrderIDs :one
SELECT order_ids FROM checkouts WHERE id = @id;

-- name: PaymentOrderID :one
-- A payment is never older than its order, so the months after it are not looked at.
SELECT order_id FROM payments WHERE id = sqlc.arg(id) AND order_id < ((sqlc.arg(id)::bigint >> 20) + 1) << 20;

-- name: PaymentsUnderWay :many
-- The payments of locked orders and what providers have been asked about them and have not answered.
SELECT sqlc.embed(p),
       coalesce((SELECT sum(o.amount_minor) FROM payment_operations o
                 WHERE o.order_id = p.order_id AND o.payment_id = p.id AND o.kind = 'capture' AND o.ask_at IS NOT NULL), 0)::bigint AS capturing_minor,
       coalesce((SELECT sum(r.amount_minor) FROM refunds r
                 WHERE r.order_id = p.order_id AND r.payment_id = p.id AND r.ask_at IS NOT NULL), 0)::bigint AS refunding_minor,
       EXISTS (SELECT 1 FROM payment_operations o
               WHERE o.order_id = p.order_id AND o.payment_id = p.id AND o.kind = 'void' AND o.ask_at IS NOT NULL) AS voiding
FROM payments p WHERE p.order_id = ANY (@order_ids::bigint[]) ORDER BY p.order_id, p.id;

-- name: PaymentSend :execrows
-- The payment that was recorded with its order becomes an attempt; a part of the amount makes it smaller.
UPDATE payments SET status = 'sending', provider = @provider, charge_key = @charge_key::text, amount_minor = @amount_minor,
       sent_at = @now::timestamptz, status_at = @now, ask_at = @ask_at::timestamptz
WHERE order_id = @order_id AND id = @id AND status = 'pending';

-- name: PaymentSendAnother :exec
INSERT INTO payments (order_id, id, checkout_id, status, provider, currency, amount_minor, charge_key, created_at, sent_at, status_at, ask_at)
VALUES (@order_id, next_id(@now), @checkout_id, 'sending', @provider, @currency, @amount_minor, @charge_key::text, @now, @now, @now, @ask_at::timestamptz);

-- name: PaymentComplete :execrows
-- An order that costs nothing is paid by no charge.
UPDATE payments SET status = 'captured', provider = @provider, charge_key = @charge_key::text, captured_at = @now::timestamptz, status_at = @now
WHERE order_id = @order_id AND id = @id AND status = 'pending';

-- name: OrderHoldExtend :exec
UPDATE orders SET expires_at = @expires_at::timestamptz WHERE id = @id AND status = 'pending' AND expires_at < @expires_at;

-- name: PaymentsResume :execrows
-- Only who moves ask_at may ask the provider or send the charge again.
UPDATE payments SET sent_at = @now::timestamptz, ask_at = @ask_at::timestamptz
WHERE order_id = ANY (@order_ids::bigint[]) AND charge_key = @charge_key::text AND ask_at <= @now;

-- name: PaymentsUnknown :execrows
UPDATE payments SET status = 'unknown', status_at = @now, ask_at = @ask_at::timestamptz
WHERE order_id = ANY (@order_ids::bigint[]) AND charge_key = @charge_key::text AND status = 'sending';

-- name: PaymentsSettle :execrows
-- One charge has one outcome: all its parts take it together.
UPDATE payments SET status = @status, provider_ref = nullif(@provider_ref::text, ''), method = @method, card_last4 = nullif(@card_last4::text, ''),
       failure = @failure, status_at = @now, ask_at = NULL,
       captured_minor = CASE WHEN @status = 'captured' THEN amount_minor ELSE 0 END,
       captured_at = CASE WHEN @status = 'captured' THEN @occurred_at::timestamptz END
WHERE order_id = ANY (@order_ids::bigint[]) AND charge_key = @charge_key::text AND status IN ('sending', 'unknown');

-- name: PaymentAddCaptured :execrows
UPDATE payments SET status = 'captured', captured_minor = captured_minor + @amount_minor, captured_at = coalesce(captured_at, @occurred_at::timestamptz), status_at = @now
WHERE order_id = @order_id AND id = @id AND status IN ('authorized', 'captured');

-- name: PaymentAddRefunded :execrows
UPDATE payments SET refunded_minor = refunded_minor + @amount_minor WHERE order_id = @order_id AND id = @id AND status = 'captured';

-- name: PaymentLetGo :execrows
-- After a void: nothing is held any more. What was captured before stays captured.
UPDATE payments SET status = CASE WHEN status = 'authorized' THEN 'cancelled' ELSE status END,
       amount_minor = CASE WHEN status = 'captured' THEN captured_minor ELSE amount_minor END, status_at = @now
WHERE order_id = @order_id AND id = @id AND status IN ('authorized', 'captured');

-- name: PaymentsCancelPending :exec
UPDATE payments SET status = 'cancelled', status_at = @now WHERE order_id = ANY (@order_ids::bigint[]) AND order_id BETWEEN @id_first AND @id_last AND status = 'pending';

-- name: PaymentsClaim :many
-- What is due to be asked about, to one caller at a time: who moves ask_at asks. It is moved further the older the
-- attempt is. No order is locked here, so nothing may be waited for.
UPDATE payments p SET ask_at = sqlc.arg(now)::timestamptz + least(greatest((sqlc.arg(now) - p.sent_at) / 2, interval '10 seconds'), interval '30 minutes')
FROM (SELECT d.order_id, d.id FROM payments d WHERE d.ask_at <= @now ORDER BY d.ask_at LIMIT @row_limit FOR NO KEY UPDATE SKIP LOCKED) due
WHERE p.order_id = due.order_id AND p.id = due.id
RETURNING p.charge_key;

-- name: PaymentsByChargeKeys :many
SELECT sqlc.embed(p), o.status AS order_status
FROM payments p JOIN orders o ON o.id = p.order_id
WHERE p.charge_key = ANY (@charge_keys::text[]) ORDER BY p.charge_key, p.order_id;

-- name: PaymentAttempt :many
SELECT sqlc.embed(p), o.status AS order_status
FROM payments p JOIN orders o ON o.id = p.order_id
WHERE p.order_id = ANY (@order_ids::bigint[]) AND p.charge_key = @charge_key::text ORDER BY p.order_id;

-- name: ExceptionAdd :execrows
-- A finding that is listed already and still open is not listed again.
INSERT INTO reconciliation_exceptions (kind, source, order_id, payment_id, provider, provider_ref, currency, expected_minor, actual_minor, reason, created_at)
VALUES (@kind, @source, @order_id::bigint, @payment_id::bigint, @provider, @provider_ref, @currency, @expected_minor, @actual_minor, @reason, @now)
ON CONFLICT DO NOTHING;

-- name: OrderStatus :one
SELECT status FROM orders WHERE id = @id;
