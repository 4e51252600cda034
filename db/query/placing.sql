-- Placing orders: every statement works on a whole group of checkouts. The order of locks is the same in every
-- transaction of the system: customers by id, addresses by id, stock levels by (sku_id, location_id).

-- name: PlacingReplays :many
SELECT scope, key, request_hash, result FROM idempotency_keys
WHERE (scope, key) IN (SELECT unnest(@scopes::text[]), unnest(@keys::text[]));

-- name: PlacingCustomers :many
SELECT id, status, coalesce(order_id_from, 0)::bigint AS order_id_from, coalesce(order_id_until, 0)::bigint AS order_id_until
FROM customers WHERE id = ANY (@ids::bigint[]) AND deleted_at IS NULL;

-- name: PlacingAddresses :many
SELECT id, customer_id, country, region, coalesce(snapshot_id, 0)::bigint AS snapshot_id
FROM addresses WHERE id = ANY (@ids::bigint[]) AND NOT is_snapshot AND deleted_at IS NULL;

-- name: PlacingSKUs :many
-- Asked for by SKU or, for products with one SKU, by product. A SKU without a price in a currency has no row for it,
-- but always one without currency, so that "no price" and "no such SKU" can be told apart. What holds for the whole shop
-- comes along, so that it costs no statement of its own.
SELECT s.id, s.product_id, s.merchant_id, s.code, s.variant, s.tax_category, s.weight_grams,
       p.name AS product_name,
       (s.status = 'active' AND p.status = 'active' AND p.deleted_at IS NULL AND m.status = 'active' AND m.deleted_at IS NULL)::boolean AS sellable,
       m.prices_include_tax, s.backorder_limit, coalesce(s.buyer_limit, 0)::bigint AS buyer_limit,
       (SELECT tax_rounding FROM shop_settings)::text AS tax_rounding,
       EXISTS (SELECT 1 FROM discounts d WHERE d.code IS NULL AND d.valid_from <= @now AND (d.valid_until IS NULL OR d.valid_until > @now)) AS automatic_discounts,
       coalesce(price.currency, '')::text AS currency, coalesce(price.price_minor, 0)::bigint AS price_minor
FROM skus s
JOIN products p ON p.id = s.product_id
JOIN merchants m ON m.id = s.merchant_id
LEFT JOIN sku_prices price ON price.sku_id = s.id AND price.currency = ANY (@currencies::text[])
    AND price.valid_from <= @now AND (price.valid_until IS NULL OR price.valid_until > @now)
WHERE s.id = ANY (@sku_ids::bigint[]) OR s.product_id = ANY (@product_ids::bigint[]);

-- name: PlacingTaxRates :many
-- Of countries, and of those that addresses are in. A country without rates has one row that says so.
SELECT c.country::text AS country, (t.country IS NOT NULL)::boolean AS rated,
       coalesce(t.region, '')::text AS region, coalesce(t.tax_category, '')::text AS tax_category, coalesce(t.rate_ppm, 0)::int AS rate_ppm
FROM (SELECT unnest(@countries::text[]) AS country UNION SELECT a.country FROM addresses a WHERE a.id = ANY (@address_ids::bigint[])) c
LEFT JOIN tax_rates t ON t.country = c.country AND t.valid_from <= @now AND (t.valid_until IS NULL OR t.valid_until > @now)
ORDER BY t.valid_from;

-- name: PlacingShippingRates :many
-- Of the merchants of SKUs and products, who are looked for first: as a join, a kept plan might look through the rates of all.
-- Those of services that are offered no longer are left out.
SELECT r.merchant_id, r.country, r.currency, r.from_weight_grams, r.from_subtotal_minor, r.price_minor,
       coalesce(s.id, 0)::bigint AS ship_service_id, coalesce(s.name, '')::text AS service_name, coalesce(s.max_weight_grams, 0)::bigint AS max_weight_grams
FROM shipping_rates r LEFT JOIN ship_services s ON s.id = r.ship_service_id
WHERE r.merchant_id = ANY (ARRAY(SELECT k.merchant_id FROM skus k WHERE k.id = ANY (@sku_ids::bigint[])
                                 UNION SELECT p.merchant_id FROM products p WHERE p.id = ANY (@product_ids::bigint[])))
  AND s.retired_at IS NULL;

-- name: PlacingSequence :many
SELECT nextval('id_sequence')::bigint FROM generate_series(1, @count::int);

-- name: PlacingCustomersWiden :exec
-- Only customers whose order falls outside the known bounds are touched. They are locked (CustomersLock).
UPDATE customers SET order_id_from = least(order_id_from, @id_from::bigint), order_id_until = greatest(order_id_until, @id_until::bigint)
WHERE id = ANY (@ids::bigint[]);

-- name: PlacingAddressesLock :many
SELECT id, coalesce(snapshot_id, 0)::bigint AS snapshot_id FROM addresses WHERE id = ANY (@ids::bigint[]) ORDER BY id FOR NO KEY UPDATE;

