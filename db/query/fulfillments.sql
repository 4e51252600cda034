-- Parcels on their way through pick, pack and ship. The order is locked before any of these, so changes of one parcel take
-- turns; each change is guarded by the state that it starts from all the same.

-- name: FulfillmentFind :one
SELECT f.*, coalesce(l.name, '')::text AS location_name, coalesce(u.name, '')::text AS assigned_name, coalesce(e.name, '')::text AS lapsed_name
FROM fulfillments f LEFT JOIN locations l ON l.id = f.location_id LEFT JOIN users u ON u.id = f.assigned_user_id LEFT JOIN users e ON e.id = f.lapsed_user_id
WHERE f.order_id = @order_id AND f.no = @no;

-- name: FulfillmentMerchant :one
SELECT merchant_id FROM fulfillments WHERE order_id = @order_id AND no = @no;

-- name: FulfillmentNext :one
-- Gives each picker another parcel: those that somebody is about to take are skipped, not waited for. The order is locked
-- with the parcel, as every change of a parcel does; both are locked, because only locked rows are looked at again after
-- the lock, and a parcel that was just taken must not be found.
SELECT f.order_id, f.no
FROM fulfillments f JOIN orders o ON o.id = f.order_id
WHERE f.merchant_id = @merchant_id AND f.order_id BETWEEN @order_id_from AND @order_id_until
  AND o.id BETWEEN @order_id_from AND @order_id_until AND f.status = 'open' AND (@location_id::bigint = 0 OR f.location_id = @location_id)
  AND (o.status IN ('confirmed', 'processing') OR f.replaces_no IS NOT NULL)
ORDER BY f.ship_by_at, f.order_id, f.no
LIMIT 1 FOR NO KEY UPDATE OF o, f SKIP LOCKED;

-- name: FulfillmentClaim :execrows
UPDATE fulfillments SET status = 'picking', assigned_user_id = @user_id::bigint, assigned_at = @now::timestamptz, leased_until = @leased_until::timestamptz, status_at = @now
WHERE order_id = @order_id AND no = @no AND status = 'open';

-- name: FulfillmentRelease :execrows
UPDATE fulfillments SET status = 'open', assigned_user_id = NULL, assigned_at = NULL, leased_until = NULL, lapsed_user_id = NULL, lapsed_at = NULL, status_at = @now
WHERE order_id = @order_id AND no = @no AND status = 'picking';

-- name: FulfillmentMarkPicked :execrows
UPDATE fulfillments SET status = 'picked', leased_until = NULL, status_at = @now
WHERE order_id = @order_id AND no = @no AND status = 'picking' AND assigned_user_id = @user_id::bigint;

-- name: FulfillmentMarkPacked :execrows
-- Who packs it holds it from here on.
UPDATE fulfillments SET status = 'packed', assigned_user_id = @user_id::bigint, assigned_at = @now::timestamptz, packed_at = @now::timestamptz, unpack_until_at = sqlc.narg(unpack_until_at), status_at = @now
WHERE order_id = @order_id AND no = @no AND status = 'picked';

-- name: FulfillmentMarkShipped :execrows
UPDATE fulfillments SET status = 'shipped', carrier = @carrier::text, tracking_number = nullif(@tracking_number::text, ''), shipped_at = @now::timestamptz, status_at = @now
WHERE order_id = @order_id AND no = @no AND status = 'packed';

-- name: FulfillmentUnpack :execrows
UPDATE fulfillments SET status = 'picked', packed_at = NULL, unpack_until_at = NULL, box_id = NULL, weight_grams = NULL, status_at = @now
WHERE order_id = @order_id AND no = @no AND status = 'packed' AND shipment_id IS NULL;

-- name: FulfillmentComeBack :execrows
UPDATE fulfillments SET status = 'packed', shipped_at = NULL, unpack_until_at = sqlc.narg(unpack_until_at), status_at = @now
WHERE order_id = @order_id AND no = @no AND status = 'shipped' AND given_up_at IS NULL;

-- name: FulfillmentMarkDelivered :execrows
UPDATE fulfillments SET status = 'delivered', delivered_at = @now::timestamptz, status_at = @now
WHERE order_id = @order_id AND no = @no AND status = 'shipped';

-- name: FulfillmentCancel :execrows
-- A parcel that never leaves. One that travels in a shipment is not touched.
UPDATE fulfillments SET status = 'cancelled', assigned_user_id = NULL, assigned_at = NULL, leased_until = NULL, lapsed_user_id = NULL, lapsed_at = NULL, status_at = @now
WHERE order_id = @order_id AND no = @no AND status IN ('picking', 'picked', 'packed') AND shipment_id IS NULL;

-- name: FulfillmentReopen :one
-- What a cancelled parcel held is to be picked again, under the promise that it had.
INSERT INTO fulfillments (order_id, no, merchant_id, location_id, status, units, ship_by_at, replaces_no, status_at, created_at)
SELECT f.order_id, (SELECT max(n.no) + 1 FROM fulfillments n WHERE n.order_id = @order_id), f.merchant_id, f.location_id, 'open', f.units, f.ship_by_at, f.replaces_no, @now, @now
FROM fulfillments f WHERE f.order_id = @order_id AND f.no = @no
RETURNING no;

