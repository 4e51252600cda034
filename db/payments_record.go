package db

import (
	"context"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// RecordCharge books what a provider answered about a charge: all its parts take the outcome together, orders that are
// paid in full by it are confirmed, and the money of orders that have ended meanwhile is sent back by the operations
// that it returns. Recording again changes nothing. An answer that does not fit what was asked books nothing and is
// listed for finance.
func (s *Store) RecordCharge(ctx context.Context, r shop.ChargeRecord) (shop.ChargeRecorded, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (recorded shop.ChargeRecorded, err error) {
		b := s.booking(tx, r.Actor, r.RequestID)
		orders, err := b.lockOrders(ctx, orderIDs(r.Ref)...)
		if err != nil {
			return recorded, err
		}
		before, err := s.attempt(ctx, tx, r.Ref)
		if err != nil {
			return recorded, err
		}
		if recorded.FollowUps, err = b.bookCharge(ctx, before, r, orders); err != nil {
			return recorded, err
		}
		recorded.Attempt, err = s.attempt(ctx, tx, r.Ref)
		return recorded, err
	})
}

func (b *booking) bookCharge(ctx context.Context, a shop.PaymentAttempt, r shop.ChargeRecord, orders []lockedOrder) ([]shop.Operation, error) {
	outcome, problem := r.Outcome.Judge(a.Amount())
	switch {
	case !a.Status().InFlight():
		return nil, b.noteSurprise(ctx, a, outcome)
	case problem != "":
		if err := b.noteMisfit(ctx, a, outcome, problem); err != nil {
			return nil, err
		}
	case outcome.State == shop.OutcomeNeverHeard:
		if !a.SentAt.Equal(r.SentAt) || b.now.Sub(a.SentAt) < shop.AbandonAfter {
			return nil, nil // it may be on its way
		}
		outcome = shop.Outcome{State: shop.OutcomeDeclined, Reason: "it did not reach the payment provider and nothing was charged"}
	}
	if outcome.State == shop.OutcomeUnknown {
		return nil, b.chargeUnknown(ctx, a, orders)
	}
	return b.settleCharge(ctx, a, outcome, orders)
}

// noteSurprise lists money that moved for an attempt that was given up. Everything else about a settled attempt is old news.
func (b *booking) noteSurprise(ctx context.Context, a shop.PaymentAttempt, outcome shop.Outcome) error {
	if a.Status() != shop.PaymentFailed || outcome.State != shop.OutcomeSucceeded {
		return nil
	}
	return b.note(ctx, finding{
		kind: shop.ExceptionChargeAfterFailure, payment: a.Parts[0].Payment, providerRef: outcome.Ref, actualMinor: outcome.Amount.Minor,
		reason: "The provider charged an attempt that had been recorded as failed.",
	})
}

func (b *booking) noteMisfit(ctx context.Context, a shop.PaymentAttempt, outcome shop.Outcome, problem string) error {
	return b.note(ctx, finding{
		kind: shop.ExceptionAnswerMisfit, payment: a.Parts[0].Payment, providerRef: outcome.Ref, expectedMinor: a.AmountMinor(), actualMinor: outcome.Amount.Minor,
		reason: problem, raw: outcome.Raw,
	})
}

// chargeUnknown leaves the attempt to be asked about. The timeline is told once.
func (b *booking) chargeUnknown(ctx context.Context, a shop.PaymentAttempt, orders []lockedOrder) error {
	askAt := b.now.Add(askSoon)
	changed, err := b.q.PaymentsUnknown(ctx, b.tx, sqlc.PaymentsUnknownParams{OrderIds: orderIDs(a.AttemptRef), ChargeKey: a.ChargeKey, Now: b.now, AskAt: askAt})
	if err != nil || changed == 0 {
		return err
	}
	for _, order := range orders {
		part := partOf(a, order.id())
		err := b.moneyEvent(ctx, order.id(), money{kind: shop.EventPayment, amount: amountOf(part.Payment), outcome: string(shop.PaymentUnknown)})
		if err != nil {
			return err
		}
	}
	return nil
}

