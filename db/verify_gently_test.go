package db_test

import (
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	"waybill/db"
	"waybill/db/dbtest/factory"
	"waybill/shop"
)

// recordedStore is a store on the same database that keeps the statements it runs.
func recordedStore(t *testing.T, pool *pgxpool.Pool, options ...db.Option) (*db.Store, *recorder) {
	t.Helper()
	record := &recorder{}
	config := pool.Config().Copy()
	config.ConnConfig.Tracer = record
	traced, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(traced.Close)
	store, err := db.NewStore(t.Context(), traced, options...)
	if err != nil {
		t.Fatal(err)
	}
	return store, record
}

// While nobody buys, a gentle check is in no hurry for nothing; in a rush it rests, and finds the same.
func TestVerifyRestsInARushAndFindsTheSame(t *testing.T) {
	t.Parallel()
	now := time.Now().Truncate(time.Microsecond)
	w := factory.New(t, factory.FixedClock(now)) // so that the rush lasts
	merchant, _ := w.Merchant("one")
	sku := w.SKU(merchant, "A", 1000, 500)
	customer, address := w.Customer("ada@example.com")
	w.Confirm(w.Place(customer, address, sku).Orders[0].ID)
	store, record := recordedStore(t, w.Pool, db.WithClock(func() time.Time { return now }))
	gently := func() (names string, rests int) {
		t.Helper()
		record.statements = nil
		results, err := store.VerifyGently(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range record.statements {
			if strings.Contains(s.SQL, "pg_sleep") {
				rests++
			}
		}
		return brokenOf(results), rests
	}
	inRush := func() bool {
		t.Helper()
		rush, err := store.InRush(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return rush
	}
	if names, rests := gently(); inRush() || names != "" || rests != 0 {
		t.Errorf("broken: %q, %d statements rest without a rush", names, rests)
	}

	rush(t, w, customer, address, sku)
	if names, rests := gently(); !inRush() || names != "" || rests < 35 {
		t.Errorf("broken: %q, %d statements rest in a rush", names, rests)
	}

	w.Exec(`SET session_replication_role = replica; UPDATE stock_levels SET on_hand = on_hand + 1; UPDATE orders SET status = 'processing' WHERE status = 'confirmed';
		UPDATE payments SET refunded_minor = 1 WHERE status = 'captured'; UPDATE fulfillments SET units = units + 1`)
	plain, err := store.Verify(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if names, _ := gently(); names != brokenOf(plain) || strings.Count(names, " ") < 3 {
		t.Errorf("broken: %q when looked at gently, else %q", names, brokenOf(plain))
	}
}

// rush is a hundred people who buy at once.
func rush(t *testing.T, w *factory.World, customer, address, sku int64) {
	t.Helper()
	var group errgroup.Group
	placer := w.Placer()
	for range 100 {
		command := w.Order(customer, address, sku)
		group.Go(func() error {
			_, err := placer.PlaceCheckout(t.Context(), command)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
}

func brokenOf(results []shop.InvariantResult) string {
	var names []string
	for _, r := range results {
		if !r.OK() {
			names = append(names, r.Name)
		}
	}
	return strings.Join(names, " ")
}
