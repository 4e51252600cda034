package bench

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	calmPart      = 0.5 // of the rate that buyers reach alone: load that leaves room for a report
	besideRounds  = 2   // of each work, in turn with none: a machine that others use changes slower than that
	expiryPoll    = 20 * time.Millisecond
	expiryTimeout = 2 * time.Minute
)

// What runs beside checkouts at a calm rate, by the names in the report.
const (
	calm        = "nothing, at half that rate"
	besideTable = "a report over all tables"
	besideEnds  = "unpaid orders expiring"
)

// Expiry is how unpaid orders that expire all at once give their stock back, while others buy.
type Expiry struct {
	Orders  int64   `json:"orders"`
	Seconds float64 `json:"seconds"` // from the first to the last; the job that does it wakes up every few seconds
}

// beside measures checkouts at a calm rate with and without work that reads or changes whole tables, in turn.
func (b *bench) beside(ctx context.Context) error {
	if err := b.postgres.level(ctx); err != nil {
		return err
	}
	b.say("checkouts alone, %d buyers", mixedBuyers)
	alone, err := b.target().closedLoop(ctx, mixedBuyers, b.lasting(), b.orderMaker(uniform))
	if err != nil {
		return err
	}
	rate := calmPart * alone.PerSecond
	works := []struct {
		name string
		run  func(context.Context) error
	}{
		{calm, func(context.Context) error { return nil }},
		{besideTable, b.readAllTables},
		{calm, func(context.Context) error { return nil }},
		{besideEnds, b.expire},
	}
	for range besideRounds {
		for _, work := range works {
			b.say("checkouts at %.0f orders/s beside %s", rate, work.name)
			load, err := b.besideCheckouts(ctx, rate, work.run)
			if err != nil {
				return fmt.Errorf("%s: %w", work.name, err)
			}
			b.report.Beside = append(b.report.Beside, MixedRow{Beside: work.name, What: "checkouts", Load: load})
		}
	}
	return nil
}

// besideCheckouts places orders at a fixed rate while work runs, and waits for both.
func (b *bench) besideCheckouts(ctx context.Context, rate float64, work func(context.Context) error) (Load, error) {
	if err := b.postgres.level(ctx); err != nil {
		return Load{}, err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return work(ctx) })
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
			b.slowestExpiry(Expiry{Orders: tag.RowsAffected(), Seconds: time.Since(began).Seconds()})
			return nil
		}
		if !waitUntil(ctx, time.Now().Add(expiryPoll)) {
			return fmt.Errorf("%d expired orders are left: %w", left, ctx.Err())
		}
	}
}

// slowestExpiry keeps the slowest of the rounds.
func (b *bench) slowestExpiry(e Expiry) {
	if b.report.Expiry == nil || e.Seconds > b.report.Expiry.Seconds {
		b.report.Expiry = &e
	}
}

// besideP99 is the p99 of checkouts beside a work, on average over its rounds; 0 when it was not measured.
func besideP99(rows []MixedRow, work string) float64 {
	var sum, n float64
	for _, row := range rows {
		if row.Beside == work {
			sum, n = sum+row.P99, n+1
		}
	}
	return sum / max(n, 1)
}
