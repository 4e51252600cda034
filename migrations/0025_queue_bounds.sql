-- A merchant's queue is a few hundred parcels of the last weeks in tables that are cut into months and kept for years. Probing
-- every month costs more than reading the queue. So each merchant knows a bound, as customers do for their history: every
-- parcel that is not shipped, or was shipped within the last days, belongs to an order with an id of at least
-- queue_order_id_from. The bound is lowered with the parcel that falls below it and raised by housekeeping.

-- +goose Up
ALTER TABLE merchants ADD COLUMN queue_order_id_from bigint;
COMMENT ON COLUMN merchants.queue_order_id_from IS 'A bound, not a value: no order with a smaller id is in the queue. NULL: nothing ever was.';

UPDATE merchants m SET queue_order_id_from = f.first
FROM (SELECT merchant_id, min(order_id) AS first FROM fulfillments GROUP BY merchant_id) f WHERE f.merchant_id = m.id;

-- The lock keeps housekeeping from raising the bound over a parcel that it cannot see yet.
-- +goose StatementBegin
CREATE FUNCTION fulfillments_lower_queue_bound() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    bound bigint;
BEGIN
    SELECT queue_order_id_from INTO bound FROM merchants WHERE id = NEW.merchant_id FOR KEY SHARE;
    IF bound IS NULL OR bound > NEW.order_id THEN
        -- To the start of the month, so that old orders which come one after the other move it once.
        bound := id_at(date_trunc('month', to_timestamp((NEW.order_id >> 20) + 946684800), 'UTC'));
        UPDATE merchants SET queue_order_id_from = least(queue_order_id_from, bound) WHERE id = NEW.merchant_id;
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER fulfillments_lower_queue_bound AFTER INSERT ON fulfillments FOR EACH ROW EXECUTE FUNCTION fulfillments_lower_queue_bound();

-- +goose Down
DROP TRIGGER fulfillments_lower_queue_bound ON fulfillments;
DROP FUNCTION fulfillments_lower_queue_bound;
ALTER TABLE merchants DROP COLUMN queue_order_id_from;
