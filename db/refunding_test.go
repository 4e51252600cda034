package db_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"waybill/shop"
)

func (w *till) authorize(id shop.OrderID) shop.Payment {
	w.TB.Helper()
	c := w.payFor(id)
	c.Authorize = true
	attempt := w.pay(c)
	if attempt.Status() != shop.PaymentAuthorized {
		w.TB.Fatalf("%+v", attempt)
	}
	return attempt.Parts[0].Payment
}

// capture takes part of a payment; 0 takes all that is held.
func (w *till) capture(paymentID, minor int64) (shop.CaptureResult, error) {
	c := shop.CaptureCommand{PaymentID: paymentID, Actor: clerk, RequestID: "test", Key: w.key()}
	if minor != 0 {
		c.AmountMinor = &minor
	}
	return w.payments.Capture(context.Background(), c)
}

// Scenario 14: of 100 authorized, 50 + 50 can be captured, 200 cannot, and not 2 after 99.
func TestCapturesStayWithinWhatIsAuthorized(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	halves, odd := w.buy(100), w.buy(100)
	payment := w.authorize(halves.ID)
	order := w.wantOrder(halves.ID, shop.StatusPending, 0, 0)
	if hold := order.ExpiresAt.Sub(w.Store.Now()); hold != shop.AuthorizationHold {
		t.Errorf("the stock of an authorized order is held for %s", hold)
	}
	_, err := w.payments.Pay(t.Context(), w.payFor(halves.ID))
	wantCode(t, err, shop.CodeConflict)
	_, err = w.capture(payment.ID, 200)
	wantCode(t, err, shop.CodeInvalid)
	_, err = w.capture(payment.ID, -5)
	wantCode(t, err, shop.CodeInvalid)
	first, err := w.capture(payment.ID, 50)
	if err != nil || first.Operation.Status != shop.RequestSucceeded || first.Payment.CapturedMinor != 50 || first.OrderStatus != shop.StatusPending {
		t.Errorf("%+v, %v", first, err)
	}
	second, err := w.capture(payment.ID, 0)
	if err != nil || second.Payment.CapturedMinor != 100 || second.OrderStatus != shop.StatusConfirmed {
		t.Errorf("%+v, %v", second, err)
	}
	_, err = w.capture(payment.ID, 0)
	wantCode(t, err, shop.CodeConflict)
	w.wantOrder(halves.ID, shop.StatusConfirmed, 100, 0)

	payment = w.authorize(odd.ID)
	if _, err := w.capture(payment.ID, 99); err != nil {
		t.Fatal(err)
	}
	_, err = w.capture(payment.ID, 2)
	wantCode(t, err, shop.CodeInvalid)
	_, err = w.capture(12345, 1)
	wantCode(t, err, shop.CodeNotFound)
}

func TestTheSameCaptureTwiceIsOne(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	o := w.buy(100)
	payment := w.authorize(o.ID)
	half := int64(50)
	command := shop.CaptureCommand{PaymentID: payment.ID, AmountMinor: &half, Actor: clerk, Key: w.key()}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := w.payments.Capture(context.Background(), command); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	again, err := w.payments.Capture(t.Context(), command)
	if err != nil || !again.Replayed || again.Payment.CapturedMinor != 50 || w.bank.count("capture") != 1 {
		t.Errorf("%+v, %v; the bank heard of %d captures", again, err, w.bank.count("capture"))
	}
	if n := w.Int(`SELECT count(*) FROM payment_operations`); n != 1 {
		t.Errorf("%d captures on record", n)
	}
}

func TestConcurrentCapturesStayWithinWhatIsAuthorized(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	o := w.buy(100)
	payment := w.authorize(o.ID)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := w.capture(payment.ID, 30); err != nil && shop.CodeOf(err) != shop.CodeInvalid {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if w.bank.moved("capture") != 90 {
		t.Errorf("captured %d of 100 in thirties", w.bank.moved("capture"))
	}
}

func TestADeclinedCaptureLeavesTheAuthorization(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	o := w.buy(100)
	payment := w.authorize(o.ID)
	w.bank.next("capture", w.bank.decline("the authorization is too old"))
	result, err := w.capture(payment.ID, 0)
	if err != nil || result.Operation.Status != shop.RequestFailed || result.Operation.Failure != "the authorization is too old" || result.Payment.Status != shop.PaymentAuthorized {
		t.Errorf("%+v, %v", result, err)
	}
	w.wantOrder(o.ID, shop.StatusPending, 0, 0)
	if _, err := w.capture(payment.ID, 0); err != nil {
		t.Fatal(err)
	}
	w.wantOrder(o.ID, shop.StatusConfirmed, 100, 0)
}

func TestAnUnansweredCaptureIsSettledOnce(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]deed{"lost": lose, "taken": goSilent} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTill(t)
			o := w.buy(100)
			payment := w.authorize(o.ID)
			w.bank.next("capture", answer)
			result, err := w.capture(payment.ID, 60)
			if err != nil || result.Operation.Status != shop.RequestUnknown {
				t.Errorf("%+v, %v", result, err)
			}
			_, err = w.capture(payment.ID, 41) // what is on its way counts
			wantCode(t, err, shop.CodeInvalid)
			w.pass(time.Minute)
			w.settle()
			w.settle()
			w.wantOrder(o.ID, shop.StatusPending, 60, 0)
			if w.bank.moved("capture") != 60 {
				t.Errorf("the bank captured %d", w.bank.moved("capture"))
			}
		})
	}
}

