-- Carriers tell of more than late and lost: an address that is not there, a receiver who refuses, damage, customs. Each stops
-- a parcel until somebody does something, so each is a kind of its own, and what they come to is a problem of its own.
--
-- The lists of what kinds there are only grow, so every row that is there fits the longer ones: they are added without
-- looking (NOT VALID), which takes a moment however large the tables are, and 0129 looks while everybody works on.
--
-- Support watches the problems of all merchants. The feed tells of orders and merchants, so it gets an entry of its own
-- whenever what is open changes: by a trigger, because problems come and go in many statements.

-- +goose Up
ALTER TABLE shipments DROP CONSTRAINT shipments_problem_known;
ALTER TABLE shipments ADD CONSTRAINT shipments_problem_known CHECK (problem IN ('', 'waiting', 'late', 'exception', 'lost', 'returned')) NOT VALID;
ALTER TABLE shipment_events DROP CONSTRAINT shipment_events_kind_known;
ALTER TABLE shipment_events ADD CONSTRAINT shipment_events_kind_known CHECK (kind IN ('announced', 'accepted', 'in_transit', 'delayed', 'out_for_delivery', 'attempted',
    'address_unknown', 'refused', 'damaged', 'customs', 'exception', 'delivered', 'returning', 'returned', 'lost')) NOT VALID;
COMMENT ON INDEX shipments_problem_idx IS 'What is late, stopped, lost, back or forgotten and has no answer yet.';

-- +goose StatementBegin
CREATE FUNCTION shipments_tell_problem() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO outbox (topic, merchant_id) VALUES ('delivery.problem', NEW.merchant_id);
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER shipments_problem_told AFTER UPDATE OF problem, problem_answer ON shipments FOR EACH ROW
    WHEN (OLD.problem <> '' OR NEW.problem <> '') EXECUTE FUNCTION shipments_tell_problem();

-- +goose Down
DROP TRIGGER shipments_problem_told ON shipments;
DROP FUNCTION shipments_tell_problem;
COMMENT ON INDEX shipments_problem_idx IS 'What is late, lost, back or forgotten and has no answer yet.';
ALTER TABLE shipment_events DROP CONSTRAINT shipment_events_kind_known;
ALTER TABLE shipment_events ADD CONSTRAINT shipment_events_kind_known CHECK (kind IN ('announced', 'accepted', 'in_transit', 'delayed', 'out_for_delivery', 'attempted', 'delivered', 'returning', 'returned', 'lost'));
ALTER TABLE shipments DROP CONSTRAINT shipments_problem_known;
ALTER TABLE shipments ADD CONSTRAINT shipments_problem_known CHECK (problem IN ('', 'waiting', 'late', 'lost', 'returned'));
