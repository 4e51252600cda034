-- The simulated carrier's own records. An outside system in all but address, like the simulated processor: only its adapter
-- touches this schema. What happens to a parcel is not in it; that follows from the tracking number and the time.

-- +goose Up
CREATE SCHEMA simulated_carrier;
CREATE TABLE simulated_carrier.labels (
    tracking_number text        NOT NULL,
    request_key     text        NOT NULL,      -- the caller's idempotency key
    service         text        NOT NULL,
    service_name    text        NOT NULL,
    refused         text        NOT NULL DEFAULT '',
    currency        text        NOT NULL,
    cost_minor      bigint      NOT NULL,
    fate            text        NOT NULL,      -- what will become of it
    from_place      text        NOT NULL DEFAULT '',
    to_place        text        NOT NULL DEFAULT '',
    bought_at       timestamptz NOT NULL,
    eta_at          timestamptz NOT NULL,
    voided_at       timestamptz,
    CONSTRAINT labels_pkey PRIMARY KEY (tracking_number),
    CONSTRAINT labels_request_key_key UNIQUE (request_key),
    CONSTRAINT labels_cost_not_negative CHECK (cost_minor >= 0)
);

-- +goose Down
DROP SCHEMA simulated_carrier CASCADE;
