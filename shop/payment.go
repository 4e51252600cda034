package shop

import "slices"

// PaymentStatus is the state of one payment attempt.
type PaymentStatus string

// The states of a payment. A captured payment stays captured: how much of it went back
// is its refunded amount, not a state.
const (
	PaymentPending    PaymentStatus = "pending"    // recorded, the provider was not asked
	PaymentSending    PaymentStatus = "sending"    // the provider is being asked
	PaymentAuthorized PaymentStatus = "authorized" // the money is held for us
	PaymentCaptured   PaymentStatus = "captured"   // the money is ours
	PaymentFailed     PaymentStatus = "failed"     // the provider said no
	PaymentCancelled  PaymentStatus = "cancelled"  // given up before the money was ours
	PaymentUnknown    PaymentStatus = "unknown"    // no answer; the provider must be asked by key
)

// PaymentTransition is one legal change of a payment's status.
type PaymentTransition struct{ From, To PaymentStatus }

// paymentTransitions is the same list as the table payment_transitions, which makes the database refuse every other
// change. A capture, void or refund under way is an operation of its own and no status of the payment.
var paymentTransitions = []PaymentTransition{
	{PaymentPending, PaymentSending},
	{PaymentPending, PaymentCaptured}, // an order that costs nothing: nobody was asked
	{PaymentPending, PaymentCancelled},
	{PaymentSending, PaymentAuthorized},
	{PaymentSending, PaymentCaptured},
	{PaymentSending, PaymentFailed},
	{PaymentSending, PaymentUnknown},
	{PaymentAuthorized, PaymentCaptured},
	{PaymentAuthorized, PaymentCancelled},
	{PaymentUnknown, PaymentAuthorized},
	{PaymentUnknown, PaymentCaptured},
	{PaymentUnknown, PaymentFailed},
}

// PaymentTransitions returns every legal change of a payment's status.
func PaymentTransitions() []PaymentTransition { return slices.Clone(paymentTransitions) }

// CanTransition tells whether a payment may go from s to the next status.
func (s PaymentStatus) CanTransition(to PaymentStatus) bool {
	return slices.Contains(paymentTransitions, PaymentTransition{s, to})
}

// PaymentStatuses returns every state of a payment.
func PaymentStatuses() []PaymentStatus {
	return []PaymentStatus{PaymentPending, PaymentSending, PaymentAuthorized, PaymentCaptured, PaymentFailed, PaymentCancelled, PaymentUnknown}
}

// ParsePaymentStatus reads a state as the database spells it; others are CodeInvalid.
func ParsePaymentStatus(s string) (PaymentStatus, error) {
	if !slices.Contains(PaymentStatuses(), PaymentStatus(s)) {
		return "", invalid("There is no payment status " + s + "; there are pending, sending, authorized, captured, failed, cancelled and unknown.")
	}
	return PaymentStatus(s), nil
}
