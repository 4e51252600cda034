-- What keeps retries, imports and administrators honest.

-- +goose Up
-- One row per effect that a caller may retry, committed with the effect. A key belongs to its scope (who sent it).
CREATE TABLE idempotency_keys (
    scope        text        NOT NULL,
    key          text        NOT NULL,
    request_hash bytea       NOT NULL,
    result       jsonb       NOT NULL,   -- the domain result; each door renders it again
    created_at   timestamptz NOT NULL,
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (scope, key),
    CONSTRAINT idempotency_keys_key_length CHECK (length(key) BETWEEN 1 AND 255)
);
CREATE INDEX idempotency_keys_created_idx ON idempotency_keys USING brin (created_at);
COMMENT ON INDEX idempotency_keys_created_idx IS 'The clean-up of keys past their time to live.';

-- Which of our rows an outside record became, so that an import that runs twice or resumes adds nothing.
CREATE TABLE import_refs (
    source      text   NOT NULL,
    kind        text   NOT NULL,
    external_id text   NOT NULL,
    id          bigint NOT NULL,
    CONSTRAINT import_refs_pkey PRIMARY KEY (source, kind, external_id),
    CONSTRAINT import_refs_kind_known CHECK (kind IN ('merchant', 'customer', 'category', 'product', 'sku', 'checkout', 'order'))
);
CREATE INDEX import_refs_id_idx ON import_refs (kind, id);
COMMENT ON INDEX import_refs_id_idx IS 'The outside number of an order, on its page.';

CREATE TABLE audit_log (
    id         bigint GENERATED ALWAYS AS IDENTITY,
    at         timestamptz NOT NULL,
    actor_kind text        NOT NULL,
    actor_id   bigint      NOT NULL DEFAULT 0,
    actor_name text        NOT NULL DEFAULT '',
    action     text        NOT NULL,       -- user.created, api_key.created, stock.adjusted, ...
    subject    text        NOT NULL DEFAULT '',
    data       jsonb       NOT NULL DEFAULT '{}',
    request_id text        NOT NULL DEFAULT '',
    CONSTRAINT audit_log_pkey PRIMARY KEY (id)
);
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE ON audit_log FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- +goose Down
DROP TABLE audit_log, import_refs, idempotency_keys;