-- name: PlacingAddressesSnapshot :many
-- The rows are locked. Copies each saved address once and remembers the copy.
WITH source AS (
    SELECT a.*, nextval(pg_get_serial_sequence('addresses', 'id')) AS new_id FROM addresses a WHERE a.id = ANY (@ids::bigint[])
), copies AS (
    INSERT INTO addresses (id, customer_id, name, line1, line2, city, region, postal_code, country, phone, is_snapshot)
    OVERRIDING SYSTEM VALUE
    SELECT new_id, customer_id, name, line1, line2, city, region, postal_code, country, phone, true FROM source
    RETURNING id
)
UPDATE addresses a SET snapshot_id = source.new_id FROM source WHERE a.id = source.id
RETURNING a.id, source.new_id::bigint AS snapshot_id;

-- name: PlacingStock :many
-- What the counters say, without a lock: enough to decide by while there is plenty. Of SKUs, and of the others of products.
SELECT l.sku_id, l.location_id, loc.priority, l.on_hand, l.reserved, l.backordered
FROM stock_levels l JOIN locations loc ON loc.id = l.location_id
WHERE l.sku_id = ANY (@sku_ids::bigint[])
UNION ALL
SELECT l.sku_id, l.location_id, loc.priority, l.on_hand, l.reserved, l.backordered
FROM skus k JOIN stock_levels l ON l.sku_id = k.id JOIN locations loc ON loc.id = l.location_id
WHERE k.product_id = ANY (@product_ids::bigint[]) AND NOT k.id = ANY (@sku_ids::bigint[]);

-- name: PlacingStockLock :many
-- A statement of its own: what it returns is what the locked rows say now, not what they said when the statement
-- began. Sorted, so that two groups never wait for each other in a circle.
SELECT l.sku_id, l.location_id, loc.priority, l.on_hand, l.reserved, l.backordered
FROM stock_levels l JOIN locations loc ON loc.id = l.location_id
WHERE l.sku_id = ANY (@sku_ids::bigint[])
ORDER BY l.sku_id, l.location_id FOR NO KEY UPDATE OF l;

-- name: PlacingBought :many
-- What customers have of SKUs with a limit per customer. Asked only when somebody wants such a SKU, and after its stock is
-- locked: two checkouts of one customer take turns there. Bounded on both sides, so that the months to come are not read.
SELECT o.customer_id, l.sku_id, sum(l.quantity)::bigint AS bought
FROM orders o JOIN order_line_items l ON l.order_id = o.id
WHERE o.customer_id = ANY (@customer_ids::bigint[]) AND o.id >= @since_id AND o.id < @until_id AND l.order_id >= @since_id AND l.order_id < @until_id
  AND l.sku_id = ANY (@sku_ids::bigint[]) AND o.status NOT IN ('cancelled', 'refunded')
GROUP BY o.customer_id, l.sku_id;

-- name: PlacingStockReserve :exec
UPDATE stock_levels l SET reserved = l.reserved + d.quantity, backordered = l.backordered + d.backordered, updated_at = @now
FROM (SELECT unnest(@sku_ids::bigint[]) AS sku_id, unnest(@location_ids::bigint[]) AS location_id, unnest(@quantities::bigint[]) AS quantity,
             unnest(@backordered::bigint[]) AS backordered) d
WHERE l.sku_id = d.sku_id AND l.location_id = d.location_id;

-- name: PlacingStockLockLast :exec
-- PlacingStockLock for a group that was decided without the lock and has written everything else: the statement behind this
-- one looks again. All levels of the SKUs, because that one judges them together.
WITH locked AS MATERIALIZED (
    SELECT 1 FROM stock_levels WHERE sku_id = ANY (@sku_ids::bigint[]) ORDER BY sku_id, location_id FOR NO KEY UPDATE
)
SELECT count(*) FROM locked;

-- name: PlacingStockTake :exec
-- PlacingStockReserve for such a group. Fewer rows than levels: what was there is gone, or somebody waits for it by now, and
-- the group is decided again (placing_stock_is_there).
WITH taken AS (
UPDATE stock_levels l SET reserved = l.reserved + d.quantity, updated_at = @now
FROM (SELECT unnest(@sku_ids::bigint[]) AS sku_id, unnest(@location_ids::bigint[]) AS location_id, unnest(@quantities::bigint[]) AS quantity) d
WHERE l.sku_id = d.sku_id AND l.location_id = d.location_id AND l.on_hand - l.reserved >= d.quantity
  AND NOT EXISTS (SELECT 1 FROM stock_levels other WHERE other.sku_id = d.sku_id AND other.backordered > 0)
RETURNING 1
)
SELECT refuse_moved_stock() FROM (SELECT count(*) AS levels FROM taken) t WHERE t.levels < cardinality(@sku_ids::bigint[]);

