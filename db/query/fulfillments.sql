-- Parcels on their way through pick, pack and ship. The order is locked before any of these, so changes of one parcel take
-- turns; each change is guarded by the state that it starts from all the same.

-- name: FulfillmentFind :one
SELECT f.*, coalesce(l.name, '')::text AS location_name, coalesce(u.name, '')::text AS assigned_name
FROM fulfillments f LEFT JOIN locations l ON l.id = f.location_id LEFT JOIN users u ON u.id = f.assigned_user_id
WHERE f.order_id = @order_id AND f.no = @no;

-- name: FulfillmentNext :one
-- Gives each picker another parcel: those that somebody is about to take are skipped, not waited for. The order is locked
-- with the parcel, as every change of a parcel does; both are locked, because only locked rows are looked at again after
-- the lock, and a parcel that was just taken must not be found.
SELECT f.order_id, f.no
FROM fulfillments f JOIN orders o ON o.id = f.order_id
WHERE f.merchant_id = @merchant_id AND f.order_id BETWEEN @order_id_from AND @order_id_until
  AND o.id BETWEEN @order_id_from AND @order_id_until AND f.status = 'open' AND (@location_id::bigint = 0 OR f.location_id = @location_id)
  AND o.status IN ('confirmed', 'processing')
ORDER BY f.ship_by_at, f.order_id, f.no
LIMIT 1 FOR NO KEY UPDATE OF o, f SKIP LOCKED;

-- name: FulfillmentClaim :execrows
UPDATE fulfillments SET status = 'picking', assigned_user_id = @user_id::bigint, assigned_at = @now::timestamptz, status_at = @now
WHERE order_id = @order_id AND no = @no AND status = 'open';

-- name: FulfillmentRelease :execrows
UPDATE fulfillments SET status = 'open', assigned_user_id = NULL, assigned_at = NULL, status_at = @now
WHERE order_id = @order_id AND no = @no AND status = 'picking';

-- name: FulfillmentMarkPicked :execrows
UPDATE fulfillments SET status = 'picked', status_at = @now
WHERE order_id = @order_id AND no = @no AND status = 'picking' AND assigned_user_id = @user_id::bigint;

-- name: FulfillmentMarkPacked :execrows
-- Who packs it holds it from here on.
UPDATE fulfillments SET status = 'packed', assigned_user_id = @user_id::bigint, assigned_at = @now::timestamptz, packed_at = @now::timestamptz, status_at = @now
WHERE order_id = @order_id AND no = @no AND status = 'picked';

-- name: FulfillmentMarkShipped :execrows
UPDATE fulfillments SET status = 'shipped', carrier = @carrier::text, tracking_number = nullif(@tracking_number::text, ''), shipped_at = @now::timestamptz, status_at = @now
WHERE order_id = @order_id AND no = @no AND status = 'packed';

-- name: FulfillmentMarkDelivered :execrows
UPDATE fulfillments SET status = 'delivered', delivered_at = @now::timestamptz, status_at = @now
WHERE order_id = @order_id AND no = @no AND status = 'shipped';

-- name: FulfillmentItemsUnpick :exec
UPDATE fulfillment_items SET picked = 0 WHERE order_id = @order_id AND no = @no AND picked <> 0;

-- name: FulfillmentItemsPickAll :exec
UPDATE fulfillment_items SET picked = quantity WHERE order_id = @order_id AND no = @no AND picked <> quantity;

-- name: FulfillmentItemPick :exec
UPDATE fulfillment_items SET picked = @picked WHERE order_id = @order_id AND no = @no AND line_no = @line_no AND picked <> @picked;

-- name: FulfillmentStatuses :many
SELECT status FROM fulfillments WHERE order_id = @order_id ORDER BY no;
