package shop

import (
	"cmp"
	"context"
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"time"
)

// RefundCause says why money goes back for units.
type RefundCause string

// The causes of a refund of units.
const (
	CauseRequest RefundCause = "request" // the shop decided so
	CauseShort   RefundCause = "short"   // the units were missing or damaged and are not sent
	CauseReturn  RefundCause = "return"  // the units came back
)

// LineUnits is a number of units of an order line.
type LineUnits struct {
	LineNo   int
	Quantity int64
}

// UnitShare is what some units of a line stand for. TotalMinor = NetMinor - DiscountMinor + TaxMinor.
type UnitShare struct {
	Quantity      int64
	NetMinor      int64 // before discount, without tax
	DiscountMinor int64
	TaxMinor      int64
	TotalMinor    int64
}

// RefundedLine is what goes back for units of a line.
type RefundedLine struct {
	LineNo int
	UnitShare
}

// UnitRefund is money that goes back for exact units of lines, and for shipping. WithheldMinor had gone back before, as
// an amount that named no units: AmountMinor = lines + ShippingMinor - WithheldMinor.
type UnitRefund struct {
	ID            int64
	OrderID       OrderID
	Cause         RefundCause
	ReturnID      ReturnID // 0 unless it is for a return
	Currency      Currency
	Lines         []RefundedLine
	ShippingMinor int64
	WithheldMinor int64
	AmountMinor   int64
	Reason        string
	Actor         Actor
	CreatedAt     time.Time
	Live          bool // it happened or is under way; false once it was declined altogether
}

// Amount is what goes back.
func (u UnitRefund) Amount() Amount { return Amount{Minor: u.AmountMinor, Currency: u.Currency} }

// LinesMinor is what goes back for its lines.
func (u UnitRefund) LinesMinor() int64 {
	var sum int64
	for _, line := range u.Lines {
		sum += line.TotalMinor
	}
	return sum
}

// RefundUnitsCommand asks to give money back for exact units.
type RefundUnitsCommand struct {
	OrderID       OrderID
	Scope         OrderScope
	Units         []LineUnits
	ShippingMinor int64 // of what the shipping cost, by choice
	// UpToLeft gives back less than the units' share where amounts have gone back before, instead of refusing.
	UpToLeft  bool
	Cause     RefundCause
	ReturnID  ReturnID // with CauseReturn
	Reason    string
	Actor     Actor
	RequestID string
	Key       IdempotencyKey
}

// Check refuses, as CodeInvalid, what needs no look at the order.
func (c RefundUnitsCommand) Check() error {
	fields := checkUnits(len(c.Units), func(i int) LineUnits { return c.Units[i] })
	if len(c.Units) == 0 && c.ShippingMinor == 0 {
		fields = append(fields, FieldError{"items", "Choose the units, or the shipping, to give money back for."})
	}
	if c.ShippingMinor < 0 {
		fields = append(fields, FieldError{"shippingAmount", "The shipping to refund cannot be negative."})
	}
	if fields != nil {
		return InvalidFields(fields...)
	}
	return checkReason(c.Reason)
}

// RefundableLine is a sold line and what went back of it already.
type RefundableLine struct {
	OrderLine
	Refunded UnitShare
}

// RefundableOrder is what a refund of units is decided on, while the order is locked.
type RefundableOrder struct {
	Currency              Currency
	ShippingMinor         int64
	ShippingRefundedMinor int64
	Lines                 []RefundableLine
	Payments              []OpenPayment
}

// Left is how many units can still be refunded.
func (l RefundableLine) Left() int64 { return l.Quantity - l.Refunded.Quantity }

