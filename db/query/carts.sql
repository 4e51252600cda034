-- Carts. A change locks the cart first, so that two windows of one buyer take turns; carts are locked before anything
-- else and nothing else is locked while they are.

-- name: CartOfCustomer :one
SELECT id, currency, checkout_key, discount_codes, ship_service_ids, coalesce(customer_id, 0)::bigint AS customer_id, coalesce(address_id, 0)::bigint AS address_id FROM carts WHERE customer_id = @customer_id::bigint;

-- name: CartOfGuest :one
-- A cart that has become a customer's is no longer found by its id alone.
SELECT id, currency, checkout_key, discount_codes, ship_service_ids, coalesce(customer_id, 0)::bigint AS customer_id, coalesce(address_id, 0)::bigint AS address_id FROM carts WHERE id = @id AND customer_id IS NULL;

-- name: CartOwner :one
SELECT coalesce(customer_id, 0)::bigint FROM carts WHERE id = @id;

-- name: CartLock :one
SELECT id, currency, checkout_key, discount_codes, ship_service_ids, coalesce(customer_id, 0)::bigint AS customer_id, coalesce(address_id, 0)::bigint AS address_id FROM carts WHERE id = @id FOR NO KEY UPDATE;

-- name: CartCreate :exec
-- Of two windows that create the cart of one customer, one does and both find it.
INSERT INTO carts (id, customer_id, currency, checkout_key, created_at, updated_at)
VALUES (@id, nullif(@customer_id::bigint, 0), @currency, gen_random_uuid(), @now, @now)
ON CONFLICT DO NOTHING;

-- name: CartItems :many
SELECT sku_id, quantity, unit_price_minor FROM cart_items WHERE cart_id = @cart_id ORDER BY added_at, sku_id LIMIT @row_limit;

-- name: CartUnits :one
SELECT coalesce(sum(quantity), 0)::bigint FROM cart_items WHERE cart_id = @cart_id;

-- name: CartItemPut :exec
INSERT INTO cart_items (cart_id, sku_id, quantity, unit_price_minor, added_at)
VALUES (@cart_id, @sku_id, @quantity, @unit_price_minor, @now)
ON CONFLICT ON CONSTRAINT cart_items_pkey DO UPDATE SET quantity = excluded.quantity, unit_price_minor = excluded.unit_price_minor;

-- name: CartItemRemove :exec
DELETE FROM cart_items WHERE cart_id = @cart_id AND sku_id = @sku_id;

-- name: CartTouch :exec
UPDATE carts SET updated_at = @now WHERE id = @id;

-- name: CartCodesSet :exec
UPDATE carts SET discount_codes = coalesce(@codes::text[], '{}'), updated_at = @now WHERE id = @id;

-- name: CartServicesSet :exec
UPDATE carts SET ship_service_ids = coalesce(@service_ids::bigint[], '{}'), updated_at = @now WHERE id = @id;

-- name: CartAddressSet :exec
UPDATE carts SET address_id = nullif(@address_id::bigint, 0), updated_at = @now WHERE id = @id;

-- name: CartSwitchCurrency :exec
UPDATE carts SET currency = @currency, updated_at = @now WHERE id = @id;

-- name: CartItemsReprice :exec
-- What was shown in another currency cannot be compared with; the price of the moment is what the buyer sees now.
UPDATE cart_items i SET unit_price_minor = price.price_minor
FROM sku_prices price
WHERE i.cart_id = @cart_id AND price.sku_id = i.sku_id AND price.currency = @currency
  AND price.valid_from <= @now AND (price.valid_until IS NULL OR price.valid_until > @now);

-- name: CartAdopt :execrows
UPDATE carts SET customer_id = @customer_id::bigint, updated_at = @now WHERE id = @id AND customer_id IS NULL;

-- name: CartItemsMove :exec
-- Of something that lies in both carts the larger number is meant: buyers who come back put it in again.
INSERT INTO cart_items (cart_id, sku_id, quantity, unit_price_minor, added_at)
SELECT @to_id, i.sku_id, i.quantity, i.unit_price_minor, i.added_at FROM cart_items i WHERE i.cart_id = @from_id
ON CONFLICT ON CONSTRAINT cart_items_pkey DO UPDATE
SET quantity = greatest(cart_items.quantity, excluded.quantity), unit_price_minor = excluded.unit_price_minor;

-- name: CartDelete :exec
DELETE FROM carts WHERE id = @id;

-- name: CartOrdered :execrows
-- The key is the guard: a cart whose key was renewed holds things for another order.
UPDATE carts SET checkout_key = gen_random_uuid(), discount_codes = '{}', ship_service_ids = '{}', updated_at = @now WHERE id = @id AND checkout_key = @checkout_key;

-- name: CartItemsOrdered :exec
DELETE FROM cart_items WHERE cart_id = @cart_id AND added_at <= @placed_at;

-- name: CartsPrune :execrows
DELETE FROM carts WHERE id IN (SELECT idle.id FROM carts idle WHERE idle.customer_id IS NULL AND idle.updated_at < @before ORDER BY idle.updated_at LIMIT @row_limit);