func (w *till) refund(c shop.RefundCommand, minor int64) (shop.RefundResult, error) {
	if minor != 0 {
		c.AmountMinor = &minor
	}
	c.Actor, c.RequestID, c.Key = clerk, "test", w.key()
	return w.payments.Refund(context.Background(), c)
}

// Scenario 15: a refund that is bigger than the first payment spills over to the second.
func TestRefundsSpillOverPayments(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	o := w.buy(2500)
	w.pay(w.partOf(o.ID, 1000))
	w.pay(w.payFor(o.ID))
	_, err := w.refund(shop.RefundCommand{OrderID: o.ID}, 2501)
	wantCode(t, err, shop.CodeInvalid)
	result, err := w.refund(shop.RefundCommand{OrderID: o.ID, Reason: "scratched"}, 1200)
	if err != nil || len(result.Refunds) != 2 || result.Refunds[0].AmountMinor != 1000 || result.Refunds[1].AmountMinor != 200 || result.OrderStatus != shop.StatusConfirmed {
		t.Fatalf("%+v, %v", result, err)
	}
	w.wantSentences(o.ID, "The refund of 10.00 USD was paid out: scratched.", "The refund of 2.00 USD was paid out: scratched.")
	_, err = w.refund(shop.RefundCommand{OrderID: o.ID}, 1301)
	wantCode(t, err, shop.CodeInvalid)
	_, err = w.refund(shop.RefundCommand{PaymentID: result.Refunds[0].PaymentID}, 1)
	wantCode(t, err, shop.CodeConflict)
	_, err = w.refund(shop.RefundCommand{PaymentID: result.Refunds[1].PaymentID}, 1301)
	wantCode(t, err, shop.CodeInvalid)
	_, err = w.refund(shop.RefundCommand{OrderID: o.ID}, -1)
	wantCode(t, err, shop.CodeInvalid)
	w.wantOrder(o.ID, shop.StatusConfirmed, 2500, 1200)

	if result, err = w.refund(shop.RefundCommand{OrderID: o.ID}, 0); err != nil || result.OrderStatus != shop.StatusRefunded {
		t.Errorf("%+v, %v", result, err)
	}
	order := w.wantOrder(o.ID, shop.StatusRefunded, 2500, 2500)
	if order.Fulfillments[0].Status != shop.FulfillmentCancelled {
		t.Errorf("the work on a refunded order is %s", order.Fulfillments[0].Status)
	}
	_, err = w.refund(shop.RefundCommand{OrderID: o.ID}, 0)
	wantCode(t, err, shop.CodeConflict)
}

// Scenario 12: JPY has no decimals, KWD three; what was charged once goes back once.
func TestRefundsInCurrenciesWithOtherDigits(t *testing.T) {
	t.Parallel()
	for currency, want := range map[shop.Currency]string{"JPY": "The refund of 5800 JPY was paid out.", "KWD": "The refund of 5.800 KWD was paid out."} {
		w := newTill(t)
		placed, err := w.Placer().PlaceCheckout(t.Context(), w.threeMerchants(currency, 5800))
		if err != nil {
			t.Fatal(err)
		}
		o := placed.Orders[0]
		w.pay(w.payFor(o.ID))
		if _, err := w.refund(shop.RefundCommand{OrderID: o.ID}, 0); err != nil {
			t.Fatal(err)
		}
		if w.bank.moved("charge") != 5800 || w.bank.moved("refund") != 5800 {
			t.Errorf("%s: charged %d, refunded %d", currency, w.bank.moved("charge"), w.bank.moved("refund"))
		}
		w.wantOrder(o.ID, shop.StatusRefunded, 5800, 5800)
		w.wantSentences(o.ID, want, "The order was refunded.")
	}
}

