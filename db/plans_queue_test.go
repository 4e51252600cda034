package db_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

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

// mostRowsKept is the most rows that the kept plan of a recorded statement reads in one place.
func (w *planWorld) mostRowsKept(t *testing.T, name string) float64 {
	t.Helper()
	return mostRows(w.keptPlan(t, name))
}

// keptPlan runs the kept plan of a recorded statement. Its arguments must be numbers, texts and times.
func (w *planWorld) keptPlan(t *testing.T, name string) planNode {
	t.Helper()
	ctx := t.Context()
	statement, ok := w.record.find(name)
	if !ok {
		t.Fatalf("the store never sent %s", name)
	}
	arguments := make([]string, len(statement.Args))
	for i, argument := range statement.Args {
		switch a := argument.(type) {
		case []int64:
			arguments[i] = "'{" + strings.Trim(strings.ReplaceAll(fmt.Sprint(a), " ", ","), "[]") + "}'"
		case string:
			arguments[i] = "'" + a + "'"
		case time.Time:
			arguments[i] = "'" + a.Format(time.RFC3339Nano) + "'"
		default:
			arguments[i] = fmt.Sprint(argument)
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
	return roots[0].Plan
}

// Counting and sorting look at everything that is open, and at nothing else: the kept plan reads the queue's index, whatever
// the list is sorted by, and no month that the queue does not reach into.
func TestAllOfABusyQueueIsReadFromItsIndex(t *testing.T) {
	t.Parallel()
	w := newBusyWorld(t)
	if _, err := w.pool.Exec(t.Context(), `VACUUM fulfillments`); err != nil { // as autovacuum does, so that the index can answer alone
		t.Fatal(err)
	}
	page := func(f shop.QueueFilter) func() error {
		return func() error {
			_, err := w.hundred(f)
			return err
		}
	}
	cases := map[string]struct {
		query, node, index string
		read               func() error
	}{
		"counts":  {"QueueCounts", "Index Only Scan", "fulfillments_queue_idx", page(shop.QueueFilter{Stage: shop.QueueToPick})},
		"idle":    {"QueueIdleCount", "", "fulfillments_queue_idx", page(shop.QueueFilter{Stage: shop.QueueToPick})},
		"left":    {"QueueShipped", "", "fulfillments_shipped_idx", page(shop.QueueFilter{Stage: shop.QueueShipped})},
		"shipped": {"QueueShippedCount", "", "fulfillments_shipped_idx", page(shop.QueueFilter{Stage: shop.QueueShipped})},
		"stuck":   {"QueueSorted", "", "fulfillments_queue_idx", page(shop.QueueFilter{Stage: shop.QueueStuck})},
		"late":    {"QueueSorted", "", "fulfillments_queue_idx", page(shop.QueueFilter{Stage: shop.QueueStuck, Due: shop.QueueDueLate})},
		"views": {"QueueCube", "", "fulfillments_queue_idx", func() error {
			_, _, err := w.store.QueueCube(t.Context(), 1)
			return err
		}},
	}
	for _, sort := range shop.QueueSorts()[1:] { // the first is that of the index
		c := cases["stuck"]
		c.read = page(shop.QueueFilter{Stage: shop.QueueToPick, Sort: sort})
		cases["sorted by "+string(sort)] = c
	}
	for name, c := range cases {
		if err := c.read(); err != nil {
			t.Fatal(err)
		}
		plan := w.keptPlan(t, c.query)
		scans := monthScans(plan)
		for _, scan := range scans {
			if scan.IndexName == "" || w.parentIndex(t, scan.IndexName) != c.index || c.node != "" && scan.NodeType != c.node {
				t.Errorf("%s: %s of %s %s, want %s %s", name, scan.NodeType, scan.RelationName, scan.IndexName, c.node, c.index)
			}
		}
		if most := mostRows(plan); most > openOrders+planOrdersPerMonth {
			t.Errorf("%s: %.0f rows are read in one place", name, most)
		}
		if len(scans) == 0 || len(scans) > 2 {
			t.Errorf("%s: %d months are read", name, len(scans))
		}
	}
}

// monthScans are the nodes that find rows in tables that are cut into months, and were run.
func monthScans(node planNode) (scans []planNode) {
	if node.ActualLoops > 0 && (node.NodeType == "Seq Scan" || node.IndexName != "") {
		scans = append(scans, node)
	}
	for _, child := range node.Plans {
		scans = append(scans, monthScans(child)...)
	}
	return scans
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
