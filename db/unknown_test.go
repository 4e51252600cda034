package db_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"waybill/shop"
)

// killed runs what a crash of the program ends in the middle.
func killed(t *testing.T, what func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Error("nothing was killed")
		}
	}()
	what()
}

// The program dies after the attempt is on record. Before the provider heard of it: given up in the end, nothing
// charged. After: found by its key and booked once.
func TestACrashWhileChargingIsSettledByAsking(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		crash  deed
		status shop.Status
		paid   int64
	}{
		"before the provider": {crashBefore, shop.StatusPending, 0},
		"after the provider":  {crashAfter, shop.StatusConfirmed, 500},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTill(t)
			o := w.buy(500)
			w.bank.next("charge", c.crash)
			killed(t, func() { w.pay(w.payFor(o.ID)) })

			if n := w.Int(`SELECT count(*) FROM payments WHERE status = 'sending' AND charge_key <> '' AND provider = 'bank'`); n != 1 {
				t.Fatalf("%d attempts are on record", n)
			}
			if n := w.settle(); n != 0 {
				t.Errorf("%d were asked about while they may still be on their way", n)
			}
			w.pass(shop.AttemptLease)
			w.settle()
			w.pass(shop.AbandonAfter)
			w.settle()
			w.settle()
			w.wantOrder(o.ID, c.status, c.paid, 0)
			if w.bank.moved("charge") != c.paid || w.bank.count("charge") != 1 {
				t.Errorf("the bank moved %d in %d charges", w.bank.moved("charge"), w.bank.count("charge"))
			}
			if n := w.Int(`SELECT count(*) FROM payments WHERE ask_at IS NOT NULL`); n != 0 {
				t.Errorf("%d attempts are still open", n)
			}
		})
	}
}

// Scenario 18: after a crash the buyer's browser sends the form again, under the same key.
func TestARetryAfterACrashResumesUnderTheSameChargeKey(t *testing.T) {
	t.Parallel()
	for name, crash := range map[string]deed{"before the provider": crashBefore, "after the provider": crashAfter} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTill(t)
			o := w.buy(500)
			command := w.payFor(o.ID)
			w.bank.next("charge", crash)
			killed(t, func() { w.pay(command) })

			if early := w.pay(command); early.Status() != shop.PaymentSending {
				t.Errorf("a retry at once finds %s", early.Status())
			}
			w.pass(shop.AttemptLease)
			again := w.pay(command)
			if again.Status() != shop.PaymentCaptured || !again.Replayed || len(w.bank.booked) != 1 {
				t.Errorf("%+v; the bank booked %d", again, len(w.bank.booked))
			}
			w.wantOrder(o.ID, shop.StatusConfirmed, 500, 0)
		})
	}
}

func TestATimeOutIsSettledByAsking(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	lost, taken := w.buy(500), w.buy(700)
	w.bank.next("charge", lose)
	w.bank.next("charge", goSilent)
	for _, o := range []bought{lost, taken} {
		if attempt := w.pay(w.payFor(o.ID)); attempt.Status() != shop.PaymentUnknown {
			t.Fatalf("%+v", attempt)
		}
	}
	w.wantSentences(lost.ID, "The payment of 5.00 USD has no answer from the provider yet.")
	w.pass(time.Minute)
	w.settle()
	if status := w.wantOrder(lost.ID, shop.StatusPending, 0, 0).Payments[0].Status; status != shop.PaymentUnknown {
		t.Errorf("an attempt that may still arrive is %s", status)
	}
	w.wantOrder(taken.ID, shop.StatusConfirmed, 700, 0)
	w.pass(shop.AbandonAfter)
	w.settle()
	w.wantSentences(lost.ID, "The payment of 5.00 USD has no answer from the provider yet.",
		"The payment of 5.00 USD was declined: it did not reach the payment provider and nothing was charged.")
	w.pay(w.payFor(lost.ID))
	w.wantOrder(lost.ID, shop.StatusConfirmed, 500, 0)
	if w.bank.moved("charge") != 1200 {
		t.Errorf("the bank moved %d", w.bank.moved("charge"))
	}
}

