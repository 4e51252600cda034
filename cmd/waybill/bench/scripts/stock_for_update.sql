-- The pessimistic way: lock, look, decide outside, change.
SELECT on_hand - reserved >= 1 AS enough FROM stock_levels WHERE sku_id = :low AND location_id = :location FOR UPDATE
\gset
\if :enough
UPDATE stock_levels SET reserved = reserved + 1, updated_at = now() WHERE sku_id = :low AND location_id = :location;
\endif
