-- Orders that nobody pays expire by the ten thousand, and the payment of each goes from pending to cancelled. Whether that is
-- legal was asked of payment_transitions for every one of them, which was a tenth of what an expired order cost PostgreSQL.
-- This one step is let through without asking; it stands in the table as before, and a test proves that it does.

-- +goose Up
DROP TRIGGER payments_transition_legal ON payments;
CREATE TRIGGER payments_transition_legal AFTER UPDATE OF status ON payments
    FOR EACH ROW WHEN (OLD.status <> NEW.status AND NOT (OLD.status = 'pending' AND NEW.status = 'cancelled')) EXECUTE FUNCTION payments_check_transition();

-- +goose Down
DROP TRIGGER payments_transition_legal ON payments;
CREATE TRIGGER payments_transition_legal AFTER UPDATE OF status ON payments
    FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION payments_check_transition();
