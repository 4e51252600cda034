package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	mixedBuyers   = 32
	mixedReaders  = 8 // of pages, and as many of the API
	mixedWatchers = 100
	queueRows     = 100 // that the page of the queue shows
	calmPart      = 0.5 // of the rate that buyers reach alone: load that leaves room for a report
	expiryPoll    = 20 * time.Millisecond
	expiryTimeout = 2 * time.Minute

	readersAloneLast = 3 * time.Second // they are measured alone at more length elsewhere
)

// mixedPages are what people read while others buy.
var mixedPages = []string{historyPage, detailPage, queuePage, orderEndpoint}

// MixedRow is one of several loads that run at once.
type MixedRow struct {
	Beside string `json:"beside"` // what else runs
	What   string `json:"what"`
	Load
}

// Expiry is how unpaid orders that expire all at once give their stock back, while others buy.
type Expiry struct {
	Orders  int64   `json:"orders"`
	Seconds float64 `json:"seconds"` // from the first to the last; the job that does it wakes up every few seconds
}

// What runs beside the buyers, by the names in the report.
const (
	nobody      = "nothing"
	everybody   = "readers and watchers"
	calm        = "nothing, at half that rate"
	besideTable = "a report over all tables"
	besideEnds  = "unpaid orders expiring"
)

// mixed measures checkouts alone, then among customers who read and merchants who watch, then at a calm rate with and
// without work that reads or changes whole tables.
func (b *bench) mixed(ctx context.Context) error {
	if err := b.signIn(ctx); err != nil {
		return err
	}
	if err := b.postgres.level(ctx); err != nil {
		return err
	}
	b.say("checkouts alone, %d buyers", mixedBuyers)
	alone, err := b.target().closedLoop(ctx, mixedBuyers, b.lasting(), b.orderMaker(uniform))
	if err != nil {
		return err
	}
	b.addMixed(nobody, "checkouts", alone)
	if err := b.readersAlone(ctx); err != nil {
		return err
	}
	if err := b.crowded(ctx); err != nil {
		return err
	}
	rate := calmPart * alone.PerSecond
	for _, beside := range []struct {
		name string
		run  func(context.Context) error
	}{
		{calm, func(context.Context) error { return nil }},
		{besideTable, b.readAllTables},
		{besideEnds, b.expire},
	} {
		b.say("checkouts at %.0f orders/s beside %s", rate, beside.name)
		load, err := b.besideCheckouts(ctx, rate, beside.run)
		if err != nil {
			return fmt.Errorf("%s: %w", beside.name, err)
		}
		b.addMixed(beside.name, "checkouts", load)
	}
	return nil
}

func (b *bench) addMixed(beside, what string, load Load) {
	b.report.Mixed = append(b.report.Mixed, MixedRow{Beside: beside, What: what, Load: load})
}

// readersAlone measures the pages that people look at while others buy, before anybody does.
func (b *bench) readersAlone(ctx context.Context) error {
	if err := b.fillQueue(ctx, min(b.Queue, queueRows)); err != nil {
		return err
	}
	for _, name := range mixedPages {
		b.say("%s alone, %d readers", name, mixedReaders)
		load, err := b.target().closedLoop(ctx, mixedReaders, min(b.lasting(), readersAloneLast), b.pageMaker(b.pageNamed(name)))
		if err != nil {
			return err
		}
		b.addMixed(nobody, name, load)
	}
	return nil
}

// crowded runs checkouts, page readers and API readers at once, with merchants watching.
func (b *bench) crowded(ctx context.Context) error {
	b.say("checkouts among %d readers of pages, %d of the API and %d watchers of the queue", mixedReaders, mixedReaders, mixedWatchers)
	var missing notMeasured
	watchers, err := b.watch(ctx, min(mixedWatchers, b.Watchers))
	if err != nil && !errors.As(err, &missing) {
		return err
	}
	if watchers != nil {
		defer watchers.close()
		go watchers.ignore(ctx)
	} else {
		b.note("Nobody watched the queue in the mixed load: %s.", string(missing))
	}
	group, ctx := errgroup.WithContext(ctx)
	names := append([]string{"checkouts"}, mixedPages...)
	loads := make([]Load, len(names))
	for i, name := range names {
		clients, maker := mixedBuyers, b.orderMaker(uniform)
		if i > 0 {
			clients, maker = mixedReaders, b.pageMaker(b.pageNamed(name))
		}
		group.Go(func() (err error) {
			loads[i], err = b.target().closedLoop(ctx, clients, b.lasting(), maker)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for i, name := range names {
		b.addMixed(everybody, name, loads[i])
	}
	return nil
}

func (b *bench) pageNamed(name string) page {
	for _, p := range b.listPages() {
		if p.name == name {
			return p
		}
	}
	return page{}
}

// ignore keeps the watchers' events from piling up.
func (c *crowd) ignore(ctx context.Context) {
	for {
		select {
		case <-c.events:
		case <-c.gone:
			return
		case <-ctx.Done():
			return
		}
	}
}

// besideCheckouts places orders at a fixed rate while beside runs, and waits for both.
func (b *bench) besideCheckouts(ctx context.Context, rate float64, beside func(context.Context) error) (Load, error) {
	if err := b.postgres.level(ctx); err != nil {
		return Load{}, err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return beside(ctx) })
	var load Load
	group.Go(func() (err error) {
		load, err = b.target().openLoop(ctx, rate, mixedBuyers, b.lasting(), b.orderMaker(uniform))
		return err
	})
	return load, group.Wait()
}

// readAllTables checks every invariant, as an operator would, again and again for as long as orders come.
func (b *bench) readAllTables(ctx context.Context) error {
	until := time.Now().Add(b.lasting())
	for time.Now().Before(until) {
		if _, err := b.program.run(ctx, "verify"); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// expire makes unpaid orders due and waits until the server has cancelled them all and released their stock.
func (b *bench) expire(ctx context.Context) error {
	tag, err := b.postgres.pool.Exec(ctx, `UPDATE orders SET expires_at = now() WHERE id IN
		(SELECT id FROM orders WHERE status = 'pending' AND expires_at > now() ORDER BY id LIMIT $1)`, b.Queue)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, expiryTimeout)
	defer cancel()
	var began time.Time
	for {
		var left int64
		if err := b.postgres.pool.QueryRow(ctx, "SELECT count(*) FROM orders WHERE status = 'pending' AND expires_at <= now()").Scan(&left); err != nil {
			return err
		}
		if began.IsZero() && left < tag.RowsAffected() {
			began = time.Now()
		}
		if left == 0 {
			b.report.Expiry = &Expiry{Orders: tag.RowsAffected(), Seconds: time.Since(began).Seconds()}
			return nil
		}
		if !waitUntil(ctx, time.Now().Add(expiryPoll)) {
			return fmt.Errorf("%d expired orders are left: %w", left, ctx.Err())
		}
	}
}
