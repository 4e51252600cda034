package shop

import "context"

// RetryRefundCommand tries again what the provider declined of a refund of units. What went back stays.
type RetryRefundCommand struct {
	OrderID   OrderID
	RefundID  int64 // of the units
	Scope     OrderScope
	Actor     Actor
	RequestID string
	Key       IdempotencyKey
}

// RefundGap is what of a refund of units was declined and has not gone back since, while the rest of it has, or is on its
// way. A refund that was declined altogether has none: its units can be refunded anew.
type RefundGap struct {
	Refund   UnitRefund
	Missing  Amount
	PaidBack Amount // or on its way
	Failure  string // why the provider said no the last time
	Payouts  int    // how many were tried: names the next try
}

// GapOf is the gap of a refund of units, by its payouts, the oldest first. There is none when Missing is zero.
func GapOf(u UnitRefund, payouts []Refund) RefundGap {
	gap := RefundGap{Refund: u, Missing: u.Amount(), PaidBack: Amount{Currency: u.Currency}}
	for _, p := range payouts {
		switch {
		case p.UnitRefundID != u.ID:
			continue
		case p.Status == RequestFailed:
			gap.Failure = p.Failure
		default:
			gap.PaidBack.Minor += p.AmountMinor
		}
		gap.Payouts++
	}
	if gap.Missing.Minor -= gap.PaidBack.Minor; !u.Live {
		gap.Missing.Minor = 0
	}
	return gap
}

// RefundGaps are the gaps of an order's refunds of units.
func (o OrderDetail) RefundGaps() []RefundGap {
	var gaps []RefundGap
	for _, u := range o.UnitRefunds {
		if gap := GapOf(u, o.Refunds); gap.Missing.Minor > 0 {
			gaps = append(gaps, gap)
		}
	}
	return gaps
}

// Plan spreads what is missing over the payments, the oldest first. CodeConflict if nothing is.
func (g RefundGap) Plan(payments []OpenPayment) ([]RefundShare, error) {
	if g.Missing.Minor <= 0 {
		return nil, Conflict("Nothing of this refund is missing: it went back, or is on its way.")
	}
	return RefundCommand{AmountMinor: &g.Missing.Minor}.PlanRefund(payments)
}

// RetryRefund tries again what was declined of a refund of units. The same key again is the same try. An unknown refund is
// CodeNotFound; other refusals are those of RefundGap.Plan.
func (p *Payments) RetryRefund(ctx context.Context, c RetryRefundCommand) (UnitRefundResult, error) {
	prepared, replayed, err := p.store.PrepareRefundRetry(ctx, c)
	if err != nil {
		return UnitRefundResult{}, err
	}
	if !replayed {
		if err := p.perform(ctx, prepared.Operations, origin{c.Actor, c.RequestID}); err != nil {
			return UnitRefundResult{}, err
		}
	}
	result, err := p.store.UnitsRefunded(ctx, c.OrderID, c.RefundID)
	result.Replayed = replayed
	return result, err
}
