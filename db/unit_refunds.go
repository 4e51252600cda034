package db

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// PrepareUnitRefund decides by RefundUnitsCommand.Plan and records the refund of units and, as sending, the refunds that
// pay it out.
func (s *Store) PrepareUnitRefund(ctx context.Context, c shop.RefundUnitsCommand) (prepared shop.PreparedUnitRefund, replay bool, err error) {
	return once(ctx, s, c.Key, func(tx pgx.Tx) (shop.PreparedUnitRefund, error) {
		b := s.booking(tx, c.Actor, c.RequestID)
		order, err := b.lockVisible(ctx, c.OrderID, c.Scope, "order")
		if err != nil {
			return shop.PreparedUnitRefund{}, err
		}
		return b.refundUnits(ctx, &order, c)
	})
}

// refundUnits records a refund of units of a locked order.
func (b *booking) refundUnits(ctx context.Context, order *lockedOrder, c shop.RefundUnitsCommand) (shop.PreparedUnitRefund, error) {
	refundable, err := b.refundable(ctx, order)
	if err != nil {
		return shop.PreparedUnitRefund{}, err
	}
	refund, shares, err := c.Plan(refundable)
	if err != nil {
		return shop.PreparedUnitRefund{}, err
	}
	if err := b.addUnitRefund(ctx, &refund); err != nil {
		return shop.PreparedUnitRefund{}, err
	}
	err = b.event(ctx, shop.Event{OrderID: order.id(), Kind: shop.EventUnitRefund, Visibility: shop.VisibilityStaff, Data: unitRefundData(refund, refundable, c.Units)})
	if err != nil {
		return shop.PreparedUnitRefund{}, err
	}
	operations, err := b.addRefunds(ctx, order, shares, refunding{reason: c.Reason, askAt: b.now.Add(shop.AttemptLease), unitRefundID: refund.ID})
	return shop.PreparedUnitRefund{Refund: refund, Operations: operations}, err
}

// PrepareRefundRetry records, as sending, the refunds that pay out what was declined of a refund of units.
func (s *Store) PrepareRefundRetry(ctx context.Context, c shop.RetryRefundCommand) (prepared shop.PreparedUnitRefund, replay bool, err error) {
	return once(ctx, s, c.Key, func(tx pgx.Tx) (shop.PreparedUnitRefund, error) {
		b := s.booking(tx, c.Actor, c.RequestID)
		order, err := b.lockVisible(ctx, c.OrderID, c.Scope, "order")
		if err != nil {
			return shop.PreparedUnitRefund{}, err
		}
		gap, err := b.refundGap(ctx, c.OrderID, c.RefundID)
		if err != nil {
			return shop.PreparedUnitRefund{}, err
		}
		shares, err := gap.Plan(order.payments)
		if err != nil {
			return shop.PreparedUnitRefund{}, err
		}
		operations, err := b.addRefunds(ctx, &order, shares, refunding{reason: gap.Refund.Reason, askAt: b.now.Add(shop.AttemptLease), unitRefundID: gap.Refund.ID})
		return shop.PreparedUnitRefund{Refund: gap.Refund, Operations: operations}, err
	})
}

// refundGap is what is missing of a refund of units of a locked order.
func (b *booking) refundGap(ctx context.Context, order shop.OrderID, id int64) (shop.RefundGap, error) {
	detail := shop.OrderDetail{OrderHead: shop.OrderHead{ID: order}}
	if err := b.readUnitRefunds(ctx, b.tx, &detail); err != nil {
		return shop.RefundGap{}, err
	}
	at := slices.IndexFunc(detail.UnitRefunds, func(u shop.UnitRefund) bool { return u.ID == id })
	if at < 0 {
		return shop.RefundGap{}, shop.NotFound("refund")
	}
	rows, err := b.q.UnitRefundPayouts(ctx, b.tx, sqlc.UnitRefundPayoutsParams{OrderID: int64(order), UnitRefundID: id})
	return shop.GapOf(detail.UnitRefunds[at], convertRows(rows, refundOf)), err
}

func unitRefundData(refund shop.UnitRefund, order shop.RefundableOrder, units []shop.LineUnits) map[string]string {
	lines := make([]shop.OrderLine, len(order.Lines))
	for i, l := range order.Lines {
		lines[i] = l.OrderLine
	}
	data := map[string]string{shop.DataAmount: refund.Amount().Decimal(), shop.DataCurrency: string(refund.Currency)}
	if len(units) > 0 {
		data[shop.DataItems] = shop.ItemWords(lines, units)
	}
	if refund.Reason != "" {
		data[shop.DataReason] = refund.Reason
	}
	return data
}

// refundable is what can still go back of a locked order.
func (b *booking) refundable(ctx context.Context, order *lockedOrder) (shop.RefundableOrder, error) {
	head, err := b.q.OrderHead(ctx, b.tx, order.ID)
	if err != nil {
		return shop.RefundableOrder{}, err
	}
	detail := shop.OrderDetail{OrderHead: shop.OrderHead{ID: order.id()}}
	if err := b.loadLines(ctx, b.tx, &detail); err != nil {
		return shop.RefundableOrder{}, err
	}
	if err := b.readUnitRefunds(ctx, b.tx, &detail); err != nil {
		return shop.RefundableOrder{}, err
	}
	refundable := shop.RefundableOrder{
		Currency: shop.Currency(order.Currency), ShippingMinor: head.ShippingMinor, ShippingRefundedMinor: detail.ShippingRefundedMinor(), Payments: order.payments,
	}
	for _, line := range detail.Lines {
		refundable.Lines = append(refundable.Lines, shop.RefundableLine{OrderLine: line, Refunded: line.Refunded})
	}
	return refundable, nil
}

