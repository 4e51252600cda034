package bench

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"waybill/db"
)

// Config says what is measured and how.
type Config struct {
	Program  string        // the waybill binary, whose server is measured
	Command  string        // how the run was asked for, for the report
	Seconds  int           // of each load
	Quick    bool          // that everything works is to be shown, and no speed: nothing is repeated or waited for to make a figure good
	WarmUp   time.Duration // whole seconds before a load whose answers do not count
	Clients  []int         // of the loads that place orders, each in turn
	Buyers   int           // of the flash sale, for a tenth as many units
	Queue    int           // parcels in the merchant's queue, and unpaid orders that expire at once
	Watchers int           // of the queue
	Only     []string      // names of Scenarios; empty: those that run unasked
	Pages    []string      // PageNames; empty: all
	Dir      string        // where the data of the run goes for its time; empty: a disk
	JSON     string        // file for the report; empty: none
	Markdown string        // document whose figures are replaced by what is printed; empty: none
	Profile  string        // file for a CPU profile of the server; empty: none
	Out      io.Writer
	Say      func(string) // tells the person who waits
}

// MaxClients is how many connections PostgreSQL has left for pgbench beside the server's own.
const MaxClients = 160

// quickLead is the longest lead in a quick run.
const quickLead = time.Second

// scenario is one thing that can be measured.
type scenario struct {
	name    string
	unasked bool // it is part of a run that names none
	run     func(*bench, context.Context) error
	print   func(Report, io.Writer)
}

var scenarios = []scenario{
	{"orders", true, (*bench).orders, printOrders},
	{"statements", true, (*bench).statements, printStatements},
	{"flash", true, (*bench).flash, printFlash},
	{"pages", true, (*bench).pages, printPages},
	{"fanout", true, (*bench).fanOut, printFanOut},
	{"mixed", true, (*bench).mixed, printMixed},
	{"beside", true, (*bench).beside, printBeside},
	{"hunt", true, (*bench).hunt, printHunt},
	{"alternatives", false, (*bench).alternatives, printAlternatives},
}

// Scenarios names what can be measured, in the order in which it is.
func Scenarios() []string {
	var names []string
	for _, s := range scenarios {
		names = append(names, s.name)
	}
	return names
}

// notMeasured is the reason why a scenario has no figures although nothing is broken.
type notMeasured string

func (n notMeasured) Error() string { return "not measured: " + string(n) }

// bench is a run.
type bench struct {
	Config
	postgres *postgres
	program  program
	server   *server
	pgbench  *pgbench // nil: there is none
	world    world
	key      string // of the API, for everything
	people   *people
	maxFiles uint64
	group    controlGroup
	began    processorTime
	printed  strings.Builder // what Out got
	report   Report
}

// Run measures and prints. Its error says that a measurement failed or that the books are broken afterwards; everything
// it started and wrote, the reports excepted, is gone when it returns.
func Run(ctx context.Context, c Config) (err error) {
	b := &bench{Config: c, report: Report{Date: time.Now().UTC(), Command: c.Command, NotMeasured: map[string]string{}}}
	b.Out = io.MultiWriter(c.Out, &b.printed)
	defer func() {
		if ctx.Err() != nil {
			err = ctx.Err() // what broke then broke because of it
		}
		err = errors.Join(err, b.close(ctx))
	}()
	if err := b.open(ctx); err != nil {
		return err
	}
	for _, s := range scenarios {
		if !b.wants(s) {
			continue
		}
		var reason notMeasured
		if err := s.run(b, ctx); errors.As(err, &reason) {
			b.report.NotMeasured[s.name] = string(reason)
			_, _ = fmt.Fprintf(b.Out, "\n%s: %s\n", s.name, reason)
			continue
		} else if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		s.print(b.report, b.Out)
	}
	return b.conclude(ctx)
}

func (b *bench) wants(s scenario) bool {
	return (len(b.Only) == 0 && s.unasked) || slices.Contains(b.Only, s.name)
}

