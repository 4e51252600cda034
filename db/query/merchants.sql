-- Merchants and the places where their stock lies.

-- name: MerchantAdd :one
-- No row: the slug is taken.
INSERT INTO merchants (slug, name, country, time_zone, created_at, updated_at) VALUES (@slug, @name, @country, @time_zone, @now, @now)
ON CONFLICT ON CONSTRAINT merchants_slug_key DO NOTHING RETURNING id;

-- name: MerchantSame :one
SELECT m.id FROM merchants m JOIN locations l ON l.merchant_id = m.id AND l.code = @location_code AND l.name = @location_name
WHERE m.slug = @slug AND m.name = @name AND m.country = @country AND m.time_zone = @time_zone AND m.deleted_at IS NULL;

-- name: MerchantFigures :many
SELECT m.id, m.slug, m.name, m.country, m.time_zone,
       (SELECT count(*) FROM users u WHERE u.merchant_id = m.id AND u.disabled_at IS NULL) AS staff,
       (SELECT count(*) FROM locations l WHERE l.merchant_id = m.id) AS locations,
       (SELECT count(*) FROM products p WHERE p.merchant_id = m.id AND p.deleted_at IS NULL) AS products
FROM merchants m WHERE m.deleted_at IS NULL AND (@before::bigint = 0 OR m.id < @before) ORDER BY m.id DESC LIMIT @row_limit;

-- name: LocationAdd :one
-- No row: the merchant has a location with this code.
INSERT INTO locations (merchant_id, code, name, priority, created_at) VALUES (@merchant_id, @code, @name, @priority, @now)
ON CONFLICT ON CONSTRAINT locations_code_key DO NOTHING RETURNING id;

-- name: LocationsOfMerchant :many
SELECT id, merchant_id, code, name, priority FROM locations WHERE merchant_id = @merchant_id ORDER BY priority, id;

-- name: LocationChange :execrows
UPDATE locations SET name = @name, priority = @priority WHERE id = @id AND merchant_id = @merchant_id AND (name, priority) IS DISTINCT FROM (@name, @priority);
