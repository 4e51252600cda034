-- Accounts: who signs in, and as whom.

-- name: UserByID :one
SELECT u.*, coalesce(m.name, '')::text AS merchant_name FROM users u LEFT JOIN merchants m ON m.id = u.merchant_id WHERE u.id = @id;

-- name: UserByEmail :one
SELECT u.*, coalesce(m.name, '')::text AS merchant_name FROM users u LEFT JOIN merchants m ON m.id = u.merchant_id WHERE lower(u.email) = lower(@email);

-- name: UserLoggedIn :exec
UPDATE users SET last_login_at = @now::timestamptz WHERE id = @id;

-- name: UserAdd :one
INSERT INTO users (email, name, password_hash, role, merchant_id, customer_id, created_at, updated_at)
VALUES (@email, @name, @password_hash, @role, nullif(@merchant_id::bigint, 0), nullif(@customer_id::bigint, 0), @now, @now)
RETURNING id;
