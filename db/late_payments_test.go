package db_test

import (
	"testing"
	"time"

	"waybill/shop"
)

// leave makes the stock of an order's one SKU, of which buy has put ten on the shelf, so many units.
func (w *till) leave(o bought, stock int64) (sku int64) {
	w.TB.Helper()
	sku = w.Int(`SELECT sku_id FROM order_line_items WHERE order_id = $1`, int64(o.ID))
	w.Exec(`UPDATE stock_levels SET on_hand = $2 WHERE sku_id = $1`, sku, stock)
	w.Exec(`INSERT INTO inventory_transactions (id, sku_id, location_id, kind, on_hand_delta, actor_kind, created_at)
		SELECT next_id(now()), sku_id, location_id, 'adjustment', $2::bigint - 10, 'system', now() FROM stock_levels WHERE sku_id = $1 AND on_hand <> 10`, sku, stock)
	return sku
}

// lapse places an order of one of so many units, loses the answer to its payment, and lets the time pass for which its
// units are held.
func (w *till) lapse(stock int64, charge deed, authorize bool) (o bought, sku int64) {
	w.TB.Helper()
	o = w.buy(100)
	sku = w.leave(o, stock)
	w.bank.next("charge", charge)
	c := w.payFor(o.ID)
	c.Authorize = authorize
	w.pay(c)
	w.pass(shop.HoldDuration + shop.PaymentGrace)
	if n := w.expire(); n != 0 {
		w.TB.Fatalf("%d ended while the payment is in flight", n)
	}
	w.pass(shop.MaxHold)
	if n := w.expire(); n != 1 {
		w.TB.Fatalf("%d holds lapsed, want 1", n)
	}
	if n := w.expire(); n != 0 {
		w.TB.Fatalf("%d lapsed twice", n)
	}
	w.wantOrder(o.ID, shop.StatusPending, 0, 0)
	w.wantSentences(o.ID, "The payment of 1.00 USD has no answer from the provider yet.",
		"The time to pay ran out and the held items were released: the payment has no answer yet; if it comes and the items are still there, they are held again.")
	if held := w.Int(`SELECT reserved FROM stock_levels WHERE sku_id = $1`, sku); held != 0 {
		w.TB.Fatalf("%d are still reserved", held)
	}
	return o, sku
}

// A payment that comes after the hold lapsed finds the goods where they were: the order lives.
func TestALatePaymentGetsItsGoodsAgain(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	o, _ := w.lapse(1, goSilent, false)
	w.settle()
	w.wantOrder(o.ID, shop.StatusConfirmed, 100, 0)
	w.wantSentences(o.ID, "The payment of 1.00 USD was received.", "The payment came late; the items were still there and are held again.", "The order was confirmed.")
	if got := w.Text(`SELECT format('%s parcel, %s held', (SELECT count(*) FROM fulfillments), (SELECT sum(quantity) FROM reservations WHERE status = 'held'))`); got != "1 parcel, 1 held" {
		t.Error(got)
	}
}

// The goods are gone: the order ends and the money goes back at once.
func TestALatePaymentForSoldGoodsGoesBack(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	o, sku := w.lapse(1, goSilent, false)
	other, address := w.Customer("quick@example.com")
	w.Place(other, address, sku)
	w.settle()
	w.wantOrder(o.ID, shop.StatusRefunded, 100, 100)
	w.wantSentences(o.ID, "The payment of 1.00 USD was received.",
		"The order was cancelled: the payment came late, when the items had been sold to others; it is sent back.",
		"The refund of 1.00 USD was paid out: the payment came when the items had been sold.", "The order was refunded.")
	if moved := w.bank.moved("refund"); moved != 100 {
		t.Errorf("%d went back", moved)
	}
}

// What was only held is held on with the goods, and let go of without them.
func TestALateAuthorizationFollowsTheGoods(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	o, _ := w.lapse(1, goSilent, true)
	w.settle()
	w.wantOrder(o.ID, shop.StatusPending, 0, 0)
	w.wantSentences(o.ID, "The payment of 1.00 USD was authorized.", "The payment came late; the items were still there and are held again.")
	w.pass(shop.MaxHold)
	if n := w.expire(); n != 0 {
		t.Errorf("%d ended, but the money is authorized", n)
	}

	gone, sku := w.lapse(1, goSilent, true)
	other, address := w.Customer("quick@example.com")
	w.Place(other, address, sku)
	w.settle()
	w.wantOrder(gone.ID, shop.StatusCancelled, 0, 0)
	if moved := w.bank.moved("void"); moved != 100 {
		t.Errorf("let go of %d", moved)
	}
}

// Goods that may be backordered are promised to the late payer as to anybody.
func TestALatePaymentMayWaitForItsGoods(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	o, sku := w.lapse(1, goSilent, false)
	w.Rules(sku, shop.StockRules{BackorderLimit: 1})
	other, address := w.Customer("quick@example.com")
	w.Place(other, address, sku)
	w.settle()
	w.wantOrder(o.ID, shop.StatusConfirmed, 100, 0)
	if waiting := w.Int(`SELECT sum(backordered) FROM stock_levels WHERE sku_id = $1`, sku); waiting != 1 {
		t.Errorf("%d are waited for", waiting)
	}
}

// A payment that did not happen ends the order as if it had never been tried, and its hold is told of once.
func TestALapsedOrderWhosePaymentFailedEnds(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	o, _ := w.lapse(1, lose, false)
	w.pass(shop.AbandonAfter + time.Hour)
	w.settle()
	w.settle()
	if n := w.expire(); n != 1 {
		t.Errorf("%d ended", n)
	}
	w.wantOrder(o.ID, shop.StatusCancelled, 0, 0)
	if n := w.Int(`SELECT count(*) FROM order_events WHERE order_id = $1 AND kind = 'hold_expired'`, int64(o.ID)); n != 1 {
		t.Errorf("told %d times that the hold ended", n)
	}
}
