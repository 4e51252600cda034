package db_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"waybill/db"
	"waybill/db/dbtest/factory"
	"waybill/shop"
)

// onOneConnection is the world's store on a single connection, so that what the session keeps can be asked for.
func onOneConnection(t *testing.T, w *factory.World) (*db.Store, *pgxpool.Pool) {
	t.Helper()
	config := w.Pool.Config().Copy()
	config.MaxConns = 1
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	store, err := db.NewStore(t.Context(), pool)
	if err != nil {
		t.Fatal(err)
	}
	return store, pool
}

// Reading orders by id is planned once in a session, however many months there are.
func TestReadingOrdersKeepsItsPlans(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	w.Exec(`SELECT ensure_partitions(now(), now() + interval '12 months')`)
	merchant, _ := w.Merchant("one")
	customer, address := w.Customer("ada@example.com")
	order := w.Place(customer, address, w.SKU(merchant, "A", 1299, 5)).Orders[0].ID
	store, pool := onOneConnection(t, w)
	const reads = 10 // PostgreSQL tries five plans of its own before it compares
	for range reads {
		if _, err := store.OrderByID(t.Context(), order, shop.OrderScope{}); err != nil {
			t.Fatal(err)
		}
		if _, err := store.CustomerHistory(t.Context(), shop.HistoryQuery{CustomerID: customer}); err != nil {
			t.Fatal(err)
		}
	}
	// What bounds the months is in one small table: PostgreSQL comes to keep that plan by itself.
	var kept, anew int64
	err := pool.QueryRow(t.Context(), `SELECT count(*) FILTER (WHERE generic_plans >= $1), coalesce(sum(custom_plans), 0)
		FROM pg_prepared_statements WHERE statement LIKE '-- name: %Order%' AND statement NOT LIKE '-- name: CustomerOrderBounds %'`, reads).Scan(&kept, &anew)
	if err != nil {
		t.Fatal(err)
	}
	if kept < 8 || anew > 0 {
		t.Errorf("%d statements keep their plan, %d executions were planned anew", kept, anew)
	}
}

// What looks for work every few seconds is planned once in a session, whether or not there is work.
func TestPeriodicWorkKeepsItsPlans(t *testing.T) {
	t.Parallel()
	w := factory.New(t, factory.FixedClock(time.Now().Add(time.Hour)))
	w.Exec(`SELECT ensure_partitions(now(), now() + interval '12 months')`)
	merchant, _ := w.Merchant("one")
	sku := w.SKU(merchant, "A", 1299, 100)
	customer, address := w.Customer("ada@example.com")
	const runs = 10 // PostgreSQL tries five plans of its own before it compares
	for range runs {
		w.Place(customer, address, sku)
	}
	w.Exec(`UPDATE orders SET expires_at = now()`)
	store, pool := onOneConnection(t, w)
	for range runs {
		if n, err := factory.Expire(t.Context(), store, 1); n != 1 || err != nil {
			t.Fatalf("%d orders expired, %v", n, err)
		}
		if _, err := store.AllocateBackorders(t.Context(), 10); err != nil {
			t.Fatal(err)
		}
	}
	var kept, anew int64
	var which string
	err := pool.QueryRow(t.Context(), `SELECT count(*) FILTER (WHERE generic_plans >= $1), coalesce(sum(custom_plans), 0),
			coalesce(string_agg(split_part(statement, E'\n', 1), ', ') FILTER (WHERE custom_plans > 0), '')
		FROM pg_prepared_statements WHERE statement LIKE '-- name: %'`, runs).Scan(&kept, &anew, &which)
	if err != nil {
		t.Fatal(err)
	}
	if kept < 11 || anew > 0 {
		t.Errorf("%d statements keep their plan, %d executions were planned anew: %s", kept, anew, which)
	}
	w.CheckBooks()
}

// The first orders of a month fit on a page that is cheapest read whole. The plans made then, those of the foreign keys
// included, are still in use when a rush has filled the table.
func TestARushIntoANewMonthReadsNoWholeTable(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	merchant, _ := w.Merchant("one")
	sku := w.SKU(merchant, "A", 1299, 1000)
	customer, address := w.Customer("ada@example.com")
	for range 3 {
		w.Place(customer, address, sku)
	}
	w.Exec(`ANALYZE`)
	store, pool := onOneConnection(t, w)
	placer := db.NewPlacer(store)
	t.Cleanup(placer.Close)
	scans := func() int64 {
		for _, p := range []*pgxpool.Pool{w.Pool, pool} { // statistics of a session wait for a second otherwise
			if _, err := p.Exec(t.Context(), `SELECT pg_stat_force_next_flush()`); err != nil {
				t.Fatal(err)
			}
		}
		return w.Int(`SELECT coalesce(sum(seq_scan), 0) FROM pg_stat_user_tables
			WHERE relname ~ '^(checkouts|orders|order_line_items|order_events|payments|reservations)_|^idempotency_keys$'`)
	}
	before := scans()
	for range 20 {
		if _, err := placer.PlaceCheckout(t.Context(), w.Order(customer, address, sku)); err != nil {
			t.Fatal(err)
		}
	}
	if read := scans() - before; read > 0 {
		t.Errorf("placing orders read tables that grow with orders %d times from end to end", read)
	}
}
