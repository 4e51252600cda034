package db_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"waybill/shop"
)

// buyUnits places an order of several units of one SKU at the given price, tax-free, from a shelf of a hundred.
func (w *till) buyUnits(priceMinor, units int64) bought {
	w.TB.Helper()
	n := sequence.Add(1)
	merchant, _ := w.Merchant(fmt.Sprintf("merchant-%d", n))
	sku := w.SKU(merchant, "A", priceMinor, 100)
	customer, address := w.Customer(fmt.Sprintf("buyer%d@example.com", n))
	command := w.Order(customer, address, sku)
	command.Items[0].Quantity = units
	placed, err := w.Placer().PlaceCheckout(context.Background(), command)
	if err != nil {
		w.TB.Fatal(err)
	}
	return bought{placed.Orders[0], placed.CheckoutID, customer}
}

// refundUnits refunds units of the first line of an order.
func (w *till) refundUnits(id shop.OrderID, units int64) (shop.UnitRefundResult, error) {
	return w.payments.RefundUnits(context.Background(), w.refundOf(id, units))
}

func (w *till) refundOf(id shop.OrderID, units int64) shop.RefundUnitsCommand {
	return shop.RefundUnitsCommand{
		OrderID: id, Units: []shop.LineUnits{{LineNo: 1, Quantity: units}}, Cause: shop.CauseRequest, Reason: "scratched", Actor: clerk, RequestID: "test", Key: w.key(),
	}
}

// Scenario 15, for units: what they cost spills over from payment to payment, and no unit is refunded twice.
func TestRefundsOfUnitsSpillOverPayments(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	o := w.buyUnits(333, 3)
	w.pay(w.partOf(o.ID, 400))
	w.pay(w.payFor(o.ID))
	result, err := w.refundUnits(o.ID, 2)
	if err != nil || result.Refund.AmountMinor != 666 || len(result.Payouts) != 2 || result.Payouts[0].AmountMinor != 400 || result.State() != shop.RequestSucceeded {
		t.Fatalf("%+v, %v", result, err)
	}
	_, err = w.refundUnits(o.ID, 2)
	wantCode(t, err, shop.CodeInvalid)
	order := w.wantOrder(o.ID, shop.StatusConfirmed, 999, 666)
	if back := order.Lines[0].Refunded; back.Quantity != 2 || back.TotalMinor != 666 {
		t.Errorf("the line says %+v", back)
	}
	if result, err = w.refundUnits(o.ID, 1); err != nil || result.OrderStatus != shop.StatusRefunded {
		t.Errorf("%+v, %v", result, err)
	}
	_, err = w.refundUnits(o.ID, 1)
	wantCode(t, err, shop.CodeInvalid)
	w.wantOrder(o.ID, shop.StatusRefunded, 999, 999)
}

// Scenario 16, for units: a declined refund leaves the units refundable.
func TestADeclinedRefundOfUnitsDoesNotCount(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	o := w.buyUnits(100, 2)
	w.pay(w.payFor(o.ID))
	w.bank.next("refund", w.bank.decline("the account is closed"))
	result, err := w.refundUnits(o.ID, 2)
	if err != nil || result.State() != shop.RequestFailed || result.Failure() != "the account is closed" || result.Refund.Live {
		t.Fatalf("%+v, %v", result, err)
	}
	if order := w.wantOrder(o.ID, shop.StatusConfirmed, 200, 0); order.Lines[0].Refunded.Quantity != 0 || len(order.UnitRefunds) != 1 {
		t.Errorf("%+v", order.UnitRefunds)
	}
	if _, err = w.refundUnits(o.ID, 2); err != nil {
		t.Fatal(err)
	}
	w.wantOrder(o.ID, shop.StatusRefunded, 200, 200)
}

func TestAnUnansweredRefundOfUnitsIsSettledOnce(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	o := w.buyUnits(100, 2)
	w.pay(w.payFor(o.ID))
	w.bank.next("refund", goSilent)
	command := w.refundOf(o.ID, 1)
	result, err := w.payments.RefundUnits(t.Context(), command)
	if err != nil || result.State() != shop.RequestSending || !result.Refund.Live {
		t.Fatalf("%+v, %v", result, err)
	}
	_, err = w.refundUnits(o.ID, 2) // what is on its way counts
	wantCode(t, err, shop.CodeInvalid)
	w.pass(time.Minute)
	w.settle()
	again, err := w.payments.RefundUnits(t.Context(), command)
	if err != nil || !again.Replayed || again.State() != shop.RequestSucceeded || w.bank.moved("refund") != 100 {
		t.Errorf("%+v, %v", again, err)
	}
	w.wantOrder(o.ID, shop.StatusConfirmed, 200, 100)
}

