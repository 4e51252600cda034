-- People who work in a queue all day come back to the same few lists. A saved view is the address of one of them under a name:
-- private, or shared with everybody of the merchant.
--
-- What is done to many parcels at once leaves a record, row by row, of what was done and what was not, and why.

-- +goose Up
CREATE TABLE queue_views (
    id          bigint GENERATED ALWAYS AS IDENTITY,
    merchant_id bigint      NOT NULL,
    user_id     bigint,                    -- whose it is; NULL: everybody's
    name        text        NOT NULL,
    query       text        NOT NULL,      -- as in the address of the queue, without what is not asked for
    position    integer     NOT NULL,
    created_by  bigint      NOT NULL,
    created_at  timestamptz NOT NULL,
    CONSTRAINT queue_views_pkey PRIMARY KEY (id),
    CONSTRAINT queue_views_merchant_fk FOREIGN KEY (merchant_id) REFERENCES merchants (id),
    CONSTRAINT queue_views_user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT queue_views_author_fk FOREIGN KEY (created_by) REFERENCES users (id),
    CONSTRAINT queue_views_name_length CHECK (length(name) BETWEEN 1 AND 40),
    CONSTRAINT queue_views_query_length CHECK (length(query) <= 500)
);
CREATE INDEX queue_views_merchant_idx ON queue_views (merchant_id, position, id);
COMMENT ON INDEX queue_views_merchant_idx IS 'The saved views of a merchant''s people, in their order.';

CREATE TABLE queue_runs (
    id          bigint GENERATED ALWAYS AS IDENTITY,
    merchant_id bigint      NOT NULL,
    action      text        NOT NULL,
    actor_name  text        NOT NULL,
    results     jsonb       NOT NULL,
    created_at  timestamptz NOT NULL,
    CONSTRAINT queue_runs_pkey PRIMARY KEY (id),
    CONSTRAINT queue_runs_merchant_fk FOREIGN KEY (merchant_id) REFERENCES merchants (id)
);
CREATE INDEX queue_runs_merchant_idx ON queue_runs (merchant_id, created_at);
COMMENT ON INDEX queue_runs_merchant_idx IS 'A merchant''s old records of bulk work, which the next one clears away.';

-- +goose Down
DROP TABLE queue_runs, queue_views;
