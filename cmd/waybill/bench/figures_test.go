package bench

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestPgbenchLogLeavesTheWarmUpOut(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, content := range map[string]string{
		"log.7":   "0 1 90000 0 1000 0 0\n0 2 1000 0 1002 500000 1\n0 3 3000 0 1004 500000 0\n",
		"log.7.1": "1 1 80000 0 1001 999999 2\n1 2 2000 0 1003 0 3\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	all, err := readPgbenchLogs(dir)
	if err != nil {
		t.Fatal(err)
	}
	got := summary(all, 2, 2*time.Second)
	if got.all != 5 || got.wanted("done") != 3 || got.retries != 4 || got.P50 != 2 || got.PerSecond != 3/2.5 {
		t.Errorf("read %+v", got)
	}
}

func TestPgbenchLogWithAFailureIsRefused(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"0 1 failed 0 1000 0", "0 1", "0 x 5 0 1000 0"} {
		if _, err := parseTransaction(line); err == nil {
			t.Errorf("%q is taken for a transaction", line)
		}
	}
}

func TestScriptsAreWhole(t *testing.T) {
	t.Parallel()
	for _, way := range append([]transaction{baseline}, waysOnly()...) {
		text, err := way.script("choose_hot")
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range []string{"BEGIN;", "INSERT INTO orders", "INSERT INTO inventory_transactions", "INSERT INTO idempotency_keys", "COMMIT;"} {
			if n := strings.Count(text, part); n != 1 {
				t.Errorf("%v holds %q %d times", way, part, n)
			}
		}
	}
	if _, err := (transaction{"no_such_part"}).script("choose_hot"); err == nil {
		t.Error("a part that is not there is left out")
	}
}

func waysOnly() []transaction {
	var all []transaction
	for _, way := range ways {
		all = append(all, way.transaction)
	}
	return all
}

func TestStatementsAreAddedUpByName(t *testing.T) {
	t.Parallel()
	log := `2026-01-01 UTC [7] waybill@waybill LOG:  duration: 0.500 ms  bind stmtcache_1: -- name: PlacingOrders :exec
	INSERT INTO orders
2026-01-01 UTC [7] waybill@waybill LOG:  duration: 1.500 ms  execute stmtcache_1: -- name: PlacingOrders :exec
	INSERT INTO orders
2026-01-01 UTC [7] waybill@waybill LOG:  duration: 2.000 ms  statement: commit
2026-01-01 UTC [7] waybill@waybill LOG:  checkpoint starting: time
`
	got, err := readStatements(strings.NewReader(log), 2)
	if err != nil || len(got) != 2 {
		t.Fatalf("read %+v (%v)", got, err)
	}
	for i, want := range []Statement{{"COMMIT", 0.5, 2, 0.5}, {"PlacingOrders", 0.5, 2, 0.5}} {
		if got[i] != want {
			t.Errorf("read %+v, want %+v", got[i], want)
		}
	}
}

func TestVerdicts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		target  Target
		verdict string
	}{
		{atLeast("", 5000, 5000, ""), "met"},
		{atLeast("", 5000, 4000, ""), "missed by 20 %"},
		{atLeast("", 5000, 0, ""), "not measured"},
		{atMost("", 50, 50, ""), "met"},
		{atMost("", 50, 60, ""), "missed by 20 %"},
		{atMost("", 50, 0, ""), "not measured"},
	} {
		if c.target.Verdict != c.verdict {
			t.Errorf("%+v, want %q", c.target, c.verdict)
		}
	}
}

func TestARunWithoutFiguresMeetsNothing(t *testing.T) {
	t.Parallel()
	for _, target := range judge(Report{}) {
		if target.Verdict != "not measured" {
			t.Errorf("%+v", target)
		}
	}
}

func TestWhatTheHostTakes(t *testing.T) {
	t.Parallel()
	began := processorTime{stolen: 10, all: 1000}
	for now, want := range map[processorTime]float64{{60, 2000}: 0.05, {10, 2000}: 0, {}: 0, began: 0} {
		if got := now.stolenSince(began); got != want {
			t.Errorf("%v since %v is %v, want %v", now, began, got, want)
		}
	}
	now := readProcessorTime()
	if _, err := os.Stat("/proc/stat"); (err == nil) != (now.all > 0) || now.stolen < 0 || now.stolen > now.all {
		t.Errorf("%+v, and /proc/stat: %v", now, err)
	}
}

func TestAmountsReadWell(t *testing.T) {
	t.Parallel()
	for f, want := range map[float64]string{0: "–", 0.456: "0.46", 12.34: "12.3", 999.6: "1,000", 1234567: "1,234,567", -123: "-123", -1234: "-1,234"} {
		if got := amount(f); got != want {
			t.Errorf("%v is written %q, want %q", f, got, want)
		}
	}
}

func TestOwnProcessorTimeIsSeen(t *testing.T) {
	t.Parallel()
	before := ownCPU()
	for range 1_000_000 {
		if amount(1) == "" {
			t.Fatal("no amount")
		}
	}
	if used := ownCPU() - before; used <= 0 {
		t.Errorf("work took %s of processor time", used)
	}
}
