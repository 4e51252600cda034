package shop

import (
	"fmt"
	"slices"
	"time"
)

// How long things take while money moves.
const (
	// ChargeDeadline is how long a provider may take to answer. A buyer who waits longer is told that the outcome is
	// not known yet, and the background job asks.
	ChargeDeadline = 5 * time.Second
	// AttemptLease is how long a request to a provider belongs to whoever sent it. It is longer than the deadline, so
	// nobody asks what became of a request that is still on its way.
	AttemptLease = 20 * time.Second
	// AbandonAfter is how long after the last sending a charge that the provider has never heard of is given up.
	AbandonAfter = 2 * time.Minute
	// PaymentGrace is how much longer stock is held once somebody starts to pay, up to MaxHold after the order.
	PaymentGrace = 5 * time.Minute
	MaxHold      = time.Hour
	// AuthorizationHold is how long stock is held for an order whose total is authorized and waits to be captured.
	AuthorizationHold = 7 * 24 * time.Hour
)

// FreeProvider stands in payments.provider of orders that cost nothing: no processor was asked.
const FreeProvider = "none"

// PayCommand asks to pay an order, or all unpaid orders of a checkout with one charge.
type PayCommand struct {
	OrderID    OrderID // one of the two
	CheckoutID OrderID
	Scope      OrderScope
	// AmountMinor is how much to pay; nil pays all that is left. A smaller amount is split over the orders of a
	// checkout in proportion to what is left of each, exactly.
	AmountMinor *int64
	Provider    string // "" is the shop's first provider
	Method      string // the provider's token for the buyer's means of payment
	Authorize   bool   // only hold the money; Payments.Capture takes it
	Actor       Actor
	RequestID   string
	Key         IdempotencyKey
}

// AttemptRef names a charge: the key that the provider got, and the orders that it pays.
type AttemptRef struct {
	ChargeKey string
	OrderIDs  []OrderID
}

// PaymentAttempt is one charge at a provider and the payments, one per order, that it is split over.
type PaymentAttempt struct {
	AttemptRef
	Provider string
	Currency Currency
	Parts    []PaymentPart // by order id
	SentAt   time.Time     // when the provider was last sent the charge
	Replayed bool          // the answer to an earlier request with the same key
}

// PaymentPart is a payment and the status of its order.
type PaymentPart struct {
	Payment
	OrderStatus Status
}

// AmountMinor is what the whole charge is about, the sum of its parts.
func (a PaymentAttempt) AmountMinor() int64 {
	var sum int64
	for _, part := range a.Parts {
		sum += part.AmountMinor
	}
	return sum
}

// Amount is AmountMinor with its currency.
func (a PaymentAttempt) Amount() Amount { return Amount{Minor: a.AmountMinor(), Currency: a.Currency} }

// Status is the state of the charge; its parts share it.
func (a PaymentAttempt) Status() PaymentStatus {
	if len(a.Parts) == 0 {
		return PaymentPending
	}
	return a.Parts[0].Status
}

// Failure is why the provider said no, in words for the buyer; "" unless the status is failed.
func (a PaymentAttempt) Failure() string {
	if len(a.Parts) == 0 {
		return ""
	}
	return a.Parts[0].Failure
}

// InFlight tells whether the provider has been asked and the outcome is not known.
func (s PaymentStatus) InFlight() bool { return s == PaymentSending || s == PaymentUnknown }

// PayableOrder is an order and its payments while it is locked.
type PayableOrder struct {
	ID           OrderID
	Status       Status
	Currency     Currency
	TotalMinor   int64
	PlacedAt     time.Time
	ExpiresAt    time.Time
	CancelReason string
	Payments     []Payment
}

// PaidMinor is what was captured and not given back.
func (o PayableOrder) PaidMinor() int64 {
	var sum int64
	for _, p := range o.Payments {
		sum += p.CapturedMinor - p.RefundedMinor
	}
	return sum
}

// HeldMinor is what providers hold for the order and have not captured.
func (o PayableOrder) HeldMinor() int64 {
	var sum int64
	for _, p := range o.Payments {
		sum += p.uncaptured()
	}
	return sum
}

// uncaptured is what of an authorization can still be captured.
func (p Payment) uncaptured() int64 {
	if p.Status == PaymentAuthorized || p.Status == PaymentCaptured {
		return p.AmountMinor - p.CapturedMinor
	}
	return 0
}

// Covered tells whether captured money pays the order in full. An order that costs nothing is covered once its payment
// is settled, so that it is completed like any other.
func (o PayableOrder) Covered() bool {
	settled := slices.ContainsFunc(o.Payments, func(p Payment) bool { return p.Status == PaymentCaptured })
	return settled && o.PaidMinor() >= o.TotalMinor
}

// leftMinor is what is to be paid yet, not counting charges in flight.
func (o PayableOrder) leftMinor() int64 { return max(o.TotalMinor-o.PaidMinor()-o.HeldMinor(), 0) }

func (o PayableOrder) inFlight() []Payment {
	var open []Payment
	for _, p := range o.Payments {
		if p.Status.InFlight() {
			open = append(open, p)
		}
	}
	return open
}

// PaymentPlan is what a request to pay comes to: join a charge that is in flight already, or start a new one.
type PaymentPlan struct {
	Join  *AttemptRef
	Parts []PlannedPart // by order id; the sum of their amounts is charged at once
	Free  []PlannedPart // orders that cost nothing: complete without a provider
}

