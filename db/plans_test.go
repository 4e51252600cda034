package db_test

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"waybill/db"
	"waybill/db/dbtest"
	"waybill/db/dbtest/factory"
	"waybill/shop"
)

// The plans of the hot queries are proven here on a year of orders: each must use the index whose comment names it, and
// touch no month that cannot hold what is asked for. Times are never asserted; plans do not depend on the machine.

const (
	planMonths           = 12
	planOrdersPerMonth   = 1500
	planCustomers        = 400
	planSKUs             = 2000
	planRecentCustomerID = 7 // bought in the last two months only
	planSmallCategory    = 21
	planSmallTable       = 100 // rows of a table that is rightly read from end to end
)

// planWorld is a shop with a year of orders, written past the triggers because only its shape matters.
type planWorld struct {
	store  *db.Store
	pool   *pgxpool.Pool
	record *recorder
	order  shop.OrderID // one order of the recent customer
}

func newPlanWorld(t *testing.T) *planWorld {
	t.Helper()
	config, err := pgxpool.ParseConfig(dbtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	w := &planWorld{record: &recorder{}}
	config.ConnConfig.Tracer = w.record
	if w.pool, err = pgxpool.NewWithConfig(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.pool.Close)
	if _, err := w.pool.Exec(t.Context(), planSchema()); err != nil {
		t.Fatal(err)
	}
	if w.store, err = db.NewStore(t.Context(), w.pool); err != nil {
		t.Fatal(err)
	}
	if err := w.pool.QueryRow(t.Context(), `SELECT max(id) FROM orders WHERE customer_id = $1`, planRecentCustomerID).Scan(&w.order); err != nil {
		t.Fatal(err)
	}
	return w
}

func planSchema() string {
	return strings.NewReplacer("$months", fmt.Sprint(planMonths), "$perMonth", fmt.Sprint(planOrdersPerMonth), "$customers", fmt.Sprint(planCustomers),
		"$skus", fmt.Sprint(planSKUs), "$recent", fmt.Sprint(planRecentCustomerID)).Replace(`
SET session_replication_role = replica;
SELECT ensure_partitions(now() - interval '$months months', now() + interval '3 months');
INSERT INTO merchants (slug, name) SELECT 'm' || i, 'M' || i FROM generate_series(1, 10) i;
INSERT INTO shipping_rates (merchant_id, currency, price_minor) SELECT i, 'USD', 499 FROM generate_series(1, 10) i;
INSERT INTO locations (merchant_id, code, name) SELECT id, 'A', 'A' FROM merchants;
INSERT INTO customers (email, name) SELECT 'c' || i || '@example.com', 'C' || i FROM generate_series(1, $customers) i;
INSERT INTO addresses (customer_id, line1, city, postal_code, country, is_snapshot) SELECT id, 'l', 'c', 'p', 'US', true FROM customers;
INSERT INTO addresses (customer_id, line1, city, postal_code, country) SELECT id, 'l', 'c', 'p', 'US' FROM customers;
INSERT INTO users (email, name, password_hash, role, customer_id) SELECT email, name, 'x', 'customer', id FROM customers;
INSERT INTO categories (slug, name) SELECT 'k' || i, 'K' || i FROM generate_series(1, 20) i;
INSERT INTO products (merchant_id, category_id, slug, name, status) SELECT 1 + i % 10, 1 + i % 20, 'p' || i, 'Product ' || i, 'active' FROM generate_series(1, $skus) i;
INSERT INTO categories (slug, name) VALUES ('small', 'Small');
UPDATE products SET category_id = 21 WHERE id % 500 = 0;
INSERT INTO skus (product_id, merchant_id, code) SELECT id, merchant_id, 'S' || id FROM products;
INSERT INTO sku_prices (sku_id, currency, price_minor, valid_from) SELECT id, 'USD', 100, '2020-01-01' FROM skus;
INSERT INTO stock_levels (sku_id, location_id, on_hand) SELECT id, merchant_id, 100 FROM skus;
INSERT INTO orders (id, checkout_id, customer_id, merchant_id, status, currency, subtotal_minor, tax_minor, shipping_minor, total_minor, shipping_address_id, source, placed_at, status_at, expires_at)
    SELECT next_id(at), 1, CASE WHEN customer = $recent AND at < now() - interval '1 month' THEN $recent + 1 ELSE customer END, 1 + n % 10, status, 'USD', 100, 0, 0, 100, customer, 'api', at, at,
           CASE WHEN status = 'pending' THEN at + interval '15 minutes' END
    FROM (SELECT n, now() - (m || ' months')::interval - (n || ' minutes')::interval AS at, 1 + (n * 7) % $customers AS customer,
                 CASE WHEN m = 0 AND n % 100 < 3 THEN (ARRAY['pending', 'confirmed', 'processing'])[1 + n % 3] ELSE 'delivered' END AS status
          FROM generate_series(0, $months - 1) m, generate_series(1, $perMonth) n) o;
INSERT INTO checkouts (id, customer_id, currency, total_minor, order_ids, source, created_at) SELECT id, customer_id, currency, total_minor, ARRAY[id], source, placed_at FROM orders;
UPDATE orders SET checkout_id = id;
UPDATE customers c SET order_id_from = o.first, order_id_until = o.last + 1 FROM (SELECT customer_id, min(id) AS first, max(id) AS last FROM orders GROUP BY customer_id) o WHERE o.customer_id = c.id;
INSERT INTO order_line_items (order_id, line_no, sku_id, name, sku_code, quantity, unit_price_minor, tax_included, tax_rate_ppm, subtotal_minor, tax_minor, total_minor)
    SELECT id, 1, 1 + id % $skus, 'Thing', 'S', 1, 100, false, 0, 100, 0, 100 FROM orders;
INSERT INTO order_events (order_id, seq, kind, to_status, occurred_at, recorded_at, actor_kind) SELECT id, 1, 'placed', 'pending', placed_at, placed_at, 'system' FROM orders;
INSERT INTO order_events (order_id, seq, kind, from_status, to_status, occurred_at, recorded_at, actor_kind) SELECT id, 2, 'status', 'pending', 'confirmed', placed_at, placed_at, 'system' FROM orders WHERE status <> 'pending';
INSERT INTO payments (order_id, id, checkout_id, status, provider, charge_key, provider_ref, currency, amount_minor, captured_minor, created_at, status_at, captured_at)
    SELECT id, next_id(placed_at), id, 'captured', 'simulated', 'key-' || id, 'ref-' || id, 'USD', 100, 100, placed_at, placed_at, placed_at FROM orders WHERE status <> 'pending';
INSERT INTO refunds (order_id, id, payment_id, status, currency, amount_minor, refund_key, created_at, status_at) SELECT order_id, id, id, 'failed', 'USD', 1, 'k', created_at, created_at FROM payments;
INSERT INTO payment_operations (order_id, id, payment_id, kind, status, currency, amount_minor, operation_key, created_at, status_at)
    SELECT order_id, id, id, 'capture', 'failed', 'USD', 1, 'k', created_at, created_at FROM payments;
INSERT INTO fulfillments (order_id, no, merchant_id, location_id, status, units, ship_by_at, tracking_number, shipped_at, delivered_at, status_at, created_at)
    SELECT id, 1, merchant_id, merchant_id, CASE status WHEN 'delivered' THEN 'delivered' ELSE 'open' END, 1, placed_at + interval '1 day',
           CASE status WHEN 'delivered' THEN 'T' || id END, CASE status WHEN 'delivered' THEN placed_at END, NULL, placed_at, placed_at FROM orders WHERE status <> 'pending';
INSERT INTO fulfillment_items (order_id, no, line_no, quantity) SELECT order_id, no, 1, 1 FROM fulfillments;
INSERT INTO inventory_transactions (id, sku_id, location_id, kind, reserved_delta, order_id, actor_kind, created_at)
    SELECT next_id(o.placed_at), l.sku_id, s.merchant_id, 'reservation', 1, o.id, 'system', o.placed_at FROM orders o JOIN order_line_items l ON l.order_id = o.id JOIN skus s ON s.id = l.sku_id;
INSERT INTO reservations (order_id, line_no, sku_id, location_id, quantity, status, created_at, closed_at)
    SELECT o.id, 1, l.sku_id, s.merchant_id, 1, CASE o.status WHEN 'delivered' THEN 'shipped' ELSE 'held' END, o.placed_at, CASE o.status WHEN 'delivered' THEN o.placed_at END
    FROM orders o JOIN order_line_items l ON l.order_id = o.id JOIN skus s ON s.id = l.sku_id;
UPDATE stock_levels l SET on_hand = l.on_hand + h.units, reserved = h.units
    FROM (SELECT sku_id, location_id, sum(quantity) AS units FROM reservations WHERE status = 'held' GROUP BY sku_id, location_id) h
    WHERE l.sku_id = h.sku_id AND l.location_id = h.location_id;
INSERT INTO idempotency_keys (scope, key, request_hash, result, created_at) SELECT 'k', id::text, '', '{}', placed_at FROM orders;
INSERT INTO import_refs (source, kind, external_id, id) SELECT 'olist', 'checkout', 'x' || id, id FROM checkouts;
UPDATE merchants m SET queue_order_id_from = (SELECT min(order_id) FROM fulfillments f WHERE f.merchant_id = m.id AND f.status = 'open');
SET session_replication_role = origin;
ANALYZE;`)
}

// recorder keeps the statements that a Store sends.
type recorder struct {
	mu         sync.Mutex
	statements []pgx.TraceQueryStartData
}

func (r *recorder) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.statements = append(r.statements, data)
	return ctx
}

