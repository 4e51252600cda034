-- Buyers choose how fast an order is sent. A service of a merchant is offered where the merchant has a rate for it: the rates
-- that were there are those of the standard, which needs none to be offered. What was chosen lies in the cart until the order
-- is placed; orders.ship_service_id keeps it, and the promise and the queue follow from that.

-- +goose Up
ALTER TABLE ship_services ADD COLUMN max_weight_grams bigint,   -- of all units of an order; NULL: any weight
    ADD CONSTRAINT ship_services_weight_range CHECK (max_weight_grams BETWEEN 1 AND 1000000000);

ALTER TABLE shipping_rates ADD COLUMN ship_service_id bigint,   -- NULL: the merchant's standard
    ADD CONSTRAINT shipping_rates_service_fk FOREIGN KEY (ship_service_id) REFERENCES ship_services (id),
    DROP CONSTRAINT shipping_rates_floor_key,
    ADD CONSTRAINT shipping_rates_floor_key UNIQUE NULLS NOT DISTINCT (merchant_id, ship_service_id, currency, country, from_weight_grams, from_subtotal_minor);
COMMENT ON INDEX shipping_rates_floor_key IS 'The rates of the merchants in a checkout; a band of a service begins once.';

ALTER TABLE carts ADD COLUMN ship_service_ids bigint[] NOT NULL DEFAULT '{}',
    ADD CONSTRAINT carts_services_few CHECK (cardinality(ship_service_ids) <= 200);

-- +goose Down
ALTER TABLE carts DROP COLUMN ship_service_ids;
DELETE FROM shipping_rates WHERE ship_service_id IS NOT NULL;
ALTER TABLE shipping_rates DROP CONSTRAINT shipping_rates_floor_key, DROP COLUMN ship_service_id,
    ADD CONSTRAINT shipping_rates_floor_key UNIQUE (merchant_id, currency, country, from_weight_grams, from_subtotal_minor);
ALTER TABLE ship_services DROP COLUMN max_weight_grams;
