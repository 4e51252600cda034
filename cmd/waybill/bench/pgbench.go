package bench

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

//go:embed scripts/*.sql
var scripts embed.FS

// transaction is one order as one hand-written transaction: the names of its parts among the scripts, in their order.
// What follows a part that answers enough belongs to orders that got their stock.
type transaction []string

// baseline is what a careful engineer writes without grouping: read, lock in one order, take under a condition, write.
var baseline = transaction{"read", "stock_locked", "if_enough", "write_order", "write_ledger", "commit"}

// Parts that are not SQL of their own.
var glue = map[string]string{
	"if_enough": "\\if :enough\n",
	"commit":    "COMMIT;\n\\else\nROLLBACK;\n\\endif\n",
	"pipeline":  "\\startpipeline\n",
	"sync":      "\\endpipeline\n",
}

// script puts the parts behind one that chooses what is bought.
func (t transaction) script(choose string) (string, error) {
	var b strings.Builder
	for _, part := range append([]string{choose}, t...) {
		if text, ok := glue[part]; ok {
			b.WriteString(text)
			continue
		}
		text, err := fs.ReadFile(scripts, "scripts/"+part+".sql")
		if err != nil {
			return "", err
		}
		b.Write(text)
	}
	return b.String(), nil
}

// maxOptimisticTries is more than a client needs in a run; pgbench wants some number.
const maxOptimisticTries = 1_000_000

// pgbench runs transactions against a database of the run.
type pgbench struct {
	program string
	dir     string
	url     string // of the database
	world   world
	skuID   int64 // that scripts for one SKU buy
}

// errNoPgbench says why there is no baseline.
var errNoPgbench = errors.New("pgbench is not installed beside PostgreSQL (Debian and Ubuntu: apt install postgresql-contrib), so there is no baseline")

