-- What a scanned code is to a merchant, and what was scanned. Everything is looked up within the merchant: a code of another
-- one is as unknown as one that nobody has.

-- name: ScanBarcode :one
SELECT s.id, s.code, p.name FROM skus s JOIN products p ON p.id = s.product_id
WHERE s.merchant_id = @merchant_id AND lpad(s.barcode, 14, '0') = @gtin::text AND s.barcode IS NOT NULL;

-- name: ScanCode :one
-- A SKU by its code; a scanner with caps lock on writes it in the other case, and one that is exact wins.
SELECT s.id, s.code, p.name FROM skus s JOIN products p ON p.id = s.product_id
WHERE s.merchant_id = @merchant_id AND lower(s.code) = lower(@code::text)
ORDER BY (s.code = @code) DESC, s.id LIMIT 1;

-- name: ScanBin :one
-- Whether the merchant has such a bin.
SELECT EXISTS (SELECT 1 FROM stock_levels sl JOIN locations l ON l.id = sl.location_id
               WHERE l.merchant_id = @merchant_id AND lower(sl.bin) = lower(@bin::text) AND (@location::text = '' OR lower(l.code) = lower(@location)))::boolean AS found;

-- name: ScanPolicy :one
SELECT scan_required FROM merchants WHERE id = @id;

-- name: ScanPolicySet :exec
UPDATE merchants SET scan_required = @scan_required WHERE id = @id;

-- name: ScanEventAdd :exec
INSERT INTO scan_events (id, merchant_id, user_id, step, outcome, units, order_id, no, line_no, sku_id, batch_id, code, said, reason, created_at)
VALUES (next_id(@now::timestamptz), @merchant_id, @user_id, @step, @outcome, @units, nullif(@order_id::bigint, 0), nullif(@no::int, 0), nullif(@line_no::int, 0),
        nullif(@sku_id::bigint, 0), nullif(@batch_id::bigint, 0), @code, @said, @reason, @now);

-- name: ScanMismatches :many
-- What was not as it should have been, newest first.
SELECT e.id, e.step, e.outcome, e.units, coalesce(e.order_id, 0)::bigint AS order_id, coalesce(e.no, 0)::int AS no, coalesce(e.batch_id, 0)::bigint AS batch_id,
       e.code, e.said, e.reason, e.created_at, u.name AS user_name
FROM scan_events e JOIN users u ON u.id = e.user_id
WHERE e.merchant_id = @merchant_id AND e.id >= @id_from AND e.id < @id_before AND e.outcome <> 'ok'
ORDER BY e.id DESC LIMIT @row_limit;

-- name: ScanAccuracy :many
-- By person and step, over a period.
SELECT e.user_id, u.name AS user_name, e.step,
       count(*) FILTER (WHERE e.outcome = 'ok') AS right_scans, count(*) FILTER (WHERE e.outcome = 'wrong') AS wrong_scans,
       coalesce(sum(e.units) FILTER (WHERE e.outcome = 'override'), 0)::bigint AS by_hand
FROM scan_events e JOIN users u ON u.id = e.user_id
WHERE e.merchant_id = @merchant_id AND e.id >= @id_from AND e.id < @id_until
GROUP BY e.user_id, u.name, e.step ORDER BY u.name, e.user_id, e.step;

-- name: FulfillmentItemVerify :execrows
UPDATE fulfillment_items SET verified = verified + 1 WHERE order_id = @order_id AND no = @no AND line_no = @line_no AND verified < picked;

-- name: FulfillmentItemsUnverify :exec
UPDATE fulfillment_items SET verified = 0 WHERE order_id = @order_id AND no = @no AND verified > 0;

-- name: FulfillmentItemsVerified :one
-- How many units of a parcel are picked and not verified.
SELECT coalesce(sum(picked - verified), 0)::bigint AS open FROM fulfillment_items WHERE order_id = @order_id AND no = @no;