-- name: FulfillmentItemsReopen :exec
INSERT INTO fulfillment_items (order_id, no, line_no, quantity)
SELECT i.order_id, @to_no, i.line_no, i.quantity FROM fulfillment_items i WHERE i.order_id = @order_id AND i.no = @no;

-- name: FulfillmentItemsUnpick :exec
UPDATE fulfillment_items SET picked = 0 WHERE order_id = @order_id AND no = @no AND picked <> 0;

-- name: FulfillmentItemsPickAll :exec
UPDATE fulfillment_items SET picked = quantity WHERE order_id = @order_id AND no = @no AND picked <> quantity;

-- name: FulfillmentItemPick :exec
UPDATE fulfillment_items SET picked = @picked WHERE order_id = @order_id AND no = @no AND line_no = @line_no AND picked <> @picked;

-- name: FulfillmentStatuses :many
-- Units that the order waits for are a parcel to be: an order is not shipped before they are.
-- Parcels that were given up are as good as not there.
SELECT status FROM fulfillments f WHERE f.order_id = @order_id AND f.given_up_at IS NULL
UNION ALL
SELECT 'open' FROM backorders b WHERE b.order_id = @order_id AND b.status = 'waiting';

-- name: FulfillmentHandOver :execrows
-- What is taken up goes on in other hands, with a lease of its own while it is being picked.
UPDATE fulfillments SET assigned_user_id = @user_id::bigint, assigned_at = @now::timestamptz,
    leased_until = CASE status WHEN 'picking' THEN @leased_until::timestamptz END
WHERE order_id = @order_id AND no = @no AND status IN ('picking', 'picked', 'packed');

-- name: FulfillmentRenew :exec
UPDATE fulfillments SET leased_until = @leased_until::timestamptz
WHERE order_id = @order_id AND no = @no AND status = 'picking' AND assigned_user_id = @user_id::bigint;

-- name: FulfillmentsRenew :execrows
-- Everything that somebody is picking, because a page of theirs is open. An open page alone does not hold a parcel for
-- longer than a shift may last. Whoever works on one of them right now renews it anyway.
UPDATE fulfillments f SET leased_until = greatest(f.leased_until, @leased_until::timestamptz)
FROM (SELECT h.order_id, h.no FROM fulfillments h
      WHERE h.merchant_id = @merchant_id AND h.order_id BETWEEN @order_id_from AND @order_id_until AND h.status = 'picking' AND h.assigned_user_id = @user_id::bigint
        AND h.assigned_at > @held_since::timestamptz
      ORDER BY h.order_id, h.no LIMIT @row_limit FOR NO KEY UPDATE SKIP LOCKED) held
WHERE f.order_id = held.order_id AND f.no = held.no AND f.order_id BETWEEN @order_id_from AND @order_id_until;

-- name: FulfillmentsLapsed :many
-- Claims that ran out. The orders are locked as by every change of a parcel; where somebody works right now is left out.
SELECT f.order_id, f.no, f.merchant_id FROM fulfillments f JOIN orders o ON o.id = f.order_id
WHERE f.status = 'picking' AND f.leased_until <= @now::timestamptz
ORDER BY f.order_id, f.no LIMIT @row_limit FOR NO KEY UPDATE OF o SKIP LOCKED;

-- name: FulfillmentLapse :execrows
-- Back to the queue, with the units that were picked.
UPDATE fulfillments SET status = 'open', lapsed_user_id = assigned_user_id, lapsed_at = @now::timestamptz,
    assigned_user_id = NULL, assigned_at = NULL, leased_until = NULL, status_at = @now
WHERE order_id = @order_id AND no = @no AND status = 'picking' AND leased_until <= @now;

-- name: MerchantColleague :one
SELECT name FROM users WHERE id = @id AND merchant_id = @merchant_id AND role = 'merchant' AND disabled_at IS NULL;

-- name: MerchantColleagues :many
SELECT id, name FROM users WHERE merchant_id = @merchant_id AND role = 'merchant' AND disabled_at IS NULL ORDER BY name, id LIMIT @row_limit;

-- name: ParcelLastStep :one
-- Who did the last thing to a parcel, for somebody whose page is older than that.
SELECT e.occurred_at, e.actor_name FROM order_events e
WHERE e.order_id = @order_id AND e.data->>'parcel' = @parcel::text ORDER BY e.seq DESC LIMIT 1;

-- name: ParcelsOwned :one
SELECT count(*) FROM (SELECT unnest(@order_ids::bigint[]) AS order_id, unnest(@nos::int[]) AS no) k
JOIN fulfillments f ON f.order_id = k.order_id AND f.no = k.no AND f.order_id BETWEEN @order_id_from AND @order_id_until
WHERE f.merchant_id = @merchant_id;
