-- Events come in groups: ten thousand orders that nobody paid for end a few hundred in a statement, two events each. The
-- trigger per event planned and ran two statements for every one of them, which was more than half of what an expired
-- order cost. Now one trigger per statement applies all events of the statement, however many there are, live ones and
-- imported walks alike, and proves the same as before: that each event starts where the one before it led, and the first
-- one where its order stands. Placed events change nothing, so a group of orders pays for one look at its events.
--
-- A trigger per statement sees what is inserted through order_events, not through one of its months by name. Nothing
-- does that; the status of such an order could not follow, because it has no other writer, and verify would name it.

-- +goose Up
DROP TRIGGER order_events_apply ON order_events;
DROP TRIGGER order_events_apply_walks ON order_events;
DROP FUNCTION order_events_apply, order_events_apply_walks;

-- Its plans are made once per session, when the statement may have had one event and the tables may have been empty, so
-- they may only find orders by their ids, in the months between the first and the last.
-- +goose StatementBegin
CREATE FUNCTION order_events_apply() RETURNS trigger LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
    news    bigint;
    steps   bigint;
    id_from bigint;
    id_upto bigint;
    walk    record;
    moved   bigint;
BEGIN
    SELECT count(*), count(from_status), min(order_id), max(order_id) INTO news, steps, id_from, id_upto FROM added WHERE kind <> 'placed';
    IF news = 0 THEN
        RETURN NULL;
    END IF;
    IF steps > 0 THEN
        -- Orders that go the same way at the same moment go together: most statements have one such group.
        FOR walk IN
            SELECT way.start, way.to_status, way.occurred_at, way.cancel_reason, array_agg(way.order_id) AS ids, bool_or(way.broken) AS broken
              FROM (SELECT order_id, min(from_status) FILTER (WHERE before IS NULL) AS start, min(to_status) FILTER (WHERE last) AS to_status,
                           min(occurred_at) FILTER (WHERE last) AS occurred_at, max(data->>'reason') FILTER (WHERE to_status = 'cancelled') AS cancel_reason,
                           bool_or(before <> from_status) AS broken
                      FROM (SELECT order_id, from_status, to_status, occurred_at, data, lag(to_status) OVER way AS before, lead(seq) OVER way IS NULL AS last
                              FROM added WHERE from_status IS NOT NULL WINDOW way AS (PARTITION BY order_id ORDER BY seq)) step
                     GROUP BY order_id) way
             GROUP BY way.start, way.to_status, way.occurred_at, way.cancel_reason
        LOOP
            UPDATE orders SET status = walk.to_status, status_at = walk.occurred_at, expires_at = NULL, cancel_reason = coalesce(walk.cancel_reason, cancel_reason)
             WHERE id = ANY (walk.ids) AND id BETWEEN id_from AND id_upto AND status = walk.start;
            GET DIAGNOSTICS moved = ROW_COUNT;
            IF walk.broken OR moved <> cardinality(walk.ids) THEN
                RAISE EXCEPTION 'the events do not follow from the status of every order: % from %', walk.ids, walk.start
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'order_events_from_current_status';
            END IF;
        END LOOP;
    END IF;
    -- History that is imported sets waybill.feed to off: nobody waits for it live.
    IF current_setting('waybill.feed', true) IS DISTINCT FROM 'off' THEN
        INSERT INTO outbox (topic, merchant_id, order_id, data)
        SELECT 'order.' || e.kind, (SELECT o.merchant_id FROM orders o WHERE o.id = e.order_id AND o.id BETWEEN id_from AND id_upto), e.order_id,
               jsonb_strip_nulls(jsonb_build_object('seq', e.seq, 'to', e.to_status, 'actor', e.actor_name))
          FROM added e WHERE e.kind <> 'placed' ORDER BY e.order_id, e.seq;
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION order_events_apply IS 'The one writer of orders.status: applies the events of a statement to their orders, refuses those that do not follow from where an order stands, and tells the feed.';
CREATE TRIGGER order_events_apply AFTER INSERT ON order_events REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION order_events_apply();

-- +goose Down
DROP TRIGGER order_events_apply ON order_events;
DROP FUNCTION order_events_apply;
-- +goose StatementBegin
CREATE FUNCTION order_events_apply() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    merchant bigint;
BEGIN
    IF NEW.from_status IS NOT NULL THEN
        UPDATE orders SET status = NEW.to_status, status_at = NEW.occurred_at,
               expires_at = CASE WHEN NEW.to_status = 'pending' THEN expires_at END,
               cancel_reason = CASE WHEN NEW.to_status = 'cancelled' THEN NEW.data->>'reason' ELSE cancel_reason END
         WHERE id = NEW.order_id AND status = NEW.from_status
        RETURNING merchant_id INTO merchant;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'order % is not %', NEW.order_id, NEW.from_status
                USING ERRCODE = 'check_violation', CONSTRAINT = 'order_events_from_current_status';
        END IF;
    ELSE
        SELECT merchant_id INTO merchant FROM orders WHERE id = NEW.order_id;
    END IF;
    IF current_setting('waybill.feed', true) IS DISTINCT FROM 'off' THEN
        INSERT INTO outbox (topic, merchant_id, order_id, data)
        VALUES ('order.' || NEW.kind, merchant, NEW.order_id, jsonb_strip_nulls(jsonb_build_object('seq', NEW.seq, 'to', NEW.to_status, 'actor', NEW.actor_name)));
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
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
CREATE TRIGGER order_events_apply AFTER INSERT ON order_events FOR EACH ROW
    WHEN (NEW.kind <> 'placed' AND current_setting('waybill.feed', true) IS DISTINCT FROM 'off') EXECUTE FUNCTION order_events_apply();
CREATE TRIGGER order_events_apply_walks AFTER INSERT ON order_events REFERENCING NEW TABLE AS added FOR EACH STATEMENT
    WHEN (current_setting('waybill.feed', true) = 'off') EXECUTE FUNCTION order_events_apply_walks();
