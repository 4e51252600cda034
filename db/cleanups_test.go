package db_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"waybill/shop"
)

// A clean-up runs every few minutes for ever. Rows come and go, and what comes is written where others have gone, so after a
// while new ones lie everywhere among old ones. A run that finds nothing due must not read more because of that.
func TestCleanUpsWithNothingDueReadFewPagesForEver(t *testing.T) {
	t.Parallel()
	const (
		rows     = 20_000 // of each age
		fewPages = 12     // the way into an index, and what stands at its end
	)
	w := newPlanWorld(t)
	tests := []struct {
		job, query, table string
		fill              string // $1 names the rows, $2 is when they were made
	}{
		{"forget idempotency keys", "IdempotencyPrune", "idempotency_keys",
			`INSERT INTO idempotency_keys (scope, key, request_hash, result, created_at) SELECT $1, gen_random_uuid(), '', '{"order": 1}', $2 FROM generate_series(1, %d)`},
		{"forget what changed orders", "OrderRevisionsPrune", "order_revisions",
			`INSERT INTO order_revisions (order_id, xid, created_at) SELECT n, length($1), $2 FROM generate_series(1, %d) n`},
		{"forget what changed queues", "QueueRevisionsPrune", "queue_revisions",
			`INSERT INTO queue_revisions (merchant_id, xid, created_at) SELECT n, length($1), $2 FROM generate_series(1, %d) n`},
	}
	for _, tt := range tests {
		fill := func(name string, age time.Duration) {
			if _, err := w.pool.Exec(t.Context(), fmt.Sprintf(tt.fill, rows), name, w.store.Now().Add(-age)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.pool.Exec(t.Context(), "TRUNCATE "+tt.table); err != nil {
			t.Fatal(err)
		}
		fill("old", 400*24*time.Hour)
		fill("kept", time.Minute)
		run := w.job(t, tt.job)
		if did := run(); did != rows {
			t.Fatalf("%s: %d rows are gone, want %d", tt.job, did, rows)
		}
		if _, err := w.pool.Exec(t.Context(), "VACUUM "+tt.table); err != nil { // as PostgreSQL does by itself
			t.Fatal(err)
		}
		fill("newest", 0)
		if did := run(); did != 0 {
			t.Fatalf("%s: %d rows are gone that were not due", tt.job, did)
		}
		if pages := w.pagesRead(t, tt.query); pages > fewPages {
			t.Errorf("%s: a run with nothing due reads %d pages", tt.job, pages)
		}
	}
}

// job is the background work with a name, as the program runs it.
func (w *planWorld) job(t *testing.T, name string) func() int {
	t.Helper()
	jobs := shop.Maintenance(w.store, shop.NewPayments(w.store, slog.New(slog.DiscardHandler)), shop.MinKeyLife)
	at := slices.IndexFunc(jobs, func(j shop.Job) bool { return j.Name == name })
	if at < 0 {
		t.Fatalf("no work is called %q", name)
	}
	return func() int {
		did, err := jobs[at].Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return did
	}
}

// pagesRead is how many pages the last statement of a name reads, wherever they are.
func (w *planWorld) pagesRead(t *testing.T, name string) int {
	t.Helper()
	statement, ok := w.record.find(name)
	if !ok {
		t.Fatalf("the store never sent %s", name)
	}
	var text string
	if err := w.pool.QueryRow(t.Context(), "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) "+statement.SQL, statement.Args...).Scan(&text); err != nil {
		t.Fatal(err)
	}
	var roots []struct {
		Plan struct {
			Hit  int `json:"Shared Hit Blocks"`
			Read int `json:"Shared Read Blocks"`
		}
	}
	if err := json.Unmarshal([]byte(text), &roots); err != nil {
		t.Fatal(err)
	}
	return roots[0].Plan.Hit + roots[0].Plan.Read
}
