package db

import (
	"context"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// RecordOperation books what a provider answered about a capture, void or refund, once, and returns the operations that
// follow from it. What was declined changes no amount; what a person has to see to is listed for finance.
func (s *Store) RecordOperation(ctx context.Context, r shop.OperationRecord) ([]shop.Operation, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) ([]shop.Operation, error) {
		b := s.booking(tx, r.Actor, r.RequestID)
		orders, err := b.lockOrders(ctx, int64(r.Operation.OrderID))
		if err != nil {
			return nil, err
		}
		if len(orders) == 0 || orders[0].payment(r.Operation.PaymentID) == nil {
			return nil, shop.NotFound("payment")
		}
		return b.bookOperation(ctx, &orders[0], r)
	})
}

func (b *booking) bookOperation(ctx context.Context, order *lockedOrder, r shop.OperationRecord) ([]shop.Operation, error) {
	op, answer := r.Operation, r.Outcome
	if op.Kind == shop.OperationVoid {
		answer.Amount = op.Amount // what was let go of is what was held, whatever amount a provider names
	}
	outcome, problem := answer.Judge(op.Amount)
	if problem != "" {
		if err := b.noteOperation(ctx, order, op, shop.ExceptionAnswerMisfit, problem, outcome); err != nil {
			return nil, err
		}
	}
	switch outcome.State {
	case shop.OutcomeNeverHeard:
		return nil, nil // it is sent again under its key
	case shop.OutcomeUnknown:
		return nil, b.operationUnknown(ctx, op)
	case shop.OutcomeDeclined:
		return b.operationDeclined(ctx, order, op, outcome)
	case shop.OutcomeSucceeded:
		return b.operationSucceeded(ctx, order, op, outcome)
	}
	return nil, nil
}

// operationUnknown leaves the operation to be asked about. The timeline is told of a refund, once.
func (b *booking) operationUnknown(ctx context.Context, op shop.Operation) error {
	askAt := b.now.Add(askSoon)
	if op.Kind != shop.OperationRefund {
		_, err := b.q.OperationUnknown(ctx, b.tx, sqlc.OperationUnknownParams{OrderID: int64(op.OrderID), ID: op.ID, Now: b.now, AskAt: askAt})
		return err
	}
	changed, err := b.q.RefundUnknown(ctx, b.tx, sqlc.RefundUnknownParams{OrderID: int64(op.OrderID), ID: op.ID, Now: b.now, AskAt: askAt})
	if err != nil || changed == 0 {
		return err
	}
	return b.moneyEvent(ctx, op.OrderID, money{kind: shop.EventRefund, amount: op.Amount, outcome: shop.RequestUnknown, reason: op.Reason})
}

// settle gives an open operation its end state; false if it has one already.
func (b *booking) settle(ctx context.Context, op shop.Operation, status string, outcome shop.Outcome) (bool, error) {
	if op.Kind == shop.OperationRefund {
		changed, err := b.q.RefundSettle(ctx, b.tx, sqlc.RefundSettleParams{
			OrderID: int64(op.OrderID), ID: op.ID, Status: status, ProviderRef: outcome.Ref, Failure: outcome.Reason, Now: b.now,
		})
		return changed == 1, err
	}
	changed, err := b.q.OperationSettle(ctx, b.tx, sqlc.OperationSettleParams{
		OrderID: int64(op.OrderID), ID: op.ID, Status: status, ProviderRef: outcome.Ref, Failure: outcome.Reason, Now: b.now,
	})
	return changed == 1, err
}

// operationDeclined records a refusal. A refund or void that is refused leaves money where it should not be, so finance
// is told; the buyer is not told of what the shop has to sort out.
func (b *booking) operationDeclined(ctx context.Context, order *lockedOrder, op shop.Operation, outcome shop.Outcome) ([]shop.Operation, error) {
	settled, err := b.settle(ctx, op, shop.RequestFailed, outcome)
	if err != nil || !settled {
		return nil, err
	}
	event := money{kind: shop.EventPayment, amount: op.Amount, outcome: shop.RequestFailed, reason: outcome.Reason, visibility: shop.VisibilityStaff}
	finding := ""
	switch op.Kind {
	case shop.OperationRefund:
		event.kind, finding = shop.EventRefund, shop.ExceptionRefundDeclined
	case shop.OperationVoid:
		finding = shop.ExceptionVoidDeclined
	case shop.OperationCapture:
	}
	if err := b.moneyEvent(ctx, op.OrderID, event); err != nil {
		return nil, err
	}
	if finding == "" {
		return b.afterMoney(ctx, order)
	}
	return nil, b.noteOperation(ctx, order, op, finding, outcome.Reason, outcome)
}