// A buyer who sees no answer tries again with a new form: the charge goes out again under the key it had.
func TestANewRequestToPayJoinsTheUnknownOne(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	o := w.buy(500)
	w.bank.next("charge", lose)
	first := w.pay(w.payFor(o.ID))
	if waiting := w.pay(w.payFor(o.ID)); waiting.ChargeKey != first.ChargeKey || waiting.Status() != shop.PaymentUnknown {
		t.Errorf("%+v", waiting)
	}
	w.pass(shop.AttemptLease)
	second := w.pay(w.payFor(o.ID))
	if second.ChargeKey != first.ChargeKey || second.Status() != shop.PaymentCaptured || len(w.bank.booked) != 1 {
		t.Errorf("first %+v\nsecond %+v", first, second)
	}
	w.wantOrder(o.ID, shop.StatusConfirmed, 500, 0)
}

// The job looks up an attempt that is lost and then takes its time; meanwhile the buyer sends it again, and that answer is
// lost too. What the job learned is no longer true.
func TestAnAttemptThatWasSentAgainIsNotGivenUp(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	o := w.buy(500)
	command := w.payFor(o.ID)
	w.bank.next("charge", lose)
	w.pay(command)
	w.pass(shop.AbandonAfter)
	stale, err := w.Store.ClaimCharges(t.Context(), 10)
	if err != nil || len(stale) != 1 {
		t.Fatalf("%+v, %v", stale, err)
	}
	w.pass(time.Hour)
	w.bank.next("charge", goSilent)
	if attempt := w.pay(command); attempt.Status() != shop.PaymentUnknown {
		t.Errorf("%+v", attempt)
	}
	w.pass(shop.AbandonAfter)
	_, err = w.Store.RecordCharge(t.Context(), shop.ChargeRecord{
		Ref: stale[0].AttemptRef, SentAt: stale[0].SentAt, Outcome: shop.Outcome{State: shop.OutcomeNeverHeard}, Actor: shop.Actor{Kind: shop.ActorSystem},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.settle()
	w.wantOrder(o.ID, shop.StatusConfirmed, 500, 0)
}

// Scenario 19: many learn of the outcome at once; it is booked once.
func TestTheSameOutcomeIsBookedOnce(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	o := w.buy(500)
	w.bank.next("charge", goSilent)
	attempt := w.pay(w.payFor(o.ID))
	outcome, err := w.bank.LookUp(t.Context(), attempt.ChargeKey)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 12 {
		all.Go(func() {
			_, err := w.Store.RecordCharge(context.Background(), shop.ChargeRecord{Ref: attempt.AttemptRef, Outcome: outcome, Actor: shop.Actor{Kind: shop.ActorSystem}})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	late := shop.Outcome{State: shop.OutcomeDeclined, Reason: "told twice"}
	if _, err := w.Store.RecordCharge(t.Context(), shop.ChargeRecord{Ref: attempt.AttemptRef, Outcome: late, Actor: buyer}); err != nil {
		t.Fatal(err)
	}
	w.wantOrder(o.ID, shop.StatusConfirmed, 500, 0)
	if n := w.Int(`SELECT count(*) FROM order_events WHERE kind = 'payment' AND data->>'outcome' = 'captured'`); n != 1 {
		t.Errorf("told %d times", n)
	}
}

func TestAnAnswerThatDoesNotFitBooksNothing(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		answer deed
		actual int64
	}{
		"too little": {misstate(-1), 499}, "too much": {misstate(49_500), 50_000}, "no reference": {garble, 500},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTill(t)
			o := w.buy(500)
			w.bank.next("charge", c.answer)
			if attempt := w.pay(w.payFor(o.ID)); attempt.Status() != shop.PaymentUnknown {
				t.Errorf("%+v", attempt)
			}
			w.wantOrder(o.ID, shop.StatusPending, 0, 0)
			w.pass(time.Minute)
			w.bank.next("look-up", c.answer)
			w.settle()
			w.wantOrder(o.ID, shop.StatusPending, 0, 0)
			if n := w.Int(`SELECT count(*) FROM reconciliation_exceptions WHERE kind = 'answer_misfit' AND order_id = $1 AND expected_minor = 500 AND actual_minor = $2`, int64(o.ID), c.actual); n != 1 {
				t.Errorf("%d findings for finance, want 1", n)
			}
			if n := w.Int(`SELECT count(*) FROM order_events WHERE kind = 'exception' AND visibility = 'finance'`); n != 1 {
				t.Errorf("%d findings in the timeline, want 1", n)
			}
			w.pass(shop.HoldDuration)
			if n := w.expire(); n != 0 {
				t.Error("an order expired while its payment is unknown")
			}
		})
	}
}

// One silent provider costs a run three questions, however much is unsettled, and what is old is asked about less often.
func TestASilentProviderIsLeftAlone(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	for range 6 {
		w.bank.next("charge", lose)
		w.pay(w.payFor(w.buy(100).ID))
	}
	for range 3 {
		w.bank.next("look-up", lose)
	}
	w.pass(time.Minute)
	before := w.bank.count("look-up")
	if n := w.settle(); n != 0 {
		t.Errorf("%d were answered", n)
	}
	if asked := w.bank.count("look-up") - before; asked != 3 {
		t.Errorf("asked %d times", asked)
	}
	w.pass(time.Second)
	if w.settle(); w.bank.count("look-up")-before != 3 {
		t.Error("asked again at once")
	}
	w.pass(shop.AbandonAfter)
	if n := w.settle(); n != 6 {
		t.Errorf("%d were answered, want all", n)
	}
}

func TestTwoInstancesShareWhatIsUnsettled(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	for range 5 {
		w.bank.next("charge", goSilent)
		w.pay(w.payFor(w.buy(100).ID))
	}
	w.pass(time.Minute)
	before := w.bank.count("look-up")
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if _, err := w.payments.SettleUnknown(context.Background(), 20); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if asked := w.bank.count("look-up") - before; asked != 5 {
		t.Errorf("five attempts were asked about %d times", asked)
	}
	if n := w.Int(`SELECT count(*) FROM orders WHERE status = 'confirmed'`); n != 5 {
		t.Errorf("%d orders are confirmed", n)
	}
}

// A charge over several orders is one attempt in the job too.
func TestAnUnknownChargeOfACheckoutIsSettledWhole(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	placed, err := w.Placer().PlaceCheckout(t.Context(), w.threeMerchants("USD", 1001, 333, 1))
	if err != nil {
		t.Fatal(err)
	}
	w.bank.next("charge", goSilent)
	w.pay(shop.PayCommand{CheckoutID: placed.CheckoutID, Method: "card", Actor: buyer, Key: w.key()})
	w.pass(time.Minute)
	if n := w.settle(); n != 1 {
		t.Errorf("%d answers for one charge", n)
	}
	for _, o := range placed.Orders {
		w.wantOrder(o.ID, shop.StatusConfirmed, o.TotalMinor, 0)
	}
}

// The job gave an attempt up; the record of the provider shows later that it did charge. A person has to see it.
func TestMoneyForAnAttemptThatWasGivenUpIsListed(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	o := w.buy(500)
	w.bank.next("charge", lose)
	attempt := w.pay(w.payFor(o.ID))
	w.pass(shop.AbandonAfter)
	w.settle()
	surprise := shop.Outcome{State: shop.OutcomeSucceeded, Ref: "late", Amount: shop.Amount{Minor: 500, Currency: "USD"}, Captured: true}
	for range 2 {
		if _, err := w.Store.RecordCharge(t.Context(), shop.ChargeRecord{Ref: attempt.AttemptRef, Outcome: surprise, Actor: buyer}); err != nil {
			t.Fatal(err)
		}
	}
	w.wantOrder(o.ID, shop.StatusPending, 0, 0)
	if n := w.Int(`SELECT count(*) FROM reconciliation_exceptions WHERE kind = 'charge_after_failure' AND provider_ref = 'late' AND actual_minor = 500`); n != 1 {
		t.Errorf("%d findings, want 1", n)
	}
}
