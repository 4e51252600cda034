package shop

import "fmt"

// MaxReason is the longest reason of a refund or cancellation, in characters.
const MaxReason = 500

// OperationKind says what is done to a charge after it was made.
type OperationKind string

// The operations on a charge.
const (
	OperationCapture OperationKind = "capture" // take what is held
	OperationVoid    OperationKind = "void"    // let go of what is held
	OperationRefund  OperationKind = "refund"  // give back what was taken
)

// The states of an operation, refunds included.
const (
	RequestSending   = "sending"   // the provider is being asked
	RequestSucceeded = "succeeded" // it happened
	RequestFailed    = "failed"    // the provider said no
	RequestUnknown   = "unknown"   // no answer; the provider must be asked by key
)

// Operation is a request to a provider about an earlier charge: recorded under its key before it is sent, and settled
// by asking for the key when no answer came.
type Operation struct {
	Kind      OperationKind
	ID        int64
	OrderID   OrderID
	PaymentID int64
	Key       string
	Provider  string
	Charge    string // the provider's reference of the charge
	Amount    Amount
	Reason    string
	Status    string // RequestSending and so on
	Failure   string // failed: why
}

// Request is the operation as the provider takes it.
func (o Operation) Request() MoneyRequest {
	return MoneyRequest{Key: o.Key, Charge: o.Charge, Amount: o.Amount, Reason: o.Reason}
}

// CaptureCommand asks to take money that a payment holds.
type CaptureCommand struct {
	PaymentID   int64
	Scope       OrderScope
	AmountMinor *int64 // nil: all that is still held
	Actor       Actor
	RequestID   string
	Key         IdempotencyKey
}

// CaptureResult is a payment after a capture was tried, and how that went.
type CaptureResult struct {
	Payment     Payment
	OrderStatus Status
	Operation   Operation
	Replayed    bool
}

// RefundCommand asks to give money back: of one payment, or of an order over its payments, the oldest first.
type RefundCommand struct {
	PaymentID   int64   // one of the two
	OrderID     OrderID // refunds spill over from payment to payment
	Scope       OrderScope
	AmountMinor *int64 // nil: all that can go back
	Reason      string
	Actor       Actor
	RequestID   string
	Key         IdempotencyKey
}

// Check refuses what needs no look at the order.
func (c RefundCommand) Check() error {
	if c.AmountMinor != nil && *c.AmountMinor <= 0 {
		return Invalid("amount", "The amount must be above zero.")
	}
	return checkReason(c.Reason)
}

func checkReason(reason string) error {
	if len([]rune(reason)) > MaxReason {
		return Invalid("reason", fmt.Sprintf("The reason can have at most %d characters.", MaxReason))
	}
	return nil
}

// RefundResult is what a refund came to: one refund for each payment that money goes back to.
type RefundResult struct {
	OrderID     OrderID
	OrderStatus Status
	Refunds     []Refund
	Replayed    bool
}

// OpenPayment is a payment and what is under way with it, while its order is locked.
type OpenPayment struct {
	Payment
	CapturingMinor int64 // captures without an answer yet
	RefundingMinor int64 // refunds without an answer yet
	Voiding        bool  // a void without an answer yet
}

// capturable is what can still be captured.
func (p OpenPayment) capturable() int64 {
	if p.Voiding {
		return 0
	}
	return p.uncaptured() - p.CapturingMinor
}

// refundable is what can still go back.
func (p OpenPayment) refundable() int64 { return p.CapturedMinor - p.RefundedMinor - p.RefundingMinor }

// PlanCapture decides how much of the payment is captured. An order that has ended, and a payment that holds nothing,
// are CodeConflict; an amount outside what is held is CodeInvalid.
func (c CaptureCommand) PlanCapture(order Status, p OpenPayment) (int64, error) {
	held := p.capturable()
	switch {
	case order == StatusCancelled || order == StatusRefunded:
		return 0, Conflict("The order has ended; nothing can be captured any more.")
	case held <= 0 && p.Status == PaymentCaptured:
		return 0, Conflict("Everything that was authorized is captured already.")
	case held <= 0:
		return 0, Conflict("The payment holds no money that could be captured.")
	case c.AmountMinor == nil:
		return held, nil
	case *c.AmountMinor <= 0:
		return 0, Invalid("amount", "The amount must be above zero.")
	case *c.AmountMinor > held:
		most := Amount{Minor: held, Currency: p.Currency}
		return 0, Invalid("amount", fmt.Sprintf("At most %s %s is left to capture.", most.Decimal(), most.Currency))
	}
	return *c.AmountMinor, nil
}

// RefundShare is how much of a refund goes back to which payment.
type RefundShare struct {
	PaymentID   int64
	AmountMinor int64
}

// PlanRefund spreads a refund over payments in the order given: each takes what it can before the next is touched. More
// than can go back is CodeInvalid, nothing to give back CodeConflict.
func (c RefundCommand) PlanRefund(payments []OpenPayment) ([]RefundShare, error) {
	var most int64
	for _, p := range payments {
		most += p.refundable()
	}
	if most == 0 {
		return nil, Conflict("Nothing is left to refund.")
	}
	wanted := most
	if c.AmountMinor != nil {
		wanted = *c.AmountMinor
	}
	if wanted > most {
		limit := Amount{Minor: most, Currency: payments[0].Currency}
		return nil, Invalid("amount", fmt.Sprintf("At most %s %s can be refunded.", limit.Decimal(), limit.Currency))
	}
	var shares []RefundShare
	for _, p := range payments {
		if share := min(p.refundable(), wanted); share > 0 {
			shares = append(shares, RefundShare{PaymentID: p.ID, AmountMinor: share})
			wanted -= share
		}
	}
	return shares, nil
}

// Unwinding is what has to happen to the payments of an order that has ended unpaid or cancelled.
type Unwinding struct {
	Void   []int64       // payments whose held money is let go of
	Refund []RefundShare // captured money that goes back
}

// PlanUnwinding gives back and lets go of all money of an ended order that is not on its way already.
func PlanUnwinding(payments []OpenPayment) Unwinding {
	var u Unwinding
	for _, p := range payments {
		if p.uncaptured() > 0 && p.CapturingMinor == 0 && !p.Voiding {
			u.Void = append(u.Void, p.ID)
		}
		if p.refundable() > 0 {
			u.Refund = append(u.Refund, RefundShare{PaymentID: p.ID, AmountMinor: p.refundable()})
		}
	}
	return u
}

// FullyRefunded tells whether everything that was captured for an order went back. Such an order is over: from every
// status that order_transitions allows it becomes refunded.
func FullyRefunded(payments []OpenPayment) bool {
	var captured, refunded int64
	for _, p := range payments {
		captured += p.CapturedMinor
		refunded += p.RefundedMinor
	}
	return captured > 0 && captured == refunded
}
