package db

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	maxTxAttempts   = 4                     // one try and three retries of a serialization failure or deadlock
	rollbackTimeout = 5 * time.Second       // a rollback must not hang on a dead connection, nor die with the caller
	retryPause      = 10 * time.Millisecond // doubled per attempt, with full jitter
)

// inTx runs fn in one transaction and commits it. A deadlock or serialization failure is tried again a bounded number
// of times; every other error rolls back and is returned, translated. fn must not use the pool: a second connection
// inside a transaction starves under load.
func (s *Store) inTx(ctx context.Context, fn func(tx pgx.Tx) error) error {
	return s.inTxWith(ctx, plainly, fn)
}

// beginning is how a transaction begins.
type beginning func(ctx context.Context, pool *pgxpool.Pool) (pgx.Tx, error)

func with(options pgx.TxOptions) beginning {
	return func(ctx context.Context, pool *pgxpool.Pool) (pgx.Tx, error) { return pool.BeginTx(ctx, options) }
}

var plainly = with(pgx.TxOptions{})

// snapshot begins a transaction that only reads, and all of it as of one moment: a payment or a sale that is committed between
// two statements would make what they read contradict each other.
var snapshot = with(pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})

// snapshotByKey is snapshot for statements that all find their rows by id, whatever the id is, and so want the same plan
// each time. PostgreSQL would plan them anew for each id: a plan that prunes the months while it is made looks cheaper to
// it than one that prunes them when it runs, though making it takes five times as long as running it.
var snapshotByKey = joined("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", planByKey)

// byIndex begins the hottest transactions, whose plans, those of the foreign keys included, are kept for as long as
// nobody analyzes the tables. At the beginning of a month a table is one page, and a plan that reads all of it looks best;
// kept while a rush fills the table, it would read thousands of pages for each row.
var byIndex = joined("BEGIN", planByKey, "SET LOCAL enable_seqscan = off")

const planByKey = "SET LOCAL plan_cache_mode = force_generic_plan"

func (s *Store) inTxWith(ctx context.Context, begin beginning, fn func(tx pgx.Tx) error) error {
	var err error
	for attempt := range maxTxAttempts {
		if attempt > 0 && !pause(ctx, retryPause<<attempt) {
			break
		}
		if err = s.try(ctx, begin, fn); !isRetryable(err) {
			break
		}
	}
	return translate(err)
}

// inTxValue is inTx for a phase that answers with a value.
func inTxValue[T any](ctx context.Context, s *Store, fn func(tx pgx.Tx) (T, error)) (T, error) {
	return inTxWithValue(ctx, s, plainly, fn)
}

func inTxWithValue[T any](ctx context.Context, s *Store, begin beginning, fn func(tx pgx.Tx) (T, error)) (T, error) {
	var value T
	err := s.inTxWith(ctx, begin, func(tx pgx.Tx) (err error) {
		value, err = fn(tx)
		return err
	})
	if err != nil {
		var zero T
		return zero, err
	}
	return value, nil
}

func (s *Store) try(ctx context.Context, begin beginning, fn func(tx pgx.Tx) error) error {
	tx, err := begin(ctx, s.pool)
	if err != nil {
		return err
	}
	defer func() {
		// After a commit this does nothing. It has a context of its own: the caller's may be the reason to roll back.
		rollback, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTimeout)
		defer cancel()
		_ = tx.Rollback(rollback)
	}()
	told := &feedTx{Tx: tx}
	if err := fn(told); err != nil {
		return err
	}
	if err := tx.Commit(ctx); err != nil {
		return err
	}
	if told.wrote {
		s.Nudge()
	}
	return nil
}

// isRetryable tells failures after which the same transaction may succeed and is known not to have committed.
func isRetryable(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}

// pause waits up to d and tells whether the context still lives.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(rand.N(d))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
