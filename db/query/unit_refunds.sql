-- Refunds of exact units. Their order is locked; whether they count is the view's business (live_unit_refunds).

-- name: UnitRefundAdd :one
INSERT INTO unit_refunds (order_id, id, cause, return_id, currency, lines_minor, shipping_minor, withheld_minor, amount_minor, reason, actor_kind, actor_id, actor_name, created_at)
VALUES (@order_id, next_id(@now), @cause, nullif(@return_id::bigint, 0), @currency, @lines_minor, @shipping_minor, @withheld_minor, @amount_minor, @reason,
        @actor_kind, @actor_id, @actor_name, @now)
RETURNING id;

-- name: RefundLinesAdd :exec
INSERT INTO refund_lines (order_id, refund_id, line_no, quantity, net_minor, discount_minor, tax_minor, total_minor)
SELECT @order_id::bigint, @refund_id::bigint, unnest(@line_nos::int[]), unnest(@quantities::bigint[]), unnest(@net_minors::bigint[]), unnest(@discount_minors::bigint[]),
       unnest(@tax_minors::bigint[]), unnest(@total_minors::bigint[]);

-- name: OrderUnitRefunds :many
SELECT u.order_id, u.id, u.cause, coalesce(u.return_id, 0)::bigint AS return_id, u.currency, u.shipping_minor, u.withheld_minor, u.amount_minor, u.reason,
       u.actor_kind, u.actor_id, u.actor_name, u.created_at, (l.id IS NOT NULL)::boolean AS live
FROM unit_refunds u LEFT JOIN live_unit_refunds l ON l.order_id = u.order_id AND l.id = u.id
WHERE u.order_id = @order_id ORDER BY u.id;

-- name: OrderRefundLines :many
SELECT * FROM refund_lines WHERE order_id = @order_id ORDER BY refund_id, line_no;

-- name: UnitRefundPayouts :many
SELECT * FROM refunds WHERE order_id = @order_id AND unit_refund_id = @unit_refund_id::bigint ORDER BY id;
