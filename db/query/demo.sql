-- The demo's world: when it is told from, and whether it is all there.

-- name: DemoBegin :exec
INSERT INTO demo_worlds (seed, told_at) VALUES (@seed, @now) ON CONFLICT ON CONSTRAINT demo_worlds_pkey DO NOTHING;

-- name: DemoState :one
SELECT told_at, (loaded_at IS NOT NULL)::boolean AS loaded FROM demo_worlds WHERE seed = @seed;

-- name: DemoLoaded :exec
UPDATE demo_worlds SET loaded_at = @now::timestamptz WHERE seed = @seed;
