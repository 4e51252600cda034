package main

import (
	"net/http"
	"os"
	"syscall"
	"testing"

	"waybill/db/dbtest"
)

// TestDemoIsLoadedOnce kills the program in the middle of the load, lets the next one finish it, and finds nothing to
// load at the third start.
func TestDemoIsLoadedOnce(t *testing.T) {
	t.Parallel()
	url := dbtest.URL(t)
	env := []string{"DATABASE_URL=" + url, "PORT=0", "WAYBILL_LOG_LEVEL=warn"}
	conn := connect(t, url)
	// A row of the second batch is taken by a transaction that does not end: the program waits for it.
	tx, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), `INSERT INTO import_refs VALUES ('demo', 'checkout', 'checkout-700', 1)`); err != nil {
		t.Fatal(err)
	}
	cmd := program(t, env, "serve", "--demo")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	waitUntilBlocked(t, connect(t, url))
	if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}

	const counts = `SELECT concat_ws(' ', (SELECT count(*) FROM checkouts WHERE source = 'demo'), (SELECT count(*) FROM customers), (SELECT count(*) FROM users),
		(SELECT count(*) FROM import_refs), (SELECT count(*) FROM reconciliation_exceptions), (SELECT count(*) FROM inventory_transactions WHERE kind = 'receipt'))`
	var after [2]string
	for i := range after {
		s := startServer(t, program(t, env, "serve", "--demo"))
		if status := statusOf(t, s.url+"/"); status != http.StatusOK {
			t.Errorf("the front page answers %d", status)
		}
		after[i] = textOf(t, conn, counts)
		s.signal(t, os.Interrupt)
		if code := s.end(t); code != 0 {
			t.Errorf("Ctrl-C ends it with %d", code)
		}
	}
	if after[0] != after[1] {
		t.Errorf("loaded %s, after the third start %s", after[0], after[1])
	}
	if got := textOf(t, conn, `SELECT (count(*) > 3900)::text FROM checkouts WHERE source = 'demo'`); got != "true" {
		t.Errorf("loaded only %s", after[0])
	}
	mustVerify(t, url)
}
