package db

import (
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// How orders end that nobody pays: their units go back on sale, and then they are cancelled. Both are for so many at a time,
// of a list that was read before, and decide anew what each order may have become since. So they may stop anywhere and begin
// again, and several instances may do them at once: an order that somebody else works on is left to the next list.

// expiredReason stands in the timeline of orders that nobody paid.
const expiredReason = "not paid in time"

// lapsedReason stands in the timeline of orders whose payment the provider has not answered for too long.
const lapsedReason = "the payment has no answer yet; if it comes and the items are still there, they are held again"

// ExpiredOrders names at most limit orders whose time to pay has run out, the oldest first. Those with a payment in flight
// wait for its answer, and are named when they have waited for shop.MaxHold.
func (s *Store) ExpiredOrders(ctx context.Context, limit int) (due []shop.OrderID, err error) {
	return inTxWithValue(ctx, s, byIndex, func(tx pgx.Tx) ([]shop.OrderID, error) {
		now := s.Now()
		var ids []int64
		err := inOneTrip(ctx, tx, func(ctx context.Context, tx sqlc.DBTX) (err error) {
			ids, err = s.q.OrdersExpired(ctx, tx, sqlc.OrdersExpiredParams{Now: now, LapseBefore: now.Add(-shop.MaxHold), RowLimit: int32(limit)})
			return err
		})
		return convertAll(ids, func(id int64) shop.OrderID { return shop.OrderID(id) }), err
	})
}

// ReleaseExpired puts the units of orders back on sale, of those whose time to pay has run out and that have no payment in
// flight, and leaves the rest to EndExpired. It returns of how many orders.
func (s *Store) ReleaseExpired(ctx context.Context, ids []shop.OrderID) (n int, err error) {
	return s.withExpired(ctx, ids, func(b *booking, due expiredOrders) (int, error) {
		if len(due.ids) == 0 {
			return 0, nil
		}
		how := releasing(expiredReason, b.actor, b.now)
		how.last = true
		return len(due.ids), s.releaseStock(ctx, b.tx, due.ids, how)
	})
}

// EndExpired cancels orders whose time to pay has run out, puts the units back on sale that they still hold, and sends back
// what was paid of them. Of those whose payment has been in flight for shop.MaxHold only the units go back. It returns for
// how many it did either.
func (s *Store) EndExpired(ctx context.Context, ids []shop.OrderID) (n int, err error) {
	return s.withExpired(ctx, ids, func(b *booking, due expiredOrders) (int, error) {
		if err := b.lapse(ctx, due.lapsing); err != nil {
			return 0, err
		}
		return len(due.ids) + len(due.lapsing), b.expire(ctx, due)
	})
}

// expiredOrders are locked orders that are to end, in order of their ids.
type expiredOrders struct {
	ids       []int64
	lapsed    []bool  // for each, whether its hold has ended before
	withMoney []int64 // those of which something was paid
	lapsing   []int64 // others, of which only the hold is to end
}

// withExpired locks those of the orders that nobody else works on, and does something with what is due of them.
func (s *Store) withExpired(ctx context.Context, ids []shop.OrderID, do func(*booking, expiredOrders) (int, error)) (n int, err error) {
	if len(ids) == 0 {
		return 0, nil
	}
	return inTxWithValue(ctx, s, byIndex, func(tx pgx.Tx) (int, error) {
		b := s.booking(tx, shop.Actor{Kind: shop.ActorSystem}, "")
		due, err := b.lockExpired(ctx, convertAll(ids, func(id shop.OrderID) int64 { return int64(id) }))
		if err != nil {
			return 0, err
		}
		return do(b, due)
	})
}

// lockExpired locks orders and tells what is to end of them: of an order with a payment in flight only the hold, and that once,
// when it has lasted for too long.
func (b *booking) lockExpired(ctx context.Context, ids []int64) (due expiredOrders, err error) {
	first, last := slices.Min(ids), slices.Max(ids)
	var locked []sqlc.OrdersLockExpiredRow
	var payments []sqlc.PaymentsOfExpiredRow
	err = inOneTrip(ctx, b.tx,
		func(ctx context.Context, tx sqlc.DBTX) (err error) {
			locked, err = b.q.OrdersLockExpired(ctx, tx, sqlc.OrdersLockExpiredParams{
				Ids: ids, IDFirst: first, IDLast: last, Now: b.now, LapseBefore: b.now.Add(-shop.MaxHold),
			})
			return err
		},
		func(ctx context.Context, tx sqlc.DBTX) (err error) {
			payments, err = b.q.PaymentsOfExpired(ctx, tx, sqlc.PaymentsOfExpiredParams{Ids: ids, IDFirst: first, IDLast: last})
			return err
		})
	inFlight, withMoney := map[int64]bool{}, map[int64]bool{} // few have either
	for _, p := range payments {
		if p.InFlight {
			inFlight[p.OrderID] = true
		}
		if p.HasMoney {
			withMoney[p.OrderID] = true
		}
	}
	for _, o := range locked {
		switch {
		case !o.Due:
		case !inFlight[o.ID]:
			due.ids, due.lapsed = append(due.ids, o.ID), append(due.lapsed, o.HoldLapsed)
			if withMoney[o.ID] {
				due.withMoney = append(due.withMoney, o.ID)
			}
		case !o.HoldLapsed && o.WaitsTooLong:
			due.lapsing = append(due.lapsing, o.ID)
		}
	}
	return due, err
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
	return b.releaseStock(ctx, b.tx, ids, releasing(expiredReason, b.actor, b.now))
}

// expire ends orders that nobody paid in time. What buyers may wait for, the stock and then the codes, comes last, and the
// commit with the stock if nothing comes after it.
func (b *booking) expire(ctx context.Context, due expiredOrders) error {
	ids, withMoney := due.ids, due.withMoney
	if len(ids) == 0 {
		return nil
	}
	if err := b.endUnpaid(ctx, due); err != nil {
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
func (b *booking) endUnpaid(ctx context.Context, due expiredOrders) error {
	feedWritten(b.tx)
	ids := due.ids
	out := &pipeline{}
	ended := b.q.OrdersExpire(ctx, out, sqlc.OrdersExpireParams{
		Ids: ids, HoldLapsed: due.lapsed, IDFirst: ids[0], IDLast: ids[len(ids)-1], Now: b.now, Reason: expiredReason,
	})
	if err := errors.Join(ended, b.cancelPendingPayments(ctx, out, ids...)); err != nil {
		return err
	}
	_, err := out.send(ctx, b.tx)
	return err
}
