package shop

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// PaymentStore keeps payments. Every method is one transaction; none of them talks to a provider.
type PaymentStore interface {
	// PreparePayment decides by PayCommand.Plan and records the attempt as sending, before anybody is asked.
	PreparePayment(ctx context.Context, c PayCommand) (PreparedPayment, error)
	// ResumeAttempt returns an attempt as it is. mine is true when its outcome is unknown, whoever sent it has had
	// time, and it is now the caller's to settle.
	ResumeAttempt(ctx context.Context, ref AttemptRef) (attempt PaymentAttempt, mine bool, err error)
	// RecordCharge books what the provider answered, once.
	RecordCharge(ctx context.Context, r ChargeRecord) (ChargeRecorded, error)

	// PrepareCapture, PrepareRefund, CancelOrder and PrepareUnitRefund record operations as sending, before anybody is asked.
	PrepareCapture(ctx context.Context, c CaptureCommand) (op Operation, replayed bool, err error)
	PrepareRefund(ctx context.Context, c RefundCommand) (ops []Operation, replayed bool, err error)
	CancelOrder(ctx context.Context, c CancelCommand) (ops []Operation, replayed bool, err error)
	PrepareUnitRefund(ctx context.Context, c RefundUnitsCommand) (prepared PreparedUnitRefund, replayed bool, err error)
	PrepareRefundRetry(ctx context.Context, c RetryRefundCommand) (prepared PreparedUnitRefund, replayed bool, err error)
	PrepareReturnRefund(ctx context.Context, c RefundReturnCommand) (prepared PreparedUnitRefund, replayed bool, err error)
	PrepareShortPick(ctx context.Context, c ShortPickCommand) (prepared PreparedShortPick, replayed bool, err error)
	// RecordOperation books what the provider answered, once, and returns the operations that follow from it.
	RecordOperation(ctx context.Context, r OperationRecord) ([]Operation, error)

	// Captured, Refunded, Cancelled and UnitsRefunded return what became of operations.
	Captured(ctx context.Context, op Operation) (CaptureResult, error)
	Refunded(ctx context.Context, ops []Operation) (RefundResult, error)
	Cancelled(ctx context.Context, id OrderID) (CancelResult, error)
	UnitsRefunded(ctx context.Context, order OrderID, id int64) (UnitRefundResult, error)

	// ClaimCharges and ClaimOperations hand out what is due to be asked about, to one caller at a time.
	ClaimCharges(ctx context.Context, limit int) ([]PaymentAttempt, error)
	ClaimOperations(ctx context.Context, limit int) ([]Operation, error)
}

// PreparedPayment is a request to pay that is on record. Fresh attempts are to be sent; others exist already.
type PreparedPayment struct {
	Ref      AttemptRef
	Fresh    PaymentAttempt `json:"-"` // without a charge key: nothing is to be sent
	Replayed bool           `json:"-"`
}

// ChargeRecord is what became of a charge. SentAt is that of the attempt that was asked about: an attempt is given up
// as never heard of only if nobody sent it again meanwhile.
type ChargeRecord struct {
	Ref       AttemptRef
	SentAt    time.Time
	Outcome   Outcome
	Actor     Actor
	RequestID string
}

// ChargeRecorded is the attempt after it was booked, and the operations that follow: money that came too late goes back.
type ChargeRecorded struct {
	Attempt   PaymentAttempt
	FollowUps []Operation
}

// OperationRecord is what became of an operation.
type OperationRecord struct {
	Operation Operation
	Outcome   Outcome
	Actor     Actor
	RequestID string
}

const (
	lookUpDeadline = 2 * time.Second  // a look-up moves nothing, so it can be given up early and repeated
	recordDeadline = 10 * time.Second // for booking an answer, also when whoever asked has left
)

// Payments are the use cases that move money. Each stitches atomic phases together: record what is going to be asked,
// ask the provider outside of any transaction, record the answer. Whatever dies in between is found by its key.
type Payments struct {
	store     PaymentStore
	log       *slog.Logger
	providers map[string]PaymentProvider
	first     string
}

