package db

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
)

// partitionsAhead is how far ahead of now monthly partitions are made.
const partitionsAhead = 3 // months

// EnsurePartitions makes the missing monthly partitions from this month to three months ahead and returns how many it
// made. Instances that do it at once take turns.
func (s *Store) EnsurePartitions(ctx context.Context) (int, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (int, error) {
		now := s.Now()
		month := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
		made, err := s.q.PartitionsEnsure(ctx, tx, sqlc.PartitionsEnsureParams{FromAt: now, UntilAt: month.AddDate(0, partitionsAhead+1, 0)})
		return int(made), err
	})
}

// PruneOrderRevisions deletes a bounded number of revisions older than age, which must be longer than any page is kept, and
// returns how many; call again until zero.
func (s *Store) PruneOrderRevisions(ctx context.Context, age time.Duration) (int64, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (int64, error) {
		return s.q.OrderRevisionsPrune(ctx, tx, sqlc.OrderRevisionsPruneParams{Before: s.Now().Add(-age), RowLimit: pruneBatch})
	})
}

// PruneQueueRevisions is PruneOrderRevisions for the queues of merchants.
func (s *Store) PruneQueueRevisions(ctx context.Context, age time.Duration) (int64, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (int64, error) {
		return s.q.QueueRevisionsPrune(ctx, tx, sqlc.QueueRevisionsPruneParams{Before: s.Now().Add(-age), RowLimit: pruneBatch})
	})
}

// PruneOutbox deletes a bounded number of feed entries older than age and returns how many; call again until zero.
func (s *Store) PruneOutbox(ctx context.Context, age time.Duration) (int64, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (int64, error) {
		return s.q.OutboxPrune(ctx, tx, sqlc.OutboxPruneParams{Before: s.Now().Add(-age), RowLimit: pruneBatch})
	})
}
