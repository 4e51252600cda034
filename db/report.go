package db

import (
	"context"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

// reportTimeout ends a report that reads too much before the person who asked gives up, so that the page can say so.
const reportTimeout = 5 * time.Second

// report runs reads that may touch many rows: in one snapshot, so that their figures agree, and for a bounded time.
func (s *Store) report(ctx context.Context, fn func(tx pgx.Tx) error) error {
	return s.inTxWith(ctx, snapshot, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SET LOCAL statement_timeout = "+strconv.FormatInt(reportTimeout.Milliseconds(), 10)); err != nil {
			return err
		}
		return fn(tx)
	})
}

// reportValue is report for a phase that answers with a value.
func reportValue[T any](ctx context.Context, s *Store, fn func(tx pgx.Tx) (T, error)) (T, error) {
	var value T
	err := s.report(ctx, func(tx pgx.Tx) (err error) {
		value, err = fn(tx)
		return err
	})
	if err != nil {
		var zero T
		return zero, err
	}
	return value, nil
}
