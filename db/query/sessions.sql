-- Sessions of browsers, by the hash of their tokens (see web/session.go).

-- name: SessionFind :one
-- The session and who is signed in: part of every page, so in one statement. user_id is 0 when nobody is, or when the
-- session is older than the column.
SELECT s.data, coalesce(u.id, 0)::bigint AS user_id, coalesce(u.email, '')::text AS email, coalesce(u.name, '')::text AS name, coalesce(u.role, '')::text AS role,
       coalesce(u.merchant_id, 0)::bigint AS merchant_id, coalesce(m.name, '')::text AS merchant_name, coalesce(u.customer_id, 0)::bigint AS customer_id,
       coalesce(u.session_epoch, 0)::bigint AS session_epoch, (u.disabled_at IS NOT NULL)::boolean AS disabled,
       u.last_login_at, u.created_at
FROM sessions s LEFT JOIN users u ON u.id = s.user_id LEFT JOIN merchants m ON m.id = u.merchant_id
WHERE s.token = @token AND now() < s.expiry;

-- name: SessionFindWithOrder :one
-- The same with the revision of an order: how many transactions have changed it lately, and the sum of their ids. Both
-- together are never the same again after a change.
SELECT s.data, coalesce(u.id, 0)::bigint AS user_id, coalesce(u.email, '')::text AS email, coalesce(u.name, '')::text AS name, coalesce(u.role, '')::text AS role,
       coalesce(u.merchant_id, 0)::bigint AS merchant_id, coalesce(m.name, '')::text AS merchant_name, coalesce(u.customer_id, 0)::bigint AS customer_id,
       coalesce(u.session_epoch, 0)::bigint AS session_epoch, (u.disabled_at IS NOT NULL)::boolean AS disabled,
       u.last_login_at, u.created_at, r.changes, r.xids
FROM sessions s LEFT JOIN users u ON u.id = s.user_id LEFT JOIN merchants m ON m.id = u.merchant_id
CROSS JOIN LATERAL (SELECT count(*) AS changes, coalesce(sum(v.xid), 0)::bigint AS xids FROM order_revisions v WHERE v.order_id = @order_id) r
WHERE s.token = @token AND now() < s.expiry;

-- name: SessionKeep :exec
INSERT INTO sessions (token, data, expiry, user_id) VALUES (@token, @data, @expiry, nullif(@user_id::bigint, 0))
ON CONFLICT (token) DO UPDATE SET data = excluded.data, expiry = excluded.expiry, user_id = excluded.user_id;

-- name: SessionEnd :exec
DELETE FROM sessions WHERE token = @token;

-- name: SessionsSweep :execrows
DELETE FROM sessions WHERE expiry < now();
