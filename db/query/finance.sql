-- Finance: money per day, payments in every state, and what does not match. Lists whose filters people combine freely
-- are put together in db/payment_lists.go and db/exceptions.go; what has one shape is here.

-- name: FinanceDays :many
-- One row per UTC day and currency in which anything happened. Each source is read by the index of its own time: orders
-- and payments on record by their ids, which prune to the months asked for, captures and refunds by when they happened,
-- which may be months after the order.
WITH happened AS (
    SELECT date_trunc('day', o.placed_at, 'UTC') AS day, o.currency, count(*) AS orders, sum(o.subtotal_minor) AS items, sum(o.shipping_minor) AS shipping,
           sum(o.tax_minor) AS tax, sum(o.discount_minor) AS discount, 0::numeric AS on_record, 0::numeric AS captured, 0::numeric AS refunded
    FROM orders o WHERE o.id >= @id_from AND o.id < @id_until GROUP BY 1, 2
    UNION ALL
    SELECT date_trunc('day', p.created_at, 'UTC'), p.currency, 0, 0, 0, 0, 0, sum(p.amount_minor), 0, 0
    FROM payments p WHERE p.id >= @id_from AND p.id < @id_until AND p.order_id < @id_until GROUP BY 1, 2
    UNION ALL
    SELECT date_trunc('day', p.captured_at, 'UTC'), p.currency, 0, 0, 0, 0, 0, 0, sum(p.captured_minor), 0
    FROM payments p WHERE p.status = 'captured' AND p.captured_at >= @from_at AND p.captured_at < @until_at GROUP BY 1, 2
    UNION ALL
    SELECT date_trunc('day', r.status_at, 'UTC'), r.currency, 0, 0, 0, 0, 0, 0, 0, sum(r.amount_minor)
    FROM refunds r WHERE r.status = 'succeeded' AND r.status_at >= @from_at AND r.status_at < @until_at GROUP BY 1, 2
)
SELECT day::timestamptz AS day, currency, sum(orders)::bigint AS orders, sum(items)::bigint AS items_minor, sum(shipping)::bigint AS shipping_minor,
       sum(tax)::bigint AS tax_minor, sum(discount)::bigint AS discount_minor, sum(on_record)::bigint AS on_record_minor,
       sum(captured)::bigint AS captured_minor, sum(refunded)::bigint AS refunded_minor
FROM happened GROUP BY day, currency ORDER BY day, currency LIMIT @row_limit;

-- name: FinanceFirstDay :one
-- The day of the first order on record, for reports over everything: one look at the primary key of each month (the
-- default partition keeps the planner from reading them in order).
SELECT coalesce((SELECT placed_at FROM orders ORDER BY id LIMIT 1), @now::timestamptz)::timestamptz AS first_at;

-- name: FinancePaymentStates :many
SELECT p.status, p.currency, count(*) AS payments, sum(p.amount_minor)::bigint AS amount_minor
FROM payments p WHERE p.id >= @id_from AND p.id < @id_until AND p.order_id < @id_until
GROUP BY p.status, p.currency ORDER BY p.currency, p.status;

-- name: FinanceOpenPayments :many
-- Every payment without an outcome has a time at which its provider is asked again; few have.
SELECT * FROM payments WHERE ask_at IS NOT NULL ORDER BY status_at LIMIT @row_limit;

-- name: FinanceOpenExceptions :many
-- Differences add up by their size: a surplus must not hide a shortfall.
SELECT kind, currency, count(*) AS exceptions, sum(abs(actual_minor - expected_minor))::bigint AS difference_minor, min(created_at)::timestamptz AS oldest_at
FROM reconciliation_exceptions WHERE status = 'open'
GROUP BY kind, currency ORDER BY exceptions DESC, kind, currency LIMIT @row_limit;

-- name: FinanceProviders :many
-- A loose index scan has nothing to hold on to here; the payments of the last year say which providers and methods are
-- in use.
SELECT provider, method, currency FROM payments
WHERE id >= @id_from AND provider <> '' GROUP BY provider, method, currency ORDER BY provider, method, currency LIMIT @row_limit;

-- name: PaymentsByKeys :many
SELECT * FROM payments WHERE (order_id, id) IN (SELECT unnest(@order_ids::bigint[]), unnest(@ids::bigint[])) ORDER BY id DESC;

-- name: PaymentSiblings :many
-- The other parts of the same charge: it pays several orders of one checkout.
SELECT * FROM payments WHERE charge_key = @charge_key::text AND id <> @id ORDER BY order_id, id LIMIT @row_limit;

-- name: PaymentExceptions :many
SELECT e.*, coalesce(u.name, '')::text AS owner_name
FROM reconciliation_exceptions e LEFT JOIN users u ON u.id = e.owner_user_id
WHERE e.order_id = @order_id OR (e.provider_ref <> '' AND e.provider = @provider AND e.provider_ref = @provider_ref)
ORDER BY e.id DESC LIMIT @row_limit;

-- name: OrderExceptions :many
SELECT e.*, coalesce(u.name, '')::text AS owner_name
FROM reconciliation_exceptions e LEFT JOIN users u ON u.id = e.owner_user_id
WHERE e.order_id = @order_id ORDER BY e.id DESC LIMIT @row_limit;

-- name: ExceptionByID :one
SELECT e.*, coalesce(u.name, '')::text AS owner_name
FROM reconciliation_exceptions e LEFT JOIN users u ON u.id = e.owner_user_id WHERE e.id = @id;

-- name: ExceptionsByIDs :many
SELECT e.*, coalesce(u.name, '')::text AS owner_name
FROM reconciliation_exceptions e LEFT JOIN users u ON u.id = e.owner_user_id WHERE e.id = ANY (@ids::bigint[]) ORDER BY e.id DESC;

-- name: ExceptionOwn :execrows
-- Whoever is first has it; taking over from somebody else names them, so that two cannot take it unknowingly.
UPDATE reconciliation_exceptions SET owner_user_id = @owner_id::bigint
WHERE id = @id AND status = 'open' AND coalesce(owner_user_id, 0) = @from_owner_id::bigint;

-- name: ExceptionResolve :execrows
UPDATE reconciliation_exceptions SET status = 'resolved', resolution = @resolution, resolved_at = @now::timestamptz, owner_user_id = @owner_id::bigint
WHERE id = @id AND status = 'open';

-- name: ExceptionChoices :many
SELECT kind, source, count(*) AS exceptions FROM reconciliation_exceptions WHERE status = @status GROUP BY kind, source ORDER BY kind, source LIMIT @row_limit;
