-- Discounts while prices are made. Codes are locked after everything else, sorted: nobody who holds one waits for anything.

-- name: DiscountsToApply :many
-- The ones that apply by themselves, and those that were asked for, whatever their state: the refusal says why.
SELECT d.id, coalesce(d.merchant_id, 0)::bigint AS merchant_id, coalesce(d.code, '')::text AS code, d.name, coalesce(d.percent_ppm, 0)::bigint AS percent_ppm,
       d.valid_from, d.valid_until, coalesce(d.usage_limit, 0)::bigint AS usage_limit, coalesce(d.customer_limit, 0)::bigint AS customer_limit, d.used,
       coalesce(t.currency, '')::text AS currency, coalesce(t.amount_minor, 0)::bigint AS amount_minor, coalesce(t.min_total_minor, 0)::bigint AS min_total_minor
FROM discounts d LEFT JOIN discount_terms t ON t.discount_id = d.id
WHERE d.id IN (SELECT c.id FROM discounts c WHERE c.code = ANY (@codes::text[])
               UNION ALL
               SELECT a.id FROM discounts a WHERE a.code IS NULL AND (a.merchant_id IS NULL OR a.merchant_id = ANY (@merchant_ids::bigint[]))
                  AND a.valid_from <= @now AND (a.valid_until IS NULL OR a.valid_until > @now))
ORDER BY d.id;

-- name: DiscountUses :many
-- Checkouts, not orders. Months before the codes began are not read, nor those to come.
SELECT customer_id, discount_id, count(DISTINCT checkout_id) AS uses FROM order_discounts
WHERE discount_id = ANY (@discount_ids::bigint[]) AND customer_id = ANY (@customer_ids::bigint[]) AND released_at IS NULL AND order_id >= @from_order_id AND order_id < @until_order_id
GROUP BY customer_id, discount_id;

-- name: DiscountsLock :many
-- A statement of its own, as for stock: what it returns is what the locked rows say now.
SELECT id, used FROM discounts WHERE id = ANY (@ids::bigint[]) ORDER BY id FOR NO KEY UPDATE;

-- name: DiscountsUse :exec
-- The rows are locked. Counts down, too.
UPDATE discounts d SET used = d.used + n.uses
FROM (SELECT unnest(@ids::bigint[]) AS id, unnest(@uses::bigint[]) AS uses) n WHERE d.id = n.id;

-- name: OrderDiscountsAdd :exec
INSERT INTO order_discounts (order_id, discount_id, checkout_id, customer_id, code, name, amount_minor)
SELECT unnest(@order_ids::bigint[]), unnest(@discount_ids::bigint[]), unnest(@checkout_ids::bigint[]), unnest(@customer_ids::bigint[]),
       nullif(unnest(@codes::text[]), ''), unnest(@names::text[]), unnest(@amounts::bigint[]);

-- name: OrderDiscountsRelease :many
-- Of orders that were just cancelled, in the same transaction.
UPDATE order_discounts SET released_at = @now WHERE order_id = ANY (@order_ids::bigint[]) AND order_id BETWEEN @id_first AND @id_last AND released_at IS NULL
RETURNING discount_id, checkout_id, (code IS NOT NULL)::boolean AS counted;

-- name: DiscountsFreed :many
-- Of pairs of a checkout and a discount, those that no order of the checkout uses any longer.
SELECT p.discount_id::bigint AS discount_id, count(*) AS uses
FROM (SELECT DISTINCT unnest(@checkout_ids::bigint[]) AS checkout_id, unnest(@discount_ids::bigint[]) AS discount_id) p
JOIN checkouts c ON c.id = p.checkout_id
WHERE NOT EXISTS (SELECT 1 FROM order_discounts o WHERE o.order_id = ANY (c.order_ids) AND o.discount_id = p.discount_id AND o.released_at IS NULL)
GROUP BY p.discount_id;

-- name: OrderDiscounts :many
SELECT discount_id, coalesce(code, '')::text AS code, name, amount_minor FROM order_discounts WHERE order_id = @order_id ORDER BY discount_id;
