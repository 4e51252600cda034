-- The stock of an order whose payment is in flight is held for an hour at most: a provider that is silent for a day must not
-- keep goods from others for a day. The order itself waits for the answer, so it stays pending; what it held is for sale
-- again from here on. Money that comes then gets the goods again if they are there, and goes back at once if not.

-- +goose Up
ALTER TABLE orders ADD COLUMN hold_lapsed_at timestamptz;
COMMENT ON COLUMN orders.hold_lapsed_at IS 'Since when a pending order holds nothing any more, while its payment is in flight. NULL: it holds what it ordered.';

-- +goose Down
ALTER TABLE orders DROP COLUMN hold_lapsed_at;
