-- Boxes with labels. The orders inside are locked, in order of their ids, before any of these changes one.

-- name: ShipmentAdd :one
INSERT INTO shipments (id, merchant_id, location_id, status, carrier, carrier_key, service, request_key, tracking_number, currency, box_id, weight_grams,
                       shipping_address_id, order_id_from, order_id_until, created_at, created_by_name, labelled_at, handed_over_at, undo_until_at, status_at, ask_at, watch_at)
VALUES (next_id(@now), @merchant_id, sqlc.narg(location_id), @status, @carrier, @carrier_key, @service, @request_key, nullif(@tracking_number::text, ''), @currency,
        sqlc.narg(box_id), @weight_grams, @shipping_address_id, @order_id_from, @order_id_until, @now, @created_by_name, sqlc.narg(labelled_at), sqlc.narg(handed_over_at),
        sqlc.narg(undo_until_at), @now, sqlc.narg(ask_at), sqlc.narg(watch_at))
RETURNING id;

-- name: ShipmentLock :one
SELECT * FROM shipments WHERE id = @id FOR NO KEY UPDATE;

-- name: ShipmentsByID :many
SELECT sqlc.embed(s), coalesce(b.name, '')::text AS box_name, sqlc.embed(a)
FROM shipments s JOIN addresses a ON a.id = s.shipping_address_id LEFT JOIN boxes b ON b.id = s.box_id
WHERE s.id = ANY (@ids::bigint[]) ORDER BY s.id DESC;

-- name: ShipmentParcels :many
SELECT f.shipment_id, f.order_id, f.no, f.status
FROM fulfillments f
WHERE f.shipment_id = ANY (@ids::bigint[]) AND f.order_id BETWEEN @order_id_from AND @order_id_until
ORDER BY f.shipment_id, f.order_id, f.no;

-- name: ShipmentEvents :many
SELECT * FROM shipment_events WHERE shipment_id = ANY (@ids::bigint[]) ORDER BY shipment_id, occurred_at, event_id;

-- name: ShipmentsOfOrder :many
SELECT DISTINCT shipment_id::bigint FROM fulfillments WHERE order_id = @order_id AND shipment_id IS NOT NULL;

-- name: ParcelsJoinShipment :execrows
UPDATE fulfillments f SET shipment_id = @shipment_id::bigint
FROM (SELECT unnest(@order_ids::bigint[]) AS order_id, unnest(@nos::int[]) AS no) p
WHERE f.order_id = p.order_id AND f.no = p.no AND f.status = 'packed' AND f.shipment_id IS NULL AND f.merchant_id = @merchant_id
  AND f.order_id BETWEEN @order_id_from AND @order_id_until;

-- name: ParcelsLeaveShipment :exec
UPDATE fulfillments SET shipment_id = NULL, carrier = NULL, tracking_number = NULL
WHERE shipment_id = @shipment_id::bigint AND order_id BETWEEN @order_id_from AND @order_id_until AND status IN ('packed', 'cancelled');

-- name: ParcelsUnpackUntil :exec
UPDATE fulfillments SET unpack_until_at = sqlc.narg(unpack_until_at)
WHERE shipment_id = @shipment_id::bigint AND order_id BETWEEN @order_id_from AND @order_id_until AND status = 'packed';

-- name: ParcelsLabelled :exec
UPDATE fulfillments SET carrier = @carrier::text, tracking_number = nullif(@tracking_number::text, '')
WHERE shipment_id = @shipment_id::bigint AND order_id BETWEEN @order_id_from AND @order_id_until AND status = 'packed';

-- name: ShipmentLabelled :execrows
UPDATE shipments SET status = 'ready', tracking_number = @tracking_number::text, service_name = @service_name, currency = @currency, cost_minor = @cost_minor, eta_at = sqlc.narg(eta_at),
       labelled_at = @now::timestamptz, status_at = @now::timestamptz, ask_at = NULL, poll_at = sqlc.narg(poll_at), watch_at = sqlc.narg(watch_at), failure = ''
WHERE id = @id AND status = 'buying';

-- name: ShipmentFailed :execrows
UPDATE shipments SET status = 'failed', failure = @failure, status_at = @now, ask_at = NULL WHERE id = @id AND status = 'buying';

-- name: ShipmentVoiding :execrows
UPDATE shipments SET status = 'voiding', status_at = @now, ask_at = sqlc.narg(ask_at), tracking_number = coalesce(nullif(@tracking_number::text, ''), tracking_number), failure = ''
WHERE id = @id AND status IN ('ready', 'buying');