// NewPayments returns the use cases over the given providers, of which the first is used unless a command names one.
func NewPayments(store PaymentStore, log *slog.Logger, providers ...PaymentProvider) *Payments {
	p := &Payments{store: store, log: log, providers: make(map[string]PaymentProvider, len(providers))}
	for i, provider := range providers {
		if i == 0 {
			p.first = provider.Name()
		}
		p.providers[provider.Name()] = provider
	}
	return p
}

// Provider returns a connected provider by name, nil if there is none.
func (p *Payments) Provider(name string) PaymentProvider { return p.providers[name] }

// origin is who caused something, as events keep it.
type origin struct {
	actor     Actor
	requestID string
}

// Pay pays an order or a checkout. It answers with the attempt as it then is: captured or authorized, failed with the
// provider's reason, or sending or unknown when the provider has not answered yet and the outcome will be settled in
// the background. The same key again, and a second request while the first is in flight, get the same attempt and never
// a second charge. Refusals are those of PayCommand.Plan.
func (p *Payments) Pay(ctx context.Context, c PayCommand) (PaymentAttempt, error) {
	if c.Provider == "" {
		c.Provider = p.first
	}
	if p.providers[c.Provider] == nil {
		return PaymentAttempt{}, Invalid("provider", "This shop does not take payments by "+c.Provider+".")
	}
	prepared, err := p.store.PreparePayment(ctx, c)
	if err != nil {
		return PaymentAttempt{}, err
	}
	attempt, err := p.proceed(ctx, c, prepared)
	attempt.Replayed = prepared.Replayed
	return attempt, err
}

func (p *Payments) proceed(ctx context.Context, c PayCommand, prepared PreparedPayment) (PaymentAttempt, error) {
	by := origin{c.Actor, c.RequestID}
	if prepared.Fresh.ChargeKey != "" {
		return p.charge(ctx, prepared.Fresh, c, by)
	}
	attempt, mine, err := p.store.ResumeAttempt(ctx, prepared.Ref)
	if err != nil || !mine {
		return attempt, err
	}
	outcome := p.lookUp(ctx, attempt.Provider, attempt.ChargeKey)
	if outcome.State == OutcomeNeverHeard {
		return p.charge(ctx, attempt, c, by)
	}
	return p.recordCharge(ctx, attempt, outcome, by)
}

// charge sends the attempt under its key and records the answer. The buyer who closes the page does not stop it: an
// answer that nobody records would have to be asked for again.
func (p *Payments) charge(ctx context.Context, a PaymentAttempt, c PayCommand, by origin) (PaymentAttempt, error) {
	outcome := p.ask(ctx, question{a.Provider, "charge", a.ChargeKey, ChargeDeadline}, func(ctx context.Context, provider PaymentProvider) (Outcome, error) {
		return provider.Charge(ctx, ChargeRequest{
			Key: a.ChargeKey, Amount: a.Amount(), Method: c.Method, Capture: !c.Authorize, Description: describe(a.OrderIDs),
		})
	})
	return p.recordCharge(ctx, a, outcome, by)
}

// describe is what stands on the buyer's statement.
func describe(orders []OrderID) string {
	if len(orders) == 1 {
		return "Order " + orders[0].Number()
	}
	return fmt.Sprintf("Order %s and %d more", orders[0].Number(), len(orders)-1)
}

func (p *Payments) recordCharge(ctx context.Context, a PaymentAttempt, outcome Outcome, by origin) (PaymentAttempt, error) {
	booking, cancel := detached(ctx, recordDeadline)
	defer cancel()
	recorded, err := p.store.RecordCharge(booking, ChargeRecord{
		Ref: a.AttemptRef, SentAt: a.SentAt, Outcome: outcome, Actor: by.actor, RequestID: by.requestID,
	})
	if err != nil {
		return a, err
	}
	return recorded.Attempt, p.perform(ctx, recorded.FollowUps, origin{actor: Actor{Kind: ActorSystem}, requestID: by.requestID})
}

var errNotConnected = errors.New("this shop is not connected to the provider")

// question is a call of a provider: to whom, about what, under which key, and how long the answer may take.
type question struct {
	provider, what, key string
	deadline            time.Duration
}

