package db_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"waybill/shop"
)

// openOrders is what a merchant's queue must stay quick with.
const openOrders = 10_000

// newBusyWorld is a year of orders of which the first merchant has not finished openOrders.
func newBusyWorld(t *testing.T) *planWorld {
	t.Helper()
	w := newPlanWorld(t)
	if _, err := w.pool.Exec(t.Context(), fmt.Sprintf(`
SET session_replication_role = replica;
INSERT INTO orders (id, checkout_id, customer_id, merchant_id, status, currency, subtotal_minor, tax_minor, shipping_minor, total_minor, shipping_address_id, source, placed_at, status_at)
    SELECT next_id(at), 1, 1 + n %% 400, 1, 'confirmed', 'USD', 200, 0, 0, 200, 1 + n %% 400, 'api', at, at FROM (SELECT n, now() - (n || ' seconds')::interval AS at FROM generate_series(1, %d) n) o;
INSERT INTO order_line_items (order_id, line_no, sku_id, name, sku_code, quantity, unit_price_minor, tax_included, tax_rate_ppm, subtotal_minor, tax_minor, total_minor)
    SELECT o.id, l, 1 + (o.id + l) %% 2000, 'Thing', 'S', 1, 100, false, 0, 100, 0, 100 FROM orders o, generate_series(1, 2) l WHERE o.merchant_id = 1 AND o.subtotal_minor = 200;
INSERT INTO fulfillments (order_id, no, merchant_id, location_id, status, units, ship_by_at, country, value_scaled, assigned_user_id, assigned_at, status_at, created_at)
    SELECT o.id, 1, 1, 1, s.status, 2, o.placed_at + ((o.id >> 20) %% 72) * interval '1 hour', 'US', 20000, CASE WHEN s.status <> 'open' THEN 1 END, CASE WHEN s.status <> 'open' THEN now() END, o.placed_at, o.placed_at
    FROM orders o, LATERAL (SELECT CASE (o.id >> 20) %% 20 WHEN 0 THEN 'picking' WHEN 1 THEN 'picked' WHEN 2 THEN 'packed' ELSE 'open' END AS status) s
    WHERE o.merchant_id = 1 AND o.subtotal_minor = 200;
INSERT INTO fulfillment_items (order_id, no, line_no, quantity) SELECT o.id, 1, l, 1 FROM orders o, generate_series(1, 2) l WHERE o.merchant_id = 1 AND o.subtotal_minor = 200;
SET session_replication_role = origin;
ANALYZE orders, order_line_items, fulfillments, fulfillment_items;`, openOrders)); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *planWorld) hundred(f shop.QueueFilter) (shop.QueuePage, error) {
	return w.store.QueuePage(context.Background(), shop.QueueQuery{MerchantID: 1, QueueFilter: f, Limit: shop.MaxPageSize})
}

// With ten thousand open orders every list in the order of its promises is still read from the index and no further than the
// page goes; no month is read that cannot hold any, and no table from end to end.
func TestABusyQueueIsReadFromItsIndex(t *testing.T) {
	t.Parallel()
	w := newBusyWorld(t)
	list := func(f shop.QueueFilter) func() error {
		return func() error {
			_, err := w.hundred(f)
			return err
		}
	}
	busy := shop.QueueFilter{Stage: shop.QueueToPick}
	narrowed := busy
	narrowed.Country, narrowed.Due = "US", shop.QueueDueToday
	w.prove(t, []planCase{
		{"QueueStage", "fulfillments_queue_idx", "fulfillments", 2, list(busy)},
		{"QueueStage", "fulfillments_queue_idx", "fulfillments", 2, list(shop.QueueFilter{Stage: shop.QueuePicking})},
		{"QueueStage", "fulfillments_queue_idx", "fulfillments", 2, list(shop.QueueFilter{Stage: shop.QueueReady, Due: shop.QueueDueLate})},
		{"QueueStageNarrowed", "fulfillments_queue_idx", "fulfillments", 2, list(narrowed)},
		{"QueueRows", "fulfillments_pkey", "fulfillments", 2, list(busy)},
		{"QueueRows", "orders_pkey", "orders", 2, list(busy)},
		{"QueueItems", "fulfillment_items_pkey", "fulfillment_items", 2, list(busy)},
		{"QueueItems", "order_line_items_pkey", "order_line_items", 2, list(busy)},
	})
}

