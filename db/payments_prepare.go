package db

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// PreparePayment locks the orders, decides by PayCommand.Plan, and records the attempt as sending under the charge key
// that the provider will get. The stock is held while the attempt lasts. Orders that cost nothing are completed here.
func (s *Store) PreparePayment(ctx context.Context, c shop.PayCommand) (shop.PreparedPayment, error) {
	prepared, replay, err := once(ctx, s, c.Key, func(tx pgx.Tx) (shop.PreparedPayment, error) {
		b := s.booking(tx, c.Actor, c.RequestID)
		orders, err := b.lockForPaying(ctx, c)
		if err != nil {
			return shop.PreparedPayment{}, err
		}
		payable := make([]shop.PayableOrder, len(orders))
		for i, o := range orders {
			payable[i] = o.payable()
		}
		plan, err := c.Plan(payable, b.now)
		if err != nil {
			return shop.PreparedPayment{}, err
		}
		if plan.Join != nil {
			return shop.PreparedPayment{Ref: *plan.Join}, nil
		}
		return b.start(ctx, c.Provider, orders, plan)
	})
	prepared.Replayed = replay
	return prepared, err
}

// lockForPaying locks the order, or all orders of the checkout, of a command.
func (b *booking) lockForPaying(ctx context.Context, c shop.PayCommand) ([]lockedOrder, error) {
	if c.CheckoutID == 0 {
		order, err := b.lockVisible(ctx, c.OrderID, c.Scope, "order")
		return []lockedOrder{order}, err
	}
	ids, err := b.q.CheckoutOrderIDs(ctx, b.tx, int64(c.CheckoutID))
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, shop.NotFound("checkout")
	}
	if err != nil {
		return nil, err
	}
	orders, err := b.lockOrders(ctx, ids...)
	if err != nil {
		return nil, err
	}
	for _, o := range orders {
		if !c.Scope.Allows(o.CustomerID, o.MerchantID) {
			return nil, shop.NotFound("checkout")
		}
	}
	return orders, nil
}

// start records what a plan comes to.
func (b *booking) start(ctx context.Context, provider string, orders []lockedOrder, plan shop.PaymentPlan) (shop.PreparedPayment, error) {
	byID := make(map[shop.OrderID]*lockedOrder, len(orders))
	for i := range orders {
		byID[orders[i].id()] = &orders[i]
	}
	free, err := b.complete(ctx, byID, plan.Free)
	if err != nil || len(plan.Parts) == 0 {
		return shop.PreparedPayment{Ref: free}, err
	}
	ref, err := b.send(ctx, byID, plan.Parts, provider)
	if err != nil {
		return shop.PreparedPayment{}, err
	}
	attempt, err := b.attempt(ctx, b.tx, ref)
	return shop.PreparedPayment{Ref: ref, Fresh: attempt}, err
}

// complete settles orders that cost nothing and confirms them.
func (b *booking) complete(ctx context.Context, orders map[shop.OrderID]*lockedOrder, parts []shop.PlannedPart) (shop.AttemptRef, error) {
	ref := shop.AttemptRef{ChargeKey: newKey("free")}
	for _, part := range parts {
		order := orders[part.OrderID]
		_, err := b.q.PaymentComplete(ctx, b.tx, sqlc.PaymentCompleteParams{
			OrderID: order.ID, ID: part.PendingID, Provider: shop.FreeProvider, ChargeKey: ref.ChargeKey, Now: b.now,
		})
		if err != nil {
			return ref, err
		}
		if err := b.confirm(ctx, order); err != nil {
			return ref, err
		}
		ref.OrderIDs = append(ref.OrderIDs, part.OrderID)
	}
	return ref, nil
}

