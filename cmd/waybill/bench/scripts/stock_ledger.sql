-- The append-only way: no counter and no lock; the ledger is summed up and appended to in one statement.
WITH taken AS (
    INSERT INTO inventory_transactions (id, sku_id, location_id, kind, reserved_delta, order_id, actor_kind, actor_id, actor_name, created_at)
    SELECT next_id(now()), :low, :location, 'reservation', 1, :order_id, 'integration', 1, 'pgbench', now()
    WHERE (SELECT sum(on_hand_delta - reserved_delta) FROM inventory_transactions WHERE sku_id = :low AND location_id = :location) >= 1
    RETURNING sku_id
)
SELECT count(*) = 1 AS enough FROM taken
\gset
