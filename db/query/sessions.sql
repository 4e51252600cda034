-- Sessions of browsers, by the hash of their tokens (see web/session.go).

-- name: SessionsFind :many
-- The sessions with these tokens and who is signed in: part of every page, so in one statement for all that are asked for at
-- about the same time. place counts the tokens from 1; one without a living session has no row. user_id is 0 when nobody is
-- signed in, or when the session is older than the column. A page about an order has the revision of the order read with
-- it: how many transactions have changed it lately, and the sum of their ids. Both together are never the same again after
-- a change. The LIMIT keeps PostgreSQL, which takes every list for a thousand tokens, from reading all sessions and accounts.
SELECT a.place::int AS place, f.data, f.user_id, f.email, f.name, f.role, f.merchant_id, f.merchant_name, f.customer_id, f.session_epoch, f.disabled,
       f.last_login_at, f.created_at, r.changes, r.digest
FROM (SELECT generate_subscripts(@tokens::text[], 1) AS place, unnest(@tokens::text[]) AS token, unnest(@order_ids::bigint[]) AS order_id) a
CROSS JOIN LATERAL (
    SELECT s.data, coalesce(u.id, 0)::bigint AS user_id, coalesce(u.email, '')::text AS email, coalesce(u.name, '')::text AS name,
           coalesce(u.role, '')::text AS role, coalesce(u.merchant_id, 0)::bigint AS merchant_id, coalesce(m.name, '')::text AS merchant_name,
           coalesce(u.customer_id, 0)::bigint AS customer_id, coalesce(u.session_epoch, 0)::bigint AS session_epoch,
           (u.disabled_at IS NOT NULL)::boolean AS disabled, u.last_login_at, u.created_at
    FROM sessions s LEFT JOIN users u ON u.id = s.user_id LEFT JOIN merchants m ON m.id = u.merchant_id
    WHERE s.token = a.token AND now() < s.expiry LIMIT 1) f
CROSS JOIN LATERAL (SELECT count(*) AS changes, coalesce(sum(v.xid), 0)::bigint AS digest FROM order_revisions v WHERE v.order_id = a.order_id) r;

-- name: SessionsFindWithHistory :many
-- The same for pages about all orders of the customer who is signed in. Their revision is how many there are, and a digest
-- of which they are and which transaction wrote each as it is now: a history shows nothing of an order that could change
-- but its own row.
SELECT a.place::int AS place, f.data, f.user_id, f.email, f.name, f.role, f.merchant_id, f.merchant_name, f.customer_id, f.session_epoch, f.disabled,
       f.last_login_at, f.created_at, r.changes, r.digest
FROM (SELECT generate_subscripts(@tokens::text[], 1) AS place, unnest(@tokens::text[]) AS token) a
CROSS JOIN LATERAL (
    SELECT s.data, coalesce(u.id, 0)::bigint AS user_id, coalesce(u.email, '')::text AS email, coalesce(u.name, '')::text AS name,
           coalesce(u.role, '')::text AS role, coalesce(u.merchant_id, 0)::bigint AS merchant_id, coalesce(m.name, '')::text AS merchant_name,
           coalesce(u.customer_id, 0)::bigint AS customer_id, coalesce(u.session_epoch, 0)::bigint AS session_epoch,
           (u.disabled_at IS NOT NULL)::boolean AS disabled, u.last_login_at, u.created_at, c.order_id_from, c.order_id_until
    FROM sessions s LEFT JOIN users u ON u.id = s.user_id LEFT JOIN merchants m ON m.id = u.merchant_id LEFT JOIN customers c ON c.id = u.customer_id
    WHERE s.token = a.token AND now() < s.expiry LIMIT 1) f
CROSS JOIN LATERAL (SELECT count(*) AS changes, coalesce(bit_xor(hashint8extended(o.id, o.xmin::text::bigint)), 0)::bigint AS digest
                    FROM orders o WHERE o.customer_id = f.customer_id AND o.id >= f.order_id_from AND o.id < f.order_id_until) r;

-- name: SessionKeep :exec
INSERT INTO sessions (token, data, expiry, user_id) VALUES (@token, @data, @expiry, nullif(@user_id::bigint, 0))
ON CONFLICT (token) DO UPDATE SET data = excluded.data, expiry = excluded.expiry, user_id = excluded.user_id;

-- name: SessionEnd :exec
DELETE FROM sessions WHERE token = @token;

-- name: SessionsSweep :execrows
DELETE FROM sessions WHERE expiry < now();