func (r *recorder) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func (r *recorder) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	return ctx
}

// TraceBatchQuery keeps a statement that shared a round trip.
func (r *recorder) TraceBatchQuery(ctx context.Context, conn *pgx.Conn, data pgx.TraceBatchQueryData) {
	r.TraceQueryStart(ctx, conn, pgx.TraceQueryStartData{SQL: data.SQL, Args: data.Args})
}

func (r *recorder) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

// find returns the last recorded statement with a query name.
func (r *recorder) find(name string) (pgx.TraceQueryStartData, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range slices.Backward(r.statements) {
		if strings.HasPrefix(s.SQL, "-- name: "+name+" ") {
			return s, true
		}
	}
	return pgx.TraceQueryStartData{}, false
}

// plan is what of an EXPLAIN matters here.
type plan struct {
	indexes  map[string]bool // partitioned indexes by the name of their parent
	scanned  []string        // tables read from end to end
	months   map[string]int  // executed partitions per partitioned table
	asString string
}

type planNode struct {
	NodeType     string     `json:"Node Type"`
	RelationName string     `json:"Relation Name"`
	IndexName    string     `json:"Index Name"`
	ActualLoops  float64    `json:"Actual Loops"`
	ActualRows   float64    `json:"Actual Rows"`
	Filtered     float64    `json:"Rows Removed by Filter"`
	Plans        []planNode `json:"Plans"`
}

