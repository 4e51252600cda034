package db

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// nudgeEvery is how many commits' worth of time one notification speaks for. NOTIFY takes a lock that is held over
	// its commit, so inside the transactions that change orders it would make all of them commit one after the other.
	nudgeEvery   = 20 * time.Millisecond
	nudgeTimeout = 5 * time.Second
)

// feedTx is a transaction that knows whether it wrote to the feed.
type feedTx struct {
	pgx.Tx
	wrote bool
}

// feedWritten remembers that the transaction adds to the feed, so that its commit is told to all who wait.
func feedWritten(tx pgx.Tx) {
	if t, ok := tx.(*feedTx); ok {
		t.wrote = true
	}
}

// Nudge tells the feeds of all processes that there is something new to read: once for everything that this process
// committed in the last moments. It is a hint; a feed that misses it reads a little later. Phases that write events do
// this by themselves.
func (s *Store) Nudge() {
	if !s.nudging.CompareAndSwap(false, true) {
		return // the one on its way comes after this commit
	}
	time.AfterFunc(nudgeEvery, func() {
		s.nudging.Store(false)
		ctx, cancel := context.WithTimeout(context.Background(), nudgeTimeout)
		defer cancel()
		_ = s.q.FeedNudge(ctx, s.pool)
	})
}
