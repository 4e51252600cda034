-- What merchants promise: their services and days off.

-- name: MerchantShipTerms :one
SELECT time_zone, cutoff_minute, handling_days, working_days, undo_minutes FROM merchants WHERE id = @id;

-- name: MerchantUndoMinutes :one
SELECT undo_minutes FROM merchants WHERE id = @id;

-- name: MerchantUndoMinutesSet :exec
UPDATE merchants SET undo_minutes = @undo_minutes, updated_at = @now WHERE id = @id;

-- name: ShipServicesOffered :many
SELECT id, name, cutoff_minute, handling_days, working_days, coalesce(max_weight_grams, 0)::bigint AS max_weight_grams FROM ship_services WHERE merchant_id = @merchant_id AND retired_at IS NULL ORDER BY lower(name);

-- name: ShipHolidays :many
SELECT day::text AS day, name FROM ship_holidays WHERE merchant_id = @merchant_id ORDER BY ship_holidays.day;

-- name: MerchantShipTermsSet :execrows
UPDATE merchants SET cutoff_minute = @cutoff_minute, handling_days = @handling_days, working_days = @working_days, updated_at = @now WHERE id = @id;

-- name: MerchantShipTermsLock :exec
-- Changes of what a merchant promises take turns; orders do not wait for them.
SELECT id FROM merchants WHERE id = @id FOR NO KEY UPDATE;

-- name: ShipServiceAdd :one
INSERT INTO ship_services (merchant_id, name, cutoff_minute, handling_days, working_days, max_weight_grams, created_at, updated_at)
VALUES (@merchant_id, @name, @cutoff_minute, @handling_days, @working_days, nullif(@max_weight_grams::bigint, 0), @now, @now) RETURNING id;

-- name: ShipServiceSet :execrows
UPDATE ship_services SET name = @name, cutoff_minute = @cutoff_minute, handling_days = @handling_days, working_days = @working_days,
       max_weight_grams = nullif(@max_weight_grams::bigint, 0), updated_at = @now
WHERE id = @id AND merchant_id = @merchant_id AND retired_at IS NULL;

-- name: ShipServiceRetire :execrows
UPDATE ship_services SET retired_at = coalesce(retired_at, @now::timestamptz), updated_at = @now WHERE id = @id AND merchant_id = @merchant_id;

-- name: ShipHolidayAdd :exec
INSERT INTO ship_holidays (merchant_id, day, name) VALUES (@merchant_id, CAST(@day::text AS date), @name)
ON CONFLICT ON CONSTRAINT ship_holidays_pkey DO UPDATE SET name = excluded.name;

-- name: ShipHolidayRemove :execrows
DELETE FROM ship_holidays WHERE merchant_id = @merchant_id AND ship_holidays.day = CAST(@day::text AS date);

-- name: ShipHolidaysForget :exec
DELETE FROM ship_holidays WHERE merchant_id = @merchant_id AND ship_holidays.day < CAST(@before::text AS date);

-- name: MerchantSender :one
-- What is not written down yet begins with what is known of the merchant.
SELECT coalesce(nullif(sender_name, ''), name)::text AS name, sender_line1, sender_line2, coalesce(nullif(sender_city, ''), city)::text AS city, sender_region,
       sender_postal_code, coalesce(nullif(sender_country, ''), country)::text AS country, sender_phone
FROM merchants WHERE id = @id;

-- name: MerchantSenderSet :exec
UPDATE merchants SET sender_name = @name, sender_line1 = @line1, sender_line2 = @line2, sender_city = @city, sender_region = @region,
       sender_postal_code = @postal_code, sender_country = @country, sender_phone = @phone, updated_at = @now
WHERE id = @id;
