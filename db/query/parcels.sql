-- Packing: what a parcel weighs, and its division into two. The order is locked.

-- name: FulfillmentWeigh :exec
UPDATE fulfillments SET box_id = coalesce(sqlc.narg(box_id)::bigint, box_id), weight_grams = coalesce(sqlc.narg(weight_grams)::bigint, weight_grams)
WHERE order_id = @order_id AND no = @no;

-- name: FulfillmentSplit :one
-- A parcel for what did not go into the first: in the same hands and state.
INSERT INTO fulfillments (order_id, no, merchant_id, location_id, status, units, ship_by_at, replaces_no, assigned_user_id, assigned_at, status_at, created_at)
SELECT f.order_id, (SELECT max(n.no) + 1 FROM fulfillments n WHERE n.order_id = @order_id), f.merchant_id, f.location_id, f.status, @units, f.ship_by_at, f.replaces_no,
       f.assigned_user_id, f.assigned_at, @now, @now
FROM fulfillments f WHERE f.order_id = @order_id AND f.no = @no
RETURNING no;

-- name: FulfillmentItemsMove :exec
INSERT INTO fulfillment_items (order_id, no, line_no, quantity, picked)
SELECT @order_id, @to_no, u.line_no, u.quantity, u.quantity
FROM (SELECT unnest(@line_nos::int[]) AS line_no, unnest(@quantities::bigint[]) AS quantity) u;

-- name: FulfillmentItemsReduce :execrows
UPDATE fulfillment_items i SET quantity = i.quantity - u.quantity, picked = i.picked - u.quantity
FROM (SELECT unnest(@line_nos::int[]) AS line_no, unnest(@quantities::bigint[]) AS quantity) u
WHERE i.order_id = @order_id AND i.no = @no AND i.line_no = u.line_no AND i.quantity > u.quantity;

-- name: FulfillmentItemsLeave :execrows
DELETE FROM fulfillment_items i
USING (SELECT unnest(@line_nos::int[]) AS line_no, unnest(@quantities::bigint[]) AS quantity) u
WHERE i.order_id = @order_id AND i.no = @no AND i.line_no = u.line_no AND i.quantity = u.quantity;

-- name: FulfillmentReduce :exec
UPDATE fulfillments SET units = units - @units WHERE order_id = @order_id AND no = @no;

-- name: ParcelWeights :many
-- What the units of parcels weigh by the catalog, as far as it knows.
SELECT i.order_id, i.no, sum(i.quantity * s.weight_grams)::bigint AS grams, bool_and(s.weight_grams > 0) AS known
FROM fulfillment_items i
JOIN order_line_items l ON l.order_id = i.order_id AND l.line_no = i.line_no
JOIN skus s ON s.id = l.sku_id
WHERE i.order_id = @order_id
GROUP BY i.order_id, i.no;

-- name: MergeCandidates :many
-- Packed parcels of the same customer to the same address that have no label yet, those of the order itself too.
SELECT f.order_id, f.no, f.units, coalesce(f.weight_grams, 0)::bigint AS weight_grams
FROM orders o
JOIN orders other ON other.customer_id = o.customer_id AND other.merchant_id = o.merchant_id AND other.id >= @order_id_from
JOIN fulfillments f ON f.order_id = other.id AND f.order_id >= @order_id_from
JOIN addresses a ON a.id = o.shipping_address_id
JOIN addresses b ON b.id = other.shipping_address_id
WHERE o.id = @order_id AND f.merchant_id = o.merchant_id AND f.status = 'packed' AND f.shipment_id IS NULL AND (f.order_id, f.no) <> (@order_id, @no::int)
  AND (other.status IN ('confirmed', 'processing') OR f.replaces_no IS NOT NULL)
  AND (lower(a.name), lower(a.line1), lower(a.line2), lower(a.city), lower(a.region), a.postal_code, a.country)
    = (lower(b.name), lower(b.line1), lower(b.line2), lower(b.city), lower(b.region), b.postal_code, b.country)
ORDER BY f.order_id, f.no LIMIT @row_limit;
