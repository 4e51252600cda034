package db_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"waybill/db/dbtest/factory"
	"waybill/shop"
)

// sent is a paid order whose parcel has arrived, and who sent it.
type sent struct {
	bought
	seller shop.User
}

// deliver sells units of one SKU, sends them and lets them arrive.
func (w *till) deliver(priceMinor, units int64) sent {
	w.TB.Helper()
	return w.deliverPaidIn(priceMinor, units, 0)
}

// deliverPaidIn delivers an order of which a part was paid first, and the rest with another payment.
func (w *till) deliverPaidIn(priceMinor, units, first int64) sent {
	w.TB.Helper()
	o := w.buyUnits(priceMinor, units)
	if first > 0 {
		w.pay(w.partOf(o.ID, first))
	}
	w.pay(w.payFor(o.ID))
	merchant := w.Int(`SELECT merchant_id FROM orders WHERE id = $1`, int64(o.ID))
	seller := w.User(fmt.Sprintf("seller%d@example.com", merchant), shop.RoleMerchant, merchant, 0)
	w.Shipped(o.ID, seller)
	if _, err := w.Store.DeliverFulfillment(context.Background(), factory.Work(o.ID, seller)); err != nil {
		w.TB.Fatal(err)
	}
	return sent{o, seller}
}

func (w *till) ask(s sent, units int64) (shop.ReturnID, error) {
	id, _, err := w.Store.RequestReturn(context.Background(), shop.RequestReturnCommand{
		OrderID: s.ID, Scope: shop.OrderScope{CustomerID: s.customer}, Actor: buyer, Key: w.key(),
		Units: []shop.ReturnUnits{{LineUnits: shop.LineUnits{LineNo: 1, Quantity: units}, Reason: "changed_mind"}},
	})
	return id, err
}

func (w *till) act(s sent, id shop.ReturnID) shop.ReturnAct {
	return shop.ReturnAct{ID: id, Scope: shop.OrderScope{MerchantID: s.seller.MerchantID}, Actor: s.seller.Actor(), RequestID: "test", Key: w.key()}
}

func (w *till) approve(s sent, id shop.ReturnID, units int64) (shop.Return, error) {
	c := shop.ApproveReturnCommand{ReturnAct: w.act(s, id)}
	if units > 0 {
		c.Units = []shop.LineUnits{{LineNo: 1, Quantity: units}}
	}
	return w.Store.ApproveReturn(context.Background(), c)
}

func (w *till) receive(s sent, id shop.ReturnID, good, broken int64) (shop.Return, error) {
	c := shop.ReceiveReturnCommand{ReturnAct: w.act(s, id)}
	if good > 0 {
		c.Units = append(c.Units, shop.ReceivedUnits{LineUnits: shop.LineUnits{LineNo: 1, Quantity: good}, Condition: shop.ConditionAsNew, Restock: true})
	}
	if broken > 0 {
		c.Units = append(c.Units, shop.ReceivedUnits{LineUnits: shop.LineUnits{LineNo: 1, Quantity: broken}, Condition: shop.ConditionDamaged})
	}
	return w.Store.ReceiveReturn(context.Background(), c)
}

func (w *till) payBack(s sent, id shop.ReturnID) (shop.UnitRefundResult, error) {
	return w.payments.RefundReturn(context.Background(), shop.RefundReturnCommand{ReturnAct: w.act(s, id)})
}

func (w *till) wantReturn(id shop.ReturnID, status shop.ReturnStatus) shop.Return {
	w.TB.Helper()
	_, r, err := w.Store.ReturnByID(context.Background(), id, shop.OrderScope{})
	if err != nil || r.Status != status {
		w.TB.Fatalf("the return is %+v, want it %s; %v", r, status, err)
	}
	return r
}

func (w *till) must(r shop.Return, err error) shop.Return {
	w.TB.Helper()
	if err != nil {
		w.TB.Fatal(err)
	}
	return r
}

// onHand is the stock of the order's first line, at all locations.
func (w *till) onHand(id shop.OrderID) int64 {
	w.TB.Helper()
	return w.Int(`SELECT sum(s.on_hand)::bigint FROM stock_levels s JOIN order_line_items l ON l.sku_id = s.sku_id WHERE l.order_id = $1`, int64(id))
}