// noteOperation lists for finance what an operation should have moved and did not.
func (b *booking) noteOperation(ctx context.Context, order *lockedOrder, op shop.Operation, kind, reason string, answer shop.Outcome) error {
	return b.note(ctx, finding{
		kind: kind, payment: order.payment(op.PaymentID).Payment, providerRef: answer.Ref, expectedMinor: op.Amount.Minor,
		actualMinor: answer.Amount.Minor, reason: reason, raw: answer.Raw,
	})
}

func (b *booking) operationSucceeded(ctx context.Context, order *lockedOrder, op shop.Operation, outcome shop.Outcome) ([]shop.Operation, error) {
	settled, err := b.settle(ctx, op, shop.RequestSucceeded, outcome)
	if err != nil || !settled {
		return nil, err
	}
	at := b.occurred(outcome.At, order.PlacedAt)
	event := money{kind: shop.EventPayment, amount: op.Amount, occurredAt: at}
	switch op.Kind {
	case shop.OperationCapture:
		event.outcome = string(shop.PaymentCaptured)
		_, err = b.q.PaymentAddCaptured(ctx, b.tx, sqlc.PaymentAddCapturedParams{
			OrderID: order.ID, ID: op.PaymentID, AmountMinor: op.Amount.Minor, OccurredAt: at, Now: b.now,
		})
	case shop.OperationVoid:
		event.outcome = string(shop.PaymentCancelled)
		_, err = b.q.PaymentLetGo(ctx, b.tx, sqlc.PaymentLetGoParams{OrderID: order.ID, ID: op.PaymentID, Now: b.now})
	case shop.OperationRefund:
		event.kind, event.outcome, event.reason = shop.EventRefund, shop.RequestSucceeded, op.Reason
		_, err = b.q.PaymentAddRefunded(ctx, b.tx, sqlc.PaymentAddRefundedParams{OrderID: order.ID, ID: op.PaymentID, AmountMinor: op.Amount.Minor})
	}
	if err != nil {
		return nil, err
	}
	if err := b.moneyEvent(ctx, op.OrderID, event); err != nil {
		return nil, err
	}
	if op.Kind == shop.OperationRefund {
		if err := b.endIfRefunded(ctx, order); err != nil {
			return nil, err
		}
		return nil, b.closePaidReturn(ctx, op)
	}
	return b.afterMoney(ctx, order)
}

// endIfRefunded makes an order whose captured money all went back a refunded one. Nothing of it shall be packed any
// more: what is still on the shelf goes back on sale.
func (b *booking) endIfRefunded(ctx context.Context, order *lockedOrder) error {
	fresh, err := b.lockOrders(ctx, order.ID)
	if err != nil {
		return err
	}
	*order = fresh[0]
	if !shop.FullyRefunded(order.payments) || !shop.CanTransition(order.status(), shop.StatusRefunded) {
		return nil
	}
	if err := b.move(ctx, order, shop.StatusRefunded, ""); err != nil {
		return err
	}
	return b.callOff(ctx, order, "refunded")
}

// callOff ends the work on an order that is not shipped yet and puts its units back on sale.
func (b *booking) callOff(ctx context.Context, order *lockedOrder, reason string) error {
	if err := b.q.FulfillmentsCallOff(ctx, b.tx, sqlc.FulfillmentsCallOffParams{OrderID: order.ID, Now: b.now}); err != nil {
		return err
	}
	if err := b.takeLabelsBack(ctx, order.id()); err != nil {
		return err
	}
	return b.releaseStock(ctx, b.tx, []int64{order.ID}, releasing(reason, b.actor, b.now))
}
