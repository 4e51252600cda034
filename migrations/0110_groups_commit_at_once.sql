-- A group of orders is written and committed in one round trip: the locks of its stock are held until the commit, and the
-- way to the program and back was a good part of that time. So what the program used to look at before it committed, that
-- every level had what the group takes of it, is refused here.

-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION refuse_moved_stock() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the stock that this group was promised is not there any more'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'placing_stock_is_there';
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION refuse_moved_stock IS 'Ends the transaction of a group of orders that was decided before its stock was locked and found less; the group is decided again.';

-- +goose Down
DROP FUNCTION refuse_moved_stock;
