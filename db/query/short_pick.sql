-- Units that are taken out of a parcel because they were not there. The order is locked.

-- name: FulfillmentItemShrink :exec
UPDATE fulfillment_items SET quantity = quantity - @quantity, picked = least(picked, quantity - @quantity)
WHERE order_id = @order_id AND no = @no AND line_no = @line_no AND quantity > @quantity;

-- name: FulfillmentItemRemove :exec
DELETE FROM fulfillment_items WHERE order_id = @order_id AND no = @no AND line_no = @line_no AND quantity <= @quantity;

-- name: FulfillmentShrink :execrows
UPDATE fulfillments SET units = units - @quantity
WHERE order_id = @order_id AND no = @no AND status IN ('picking', 'picked') AND units > @quantity;

-- name: FulfillmentCancelEmpty :execrows
UPDATE fulfillments SET status = 'cancelled', assigned_user_id = NULL, assigned_at = NULL, leased_until = NULL, lapsed_user_id = NULL, lapsed_at = NULL, status_at = @now
WHERE order_id = @order_id AND no = @no AND status IN ('picking', 'picked');