// Scenarios 2 and 21: three asked for, two arrive, one of them broken: money for two, one on the shelf.
func TestAReturnIsPaidForWhatArrived(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	s := w.deliver(333, 4)
	id, err := w.ask(s, 3)
	if err != nil {
		t.Fatal(err)
	}
	w.wantSentences(s.ID, "The return "+id.Number()+" of 3 × Product A was asked for.")
	_, err = w.payBack(s, id)
	wantCode(t, err, shop.CodeConflict)
	_, err = w.receive(s, id, 1, 0)
	wantCode(t, err, shop.CodeConflict)
	w.must(w.approve(s, id, 0))
	before := w.onHand(s.ID)
	w.must(w.receive(s, id, 1, 1))
	if after := w.onHand(s.ID); after != before+1 {
		t.Errorf("%d on hand after %d, want one more", after, before)
	}
	result, err := w.payBack(s, id)
	if err != nil || result.Refund.AmountMinor != 666 || result.Refund.Cause != shop.CauseReturn {
		t.Fatalf("%+v, %v", result, err)
	}
	r := w.wantReturn(id, shop.ReturnClosed)
	if l := r.Lines[0]; l.Received != 2 || l.Restocked != 1 || l.Refunded != 2 || len(r.Receipts) != 2 {
		t.Errorf("%+v", r)
	}
	w.wantOrder(s.ID, shop.StatusDelivered, 1332, 666)
	// What never arrived can be asked for again, what arrived cannot.
	_, err = w.ask(s, 3)
	wantCode(t, err, shop.CodeInvalid)
	if _, err = w.ask(s, 2); err != nil {
		t.Error(err)
	}
	_, err = w.ask(s, 1)
	wantCode(t, err, shop.CodeConflict)
}

func TestUnitsComeBackOnce(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	s := w.deliver(100, 2)
	id, _ := w.ask(s, 2)
	w.must(w.approve(s, id, 0))
	w.must(w.receive(s, id, 2, 0))
	_, err := w.receive(s, id, 1, 0)
	wantCode(t, err, shop.CodeConflict)
	if _, err := w.Pool.Exec(t.Context(), `INSERT INTO return_receipts (order_id, id, return_id, line_no, quantity, condition, restocked, actor_kind, created_at)
		VALUES ($1, next_id(now()), $2, 1, 1, 'damaged', false, 'staff', now())`, int64(s.ID), int64(id)); err == nil {
		t.Error("the database takes three of two units")
	}
	if _, err := w.Pool.Exec(t.Context(), `UPDATE returns SET status = 'requested'`); err == nil {
		t.Error("the database lets a return go back")
	}
	if _, err := w.Pool.Exec(t.Context(), `UPDATE return_line_items SET quantity = 3, approved_quantity = 3`); err == nil {
		t.Error("the database lets more come back than was sent")
	}
}

