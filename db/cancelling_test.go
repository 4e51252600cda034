package db_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"waybill/db/dbtest/factory"
	"waybill/shop"
)

func (w *till) cancelBy(o bought, actor shop.Actor) shop.CancelCommand {
	return shop.CancelCommand{OrderID: o.ID, Actor: actor, Reason: "changed my mind", RequestID: "test", Key: w.key()}
}

func (w *till) cancel(o bought, actor shop.Actor) shop.CancelResult {
	w.TB.Helper()
	result, err := w.orders.Cancel(context.Background(), w.cancelBy(o, actor))
	if err != nil {
		w.TB.Fatal(err)
	}
	return result
}

func TestCancellingUnpaidOrders(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	o := w.buy(100)
	if result := w.cancel(o, buyer); result.Status != shop.StatusCancelled || len(result.Refunds) != 0 {
		t.Errorf("%+v", result)
	}
	order := w.wantOrder(o.ID, shop.StatusCancelled, 0, 0)
	if order.CancelReason != "changed my mind" || order.Payments[0].Status != shop.PaymentCancelled {
		t.Errorf("%+v", order)
	}
	w.wantSentences(o.ID, "The order was placed.", "The order was cancelled: changed my mind.")
	if reserved := w.Int(`SELECT sum(reserved) FROM stock_levels`); reserved != 0 {
		t.Errorf("%d units are still reserved", reserved)
	}
}

func TestCancellingPaidOrdersSendsTheMoneyBack(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	o := w.buy(100)
	w.pay(w.payFor(o.ID))
	command := w.cancelBy(o, buyer)
	result, err := w.orders.Cancel(t.Context(), command)
	if err != nil || result.Status != shop.StatusRefunded || len(result.Refunds) != 1 || result.Refunds[0].Status != shop.RequestSucceeded {
		t.Errorf("%+v, %v", result, err)
	}
	order := w.wantOrder(o.ID, shop.StatusRefunded, 100, 100)
	if order.Fulfillments[0].Status != shop.FulfillmentCancelled || order.CancelReason != "changed my mind" {
		t.Errorf("%+v", order)
	}
	w.wantSentences(o.ID, "The order was cancelled: changed my mind.", "The refund of 1.00 USD was paid out: the order was cancelled.", "The order was refunded.")

	again, err := w.orders.Cancel(t.Context(), command)
	if err != nil || !again.Replayed || again.Status != shop.StatusRefunded || w.bank.count("refund") != 1 {
		t.Errorf("%+v, %v", again, err)
	}
	_, err = w.orders.Cancel(t.Context(), w.cancelBy(o, buyer))
	wantCode(t, err, shop.CodeConflict)
}

func TestCancellingAuthorizedOrdersLetsGoOfTheMoney(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	whole, part := w.buy(100), w.buy(100)
	w.authorize(whole.ID)
	payment := w.authorize(part.ID)
	if _, err := w.capture(payment.ID, 40); err != nil {
		t.Fatal(err)
	}
	w.cancel(whole, clerk)
	w.cancel(part, clerk)
	if status := w.wantOrder(whole.ID, shop.StatusCancelled, 0, 0).Payments[0].Status; status != shop.PaymentCancelled {
		t.Errorf("the authorization is %s", status)
	}
	w.wantOrder(part.ID, shop.StatusRefunded, 40, 40)
	if w.bank.moved("void") != 160 || w.bank.moved("refund") != 40 {
		t.Errorf("let go of %d, refunded %d", w.bank.moved("void"), w.bank.moved("refund"))
	}
	_, err := w.capture(payment.ID, 0)
	wantCode(t, err, shop.CodeConflict)
}

