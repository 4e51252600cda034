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

-- name: DemoScans :exec
-- One scan for every unit, spread over the minutes before its parcel was picked or packed. One unit in 70 was another thing
-- first, one in 200 had no code that could be read; which ones follows from the ids alone. People err differently often.
WITH worked AS (
    SELECT e.order_id, e.actor_id, e.occurred_at, CASE e.kind WHEN 'picked' THEN 'pick' ELSE 'pack' END AS step, f.no, i.line_no, i.quantity, l.sku_id, l.sku_code
    FROM fulfillments f
    JOIN order_events e ON e.order_id = f.order_id AND e.kind IN ('picked', 'packed') AND coalesce(e.data->>'parcel', '1')::int = f.no
    JOIN fulfillment_items i ON i.order_id = f.order_id AND i.no = f.no
    JOIN order_line_items l ON l.order_id = i.order_id AND l.line_no = i.line_no
    WHERE f.merchant_id = @merchant_id AND f.order_id >= @order_id_from AND e.occurred_at >= @since::timestamptz AND e.actor_kind = 'staff'
      AND NOT EXISTS (SELECT FROM scan_events s WHERE s.merchant_id = @merchant_id)),
units AS (
    SELECT w.*, n, (w.order_id / 1048576 + 7 * w.line_no + 31 * n + CASE w.step WHEN 'pick' THEN 0 ELSE 13 END) AS lot,
           w.occurred_at - interval '4 seconds' * (11 - least(n, 10)) AS at
    FROM worked w, generate_series(1, w.quantity) AS n)
INSERT INTO scan_events (id, merchant_id, user_id, step, outcome, units, order_id, no, line_no, sku_id, code, said, reason, created_at)
SELECT next_id(u.at), @merchant_id, u.actor_id, u.step, o.outcome, 1, u.order_id, u.no, u.line_no, u.sku_id,
       CASE o.outcome WHEN 'ok' THEN u.sku_code WHEN 'wrong' THEN u.sku_code || '-0' ELSE '' END,
       CASE o.outcome WHEN 'wrong' THEN 'Unknown code: Nothing of yours is called ' || u.sku_code || '-0.' ELSE '' END,
       CASE o.outcome WHEN 'override' THEN 'The barcode is torn' ELSE '' END, u.at
FROM units u, LATERAL (
    SELECT CASE WHEN u.lot % 200 = 3 THEN 'override' ELSE 'ok' END AS outcome
    UNION ALL SELECT 'wrong' WHERE u.lot % (50 + 20 * (u.actor_id % 3)) = 5) AS o;