// Share is what the next n units of the line stand for, n at most Left. Each share ends where the line's total, split by
// units, stands after them (total * units / quantity, rounded down), so that the shares of any sequence of refunds add up
// to the line exactly, in net, discount, tax and total. The tax follows the money: it is the tax within what goes back.
func (l RefundableLine) Share(n int64) UnitShare {
	after := l.upTo(l.Refunded.Quantity + n)
	share := UnitShare{
		Quantity:      n,
		DiscountMinor: max(after.DiscountMinor-l.Refunded.DiscountMinor, 0),
		TaxMinor:      max(after.TaxMinor-l.Refunded.TaxMinor, 0),
		TotalMinor:    max(after.TotalMinor-l.Refunded.TotalMinor, 0), // less than nothing only after a refund in between was declined
	}
	share.NetMinor = share.TotalMinor - share.TaxMinor + share.DiscountMinor
	return share
}

// upTo is what the first n units of the line stand for.
func (l RefundableLine) upTo(n int64) UnitShare {
	share := UnitShare{
		Quantity:      n,
		DiscountMinor: portion(l.DiscountMinor, n, l.Quantity),
		TotalMinor:    portion(l.TotalMinor, n, l.Quantity),
	}
	if l.TotalMinor > 0 {
		share.TaxMinor = portion(l.TaxMinor, share.TotalMinor, l.TotalMinor)
	} else {
		share.TaxMinor = portion(l.TaxMinor, n, l.Quantity)
	}
	return share
}

// portion is a * b / c, rounded down, exact beyond 64 bits. None is negative, c is above zero and b at most c.
func portion(a, b, c int64) int64 {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	quotient, _ := bits.Div64(hi, lo, uint64(c))
	return int64(quotient)
}

// Plan decides what goes back, and by which payments. Units that are not there, or refunded already, and more money than
// is left, are refused: CodeInvalid names the field, CodeConflict says that nothing is left.
func (c RefundUnitsCommand) Plan(o RefundableOrder) (UnitRefund, []RefundShare, error) {
	refund := UnitRefund{
		OrderID: c.OrderID, Cause: c.Cause, ReturnID: c.ReturnID, Currency: o.Currency, ShippingMinor: c.ShippingMinor, Reason: c.Reason, Actor: c.Actor, Live: true,
	}
	var fields []FieldError
	for i, u := range c.Units {
		at := slices.IndexFunc(o.Lines, func(l RefundableLine) bool { return l.LineNo == u.LineNo })
		switch {
		case at < 0:
			fields = append(fields, FieldError{fmt.Sprintf("items[%d].lineNo", i), "The order has no such line."})
		case u.Quantity > o.Lines[at].Left():
			fields = append(fields, FieldError{fmt.Sprintf("items[%d].quantity", i), unitsLeft(o.Lines[at])})
		default:
			refund.Lines = append(refund.Lines, RefundedLine{u.LineNo, o.Lines[at].Share(u.Quantity)})
		}
	}
	if left := o.ShippingMinor - o.ShippingRefundedMinor; c.ShippingMinor > left {
		most := Amount{Minor: left, Currency: o.Currency}
		fields = append(fields, FieldError{"shippingAmount", fmt.Sprintf("At most %s %s of the shipping can be refunded.", most.Decimal(), most.Currency)})
	}
	if fields != nil {
		return UnitRefund{}, nil, InvalidFields(fields...)
	}
	slices.SortFunc(refund.Lines, func(a, b RefundedLine) int { return cmp.Compare(a.LineNo, b.LineNo) })
	return c.fund(refund, o.Payments)
}

func unitsLeft(l RefundableLine) string {
	if l.Left() == 0 {
		return "All units of " + l.Name + " are refunded already."
	}
	return fmt.Sprintf("At most %d of %d units of %s can still be refunded.", l.Left(), l.Quantity, l.Name)
}

// fund finds the money for a refund.
func (c RefundUnitsCommand) fund(refund UnitRefund, payments []OpenPayment) (UnitRefund, []RefundShare, error) {
	var left int64
	for _, p := range payments {
		left += p.refundable()
	}
	wanted := refund.LinesMinor() + refund.ShippingMinor
	if c.UpToLeft {
		refund.WithheldMinor = max(wanted-left, 0)
	}
	refund.AmountMinor = wanted - refund.WithheldMinor
	if refund.AmountMinor == 0 {
		return refund, nil, nil
	}
	shares, err := RefundCommand{AmountMinor: &refund.AmountMinor}.PlanRefund(payments)
	if err != nil {
		return UnitRefund{}, nil, err
	}
	return refund, shares, nil
}

