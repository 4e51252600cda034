-- A merchant's day: figures that are read together, again with every change. Each is found by an index that something else
-- keeps short.

-- name: DayShipped :many
SELECT extract(hour FROM f.shipped_at AT TIME ZONE @time_zone::text)::int AS hour, count(*) AS parcels
FROM fulfillments f
WHERE f.merchant_id = @merchant_id AND f.order_id BETWEEN @order_id_from AND @order_id_until AND f.status IN ('shipped', 'delivered') AND f.shipped_at >= @day_start::timestamptz
GROUP BY 1 ORDER BY 1;

-- name: DayWaiting :one
SELECT coalesce(sum(l.backordered), 0)::bigint FROM stock_levels l JOIN skus s ON s.id = l.sku_id WHERE s.merchant_id = @merchant_id AND l.backordered > 0;

-- name: DaySetup :one
SELECT EXISTS (SELECT 1 FROM products p WHERE p.merchant_id = @merchant_id AND p.status = 'active' AND p.deleted_at IS NULL)::boolean AS products,
       EXISTS (SELECT 1 FROM stock_levels l JOIN skus s ON s.id = l.sku_id WHERE s.merchant_id = @merchant_id AND l.on_hand > 0)::boolean AS stock,
       EXISTS (SELECT 1 FROM shipping_rates r WHERE r.merchant_id = @merchant_id)::boolean AS rates,
       EXISTS (SELECT 1 FROM boxes b WHERE b.merchant_id = @merchant_id AND b.retired_at IS NULL)::boolean AS boxes,
       (m.queue_order_id_from IS NOT NULL)::boolean AS orders
FROM merchants m WHERE m.id = @merchant_id;

-- name: WaitingLines :many
-- The SKUs that are waited for are few (stock_levels_backordered_idx); each names its orders (backorders_waiting_idx).
SELECT w.order_id, w.sku_id, w.quantity, w.created_at, i.name, i.sku_code
FROM (SELECT DISTINCT l.sku_id FROM stock_levels l JOIN skus s ON s.id = l.sku_id WHERE l.backordered > 0 AND s.merchant_id = @merchant_id) due
JOIN backorders w ON w.sku_id = due.sku_id AND w.status = 'waiting'
JOIN order_line_items i ON i.order_id = w.order_id AND i.line_no = w.line_no
ORDER BY w.order_id, w.line_no, w.part LIMIT @row_limit;
