-- The work that a confirmed order is: one fulfillment per location that holds units for it.

-- name: FulfillmentsOpen :exec
-- Numbered by the priority of the locations, so that the first parcel is the one that would be sent alone.
INSERT INTO fulfillments (order_id, no, merchant_id, location_id, status, units, ship_by_at, status_at, created_at)
SELECT @order_id::bigint, row_number() OVER (ORDER BY l.priority, l.id), l.merchant_id, l.id, 'open', held.units, @ship_by_at, @now, @now
FROM (SELECT r.location_id, sum(r.quantity)::bigint AS units FROM reservations r
      WHERE r.order_id = @order_id AND r.status = 'held' GROUP BY r.location_id) held
JOIN locations l ON l.id = held.location_id;

-- name: FulfillmentItemsOpen :exec
INSERT INTO fulfillment_items (order_id, no, line_no, quantity)
SELECT r.order_id, f.no, r.line_no, r.quantity
FROM reservations r JOIN fulfillments f ON f.order_id = r.order_id AND f.location_id = r.location_id AND f.status = 'open'
WHERE r.order_id = @order_id::bigint AND r.status = 'held';

-- name: MerchantShipPolicy :one
SELECT cutoff_minute, handling_days, time_zone FROM merchants WHERE id = @id;