// A kept plan does not know which orders it will be asked for. The nearest promises lie all over the month, so whoever reads
// what is between them reads the whole queue.
func TestRowsOfABusyQueueAreReadOneByOne(t *testing.T) {
	t.Parallel()
	w := newBusyWorld(t)
	if _, err := w.hundred(shop.QueueFilter{Stage: shop.QueueToPick}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"QueueRows", "QueueItems"} {
		if most := w.mostRowsKept(t, name); most > 5*shop.MaxPageSize {
			t.Errorf("%s reads %.0f rows of a table for %d rows of the page", name, most, shop.MaxPageSize)
		}
	}
}

// mostRowsKept is the most rows that the kept plan of a recorded statement reads in one place. Its arguments must be numbers.
func (w *planWorld) mostRowsKept(t *testing.T, name string) float64 {
	t.Helper()
	ctx := t.Context()
	statement, ok := w.record.find(name)
	if !ok {
		t.Fatalf("the store never sent %s", name)
	}
	arguments := make([]string, len(statement.Args))
	for i, argument := range statement.Args {
		arguments[i] = fmt.Sprint(argument)
		if ids, list := argument.([]int64); list {
			arguments[i] = "'{" + strings.Trim(strings.ReplaceAll(fmt.Sprint(ids), " ", ","), "[]") + "}'"
		}
	}
	conn, err := w.pool.Acquire(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	var text string
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SET LOCAL plan_cache_mode = force_generic_plan`); err != nil {
			return err
		}
		if _, err := tx.Conn().Prepare(ctx, "kept_plan", statement.SQL); err != nil {
			return err
		}
		return tx.QueryRow(ctx, "EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE kept_plan ("+strings.Join(arguments, ", ")+")", pgx.QueryExecModeSimpleProtocol).Scan(&text)
	})
	if err != nil {
		t.Fatalf("explain %s: %v", name, err)
	}
	var roots []struct{ Plan planNode }
	if err := json.Unmarshal([]byte(text), &roots); err != nil {
		t.Fatal(err)
	}
	_ = conn.Conn().Deallocate(ctx, "kept_plan")
	return mostRows(roots[0].Plan)
}

// mostRows looks at tables that are cut into months.
func mostRows(node planNode) (most float64) {
	if monthSuffix.MatchString(node.RelationName) {
		most = node.ActualRows + node.Filtered
	}
	for _, child := range node.Plans {
		most = max(most, mostRows(child))
	}
	return most
}

func TestCountsOfABusyQueueAreRight(t *testing.T) {
	t.Parallel()
	w := newBusyWorld(t)
	page, err := w.hundred(shop.QueueFilter{Stage: shop.QueueToPick})
	if err != nil || len(page.Rows) != shop.MaxPageSize || !page.More {
		t.Fatalf("%d rows, more: %t, %v", len(page.Rows), page.More, err)
	}
	count := func(where string, args ...any) (n int64) {
		t.Helper()
		err := w.pool.QueryRow(t.Context(), `SELECT count(*) FROM fulfillments WHERE merchant_id = 1 AND `+where, args...).Scan(&n)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for stage, status := range map[shop.QueueStage]string{shop.QueueToPick: "open", shop.QueuePicking: "picking", shop.QueueToPack: "picked", shop.QueueReady: "packed"} {
		if got, want := page.Counts.Stages[stage], count("status = $1", status); got != want || got == 0 {
			t.Errorf("%s: %d, want %d", stage, got, want)
		}
	}
	if want := count("status IN ('open', 'picking', 'picked', 'packed') AND ship_by_at <= $1", page.Clock.Now); page.Counts.Late != want || want == 0 {
		t.Errorf("%d are late, want %d", page.Counts.Late, want)
	}
}