func (b *booking) addUnitRefund(ctx context.Context, refund *shop.UnitRefund) error {
	var err error
	refund.Actor, refund.CreatedAt = b.actor, b.now
	refund.ID, err = b.q.UnitRefundAdd(ctx, b.tx, sqlc.UnitRefundAddParams{
		OrderID: int64(refund.OrderID), Now: b.now, Cause: string(refund.Cause), ReturnID: int64(refund.ReturnID), Currency: string(refund.Currency),
		LinesMinor: refund.LinesMinor(), ShippingMinor: refund.ShippingMinor, WithheldMinor: refund.WithheldMinor, AmountMinor: refund.AmountMinor,
		Reason: refund.Reason, ActorKind: string(b.actor.Kind), ActorID: b.actor.ID, ActorName: b.actor.Name,
	})
	if err != nil || len(refund.Lines) == 0 {
		return err
	}
	add := sqlc.RefundLinesAddParams{OrderID: int64(refund.OrderID), RefundID: refund.ID}
	for _, line := range refund.Lines {
		add.LineNos = append(add.LineNos, int32(line.LineNo))
		add.Quantities = append(add.Quantities, line.Quantity)
		add.NetMinors = append(add.NetMinors, line.NetMinor)
		add.DiscountMinors = append(add.DiscountMinors, line.DiscountMinor)
		add.TaxMinors = append(add.TaxMinors, line.TaxMinor)
		add.TotalMinors = append(add.TotalMinors, line.TotalMinor)
	}
	return b.q.RefundLinesAdd(ctx, b.tx, add)
}

// UnitsRefunded returns what became of a refund of units.
func (s *Store) UnitsRefunded(ctx context.Context, order shop.OrderID, id int64) (shop.UnitRefundResult, error) {
	return inTxWithValue(ctx, s, snapshot, func(tx pgx.Tx) (result shop.UnitRefundResult, err error) {
		detail := shop.OrderDetail{OrderHead: shop.OrderHead{ID: order}}
		if err := s.readUnitRefunds(ctx, tx, &detail); err != nil {
			return result, err
		}
		at := slices.IndexFunc(detail.UnitRefunds, func(u shop.UnitRefund) bool { return u.ID == id })
		if at < 0 {
			return result, shop.NotFound("refund")
		}
		result.Refund = detail.UnitRefunds[at]
		rows, err := s.q.UnitRefundPayouts(ctx, tx, sqlc.UnitRefundPayoutsParams{OrderID: int64(order), UnitRefundID: id})
		for _, row := range rows {
			result.Payouts = append(result.Payouts, refundOf(row))
		}
		if err != nil {
			return result, err
		}
		result.OrderStatus, err = s.orderStatus(ctx, tx, order)
		return result, err
	})
}

// readUnitRefunds reads the refunds of units of an order and adds the live ones to its lines.
func (s *Store) readUnitRefunds(ctx context.Context, tx pgx.Tx, order *shop.OrderDetail) error {
	rows, err := s.q.OrderUnitRefunds(ctx, tx, int64(order.ID))
	if err != nil || len(rows) == 0 {
		return err
	}
	lines, err := s.q.OrderRefundLines(ctx, tx, int64(order.ID))
	if err != nil {
		return err
	}
	for _, r := range rows {
		refund := unitRefundOf(r)
		for _, l := range lines {
			if l.RefundID == r.ID {
				refund.Lines = append(refund.Lines, shop.RefundedLine{LineNo: int(l.LineNo), UnitShare: shop.UnitShare{
					Quantity: l.Quantity, NetMinor: l.NetMinor, DiscountMinor: l.DiscountMinor, TaxMinor: l.TaxMinor, TotalMinor: l.TotalMinor,
				}})
			}
		}
		order.AddUnitRefund(refund)
	}
	return nil
}

func unitRefundOf(r sqlc.OrderUnitRefundsRow) shop.UnitRefund {
	return shop.UnitRefund{
		ID: r.ID, OrderID: shop.OrderID(r.OrderID), Cause: shop.RefundCause(r.Cause), ReturnID: shop.ReturnID(r.ReturnID), Currency: shop.Currency(r.Currency),
		ShippingMinor: r.ShippingMinor, WithheldMinor: r.WithheldMinor, AmountMinor: r.AmountMinor, Reason: r.Reason,
		Actor: shop.Actor{Kind: shop.ActorKind(r.ActorKind), ID: r.ActorID, Name: r.ActorName}, CreatedAt: r.CreatedAt, Live: r.Live,
	}
}

// PreviewUnitRefund is what a refund of units would give back, to the minor unit; nothing is recorded. Refusals are those
// of PrepareUnitRefund.
func (s *Store) PreviewUnitRefund(ctx context.Context, c shop.RefundUnitsCommand) (shop.UnitRefund, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (shop.UnitRefund, error) {
		b := s.booking(tx, c.Actor, c.RequestID)
		order, err := b.lockVisible(ctx, c.OrderID, c.Scope, "order")
		if err != nil {
			return shop.UnitRefund{}, err
		}
		refundable, err := b.refundable(ctx, &order)
		if err != nil {
			return shop.UnitRefund{}, err
		}
		refund, _, err := c.Plan(refundable)
		return refund, err
	})
}
