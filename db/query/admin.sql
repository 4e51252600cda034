-- What an administrator sees and does: accounts and the record of changes.

-- name: UsersList :many
SELECT u.*, coalesce(m.name, '')::text AS merchant_name FROM users u LEFT JOIN merchants m ON m.id = u.merchant_id
WHERE (@role::text = '' OR u.role = @role) AND u.id > @after
ORDER BY u.id LIMIT @row_limit;

-- name: UserCounts :many
SELECT role, count(*) AS users, count(*) FILTER (WHERE disabled_at IS NOT NULL) AS disabled FROM users GROUP BY role;

-- name: UserDisable :execrows
-- Raising the epoch ends the sessions that there are.
UPDATE users SET disabled_at = @now::timestamptz, session_epoch = session_epoch + 1, updated_at = @now WHERE id = @id AND disabled_at IS NULL;

-- name: UserEnable :execrows
UPDATE users SET disabled_at = NULL, updated_at = @now WHERE id = @id AND disabled_at IS NOT NULL;

-- name: UserEndSessions :execrows
UPDATE users SET session_epoch = session_epoch + 1, updated_at = @now WHERE id = @id;

-- name: UserSetPassword :execrows
UPDATE users SET password_hash = @password_hash, session_epoch = session_epoch + 1, updated_at = @now WHERE id = @id;

-- name: MerchantNames :many
SELECT id, name FROM merchants WHERE deleted_at IS NULL ORDER BY name LIMIT @row_limit;

-- name: AuditPage :many
SELECT * FROM audit_log WHERE id < @before AND (@action::text = '' OR action = @action) ORDER BY id DESC LIMIT @row_limit;

-- name: AuditActions :many
SELECT DISTINCT action FROM audit_log ORDER BY action;
