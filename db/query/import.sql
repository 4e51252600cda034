-- Imports: history from elsewhere, whole batches by COPY. Its ids come from the times in it, its order from the source,
-- and import_refs remembers what became of each outside record.

-- name: ImportLock :exec
-- Two imports of one source take turns, batch by batch.
SELECT pg_advisory_xact_lock(hashtextextended('waybill.import.' || @source::text, 0));

-- name: ImportSettings :exec
-- Until the transaction ends: nobody waits live for what happened long ago, and whole walks are applied at once. Plans
-- are kept, because planning a check of a foreign key into a partitioned table anew costs more than the check.
SELECT set_config('waybill.feed', 'off', true), set_config('plan_cache_mode', 'force_generic_plan', true);

-- name: ImportCoverMonth :exec
SELECT ensure_partitions(@from_at, @until_at);

-- name: ImportRefsFind :many
-- One look-up per id, also while the table grows faster than its statistics, which would have it scanned.
SELECT asked.external_id::text AS external_id, found.id
FROM unnest(@external_ids::text[]) AS asked(external_id)
CROSS JOIN LATERAL (SELECT r.id FROM import_refs r WHERE r.source = @source AND r.kind = @kind AND r.external_id = asked.external_id LIMIT 1) found;

-- name: ImportIdentities :many
-- Ids of rows about to be copied in, so that rows that refer to them can be made at the same time.
SELECT nextval(pg_get_serial_sequence(@table_name::text, 'id'))::bigint FROM generate_series(1, @count::int);

-- name: ImportMerchantSlugsTaken :many
SELECT slug FROM merchants WHERE slug = ANY (@slugs::text[]);

-- name: ImportCategorySlugsTaken :many
SELECT slug FROM categories WHERE slug = ANY (@slugs::text[]);

-- name: ImportProductSlugsTaken :many
SELECT slug FROM products WHERE slug = ANY (@slugs::text[]);

-- name: ImportCustomersWiden :exec
-- Only customers whose orders fall outside the known bounds are touched. They are locked (CustomersLock).
UPDATE customers c SET order_id_from = least(c.order_id_from, a.id_from), order_id_until = greatest(c.order_id_until, a.id_until)
FROM (SELECT unnest(@ids::bigint[]) AS id, unnest(@ids_from::bigint[]) AS id_from, unnest(@ids_until::bigint[]) AS id_until) a
WHERE c.id = a.id AND (c.order_id_from IS NULL OR c.order_id_from > a.id_from OR c.order_id_until < a.id_until);

-- name: ImportExceptions :exec
INSERT INTO reconciliation_exceptions (kind, source, order_id, provider, provider_ref, currency, expected_minor, actual_minor, reason, created_at)
SELECT unnest(@kinds::text[]), @source, unnest(@order_ids::bigint[]), unnest(@providers::text[]), unnest(@provider_refs::text[]), unnest(@currencies::text[]),
       unnest(@expected::bigint[]), unnest(@actual::bigint[]), unnest(@reasons::text[]), @now
ON CONFLICT (source, kind, provider_ref, (coalesce(order_id, 0)), (coalesce(payment_id, 0)), currency) WHERE status = 'open' DO NOTHING;

-- name: ImportRefs :copyfrom
INSERT INTO import_refs (source, kind, external_id, id) VALUES (@source, @kind, @external_id, @id);

-- name: ImportMerchants :copyfrom
INSERT INTO merchants (id, slug, name, status, country, city, region, postal_code, time_zone, cutoff_minute, handling_days, prices_include_tax)
VALUES (@id, @slug, @name, @status, @country, @city, @region, @postal_code, @time_zone, @cutoff_minute, @handling_days, @prices_include_tax);

-- name: ImportLocations :copyfrom
INSERT INTO locations (merchant_id, code, name, priority) VALUES (@merchant_id, @code, @name, @priority);

-- name: ImportLocationsFind :many
SELECT id, merchant_id, code FROM locations WHERE merchant_id = ANY (@merchant_ids::bigint[]);

-- name: ImportShippingRates :copyfrom
INSERT INTO shipping_rates (merchant_id, country, currency, from_weight_grams, from_subtotal_minor, price_minor)
VALUES (@merchant_id, @country, @currency, @from_weight_grams, @from_subtotal_minor, @price_minor);

-- name: ImportTaxRates :exec
-- A rate that the shop has already is left as it is.
INSERT INTO tax_rates (country, region, tax_category, name, rate_ppm)
SELECT unnest(@countries::text[]), unnest(@regions::text[]), unnest(@categories::text[]), unnest(@names::text[]), unnest(@rates::int[])
ON CONFLICT DO NOTHING;

-- name: ImportUsers :exec
-- An account that exists already is left as it is.
INSERT INTO users (email, name, password_hash, role, merchant_id, customer_id)
SELECT unnest(@emails::text[]), unnest(@names::text[]), unnest(@password_hashes::text[]), unnest(@roles::text[]),
       nullif(unnest(@merchant_ids::bigint[]), 0), nullif(unnest(@customer_ids::bigint[]), 0)
ON CONFLICT DO NOTHING;

-- name: ImportUsersFind :many
SELECT id, lower(email)::text AS email FROM users WHERE lower(email) = ANY (@emails::text[]);

-- name: ImportCustomers :copyfrom
INSERT INTO customers (id, email, name, created_at, updated_at) VALUES (@id, @email, @name, @created_at, @updated_at);

