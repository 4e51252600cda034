INSERT INTO checkouts (id, customer_id, currency, total_minor, order_ids, source, expires_at, created_at)
VALUES (:checkout_id, :customer_id, 'USD', :total, ARRAY[:order_id]::bigint[], 'api', now() + interval '15 minutes', now());
INSERT INTO orders (id, checkout_id, customer_id, merchant_id, currency, subtotal_minor, tax_minor, shipping_minor, discount_minor, total_minor,
                    shipping_address_id, source, placed_at, status_at, expires_at)
VALUES (:order_id, :checkout_id, :customer_id, :merchant, 'USD', :subtotal, :tax, :shipping_minor, 0, :total,
        :snapshot_id, 'api', now(), now(), now() + interval '15 minutes');
INSERT INTO order_line_items (order_id, line_no, sku_id, name, sku_code, quantity, unit_price_minor, tax_included, tax_rate_ppm,
                              subtotal_minor, discount_minor, tax_minor, total_minor)
SELECT :order_id, no, sku_id, 'Product ' || sku_id, 'SKU-' || sku_id, 1, :price_minor, false, :tax_ppm, :price_minor, 0, :line_tax, :price_minor::bigint + :line_tax
FROM (VALUES (1, :low::bigint), (2, :high)) line (no, sku_id) WHERE no <= :lines;
INSERT INTO order_events (order_id, seq, kind, to_status, occurred_at, recorded_at, actor_kind, actor_id, actor_name, request_id)
VALUES (:order_id, 1, 'placed', 'pending', now(), now(), 'integration', 1, 'pgbench', 'pgbench/' || :order_id);
INSERT INTO payments (order_id, id, checkout_id, currency, amount_minor, created_at, status_at)
VALUES (:order_id, next_id(now()), :checkout_id, 'USD', :total, now(), now());
INSERT INTO reservations (order_id, line_no, sku_id, location_id, quantity, created_at)
SELECT :order_id, no, sku_id, :location, 1, now() FROM (VALUES (1, :low::bigint), (2, :high)) line (no, sku_id) WHERE no <= :lines;
INSERT INTO idempotency_keys (scope, key, request_hash, result, created_at)
VALUES ('pgbench', 'order-' || :order_id, sha256(int8send(:order_id)),
        format('{"CheckoutID":%s,"CustomerID":%s,"Currency":"USD","TotalMinor":%s,"PlacedAt":"%s","ExpiresAt":"%s","Orders":[{"ID":%s,"MerchantID":%s,"SubtotalMinor":%s,"TaxMinor":%s,"ShippingMinor":%s,"DiscountMinor":0,"TotalMinor":%s}]}',
               :checkout_id::text, :customer_id::text, :total::text, now(), now() + interval '15 minutes',
               :order_id::text, :merchant::text, :subtotal::text, :tax::text, :shipping_minor::text, :total::text)::jsonb, now());
