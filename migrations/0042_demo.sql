-- The demo's world is told relative to a moment. That moment is kept, so that a load that was cut off goes on with the
-- same world, and one that is complete is not loaded again.

-- +goose Up
CREATE TABLE demo_worlds (
    seed      bigint      NOT NULL,
    told_at   timestamptz NOT NULL,   -- the now of its stories
    loaded_at timestamptz,            -- NULL: not complete
    CONSTRAINT demo_worlds_pkey PRIMARY KEY (seed)
);

-- +goose Down
DROP TABLE demo_worlds;