var monthSuffix = regexp.MustCompile(`_(\d{4}_\d{2}|default)$`)

func (w *planWorld) explain(t *testing.T, name string) plan {
	t.Helper()
	tx, err := w.pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }()
	return w.explainIn(t, tx, name)
}

// explainIn is explain under the settings of a transaction.
func (w *planWorld) explainIn(t *testing.T, tx pgx.Tx, name string) plan {
	t.Helper()
	statement, ok := w.record.find(name)
	if !ok {
		t.Fatalf("the store never sent %s", name)
	}
	var text string
	if err := tx.QueryRow(t.Context(), "EXPLAIN (ANALYZE, FORMAT JSON) "+statement.SQL, statement.Args...).Scan(&text); err != nil {
		t.Fatalf("explain %s: %v", name, err)
	}
	var roots []struct{ Plan planNode }
	if err := json.Unmarshal([]byte(text), &roots); err != nil {
		t.Fatal(err)
	}
	p := plan{indexes: map[string]bool{}, months: map[string]int{}, asString: text}
	w.walk(t, roots[0].Plan, &p)
	return p
}

func (w *planWorld) walk(t *testing.T, node planNode, p *plan) {
	t.Helper()
	if node.ActualLoops > 0 {
		if node.IndexName != "" {
			p.indexes[w.parentIndex(t, node.IndexName)] = true
		}
		if node.NodeType == "Seq Scan" && node.ActualRows+node.Filtered > planSmallTable {
			p.scanned = append(p.scanned, node.RelationName)
		}
		if table := monthSuffix.ReplaceAllString(node.RelationName, ""); table != node.RelationName {
			p.months[table]++
		}
	}
	for _, child := range node.Plans {
		w.walk(t, child, p)
	}
}