// PlannedPart is how much of a charge pays which order. PendingID is the payment that waits to be made, 0 if a new one
// has to be recorded.
type PlannedPart struct {
	OrderID     OrderID
	PendingID   int64
	AmountMinor int64
}

// AmountMinor is what the plan charges.
func (p PaymentPlan) AmountMinor() int64 {
	var sum int64
	for _, part := range p.Parts {
		sum += part.AmountMinor
	}
	return sum
}

// Plan decides how the locked orders are paid, given in order of their ids. Orders that are paid, ended or expired
// cannot be paid: CodeConflict says why. An amount outside what is left is CodeInvalid.
func (c PayCommand) Plan(orders []PayableOrder, now time.Time) (PaymentPlan, error) {
	var payable []PayableOrder
	for _, o := range orders {
		if o.Status == StatusPending {
			payable = append(payable, o)
		}
	}
	if len(payable) == 0 {
		return PaymentPlan{}, notPayable(orders)
	}
	if join, err := c.join(payable); join != nil || err != nil {
		return PaymentPlan{Join: join}, err
	}
	for _, o := range payable {
		if !o.ExpiresAt.IsZero() && !o.ExpiresAt.After(now) {
			return PaymentPlan{}, Conflict("The time to pay ran out and the items went back on sale. Please order again.")
		}
	}
	return c.split(payable)
}

// notPayable says why none of the orders waits for a payment.
func notPayable(orders []PayableOrder) error {
	for _, o := range orders {
		if o.Status != StatusCancelled && o.Status != StatusRefunded {
			return Conflict("This is paid already.")
		}
	}
	for _, o := range orders {
		if o.CancelReason != "" {
			return Conflict("The order was cancelled (" + o.CancelReason + ") and cannot be paid any more.")
		}
	}
	return Conflict("The order was cancelled and cannot be paid any more.")
}

// join returns the charge in flight that does what the command asks for, nil when none is in flight. Another charge in
// flight has to be settled first: two of them could both succeed.
func (c PayCommand) join(payable []PayableOrder) (*AttemptRef, error) {
	ref := &AttemptRef{}
	var inFlight int64
	whole, several := true, false
	for _, o := range payable {
		open := o.inFlight()
		if len(open) == 0 {
			whole = whole && o.leftMinor() == 0
			continue
		}
		several = several || len(open) > 1 || (ref.ChargeKey != "" && ref.ChargeKey != open[0].ChargeKey)
		ref.ChargeKey = open[0].ChargeKey
		ref.OrderIDs = append(ref.OrderIDs, o.ID)
		inFlight += open[0].AmountMinor
		whole = whole && open[0].AmountMinor == o.leftMinor()
	}
	if ref.ChargeKey == "" {
		return nil, nil
	}
	fits := whole
	if c.AmountMinor != nil {
		fits = *c.AmountMinor == inFlight
	}
	if several || !fits {
		return nil, Conflict("An earlier payment is still being processed. Please try again in a minute.")
	}
	return ref, nil
}

func (c PayCommand) split(payable []PayableOrder) (PaymentPlan, error) {
	var plan PaymentPlan
	left := make([]int64, len(payable))
	var due int64
	for i, o := range payable {
		if o.TotalMinor == 0 {
			plan.Free = append(plan.Free, PlannedPart{OrderID: o.ID, PendingID: o.pendingID()})
		}
		left[i] = o.leftMinor()
		sum, ok := addInt64(due, left[i])
		if !ok {
			return PaymentPlan{}, Invalid("amount", "The amount is too large.")
		}
		due = sum
	}
	amount, err := c.amount(due, payable[0].Currency, len(plan.Free) > 0)
	if err != nil || amount == 0 {
		return plan, err
	}
	for i, share := range Allocate(amount, left) {
		if share > 0 {
			plan.Parts = append(plan.Parts, PlannedPart{OrderID: payable[i].ID, PendingID: payable[i].pendingID(), AmountMinor: share})
		}
	}
	return plan, nil
}

// amount checks the wanted amount against what is due. Free orders alone need none.
func (c PayCommand) amount(due int64, currency Currency, free bool) (int64, error) {
	left := Amount{Minor: due, Currency: currency}
	switch {
	case c.AmountMinor != nil && *c.AmountMinor > due:
		return 0, Invalid("amount", fmt.Sprintf("At most %s %s is left to pay.", left.Decimal(), currency))
	case due == 0 && free:
		return 0, nil
	case due == 0:
		return 0, Conflict("The whole amount is authorized already and waits to be captured.")
	case c.AmountMinor != nil && *c.AmountMinor <= 0:
		return 0, Invalid("amount", "The amount must be above zero.")
	case c.Method == "":
		return 0, Invalid("method", "Please choose how to pay.")
	case c.AmountMinor != nil:
		return *c.AmountMinor, nil
	}
	return due, nil
}

// pendingID is the payment that was recorded with the order and waits to be made, 0 if there is none.
func (o PayableOrder) pendingID() int64 {
	for _, p := range o.Payments {
		if p.Status == PaymentPending {
			return p.ID
		}
	}
	return 0
}

// HoldUntil is until when the stock of a pending order is held once an attempt to pay it starts.
func HoldUntil(placedAt, expiresAt, now time.Time) time.Time {
	extended := now.Add(PaymentGrace)
	if limit := placedAt.Add(MaxHold); extended.After(limit) {
		extended = limit
	}
	if expiresAt.After(extended) {
		return expiresAt
	}
	return extended
}
