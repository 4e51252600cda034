-- The work that a confirmed order is: one fulfillment per location that holds units for it.

-- name: FulfillmentsOpen :exec
-- Numbered by the priority of the locations, so that the first parcel is the one that would be sent alone.
INSERT INTO fulfillments (order_id, no, merchant_id, location_id, status, units, ship_by_at, country, value_scaled, ship_service_id, status_at, created_at)
SELECT @order_id::bigint, row_number() OVER (ORDER BY l.priority, l.id), l.merchant_id, l.id, 'open', held.units, @ship_by_at,
       a.country, scaled_amount(o.total_minor, o.currency), o.ship_service_id, @now, @now
FROM (SELECT r.location_id, sum(r.quantity)::bigint AS units FROM reservations r
      WHERE r.order_id = @order_id AND r.closed_at IS NULL GROUP BY r.location_id) held
JOIN locations l ON l.id = held.location_id
JOIN orders o ON o.id = @order_id
JOIN addresses a ON a.id = o.shipping_address_id;

-- name: FulfillmentItemsOpen :exec
INSERT INTO fulfillment_items (order_id, no, line_no, quantity)
SELECT r.order_id, f.no, r.line_no, r.quantity
FROM reservations r JOIN fulfillments f ON f.order_id = r.order_id AND f.location_id = r.location_id AND f.status = 'open'
WHERE r.order_id = @order_id::bigint AND r.closed_at IS NULL;

-- name: MerchantsPromise :many
-- What merchants promise with each service that they offer; 0 is the standard.
SELECT m.id AS merchant_id, s.service_id, m.time_zone, s.cutoff_minute, s.handling_days, s.working_days,
       coalesce((SELECT array_agg(h.day::text) FROM ship_holidays h WHERE h.merchant_id = m.id), '{}')::text[] AS holidays
FROM merchants m
JOIN (SELECT id AS merchant_id, 0::bigint AS service_id, cutoff_minute, handling_days, working_days FROM merchants
      UNION ALL
      SELECT merchant_id, id, cutoff_minute, handling_days, working_days FROM ship_services WHERE retired_at IS NULL) s ON s.merchant_id = m.id
WHERE m.id = ANY (@merchant_ids::bigint[]);

-- name: OrderShipPolicy :one
-- What the merchant promised with the service of an order when it was placed.
SELECT m.time_zone, t.cutoff_minute, t.handling_days, t.working_days,
       coalesce((SELECT array_agg(h.day::text) FROM ship_holidays h WHERE h.merchant_id = m.id), '{}')::text[] AS holidays
FROM orders o JOIN merchants m ON m.id = o.merchant_id
JOIN LATERAL (SELECT cutoff_minute, handling_days, working_days FROM ship_terms_history t
              WHERE t.merchant_id = o.merchant_id AND t.service_id = coalesce(o.ship_service_id, 0) AND t.valid_from <= o.placed_at
              ORDER BY t.valid_from DESC LIMIT 1) t ON true
WHERE o.id = @order_id;
