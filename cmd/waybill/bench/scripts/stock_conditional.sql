-- One statement both asks and takes. Enough for one line; several need their locks in one order first.
WITH taken AS (
    UPDATE stock_levels SET reserved = reserved + 1, updated_at = now()
    WHERE sku_id = :low AND location_id = :location AND on_hand - reserved >= 1
    RETURNING sku_id
)
SELECT count(*) = :lines AS enough FROM taken
\gset