-- name: ImportCategories :copyfrom
INSERT INTO categories (id, parent_id, slug, name, position) VALUES (@id, @parent_id, @slug, @name, @position);

-- name: ImportProducts :copyfrom
INSERT INTO products (id, merchant_id, category_id, slug, name, description, status)
VALUES (@id, @merchant_id, @category_id, @slug, @name, @description, @status);

-- name: ImportSKUs :copyfrom
INSERT INTO skus (id, product_id, merchant_id, code, variant, attributes, barcode, weight_grams, tax_category, status)
VALUES (@id, @product_id, @merchant_id, @code, @variant, @attributes, @barcode, @weight_grams, @tax_category, @status);

-- name: ImportPrices :copyfrom
INSERT INTO sku_prices (sku_id, currency, price_minor, valid_from, valid_until) VALUES (@sku_id, @currency, @price_minor, @valid_from, @valid_until);

-- name: ImportStockLevels :copyfrom
INSERT INTO stock_levels (sku_id, location_id, on_hand, bin, updated_at) VALUES (@sku_id, @location_id, @on_hand, @bin, @updated_at);

-- name: ImportLedger :copyfrom
INSERT INTO inventory_transactions (id, sku_id, location_id, kind, on_hand_delta, reserved_delta, order_id, reason, actor_kind, actor_id, actor_name, created_at)
VALUES (@id, @sku_id, @location_id, @kind, @on_hand_delta, @reserved_delta, @order_id, @reason, @actor_kind, @actor_id, @actor_name, @created_at);

-- name: ImportReservations :copyfrom
INSERT INTO reservations (order_id, line_no, sku_id, location_id, quantity, status, created_at, closed_at)
VALUES (@order_id, @line_no, @sku_id, @location_id, @quantity, @status, @created_at, @closed_at);

-- name: ImportAddresses :copyfrom
INSERT INTO addresses (id, customer_id, name, line1, line2, city, region, postal_code, country, phone, is_default, is_snapshot, snapshot_id)
VALUES (@id, @customer_id, @name, @line1, @line2, @city, @region, @postal_code, @country, @phone, @is_default, @is_snapshot, @snapshot_id);

-- name: ImportCheckouts :copyfrom
INSERT INTO checkouts (id, customer_id, currency, total_minor, order_ids, source, expires_at, created_at)
VALUES (@id, @customer_id, @currency, @total_minor, @order_ids, @source, @expires_at, @created_at);

-- name: ImportOrders :copyfrom
-- Pending, as every order begins; its events take it further.
INSERT INTO orders (id, checkout_id, customer_id, merchant_id, currency, subtotal_minor, tax_minor, shipping_minor, discount_minor, total_minor,
                    shipping_address_id, source, imported_without_lines, placed_at, status_at, expires_at)
VALUES (@id, @checkout_id, @customer_id, @merchant_id, @currency, @subtotal_minor, @tax_minor, @shipping_minor, @discount_minor, @total_minor,
        @shipping_address_id, @source, @imported_without_lines, @placed_at, @status_at, @expires_at);

-- name: ImportLines :copyfrom
INSERT INTO order_line_items (order_id, line_no, sku_id, name, sku_code, quantity, unit_price_minor, tax_included, tax_rate_ppm,
                              subtotal_minor, discount_minor, tax_minor, total_minor)
VALUES (@order_id, @line_no, @sku_id, @name, @sku_code, @quantity, @unit_price_minor, @tax_included, @tax_rate_ppm,
        @subtotal_minor, @discount_minor, @tax_minor, @total_minor);

-- name: ImportEvents :copyfrom
INSERT INTO order_events (order_id, seq, kind, from_status, to_status, occurred_at, recorded_at, actor_kind, actor_id, actor_name, visibility, data)
VALUES (@order_id, @seq, @kind, @from_status, @to_status, @occurred_at, @recorded_at, @actor_kind, @actor_id, @actor_name, @visibility, @data);

-- name: ImportPayments :copyfrom
INSERT INTO payments (order_id, id, checkout_id, status, provider, method, currency, amount_minor, captured_minor, refunded_minor, charge_key, provider_ref,
                      card_last4, installments, failure, created_at, status_at, captured_at)
VALUES (@order_id, @id, @checkout_id, @status, @provider, @method, @currency, @amount_minor, @captured_minor, @refunded_minor, @charge_key, @provider_ref,
        @card_last4, @installments, @failure, @created_at, @status_at, @captured_at);

-- name: ImportRefunds :copyfrom
INSERT INTO refunds (order_id, id, payment_id, status, currency, amount_minor, reason, refund_key, provider_ref, created_at, status_at)
VALUES (@order_id, @id, @payment_id, @status, @currency, @amount_minor, @reason, @refund_key, @provider_ref, @created_at, @status_at);

-- name: ImportFulfillments :copyfrom
INSERT INTO fulfillments (order_id, no, merchant_id, location_id, status, units, ship_by_at, assigned_user_id, assigned_at, carrier, tracking_number,
                          packed_at, shipped_at, delivered_at, status_at, created_at)
VALUES (@order_id, @no, @merchant_id, @location_id, @status, @units, @ship_by_at, @assigned_user_id, @assigned_at, @carrier, @tracking_number,
        @packed_at, @shipped_at, @delivered_at, @status_at, @created_at);

-- name: ImportFulfillmentItems :copyfrom
INSERT INTO fulfillment_items (order_id, no, line_no, quantity, picked) VALUES (@order_id, @no, @line_no, @quantity, @picked);
