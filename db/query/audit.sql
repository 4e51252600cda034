-- The record of what people and programs did to accounts, keys and settings. Rows are never changed.

-- name: AuditAdd :exec
INSERT INTO audit_log (at, actor_kind, actor_id, actor_name, action, subject, data, request_id)
VALUES (@at, @actor_kind, @actor_id, @actor_name, @action, @subject, @data, @request_id);