// PreparedUnitRefund is a refund of units that is on record, and the operations that pay it out.
type PreparedUnitRefund struct {
	Refund     UnitRefund
	Operations []Operation
}

// UnitRefundResult is what a refund of units came to.
type UnitRefundResult struct {
	OrderStatus Status
	Refund      UnitRefund
	Payouts     []Refund // one for each payment that money goes back to
	Replayed    bool
}

// State is how a refund of units stands: RequestSucceeded, RequestFailed while some of it was declined and not paid back
// since, or RequestSending while a payout has no answer.
func (r UnitRefundResult) State() string {
	var back int64
	for _, p := range r.Payouts {
		switch p.Status {
		case RequestSending, RequestUnknown:
			return RequestSending
		case RequestSucceeded:
			back += p.AmountMinor
		}
	}
	if back < r.Refund.AmountMinor {
		return RequestFailed
	}
	return RequestSucceeded
}

// Failure is why the provider said no the last time, "" if it did not.
func (r UnitRefundResult) Failure() string { return GapOf(r.Refund, r.Payouts).Failure }

// RefundUnits gives money back for exactly some units of some lines, taken from the order's payments, the oldest first.
// The units count as refunded unless the provider declines. The same key again is the same refund. Refusals are those of
// RefundUnitsCommand.Check and Plan.
func (p *Payments) RefundUnits(ctx context.Context, c RefundUnitsCommand) (UnitRefundResult, error) {
	if err := c.Check(); err != nil {
		return UnitRefundResult{}, err
	}
	prepared, replayed, err := p.store.PrepareUnitRefund(ctx, c)
	if err != nil {
		return UnitRefundResult{}, err
	}
	if !replayed {
		if err := p.perform(ctx, prepared.Operations, origin{c.Actor, c.RequestID}); err != nil {
			return UnitRefundResult{}, err
		}
	}
	result, err := p.store.UnitsRefunded(ctx, prepared.Refund.OrderID, prepared.Refund.ID)
	result.Replayed = replayed
	return result, err
}

// ItemWords names units for people: "2 × Teapot, 1 × Mug".
func ItemWords(lines []OrderLine, units []LineUnits) string {
	var words []string
	for _, u := range units {
		name := "line " + strconv.Itoa(u.LineNo)
		if at := slices.IndexFunc(lines, func(l OrderLine) bool { return l.LineNo == u.LineNo }); at >= 0 {
			name = lines[at].Name
		}
		words = append(words, UnitsOf(u.Quantity, name))
	}
	return strings.Join(words, ", ")
}

// Plus is the sum of two shares.
func (s UnitShare) Plus(t UnitShare) UnitShare {
	return UnitShare{
		Quantity: s.Quantity + t.Quantity, NetMinor: s.NetMinor + t.NetMinor, DiscountMinor: s.DiscountMinor + t.DiscountMinor,
		TaxMinor: s.TaxMinor + t.TaxMinor, TotalMinor: s.TotalMinor + t.TotalMinor,
	}
}

// AddUnitRefund adds a refund of units and, if it counts, what it says to the lines.
func (o *OrderDetail) AddUnitRefund(refund UnitRefund) {
	o.UnitRefunds = append(o.UnitRefunds, refund)
	if !refund.Live {
		return
	}
	for _, back := range refund.Lines {
		at := slices.IndexFunc(o.Lines, func(l OrderLine) bool { return l.LineNo == back.LineNo })
		if at >= 0 {
			o.Lines[at].Refunded = o.Lines[at].Refunded.Plus(back.UnitShare)
		}
	}
}

// ShippingRefundedMinor is what went back of the shipping, or is on its way.
func (o OrderDetail) ShippingRefundedMinor() int64 {
	var sum int64
	for _, refund := range o.UnitRefunds {
		if refund.Live {
			sum += refund.ShippingMinor
		}
	}
	return sum
}
