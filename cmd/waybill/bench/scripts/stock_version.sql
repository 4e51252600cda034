-- The optimistic way: look without a lock, change if nobody did meanwhile, else begin again. bench_conflict raises a
-- serialization failure, which makes pgbench repeat the whole transaction.
SELECT on_hand - reserved >= 1 AS enough, version AS seen FROM stock_levels WHERE sku_id = :low AND location_id = :location
\gset
\if :enough
WITH taken AS (
    UPDATE stock_levels SET reserved = reserved + 1, version = version + 1, updated_at = now()
    WHERE sku_id = :low AND location_id = :location AND version = :seen
    RETURNING sku_id
)
SELECT bench_conflict() WHERE NOT EXISTS (SELECT 1 FROM taken);
\endif
