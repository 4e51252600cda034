package db

import (
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// maxExpireBatch bounds the orders that one transaction lets expire.
const maxExpireBatch = 500

// expiredReason stands in the timeline of orders that nobody paid.
const expiredReason = "not paid in time"

// lapsedReason stands in the timeline of orders whose payment the provider has not answered for too long.
const lapsedReason = "the payment has no answer yet; if it comes and the items are still there, they are held again"

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

// ExpirePendingOrders ends at most limit orders whose time to pay has run out, puts their units back on sale and sends
// back what was paid of them. Orders with a payment in flight wait for its answer; the units of those that have waited
// for shop.MaxHold go back on sale. It returns for how many it did either. Several instances may call it at once: an
// order that somebody else works on is left to the next call.
func (s *Store) ExpirePendingOrders(ctx context.Context, limit int) (n int, err error) {
	return inTxWithValue(ctx, s, byIndex, func(tx pgx.Tx) (int, error) {
		b := s.booking(tx, shop.Actor{Kind: shop.ActorSystem}, "")
		lapseBefore := b.now.Add(-shop.MaxHold)
		var locked []int64
		err := inOneTrip(ctx, tx, func(ctx context.Context, tx sqlc.DBTX) (err error) {
			locked, err = s.q.OrdersExpired(ctx, tx, sqlc.OrdersExpiredParams{Now: b.now, LapseBefore: lapseBefore, RowLimit: int32(min(max(limit, 1), maxExpireBatch))})
			return err
		})
		if err != nil || len(locked) == 0 {
			return 0, err
		}
		due, err := s.q.OrdersExpiring(ctx, tx, sqlc.OrdersExpiringParams{
			Ids: locked, IDFirst: slices.Min(locked), IDLast: slices.Max(locked), LapseBefore: lapseBefore,
		})
		if err != nil {
			return 0, err
		}
		var ending, withMoney, lapsing []int64
		for _, row := range due {
			switch {
			case !row.InFlight:
				ending = append(ending, row.ID)
				if row.HasMoney {
					withMoney = append(withMoney, row.ID)
				}
			case row.MayLapse:
				lapsing = append(lapsing, row.ID)
			}
		}
		if err := b.lapse(ctx, lapsing); err != nil {
			return 0, err
		}
		return len(ending) + len(lapsing), b.expire(ctx, ending, withMoney)
	})
}

// cancelPendingPayments ends the payments of locked orders that nobody began to make.
func (b *booking) cancelPendingPayments(ctx context.Context, tx sqlc.DBTX, orderIDs ...int64) error {
	return b.q.PaymentsCancelPending(ctx, tx, sqlc.PaymentsCancelPendingParams{
		OrderIds: orderIDs, IDFirst: slices.Min(orderIDs), IDLast: slices.Max(orderIDs), Now: b.now,
	})
}

// lapse puts the units of orders back on sale whose payments are in flight for too long.
func (b *booking) lapse(ctx context.Context, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	feedWritten(b.tx)
	if err := b.q.OrdersLapse(ctx, b.tx, sqlc.OrdersLapseParams{Ids: ids, Now: b.now, Reason: lapsedReason}); err != nil {
		return err
	}
	return b.releaseStock(ctx, b.tx, ids, expiredReason, b.actor, b.now)
}

// expire ends orders, given in order of their ids, that nobody paid in time. What buyers may wait for, the stock and then
// the codes, comes last, and the commit with the stock if nothing comes after it.
func (b *booking) expire(ctx context.Context, ids, withMoney []int64) error {
	if len(ids) == 0 {
		return nil
	}
	if err := b.endUnpaid(ctx, ids); err != nil {
		return err
	}
	var uses sqlc.DiscountsFreedParams
	var promised promisedUnits
	reads := append(promised.readers(b.Store, ids), func(ctx context.Context, tx sqlc.DBTX) (err error) {
		uses, err = b.closeDiscounts(ctx, tx, ids, b.now)
		return err
	})
	if err := inOneTrip(ctx, b.tx, reads...); err != nil {
		return err
	}
	how := releasing(expiredReason, b.actor, b.now)
	how.last = len(uses.DiscountIds)+len(withMoney) == 0
	if err := b.releaseUnits(ctx, b.tx, promised, how); err != nil {
		return err
	}
	if err := b.giveBackUses(ctx, b.tx, uses); err != nil || len(withMoney) == 0 {
		return err
	}
	orders, err := b.lockOrders(ctx, withMoney...)
	for i := range orders {
		if _, err := b.unwind(ctx, &orders[i], "the order was not paid in full in time", b.now); err != nil {
			return err
		}
	}
	return err
}

// endUnpaid writes the events that end orders and cancels their payments.
func (b *booking) endUnpaid(ctx context.Context, ids []int64) error {
	feedWritten(b.tx)
	out := &pipeline{}
	ended := b.q.OrdersExpire(ctx, out, sqlc.OrdersExpireParams{Ids: ids, IDFirst: ids[0], IDLast: ids[len(ids)-1], Now: b.now, Reason: expiredReason})
	if err := errors.Join(ended, b.cancelPendingPayments(ctx, out, ids...)); err != nil {
		return err
	}
	_, err := out.send(ctx, b.tx)
	return err
}

// notFound is CodeNotFound about what when no row was found, and the error itself otherwise.
func notFound(err error, what string) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return shop.NotFound(what)
	}
	return err
}
