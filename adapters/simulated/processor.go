// Package simulated is a payment processor that takes no real money. It keeps books of its own, in the schema
// simulated_processor that nobody else touches, so they survive a crash and can be compared with ours like the record
// of any processor.
//
// What becomes of a charge is decided by its method token alone (see the Token constants), and a request takes effect
// once for its key, however often it comes.
package simulated

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"waybill/shop"
)

// Name is the processor's name in payments.provider.
const Name = "simulated"

// The method tokens: each stands for a card, or for trouble.
const (
	TokenOK                = "card_ok"                 // a card ending in 4242 that pays
	TokenDeclined          = "card_declined"           // the bank says no
	TokenInsufficientFunds = "card_insufficient_funds" // not enough money
	TokenTimeoutCaptured   = "card_timeout_captured"   // no answer, although the money was taken
	TokenTimeoutLost       = "card_timeout_lost"       // no answer, and nothing happened
	TokenSlow              = "card_slow"               // pays at once and answers after SlowAnswer
)

// SlowAnswer is how long TokenSlow keeps its caller waiting: longer than shop.ChargeDeadline.
const SlowAnswer = 8 * time.Second

// ErrTimeout is the answer that never came.
var ErrTimeout = errors.New("simulated processor: no answer in time")

// errKeyReused refuses a request whose key came before with another request.
var errKeyReused = errors.New("simulated processor: the key was used for another request")

// kinds of transactions in the books.
const (
	kindAuthorization = "authorization"
	kindCapture       = "capture"
	kindRefund        = "refund"
	kindVoid          = "void"
)

// cards are the cards behind the tokens; failure is why a card does not pay.
var cards = map[string]struct{ last4, failure string }{
	TokenOK:                {"4242", ""},
	TokenDeclined:          {"0002", "the bank declined the card"},
	TokenInsufficientFunds: {"9995", "the card has insufficient funds"},
	TokenTimeoutCaptured:   {"4242", ""},
	TokenSlow:              {"4242", ""},
}

// Processor is a shop.PaymentProvider. It is safe for concurrent use, in several programs on the same books too.
type Processor struct {
	pool  *pgxpool.Pool
	clock func() time.Time
	slow  time.Duration
}

// Option changes how a Processor works.
type Option func(*Processor)

// WithClock makes the processor date its transactions by clock.
func WithClock(clock func() time.Time) Option { return func(p *Processor) { p.clock = clock } }

// New returns the processor that keeps its books in the database of the pool.
func New(pool *pgxpool.Pool, options ...Option) *Processor {
	p := &Processor{pool: pool, clock: time.Now, slow: SlowAnswer}
	for _, option := range options {
		option(p)
	}
	return p
}

// Name is the constant Name.
func (p *Processor) Name() string { return Name }

// Charge takes or holds money as the token of the method says. An unknown token is declined.
func (p *Processor) Charge(ctx context.Context, r shop.ChargeRequest) (shop.Outcome, error) {
	if r.Method == TokenTimeoutLost {
		return shop.Outcome{}, ErrTimeout
	}
	e := entry{key: r.Key, kind: kindAuthorization, amount: r.Amount, method: r.Method, description: r.Description}
	if r.Capture {
		e.kind = kindCapture
	}
	e.failure = "the processor does not know this card"
	if card, known := cards[r.Method]; known {
		e.failure = card.failure
	}
	outcome, err := p.book(ctx, e, func(context.Context, pgx.Tx, entry) (string, error) { return e.failure, nil })
	switch {
	case err != nil:
		return outcome, err
	case r.Method == TokenTimeoutCaptured:
		return shop.Outcome{}, ErrTimeout
	case r.Method == TokenSlow:
		return outcome, p.linger(ctx)
	}
	return outcome, nil
}

// linger keeps the caller waiting.
func (p *Processor) linger(ctx context.Context) error {
	timer := time.NewTimer(p.slow)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// Capture takes money that a charge holds; more than it holds is declined.
func (p *Processor) Capture(ctx context.Context, r shop.MoneyRequest) (shop.Outcome, error) {
	return p.book(ctx, entry{key: r.Key, kind: kindCapture, charge: r.Charge, amount: r.Amount}, func(ctx context.Context, tx pgx.Tx, e entry) (string, error) {
		c, err := readCharge(ctx, tx, e.charge)
		return c.refuse(e, c.held, "more would be captured than is held"), err
	})
}

// Void lets go of everything that a charge still holds.
func (p *Processor) Void(ctx context.Context, r shop.MoneyRequest) (shop.Outcome, error) {
	return p.book(ctx, entry{key: r.Key, kind: kindVoid, charge: r.Charge, amount: r.Amount}, func(ctx context.Context, tx pgx.Tx, e entry) (string, error) {
		c, err := readCharge(ctx, tx, e.charge)
		return c.refuse(e, c.held, "nothing is held any more"), err
	})
}

// Refund gives back money that a charge took; more than it took is declined.
func (p *Processor) Refund(ctx context.Context, r shop.MoneyRequest) (shop.Outcome, error) {
	return p.book(ctx, entry{key: r.Key, kind: kindRefund, charge: r.Charge, amount: r.Amount, description: r.Reason}, func(ctx context.Context, tx pgx.Tx, e entry) (string, error) {
		c, err := readCharge(ctx, tx, e.charge)
		return c.refuse(e, c.taken, "more would be refunded than was captured"), err
	})
}

// LookUp answers what became of a request.
func (p *Processor) LookUp(ctx context.Context, key string) (shop.Outcome, error) {
	e, err := find(ctx, p.pool, key)
	if errors.Is(err, pgx.ErrNoRows) {
		return shop.Outcome{State: shop.OutcomeNeverHeard}, nil
	}
	if err != nil {
		return shop.Outcome{}, fmt.Errorf("simulated processor: look up: %w", err)
	}
	return e.outcome(), nil
}

// book enters a request into the books once for its key, and answers with what is there. decide says, under the lock of
// the charge, why the request fails; "" if it does not.
func (p *Processor) book(ctx context.Context, e entry, decide func(context.Context, pgx.Tx, entry) (string, error)) (shop.Outcome, error) {
	e.ref, e.at = newRef(e.kind), p.clock().UTC()
	if e.charge == "" {
		e.charge = e.ref
	}
	e.fee = fee(e)
	err := pgx.BeginFunc(ctx, p.pool, func(tx pgx.Tx) error { return enter(ctx, tx, e, decide) })
	if err != nil {
		return shop.Outcome{}, fmt.Errorf("simulated processor: %s: %w", e.kind, err)
	}
	booked, err := find(ctx, p.pool, e.key)
	if err != nil {
		return shop.Outcome{}, fmt.Errorf("simulated processor: %s: %w", e.kind, err)
	}
	if booked.kind != e.kind || booked.amount != e.amount || (e.charge != e.ref && booked.charge != e.charge) {
		return shop.Outcome{}, errKeyReused
	}
	return booked.outcome(), nil
}

// newRef is the processor's own reference of a transaction.
func newRef(kind string) string { return "sim_" + kind[:3] + "_" + rand.Text()[:20] }

// fee is 2.9 % of what is captured, rounded half up, and 30 minor units. Nothing else costs anything.
func fee(e entry) int64 {
	if e.kind != kindCapture {
		return 0
	}
	const permille, fixed = 29, 30
	thousands, rest := e.amount.Minor/1000, e.amount.Minor%1000
	return thousands*permille + (rest*permille+500)/1000 + fixed
}