-- name: PlacingCheckouts :exec
INSERT INTO checkouts (id, customer_id, currency, total_minor, order_ids, source, expires_at, created_at)
SELECT unnest(@ids::bigint[]), unnest(@customer_ids::bigint[]), unnest(@currencies::text[]), unnest(@totals::bigint[]),
       string_to_array(unnest(@order_ids::text[]), ',')::bigint[], unnest(@sources::text[]), @expires_at::timestamptz, @now;

-- name: PlacingOrders :exec
INSERT INTO orders (id, checkout_id, customer_id, merchant_id, currency, subtotal_minor, tax_minor, shipping_minor, discount_minor, total_minor,
                    shipping_address_id, ship_service_id, source, placed_at, status_at, expires_at)
SELECT unnest(@ids::bigint[]), unnest(@checkout_ids::bigint[]), unnest(@customer_ids::bigint[]), unnest(@merchant_ids::bigint[]), unnest(@currencies::text[]),
       unnest(@subtotals::bigint[]), unnest(@taxes::bigint[]), unnest(@shippings::bigint[]), unnest(@discounts::bigint[]), unnest(@totals::bigint[]),
       unnest(@address_ids::bigint[]), nullif(unnest(@ship_service_ids::bigint[]), 0), unnest(@sources::text[]), @now, @now, @expires_at::timestamptz;

-- name: PlacingLines :exec
INSERT INTO order_line_items (order_id, line_no, sku_id, name, sku_code, quantity, unit_price_minor, tax_included, tax_rate_ppm,
                              subtotal_minor, discount_minor, tax_minor, total_minor)
SELECT unnest(@order_ids::bigint[]), unnest(@line_nos::int[]), unnest(@sku_ids::bigint[]), unnest(@names::text[]), unnest(@sku_codes::text[]),
       unnest(@quantities::bigint[]), unnest(@unit_prices::bigint[]), unnest(@tax_included::boolean[]), unnest(@tax_rates::int[]),
       unnest(@subtotals::bigint[]), unnest(@discounts::bigint[]), unnest(@taxes::bigint[]), unnest(@totals::bigint[]);

-- name: PlacingEvents :exec
INSERT INTO order_events (order_id, seq, kind, to_status, occurred_at, recorded_at, actor_kind, actor_id, actor_name, request_id)
SELECT unnest(@order_ids::bigint[]), 1, 'placed', 'pending', @now, @now,
       unnest(@actor_kinds::text[]), unnest(@actor_ids::bigint[]), unnest(@actor_names::text[]), unnest(@request_ids::text[]);

-- name: PlacingPayments :exec
INSERT INTO payments (order_id, id, checkout_id, currency, amount_minor, created_at, status_at)
SELECT unnest(@order_ids::bigint[]), unnest(@ids::bigint[]), unnest(@checkout_ids::bigint[]), unnest(@currencies::text[]), unnest(@amounts::bigint[]), @now, @now;

-- name: PlacingReservations :exec
INSERT INTO reservations (order_id, line_no, sku_id, location_id, quantity, created_at)
SELECT unnest(@order_ids::bigint[]), unnest(@line_nos::int[]), unnest(@sku_ids::bigint[]), unnest(@location_ids::bigint[]), unnest(@quantities::bigint[]), @now;

-- name: PlacingBackorders :exec
-- Sent only for groups in which somebody waits for something.
INSERT INTO backorders (order_id, line_no, sku_id, location_id, quantity, created_at)
SELECT unnest(@order_ids::bigint[]), unnest(@line_nos::int[]), unnest(@sku_ids::bigint[]), unnest(@location_ids::bigint[]), unnest(@quantities::bigint[]), @now;

-- name: PlacingBackorderEvents :exec
-- The second event of an order that waits for units.
INSERT INTO order_events (order_id, seq, kind, occurred_at, recorded_at, actor_kind, data)
SELECT unnest(@order_ids::bigint[]), 2, 'backordered', @now, @now, 'system', jsonb_build_object('items', unnest(@items::text[]));

-- name: PlacingLedger :exec
INSERT INTO inventory_transactions (id, sku_id, location_id, kind, reserved_delta, order_id, actor_kind, actor_id, actor_name, created_at)
SELECT unnest(@ids::bigint[]), unnest(@sku_ids::bigint[]), unnest(@location_ids::bigint[]), 'reservation', unnest(@quantities::bigint[]), unnest(@order_ids::bigint[]),
       unnest(@actor_kinds::text[]), unnest(@actor_ids::bigint[]), unnest(@actor_names::text[]), @now;

-- name: PlacingKeys :exec
-- A key that another transaction committed meanwhile (idempotency_keys_pkey): the group is placed again and finds it.
INSERT INTO idempotency_keys (scope, key, request_hash, result, created_at)
SELECT unnest(@scopes::text[]), unnest(@keys::text[]), unnest(@hashes::bytea[]), unnest(@results::text[])::jsonb, @now;