-- name: ShipmentVoided :execrows
UPDATE shipments SET status = 'voided', status_at = @now, ask_at = NULL, poll_at = NULL, watch_at = NULL, problem = '', problem_at = NULL, problem_answer = ''
WHERE id = @id AND status IN ('ready', 'voiding');

-- name: ShipmentKept :execrows
UPDATE shipments SET status = 'ready', failure = @failure, status_at = @now, ask_at = NULL WHERE id = @id AND status = 'voiding';

-- name: ShipmentHandedOver :execrows
UPDATE shipments SET status = 'in_transit', handed_over_at = @handed_over_at::timestamptz, status_at = @now, ask_at = NULL, manifest_id = sqlc.narg(manifest_id), watch_at = sqlc.narg(watch_at),
       undo_until_at = sqlc.narg(undo_until_at), problem = '', problem_at = NULL, problem_answer = ''
WHERE id = @id AND status IN ('ready', 'voiding');

-- name: ShipmentComeBack :execrows
UPDATE shipments SET status = 'ready', status_at = @now, handed_over_at = NULL, undo_until_at = NULL, manifest_id = NULL, watch_at = sqlc.narg(watch_at),
       problem = '', problem_at = NULL, problem_answer = ''
WHERE id = @id AND status = 'in_transit' AND undo_until_at IS NOT NULL;

-- name: ShipmentEventAdd :execrows
INSERT INTO shipment_events (shipment_id, event_id, kind, occurred_at, recorded_at, place, words, eta_at)
VALUES (@shipment_id, @event_id, @kind, @occurred_at, @now, @place, @words, sqlc.narg(eta_at)) ON CONFLICT DO NOTHING;

-- name: ShipmentStands :exec
-- Where the shipment is by all that its carrier told. A problem that was answered stays answered; another one is open, and so
-- is the same one that came again.
UPDATE shipments SET status = @status, status_at = @status_at, eta_at = coalesce(sqlc.narg(eta_at), eta_at), delivered_at = sqlc.narg(delivered_at),
       poll_at = CASE WHEN @open::boolean THEN poll_at END, watch_at = sqlc.narg(watch_at),
       problem = @problem, problem_at = CASE WHEN @problem = '' THEN NULL WHEN problem = @problem AND NOT @again::boolean THEN problem_at ELSE @now::timestamptz END,
       problem_answer = CASE WHEN @problem <> '' AND problem = @problem AND NOT @again::boolean THEN problem_answer ELSE '' END
WHERE id = @id;

-- name: ShipmentByTracking :one
-- The newest with the number: carriers use numbers again after years.
SELECT id FROM shipments
WHERE tracking_number = @tracking_number::text AND carrier_key = @carrier_key AND id >= @since_id
ORDER BY id DESC LIMIT 1;

-- name: ShipmentsClaimUnanswered :many
UPDATE shipments s SET ask_at = @again_at
FROM (SELECT c.id FROM shipments c WHERE c.ask_at <= @now::timestamptz AND c.id >= @since_id ORDER BY c.ask_at LIMIT @row_limit FOR NO KEY UPDATE SKIP LOCKED) due
WHERE s.id = due.id AND s.id >= @since_id
RETURNING s.id;

-- name: ShipmentsClaimForNews :many
UPDATE shipments s SET poll_at = @again_at
FROM (SELECT c.id FROM shipments c WHERE c.poll_at <= @now::timestamptz AND c.carrier_key = @carrier_key AND c.id >= @since_id
      ORDER BY c.poll_at LIMIT @row_limit FOR NO KEY UPDATE SKIP LOCKED) due
WHERE s.id = due.id AND s.id >= @since_id
RETURNING coalesce(s.tracking_number, '')::text AS tracking_number;

-- name: ShipmentsWatched :many
SELECT c.id FROM shipments c WHERE c.watch_at <= @now::timestamptz AND c.id >= @since_id ORDER BY c.watch_at LIMIT @row_limit;

-- name: ShipmentProblem :exec
UPDATE shipments SET problem = @problem, problem_at = @now::timestamptz, problem_answer = '', watch_at = sqlc.narg(watch_at) WHERE id = @id;

-- name: ShipmentUnwatch :exec
UPDATE shipments SET watch_at = NULL WHERE id = @id;

-- name: ShipmentGivenUp :exec
UPDATE shipments SET status = 'lost', status_at = @now, problem = 'lost', problem_at = @now::timestamptz, problem_answer = '', watch_at = NULL WHERE id = @id AND status = 'in_transit';

-- name: ShipmentAnswer :execrows
UPDATE shipments SET problem_answer = @answer, watch_at = sqlc.narg(watch_at) WHERE id = @id AND problem <> '' AND problem_answer = '';