func TestWhoMayCancelWhen(t *testing.T) {
	t.Parallel()
	program := shop.Actor{Kind: shop.ActorIntegration, ID: 1, Name: "key"}
	w := newTill(t)
	processing := func() bought {
		o := w.buy(100)
		w.pay(w.payFor(o.ID))
		w.Event(o.ID, shop.StatusConfirmed, shop.StatusProcessing)
		return o
	}
	o := processing()
	_, err := w.orders.Cancel(t.Context(), w.cancelBy(o, buyer))
	wantCode(t, err, shop.CodeConflict)
	own := w.cancelBy(o, program)
	own.Scope.CustomerID = o.customer
	_, err = w.orders.Cancel(t.Context(), own)
	wantCode(t, err, shop.CodeConflict)
	w.cancel(o, clerk)

	o = processing()
	w.Exec(`UPDATE fulfillments SET status = 'shipped', shipped_at = now() WHERE order_id = $1`, int64(o.ID))
	_, err = w.orders.Cancel(t.Context(), w.cancelBy(o, clerk))
	wantCode(t, err, shop.CodeConflict)

	strange := w.cancelBy(w.buy(100), program)
	strange.Scope.CustomerID = o.customer
	_, err = w.orders.Cancel(t.Context(), strange)
	wantCode(t, err, shop.CodeNotFound)
}

// Scenario 22: unpaid past its window: cancelled by the job, stock free again, told in the timeline.
func TestUnpaidOrdersExpire(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	unpaid, paid, part, held := w.buy(100), w.buy(100), w.buy(100), w.buy(100)
	w.pay(w.payFor(paid.ID))
	w.pay(w.partOf(part.ID, 40))
	w.authorize(held.ID)
	if n := w.expire(); n != 0 {
		t.Errorf("%d orders expired before their time", n)
	}
	w.pass(shop.HoldDuration)
	if n := w.expire(); n != 2 {
		t.Errorf("%d orders expired, want 2", n)
	}
	w.wantOrder(paid.ID, shop.StatusConfirmed, 100, 0)
	w.wantOrder(held.ID, shop.StatusPending, 0, 0)
	order := w.wantOrder(unpaid.ID, shop.StatusCancelled, 0, 0)
	if order.CancelReason != "not paid in time" || order.Payments[0].Status != shop.PaymentCancelled {
		t.Errorf("%+v", order)
	}
	w.wantSentences(unpaid.ID, "The order was placed.", "The time to pay ran out, so the order was cancelled and the held items were released.")
	w.settle()
	w.wantOrder(part.ID, shop.StatusRefunded, 40, 40)
	w.pass(shop.AuthorizationHold)
	if n := w.expire(); n != 1 {
		t.Errorf("%d orders expired, want the authorized one", n)
	}
	w.settle()
	if status := w.wantOrder(held.ID, shop.StatusCancelled, 0, 0).Payments[0].Status; status != shop.PaymentCancelled {
		t.Errorf("the authorization of an expired order is %s", status)
	}
	if n := w.expire(); n != 0 {
		t.Errorf("%d orders expired twice", n)
	}
}

func TestExpiryIsBoundedAndSharedByInstances(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	merchant, _ := w.Merchant("one")
	skus := []int64{w.SKU(merchant, "A", 100, 1000), w.SKU(merchant, "B", 100, 1000)}
	customer, address := w.Customer("ada@example.com")
	const orders = 30
	for i := range orders {
		w.Place(customer, address, skus[i%2], skus[(i+1)%2])
	}
	w.pass(shop.HoldDuration)
	var all sync.WaitGroup
	var mu sync.Mutex
	total := 0
	for range 6 {
		all.Go(func() {
			n, err := factory.Expire(context.Background(), w.Store, 7)
			if err != nil || n > 7 {
				t.Errorf("%d, %v", n, err)
			}
			mu.Lock()
			defer mu.Unlock()
			total += n
		})
	}
	all.Wait()
	for total < orders {
		n := w.expire()
		if n == 0 {
			t.Fatalf("%d of %d expired", total, orders)
		}
		total += n
	}
	if n := w.Int(`SELECT count(*) FROM order_events WHERE kind = 'hold_expired'`); n != orders {
		t.Errorf("%d holds expired, want %d", n, orders)
	}
}