// parentIndex is the partitioned index that a partition's index belongs to, or the index itself.
func (w *planWorld) parentIndex(t *testing.T, name string) string {
	t.Helper()
	var parent string
	err := w.pool.QueryRow(t.Context(), `SELECT coalesce((SELECT inhparent::regclass::text FROM pg_inherits WHERE inhrelid = $1::regclass), $1::text)`, name).Scan(&parent)
	if err != nil {
		t.Fatal(err)
	}
	return parent
}

func TestHotQueriesUseTheirIndexAndPruneMonths(t *testing.T) {
	t.Parallel()
	w := newPlanWorld(t)
	ctx := t.Context()
	month := 31 * 24 * time.Hour

	cases := []planCase{
		{"OrderHead", "orders_pkey", "orders", 1, w.readOrder},
		{"OrderLines", "order_line_items_pkey", "order_line_items", 1, w.readOrder},
		{"OrderEvents", "order_events_pkey", "order_events", 1, w.readOrder},
		{"OrderPayments", "payments_pkey", "payments", 1, w.readOrder},
		{"OrderRefunds", "refunds_pkey", "refunds", 1, w.readOrder},
		{"OrderFulfillments", "fulfillments_pkey", "fulfillments", 1, w.readOrder},
		{"CustomerOrders", "orders_customer_idx", "orders", 3, func() error {
			_, err := w.store.CustomerHistory(ctx, shop.HistoryQuery{CustomerID: planRecentCustomerID, Limit: 20})
			return err
		}},
		{"CustomerOrdersByStatus", "orders_customer_idx", "orders", 3, func() error {
			_, err := w.store.CustomerHistory(ctx, shop.HistoryQuery{CustomerID: planRecentCustomerID, Statuses: []shop.Status{shop.StatusDelivered}, Limit: 20})
			return err
		}},
		{"CustomerOrdersByText", "orders_customer_idx", "orders", 2, func() error {
			now := w.store.Now()
			_, err := w.store.CustomerHistory(ctx, shop.HistoryQuery{CustomerID: 8, Text: "thing", From: now.Add(-2 * month), Until: now.Add(-month), Limit: 20})
			return err
		}},
		{"OrdersLines", "order_line_items_pkey", "order_line_items", 3, func() error {
			_, err := w.store.CustomerHistory(ctx, shop.HistoryQuery{CustomerID: planRecentCustomerID, Limit: 20})
			return err
		}},
		{"QueueStage", "fulfillments_queue_idx", "fulfillments", 2, w.readQueue},
		{"QueueStageNarrowed", "fulfillments_queue_idx", "fulfillments", 2, w.queue(shop.QueueFilter{Stage: shop.QueueToPick, LocationID: 1, Country: "US", ServiceID: shop.StandardService})},
		{"QueueSorted", "fulfillments_queue_idx", "fulfillments", 2, w.queue(shop.QueueFilter{Stage: shop.QueueToPick, Sort: shop.QueueSortLargest})},
		{"QueueSorted", "fulfillments_queue_idx", "fulfillments", 2, w.queue(shop.QueueFilter{Stage: shop.QueueStuck, SKU: "S"})},
		{"QueueShipped", "fulfillments_shipped_idx", "fulfillments", 2, w.queue(shop.QueueFilter{Stage: shop.QueueShipped})},
		{"QueueCounts", "fulfillments_queue_idx", "fulfillments", 2, w.readQueue},
		{"QueueRows", "orders_pkey", "orders", 2, w.readQueue},
		{"QueueItems", "order_line_items_pkey", "order_line_items", 2, w.readQueue},
		{"QueueShippedCount", "fulfillments_shipped_idx", "fulfillments", 2, w.readQueue},
		{"OrdersOfCustomer", "orders_customer_idx", "orders", 3, w.list(shop.OrdersQuery{Scope: shop.OrderScope{CustomerID: planRecentCustomerID}, Limit: 20})},
		{"OrdersOfMerchant", "orders_merchant_idx", "", 0, w.list(shop.OrdersQuery{Scope: shop.OrderScope{MerchantID: 3}, Limit: 20})},
		{"OrdersOfMerchantOfStatus", "orders_merchant_idx", "", 0, w.list(shop.OrdersQuery{Scope: shop.OrderScope{MerchantID: 3}, Status: shop.StatusDelivered, Limit: 20})},
		{"OrdersOfStatus", "orders_status_idx", "", 0, w.list(shop.OrdersQuery{Status: shop.StatusPending, Limit: 20})},
		{"OrdersNewest", "orders_pkey", "", 0, w.list(shop.OrdersQuery{Limit: 20})},
		{"PaymentByID", "payments_id_idx", "", 0, func() error {
			_, _, err := w.store.PaymentByID(ctx, int64(w.order), shop.OrderScope{})
			return ignoreNotFound(err)
		}},
		{"CatalogOnSale", "products_newest_idx", "", 0, w.browse(shop.CatalogQuery{OnSaleOnly: true, Limit: 20})},
		{"CatalogNewest", "products_pkey", "", 0, w.browse(shop.CatalogQuery{Limit: 20})},
		{"CatalogOfMerchant", "products_merchant_idx", "", 0, w.browse(shop.CatalogQuery{MerchantID: 3, Limit: 20})},
		{"CatalogOfWords", "products_search_idx", "", 0, w.browse(shop.CatalogQuery{Text: "product 777", Limit: 20})},
		{"CatalogVariants", "skus_product_idx", "", 0, w.browse(shop.CatalogQuery{Limit: 20})},
		{"CatalogPrices", "sku_prices_start_key", "", 0, w.browse(shop.CatalogQuery{Limit: 20})},
		{"CustomersPage", "customers_pkey", "", 0, w.people(shop.CustomersQuery{Limit: 20})},
		{"CustomersOfEmail", "customers_email_key", "", 0, w.people(shop.CustomersQuery{Email: "C9@example.com", Limit: 20})},
		{"SKUStockLevels", "stock_levels_pkey", "", 0, func() error { _, err := w.store.SKUStock(ctx, 9, 0); return err }},
		{"CustomerOrdersNewer", "orders_customer_idx", "orders", 3, func() error {
			_, err := w.store.CustomerHistory(ctx, shop.HistoryQuery{CustomerID: planRecentCustomerID, After: w.order - 1, Limit: 20})
			return err
		}},
		{"CheckoutHead", "checkouts_pkey", "checkouts", 1, w.readCheckout},
		{"ProductsNewest", "products_newest_idx", "", 0, func() error {
			_, _, err := w.store.Products(ctx, shop.ProductQuery{Currency: "USD", Before: planSKUs / 2, Limit: 24})
			return err
		}},
		{"ProductPrices", "sku_prices_start_key", "", 0, w.window},
		{"ProductStocks", "stock_levels_pkey", "", 0, w.window},
		{"ProductsOfCategories", "products_category_idx", "", 0, w.windowOfSmall}, // a large category is read in order of the newest
		{"ProductsBySearch", "products_search_idx", "", 0, func() error {
			_, _, err := w.store.SearchProducts(ctx, shop.SearchQuery{Text: "product 77", Currency: "USD", Limit: 24})
			return err
		}},
		{"ProductBySlug", "products_slug_key", "", 0, w.readProduct},
		{"ProductSKUs", "skus_product_idx", "", 0, w.readProduct},
		{"SKUPricesNow", "sku_prices_start_key", "", 0, w.readProduct},
		{"AddressesSaved", "addresses_saved_idx", "", 0, func() error { _, err := w.store.Addresses(ctx, 9); return err }},
		{"SKUOffers", "skus_pkey", "", 0, w.fillCart},
		{"ShopCurrencies", "sku_prices_currency_idx", "", 0, func() error { _, err := w.store.Currencies(ctx); return err }},
		{"UserByID", "users_pkey", "", 0, func() error { _, err := w.store.UserByID(ctx, 1); return err }},
		{"UserByEmail", "users_email_key", "", 0, func() error { _, _, err := w.store.UserByEmail(ctx, "C9@example.com"); return err }},
		{"PlacingSKUs", "skus_pkey", "", 0, w.place},
		{"PlacingSKUs", "sku_prices_start_key", "", 0, w.place},
		{"PlacingStock", "stock_levels_pkey", "", 0, w.place},
		{"PlacingStockLockLast", "stock_levels_pkey", "", 0, w.place},
		{"PlacingStockTake", "stock_levels_pkey", "", 0, w.place},
		{"PlacingReplays", "idempotency_keys_pkey", "", 0, w.place},
		{"PlacingAddresses", "addresses_pkey", "", 0, w.place},
		{"PlacingCustomers", "customers_pkey", "", 0, w.place},
		{"PlacingTaxRates", "addresses_pkey", "", 0, w.place},
		{"PlacingShippingRates", "skus_pkey", "", 0, w.place},
		{"OrdersLock", "orders_pkey", "orders", 1, w.refuseRefund},
		{"PaymentOrderID", "payments_id_idx", "", 0, w.refuseRefund},
		{"PaymentsUnderWay", "payments_pkey", "payments", 1, w.refuseRefund},
		{"PaymentsClaim", "payments_ask_idx", "", 0, w.claim},
		{"RefundsClaim", "refunds_ask_idx", "", 0, w.claim},
		{"OperationsClaim", "payment_operations_ask_idx", "", 0, w.claim},
		{"PaymentsByChargeKeys", "payments_charge_key", "orders", 1, w.claim},
		{"PaymentAttempt", "orders_pkey", "payments", 1, w.resume},
		{"BackordersDue", "stock_levels_backordered_idx", "", 0, func() error { _, err := w.store.AllocateBackorders(ctx, 10); return err }},
		{"OrdersExpired", "orders_expiry_idx", "", 0, w.expire}, // last: it ends an order
		{"OrdersLockExpired", "orders_pkey", "orders", 1, w.expire},
		{"PaymentsOfExpired", "payments_pkey", "payments", 1, w.expire},
		{"ReservationsHeld", "reservations_pkey", "reservations", 1, w.expire},
		{"ReservationsClose", "reservations_pkey", "reservations", 1, w.expire},
	}
	w.prove(t, cases)
}

