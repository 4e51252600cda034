-- The clean-up of the feed looks at its oldest entries by the primary key, which is in order of time. The block range index
-- that it had before said less and less: new entries fill the space of deleted ones, so soon every range of the table
-- reaches from the oldest entry to the newest, and each clean-up read them all.

-- +goose Up
DROP INDEX outbox_created_idx;

-- +goose Down
CREATE INDEX outbox_created_idx ON outbox USING brin (created_at);
COMMENT ON INDEX outbox_created_idx IS 'The clean-up of entries past the replay window.';
