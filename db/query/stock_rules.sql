-- What merchants decide about selling a SKU.

-- name: SKUStockRules :one
SELECT backorder_limit, coalesce(buyer_limit, 0)::bigint AS buyer_limit, reorder_point FROM skus WHERE id = @sku_id;

-- name: SKUStockRulesSet :exec
UPDATE skus SET backorder_limit = @backorder_limit, buyer_limit = nullif(@buyer_limit::bigint, 0), reorder_point = sqlc.narg(reorder_point), updated_at = @now WHERE id = @sku_id;
