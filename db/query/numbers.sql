-- How the parcels of a merchant went. Parcels are found first, then their events by order, bounded by the orders' ids.

-- name: NumbersZone :one
SELECT time_zone FROM merchants WHERE id = @merchant_id;

-- name: NumbersParcels :many
-- Whatever was worked on since a moment was shipped after it or is not shipped yet.
SELECT f.order_id, f.no, f.status, coalesce(f.location_id, 0)::bigint AS location_id, f.units, f.ship_by_at, f.shipped_at, f.created_at
FROM fulfillments f
WHERE f.merchant_id = @merchant_id AND f.status IN ('shipped', 'delivered') AND f.shipped_at >= @since::timestamptz AND f.order_id <= @order_id_until
UNION ALL
SELECT f.order_id, f.no, f.status, coalesce(f.location_id, 0)::bigint AS location_id, f.units, f.ship_by_at, f.shipped_at, f.created_at
FROM fulfillments f
WHERE f.merchant_id = @merchant_id AND f.status IN ('open', 'picking', 'picked', 'packed') AND f.order_id BETWEEN @order_id_from AND @order_id_until
LIMIT @row_limit;

-- name: NumbersSteps :many
SELECT e.order_id, e.kind, e.occurred_at, e.actor_id, e.actor_name, coalesce(e.data->>'parcel', '1')::text AS parcel, coalesce(e.data->>'new_parcel', '')::text AS new_parcel
FROM order_events e
WHERE e.order_id = ANY (@order_ids::bigint[]) AND e.order_id BETWEEN @first_id AND @last_id AND e.kind IN ('claimed', 'picked', 'parcel_split', 'packed', 'unpacked')
ORDER BY e.order_id, e.seq;
