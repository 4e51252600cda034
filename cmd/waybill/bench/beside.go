package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"
)

const (
	calmPart      = 0.5                   // of the rate that buyers reach alone: load that leaves room for a report
	besideRounds  = 5                     // of each work, in turn with none; what counts is the median of each, because one stall of the disk makes a p99
	besideLasts   = 4 * time.Second       // at most: 10,000 orders take longer to expire, so all of such a load is beside them
	expiryLead    = 10 * time.Second      // in which everything is levelled before the orders are due
	reportLead    = time.Second           // for each round before
	beginPoll     = 50 * time.Millisecond // it counts them all
	endPoll       = 100 * time.Millisecond
	expiryTimeout = 2 * time.Minute
)

// What runs beside checkouts at a calm rate, by the names in the report.
const (
	calm        = "nothing, at half that rate"
	besideTable = "a report over all tables"
	besideEnds  = "unpaid orders expiring"
)

// Expiry is how unpaid orders that expire all at once give their stock back. Times are in seconds, from the first to the last;
// the job that does it wakes up every few seconds.
type Expiry struct {
	Orders int64   `json:"orders"`
	Alone  float64 `json:"aloneSeconds"`  // while nobody buys
	Beside float64 `json:"besideSeconds"` // beside checkouts at the calm rate, the slowest of the rounds
}

// beside measures checkouts at a calm rate with and without work that reads or changes whole tables, in turn.
func (b *bench) beside(ctx context.Context) error {
	if err := b.postgres.level(ctx); err != nil {
		return err
	}
	b.report.Expiry = &Expiry{}
	b.say("checkouts alone, %d buyers", mixedBuyers)
	alone, err := b.target().closedLoop(ctx, mixedBuyers, b.lasting(), b.orderMaker(uniform))
	if err != nil {
		return err
	}
	rate := calmPart * alone.PerSecond
	works := []struct {
		name string
		load func(ctx context.Context, rate float64, round int) (Load, error)
	}{
		{calm, b.besideNothing},
		{besideTable, b.besideReport},
		{calm, b.besideNothing},
		{besideEnds, b.besideExpiry},
	}
	for round := range b.rounds(besideRounds) {
		for _, work := range works {
			b.say("checkouts at %.0f orders/s beside %s", rate, work.name)
			load, err := work.load(ctx, rate, round)
			if err != nil {
				return fmt.Errorf("%s: %w", work.name, err)
			}
			b.report.Beside = append(b.report.Beside, MixedRow{Beside: work.name, What: "checkouts", Load: load})
		}
	}
	return b.expiryAlone(ctx)
}

func (b *bench) besideNothing(ctx context.Context, rate float64, _ int) (Load, error) {
	if err := b.postgres.level(ctx); err != nil {
		return Load{}, err
	}
	return b.checkoutsBeside(ctx, rate, func(_ context.Context, begin *moment) error {
		begin.isNow()
		return nil
	})
}

// besideReport gives the report a lead that grows with the rounds, so that checkouts meet different parts of it.
func (b *bench) besideReport(ctx context.Context, rate float64, round int) (Load, error) {
	if err := b.postgres.level(ctx); err != nil {
		return Load{}, err
	}
	lead := b.lead(time.Duration(round) * reportLead)
	return b.checkoutsBeside(ctx, rate, func(ctx context.Context, begin *moment) error {
		counted := time.AfterFunc(lead, begin.isNow)
		defer counted.Stop()
		return b.readAllTables(ctx, time.Now().Add(lead+b.besideLasting()))
	})
}

// besideExpiry begins when the server has found the first of many orders whose time is up.
func (b *bench) besideExpiry(ctx context.Context, rate float64, _ int) (Load, error) {
	ctx, cancel := context.WithTimeout(ctx, expiryTimeout)
	defer cancel()
	e, err := b.makeDue(ctx)
	if err != nil {
		return Load{}, err
	}
	waitUntil(ctx, e.due.Add(-b.WarmUp))
	load, err := b.checkoutsBeside(ctx, rate, e.watch)
	b.report.Expiry.Orders = e.orders
	b.report.Expiry.Beside = max(b.report.Expiry.Beside, e.took.Seconds())
	return load, err
}

