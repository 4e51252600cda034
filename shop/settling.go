package shop

import (
	"context"
	"errors"
)

// maxSilent is how many requests in a row a provider may leave unanswered before a run leaves it alone until the next.
const maxSilent = 3

// SettleUnknown asks providers, by key, what became of at most limit charges and limit operations without an answer,
// and books what they say. It returns how many it got an answer about. A charge that its provider has never heard of is
// given up AbandonAfter its last sending, since only the buyer can send it again; an operation is sent again under its
// key.
func (p *Payments) SettleUnknown(ctx context.Context, limit int) (answered int, err error) {
	s := settler{payments: p, silent: map[string]int{}}
	charges, err := p.store.ClaimCharges(ctx, limit)
	if err != nil {
		return 0, err
	}
	for _, attempt := range charges {
		s.charge(ctx, attempt)
	}
	ops, err := p.store.ClaimOperations(ctx, limit)
	s.note(err)
	for _, op := range ops {
		s.operation(ctx, op)
	}
	return s.answered, errors.Join(s.errs...)
}

// settler is one run over what is unsettled.
type settler struct {
	payments *Payments
	silent   map[string]int // unanswered look-ups in a row, by provider
	answered int
	errs     []error
}

func (s *settler) charge(ctx context.Context, a PaymentAttempt) {
	outcome, answered := s.lookUp(ctx, a.Provider, a.ChargeKey)
	if answered {
		_, err := s.payments.recordCharge(ctx, a, outcome, origin{actor: Actor{Kind: ActorSystem}})
		s.note(err)
	}
}

func (s *settler) operation(ctx context.Context, op Operation) {
	outcome, answered := s.lookUp(ctx, op.Provider, op.Key)
	if !answered {
		return
	}
	by := origin{actor: Actor{Kind: ActorSystem}}
	if outcome.State == OutcomeNeverHeard {
		s.note(s.payments.perform(ctx, []Operation{op}, by))
		return
	}
	followUps, err := s.payments.recordOperation(ctx, op, outcome, by)
	s.note(err)
	s.note(s.payments.perform(ctx, followUps, by))
}

func (s *settler) lookUp(ctx context.Context, provider, key string) (outcome Outcome, answered bool) {
	if s.silent[provider] >= maxSilent || ctx.Err() != nil {
		return Outcome{}, false
	}
	outcome = s.payments.lookUp(ctx, provider, key)
	if outcome.State == OutcomeUnknown {
		s.silent[provider]++
		return outcome, false
	}
	s.silent[provider] = 0
	s.answered++
	return outcome, true
}

func (s *settler) note(err error) {
	if err != nil {
		s.errs = append(s.errs, err)
	}
}
