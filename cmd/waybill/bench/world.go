package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// The shop that is measured.
const (
	skuCount      = 1_000
	customerCount = 10_000
	monthsAhead   = 12          // of partitions, so that their number is that of a shop in use
	priceMinor    = 1_299       // of everything, in USD
	taxPPM        = 85_000      // 8.5 %, where the customers live
	shippingMinor = 499         // of every order
	plenty        = 100_000_000 // units: more than any run can sell
	merchantSlug  = "bench"
)

// world is where the rows of the shop begin. Ids are consecutive: SKU i of the shop is firstSKU + i.
type world struct {
	merchantID, locationID      int64
	firstSKU, hotSKU            int64 // the hot one is behind the others
	firstCustomer, firstAddress int64
	consecutive                 bool // the ids of customers and their saved addresses
}

// seedStep is one statement of the seed. A step with into answers one number per destination.
type seedStep struct {
	sql  string
	args []any
	into []any
}

// seed fills an empty database in one transaction. Customers are repeat buyers: their addresses have a snapshot and the
// range of their order ids is known, so that placing an order writes the same rows through every door.
func seed(ctx context.Context, pool *pgxpool.Pool) (world, error) {
	var w world
	if _, err := pool.Exec(ctx, "SELECT ensure_partitions(now(), now() + make_interval(months => $1))", monthsAhead); err != nil {
		return world{}, fmt.Errorf("make the partitions: %w", err)
	}
	err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		for _, step := range w.steps() {
			if err := step.run(ctx, tx); err != nil {
				return fmt.Errorf("seed the shop: %w\n%s", err, step.sql)
			}
		}
		return nil
	})
	if err != nil {
		return world{}, err
	}
	if !w.consecutive {
		return world{}, errors.New("seed the shop: the ids of the customers have gaps")
	}
	// Not the empty tables: statistics that say "no rows" make worse plans than none, and no shop has them.
	_, err = pool.Exec(ctx, "VACUUM ANALYZE products, skus, sku_prices, stock_levels, inventory_transactions, customers, addresses, tax_rates, shipping_rates")
	return w, err
}

func (s seedStep) run(ctx context.Context, tx pgx.Tx) error {
	if s.into == nil {
		_, err := tx.Exec(ctx, s.sql, s.args...)
		return err
	}
	return tx.QueryRow(ctx, s.sql, s.args...).Scan(s.into...)
}

// steps are in the order of their foreign keys. The ids that a later step needs are not known before it runs, so the
// later ones find them by themselves.
func (w *world) steps() []seedStep {
	return []seedStep{
		{sql: `INSERT INTO merchants (slug, name) VALUES ($1, 'Bench & Co') RETURNING id`, args: []any{merchantSlug}, into: []any{&w.merchantID}},
		{sql: `INSERT INTO locations (merchant_id, code, name) SELECT id, 'MAIN', 'Warehouse' FROM merchants RETURNING id`, into: []any{&w.locationID}},
		{sql: `INSERT INTO tax_rates (country, region, name, rate_ppm) VALUES ('US', 'CA', 'Sales tax', $1)`, args: []any{taxPPM}},
		{sql: `INSERT INTO shipping_rates (merchant_id, currency, price_minor) SELECT id, 'USD', $1 FROM merchants`, args: []any{shippingMinor}},
		{sql: `INSERT INTO products (merchant_id, slug, name, status)
			SELECT m.id, 'product-' || n, 'Product ' || n, 'active' FROM merchants m, generate_series(1, $1::int) n ORDER BY n`, args: []any{skuCount + 1}},
		{sql: `INSERT INTO skus (product_id, merchant_id, code) SELECT id, merchant_id, 'SKU-' || id FROM products ORDER BY id`},
		{sql: `INSERT INTO sku_prices (sku_id, currency, price_minor, valid_from) SELECT id, 'USD', $1, '2020-01-01' FROM skus`, args: []any{priceMinor}},
		{sql: `INSERT INTO stock_levels (sku_id, location_id, on_hand) SELECT s.id, l.id, $1 FROM skus s, locations l`, args: []any{plenty}},
		{sql: `INSERT INTO inventory_transactions (id, sku_id, location_id, kind, on_hand_delta, actor_kind, created_at)
			SELECT next_id(now()), sku_id, location_id, 'receipt', on_hand, 'system', now() FROM stock_levels`},
		{sql: `INSERT INTO customers (email, name, order_id_from, order_id_until)
			SELECT 'buyer' || n || '@example.com', 'Buyer ' || n, id_at(date_trunc('month', now(), 'UTC')), id_at(date_trunc('month', now(), 'UTC') + interval '1 month')
			FROM generate_series(1, $1::int) n ORDER BY n`, args: []any{customerCount}},
		{sql: `INSERT INTO addresses (customer_id, name, line1, city, region, postal_code, country, is_snapshot)
			SELECT c.id, c.name, '1 Main St', 'Oakland', 'CA', '94601', 'US', copy.is_snapshot
			FROM customers c, (VALUES (false), (true)) copy (is_snapshot) ORDER BY copy.is_snapshot, c.id`},
		{sql: `UPDATE addresses a SET snapshot_id = s.id, is_default = true FROM addresses s
			WHERE s.customer_id = a.customer_id AND s.is_snapshot AND NOT a.is_snapshot`},
		{sql: `SELECT min(id), max(id) FROM skus`, into: []any{&w.firstSKU, &w.hotSKU}},
		{sql: `SELECT min(customer_id), min(id), count(*) = $1 AND count(*) = max(id) - min(id) + 1 AND count(DISTINCT id - customer_id) = 1
			FROM addresses WHERE NOT is_snapshot`, args: []any{customerCount}, into: []any{&w.firstCustomer, &w.firstAddress, &w.consecutive}},
	}
}

