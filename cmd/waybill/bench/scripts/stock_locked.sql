-- The rows are locked in one order by a statement of their own, then changed under a condition.
SELECT sku_id, location_id, on_hand, reserved FROM stock_levels
WHERE sku_id IN (:low, :high) AND location_id = :location ORDER BY sku_id, location_id FOR NO KEY UPDATE;
WITH taken AS (
    UPDATE stock_levels SET reserved = reserved + 1, updated_at = now()
    WHERE sku_id IN (:low, :high) AND location_id = :location AND on_hand - reserved >= 1
    RETURNING sku_id
)
SELECT count(*) = :lines AS enough FROM taken
\gset