// findPgbench finds the pgbench of the PostgreSQL that runs, else the one on the PATH.
func findPgbench(p *postgres) (string, error) {
	for _, name := range []string{p.server.Program("pgbench"), "pgbench"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errNoPgbench
}

// pgbenchRun is one run: for seconds, or for a number of transactions per client.
type pgbenchRun struct {
	transaction
	choose       string // the script that chooses what is bought
	clients      int
	seconds      int
	warm         time.Duration // at the beginning, run but not counted
	transactions int           // per client; used when seconds is 0
}

// tries is how often a transaction is begun. Only the optimistic one lives by beginning again.
func (r pgbenchRun) tries() int {
	if slices.Contains(r.transaction, "stock_version") {
		return maxOptimisticTries
	}
	return 1
}

// pgbenchResult is what a run came to.
type pgbenchResult struct {
	Load
	retries int64
	all     int64         // transactions, those while it was warming up included
	cpu     time.Duration // of pgbench itself
}

// run is once, again and longer while nothing of what it does is done in time: on a busy machine the first transaction of each
// client, which plans its statements, may take longer than a short run.
func (p pgbench) run(ctx context.Context, r pgbenchRun) (pgbenchResult, error) {
	for {
		result, err := p.once(ctx, r)
		if err != nil || result.PerSecond > 0 || r.seconds == 0 || r.seconds >= maxPgbenchSeconds {
			return result, err
		}
		r.seconds *= 2
	}
}

// maxPgbenchSeconds is from where on a run is not repeated because nothing was done in it.
const maxPgbenchSeconds = 30

// once runs pgbench and reads its log of single transactions. A script that fails, deadlocks included, fails the run:
// the comparison would not be one.
func (p pgbench) once(ctx context.Context, r pgbenchRun) (pgbenchResult, error) {
	text, err := r.script(r.choose)
	if err != nil {
		return pgbenchResult{}, err
	}
	dir, err := os.MkdirTemp(p.dir, "pgbench-")
	if err != nil {
		return pgbenchResult{}, err
	}
	defer os.RemoveAll(dir)
	script := filepath.Join(dir, "order.sql")
	if err := os.WriteFile(script, []byte(text), 0o600); err != nil {
		return pgbenchResult{}, err
	}
	cmd, err := p.command(ctx, r, script, filepath.Join(dir, "log"))
	if err != nil {
		return pgbenchResult{}, err
	}
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	if err := cmd.Run(); err != nil {
		return pgbenchResult{}, fmt.Errorf("pgbench: %w: %s", err, strings.TrimSpace(complaints.String()))
	}
	all, err := readPgbenchLogs(dir)
	result := summary(all, r.clients, r.warm)
	result.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return result, err
}

func (p pgbench) command(ctx context.Context, r pgbenchRun, script, logPrefix string) (*exec.Cmd, error) {
	config, err := pgx.ParseConfig(p.url)
	if err != nil {
		return nil, err
	}
	args := []string{
		"--no-vacuum", "--protocol=prepared", "--log", "--log-prefix=" + logPrefix, "--file=" + script, "--max-tries=" + strconv.Itoa(r.tries()),
		"--client=" + strconv.Itoa(r.clients), "--jobs=" + strconv.Itoa(min(r.clients, runtime.NumCPU())),
		"--host=" + config.Host, "--port=" + strconv.Itoa(int(config.Port)), "--username=" + config.User,
	}
	if r.seconds > 0 {
		args = append(args, "--time="+strconv.Itoa(r.seconds+int(r.warm.Seconds())))
	} else {
		args = append(args, "--transactions="+strconv.Itoa(r.transactions))
	}
	for name, value := range p.variables() {
		args = append(args, "--define="+name+"="+strconv.FormatInt(value, 10))
	}
	cmd := exec.CommandContext(ctx, p.program, append(args, config.Database)...)
	cmd.Env = append(os.Environ(), "PGPASSWORD="+config.Password)
	return cmd, nil
}

func (p pgbench) variables() map[string]int64 {
	return map[string]int64{
		"first_customer": p.world.firstCustomer, "customers": customerCount, "first_sku": p.world.firstSKU, "skus": skuCount,
		"hot_sku": p.skuID, "merchant": p.world.merchantID, "location": p.world.locationID,
		"price_minor": priceMinor, "tax_ppm": taxPPM, "shipping_minor": shippingMinor,
	}
}

// Columns of pgbench's log, which has a line per transaction.
const (
	logMicros      = 2
	logEpoch       = 4 // when it ended, in seconds
	logEpochMicros = 5 // and what is behind the second
	logRetries     = 6
)

// ended is a transaction in pgbench's log.
type endedTransaction struct {
	at      time.Time
	took    time.Duration
	retries int64
}

func readPgbenchLogs(dir string) ([]endedTransaction, error) {
	logs, err := filepath.Glob(filepath.Join(dir, "log.*"))
	if err != nil {
		return nil, err
	}
	var all []endedTransaction
	for _, path := range logs {
		content, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(content)) {
			t, err := parseTransaction(line)
			if err != nil {
				return nil, fmt.Errorf("read pgbench's log: %w", err)
			}
			all = append(all, t)
		}
	}
	return all, nil
}

func parseTransaction(line string) (t endedTransaction, err error) {
	fields := strings.Fields(line)
	if len(fields) <= logEpochMicros || fields[logMicros] == "failed" { // a deadlock or a serialization failure
		return t, fmt.Errorf("a transaction did not succeed: %q", line)
	}
	var numbers [logRetries + 1]int64
	for i, text := range fields[:min(len(fields), len(numbers))] {
		if numbers[i], err = strconv.ParseInt(text, 10, 64); err != nil {
			return t, err
		}
	}
	return endedTransaction{
		at:      time.Unix(numbers[logEpoch], numbers[logEpochMicros]*int64(time.Microsecond)),
		took:    time.Duration(numbers[logMicros]) * time.Microsecond,
		retries: numbers[logRetries],
	}, nil
}

// summary leaves out what ended in the first moments of a run, while 64 new connections still load their catalogs and
// plan their statements: the server that it is compared with has long done that.
func summary(all []endedTransaction, clients int, warm time.Duration) pgbenchResult {
	if len(all) == 0 {
		return pgbenchResult{}
	}
	byTime := func(a, b endedTransaction) int { return a.at.Compare(b.at) }
	begin, end := slices.MinFunc(all, byTime).at.Add(warm), slices.MaxFunc(all, byTime).at
	times, result := newLatencies(), pgbenchResult{}
	for _, t := range all {
		if !t.at.Before(begin) {
			times.add(t.took, "done")
			result.retries += t.retries
		}
	}
	result.Load = times.load(clients)
	if lasted := end.Sub(begin).Seconds(); lasted > 0 {
		result.PerSecond = float64(result.wanted("done")) / lasted
	}
	result.all = int64(len(all))
	return result
}
