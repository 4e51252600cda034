-- Who takes a parcel up holds it for a while, not for ever: a claim is a lease that work on the parcel renews. When it runs
-- out the parcel goes back to the queue with the units that were picked, and remembers whose they are, so that nobody picks
-- them twice and the one who held it is told what became of it.

-- +goose Up
ALTER TABLE fulfillments
    ADD COLUMN leased_until   timestamptz,   -- while it is being picked; NULL: held without an end, as before leases
    ADD COLUMN lapsed_user_id bigint,        -- whose claim ran out last
    ADD COLUMN lapsed_at      timestamptz,
    ADD CONSTRAINT fulfillments_lapsed_user_fk FOREIGN KEY (lapsed_user_id) REFERENCES users (id),
    ADD CONSTRAINT fulfillments_lapsed_pair CHECK ((lapsed_user_id IS NULL) = (lapsed_at IS NULL));
UPDATE fulfillments SET leased_until = now() + interval '30 minutes' WHERE status = 'picking';
CREATE INDEX fulfillments_lease_idx ON fulfillments (leased_until) WHERE status = 'picking';
COMMENT ON INDEX fulfillments_lease_idx IS 'The job that gives claims back that ran out.';

-- +goose Down
DROP INDEX fulfillments_lease_idx;
ALTER TABLE fulfillments DROP CONSTRAINT fulfillments_lapsed_pair, DROP CONSTRAINT fulfillments_lapsed_user_fk, DROP COLUMN lapsed_at, DROP COLUMN lapsed_user_id, DROP COLUMN leased_until;
