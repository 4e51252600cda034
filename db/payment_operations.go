package db

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// PrepareCapture decides by CaptureCommand.PlanCapture and records the capture as sending.
func (s *Store) PrepareCapture(ctx context.Context, c shop.CaptureCommand) (op shop.Operation, replay bool, err error) {
	return once(ctx, s, c.Key, func(tx pgx.Tx) (shop.Operation, error) {
		b := s.booking(tx, c.Actor, c.RequestID)
		order, err := b.lockOfPayment(ctx, c.PaymentID, c.Scope)
		if err != nil {
			return shop.Operation{}, err
		}
		payment := order.payment(c.PaymentID)
		amount, err := c.PlanCapture(order.status(), *payment)
		if err != nil {
			return shop.Operation{}, err
		}
		return b.addOperation(ctx, shop.OperationCapture, payment.Payment, amount, b.now.Add(shop.AttemptLease))
	})
}

// PrepareRefund decides by RefundCommand.PlanRefund and records the refunds as sending.
func (s *Store) PrepareRefund(ctx context.Context, c shop.RefundCommand) (ops []shop.Operation, replay bool, err error) {
	return once(ctx, s, c.Key, func(tx pgx.Tx) ([]shop.Operation, error) {
		b := s.booking(tx, c.Actor, c.RequestID)
		order, err := b.lockForRefund(ctx, c)
		if err != nil {
			return nil, err
		}
		payments := order.payments
		if c.PaymentID != 0 {
			payments = []shop.OpenPayment{*order.payment(c.PaymentID)}
		}
		shares, err := c.PlanRefund(payments)
		if err != nil {
			return nil, err
		}
		return b.addRefunds(ctx, &order, shares, refunding{reason: c.Reason, askAt: b.now.Add(shop.AttemptLease)})
	})
}

func (b *booking) lockForRefund(ctx context.Context, c shop.RefundCommand) (lockedOrder, error) {
	if c.PaymentID != 0 {
		return b.lockOfPayment(ctx, c.PaymentID, c.Scope)
	}
	return b.lockVisible(ctx, c.OrderID, c.Scope, "order")
}

// lockOfPayment locks the order of a payment, which is then among its payments.
func (b *booking) lockOfPayment(ctx context.Context, id int64, scope shop.OrderScope) (lockedOrder, error) {
	orderID, err := b.q.PaymentOrderID(ctx, b.tx, id)
	if err != nil {
		return lockedOrder{}, notFound(err, "payment")
	}
	return b.lockVisible(ctx, shop.OrderID(orderID), scope, "payment")
}

// addOperation records a request about a charge as sending. Until askAt it is the business of whoever sends it.
func (b *booking) addOperation(ctx context.Context, kind shop.OperationKind, p shop.Payment, amountMinor int64, askAt time.Time) (shop.Operation, error) {
	op := operationOn(p, kind, amountMinor)
	var err error
	op.ID, err = b.q.OperationAdd(ctx, b.tx, sqlc.OperationAddParams{
		OrderID: int64(p.OrderID), PaymentID: p.ID, Kind: string(kind), Currency: string(p.Currency), AmountMinor: amountMinor,
		OperationKey: op.Key, Now: b.now, AskAt: askAt,
	})
	return op, err
}

// refunding is what the refunds of one decision have in common.
type refunding struct {
	reason       string
	askAt        time.Time
	unitRefundID int64 // 0: a refund of an amount, not of units
}

// addRefunds records refunds of an order's payments as sending.
func (b *booking) addRefunds(ctx context.Context, order *lockedOrder, shares []shop.RefundShare, how refunding) ([]shop.Operation, error) {
	ops := make([]shop.Operation, len(shares))
	for i, share := range shares {
		payment := order.payment(share.PaymentID)
		op := operationOn(payment.Payment, shop.OperationRefund, share.AmountMinor)
		op.Reason = how.reason
		var err error
		op.ID, err = b.q.RefundAdd(ctx, b.tx, sqlc.RefundAddParams{
			OrderID: order.ID, PaymentID: payment.ID, UnitRefundID: how.unitRefundID, Currency: string(payment.Currency), AmountMinor: share.AmountMinor,
			Reason: how.reason, RefundKey: op.Key, Now: b.now, AskAt: how.askAt,
		})
		if err != nil {
			return nil, err
		}
		ops[i] = op
	}
	return ops, nil
}

func operationOn(p shop.Payment, kind shop.OperationKind, amountMinor int64) shop.Operation {
	return shop.Operation{
		Kind: kind, OrderID: p.OrderID, PaymentID: p.ID, Key: newKey(string(kind)), Provider: p.Provider, Charge: p.ProviderRef,
		Amount: shop.Amount{Minor: amountMinor, Currency: p.Currency}, Status: shop.RequestSending,
	}
}

// unwind records what sends an ended order's money back and lets go of what is held.
func (b *booking) unwind(ctx context.Context, order *lockedOrder, reason string, askAt time.Time) ([]shop.Operation, error) {
	plan := shop.PlanUnwinding(order.payments)
	var ops []shop.Operation
	for _, id := range plan.Void {
		payment := order.payment(id).Payment
		op, err := b.addOperation(ctx, shop.OperationVoid, payment, payment.AmountMinor-payment.CapturedMinor, askAt)
		if err != nil {
			return nil, err
		}
		ops = append(ops, op)
	}
	refunds, err := b.addRefunds(ctx, order, plan.Refund, refunding{reason: reason, askAt: askAt})
	return append(ops, refunds...), err
}

// Captured returns what became of a capture.
func (s *Store) Captured(ctx context.Context, op shop.Operation) (shop.CaptureResult, error) {
	return inTxWithValue(ctx, s, snapshot, func(tx pgx.Tx) (result shop.CaptureResult, err error) {
		row, err := s.q.OperationByID(ctx, tx, sqlc.OperationByIDParams{OrderID: int64(op.OrderID), ID: op.ID})
		if err != nil {
			return result, err
		}
		result.Operation = op
		result.Operation.Status, result.Operation.Failure = row.Status, row.Failure
		rows, err := s.q.OrderPayments(ctx, tx, int64(op.OrderID))
		for _, row := range rows {
			if row.ID == op.PaymentID {
				result.Payment = paymentOf(row)
			}
		}
		if err != nil {
			return result, err
		}
		result.OrderStatus, err = s.orderStatus(ctx, tx, op.OrderID)
		return result, err
	})
}

// Refunded returns what became of refunds of one order, of which there is at least one.
func (s *Store) Refunded(ctx context.Context, ops []shop.Operation) (shop.RefundResult, error) {
	ids := make([]int64, len(ops))
	for i, op := range ops {
		ids[i] = op.ID
	}
	result := shop.RefundResult{OrderID: ops[0].OrderID}
	err := s.inTxWith(ctx, snapshot, func(tx pgx.Tx) error {
		rows, err := s.q.RefundsByID(ctx, tx, sqlc.RefundsByIDParams{OrderID: int64(result.OrderID), Ids: ids})
		if err != nil {
			return err
		}
		result.Refunds = nil
		for _, row := range rows {
			result.Refunds = append(result.Refunds, refundOf(row))
		}
		result.OrderStatus, err = s.orderStatus(ctx, tx, result.OrderID)
		return err
	})
	return result, err
}

func (s *Store) orderStatus(ctx context.Context, tx pgx.Tx, id shop.OrderID) (shop.Status, error) {
	status, err := s.q.OrderStatus(ctx, tx, int64(id))
	return shop.Status(status), err
}
