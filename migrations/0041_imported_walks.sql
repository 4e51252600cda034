-- History arrives as whole walks: all events of hundreds of orders in one statement. The trigger per event would change
-- each order four times in the transaction that inserted it, which makes PostgreSQL check all foreign keys of the order
-- again each time: more than half of an import was spent there. So with the feed off, one trigger per statement applies the
-- walks, after proving the same as the trigger per event: that each event starts where the one before it led, and the
-- first one where the order stands. Live events keep their trigger.

-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION order_events_apply_walks() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken bigint;
    walks  bigint;
    moved  bigint;
BEGIN
    SELECT min(order_id) INTO broken
      FROM (SELECT order_id, from_status, lag(to_status) OVER (PARTITION BY order_id ORDER BY seq) AS before
            FROM added WHERE from_status IS NOT NULL) steps
     WHERE before <> from_status;
    IF broken IS NULL THEN
        WITH last_steps AS (
            SELECT DISTINCT ON (order_id) order_id, to_status, occurred_at,
                   first_value(from_status) OVER walk AS start,
                   max(data->>'reason') FILTER (WHERE to_status = 'cancelled') OVER walk AS cancel_reason
              FROM added WHERE from_status IS NOT NULL
            WINDOW walk AS (PARTITION BY order_id ORDER BY seq)
             ORDER BY order_id, seq DESC
        ), changed AS (
            UPDATE orders o SET status = s.to_status, status_at = s.occurred_at, expires_at = NULL, cancel_reason = coalesce(s.cancel_reason, o.cancel_reason)
              FROM last_steps s WHERE o.id = s.order_id AND o.status = s.start
            RETURNING o.id
        )
        SELECT (SELECT count(*) FROM changed), (SELECT count(*) FROM last_steps),
               (SELECT min(order_id) FROM last_steps WHERE order_id NOT IN (SELECT id FROM changed))
          INTO moved, walks, broken;
    END IF;
    IF broken IS NOT NULL OR moved <> walks THEN
        RAISE EXCEPTION 'the events of order % do not follow from its status', broken
            USING ERRCODE = 'check_violation', CONSTRAINT = 'order_events_from_current_status';
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd

DROP TRIGGER order_events_apply ON order_events;
CREATE TRIGGER order_events_apply AFTER INSERT ON order_events FOR EACH ROW
    WHEN (NEW.kind <> 'placed' AND current_setting('waybill.feed', true) IS DISTINCT FROM 'off') EXECUTE FUNCTION order_events_apply();
CREATE TRIGGER order_events_apply_walks AFTER INSERT ON order_events REFERENCING NEW TABLE AS added FOR EACH STATEMENT
    WHEN (current_setting('waybill.feed', true) = 'off') EXECUTE FUNCTION order_events_apply_walks();

-- +goose Down
DROP TRIGGER order_events_apply_walks ON order_events;
DROP TRIGGER order_events_apply ON order_events;
CREATE TRIGGER order_events_apply AFTER INSERT ON order_events FOR EACH ROW WHEN (NEW.kind <> 'placed') EXECUTE FUNCTION order_events_apply();
DROP FUNCTION order_events_apply_walks;
