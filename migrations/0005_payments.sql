-- Money: payment attempts, refunds, and what does not match. A payment belongs to one order; one charge at the provider
-- that pays several orders of a checkout is a payment row per order with the same charge_key, its amount split exactly.

-- +goose Up
CREATE TABLE payments (
    order_id       bigint      NOT NULL,
    id             bigint      NOT NULL,   -- time-ordered
    checkout_id    bigint      NOT NULL,
    status         text        NOT NULL DEFAULT 'pending',
    provider       text        NOT NULL DEFAULT '',    -- empty until an attempt is made
    method         text        NOT NULL DEFAULT '',    -- card, voucher, boleto, ... as the provider names it
    currency       text        NOT NULL,
    amount_minor   bigint      NOT NULL,
    captured_minor bigint      NOT NULL DEFAULT 0,
    refunded_minor bigint      NOT NULL DEFAULT 0,
    charge_key     text,                   -- the idempotency key that the provider got; the way to ask it what became of it
    provider_ref   text,                   -- the provider's own id of the charge
    card_last4     text,
    installments   integer     NOT NULL DEFAULT 1,
    failure        text        NOT NULL DEFAULT '',
    created_at     timestamptz NOT NULL,
    status_at      timestamptz NOT NULL,
    captured_at    timestamptz,
    CONSTRAINT payments_pkey PRIMARY KEY (order_id, id),
    CONSTRAINT payments_status_known CHECK (status IN ('pending', 'sending', 'authorized', 'captured', 'failed', 'cancelled', 'unknown')),
    CONSTRAINT payments_sent_has_key CHECK (status IN ('pending', 'cancelled') OR (charge_key IS NOT NULL AND provider <> '')),
    CONSTRAINT payments_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT payments_amount_not_negative CHECK (amount_minor >= 0),
    CONSTRAINT payments_captured_within_amount CHECK (captured_minor BETWEEN 0 AND amount_minor),
    CONSTRAINT payments_refunded_within_captured CHECK (refunded_minor BETWEEN 0 AND captured_minor),
    CONSTRAINT payments_captured_state CHECK (captured_minor = 0 OR status = 'captured'),
    CONSTRAINT payments_captured_time CHECK ((status = 'captured') = (captured_at IS NOT NULL)),
    CONSTRAINT payments_last4_form CHECK (card_last4 ~ '^[0-9]{4}$'),
    CONSTRAINT payments_id_after_order CHECK (id >= (order_id >> 20) << 20)
) PARTITION BY RANGE (order_id);
CREATE INDEX payments_id_idx ON payments (id);
COMMENT ON INDEX payments_id_idx IS 'A payment by its id alone: API capture and refund.';
CREATE UNIQUE INDEX payments_charge_key ON payments (charge_key, order_id) WHERE charge_key IS NOT NULL;
COMMENT ON INDEX payments_charge_key IS 'Retry deduplication and the provider''s answer find the attempts of a charge by its key; an order is in a charge once.';
CREATE INDEX payments_provider_ref_idx ON payments (provider_ref) WHERE provider_ref IS NOT NULL;
COMMENT ON INDEX payments_provider_ref_idx IS 'Support search and reconciliation by the provider''s reference.';
CREATE INDEX payments_open_idx ON payments (status_at) WHERE status IN ('sending', 'unknown');
COMMENT ON INDEX payments_open_idx IS 'Attempts whose outcome is not known yet, for whoever asks the provider.';
CREATE INDEX payments_captured_idx ON payments (captured_at) WHERE status = 'captured';
COMMENT ON INDEX payments_captured_idx IS 'Totals per day and the reconciliation of a period, by the time the money was captured.';

CREATE TABLE refunds (
    order_id     bigint      NOT NULL,
    id           bigint      NOT NULL,     -- time-ordered
    payment_id   bigint      NOT NULL,
    status       text        NOT NULL,
    currency     text        NOT NULL,
    amount_minor bigint      NOT NULL,
    reason       text        NOT NULL DEFAULT '',
    refund_key   text        NOT NULL,     -- the idempotency key that the provider got
    provider_ref text,
    failure      text        NOT NULL DEFAULT '',
    created_at   timestamptz NOT NULL,
    status_at    timestamptz NOT NULL,
    CONSTRAINT refunds_pkey PRIMARY KEY (order_id, id),
    CONSTRAINT refunds_key_key UNIQUE (order_id, refund_key),
    CONSTRAINT refunds_status_known CHECK (status IN ('sending', 'succeeded', 'failed', 'unknown')),
    CONSTRAINT refunds_amount_positive CHECK (amount_minor > 0),
    CONSTRAINT refunds_reason_length CHECK (length(reason) <= 500)
) PARTITION BY RANGE (order_id);
CREATE INDEX refunds_provider_ref_idx ON refunds (provider_ref) WHERE provider_ref IS NOT NULL;
COMMENT ON INDEX refunds_provider_ref_idx IS 'Support search and reconciliation by the provider''s reference of a refund.';

