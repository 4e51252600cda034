-- What has to be ordered again. A job compares what is left with the reorder points; those who buy know nothing of it.

-- name: StockAlertsRaise :many
-- Once while it is open (stock_alerts_open_key).
INSERT INTO stock_alerts (merchant_id, sku_id, location_id, reorder_point, available, raised_at)
SELECT t.merchant_id, t.sku_id, t.location_id, t.reorder_point, t.available, @now
FROM (SELECT s.merchant_id, s.id AS sku_id, NULL::bigint AS location_id, s.reorder_point, coalesce(sum(l.on_hand - l.reserved - l.backordered), 0)::bigint AS available
      FROM skus s LEFT JOIN stock_levels l ON l.sku_id = s.id
      WHERE s.reorder_point IS NOT NULL AND s.status = 'active' GROUP BY s.id
      UNION ALL
      SELECT s.merchant_id, s.id, l.location_id, l.reorder_point, l.on_hand - l.reserved
      FROM stock_levels l JOIN skus s ON s.id = l.sku_id
      WHERE l.reorder_point IS NOT NULL AND s.status = 'active') t
WHERE t.available <= t.reorder_point
  AND NOT EXISTS (SELECT 1 FROM stock_alerts a WHERE a.sku_id = t.sku_id AND coalesce(a.location_id, 0) = coalesce(t.location_id, 0) AND a.cleared_at IS NULL)
ORDER BY t.sku_id LIMIT @row_limit
ON CONFLICT DO NOTHING
RETURNING merchant_id;

-- name: StockAlertsClear :many
-- Stock is back, or nobody wants to be told any more.
UPDATE stock_alerts a SET cleared_at = @now
FROM (SELECT o.id, CASE WHEN o.location_id IS NULL THEN s.reorder_point ELSE at.reorder_point END AS point,
             CASE WHEN o.location_id IS NULL THEN (SELECT coalesce(sum(l.on_hand - l.reserved - l.backordered), 0) FROM stock_levels l WHERE l.sku_id = o.sku_id)
                  ELSE coalesce(at.on_hand - at.reserved, 0) END AS available, s.status
      FROM stock_alerts o JOIN skus s ON s.id = o.sku_id
      LEFT JOIN stock_levels at ON at.sku_id = o.sku_id AND at.location_id = o.location_id
      WHERE o.cleared_at IS NULL) t
WHERE a.id = t.id AND (t.point IS NULL OR t.available > t.point OR t.status <> 'active')
RETURNING a.merchant_id;

-- name: StockAlertTell :exec
INSERT INTO outbox (topic, merchant_id) SELECT @topic, unnest(@merchant_ids::bigint[]);

-- name: StockAlertsOpen :many
SELECT a.id, a.sku_id, s.code, s.variant, p.name AS product_name, coalesce(a.location_id, 0)::bigint AS location_id, coalesce(loc.name, '')::text AS location,
       coalesce(CASE WHEN a.location_id IS NULL THEN s.reorder_point ELSE at.reorder_point END, a.reorder_point)::bigint AS reorder_point,
       CASE WHEN a.location_id IS NULL THEN (SELECT coalesce(sum(l.on_hand - l.reserved - l.backordered), 0) FROM stock_levels l WHERE l.sku_id = a.sku_id)
            ELSE coalesce(at.on_hand - at.reserved, 0) END::bigint AS available,
       a.raised_at
FROM stock_alerts a
JOIN skus s ON s.id = a.sku_id JOIN products p ON p.id = s.product_id
LEFT JOIN locations loc ON loc.id = a.location_id
LEFT JOIN stock_levels at ON at.sku_id = a.sku_id AND at.location_id = a.location_id
WHERE a.cleared_at IS NULL AND (@merchant_id::bigint = 0 OR a.merchant_id = @merchant_id) AND a.id < @before
ORDER BY a.id DESC LIMIT @row_limit;

-- name: StockAlertsCount :one
SELECT count(*) FROM stock_alerts WHERE merchant_id = @merchant_id AND cleared_at IS NULL;
