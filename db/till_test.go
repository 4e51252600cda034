package db_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"waybill/db"
	"waybill/db/dbtest/factory"
	"waybill/shop"
)

// till is a shop that takes money: a world, a clock that only the test moves, and a bank that does as it is told.
type till struct {
	*factory.World
	bank     *bank
	payments *shop.Payments
	orders   *shop.Orders
	ahead    atomic.Int64
}

func newTill(t *testing.T) *till {
	t.Helper()
	start := time.Now().UTC().Truncate(time.Second)
	till := &till{bank: &bank{booked: map[string]shop.Outcome{}, plan: map[string][]deed{}}}
	till.World = factory.New(t, db.WithClock(func() time.Time { return start.Add(time.Duration(till.ahead.Load())) }))
	till.payments = shop.NewPayments(till.Store, slog.New(slog.DiscardHandler), till.bank)
	till.orders = shop.NewOrders(till.Store, till.payments)
	t.Cleanup(till.CheckBooks)
	return till
}

// pass lets time go by.
func (w *till) pass(d time.Duration) { w.ahead.Add(int64(d)) }

// bought is a placed order and who bought it.
type bought struct {
	shop.PlacedOrder
	checkout shop.OrderID
	customer int64
}

// buy places an order of one unit at the given price, tax-free, from a shelf of ten.
func (w *till) buy(priceMinor int64) bought {
	w.TB.Helper()
	n := sequence.Add(1)
	merchant, _ := w.Merchant(fmt.Sprintf("merchant-%d", n))
	sku := w.SKU(merchant, "A", priceMinor, 10)
	customer, address := w.Customer(fmt.Sprintf("buyer%d@example.com", n))
	placed := w.Place(customer, address, sku)
	return bought{placed.Orders[0], placed.CheckoutID, customer}
}

var sequence atomic.Int64

func (w *till) key() shop.IdempotencyKey { return w.keyNamed(fmt.Sprintf("key-%d", sequence.Add(1))) }

func (w *till) keyNamed(name string) shop.IdempotencyKey {
	w.TB.Helper()
	key, err := shop.NewIdempotencyKey("test", name, nil)
	if err != nil {
		w.TB.Fatal(err)
	}
	return key
}

var buyer = shop.Actor{Kind: shop.ActorCustomer, ID: 1, Name: "Ada Buyer"}
var clerk = shop.Actor{Kind: shop.ActorStaff, ID: 1, Name: "Grace Clerk"}

// payFor is the command to pay all of an order under a key of its own.
func (w *till) payFor(id shop.OrderID) shop.PayCommand {
	return shop.PayCommand{OrderID: id, Method: "card", Actor: buyer, RequestID: "test", Key: w.key()}
}

func (w *till) partOf(id shop.OrderID, minor int64) shop.PayCommand {
	c := w.payFor(id)
	c.AmountMinor = &minor
	return c
}

func (w *till) pay(c shop.PayCommand) shop.PaymentAttempt {
	w.TB.Helper()
	attempt, err := w.payments.Pay(context.Background(), c)
	if err != nil {
		w.TB.Fatal(err)
	}
	return attempt
}

// settle runs the background job once and wants no error.
func (w *till) settle() int {
	w.TB.Helper()
	n, err := w.payments.SettleUnknown(context.Background(), 20)
	if err != nil {
		w.TB.Fatal(err)
	}
	return n
}

func (w *till) expire() int {
	w.TB.Helper()
	n, err := factory.Expire(context.Background(), w.Store, 100)
	if err != nil {
		w.TB.Fatal(err)
	}
	return n
}

func (w *till) order(id shop.OrderID) shop.OrderDetail {
	w.TB.Helper()
	order, err := w.Store.OrderByID(context.Background(), id, shop.OrderScope{})
	if err != nil {
		w.TB.Fatal(err)
	}
	return order
}

// wantOrder checks the status of an order and what its payments add up to.
func (w *till) wantOrder(id shop.OrderID, status shop.Status, captured, refunded int64) shop.OrderDetail {
	w.TB.Helper()
	order := w.order(id)
	var gotCaptured, gotRefunded int64
	for _, p := range order.Payments {
		gotCaptured += p.CapturedMinor
		gotRefunded += p.RefundedMinor
	}
	if order.Status != status || gotCaptured != captured || gotRefunded != refunded {
		w.TB.Errorf("the order is %s with %d captured and %d refunded, want %s, %d and %d", order.Status, gotCaptured, gotRefunded, status, captured, refunded)
	}
	return order
}

// wantSentences checks that the timeline, as the buyer reads it, ends with the sentences.
func (w *till) wantSentences(id shop.OrderID, want ...string) {
	w.TB.Helper()
	var public []string
	for _, e := range w.order(id).Events {
		if e.Visibility == shop.VisibilityPublic {
			public = append(public, e.Sentence())
		}
	}
	for i, sentence := range want {
		at := len(public) - len(want) + i
		if at < 0 || public[at] != sentence {
			w.TB.Errorf("the timeline is\n%q\nwant it to end\n%q", public, want)
			return
		}
	}
}

func wantCode(t *testing.T, err error, code shop.Code) {
	t.Helper()
	if shop.CodeOf(err) != code {
		t.Errorf("got %v, want %s", err, code)
	}
}

