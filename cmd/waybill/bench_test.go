package main

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"waybill/cmd/waybill/bench"
)

// benchDir is an empty directory that PostgreSQL's user may enter, and that a run must leave empty.
func benchDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "waybill-bench-test-") //nolint:usetesting // t.TempDir is closed to the user PostgreSQL runs as
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("the run leaves %v behind (%v)", left, err)
		}
		_ = os.RemoveAll(dir)
	})
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Everything is measured once for a second: what must hold at any speed holds, and every table has its figures.
func TestBenchMeasuresEverything(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "bench.json")
	document := filepath.Join(t.TempDir(), "benchmarks.md")
	if err := os.WriteFile(document, []byte("# Speed\n<!-- what waybill bench printed: begin -->yesterday<!-- what waybill bench printed: end -->\nWhy\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := finish(t, program(t, nil, "bench", "--quick", "--alternatives", "--json", file, "--markdown", document, "--dir", benchDir(t)))
	if code != 0 {
		t.Fatalf("code %d, stderr %s", code, stderr)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var r bench.Report
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Broken) > 0 || r.Verified == 0 || r.Deadlocks > 0 {
		t.Errorf("of %d invariants these are broken: %v; %d deadlocks", r.Verified, r.Broken, r.Deadlocks)
	}
	if r.Machine.Cores == 0 || r.Postgres.Settings["synchronous_commit"] != "on" || r.Postgres.Settings["fsync"] != "on" {
		t.Errorf("measured on %+v with %+v", r.Machine, r.Postgres)
	}
	_, withoutBaseline := r.NotMeasured["alternatives"]
	checkOrders(t, r, !withoutBaseline)
	if f := r.Flash; f == nil || !f.Exact || f.Sold != f.Units || f.Orders != f.Units || f.Soon != int64(f.Buyers)-f.Units {
		t.Errorf("the flash sale came to %+v", f)
	}
	checkBeside(t, r)
	if h := r.Hunt; h == nil || h.Orders == 0 || h.Cancelled == 0 || h.Deadlocks > 0 {
		t.Errorf("the hunt for deadlocks came to %+v", h)
	}
	if !withoutBaseline {
		checkAlternatives(t, r)
	}
	if got, err := os.ReadFile(document); err != nil || !strings.Contains(string(got), "### Targets") || strings.Contains(string(got), "yesterday") {
		t.Errorf("the document is now (%v):\n%s", err, got)
	}
	for _, title := range []string{"Place orders: 2 lines", "Place orders: 1 line", "PostgreSQL's time", "Flash sale", "Checkouts among other work", "Hunt for deadlocks", "Targets"} {
		if !strings.Contains(stdout, title) {
			t.Errorf("%q is not in the output:\n%s", title, stdout)
		}
	}
	for _, target := range r.Targets {
		if target.Work == "" || target.Want == "" || target.Verdict == "" {
			t.Errorf("a target says %+v", target)
		}
	}
}

func checkOrders(t *testing.T, r bench.Report, baseline bool) {
	t.Helper()
	if len(r.Orders) != 4 || len(r.Steady) != 2 {
		t.Errorf("%d closed and %d open loops", len(r.Orders), len(r.Steady))
	}
	for _, row := range r.Orders {
		if len(row.Waybill.Answers) != 1 || row.Waybill.Answers["201"] == 0 || row.Waybill.P99 < row.Waybill.P50 || row.Cost.WALBytes == 0 || row.Cost.Commits == 0 {
			t.Errorf("%s, %d clients: %+v, %+v", row.Shape, row.Clients, row.Waybill, row.Cost)
		}
		if (row.Baseline != nil) != baseline || (row.Ratio > 0) != baseline {
			t.Errorf("%s, %d clients: baseline %+v, ratio %v", row.Shape, row.Clients, row.Baseline, row.Ratio)
		}
	}
	if baseline && (r.RowsPerOrder["orders"] != 1 || r.RowsPerOrder["order_line_items"] != 2) {
		t.Errorf("an order of two lines writes %v", r.RowsPerOrder)
	}
	if !slices.ContainsFunc(r.Statements, func(s bench.Statement) bool { return s.Name == "PlacingOrders" && s.PerOrder > 0 && s.MeanMs > 0 }) {
		t.Errorf("the statements are %+v", r.Statements)
	}
}

// checkBeside: each work and the calm parts between for each of three demands, and nothing but orders placed beside it.
func checkBeside(t *testing.T, r bench.Report) {
	t.Helper()
	if len(r.Beside) != 3*4 || r.CalmRate <= 0 {
		t.Errorf("%d loads beside other work, those by a clock at %v a second", len(r.Beside), r.CalmRate)
	}
	for _, row := range r.Beside {
		if len(row.Answers) != 1 || row.Answers["201"] == 0 {
			t.Errorf("beside %s: %+v", row.Beside, row.Load)
		}
	}
	if r.Expiry == nil || r.Expiry.Orders == 0 || r.Expiry.Alone.Ended <= 0 || r.Expiry.Beside.Ended <= 0 {
		t.Errorf("the expiry came to %+v", r.Expiry)
	}
}

// checkAlternatives: all but the ledger keep what they promise; the ledger sells all there is, and more when it is unlucky.
func checkAlternatives(t *testing.T, r bench.Report) {
	t.Helper()
	if len(r.Alternatives) < 5 {
		t.Errorf("%d alternatives", len(r.Alternatives))
	}
	for _, a := range r.Alternatives {
		if a.Sold < a.Units || (a.Sold > a.Units && !strings.Contains(a.Name, "ledger")) {
			t.Errorf("%s sold %d of %d units", a.Name, a.Sold, a.Units)
		}
	}
}

func TestBenchInterruptedLeavesNothing(t *testing.T) {
	t.Parallel()
	cmd := program(t, nil, "bench", "--quick", "--only", "beside", "--dir", benchDir(t))
	out, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said := bufio.NewScanner(out)
	for said.Scan() && !strings.Contains(said.Text(), "checkouts alone") {
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	var last string
	for said.Scan() {
		last = said.Text()
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 1 || last != "waybill: interrupted" {
		t.Errorf("Ctrl-C ends it with %d and %q", code, last)
	}
}
