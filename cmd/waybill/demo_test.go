package main

import (
	"net/http"
	"os"
	"syscall"
	"testing"

	"waybill/db/dbtest"
)

// TestDemoIsLoadedOnce kills the program in the middle of the load, lets the next one finish it, and finds nothing to
// load at the third start. Both say how to sign in.
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
		(SELECT count(*) FROM import_refs), (SELECT count(*) FROM reconciliation_exceptions), (SELECT count(*) FROM inventory_transactions WHERE kind = 'receipt'), (SELECT count(*) FROM scan_events WHERE created_at < now() - interval '1 day'))`
	var after [2]string
	for i := range after {
		s := startServer(t, program(t, env, "serve", "--demo"))
		s.readSignIns(t)
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
	for what, query := range map[string]string{
		"several parcels were lost, days after they had left": `SELECT count(*) >= 3 FROM shipments WHERE status = 'lost' AND problem_at BETWEEN handed_over_at + interval '4 days' AND now() - interval '1 hour'`,
		"no parcel was lost within a day of leaving":          `SELECT count(*) = 0 FROM shipments WHERE status = 'lost' AND status_at < handed_over_at + interval '1 day'`,
		"claims were opened days ago":                         `SELECT count(*) >= 2 FROM carrier_claims WHERE opened_at < now() - interval '1 day'`,
		"a hand-over was taken back":                          `SELECT count(*) = 1 FROM order_events WHERE kind = 'taken_back'`,
		"a parcel was opened again, and packed after that":    `SELECT count(*) = 1 FROM order_events u JOIN order_events p ON p.order_id = u.order_id AND p.kind = 'packed' AND p.seq > u.seq WHERE u.kind = 'unpacked'`,
		"people scanned in the last weeks, right and wrong":   `SELECT count(*) > 500 AND count(*) FILTER (WHERE outcome = 'wrong') BETWEEN 3 AND count(*) / 10 FROM scan_events`,
	} {
		if textOf(t, conn, `SELECT (`+query+`)::text`) != "true" {
			t.Errorf("not so: %s", what)
		}
	}
	mustVerify(t, url)
}
