// Package db is PostgreSQL. Every exported Store method is one transaction (an "atomic phase"): a command goes in, a
// domain value comes out, and either all of its rows exist or none. Generated queries stay behind the package.
package db

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"waybill/db/internal/sqlc"
)

// Store runs atomic phases on one database. It is safe for concurrent use.
type Store struct {
	pool     *pgxpool.Pool
	q        *sqlc.Queries
	clock    func() time.Time
	nudging  atomic.Bool // a nudge is on its way
	sequence sequenceStock
}

// Option changes how a Store works.
type Option func(*Store)

// WithClock makes a Store take the time from clock instead of the database server's.
func WithClock(clock func() time.Time) Option { return func(s *Store) { s.clock = clock } }

// NewStore returns a Store on the pool. Time is the database server's (RELIABILITY: a host whose clock is off must not
// decide when a hold expires): the difference to the local clock is measured once here.
func NewStore(ctx context.Context, pool *pgxpool.Pool, options ...Option) (*Store, error) {
	s := &Store{pool: pool, q: sqlc.New()}
	for _, option := range options {
		option(s)
	}
	if s.clock == nil {
		ahead, err := clockDifference(ctx, pool)
		if err != nil {
			return nil, translate(err)
		}
		s.clock = func() time.Time { return time.Now().Add(ahead) }
	}
	return s, nil
}

// Now is the time that the next transaction will use, in UTC, to the microsecond that PostgreSQL keeps.
func (s *Store) Now() time.Time { return s.clock().UTC().Truncate(time.Microsecond) }

// clockDifference is how far the server's clock is ahead of ours; less than a second counts as none, because the
// round trip cannot be told from it.
func clockDifference(ctx context.Context, pool *pgxpool.Pool) (time.Duration, error) {
	var server time.Time
	if err := pool.QueryRow(ctx, "SELECT clock_timestamp()").Scan(&server); err != nil {
		return 0, err
	}
	if ahead := time.Until(server); ahead.Abs() >= time.Second {
		return ahead, nil
	}
	return 0, nil
}
