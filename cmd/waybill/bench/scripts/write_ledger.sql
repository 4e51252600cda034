INSERT INTO inventory_transactions (id, sku_id, location_id, kind, reserved_delta, order_id, actor_kind, actor_id, actor_name, created_at)
SELECT next_id(now()), sku_id, :location, 'reservation', 1, :order_id, 'integration', 1, 'pgbench', now()
FROM (VALUES (1, :low::bigint), (2, :high)) line (no, sku_id) WHERE no <= :lines;
