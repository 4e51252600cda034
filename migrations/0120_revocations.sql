-- Servers believe an API key for a few seconds without asking, because thousands of orders a second must not each ask who
-- sends them. So whoever ends a key has to tell them. The table tells: whatever ends a key, page, command line or psql, and
-- whether it is the key that ends or whom it acts for, the servers hear of it as it commits and ask anew. A notification that
-- is lost with its connection costs no more than those few seconds.
-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION api_keys_tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('waybill_keys', '');
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER api_keys_tell AFTER UPDATE OF revoked_at OR DELETE ON api_keys FOR EACH STATEMENT EXECUTE FUNCTION api_keys_tell();
CREATE TRIGGER merchants_tell_keys AFTER UPDATE OF deleted_at ON merchants FOR EACH STATEMENT EXECUTE FUNCTION api_keys_tell();
CREATE TRIGGER customers_tell_keys AFTER UPDATE OF deleted_at ON customers FOR EACH STATEMENT EXECUTE FUNCTION api_keys_tell();

-- +goose Down
DROP TRIGGER customers_tell_keys ON customers;
DROP TRIGGER merchants_tell_keys ON merchants;
DROP TRIGGER api_keys_tell ON api_keys;
DROP FUNCTION api_keys_tell;
