package bench

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"
)

const (
	besideFew    = 8                // buyers who keep the machine busy for some two thirds of the time
	calmPart     = 0.5              // of the rate that buyers reach alone: as much load, by a clock
	besideRounds = 5                // of each work, in turn with none, within one load
	besideLasts  = 4 * time.Second  // a round without, and one of reports
	expiryLead   = 10 * time.Second // in which everything is levelled before the first orders are due
	// expiryEvery is when the next ones are: time enough for the job to wake up and to end them, and for some calm. No part of a
	// minute, because autovacuum wakes up once in one and would always be beside the same.
	expiryEvery   = 19 * time.Second
	beginPoll     = 50 * time.Millisecond
	expiryWatched = 50 // of so many orders one is looked at until the first is released
	endPoll       = 100 * time.Millisecond
	expiryTimeout = 2 * time.Minute // for each
)

// What checkouts have beside them, by the names in the report.
const (
	besideTable  = "a report over all tables"
	betweenTable = "nothing, between such reports"
	besideEnds   = "unpaid orders expiring"
	betweenEnds  = "nothing, between those"
)

// Expiry is how unpaid orders that expire all at once give their stock back and end.
type Expiry struct {
	Orders int64  `json:"orders"`
	Alone  Ending `json:"alone"`  // while nobody buys
	Beside Ending `json:"beside"` // beside checkouts, the slowest of all rounds
}

// Ending is how long it takes, in seconds, from when the first order's units are on sale again. The job that does it wakes up
// every few seconds.
type Ending struct {
	Released float64 `json:"releasedSeconds"` // until those of the last are
	Ended    float64 `json:"endedSeconds"`    // until the last order is cancelled
}

func (e *Ending) slowest(one Ending) {
	e.Released, e.Ended = max(e.Released, one.Released), max(e.Ended, one.Ended)
}

// beside measures checkouts with and without work that reads or changes whole tables.
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
	b.report.CalmRate = calmPart * alone.PerSecond
	for _, d := range demands {
		if err := b.besideReports(ctx, d); err != nil {
			return fmt.Errorf("%s: %w", besideTable, err)
		}
	}
	for _, d := range demands {
		if err := b.besideExpiry(ctx, d); err != nil {
			return fmt.Errorf("%s: %w", besideEnds, err)
		}
	}
	return b.expiryAlone(ctx)
}

// demand is how checkouts come.
type demand struct {
	what    string // by its name in the report
	clients int    // connections
	byClock bool   // whether or not answers come
}

// demands are buyers who wait for an answer before they buy again, as everywhere else, few and many; and a rate that does not
// ask how the server is, so that what is late makes those late who come after it.
var demands = []demand{
	{"checkouts", besideFew, false},
	{"checkouts", targetClients, false},
	{"checkouts by a clock", mixedBuyers * openLoopPerSlot, true},
}

func (d demand) title() string {
	if d.byClock {
		return d.what
	}
	return fmt.Sprintf("%s of %d buyers", d.what, d.clients)
}

// come has checkouts come.
func (b *bench) come(ctx context.Context, d demand, into counter) error {
	if d.byClock {
		return b.target().openLoop(ctx, b.report.CalmRate, d.clients, b.orderMaker(uniform), into)
	}
	return b.target().closedLoopInto(ctx, d.clients, b.orderMaker(uniform), into)
}

// turns divides the requests of one load by what was going on when they were due: a work, or none. The two are compared within
// one load and by turns of some seconds, because a machine that others use, too, changes from minute to minute.
type turns struct {
	mu    sync.Mutex
	parts *parts
	spans []span
	over  bool
}

// parts are what one load, or several, came to without a work and during it.
type parts [2]struct {
	times  *latencies
	lasted time.Duration
}

func newParts() *parts {
	p := &parts{}
	for i := range p {
		p[i].times = newLatencies()
	}
	return p
}

// span begins at a moment and lasts until the next one.
type span struct {
	from time.Time
	work int // index of its part
}

// The parts of turns.
const (
	without = iota
	during
)

// now begins the next span.
func (t *turns) now(work int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.leave()
	t.spans = append(t.spans, span{time.Now(), work})
}

