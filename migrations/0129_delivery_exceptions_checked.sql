-- Looks whether every row fits the lists of 0128, under a lock that lets everybody read and write meanwhile.

-- +goose Up
ALTER TABLE shipments VALIDATE CONSTRAINT shipments_problem_known;
ALTER TABLE shipment_events VALIDATE CONSTRAINT shipment_events_kind_known;

-- +goose Down