// expiryAlone measures the same while nobody buys.
func (b *bench) expiryAlone(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, expiryTimeout)
	defer cancel()
	b.say("unpaid orders expire while nobody buys")
	e, err := b.makeDue(ctx)
	if err != nil {
		return err
	}
	waitUntil(ctx, e.due)
	err = e.watch(ctx, &moment{})
	b.report.Expiry.Alone = e.took.Seconds()
	return err
}

// checkoutsBeside places orders at a fixed rate for a while from the moment at which work says to begin, and waits for both.
// Work begins when orders have been placed for some time: the connections plan their statements anew after all was levelled.
func (b *bench) checkoutsBeside(ctx context.Context, rate float64, work func(ctx context.Context, begin *moment) error) (Load, error) {
	group, ctx := errgroup.WithContext(ctx)
	begin := &moment{}
	var load Load
	group.Go(func() (err error) {
		load, err = b.target().openLoop(ctx, rate, mixedBuyers, begin, b.besideLasting(), b.orderMaker(uniform))
		return err
	})
	group.Go(func() error {
		waitUntil(ctx, time.Now().Add(b.WarmUp))
		return work(ctx, begin)
	})
	return load, group.Wait()
}

func (b *bench) besideLasting() time.Duration { return min(b.lasting(), besideLasts) }

// readAllTables checks every invariant, as an operator would, again and again until then. The last one is not broken off:
// PostgreSQL would go on with it beside the next load.
func (b *bench) readAllTables(ctx context.Context, until time.Time) error {
	for time.Now().Before(until) {
		if _, err := b.program.run(ctx, "verify"); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// expiry is many unpaid orders that are due at the same moment. The server cancels them and releases their stock.
type expiry struct {
	pool   *pgxpool.Pool
	due    time.Time
	orders int64
	took   time.Duration // from the first to the last
}

// makeDue chooses the moment at which the oldest unpaid orders are due, and levels everything before it.
func (b *bench) makeDue(ctx context.Context) (*expiry, error) {
	e := &expiry{pool: b.postgres.pool, due: time.Now().Add(b.lead(expiryLead)).Truncate(time.Microsecond)}
	tag, err := e.pool.Exec(ctx, `UPDATE orders SET expires_at = $1 WHERE id IN
		(SELECT id FROM orders WHERE status = 'pending' AND expires_at > now() ORDER BY id LIMIT $2)`, e.due, b.Queue)
	if err != nil {
		return nil, err
	}
	if e.orders = tag.RowsAffected(); e.orders == 0 {
		return nil, errors.New("there are no unpaid orders that could expire")
	}
	// What they were before stands in the indexes in which due orders are looked for. No shop moves so many ends at once.
	if _, err = e.pool.Exec(ctx, "VACUUM (INDEX_CLEANUP ON) orders"); err != nil {
		return nil, err
	}
	return e, b.postgres.level(ctx)
}

// watch waits until the server has cancelled the first and then the last of them. It looks seldom and at little, because it is
// beside checkouts, too.
func (e *expiry) watch(ctx context.Context, begin *moment) error {
	if err := e.until(ctx, beginPoll, "SELECT count(*) < $2 FROM orders WHERE status = 'pending' AND expires_at <= $1", e.due, e.orders); err != nil {
		return err
	}
	begin.isNow()
	err := e.until(ctx, endPoll, "SELECT NOT EXISTS (SELECT 1 FROM orders WHERE status = 'pending' AND expires_at <= $1)", e.due)
	e.took = time.Since(*begin.Load())
	return err
}

// until asks again and again until the answer is yes.
func (e *expiry) until(ctx context.Context, every time.Duration, question string, args ...any) error {
	for yes := false; !yes; {
		if !waitUntil(ctx, time.Now().Add(every)) {
			return fmt.Errorf("unpaid orders do not expire: %w", ctx.Err())
		}
		if err := e.pool.QueryRow(ctx, question, args...).Scan(&yes); err != nil {
			return err
		}
	}
	return nil
}

// besideP99 is the p99 of checkouts beside a work, in the median of its rounds; 0 when it was not measured.
func besideP99(rows []MixedRow, work string) float64 {
	var all []float64
	for _, row := range rows {
		if row.Beside == work {
			all = append(all, row.P99)
		}
	}
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return (all[(len(all)-1)/2] + all[len(all)/2]) / 2
}