-- name: ShipmentsPage :many
SELECT s.id FROM shipments s
WHERE s.merchant_id = @merchant_id AND s.id < @before_id AND s.status = @status ORDER BY s.id DESC LIMIT @row_limit;

-- name: ShipmentsPageReady :many
SELECT s.id FROM shipments s
WHERE s.merchant_id = @merchant_id AND s.id < @before_id AND s.id >= @since_id AND s.status IN ('buying', 'ready', 'voiding') ORDER BY s.id DESC LIMIT @row_limit;

-- name: ShipmentsPageProblems :many
SELECT s.id FROM shipments s
WHERE s.merchant_id = @merchant_id AND s.id < @before_id AND s.problem <> '' AND s.problem_answer = '' AND (@problem::text = '' OR s.problem = @problem)
ORDER BY s.id DESC LIMIT @row_limit;

-- name: ShipmentsPageAll :many
SELECT s.id FROM shipments s WHERE s.merchant_id = @merchant_id AND s.id < @before_id ORDER BY s.id DESC LIMIT @row_limit;

-- name: ShipmentCounts :one
-- The lists that are worked off, and so stay short; what has arrived is not counted.
SELECT (SELECT count(*) FROM shipments s WHERE s.merchant_id = @merchant_id AND s.id >= @since_id AND s.status IN ('buying', 'ready', 'voiding')) AS ready,
       (SELECT count(*) FROM shipments s WHERE s.merchant_id = @merchant_id AND s.id >= @since_id AND s.status = 'in_transit') AS in_transit,
       p.problems, p.lost, p.returned, p.exception, p.late, p.waiting
FROM (SELECT count(*) AS problems, count(*) FILTER (WHERE s.problem = 'lost') AS lost, count(*) FILTER (WHERE s.problem = 'returned') AS returned,
             count(*) FILTER (WHERE s.problem = 'exception') AS exception, count(*) FILTER (WHERE s.problem = 'late') AS late,
             count(*) FILTER (WHERE s.problem = 'waiting') AS waiting
      FROM shipments s WHERE s.merchant_id = @merchant_id AND s.problem <> '' AND s.problem_answer = '') p;

-- name: ManifestAdd :one
INSERT INTO manifests (merchant_id, carrier, closed_at, closed_by_user_id, closed_by_name)
VALUES (@merchant_id, @carrier, @now, nullif(@user_id::bigint, 0), @user_name) RETURNING id;

-- name: ManifestFind :one
SELECT f.*, m.name AS merchant_name, m.time_zone FROM manifests f JOIN merchants m ON m.id = f.merchant_id WHERE f.id = @id AND (@merchant_id::bigint = 0 OR f.merchant_id = @merchant_id);

-- name: ManifestShipments :many
-- A manifest is closed after its labels were made and within the time that a label may wait.
SELECT id FROM shipments WHERE manifest_id = @manifest_id::bigint AND id BETWEEN @id_from AND @id_until ORDER BY id LIMIT @row_limit;

-- name: ManifestsPage :many
SELECT m.*, coalesce((SELECT max(s.undo_until_at) FROM shipments s WHERE s.manifest_id = m.id AND s.id >= @since_id), m.closed_at)::timestamptz AS undo_until_at
FROM manifests m WHERE m.merchant_id = @merchant_id AND m.id < @before_id ORDER BY m.id DESC LIMIT @row_limit;

-- name: ManifestsUndone :exec
-- Nothing is left of them. A manifest is closed within the time that a label may wait, which bounds where its shipments lie.
UPDATE manifests m SET undone_at = @now::timestamptz
WHERE m.id = ANY (@ids::bigint[]) AND m.undone_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM shipments s WHERE s.manifest_id = m.id AND s.id >= @since_id);

-- name: DeliveryProblems :many
-- Of all merchants, the oldest first. Open problems are few, so the filters need no index of their own.
SELECT s.id, m.name AS merchant_name FROM shipments s JOIN merchants m ON m.id = s.merchant_id
WHERE s.id > @after_id AND s.problem <> '' AND s.problem_answer = ''
  AND (@problem::text = '' OR s.problem = @problem) AND (@merchant_id::bigint = 0 OR s.merchant_id = @merchant_id)
ORDER BY s.id LIMIT @row_limit;

-- name: DeliveryProblemCounts :many
SELECT s.problem, s.merchant_id, m.name AS merchant_name, count(*) AS shipments FROM shipments s JOIN merchants m ON m.id = s.merchant_id
WHERE s.problem <> '' AND s.problem_answer = ''
GROUP BY s.problem, s.merchant_id, m.name ORDER BY m.name, s.merchant_id, s.problem;
