-- Ten thousand unpaid orders that expire write two events and end a payment each, and every one of those rows ran a trigger
-- of its own to say that the page of its order has changed: a fifth of what an expired order cost PostgreSQL. Events and
-- payments come in hundreds; what they revise is now written once for the statement. The events' revisions go with the
-- trigger that applies them, which looks at all of them anyway, so that a group of new orders, which revises nothing, no
-- longer pays for a condition on every row.

-- +goose Up
DROP TRIGGER order_events_revised ON order_events;
DROP TRIGGER payments_revised ON payments;

-- The same as before in all but the revisions.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION order_events_apply() RETURNS trigger LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
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
    INSERT INTO order_revisions (order_id) SELECT DISTINCT order_id FROM added WHERE kind <> 'placed' ON CONFLICT DO NOTHING;
    -- History that is imported sets waybill.feed to off: nobody waits for it live.
    IF current_setting('waybill.feed', true) IS DISTINCT FROM 'off' THEN
        INSERT INTO outbox (topic, merchant_id, order_id, data)
        SELECT 'order.' || e.kind, (SELECT o.merchant_id FROM orders o WHERE o.id = e.order_id AND o.id BETWEEN id_from AND id_upto), e.order_id,
               jsonb_strip_nulls(jsonb_build_object('seq', e.seq, 'to', e.to_status, 'actor', e.actor_name))
          FROM added e WHERE e.kind <> 'placed' ORDER BY e.order_id, e.seq;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION payments_revised() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO order_revisions (order_id) SELECT DISTINCT order_id FROM changed ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION order_events_apply IS 'The one writer of orders.status: applies the events of a statement to their orders, refuses those that do not follow from where an order stands, says that the pages of these orders have changed, and tells the feed.';
CREATE TRIGGER payments_revised AFTER UPDATE ON payments REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION payments_revised();

-- +goose Down
DROP TRIGGER payments_revised ON payments;
DROP FUNCTION payments_revised;
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION order_events_apply() RETURNS trigger LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
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
CREATE TRIGGER order_events_revised AFTER INSERT ON order_events FOR EACH ROW WHEN (NEW.kind <> 'placed') EXECUTE FUNCTION order_revised();
CREATE TRIGGER payments_revised AFTER UPDATE ON payments FOR EACH ROW EXECUTE FUNCTION order_revised();