// end begins none: there is no more to be measured.
func (t *turns) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.leave()
	t.over = true
}

func (t *turns) leave() {
	if last := len(t.spans) - 1; last >= 0 {
		t.parts[t.spans[last].work].lasted += time.Since(t.spans[last].from)
	}
}

// into is where a request counts that is due then: nowhere before the first span.
func (t *turns) into(due time.Time) (*latencies, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := len(t.spans) - 1; i >= 0; i-- {
		if !due.Before(t.spans[i].from) {
			return t.parts[t.spans[i].work].times, !t.over
		}
	}
	return nil, !t.over
}

// alternate places orders while work says what they are beside. It begins when orders have been placed for some time: the
// connections plan their statements anew after all was levelled.
func (b *bench) alternate(ctx context.Context, d demand, work func(ctx context.Context, t *turns) error) (*parts, error) {
	group, ctx := errgroup.WithContext(ctx)
	t := &turns{parts: newParts()}
	group.Go(func() error { return b.come(ctx, d, t.into) })
	group.Go(func() error {
		defer t.end()
		if !waitUntil(ctx, time.Now().Add(b.WarmUp)) {
			return ctx.Err()
		}
		t.now(without)
		return work(ctx, t)
	})
	return t.parts, group.Wait()
}

// addBeside puts the parts into the report.
func (b *bench) addBeside(names [2]string, d demand, all *parts) {
	for i, p := range all {
		load := p.times.during(p.lasted, d.clients)
		b.report.Beside = append(b.report.Beside, MixedRow{Beside: names[i], What: d.what, Load: load})
	}
}

// besideReports checks every invariant, as an operator would.
func (b *bench) besideReports(ctx context.Context, d demand) error {
	if err := b.postgres.level(ctx); err != nil {
		return err
	}
	b.say("%s beside %s, in turn with nothing", d.title(), besideTable)
	all, err := b.alternate(ctx, d, func(ctx context.Context, t *turns) error {
		for range b.rounds(besideRounds) {
			if !waitUntil(ctx, time.Now().Add(b.besideLasting())) {
				return ctx.Err()
			}
			t.now(during)
			if err := b.program.keepRunning(ctx, b.besideLasting(), "verify"); err != nil {
				return err
			}
			t.now(without)
		}
		return nil
	})
	if err != nil {
		return err
	}
	b.addBeside([2]string{betweenTable, besideTable}, d, all)
	return nil
}

