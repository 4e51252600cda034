-- The page of an order is read from a dozen tables and looks the same as before nearly every time. A server may show again
-- what it has drawn, if one cheap look tells that nothing of it has changed meanwhile: the transactions that changed something
-- of the order since it was placed are listed here, and their number and sum are its revision. Rows are only added, one for
-- each transaction, so nobody waits for anybody; those of the day before may go, because no drawing is kept for that long.
-- Placing an order writes none: there is no page of it yet.

-- +goose Up
CREATE TABLE order_revisions (
    order_id   bigint      NOT NULL,
    xid        bigint      NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT order_revisions_pkey PRIMARY KEY (order_id, xid)
);
CREATE INDEX order_revisions_created_idx ON order_revisions USING brin (created_at);
COMMENT ON INDEX order_revisions_created_idx IS 'The clean-up of revisions that no kept page can know.';

-- +goose StatementBegin
CREATE FUNCTION order_revised() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO order_revisions (order_id) VALUES (coalesce(NEW.order_id, OLD.order_id)) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

CREATE FUNCTION orders_revised() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO order_revisions (order_id) VALUES (NEW.id) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

-- A shipment may carry parcels of several orders.
CREATE FUNCTION shipments_revised() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO order_revisions (order_id)
    SELECT DISTINCT f.order_id FROM fulfillments f WHERE f.shipment_id = NEW.id AND f.order_id BETWEEN NEW.order_id_from AND NEW.order_id_until
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

CREATE FUNCTION shipment_events_revised() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO order_revisions (order_id)
    SELECT DISTINCT f.order_id FROM shipments s JOIN fulfillments f ON f.shipment_id = s.id AND f.order_id BETWEEN s.order_id_from AND s.order_id_until
    WHERE s.id = NEW.shipment_id
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
-- +goose StatementEnd

-- The status of an order changes with its events; the rest of it that can change is how long it is held.
CREATE TRIGGER orders_revised AFTER UPDATE ON orders FOR EACH ROW
    WHEN (OLD.status = NEW.status AND OLD.expires_at IS DISTINCT FROM NEW.expires_at) EXECUTE FUNCTION orders_revised();
CREATE TRIGGER order_events_revised AFTER INSERT ON order_events FOR EACH ROW WHEN (NEW.kind <> 'placed') EXECUTE FUNCTION order_revised();
CREATE TRIGGER payments_revised AFTER UPDATE ON payments FOR EACH ROW EXECUTE FUNCTION order_revised();
CREATE TRIGGER payments_added_revised AFTER INSERT ON payments FOR EACH ROW WHEN (NEW.status <> 'pending') EXECUTE FUNCTION order_revised();
CREATE TRIGGER refunds_revised AFTER INSERT OR UPDATE ON refunds FOR EACH ROW EXECUTE FUNCTION order_revised();
CREATE TRIGGER fulfillments_revised AFTER INSERT OR UPDATE OR DELETE ON fulfillments FOR EACH ROW EXECUTE FUNCTION order_revised();
CREATE TRIGGER fulfillment_items_revised AFTER INSERT OR UPDATE OR DELETE ON fulfillment_items FOR EACH ROW EXECUTE FUNCTION order_revised();
-- The first are written with their order.
CREATE TRIGGER backorders_revised AFTER UPDATE ON backorders FOR EACH ROW EXECUTE FUNCTION order_revised();
CREATE TRIGGER backorders_added_revised AFTER INSERT ON backorders FOR EACH ROW WHEN (NEW.part > 1) EXECUTE FUNCTION order_revised();
CREATE TRIGGER unit_refunds_revised AFTER INSERT OR UPDATE ON unit_refunds FOR EACH ROW EXECUTE FUNCTION order_revised();
CREATE TRIGGER refund_lines_revised AFTER INSERT OR UPDATE ON refund_lines FOR EACH ROW EXECUTE FUNCTION order_revised();
CREATE TRIGGER returns_revised AFTER INSERT OR UPDATE ON returns FOR EACH ROW EXECUTE FUNCTION order_revised();
CREATE TRIGGER return_line_items_revised AFTER INSERT OR UPDATE ON return_line_items FOR EACH ROW EXECUTE FUNCTION order_revised();
CREATE TRIGGER return_receipts_revised AFTER INSERT ON return_receipts FOR EACH ROW EXECUTE FUNCTION order_revised();
CREATE TRIGGER shipments_revised AFTER UPDATE ON shipments FOR EACH ROW EXECUTE FUNCTION shipments_revised();
CREATE TRIGGER shipment_events_revised AFTER INSERT ON shipment_events FOR EACH ROW EXECUTE FUNCTION shipment_events_revised();

-- +goose Down
DROP TRIGGER orders_revised ON orders;
DROP TRIGGER order_events_revised ON order_events;
DROP TRIGGER payments_revised ON payments;
DROP TRIGGER payments_added_revised ON payments;
DROP TRIGGER refunds_revised ON refunds;
DROP TRIGGER fulfillments_revised ON fulfillments;
DROP TRIGGER fulfillment_items_revised ON fulfillment_items;
DROP TRIGGER backorders_revised ON backorders;
DROP TRIGGER backorders_added_revised ON backorders;
DROP TRIGGER unit_refunds_revised ON unit_refunds;
DROP TRIGGER refund_lines_revised ON refund_lines;
DROP TRIGGER returns_revised ON returns;
DROP TRIGGER return_line_items_revised ON return_line_items;
DROP TRIGGER return_receipts_revised ON return_receipts;
DROP TRIGGER shipments_revised ON shipments;
DROP TRIGGER shipment_events_revised ON shipment_events;
DROP FUNCTION order_revised, orders_revised, shipments_revised, shipment_events_revised;
DROP TABLE order_revisions;
