package db

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

const (
	// shippedToday is longer than the day of a merchant in any time zone, and than the pages that still show it.
	shippedToday   = 3 * 24 * time.Hour
	boundLockWait  = "200ms" // buyers wait behind this lock
	maxQueueBounds = 1000
)

// OldQueueBounds returns merchants, at most 1000, whose queue was last known to reach back to before this month.
func (s *Store) OldQueueBounds(ctx context.Context) ([]int64, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) ([]int64, error) {
		return s.q.QueueBoundsOld(ctx, tx, sqlc.QueueBoundsOldParams{Now: s.Now(), RowLimit: maxQueueBounds})
	})
}

// RaiseQueueBound lets the queue of a merchant begin with the month of the oldest order that is in it, and tells whether
// that is later than was known. It gives up (CodeUnavailable) when the merchant is busy: there is no hurry.
func (s *Store) RaiseQueueBound(ctx context.Context, merchantID int64) (raised bool, err error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (bool, error) {
		if _, err := tx.Exec(ctx, "SELECT set_config('lock_timeout', $1, true)", boundLockWait); err != nil {
			return false, err
		}
		bound, err := s.q.QueueBoundLock(ctx, tx, merchantID)
		if err != nil {
			return false, err
		}
		now := s.Now()
		oldest, err := s.q.QueueBoundNeeded(ctx, tx, sqlc.QueueBoundNeededParams{
			MerchantID: merchantID, OrderIDFrom: bound, ShippedSince: now.Add(-shippedToday), Now: now,
		})
		if err != nil {
			return false, err
		}
		from, _ := shop.IDRangeOfMonth(shop.OrderID(oldest).Time())
		rows, err := s.q.QueueBoundRaise(ctx, tx, sqlc.QueueBoundRaiseParams{MerchantID: merchantID, Bound: int64(from)})
		return rows > 0, err
	})
}
