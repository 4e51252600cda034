-- A buyer chooses a service by its name and by what it promises. A merchant who renames it, promises less or stops offering
-- it afterwards changes what others can choose, not what was chosen: what a service was called and promised is a history, as
-- prices are, and an order reads it as it was when the order was placed. Orders are written as before, thousands a second; the
-- history has a row for each change of a merchant's mind.

-- +goose Up
CREATE TABLE ship_terms_history (
    merchant_id   bigint      NOT NULL,
    service_id    bigint      NOT NULL,   -- 0: the standard, whose terms are the merchant's own
    valid_from    timestamptz NOT NULL,   -- until the next row of the service; -infinity in its first
    name          text        NOT NULL,   -- empty for the standard
    cutoff_minute integer     NOT NULL,
    handling_days integer     NOT NULL,
    working_days  smallint    NOT NULL,
    CONSTRAINT ship_terms_history_pkey PRIMARY KEY (merchant_id, service_id, valid_from),
    CONSTRAINT ship_terms_history_merchant_fk FOREIGN KEY (merchant_id) REFERENCES merchants (id)
);
COMMENT ON TABLE ship_terms_history IS 'What services were called and promised, and from when on.';
CREATE TRIGGER ship_terms_history_append_only BEFORE UPDATE OR DELETE ON ship_terms_history FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- What was before the history began is not known: orders of then keep what their service is called now.
INSERT INTO ship_terms_history (merchant_id, service_id, valid_from, name, cutoff_minute, handling_days, working_days)
SELECT id, 0, timestamptz '-infinity', '', cutoff_minute, handling_days, working_days FROM merchants
UNION ALL
SELECT merchant_id, id, '-infinity', name, cutoff_minute, handling_days, working_days FROM ship_services;

-- Two changes at one moment of the clock follow each other by a microsecond.
-- +goose StatementBegin
CREATE FUNCTION keep_ship_terms() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of_merchant bigint := CASE WHEN TG_TABLE_NAME = 'merchants' THEN NEW.id ELSE (to_jsonb(NEW)->>'merchant_id')::bigint END;
    of_service  bigint := CASE WHEN TG_TABLE_NAME = 'merchants' THEN 0 ELSE NEW.id END;
    called      text   := CASE WHEN TG_TABLE_NAME = 'merchants' THEN '' ELSE NEW.name END;
    latest      timestamptz;
BEGIN
    SELECT max(valid_from) INTO latest FROM ship_terms_history WHERE merchant_id = of_merchant AND service_id = of_service;
    INSERT INTO ship_terms_history (merchant_id, service_id, valid_from, name, cutoff_minute, handling_days, working_days)
    VALUES (of_merchant, of_service, CASE WHEN latest IS NULL THEN '-infinity' ELSE greatest(NEW.updated_at, latest + interval '1 microsecond') END,
            called, NEW.cutoff_minute, NEW.handling_days, NEW.working_days);
    RETURN NULL;
END $$;
-- +goose StatementEnd

CREATE TRIGGER merchants_keep_terms AFTER INSERT ON merchants FOR EACH ROW EXECUTE FUNCTION keep_ship_terms();
CREATE TRIGGER merchants_keep_changed_terms AFTER UPDATE OF cutoff_minute, handling_days, working_days ON merchants FOR EACH ROW
    WHEN ((OLD.cutoff_minute, OLD.handling_days, OLD.working_days) IS DISTINCT FROM (NEW.cutoff_minute, NEW.handling_days, NEW.working_days))
    EXECUTE FUNCTION keep_ship_terms();
CREATE TRIGGER ship_services_keep_terms AFTER INSERT ON ship_services FOR EACH ROW EXECUTE FUNCTION keep_ship_terms();
CREATE TRIGGER ship_services_keep_changed_terms AFTER UPDATE OF name, cutoff_minute, handling_days, working_days ON ship_services FOR EACH ROW
    WHEN ((OLD.name, OLD.cutoff_minute, OLD.handling_days, OLD.working_days) IS DISTINCT FROM (NEW.name, NEW.cutoff_minute, NEW.handling_days, NEW.working_days))
    EXECUTE FUNCTION keep_ship_terms();

-- +goose Down
DROP TRIGGER ship_services_keep_changed_terms ON ship_services;
DROP TRIGGER ship_services_keep_terms ON ship_services;
DROP TRIGGER merchants_keep_changed_terms ON merchants;
DROP TRIGGER merchants_keep_terms ON merchants;
DROP FUNCTION keep_ship_terms;
DROP TABLE ship_terms_history;
