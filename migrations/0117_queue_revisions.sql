-- The page of a merchant's queue takes milliseconds to read: with ten thousand open parcels most of that is counting them.
-- It looks the same as before until something of the merchant's queue changes, so a server may show again what it has read,
-- if one cheap look tells that nothing has. The transactions that changed something are listed here, as those of an order
-- are in order_revisions. Rows are only added, one for each transaction and merchant, so nobody waits for anybody.
--
-- A busy merchant has thousands of rows an hour, so they are not summed up. A look takes the last few of them, and with them
-- the transaction before which all have ended: what is before that can only be what it was, whoever commits late is behind
-- it. Two looks that agree on everything behind the earlier one's bound have seen the same queue (shop.QueueRevision).

-- +goose Up
CREATE TABLE queue_revisions (
    merchant_id bigint      NOT NULL,
    xid         bigint      NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    created_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT queue_revisions_pkey PRIMARY KEY (merchant_id, xid)
);
CREATE INDEX queue_revisions_created_idx ON queue_revisions USING brin (created_at);
COMMENT ON INDEX queue_revisions_created_idx IS 'The clean-up of revisions that no kept queue can know.';

-- +goose StatementBegin
CREATE FUNCTION queue_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(NEW.merchant_id, OLD.merchant_id) IS NOT NULL THEN
        INSERT INTO queue_revisions (merchant_id) VALUES (coalesce(NEW.merchant_id, OLD.merchant_id)) ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION merchant_queue_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO queue_revisions (merchant_id) VALUES (NEW.id) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

-- Its plan is kept: planning for all months takes longer than finding the parcel in one.
CREATE FUNCTION items_queue_changed() RETURNS trigger LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    INSERT INTO queue_revisions (merchant_id)
    SELECT f.merchant_id FROM fulfillments f WHERE f.order_id = OLD.order_id AND f.no = OLD.no ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
-- +goose StatementEnd

CREATE TRIGGER fulfillments_queue_changed AFTER INSERT OR UPDATE OR DELETE ON fulfillments FOR EACH ROW EXECUTE FUNCTION queue_changed();
-- Items come with their parcel, or with a change of its units.
CREATE TRIGGER fulfillment_items_queue_changed AFTER UPDATE OF quantity, picked OR DELETE ON fulfillment_items FOR EACH ROW EXECUTE FUNCTION items_queue_changed();
CREATE TRIGGER queue_views_queue_changed AFTER INSERT OR UPDATE OR DELETE ON queue_views FOR EACH ROW EXECUTE FUNCTION queue_changed();
CREATE TRIGGER locations_queue_changed AFTER INSERT OR UPDATE OR DELETE ON locations FOR EACH ROW EXECUTE FUNCTION queue_changed();
CREATE TRIGGER ship_services_queue_changed AFTER INSERT OR UPDATE OR DELETE ON ship_services FOR EACH ROW EXECUTE FUNCTION queue_changed();
CREATE TRIGGER users_queue_changed AFTER INSERT OR UPDATE OF name, merchant_id, disabled_at ON users FOR EACH ROW EXECUTE FUNCTION queue_changed();
CREATE TRIGGER merchants_queue_changed AFTER UPDATE OF time_zone, cutoff_minute ON merchants FOR EACH ROW EXECUTE FUNCTION merchant_queue_changed();

-- +goose Down
DROP TRIGGER fulfillments_queue_changed ON fulfillments;
DROP TRIGGER fulfillment_items_queue_changed ON fulfillment_items;
DROP TRIGGER queue_views_queue_changed ON queue_views;
DROP TRIGGER locations_queue_changed ON locations;
DROP TRIGGER ship_services_queue_changed ON ship_services;
DROP TRIGGER users_queue_changed ON users;
DROP TRIGGER merchants_queue_changed ON merchants;
DROP FUNCTION queue_changed, merchant_queue_changed, items_queue_changed;
DROP TABLE queue_revisions;