// The order is cancelled, or expires, while the provider is taking the money: the money is booked and goes back.
func TestMoneyThatComesTooLateGoesBack(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	o := w.buy(100)
	w.bank.next("charge", meanwhile(func() { w.cancel(o, buyer) }))
	attempt := w.pay(w.payFor(o.ID))
	if attempt.Status() != shop.PaymentCaptured || attempt.Parts[0].OrderStatus != shop.StatusCancelled {
		t.Errorf("%+v", attempt)
	}
	w.wantOrder(o.ID, shop.StatusRefunded, 100, 100)
	w.wantSentences(o.ID, "The order was cancelled: changed my mind.",
		"The payment of 1.00 USD was received: it came after the order had been cancelled and is sent back.",
		"The refund of 1.00 USD was paid out: the order was cancelled before the payment came.", "The order was refunded.")

	held := w.buy(100)
	w.bank.next("charge", meanwhile(func() { w.cancel(held, buyer) }))
	c := w.payFor(held.ID)
	c.Authorize = true
	w.pay(c)
	w.wantOrder(held.ID, shop.StatusCancelled, 0, 0)
	if w.bank.moved("void") != 100 {
		t.Errorf("let go of %d", w.bank.moved("void"))
	}

	captured := w.buy(100)
	payment := w.authorize(captured.ID)
	w.bank.next("capture", meanwhile(func() { w.cancel(captured, clerk) }))
	if _, err := w.capture(payment.ID, 0); err != nil {
		t.Fatal(err)
	}
	w.wantOrder(captured.ID, shop.StatusRefunded, 100, 100)
}

// The program dies between cancelling and refunding, or the provider is silent: the money still goes back, once.
func TestACrashWhileCancellingIsSettled(t *testing.T) {
	t.Parallel()
	for name, crash := range map[string]deed{"before the provider": crashBefore, "after the provider": crashAfter} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTill(t)
			o := w.buy(100)
			w.pay(w.payFor(o.ID))
			w.bank.next("refund", crash)
			killed(t, func() { w.cancel(o, buyer) })
			w.wantOrder(o.ID, shop.StatusCancelled, 100, 0)
			w.pass(shop.AttemptLease)
			w.settle()
			w.settle()
			w.wantOrder(o.ID, shop.StatusRefunded, 100, 100)
			if w.bank.moved("refund") != 100 {
				t.Errorf("refunded %d", w.bank.moved("refund"))
			}
		})
	}
}

func TestCancelAndPayRace(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	var orders []bought
	for range 10 {
		orders = append(orders, w.buy(100))
	}
	var all sync.WaitGroup
	for _, o := range orders {
		pay, cancel := w.payFor(o.ID), w.cancelBy(o, buyer)
		all.Go(func() {
			if _, err := w.payments.Pay(context.Background(), pay); err != nil && shop.CodeOf(err) != shop.CodeConflict {
				t.Error(err)
			}
		})
		all.Go(func() {
			if _, err := w.orders.Cancel(context.Background(), cancel); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, o := range orders {
		order := w.order(o.ID)
		if order.Status != shop.StatusCancelled && order.Status != shop.StatusRefunded {
			t.Errorf("a cancelled order is %s", order.Status)
		}
	}
	if w.bank.moved("charge") != w.bank.moved("refund") {
		t.Errorf("%d came and %d went back", w.bank.moved("charge"), w.bank.moved("refund"))
	}
}

func TestExpiryAndPayRace(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	var orders []bought
	for range 10 {
		orders = append(orders, w.buy(100))
	}
	w.pass(shop.HoldDuration - time.Microsecond) // the last moment, and it passes in the middle
	var all sync.WaitGroup
	for i, o := range orders {
		pay := w.payFor(o.ID)
		all.Go(func() {
			if i == len(orders)/2 {
				w.pass(time.Second)
			}
			if _, err := w.payments.Pay(context.Background(), pay); err != nil && shop.CodeOf(err) != shop.CodeConflict {
				t.Error(err)
			}
		})
		all.Go(func() {
			if _, err := factory.Expire(context.Background(), w.Store, 3); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	w.expire()
	for _, o := range orders {
		order := w.order(o.ID)
		if order.Status != shop.StatusConfirmed && order.Status != shop.StatusCancelled {
			t.Errorf("an order is %s", order.Status)
		}
	}
	confirmed := w.Int(`SELECT count(*) FROM orders WHERE status = 'confirmed'`)
	if w.bank.moved("charge") != 100*confirmed || w.bank.moved("refund") != 0 {
		t.Errorf("%d orders are paid, %d was charged, %d went back", confirmed, w.bank.moved("charge"), w.bank.moved("refund"))
	}
}
