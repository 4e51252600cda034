-- Accounts: who signs in, and as whom.

-- name: UserByID :one
SELECT u.*, coalesce(m.name, '')::text AS merchant_name FROM users u LEFT JOIN merchants m ON m.id = u.merchant_id WHERE u.id = @id;

-- name: UserByEmail :one
SELECT u.*, coalesce(m.name, '')::text AS merchant_name FROM users u LEFT JOIN merchants m ON m.id = u.merchant_id WHERE lower(u.email) = lower(@email);

-- name: UserLoggedIn :exec
UPDATE users SET last_login_at = @now::timestamptz WHERE id = @id;