// planCase is a statement that a call of the store sends, and how it must find its rows.
type planCase struct {
	query  string // name in db/query
	index  string
	table  string // partitioned table whose months are counted; empty: none
	months int    // at most
	call   func() error
}

// prove explains the statement of each case. One world serves all: it is read only, and takes longer to make than all its
// queries.
func (w *planWorld) prove(t *testing.T, cases []planCase) {
	t.Helper()
	for _, c := range cases {
		if err := c.call(); err != nil {
			t.Fatalf("%s: %v", c.query, err)
		}
		p := w.explain(t, c.query)
		if !p.indexes[c.index] {
			t.Errorf("%s does not use %s:\n%s", c.query, c.index, p.asString)
		}
		if c.table != "" && p.months[c.table] > c.months {
			t.Errorf("%s reads %d months of %s, want at most %d:\n%s", c.query, p.months[c.table], c.table, c.months, p.asString)
		}
		for _, table := range p.scanned {
			if monthSuffix.MatchString(table) {
				t.Errorf("%s reads all of %s:\n%s", c.query, table, p.asString)
			}
		}
	}
}

func (w *planWorld) readOrder() error {
	_, err := w.store.OrderByID(context.Background(), w.order, shop.OrderScope{})
	return err
}

func (w *planWorld) readQueue() error {
	_, err := w.store.QueuePage(context.Background(), shop.QueueQuery{MerchantID: 1, QueueFilter: shop.QueueFilter{Stage: shop.QueueToPick}, Limit: 20})
	return err
}