func TestConcurrentRefundsOfUnitsAreOncePerUnit(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	o := w.buyUnits(100, 5)
	w.pay(w.payFor(o.ID))
	same := w.refundOf(o.ID, 2)
	var all sync.WaitGroup
	for i := range 16 {
		c := w.refundOf(o.ID, 2)
		if i%4 == 0 {
			c = same
		}
		all.Go(func() {
			if _, err := w.payments.RefundUnits(context.Background(), c); err != nil && shop.CodeOf(err) != shop.CodeInvalid {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if w.bank.moved("refund") != 400 {
		t.Errorf("refunded %d of 500 in pairs", w.bank.moved("refund"))
	}
}

func TestARefundOfUnitsStaysWithinWhatWasPaid(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	o := w.buyUnits(100, 2)
	w.pay(w.payFor(o.ID))
	if _, err := w.refund(shop.RefundCommand{OrderID: o.ID}, 150); err != nil {
		t.Fatal(err)
	}
	_, err := w.refundUnits(o.ID, 1)
	wantCode(t, err, shop.CodeInvalid)
	command := w.refundOf(o.ID, 1)
	command.UpToLeft = true
	result, err := w.payments.RefundUnits(t.Context(), command)
	if err != nil || result.Refund.AmountMinor != 50 || result.Refund.WithheldMinor != 50 {
		t.Errorf("%+v, %v", result, err)
	}
	w.wantOrder(o.ID, shop.StatusRefunded, 200, 200)
}

func TestOthersCannotRefundUnits(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	o := w.buyUnits(100, 2)
	w.pay(w.payFor(o.ID))
	command := w.refundOf(o.ID, 1)
	command.Scope.MerchantID = 999_999
	_, err := w.payments.RefundUnits(t.Context(), command)
	wantCode(t, err, shop.CodeNotFound)
}

// The database itself refuses a unit too many, whoever writes it.
func TestTheDatabaseRefusesAUnitTooMany(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	o := w.buyUnits(100, 2)
	w.pay(w.payFor(o.ID))
	if _, err := w.refundUnits(o.ID, 1); err != nil {
		t.Fatal(err)
	}
	w.Exec(`INSERT INTO unit_refunds (order_id, id, cause, currency, lines_minor, amount_minor, actor_kind, created_at) VALUES ($1, 1, 'request', 'USD', 0, 0, 'staff', now())`, int64(o.ID))
	_, err := w.Pool.Exec(t.Context(), `INSERT INTO refund_lines VALUES ($1, 1, 1, 2, 0, 0, 0, 0)`, int64(o.ID))
	if err == nil {
		t.Error("three of two units are refunded")
	}
	_, err = w.Pool.Exec(t.Context(), `UPDATE unit_refunds SET reason = 'changed'`)
	if err == nil {
		t.Error("a refund of units was changed")
	}
}

// Whatever is refunded in whatever order, with whatever the bank answers, the units and the money agree with a model.
func TestRefundsOfUnitsAgreeWithAModel(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	rapid.Check(t, func(r *rapid.T) {
		price, units := rapid.Int64Range(1, 999).Draw(r, "price"), rapid.Int64Range(1, 9).Draw(r, "units")
		o := w.buyUnits(price, units)
		if first := rapid.Int64Range(0, price*units-1).Draw(r, "first payment"); first > 0 {
			w.pay(w.partOf(o.ID, first))
		}
		w.pay(w.payFor(o.ID))
		left := units
		for i := range rapid.IntRange(1, 4).Draw(r, "refunds") {
			n := rapid.Int64Range(1, units).Draw(r, fmt.Sprint("units", i))
			result, err := w.refundUnits(o.ID, n)
			if n > left {
				if shop.CodeOf(err) != shop.CodeInvalid {
					r.Fatalf("%d of %d: %v", n, left, err)
				}
				continue
			}
			if err != nil || result.Refund.AmountMinor != price*n {
				r.Fatalf("%+v, %v", result, err)
			}
			left -= n
		}
		if order := w.order(o.ID); order.Lines[0].Refunded.Quantity != units-left || order.Lines[0].Refunded.TotalMinor != price*(units-left) {
			r.Fatalf("%+v of %d, %d left", order.Lines[0].Refunded, units, left)
		}
	})
}

// A part that was declined is tried again until it went back, and never goes back twice.
func TestWhatWasDeclinedIsTriedAgain(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	o := w.buyUnits(333, 3)
	w.pay(w.partOf(o.ID, 400))
	w.pay(w.payFor(o.ID))
	w.bank.next("refund", w.bank.decline("the card is closed"))
	first, err := w.refundUnits(o.ID, 3) // 400 declined, 599 paid out
	if err != nil || first.State() != shop.RequestFailed || !first.Refund.Live {
		t.Fatalf("%+v, %v", first, err)
	}
	order := w.wantOrder(o.ID, shop.StatusConfirmed, 999, 599)
	gaps := order.RefundGaps()
	if len(gaps) != 1 || gaps[0].Missing.Minor != 400 || gaps[0].PaidBack.Minor != 599 || gaps[0].Failure != "the card is closed" {
		t.Fatalf("the gaps are %+v", gaps)
	}
	retry := func() (shop.UnitRefundResult, error) {
		return w.payments.RetryRefund(t.Context(), shop.RetryRefundCommand{OrderID: o.ID, RefundID: first.Refund.ID, Actor: clerk, RequestID: "test", Key: w.key()})
	}
	w.bank.next("refund", w.bank.decline("still closed"))
	if again, err := retry(); err != nil || again.State() != shop.RequestFailed || again.Failure() != "still closed" {
		t.Fatalf("declined again: %+v, %v", again, err)
	}
	w.bank.next("refund", goSilent)
	if silent, err := retry(); err != nil || silent.State() != shop.RequestSending {
		t.Fatalf("without an answer: %+v, %v", silent, err)
	}
	_, err = retry() // what is on its way is not sent once more
	wantCode(t, err, shop.CodeConflict)
	w.pass(time.Minute)
	w.settle()
	_, err = retry()
	wantCode(t, err, shop.CodeConflict)
	w.wantOrder(o.ID, shop.StatusRefunded, 999, 999)
	if moved := w.bank.moved("refund"); moved != 999 {
		t.Errorf("the bank gave %d back", moved)
	}
}

// Many press the button at once: one try, by its key and by the lock of the order.
func TestARefundIsTriedAgainOnce(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	o := w.buyUnits(100, 2)
	w.pay(w.partOf(o.ID, 50))
	w.pay(w.payFor(o.ID))
	w.bank.next("refund", w.bank.decline("no"))
	first, err := w.refundUnits(o.ID, 2)
	if err != nil {
		t.Fatal(err)
	}
	same := w.key()
	var all sync.WaitGroup
	for i := range 12 {
		c := shop.RetryRefundCommand{OrderID: o.ID, RefundID: first.Refund.ID, Actor: clerk, RequestID: "test", Key: same}
		if i%3 == 0 {
			c.Key = w.key()
		}
		all.Go(func() {
			if _, err := w.payments.RetryRefund(context.Background(), c); err != nil && shop.CodeOf(err) != shop.CodeConflict {
				t.Error(err)
			}
		})
	}
	all.Wait()
	w.wantOrder(o.ID, shop.StatusRefunded, 200, 200)
	if moved := w.bank.moved("refund"); moved != 200 {
		t.Errorf("the bank gave %d back", moved)
	}
}

// Units whose refund was declined altogether are free again: trying that refund again could give them back twice.
func TestARefundDeclinedAltogetherIsMadeAnew(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	o, other := w.buyUnits(100, 1), w.buyUnits(100, 1)
	w.pay(w.payFor(o.ID))
	w.bank.next("refund", w.bank.decline("no"))
	first, err := w.refundUnits(o.ID, 1)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		order  shop.OrderID
		refund int64
		scope  shop.OrderScope
		want   shop.Code
	}{
		"declined altogether": {o.ID, first.Refund.ID, shop.OrderScope{}, shop.CodeConflict},
		"unknown":             {o.ID, first.Refund.ID + 1, shop.OrderScope{}, shop.CodeNotFound},
		"of another order":    {other.ID, first.Refund.ID, shop.OrderScope{}, shop.CodeNotFound},
		"of somebody else":    {o.ID, first.Refund.ID, shop.OrderScope{MerchantID: 1 << 40}, shop.CodeNotFound},
	} {
		_, err := w.payments.RetryRefund(t.Context(), shop.RetryRefundCommand{OrderID: c.order, RefundID: c.refund, Scope: c.scope, Actor: clerk, RequestID: "test", Key: w.key()})
		if shop.CodeOf(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := w.refundUnits(o.ID, 1); err != nil {
		t.Fatal(err)
	}
	w.wantOrder(o.ID, shop.StatusRefunded, 100, 100)
}
