-- Units that are taken out of a parcel because they were not there. The order is locked.

-- name: FulfillmentItemShrink :exec
UPDATE fulfillment_items SET quantity = quantity - @quantity, picked = least(picked, quantity - @quantity)
WHERE order_id = @order_id AND no = @no AND line_no = @line_no AND quantity > @quantity;

-- name: FulfillmentItemRemove :exec
DELETE FROM fulfillment_items WHERE order_id = @order_id AND no = @no AND line_no = @line_no AND quantity <= @quantity;

-- name: FulfillmentShrink :execrows
UPDATE fulfillments SET units = units - @quantity
WHERE order_id = @order_id AND no = @no AND status IN ('picking', 'picked') AND units > @quantity;