// buyer is one of the customers, with a saved address.
type buyer struct{ customerID, addressID int64 }

func (w world) buyer(n int64) buyer {
	return buyer{w.firstCustomer + n%customerCount, w.firstAddress + n%customerCount}
}

// addBuyers adds customers who never bought anything: their first orders note the month and copy the address, too.
func (w world) addBuyers(ctx context.Context, pool *pgxpool.Pool, n int) ([]buyer, error) {
	rows, err := pool.Query(ctx, `
		WITH customer AS (
			INSERT INTO customers (email, name) SELECT 'newcomer-' || gen_random_uuid() || '@example.com', 'Newcomer' FROM generate_series(1, $1::int) RETURNING id
		)
		INSERT INTO addresses (customer_id, name, line1, city, region, postal_code, country, is_default)
		SELECT id, 'Newcomer', '1 Main St', 'Oakland', 'CA', '94601', 'US', true FROM customer RETURNING customer_id, id`, n)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (who buyer, err error) {
		return who, row.Scan(&who.customerID, &who.addressID)
	})
}

// addSKU puts a new product with units in stock on sale.
func (w world) addSKU(ctx context.Context, pool *pgxpool.Pool, units int64) (skuID int64, err error) {
	err = pool.QueryRow(ctx, `
		WITH product AS (
			INSERT INTO products (merchant_id, slug, name, status) SELECT $1, 'drop-' || count(*), 'Drop ' || count(*), 'active' FROM products RETURNING id, merchant_id
		), sku AS (
			INSERT INTO skus (product_id, merchant_id, code) SELECT id, merchant_id, 'DROP-' || id FROM product RETURNING id
		), price AS (
			INSERT INTO sku_prices (sku_id, currency, price_minor, valid_from) SELECT id, 'USD', $3, '2020-01-01' FROM sku
		), level AS (
			INSERT INTO stock_levels (sku_id, location_id, on_hand) SELECT id, $2, $4 FROM sku
		), receipt AS (
			INSERT INTO inventory_transactions (id, sku_id, location_id, kind, on_hand_delta, actor_kind, created_at)
			SELECT next_id(now()), id, $2, 'receipt', $4, 'system', now() FROM sku
		)
		SELECT id FROM sku`, w.merchantID, w.locationID, priceMinor, units).Scan(&skuID)
	return skuID, err
}

// soldOf is what the books say of a SKU: units promised by the counters, units in orders, and units in stock.
type soldOf struct{ reserved, ordered, ledger, onHand int64 }

func readSold(ctx context.Context, pool *pgxpool.Pool, skuID int64) (s soldOf, err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	err = pool.QueryRow(ctx, `SELECT
		(SELECT sum(reserved) FROM stock_levels WHERE sku_id = $1),
		(SELECT coalesce(sum(quantity), 0) FROM order_line_items WHERE sku_id = $1),
		(SELECT sum(reserved_delta) FROM inventory_transactions WHERE sku_id = $1),
		(SELECT sum(on_hand) FROM stock_levels WHERE sku_id = $1)`, skuID).Scan(&s.reserved, &s.ordered, &s.ledger, &s.onHand)
	return s, err
}
