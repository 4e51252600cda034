-- Lost parcels: what replaces them, and what their carriers owe. The orders, then the shipment, are locked.

-- name: FulfillmentGiveUp :execrows
UPDATE fulfillments SET given_up_at = @now::timestamptz WHERE order_id = @order_id AND no = @no AND status = 'shipped' AND given_up_at IS NULL;

-- name: ReplacementOpen :one
-- A parcel of its own, whatever else of the order is still to be picked at the location.
INSERT INTO fulfillments (order_id, no, merchant_id, location_id, status, units, ship_by_at, replaces_no, status_at, created_at)
SELECT l.order_id, (SELECT max(n.no) + 1 FROM fulfillments n WHERE n.order_id = l.order_id), l.merchant_id, @location_id::bigint, 'open', @units, @ship_by_at, l.no, @now, @now
FROM fulfillments l WHERE l.order_id = @order_id AND l.no = @lost_no
RETURNING no;

-- name: ReplacementItems :exec
INSERT INTO fulfillment_items (order_id, no, line_no, quantity)
SELECT @order_id, @no, u.line_no, u.quantity FROM (SELECT unnest(@line_nos::int[]) AS line_no, unnest(@quantities::bigint[]) AS quantity) u;

-- name: ReplacementLevels :many
-- What the merchant has of SKUs, where it could be sent from, locked in the order of all.
SELECT l.sku_id, l.location_id, loc.priority, l.on_hand, l.reserved, l.backordered
FROM stock_levels l JOIN locations loc ON loc.id = l.location_id
WHERE l.sku_id = ANY (@sku_ids::bigint[]) AND loc.merchant_id = @merchant_id
ORDER BY l.sku_id, l.location_id FOR NO KEY UPDATE OF l;

-- name: CarrierClaimAdd :one
INSERT INTO carrier_claims (merchant_id, shipment_id, currency, amount_minor, reference, opened_at, opened_by_name)
VALUES (@merchant_id, @shipment_id, @currency, @amount_minor, @reference, @now, @opened_by_name) RETURNING id;

-- name: CarrierClaimDecide :execrows
UPDATE carrier_claims SET status = @status, paid_minor = @paid_minor, note = @note, reference = coalesce(nullif(@reference::text, ''), reference),
       decided_at = @now::timestamptz, decided_by_name = @decided_by_name
WHERE id = @id AND status = 'open';

-- name: CarrierClaimByID :one
SELECT c.*, s.carrier, coalesce(s.tracking_number, '')::text AS tracking_number, s.problem
FROM carrier_claims c JOIN shipments s ON s.id = c.shipment_id WHERE c.id = @id AND (@merchant_id::bigint = 0 OR c.merchant_id = @merchant_id);

-- name: CarrierClaimOfShipment :one
SELECT c.*, s.carrier, coalesce(s.tracking_number, '')::text AS tracking_number, s.problem
FROM carrier_claims c JOIN shipments s ON s.id = c.shipment_id WHERE c.shipment_id = @shipment_id AND c.merchant_id = @merchant_id;

-- name: CarrierClaimsPage :many
SELECT c.*, s.carrier, coalesce(s.tracking_number, '')::text AS tracking_number, s.problem
FROM carrier_claims c JOIN shipments s ON s.id = c.shipment_id
WHERE c.merchant_id = @merchant_id AND c.status = @status AND c.id < @before_id ORDER BY c.id DESC LIMIT @row_limit;

-- name: CarrierClaimCounts :many
SELECT status, count(*) FROM carrier_claims WHERE merchant_id = @merchant_id GROUP BY status;
