-- Returns: units that customers send back. Their order is locked; changes of status are guarded by the one they start from.

-- name: ReturnAdd :one
INSERT INTO returns (order_id, id, merchant_id, customer_id, note, requested_at, status_at)
VALUES (@order_id, next_id(@now), @merchant_id, @customer_id, @note, @now, @now) RETURNING id;

-- name: ReturnLinesAdd :exec
INSERT INTO return_line_items (order_id, return_id, line_no, quantity, reason)
SELECT @order_id::bigint, @return_id::bigint, unnest(@line_nos::int[]), unnest(@quantities::bigint[]), unnest(@reasons::text[]);

-- name: ReturnPhotoAdd :exec
INSERT INTO return_photos (order_id, return_id, jpeg, created_at) VALUES (@order_id, @return_id, @jpeg, @now);

-- name: ReturnPhoto :one
SELECT jpeg FROM return_photos WHERE order_id = @order_id AND return_id = @return_id;

-- name: ReturnOrderID :one
-- A return is never older than its order, so the months after it are not looked at.
SELECT order_id FROM returns WHERE id = sqlc.arg(id) AND order_id < ((sqlc.arg(id)::bigint >> 20) + 1) << 20;

-- name: OrderReturns :many
SELECT r.*, EXISTS (SELECT 1 FROM return_photos p WHERE p.order_id = r.order_id AND p.return_id = r.id) AS has_photo
FROM returns r WHERE r.order_id = @order_id ORDER BY r.id;

-- name: OrderReturnLines :many
SELECT * FROM return_line_items WHERE order_id = @order_id ORDER BY return_id, line_no;

-- name: OrderReturnReceipts :many
SELECT c.*, coalesce(l.name, '')::text AS location_name
FROM return_receipts c LEFT JOIN locations l ON l.id = c.location_id WHERE c.order_id = @order_id ORDER BY c.id;

-- name: ReturnMove :execrows
UPDATE returns SET status = @to_status, decision = CASE WHEN @decision::text = '' THEN decision ELSE @decision END, status_at = @now
WHERE order_id = @order_id AND id = @id AND status = @from_status;

-- name: ReturnSent :exec
UPDATE returns SET carrier = @carrier, tracking_number = @tracking_number WHERE order_id = @order_id AND id = @id;

-- name: ReturnLineApprove :exec
UPDATE return_line_items SET approved_quantity = @quantity WHERE order_id = @order_id AND return_id = @return_id AND line_no = @line_no;

-- name: ReturnReceiptAdd :exec
INSERT INTO return_receipts (order_id, id, return_id, line_no, quantity, condition, restocked, location_id, actor_kind, actor_id, actor_name, created_at)
VALUES (@order_id, next_id(@now), @return_id, @line_no, @quantity, @condition, @restocked, nullif(@location_id::bigint, 0), @actor_kind, @actor_id, @actor_name, @now);

-- name: ReturnPaidOut :one
-- The return that a refund paid for, once all that arrived is paid out. What was declined may have been tried again since.
SELECT r.id FROM refunds f
JOIN unit_refunds u ON u.order_id = f.order_id AND u.id = f.unit_refund_id
JOIN returns r ON r.order_id = u.order_id AND r.id = u.return_id
WHERE f.order_id = @order_id AND f.id = @refund_id AND r.status = 'received'
  AND NOT EXISTS (SELECT 1 FROM live_unit_refunds v WHERE v.order_id = r.order_id AND v.return_id = r.id
                  AND v.amount_minor > (SELECT coalesce(sum(p.amount_minor), 0) FROM refunds p
                                        WHERE p.order_id = v.order_id AND p.unit_refund_id = v.id AND p.status = 'succeeded'))
  AND NOT EXISTS (SELECT 1 FROM return_line_items l WHERE l.order_id = r.order_id AND l.return_id = r.id
                  AND l.received_quantity > (SELECT coalesce(sum(b.quantity), 0) FROM refund_lines b JOIN live_unit_refunds v ON v.order_id = b.order_id AND v.id = b.refund_id
                                             WHERE b.order_id = r.order_id AND v.return_id = r.id AND b.line_no = l.line_no));

-- name: ReturnsByStatus :many
-- A merchant's or customer's returns of one state, newest first. Orders that are years old have none: their months are not looked at.
SELECT r.order_id, r.id, r.merchant_id, r.customer_id, r.status, r.requested_at, r.status_at, c.name AS customer_name,
       l.units, l.approved, l.received, coalesce(li.name, '')::text AS first_name
FROM returns r
JOIN customers c ON c.id = r.customer_id
CROSS JOIN LATERAL (SELECT sum(i.quantity)::bigint AS units, sum(i.approved_quantity)::bigint AS approved, sum(i.received_quantity)::bigint AS received, min(i.line_no)::int AS first
                    FROM return_line_items i WHERE i.order_id = r.order_id AND i.return_id = r.id) l
LEFT JOIN order_line_items li ON li.order_id = r.order_id AND li.line_no = l.first
WHERE r.merchant_id = @merchant_id AND r.status = @status AND r.id < @before AND r.order_id >= @order_id_from
ORDER BY r.id DESC LIMIT @row_limit;

-- name: ReturnsByScope :many
-- For programs: any state, any side; 0 is no limit.
SELECT r.order_id, r.id FROM returns r
WHERE r.id < @before AND r.order_id >= @order_id_from AND (@merchant_id::bigint = 0 OR r.merchant_id = @merchant_id)
  AND (@customer_id::bigint = 0 OR r.customer_id = @customer_id) AND (@status::text = '' OR r.status = @status)
ORDER BY r.id DESC LIMIT @row_limit;

-- name: ReturnCounts :many
-- What is open, all of it; what is settled is not counted.
SELECT status, count(*) AS returns FROM returns
WHERE merchant_id = @merchant_id AND status IN ('requested', 'approved', 'in_transit', 'received') AND order_id >= @order_id_from
GROUP BY status;

-- name: MerchantReturnPolicy :one
SELECT return_window_days, return_address, name FROM merchants WHERE id = @id;

-- name: MerchantReturnPolicySet :execrows
UPDATE merchants SET return_window_days = @window_days, return_address = @address, updated_at = @now
WHERE id = @id AND (return_window_days <> @window_days OR return_address <> @address);

-- name: MerchantScannedSKU :one
-- What a scanner read at the returns desk: the barcode or the code of one of the merchant's SKUs.
SELECT id FROM skus WHERE merchant_id = @merchant_id AND (lpad(barcode, 14, '0') = lpad(@text::text, 14, '0') OR lower(code) = lower(@text))
ORDER BY barcode IS NULL LIMIT 1;