// besideExpiry has many unpaid orders due at once, several times.
func (b *bench) besideExpiry(ctx context.Context, d demand) error {
	due, err := b.makeDue(ctx, b.rounds(besideRounds))
	if err != nil {
		return err
	}
	b.say("%s beside %s, in turn with nothing", d.title(), besideEnds)
	waitUntil(ctx, due[0].due.Add(-b.WarmUp-b.besideLasting()))
	all, err := b.alternate(ctx, d, func(ctx context.Context, t *turns) error {
		for _, e := range due {
			if err := e.watch(ctx, t); err != nil {
				return err
			}
		}
		waitUntil(ctx, time.Now().Add(b.besideLasting()))
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	b.addBeside([2]string{betweenEnds, besideEnds}, d, all)
	for _, e := range due {
		took, err := e.read(ctx)
		if err != nil {
			return err
		}
		b.report.Expiry.Beside.slowest(took)
	}
	return nil
}

// expiryAlone measures the same while nobody buys.
func (b *bench) expiryAlone(ctx context.Context) error {
	b.say("unpaid orders expire while nobody buys")
	all, err := b.makeDue(ctx, 1)
	if err != nil {
		return err
	}
	waitUntil(ctx, all[0].due)
	if err := all[0].watch(ctx, &turns{parts: newParts()}); err != nil {
		return err
	}
	b.report.Expiry.Orders = int64(len(all[0].orders))
	b.report.Expiry.Alone, err = all[0].read(ctx)
	return err
}

func (b *bench) besideLasting() time.Duration { return min(b.lasting(), besideLasts) }

// expiry is many unpaid orders that are due at the same moment. The server releases their stock and cancels them.
type expiry struct {
	pool   *pgxpool.Pool
	due    time.Time
	orders []int64
	took   time.Duration // from the first that was released to the last that was cancelled
}

// makeDue chooses the moments at which the oldest unpaid orders are due, so many at each, and levels everything before the first.
// There are enough of them, or more are placed.
func (b *bench) makeDue(ctx context.Context, moments int) ([]*expiry, error) {
	pool, wanted := b.postgres.pool, int64(moments*b.Queue)
	for unpaid := int64(0); ; {
		if err := pool.QueryRow(ctx, "SELECT count(*) FROM orders WHERE status = 'pending' AND expires_at > now()").Scan(&unpaid); err != nil {
			return nil, err
		}
		if unpaid >= wanted {
			break
		}
		b.say("more orders that nobody pays: %d of %d", unpaid, wanted)
		if _, err := b.target().closedLoop(ctx, mixedBuyers, b.lasting(), b.orderMaker(uniform)); err != nil {
			return nil, err
		}
	}
	first := time.Now().Add(b.lead(expiryLead)).Truncate(time.Microsecond)
	rows, err := pool.Query(ctx, `UPDATE orders o SET expires_at = $1::timestamptz + (due.n - 1) / $2 * $3::interval
		FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM orders WHERE status = 'pending' AND expires_at > now() ORDER BY id LIMIT $4) due
		WHERE o.id = due.id RETURNING o.id`, first, b.Queue, expiryEvery, wanted)
	if err != nil {
		return nil, err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, err
	}
	if int64(len(ids)) != wanted {
		return nil, fmt.Errorf("%d of %d unpaid orders could be made due", len(ids), wanted)
	}
	slices.Sort(ids)
	// What they were before stands in the indexes in which due orders are looked for. No shop moves so many ends at once.
	if _, err := pool.Exec(ctx, "VACUUM (INDEX_CLEANUP ON) orders"); err != nil {
		return nil, err
	}
	all := make([]*expiry, moments)
	for i := range all {
		all[i] = &expiry{pool: pool, due: first.Add(time.Duration(i) * expiryEvery), orders: ids[i*b.Queue : (i+1)*b.Queue]}
	}
	return all, b.postgres.level(ctx)
}

// watch waits until the server has released the first and then until it has cancelled the last of them. It looks seldom and at
// little, because it is beside checkouts, too.
func (e *expiry) watch(ctx context.Context, t *turns) error {
	ctx, cancel := context.WithDeadline(ctx, e.due.Add(expiryTimeout))
	defer cancel()
	var some []int64 // of each batch that the server takes
	for i := 0; i < len(e.orders); i += expiryWatched {
		some = append(some, e.orders[i])
	}
	if err := e.until(ctx, beginPoll, "SELECT EXISTS (SELECT 1 FROM reservations WHERE order_id = ANY ($1) AND closed_at IS NOT NULL)", some); err != nil {
		return err
	}
	began := time.Now()
	t.now(during)
	err := e.until(ctx, endPoll, "SELECT NOT EXISTS (SELECT 1 FROM orders WHERE status = 'pending' AND expires_at = $1)", e.due)
	e.took = time.Since(began)
	t.now(without)
	return err
}

// read tells how long it took. When the units were released stands at their reservations, which is not looked at while anything
// is measured.
func (e *expiry) read(ctx context.Context) (took Ending, err error) {
	took.Ended = e.took.Seconds()
	return took, e.pool.QueryRow(ctx, "SELECT extract(epoch FROM max(closed_at) - min(closed_at))::float8 FROM reservations WHERE order_id = ANY ($1)", e.orders).Scan(&took.Released)
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

// besideRatio is the p99 of checkouts beside a work, in units of that without it; 0 when it was not measured.
func besideRatio(rows []MixedRow, work, nothing string, d demand) float64 {
	var with, alone float64
	for _, row := range rows {
		if row.What != d.what || row.Clients != d.clients {
			continue
		}
		switch row.Beside {
		case work:
			with = row.P99
		case nothing:
			alone = row.P99
		}
	}
	if alone == 0 {
		return 0
	}
	return with / alone
}
