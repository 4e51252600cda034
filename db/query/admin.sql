-- What an administrator sees and does: accounts and the record of changes.

-- name: UsersPage :many
SELECT u.*, coalesce(m.name, '')::text AS merchant_name FROM users u LEFT JOIN merchants m ON m.id = u.merchant_id
WHERE u.id > @after ORDER BY u.id LIMIT @row_limit;

-- name: UsersOfRolePage :many
-- Staff are few; customers are found by their address.
SELECT u.*, coalesce(m.name, '')::text AS merchant_name FROM users u LEFT JOIN merchants m ON m.id = u.merchant_id
WHERE u.role = @role AND u.id > @after ORDER BY u.id LIMIT @row_limit;

-- name: UsersByEmailPage :many
SELECT u.*, coalesce(m.name, '')::text AS merchant_name FROM users u LEFT JOIN merchants m ON m.id = u.merchant_id
WHERE lower(u.email) LIKE @pattern::text AND (@role::text = '' OR u.role = @role) AND u.id > @after ORDER BY u.id LIMIT @row_limit;

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

-- name: UserLock :one
SELECT id, email, role, disabled_at FROM users WHERE id = @id FOR NO KEY UPDATE;

-- name: AdminsLeft :one
SELECT count(*) FROM users WHERE role = 'admin' AND disabled_at IS NULL AND id <> @id;

-- name: AuditByIDs :many
SELECT * FROM audit_log WHERE id = ANY (@ids::bigint[]) ORDER BY id DESC;

-- name: AdminFigures :one
SELECT (SELECT count(*) FROM api_keys WHERE revoked_at IS NULL) AS keys,
       (SELECT count(*) FROM merchants WHERE deleted_at IS NULL) AS merchants,
       (SELECT count(*) FROM orders r WHERE r.id >= @id_from) AS orders,
       (SELECT count(*) FROM payments WHERE ask_at IS NOT NULL) AS open_payments,
       (SELECT count(*) FROM reconciliation_exceptions WHERE status = 'open') AS exceptions,
       pg_database_size(current_database())::bigint AS size_bytes,
       current_setting('server_version')::text AS database,
       (SELECT count(*) FROM generate_series(0, 24) m
        WHERE to_regclass('public.orders_' || to_char(date_trunc('month', now() AT TIME ZONE 'UTC') + m * interval '1 month', 'YYYY_MM')) IS NOT NULL) AS months_ready;