CREATE TABLE reconciliation_exceptions (
    id             bigint GENERATED ALWAYS AS IDENTITY,
    kind           text        NOT NULL,
    source         text        NOT NULL,      -- olist import, provider comparison, ...
    order_id       bigint,
    payment_id     bigint,
    provider       text        NOT NULL DEFAULT '',
    provider_ref   text        NOT NULL DEFAULT '',
    currency       text        NOT NULL,
    expected_minor bigint      NOT NULL,      -- what our books say
    actual_minor   bigint      NOT NULL,      -- what the other side says
    reason         text        NOT NULL,
    status         text        NOT NULL DEFAULT 'open',
    owner_user_id  bigint,
    resolution     text        NOT NULL DEFAULT '',
    created_at     timestamptz NOT NULL,
    resolved_at    timestamptz,
    CONSTRAINT reconciliation_exceptions_pkey PRIMARY KEY (id),
    CONSTRAINT reconciliation_exceptions_owner_fk FOREIGN KEY (owner_user_id) REFERENCES users (id),
    CONSTRAINT reconciliation_exceptions_status_known CHECK (status IN ('open', 'resolved')),
    CONSTRAINT reconciliation_exceptions_resolved_says_how CHECK ((status = 'resolved') = (resolved_at IS NOT NULL) AND (status = 'open' OR resolution <> ''))
);
CREATE INDEX reconciliation_exceptions_open_idx ON reconciliation_exceptions (id DESC) WHERE status = 'open';
COMMENT ON INDEX reconciliation_exceptions_open_idx IS 'Finance''s list of what is still open, newest first.';
CREATE INDEX reconciliation_exceptions_order_idx ON reconciliation_exceptions (order_id) WHERE order_id IS NOT NULL;
COMMENT ON INDEX reconciliation_exceptions_order_idx IS 'What does not match about an order, on its page for support and finance.';
CREATE UNIQUE INDEX reconciliation_exceptions_finding_key ON reconciliation_exceptions (source, kind, provider_ref, (coalesce(order_id, 0)), (coalesce(payment_id, 0))) WHERE status = 'open';
COMMENT ON INDEX reconciliation_exceptions_finding_key IS 'The same finding is listed once, however often the comparison runs.';

-- The simulated processor's own books. An outside system in all but address: only its adapter touches this schema, and
-- what it says is compared with ours like any other processor's record.
CREATE SCHEMA simulated_processor;
CREATE TABLE simulated_processor.transactions (
    ref          text        NOT NULL,
    request_key  text        NOT NULL,      -- the caller's idempotency key
    kind         text        NOT NULL,
    charge_ref   text        NOT NULL,      -- of a capture or refund: the charge; of a charge: itself
    status       text        NOT NULL,
    currency     text        NOT NULL,
    amount_minor bigint      NOT NULL,
    fee_minor    bigint      NOT NULL DEFAULT 0,
    method       text        NOT NULL DEFAULT '',
    failure      text        NOT NULL DEFAULT '',
    description  text        NOT NULL DEFAULT '',
    created_at   timestamptz NOT NULL,
    CONSTRAINT transactions_pkey PRIMARY KEY (ref),
    CONSTRAINT transactions_request_key_key UNIQUE (request_key),
    CONSTRAINT transactions_kind_known CHECK (kind IN ('authorization', 'capture', 'refund', 'void')),
    CONSTRAINT transactions_status_known CHECK (status IN ('succeeded', 'failed')),
    CONSTRAINT transactions_amount_not_negative CHECK (amount_minor >= 0)
);
CREATE INDEX transactions_charge_idx ON simulated_processor.transactions (charge_ref);
COMMENT ON INDEX simulated_processor.transactions_charge_idx IS 'What was captured and refunded of a charge.';
CREATE INDEX transactions_created_idx ON simulated_processor.transactions (created_at);
COMMENT ON INDEX simulated_processor.transactions_created_idx IS 'The record of a period, for reconciliation.';

-- +goose Down
DROP SCHEMA simulated_processor CASCADE;
DROP TABLE reconciliation_exceptions, refunds, payments;
