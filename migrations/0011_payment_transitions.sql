-- Which status a payment may take from which is data and is enforced here, as it is for orders: a late answer, a second
-- job or a careless statement cannot turn a declined payment into a captured one.

-- +goose Up
CREATE TABLE payment_transitions (
    from_status text NOT NULL,
    to_status   text NOT NULL,
    CONSTRAINT payment_transitions_pkey PRIMARY KEY (from_status, to_status)
);
INSERT INTO payment_transitions (from_status, to_status) VALUES
    ('pending', 'sending'), ('pending', 'captured'), ('pending', 'cancelled'),
    ('sending', 'authorized'), ('sending', 'captured'), ('sending', 'failed'), ('sending', 'unknown'),
    ('unknown', 'authorized'), ('unknown', 'captured'), ('unknown', 'failed'),
    ('authorized', 'captured'), ('authorized', 'cancelled');

-- +goose StatementBegin
CREATE FUNCTION payments_check_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM payment_transitions WHERE from_status = OLD.status AND to_status = NEW.status) THEN
        RAISE EXCEPTION 'payment % cannot go from % to %', NEW.id, OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payments_transition_legal';
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER payments_transition_legal AFTER UPDATE OF status ON payments
    FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION payments_check_transition();

-- +goose Down
DROP TRIGGER payments_transition_legal ON payments;
DROP FUNCTION payments_check_transition;
DROP TABLE payment_transitions;
