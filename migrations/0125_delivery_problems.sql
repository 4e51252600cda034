-- Merchants see what went wrong with their own parcels. Support answers the customers of all of them, so it reads every open
-- problem, the longest waiting first, a page at a time.

-- +goose Up
CREATE INDEX shipments_open_problem_idx ON shipments (id) WHERE problem <> '' AND problem_answer = '';
COMMENT ON INDEX shipments_open_problem_idx IS 'Delivery problems of all merchants that nobody has answered, the oldest shipment first, keyset by id.';

-- +goose Down
DROP INDEX shipments_open_problem_idx;
