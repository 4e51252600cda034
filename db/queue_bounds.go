package db

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
)

const (
	// shippedToday is longer than the day of a merchant in any time zone, and than the pages that still show it.
	shippedToday = 3 * 24 * time.Hour
	// boundsBatch is small, because buyers of the merchants wait for the transaction.
	boundsBatch = 10
)

// RaiseQueueBounds lets the queues of some merchants begin with the month of the oldest order that is in them, and returns
// how many begin later than was known. Merchants for whom orders are being confirmed at this moment are left out.
func (s *Store) RaiseQueueBounds(ctx context.Context) (int, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (int, error) {
		now := s.Now()
		ids, err := s.q.QueueBoundsLock(ctx, tx, sqlc.QueueBoundsLockParams{Now: now, RowLimit: boundsBatch})
		if err != nil || len(ids) == 0 {
			return 0, err
		}
		raised, err := s.q.QueueBoundsRaise(ctx, tx, sqlc.QueueBoundsRaiseParams{Ids: ids, Now: now, ShippedSince: now.Add(-shippedToday)})
		return int(raised), err
	})
}