// send records the parts of one charge as sending and holds the stock of their orders meanwhile.
func (b *booking) send(ctx context.Context, orders map[shop.OrderID]*lockedOrder, parts []shop.PlannedPart, provider string) (shop.AttemptRef, error) {
	ref := shop.AttemptRef{ChargeKey: newKey("charge")}
	for _, part := range parts {
		order := orders[part.OrderID]
		if err := b.sendPart(ctx, order, part, provider, ref.ChargeKey); err != nil {
			return ref, err
		}
		until := shop.HoldUntil(order.PlacedAt, orZero(order.ExpiresAt), b.now)
		if err := b.q.OrderHoldExtend(ctx, b.tx, sqlc.OrderHoldExtendParams{ID: order.ID, ExpiresAt: until}); err != nil {
			return ref, err
		}
		ref.OrderIDs = append(ref.OrderIDs, part.OrderID)
	}
	return ref, nil
}

func (b *booking) sendPart(ctx context.Context, order *lockedOrder, part shop.PlannedPart, provider, key string) error {
	askAt := b.now.Add(shop.AttemptLease)
	if part.PendingID == 0 {
		return b.q.PaymentSendAnother(ctx, b.tx, sqlc.PaymentSendAnotherParams{
			OrderID: order.ID, CheckoutID: order.CheckoutID, Provider: provider, Currency: order.Currency, AmountMinor: part.AmountMinor,
			ChargeKey: key, Now: b.now, AskAt: askAt,
		})
	}
	_, err := b.q.PaymentSend(ctx, b.tx, sqlc.PaymentSendParams{
		OrderID: order.ID, ID: part.PendingID, Provider: provider, ChargeKey: key, AmountMinor: part.AmountMinor, Now: b.now, AskAt: askAt,
	})
	return err
}

// ResumeAttempt returns an attempt as it is. When nobody knows its outcome and whoever sent it has had time, it becomes
// the caller's: mine is true and nobody else gets it until the lease ends.
func (s *Store) ResumeAttempt(ctx context.Context, ref shop.AttemptRef) (attempt shop.PaymentAttempt, mine bool, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		b := s.booking(tx, shop.Actor{}, "")
		if _, err := b.lockOrders(ctx, orderIDs(ref)...); err != nil {
			return err
		}
		claimed, err := s.q.PaymentsResume(ctx, tx, sqlc.PaymentsResumeParams{
			OrderIds: orderIDs(ref), ChargeKey: ref.ChargeKey, Now: b.now, AskAt: b.now.Add(shop.AttemptLease),
		})
		if err != nil {
			return err
		}
		mine = claimed > 0
		attempt, err = s.attempt(ctx, tx, ref)
		return err
	})
	return attempt, mine, err
}

// attempt reads a charge and its parts.
func (s *Store) attempt(ctx context.Context, tx pgx.Tx, ref shop.AttemptRef) (shop.PaymentAttempt, error) {
	rows, err := s.q.PaymentAttempt(ctx, tx, sqlc.PaymentAttemptParams{OrderIds: orderIDs(ref), ChargeKey: ref.ChargeKey})
	if err != nil {
		return shop.PaymentAttempt{}, err
	}
	var attempt shop.PaymentAttempt
	for _, row := range rows {
		addPart(&attempt, row)
	}
	return attempt, nil
}

// addPart adds a payment to the charge that it is part of.
func addPart(attempt *shop.PaymentAttempt, row sqlc.PaymentAttemptRow) {
	payment := paymentOf(row.Payment)
	attempt.ChargeKey, attempt.Provider, attempt.Currency = payment.ChargeKey, payment.Provider, payment.Currency
	attempt.SentAt = orZero(row.Payment.SentAt)
	attempt.OrderIDs = append(attempt.OrderIDs, payment.OrderID)
	attempt.Parts = append(attempt.Parts, shop.PaymentPart{Payment: payment, OrderStatus: shop.Status(row.OrderStatus)})
}

func orderIDs(ref shop.AttemptRef) []int64 {
	ids := make([]int64, len(ref.OrderIDs))
	for i, id := range ref.OrderIDs {
		ids[i] = int64(id)
	}
	return ids
}