// Two desks book the same parcel at once: it arrives once, and is paid for once.
func TestTwoDesksReceiveTheSameUnits(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	s := w.deliver(100, 2)
	id, _ := w.ask(s, 2)
	w.must(w.approve(s, id, 0))
	before := w.onHand(s.ID)
	var all sync.WaitGroup
	var refused atomic.Int64
	for range 8 {
		all.Go(func() {
			if _, err := w.receive(s, id, 2, 0); shop.CodeOf(err) == shop.CodeConflict {
				refused.Add(1)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if refused.Load() != 7 || w.onHand(s.ID) != before+2 {
		t.Errorf("%d of 8 desks were refused, %d on hand after %d", refused.Load(), w.onHand(s.ID), before)
	}
	for range 8 {
		all.Go(func() {
			if _, err := w.payBack(s, id); err != nil && shop.CodeOf(err) != shop.CodeConflict {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if w.bank.moved("refund") != 200 {
		t.Errorf("%d went back for two units of 100", w.bank.moved("refund"))
	}
	w.wantReturn(id, shop.ReturnClosed)
}

func TestTheSameRequestTwiceIsOneReturn(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	s := w.deliver(100, 2)
	command := shop.RequestReturnCommand{
		OrderID: s.ID, Scope: shop.OrderScope{CustomerID: s.customer}, Actor: buyer, Key: w.key(),
		Units: []shop.ReturnUnits{{LineUnits: shop.LineUnits{LineNo: 1, Quantity: 1}, Reason: "other"}},
	}
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			if _, _, err := w.Store.RequestReturn(context.Background(), command); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := w.Int(`SELECT count(*) FROM returns`); n != 1 {
		t.Errorf("%d returns", n)
	}
}

func TestTheWindowOfReturns(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	s := w.deliver(100, 2)
	w.pass(29 * 24 * time.Hour)
	id, err := w.ask(s, 1)
	if err != nil {
		t.Fatal(err)
	}
	w.pass(2 * 24 * time.Hour)
	_, err = w.ask(s, 1)
	wantCode(t, err, shop.CodeConflict)
	// What was asked for in time goes on, and the shop itself takes back what it wants.
	w.must(w.approve(s, id, 0))
	_, _, err = w.Store.RequestReturn(t.Context(), shop.RequestReturnCommand{
		OrderID: s.ID, Scope: shop.OrderScope{MerchantID: s.seller.MerchantID}, Actor: s.seller.Actor(), Key: w.key(),
		Units: []shop.ReturnUnits{{LineUnits: shop.LineUnits{LineNo: 1, Quantity: 1}, Reason: "other"}},
	})
	if err != nil {
		t.Error(err)
	}
	unsent := w.buyUnits(100, 1)
	w.pay(w.payFor(unsent.ID))
	_, err = w.ask(sent{bought: unsent}, 1)
	wantCode(t, err, shop.CodeConflict)
}

func TestReturnsThatComeToNothing(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	s := w.deliver(100, 3)
	rejected, _ := w.ask(s, 3)
	_, err := w.Store.RejectReturn(t.Context(), w.act(s, rejected))
	wantCode(t, err, shop.CodeInvalid) // without a reason
	act := w.act(s, rejected)
	act.Reason = "worn"
	w.must(w.Store.RejectReturn(t.Context(), act))
	w.wantSentences(s.ID, "The return "+rejected.Number()+" was not accepted: worn.")
	_, err = w.approve(s, rejected, 0)
	wantCode(t, err, shop.CodeConflict)

	cancelled, err := w.ask(s, 3) // the units are free again
	if err != nil {
		t.Fatal(err)
	}
	mine := shop.ReturnAct{ID: cancelled, Scope: shop.OrderScope{CustomerID: s.customer}, Actor: buyer, Key: w.key()}
	w.must(w.Store.CancelReturn(t.Context(), mine))

	kept, _ := w.ask(s, 2)
	w.must(w.approve(s, kept, 1)) // one of two
	sentBack := shop.ReturnSentCommand{ReturnAct: shop.ReturnAct{ID: kept, Scope: mine.Scope, Actor: buyer, Key: w.key()}, Carrier: "DHL", TrackingNumber: "123456"}
	w.must(w.Store.ReturnSent(t.Context(), sentBack))
	_, err = w.receive(s, kept, 2, 0)
	wantCode(t, err, shop.CodeConflict)
	w.must(w.receive(s, kept, 0, 1))
	act = w.act(s, kept)
	act.Reason = "broken by the customer"
	w.must(w.Store.CloseReturn(t.Context(), act))
	_, err = w.payBack(s, kept)
	wantCode(t, err, shop.CodeConflict)
	w.wantOrder(s.ID, shop.StatusDelivered, 300, 0)
}

// Scenario 16, for returns: a declined refund leaves the return to be paid.
func TestADeclinedRefundLeavesTheReturnOpen(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	s := w.deliver(100, 1)
	id, _ := w.ask(s, 1)
	w.must(w.approve(s, id, 0))
	w.must(w.receive(s, id, 1, 0))
	w.bank.next("refund", w.bank.decline("the account is closed"))
	if result, err := w.payBack(s, id); err != nil || result.State() != shop.RequestFailed {
		t.Fatalf("%+v, %v", result, err)
	}
	w.wantReturn(id, shop.ReturnReceived)
	w.bank.next("refund", goSilent)
	if result, err := w.payBack(s, id); err != nil || result.State() != shop.RequestSending {
		t.Fatalf("%+v, %v", result, err)
	}
	w.wantReturn(id, shop.ReturnReceived)
	w.pass(time.Minute)
	w.settle()
	w.wantReturn(id, shop.ReturnClosed)
	w.wantOrder(s.ID, shop.StatusRefunded, 100, 100)
}

// A return that is paid back in parts is closed when the last part went back, declined ones in between.
func TestAReturnClosesWhenWhatWasDeclinedWentBack(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	s := w.deliverPaidIn(100, 2, 120)
	id, _ := w.ask(s, 2)
	w.must(w.approve(s, id, 0))
	w.must(w.receive(s, id, 2, 0))
	w.bank.next("refund", w.bank.decline("the card is closed"))
	result, err := w.payBack(s, id)
	if err != nil || result.State() != shop.RequestFailed || len(result.Payouts) != 2 {
		t.Fatalf("%+v, %v", result, err)
	}
	w.wantReturn(id, shop.ReturnReceived)
	if _, err := w.payments.RetryRefund(t.Context(), shop.RetryRefundCommand{OrderID: s.ID, RefundID: result.Refund.ID, Actor: clerk, RequestID: "test", Key: w.key()}); err != nil {
		t.Fatal(err)
	}
	w.wantReturn(id, shop.ReturnClosed)
	w.wantOrder(s.ID, shop.StatusRefunded, 200, 200)
}

func TestOthersDoNotFindAReturn(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	s, other := w.deliver(100, 1), w.deliver(100, 1)
	id, _ := w.ask(s, 1)
	foreign := w.act(other, id)
	_, err := w.Store.ApproveReturn(t.Context(), shop.ApproveReturnCommand{ReturnAct: foreign})
	wantCode(t, err, shop.CodeNotFound)
	_, _, err = w.Store.ReturnByID(t.Context(), id, shop.OrderScope{CustomerID: other.customer})
	wantCode(t, err, shop.CodeNotFound)
	_, err = w.Store.ReturnPhoto(t.Context(), id, foreign.Scope)
	wantCode(t, err, shop.CodeNotFound)
	if page, _, err := w.Store.MerchantReturns(t.Context(), shop.ReturnQuery{Scope: foreign.Scope, Status: shop.ReturnRequested}); err != nil || len(page) != 0 {
		t.Errorf("%+v, %v", page, err)
	}
	page, more, err := w.Store.MerchantReturns(t.Context(), shop.ReturnQuery{Scope: w.act(s, id).Scope, Status: shop.ReturnRequested})
	if err != nil || more || len(page) != 1 || page[0].ID != id || page[0].First != "Product A" || page[0].Units != 1 {
		t.Errorf("%+v, %v", page, err)
	}
}

// model is what a handful of units can be, counted by hand.
type model struct{ sent, claimed, received, restocked, refunded int64 }

// Random requests, decisions, receipts and refunds agree with a model that only counts, and the books stay exact.
func TestReturnsAgreeWithAModel(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	rapid.Check(t, func(r *rapid.T) {
		price, units := rapid.Int64Range(1, 500).Draw(r, "price"), rapid.Int64Range(1, 6).Draw(r, "units")
		s := w.deliver(price, units)
		m := model{sent: units}
		shelf := w.onHand(s.ID)
		for i := range rapid.IntRange(1, 4).Draw(r, "returns") {
			w.oneReturn(r, s, &m, i)
		}
		order := w.order(s.ID)
		var back int64
		for _, p := range order.Payments {
			back += p.RefundedMinor
		}
		if back != m.refunded*price || order.Lines[0].Refunded.Quantity != m.refunded || w.onHand(s.ID) != shelf+m.restocked {
			r.Fatalf("%+v: %d of %d went back, the line says %+v, %d on hand after %d", m, back, price, order.Lines[0].Refunded, w.onHand(s.ID), shelf)
		}
	})
}

// oneReturn takes one return as far as luck has it.
func (w *till) oneReturn(r *rapid.T, s sent, m *model, i int) {
	draw := func(what string, least, most int64) int64 {
		return rapid.Int64Range(least, most).Draw(r, fmt.Sprint(what, i))
	}
	asked := draw("asked", 1, m.sent)
	id, err := w.ask(s, asked)
	if (asked > m.sent-m.claimed) != (err != nil) {
		r.Fatalf("%d asked of %+v: %v", asked, m, err)
	}
	if err != nil || draw("goes on", 0, 3) == 0 {
		if err == nil {
			m.claimed += asked
		}
		return
	}
	approved := draw("approved", 1, asked)
	if _, err := w.approve(s, id, approved); err != nil {
		r.Fatal(err)
	}
	m.claimed += approved
	good, broken := draw("good", 0, approved), draw("broken", 0, approved)
	if good+broken == 0 {
		return
	}
	_, err = w.receive(s, id, good, broken)
	if (good+broken > approved) != (err != nil) {
		r.Fatalf("%d + %d of %d: %v", good, broken, approved, err)
	}
	if err != nil {
		return
	}
	m.received, m.restocked = m.received+good+broken, m.restocked+good
	if draw("paid", 0, 3) == 0 {
		return
	}
	if _, err := w.payBack(s, id); err != nil {
		r.Fatal(err)
	}
	m.refunded += good + broken
	m.claimed -= approved - good - broken // closed: what never came is free again
}
