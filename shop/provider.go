package shop

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"time"
)

// PaymentProvider is a payment processor. Every request carries a key under which it takes effect once, however often
// it is sent, and by which the provider can be asked later what became of it.
//
// An answer is an Outcome: succeeded, or declined with a reason. An error means that nobody knows: the request may have
// taken effect, and LookUp has to tell.
type PaymentProvider interface {
	// Name is the provider's name in payments.provider, short and stable.
	Name() string
	// Charge takes money from a buyer, or with Capture false only holds it.
	Charge(ctx context.Context, r ChargeRequest) (Outcome, error)
	// Capture takes money that an earlier charge holds.
	Capture(ctx context.Context, r MoneyRequest) (Outcome, error)
	// Void lets go of what a charge holds and has not taken. Amount is ignored.
	Void(ctx context.Context, r MoneyRequest) (Outcome, error)
	// Refund gives back money that a charge took.
	Refund(ctx context.Context, r MoneyRequest) (Outcome, error)
	// LookUp answers what became of the request with the key; OutcomeNeverHeard if it never arrived.
	LookUp(ctx context.Context, key string) (Outcome, error)
	// Transactions is the provider's own record of money that moved in [from, until), oldest first, for reconciliation.
	// It is read as a stream; after an error it ends.
	Transactions(ctx context.Context, from, until time.Time) iter.Seq2[ProviderTransaction, error]
}

// ChargeRequest asks for money. Method is the token that stands for the buyer's means of payment; it is not stored.
type ChargeRequest struct {
	Key         string
	Amount      Amount
	Method      string
	Capture     bool // false: authorize only
	Description string
}

// MoneyRequest changes an earlier charge, which Charge names by the provider's reference.
type MoneyRequest struct {
	Key    string
	Charge string
	Amount Amount
	Reason string
}

// OutcomeState says what a provider answered.
type OutcomeState string

// The answers of a provider. The zero value is no answer.
const (
	OutcomeUnknown    OutcomeState = ""            // no answer, or none that can be understood
	OutcomeSucceeded  OutcomeState = "succeeded"   // it happened
	OutcomeDeclined   OutcomeState = "declined"    // it did not happen and will not
	OutcomeNeverHeard OutcomeState = "never_heard" // the request did not reach the provider; sending it again is right
)

// Outcome is a provider's answer about one request.
type Outcome struct {
	State     OutcomeState
	Ref       string    // the provider's reference of what the request became
	Amount    Amount    // what moved, as the provider says
	Captured  bool      // charges: the money is ours; false: it is held
	At        time.Time // when it happened at the provider; zero: not told
	Method    string    // card, voucher, ...
	CardLast4 string    // "" unless it was a card
	Reason    string    // declined: why, in words for the buyer
	Raw       string    // the answer as it came, when it could not be understood
}

// maxProviderText bounds what is kept of a provider's words.
const maxProviderText = 500

// check refuses an answer that does not fit what was asked; nothing may be booked by it. It returns "" if all fits.
func (o Outcome) check(asked Amount) string {
	switch {
	case o.State != OutcomeSucceeded:
		return ""
	case o.Ref == "":
		return "The provider's answer has no reference."
	case o.Amount.Currency != asked.Currency:
		return fmt.Sprintf("The provider answered in %q where %s was asked for.", clip(string(o.Amount.Currency)), asked.Currency)
	case o.Amount.Minor != asked.Minor:
		return fmt.Sprintf("The provider answered %s %s where %s was asked for.", o.Amount.Decimal(), asked.Currency, asked.Decimal())
	}
	return ""
}

// Judge is what may be booked for an answer to a request about the asked amount: the answer itself or, when it does not
// fit, an unknown outcome and the problem in words.
func (o Outcome) Judge(asked Amount) (judged Outcome, problem string) {
	if problem = o.check(asked); problem != "" {
		return Outcome{State: OutcomeUnknown, Ref: clip(o.Ref), Amount: o.Amount, Raw: clip(o.Raw)}, problem
	}
	o.Reason, o.Method, o.Ref = clip(o.Reason), clip(o.Method), clip(o.Ref)
	if len(o.CardLast4) != 4 || !isDigits(o.CardLast4) {
		o.CardLast4 = ""
	}
	return o, ""
}

// clip makes text from outside fit to be kept: valid, without NUL, and shortened on a character boundary.
func clip(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
	for i := range s {
		if i >= maxProviderText {
			return s[:i]
		}
	}
	return s
}

// TransactionKind says what a provider's transaction did.
type TransactionKind string

// The transactions that move money.
const (
	TransactionCapture TransactionKind = "capture"
	TransactionRefund  TransactionKind = "refund"
)

// ProviderTransaction is one line of a provider's record. AmountMinor is above zero for both kinds.
type ProviderTransaction struct {
	Ref         string
	Charge      string // reference of the charge that it belongs to; that of a direct charge is its own
	Key         string // the key of the request behind it
	Kind        TransactionKind
	Currency    Currency
	AmountMinor int64
	FeeMinor    int64 // what the provider keeps
	At          time.Time
	Description string
}

// What a provider's answers can make a person look at, as the kinds of reconciliation exceptions.
const (
	ExceptionSourceProvider = "provider answer"

	ExceptionAnswerMisfit       = "answer_misfit"        // the answer does not fit what was asked; nothing was booked
	ExceptionChargeAfterFailure = "charge_after_failure" // money moved for an attempt that is recorded as failed
	ExceptionRefundDeclined     = "refund_declined"      // money that has to go back did not
	ExceptionVoidDeclined       = "void_declined"        // money that has to be let go of is still held
)