func (w *planWorld) queue(f shop.QueueFilter) func() error {
	return func() error {
		_, err := w.store.QueuePage(context.Background(), shop.QueueQuery{MerchantID: 1, QueueFilter: f, Limit: 20})
		return err
	}
}

func (w *planWorld) list(q shop.OrdersQuery) func() error {
	return func() error { _, _, err := w.store.Orders(context.Background(), q); return err }
}

func (w *planWorld) browse(q shop.CatalogQuery) func() error {
	return func() error { _, _, err := w.store.CatalogProducts(context.Background(), q); return err }
}

func (w *planWorld) people(q shop.CustomersQuery) func() error {
	return func() error { _, _, err := w.store.Customers(context.Background(), q); return err }
}

func ignoreNotFound(err error) error {
	if shop.CodeOf(err) == shop.CodeNotFound {
		return nil
	}
	return err
}

func (w *planWorld) readCheckout() error {
	order, err := w.store.OrderByID(context.Background(), w.order, shop.OrderScope{})
	if err != nil {
		return err
	}
	_, err = w.store.CheckoutByID(context.Background(), order.CheckoutID, order.CustomerID)
	return err
}

func (w *planWorld) window() error {
	_, _, err := w.store.Products(context.Background(), shop.ProductQuery{Currency: "USD", Limit: 24})
	return err
}