// Scenario 16: a declined refund is not recorded as done, and can be tried again.
func TestADeclinedRefundChangesNoAmount(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	o := w.buy(100)
	w.pay(w.payFor(o.ID))
	w.bank.next("refund", w.bank.decline("the account is closed"))
	result, err := w.refund(shop.RefundCommand{OrderID: o.ID}, 0)
	if err != nil || result.Refunds[0].Status != shop.RequestFailed || result.Refunds[0].Failure != "the account is closed" {
		t.Errorf("%+v, %v", result, err)
	}
	w.wantOrder(o.ID, shop.StatusConfirmed, 100, 0)
	w.wantSentences(o.ID, "The order was confirmed.") // the buyer is not told of what the shop has to sort out
	if n := w.Int(`SELECT count(*) FROM reconciliation_exceptions WHERE kind = 'refund_declined' AND expected_minor = 100`); n != 1 {
		t.Errorf("%d findings for finance, want 1", n)
	}
	if _, err := w.refund(shop.RefundCommand{OrderID: o.ID}, 0); err != nil {
		t.Fatal(err)
	}
	w.wantOrder(o.ID, shop.StatusRefunded, 100, 100)
}

func TestConcurrentRefundsNeverExceedWhatWasCaptured(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	o := w.buy(1000)
	w.pay(w.payFor(o.ID))
	same := w.key()
	sixty := int64(60)
	var all sync.WaitGroup
	for i := range 24 {
		c := shop.RefundCommand{OrderID: o.ID, AmountMinor: &sixty, Actor: clerk, Key: w.key()}
		if i%4 == 0 {
			c.Key = same
		}
		all.Go(func() {
			_, err := w.payments.Refund(context.Background(), c)
			if code := shop.CodeOf(err); code != "" && code != shop.CodeInvalid && code != shop.CodeConflict {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if w.bank.moved("refund") != 960 {
		t.Errorf("refunded %d of 1000 in sixties", w.bank.moved("refund"))
	}
	w.wantOrder(o.ID, shop.StatusConfirmed, 1000, 960)
}

func TestAnUnansweredRefundIsSettledOnce(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]deed{"lost": lose, "paid out": goSilent} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTill(t)
			o := w.buy(100)
			w.pay(w.payFor(o.ID))
			w.bank.next("refund", answer)
			result, err := w.refund(shop.RefundCommand{OrderID: o.ID, Reason: "broken"}, 0)
			if err != nil || result.Refunds[0].Status != shop.RequestUnknown {
				t.Errorf("%+v, %v", result, err)
			}
			w.wantSentences(o.ID, "The refund of 1.00 USD is on its way: broken.")
			_, err = w.refund(shop.RefundCommand{OrderID: o.ID}, 0) // what is on its way counts
			wantCode(t, err, shop.CodeConflict)
			w.pass(time.Minute)
			w.settle()
			w.settle()
			w.wantOrder(o.ID, shop.StatusRefunded, 100, 100)
			if w.bank.moved("refund") != 100 {
				t.Errorf("the bank refunded %d", w.bank.moved("refund"))
			}
		})
	}
}

func TestAProviderThatIsGoneCannotRefund(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	o := w.buy(100)
	w.Confirm(o.ID) // paid by "test", which this shop is not connected to
	result, err := w.refund(shop.RefundCommand{OrderID: o.ID}, 0)
	if err != nil || result.Refunds[0].Status != shop.RequestFailed || result.Refunds[0].Failure == "" {
		t.Errorf("%+v, %v", result, err)
	}
}

// The job and whoever asked both learn the outcome of an operation; it is booked once.
func TestTheSameOperationIsBookedOnce(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	o := w.buy(100)
	payment := w.authorize(o.ID)
	book := func() {
		w.TB.Helper()
		w.pass(time.Minute)
		ops, err := w.Store.ClaimOperations(t.Context(), 10)
		if err != nil || len(ops) != 1 {
			t.Fatalf("%+v, %v", ops, err)
		}
		outcome, err := w.bank.LookUp(t.Context(), ops[0].Key)
		if err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for range 6 {
			all.Go(func() {
				if _, err := w.Store.RecordOperation(context.Background(), shop.OperationRecord{Operation: ops[0], Outcome: outcome, Actor: clerk}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	}
	w.bank.next("capture", goSilent)
	if _, err := w.capture(payment.ID, 0); err != nil {
		t.Fatal(err)
	}
	book()
	w.wantOrder(o.ID, shop.StatusConfirmed, 100, 0)
	w.bank.next("refund", goSilent)
	if _, err := w.refund(shop.RefundCommand{OrderID: o.ID}, 30); err != nil {
		t.Fatal(err)
	}
	book()
	w.wantOrder(o.ID, shop.StatusConfirmed, 100, 30)
	if n := w.Int(`SELECT count(*) FROM order_events WHERE kind IN ('payment', 'refund') AND data->>'outcome' IN ('captured', 'succeeded')`); n != 2 {
		t.Errorf("told %d times, want once of each", n)
	}
}