// ask calls a provider outside of any transaction. No answer within the deadline, an error, and a provider that is not
// connected are an unknown outcome, which is logged.
func (p *Payments) ask(ctx context.Context, q question, call func(context.Context, PaymentProvider) (Outcome, error)) Outcome {
	connected := p.providers[q.provider]
	err := errNotConnected
	if connected != nil {
		calling, cancel := detached(ctx, q.deadline)
		defer cancel()
		var outcome Outcome
		if outcome, err = call(calling, connected); err == nil {
			return outcome
		}
	}
	p.log.WarnContext(ctx, "payment provider did not answer", "provider", q.provider, "request", q.what, "key", q.key, "error", err)
	return Outcome{State: OutcomeUnknown}
}

// detached is a context that outlives the caller's by at most the timeout.
func detached(ctx context.Context, timeout time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), timeout)
}

func (p *Payments) lookUp(ctx context.Context, provider, key string) Outcome {
	return p.ask(ctx, question{provider, "look-up", key, lookUpDeadline}, func(ctx context.Context, provider PaymentProvider) (Outcome, error) {
		return provider.LookUp(ctx, key)
	})
}

// Capture takes money that a payment holds. It answers with the payment as it then is and the capture's own state:
// succeeded, failed with the provider's reason, or sending or unknown. The same key again is the same capture. Refusals
// are those of CaptureCommand.PlanCapture.
func (p *Payments) Capture(ctx context.Context, c CaptureCommand) (CaptureResult, error) {
	op, replayed, err := p.store.PrepareCapture(ctx, c)
	if err != nil {
		return CaptureResult{}, err
	}
	if !replayed {
		if err := p.perform(ctx, []Operation{op}, origin{c.Actor, c.RequestID}); err != nil {
			return CaptureResult{}, err
		}
	}
	result, err := p.store.Captured(ctx, op)
	result.Replayed = replayed
	return result, err
}

// Refund gives money back. It answers with the refunds as they then are: succeeded, failed with the provider's reason,
// or sending or unknown. Only what succeeded counts as given back; what has no answer yet cannot be given back again.
// Refusals are those of RefundCommand.Check and PlanRefund.
func (p *Payments) Refund(ctx context.Context, c RefundCommand) (RefundResult, error) {
	if err := c.Check(); err != nil {
		return RefundResult{}, err
	}
	ops, replayed, err := p.store.PrepareRefund(ctx, c)
	if err != nil {
		return RefundResult{}, err
	}
	if !replayed {
		if err := p.perform(ctx, ops, origin{c.Actor, c.RequestID}); err != nil {
			return RefundResult{}, err
		}
	}
	result, err := p.store.Refunded(ctx, ops)
	result.Replayed = replayed
	return result, err
}

// perform sends operations, records the answers, and then does what follows from them. What follows is fewer each time:
// a late capture is refunded, and nothing follows from a refund. When the provider is silent the rest is left to the
// background job, so that nobody waits for more than one silence.
func (p *Payments) perform(ctx context.Context, ops []Operation, by origin) error {
	for len(ops) > 0 {
		outcome := p.send(ctx, ops[0])
		followUps, err := p.recordOperation(ctx, ops[0], outcome, by)
		if err != nil || outcome.State == OutcomeUnknown {
			return err
		}
		ops = append(ops[1:], followUps...)
	}
	return nil
}

// send asks a provider to perform an operation. What cannot be sent at all is declined: it did not happen and will not.
func (p *Payments) send(ctx context.Context, op Operation) Outcome {
	if p.providers[op.Provider] == nil {
		return Outcome{State: OutcomeDeclined, Reason: "This shop is not connected to " + op.Provider + "."}
	}
	return p.ask(ctx, question{op.Provider, string(op.Kind), op.Key, ChargeDeadline}, func(ctx context.Context, provider PaymentProvider) (Outcome, error) {
		switch op.Kind {
		case OperationCapture:
			return provider.Capture(ctx, op.Request())
		case OperationVoid:
			return provider.Void(ctx, op.Request())
		case OperationRefund:
			return provider.Refund(ctx, op.Request())
		default:
			return Outcome{}, fmt.Errorf("there is no operation %q", op.Kind)
		}
	})
}

func (p *Payments) recordOperation(ctx context.Context, op Operation, outcome Outcome, by origin) ([]Operation, error) {
	booking, cancel := detached(ctx, recordDeadline)
	defer cancel()
	return p.store.RecordOperation(booking, OperationRecord{Operation: op, Outcome: outcome, Actor: by.actor, RequestID: by.requestID})
}
