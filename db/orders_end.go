package db

import (
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// CancelOrder ends an order that CancelCommand.Allow lets go: its event, its stock, its parcels, its payments that were
// never made. It returns the operations that send its money back.
func (s *Store) CancelOrder(ctx context.Context, c shop.CancelCommand) (ops []shop.Operation, replay bool, err error) {
	return once(ctx, s, c.Key, func(tx pgx.Tx) ([]shop.Operation, error) {
		b := s.booking(tx, c.Actor, c.RequestID)
		order, err := b.lockVisible(ctx, c.OrderID, c.Scope, "order")
		if err != nil {
			return nil, err
		}
		shipped, err := s.q.OrderAnyShipped(ctx, tx, order.ID)
		if err != nil {
			return nil, err
		}
		if err := c.Allow(order.status(), shipped); err != nil {
			return nil, err
		}
		if err := b.move(ctx, &order, shop.StatusCancelled, c.Reason); err != nil {
			return nil, err
		}
		if err := b.cancelPendingPayments(ctx, tx, order.ID); err != nil {
			return nil, err
		}
		if err := b.callOff(ctx, &order, "cancelled"); err != nil {
			return nil, err
		}
		if err := s.releaseDiscounts(ctx, tx, []int64{order.ID}, b.now); err != nil {
			return nil, err
		}
		return b.unwind(ctx, &order, "the order was cancelled", b.now.Add(shop.AttemptLease))
	})
}

// Cancelled returns an order that was cancelled and all refunds of it.
func (s *Store) Cancelled(ctx context.Context, id shop.OrderID) (shop.CancelResult, error) {
	return inTxWithValue(ctx, s, snapshot, func(tx pgx.Tx) (shop.CancelResult, error) {
		result := shop.CancelResult{OrderID: id}
		rows, err := s.q.OrderRefunds(ctx, tx, int64(id))
		if err != nil {
			return result, err
		}
		for _, row := range rows {
			result.Refunds = append(result.Refunds, refundOf(row))
		}
		result.Status, err = s.orderStatus(ctx, tx, id)
		return result, err
	})
}

// cancelPendingPayments ends the payments of locked orders that nobody began to make.
func (b *booking) cancelPendingPayments(ctx context.Context, tx sqlc.DBTX, orderIDs ...int64) error {
	return b.q.PaymentsCancelPending(ctx, tx, sqlc.PaymentsCancelPendingParams{
		OrderIds: orderIDs, IDFirst: slices.Min(orderIDs), IDLast: slices.Max(orderIDs), Now: b.now,
	})
}

// notFound is CodeNotFound about what when no row was found, and the error itself otherwise.
func notFound(err error, what string) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return shop.NotFound(what)
	}
	return err
}
