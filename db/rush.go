package db

import (
	"context"
	"errors"
	"time"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// When many people buy, other work makes room for them.
const (
	rushWindow = 10 * time.Second
	rushOrders = 100 // in that time
)

// InRush tells whether many people buy at the moment.
func (s *Store) InRush(ctx context.Context) (bool, error) {
	var rush bool
	err := s.readByKey(ctx, func(ctx context.Context, tx sqlc.DBTX) (err error) {
		rush, err = s.inRush(ctx, tx)
		return err
	})
	return rush, err
}

func (s *Store) inRush(ctx context.Context, tx sqlc.DBTX) (bool, error) {
	now := s.Now()
	first, errFirst := shop.NewOrderID(now.Add(-rushWindow), 0)
	last, errLast := shop.NewOrderID(now.Add(rushWindow), 0) // by other clocks
	if err := errors.Join(errFirst, errLast); err != nil {
		return false, err
	}
	return s.q.OrdersAtLeast(ctx, tx, sqlc.OrdersAtLeastParams{IDFirst: int64(first), IDLast: int64(last), Enough: rushOrders})
}
