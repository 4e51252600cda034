-- The demo's world: when it is told from, and whether it is all there.

-- name: DemoBegin :exec
INSERT INTO demo_worlds (seed, told_at) VALUES (@seed, @now) ON CONFLICT ON CONSTRAINT demo_worlds_pkey DO NOTHING;

-- name: DemoState :one
SELECT told_at, (loaded_at IS NOT NULL)::boolean AS loaded FROM demo_worlds WHERE seed = @seed;

-- name: DemoLoaded :exec
UPDATE demo_worlds SET loaded_at = @now::timestamptz WHERE seed = @seed;

-- name: DemoBoxes :exec
-- Every merchant of the demo packs into the same four cartons.
INSERT INTO boxes (merchant_id, name, length_mm, width_mm, height_mm, tare_grams, hotkey, created_at)
SELECT m.id, b.name, b.l, b.w, b.h, b.tare, b.hotkey, @now
FROM merchants m, (VALUES ('S', 200, 150, 80, 45, 1), ('M', 300, 200, 150, 90, 2), ('L', 450, 350, 250, 210, 3), ('Tube', 900, 100, 100, 160, 4)) AS b (name, l, w, h, tare, hotkey)
WHERE NOT EXISTS (SELECT 1 FROM boxes x WHERE x.merchant_id = m.id);

-- name: DemoShipments :execrows
-- The parcels of the demo's last weeks travel in shipments, each promised for the fourth day: what is still on its way
-- after that is late, and later lost, as it would be in real life.
WITH sent AS (
    SELECT f.*, o.currency, o.shipping_address_id, next_id(f.shipped_at) AS new_id
    FROM fulfillments f JOIN orders o ON o.id = f.order_id
    WHERE f.shipped_at >= @since::timestamptz AND f.status IN ('shipped', 'delivered') AND f.shipment_id IS NULL AND f.carrier IS NOT NULL),
made AS (
    INSERT INTO shipments (id, merchant_id, location_id, status, carrier, request_key, tracking_number, currency, weight_grams, shipping_address_id, order_id_from, order_id_until,
                           created_at, labelled_at, handed_over_at, delivered_at, eta_at, status_at, watch_at)
    SELECT new_id, merchant_id, location_id, CASE status WHEN 'delivered' THEN 'delivered' ELSE 'in_transit' END, carrier, format('demo:%s/%s', order_id, no), tracking_number, currency,
           300 + order_id % 4000, shipping_address_id, order_id, order_id, packed_at, packed_at, shipped_at, delivered_at, shipped_at + interval '4 days', coalesce(delivered_at, shipped_at),
           CASE status WHEN 'shipped' THEN shipped_at + interval '5 days' END
    FROM sent RETURNING id)
UPDATE fulfillments f SET shipment_id = s.new_id FROM sent s WHERE f.order_id = s.order_id AND f.no = s.no;

-- name: DemoShipmentEvents :exec
INSERT INTO shipment_events (shipment_id, event_id, kind, occurred_at, recorded_at, place, words)
SELECT s.id, e.kind, e.kind, e.at, e.at, e.place, e.words
FROM shipments s JOIN addresses a ON a.id = s.shipping_address_id,
     LATERAL (VALUES ('accepted', s.handed_over_at, 'Depot of the sender', 'The parcel was accepted'),
                     ('in_transit', s.handed_over_at + interval '9 hours', 'Sorting centre', 'The parcel was sorted'),
                     ('delivered', s.delivered_at, a.city, 'Delivered')) AS e (kind, at, place, words)
WHERE s.handed_over_at >= @since::timestamptz AND e.at <= coalesce(s.delivered_at, @now::timestamptz)
ON CONFLICT DO NOTHING;