// open starts PostgreSQL, fills it, and starts the server on it.
func (b *bench) open(ctx context.Context) error {
	b.maxFiles = raiseOpenFiles(uint64(b.Buyers) + spareFiles) // before the server starts: it inherits the limit
	b.began = readProcessorTime()
	b.group = joinGroup() // before the server starts, too: it is in the group of who starts it
	var err error
	if b.postgres, err = startPostgres(ctx, dataParent(b.Dir), b.Say); err != nil {
		return err
	}
	b.say("fill the shop: %d SKUs, %d customers, partitions for %d months", skuCount+1, customerCount, monthsAhead)
	if b.world, err = seed(ctx, b.postgres.pool); err != nil {
		return err
	}
	if err := b.postgres.fillLog(ctx, max(b.WarmUp+b.lasting(), b.lead(besideRounds*expiryEvery))); err != nil {
		return err
	}
	if err := b.describe(ctx); err != nil {
		return err
	}
	switch path, err := findPgbench(b.postgres); {
	case errors.Is(err, errNoPgbench):
		b.note("%v.", err)
	case err != nil:
		return err
	default:
		b.pgbench = &pgbench{program: path, dir: b.postgres.dir, url: b.postgres.server.SocketURL(), world: b.world, skuID: b.world.hotSKU}
	}
	b.program = program{path: b.Program, dir: b.postgres.dir, url: b.postgres.server.SocketURL(), password: rand.Text()}
	if b.key, err = b.program.run(ctx, "api-key", "create", "--role", "admin", "--name", "bench"); err != nil {
		return err
	}
	var profile []string
	if b.Profile != "" {
		profile = []string{"--cpuprofile", b.Profile}
	}
	b.server, err = b.program.serve(ctx, profile...)
	return err
}

// dataParent is where data goes that nobody chose a place for: a disk if there is one, because what is measured on a
// file system in memory says nothing about durable orders.
func dataParent(chosen string) string {
	const varTmp = "/var/tmp" // kept over restarts, so never in memory (FHS 5.15)
	if chosen != "" {
		return chosen
	}
	if info, err := os.Stat(varTmp); err == nil && info.IsDir() {
		return varTmp
	}
	return os.TempDir()
}

func (b *bench) describe(ctx context.Context) (err error) {
	if b.report.Machine, err = describeMachine(ctx, b.postgres.dir); err != nil {
		return err
	}
	b.report.Machine.DividedAmong = b.group.shares
	if b.report.Postgres, err = b.postgres.describe(ctx); err != nil {
		return err
	}
	if m := b.report.Machine; m.Load1 > busyPart*float64(m.Cores) {
		b.note("The machine was busy with other work when the run began (load %.1f on %d cores).", m.Load1, m.Cores)
	}
	printEnvironment(b.report, b.Out)
	return nil
}

// busyPart of the cores in use by others is too much to call the machine idle.
const busyPart = 0.25

// stolenPart of the processors' time is too much to call them the run's own.
const stolenPart = 0.005

// close ends what open began, in the other order.
func (b *bench) close(ctx context.Context) error {
	var err error
	if b.server != nil {
		err = b.server.stop(ctx)
	}
	if b.postgres != nil {
		err = errors.Join(err, b.postgres.stop(ctx))
	}
	b.group.leave()
	return err
}

// conclude checks the books, judges the figures and hands the report over.
func (b *bench) conclude(ctx context.Context) error {
	b.say("check every invariant")
	store, err := db.NewStore(ctx, b.postgres.pool)
	if err != nil {
		return err
	}
	results, err := store.Verify(ctx)
	if err != nil {
		return fmt.Errorf("check the invariants: %w", err)
	}
	b.report.Verified = len(results)
	b.report.Broken = []string{}
	for _, r := range results {
		if !r.OK() {
			b.report.Broken = append(b.report.Broken, fmt.Sprintf("%s (%d): %s", r.Name, r.Broken, strings.Join(r.Examples, "; ")))
		}
	}
	if b.report.Deadlocks, err = b.deadlocks(ctx); err != nil {
		return err
	}
	if part := readProcessorTime().stolenSince(b.began); part > stolenPart {
		b.note("The machine's host gave %.1f %% of its processors' time to others during the run.", 100*part)
	}
	b.report.Targets = judge(b.report)
	printConclusion(b.report, b.Out)
	if b.JSON != "" {
		if err := b.report.write(b.JSON); err != nil {
			return err
		}
	}
	if b.Markdown != "" {
		if err := replaceFigures(b.Markdown, b.printed.String()); err != nil {
			return err
		}
	}
	if n := len(b.report.Broken); n > 0 {
		return fmt.Errorf("%d of %d invariants are broken", n, b.report.Verified)
	}
	return nil
}

func (b *bench) target() target { return target{b.server.address} }

func (b *bench) lasting() time.Duration { return time.Duration(b.Seconds) * time.Second }

// rounds is how often something is measured of which the median counts.
func (b *bench) rounds(wanted int) int {
	if b.Quick {
		return 1
	}
	return wanted
}

// lead is what a load waits for so that it meets the right moment.
func (b *bench) lead(wanted time.Duration) time.Duration {
	if b.Quick {
		return min(wanted, quickLead)
	}
	return wanted
}

// say tells the person who waits.
func (b *bench) say(format string, args ...any) { b.Say(fmt.Sprintf(format, args...)) }

// note keeps something for the report that limits its figures.
func (b *bench) note(format string, args ...any) {
	b.report.Notes = append(b.report.Notes, fmt.Sprintf(format, args...))
}