func (w *planWorld) windowOfSmall() error {
	_, _, err := w.store.Products(context.Background(), shop.ProductQuery{CategoryIDs: []int64{planSmallCategory}, Currency: "USD", Limit: 24})
	return err
}

func (w *planWorld) readProduct() error {
	_, err := w.store.ProductBySlug(context.Background(), "p77")
	return err
}

func (w *planWorld) fillCart() error {
	_, err := w.store.AddToCart(context.Background(), shop.CartRef{CustomerID: 9}, shop.CartAdd{SKUID: 5, Quantity: 1, Currency: "USD"})
	return err
}

func (w *planWorld) place() error {
	key, err := shop.NewIdempotencyKey("plans", "one", 1)
	if err != nil {
		return err
	}
	placer := db.NewPlacer(w.store)
	defer placer.Close()
	_, err = placer.PlaceCheckout(context.Background(), shop.PlaceCommand{
		CustomerID: 1, ShippingAddressID: planCustomers + 1, Currency: "USD", Items: []shop.PlaceItem{{SKUID: 1, Quantity: 1}}, Source: "api", Key: key, Actor: shop.Actor{Kind: shop.ActorSystem},
	})
	return err
}

// refuseRefund asks for more than can go back: everything is read and nothing changed.
func (w *planWorld) refuseRefund() error {
	ctx := context.Background()
	var payment int64
	if err := w.pool.QueryRow(ctx, `SELECT id FROM payments WHERE order_id = $1`, int64(w.order)).Scan(&payment); err != nil {
		return err
	}
	key, err := shop.NewIdempotencyKey("plans", "refund", 1)
	if err != nil {
		return err
	}
	amount := int64(1_000_000)
	_, _, err = w.store.PrepareRefund(ctx, shop.RefundCommand{PaymentID: payment, AmountMinor: &amount, Key: key})
	if shop.CodeOf(err) != shop.CodeInvalid {
		return fmt.Errorf("a refund beyond bounds: %w", err)
	}
	return nil
}

// claim makes one payment, refund and capture of the recent order open and due, and claims them.
func (w *planWorld) claim() error {
	_, err := w.pool.Exec(context.Background(), fmt.Sprintf(`SET session_replication_role = replica;
		UPDATE payments SET status = 'unknown', captured_at = NULL, captured_minor = 0, sent_at = now() - interval '1 hour', ask_at = now() WHERE order_id = %[1]d;
		UPDATE refunds SET status = 'unknown', ask_at = now() WHERE order_id = %[1]d;
		UPDATE payment_operations SET status = 'unknown', ask_at = now() WHERE order_id = %[1]d;
		SET session_replication_role = origin`, w.order))
	if err != nil {
		return err
	}
	if charges, err := w.store.ClaimCharges(context.Background(), 20); err != nil || len(charges) != 1 {
		return fmt.Errorf("claimed %d charges: %w", len(charges), err)
	}
	_, err = w.store.ClaimOperations(context.Background(), 20)
	return err
}

func (w *planWorld) resume() error {
	_, _, err := w.store.ResumeAttempt(context.Background(), shop.AttemptRef{ChargeKey: fmt.Sprintf("key-%d", w.order), OrderIDs: []shop.OrderID{w.order}})
	return err
}

func (w *planWorld) expire() error {
	_, err := factory.Expire(context.Background(), w.store, 1)
	return err
}

func TestEveryIndexNamesItsAccessPattern(t *testing.T) {
	t.Parallel()
	pool := dbtest.New(t)
	rows, err := pool.Query(t.Context(), `SELECT i.indexrelid::regclass::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
		WHERE c.relnamespace = 'public'::regnamespace AND NOT c.relispartition AND obj_description(i.indexrelid) IS NULL
		  AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid) AND c.relname NOT LIKE 'goose%'`)
	if err != nil {
		t.Fatal(err)
	}
	silent, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	if len(silent) > 0 {
		t.Errorf("indexes without a comment that names what they serve: %v", silent)
	}
}