// bank is a payment provider in memory. A deed that is planned for a kind of request takes the place of doing it.
type bank struct {
	mu     sync.Mutex
	booked map[string]shop.Outcome // what moved or was declined, by key
	plan   map[string][]deed
	heard  []string // every request, in order
}

// deed is what the bank makes of one request; do performs it.
type deed func(do func() shop.Outcome) (shop.Outcome, error)

var errSilence = errors.New("the bank does not answer")

func lose(func() shop.Outcome) (shop.Outcome, error)        { return shop.Outcome{}, errSilence }
func goSilent(do func() shop.Outcome) (shop.Outcome, error) { do(); return shop.Outcome{}, errSilence }
func crashBefore(func() shop.Outcome) (shop.Outcome, error) { panic("killed before the request") }
func crashAfter(do func() shop.Outcome) (shop.Outcome, error) {
	do()
	panic("killed after the request")
}

func misstate(by int64) deed {
	return func(do func() shop.Outcome) (shop.Outcome, error) {
		outcome := do()
		outcome.Amount.Minor += by
		return outcome, nil
	}
}

func garble(do func() shop.Outcome) (shop.Outcome, error) {
	outcome := do()
	outcome.Ref, outcome.Raw = "", "<html>502 Bad Gateway</html>"
	return outcome, nil
}

// meanwhile lets something else happen before the request is performed.
func meanwhile(what func()) deed {
	return func(do func() shop.Outcome) (shop.Outcome, error) {
		what()
		return do(), nil
	}
}

// next plans a deed for the next request of a kind that has none planned.
func (b *bank) next(kind string, d deed) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.plan[kind] = append(b.plan[kind], d)
}

// count is how many requests of a kind came.
func (b *bank) count(kind string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for _, heard := range b.heard {
		if heard == kind {
			n++
		}
	}
	return n
}

// moved is the sum of what succeeded of a kind of request.
func (b *bank) moved(kind string) (sum int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for key, outcome := range b.booked {
		if outcome.State == shop.OutcomeSucceeded && len(key) > len(kind) && key[:len(kind)] == kind {
			sum += outcome.Amount.Minor
		}
	}
	return sum
}

func (b *bank) request(kind, key string, outcome shop.Outcome) (shop.Outcome, error) {
	b.mu.Lock()
	b.heard = append(b.heard, kind)
	do := func() shop.Outcome {
		b.mu.Lock()
		defer b.mu.Unlock()
		if _, known := b.booked[key]; !known {
			b.booked[key] = outcome
		}
		return b.booked[key]
	}
	var planned deed
	if plan := b.plan[kind]; len(plan) > 0 {
		planned, b.plan[kind] = plan[0], plan[1:]
	}
	b.mu.Unlock()
	if planned != nil {
		return planned(do)
	}
	return do(), nil
}

func (b *bank) Name() string { return "bank" }

func (b *bank) Charge(_ context.Context, r shop.ChargeRequest) (shop.Outcome, error) {
	outcome := shop.Outcome{State: shop.OutcomeSucceeded, Ref: "ref-" + r.Key, Amount: r.Amount, Captured: r.Capture, Method: "card", CardLast4: "4242"}
	if r.Method == "broke" {
		outcome.State, outcome.Reason = shop.OutcomeDeclined, "the card has no money"
	}
	return b.request("charge", r.Key, outcome)
}

func (b *bank) Capture(_ context.Context, r shop.MoneyRequest) (shop.Outcome, error) {
	return b.request("capture", r.Key, shop.Outcome{State: shop.OutcomeSucceeded, Ref: "ref-" + r.Key, Amount: r.Amount, Captured: true})
}

func (b *bank) Void(_ context.Context, r shop.MoneyRequest) (shop.Outcome, error) {
	return b.request("void", r.Key, shop.Outcome{State: shop.OutcomeSucceeded, Ref: "ref-" + r.Key, Amount: r.Amount})
}

func (b *bank) Refund(_ context.Context, r shop.MoneyRequest) (shop.Outcome, error) {
	return b.request("refund", r.Key, shop.Outcome{State: shop.OutcomeSucceeded, Ref: "ref-" + r.Key, Amount: r.Amount})
}

func (b *bank) decline(reason string) deed {
	return func(func() shop.Outcome) (shop.Outcome, error) {
		return shop.Outcome{State: shop.OutcomeDeclined, Reason: reason}, nil
	}
}

func (b *bank) LookUp(_ context.Context, key string) (shop.Outcome, error) {
	outcome := shop.Outcome{State: shop.OutcomeNeverHeard}
	b.mu.Lock()
	if booked, known := b.booked[key]; known {
		outcome = booked
	}
	b.heard = append(b.heard, "look-up")
	var planned deed
	if plan := b.plan["look-up"]; len(plan) > 0 {
		planned, b.plan["look-up"] = plan[0], plan[1:]
	}
	b.mu.Unlock()
	if planned != nil {
		return planned(func() shop.Outcome { return outcome })
	}
	return outcome, nil
}

func (b *bank) Transactions(context.Context, time.Time, time.Time) iter.Seq2[shop.ProviderTransaction, error] {
	return func(func(shop.ProviderTransaction, error) bool) {}
}