// settleCharge books a certain outcome.
func (b *booking) settleCharge(ctx context.Context, a shop.PaymentAttempt, outcome shop.Outcome, orders []lockedOrder) ([]shop.Operation, error) {
	status := chargeStatus(outcome)
	at := b.occurred(outcome.At, orders[0].PlacedAt)
	failure := ""
	if status == shop.PaymentFailed {
		failure = outcome.Reason
	}
	_, err := b.q.PaymentsSettle(ctx, b.tx, sqlc.PaymentsSettleParams{
		OrderIds: orderIDs(a.AttemptRef), ChargeKey: a.ChargeKey, Status: string(status), ProviderRef: outcome.Ref, Method: outcome.Method,
		CardLast4: outcome.CardLast4, Failure: failure, Now: b.now, OccurredAt: at,
	})
	if err != nil {
		return nil, err
	}
	var followUps []shop.Operation
	for i := range orders {
		order := &orders[i]
		event := money{kind: shop.EventPayment, amount: amountOf(partOf(a, order.id()).Payment), outcome: string(status), reason: failure, occurredAt: at}
		if order.ended() && status != shop.PaymentFailed {
			event.reason = "it came after the order had been cancelled and is sent back"
		}
		if err := b.moneyEvent(ctx, order.id(), event); err != nil {
			return nil, err
		}
		more, err := b.afterMoney(ctx, order)
		if err != nil {
			return nil, err
		}
		followUps = append(followUps, more...)
	}
	return followUps, nil
}

func chargeStatus(outcome shop.Outcome) shop.PaymentStatus {
	switch {
	case outcome.State == shop.OutcomeDeclined:
		return shop.PaymentFailed
	case outcome.Captured:
		return shop.PaymentCaptured
	default:
		return shop.PaymentAuthorized
	}
}

// partOf is the part of a charge that pays an order.
func partOf(a shop.PaymentAttempt, id shop.OrderID) shop.PaymentPart {
	for _, part := range a.Parts {
		if part.OrderID == id {
			return part
		}
	}
	return shop.PaymentPart{}
}

func amountOf(p shop.Payment) shop.Amount {
	return shop.Amount{Minor: p.AmountMinor, Currency: p.Currency}
}

// afterMoney does what follows for an order from a change of its payments: an order that is paid is confirmed, one whose
// total is authorized keeps its stock, and the money of one that has ended is sent back.
func (b *booking) afterMoney(ctx context.Context, order *lockedOrder) ([]shop.Operation, error) {
	fresh, err := b.lockOrders(ctx, order.ID)
	if err != nil {
		return nil, err
	}
	*order = fresh[0]
	payable := order.payable()
	switch {
	case order.ended():
		return b.unwind(ctx, order, "the order was cancelled before the payment came", b.now.Add(shop.AttemptLease))
	case order.status() != shop.StatusPending:
		return nil, nil
	case payable.Covered():
		return b.withGoods(ctx, order, b.confirm)
	case payable.HeldMinor() > 0 && payable.PaidMinor()+payable.HeldMinor() >= order.TotalMinor:
		return b.withGoods(ctx, order, func(ctx context.Context, order *lockedOrder) error {
			return b.q.OrderHoldExtend(ctx, b.tx, sqlc.OrderHoldExtendParams{ID: order.ID, ExpiresAt: b.now.Add(shop.AuthorizationHold)})
		})
	}
	return nil, nil
}

// confirm makes a paid order one that is to be picked.
func (b *booking) confirm(ctx context.Context, order *lockedOrder) error {
	if err := b.move(ctx, order, shop.StatusConfirmed, ""); err != nil {
		return err
	}
	return b.openFulfillments(ctx, b.tx, order.id(), b.now)
}
