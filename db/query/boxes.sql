-- The cartons of a merchant.

-- name: Boxes :many
SELECT * FROM boxes WHERE merchant_id = @merchant_id AND retired_at IS NULL ORDER BY hotkey NULLS LAST, lower(name), id;

-- name: BoxFind :one
SELECT * FROM boxes WHERE id = @id AND merchant_id = @merchant_id;

-- name: BoxAdd :one
INSERT INTO boxes (merchant_id, name, length_mm, width_mm, height_mm, tare_grams, hotkey, created_at)
VALUES (@merchant_id, @name, @length_mm, @width_mm, @height_mm, @tare_grams, nullif(@hotkey::int, 0), @now) RETURNING id;

-- name: BoxChange :execrows
UPDATE boxes SET name = @name, length_mm = @length_mm, width_mm = @width_mm, height_mm = @height_mm, tare_grams = @tare_grams, hotkey = nullif(@hotkey::int, 0)
WHERE id = @id AND merchant_id = @merchant_id AND retired_at IS NULL;

-- name: BoxRetire :execrows
UPDATE boxes SET retired_at = @now, hotkey = NULL WHERE id = @id AND merchant_id = @merchant_id AND retired_at IS NULL;
