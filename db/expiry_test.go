package db_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"waybill/db"
	"waybill/db/dbtest/factory"
	"waybill/shop"
)

// due names the orders whose time to pay has run out.
func (w *till) due() []shop.OrderID {
	w.TB.Helper()
	ids, err := w.Store.ExpiredOrders(context.Background(), 100)
	if err != nil {
		w.TB.Fatal(err)
	}
	return ids
}

func (w *till) release(ids []shop.OrderID) int {
	w.TB.Helper()
	n, err := w.Store.ReleaseExpired(context.Background(), ids)
	if err != nil {
		w.TB.Fatal(err)
	}
	return n
}

// hasty is a server on the same database for whose clock every hold is over.
func (w *till) hasty() *db.Store {
	w.TB.Helper()
	store, err := db.NewStore(w.TB.Context(), w.Pool, db.WithClock(func() time.Time { return w.Store.Now().Add(shop.HoldDuration) }))
	if err != nil {
		w.TB.Fatal(err)
	}
	return store
}

// Units come back first and orders end later: what is held meanwhile is nothing, and the timeline tells it once.
func TestUnitsAreOnSaleAgainBeforeTheOrderEnds(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	o := w.buy(100)
	part := w.buy(100)
	w.pay(w.partOf(part.ID, 40))
	w.pass(shop.HoldDuration)
	due := w.due()
	for range 2 { // an instance that begins again, or another one
		if n := w.release(due); n != 2 {
			t.Errorf("%d orders are due, want 2", n)
		}
		if reserved := w.Int(`SELECT sum(reserved) FROM stock_levels`); reserved != 0 {
			t.Errorf("%d units are reserved", reserved)
		}
	}
	w.wantOrder(o.ID, shop.StatusPending, 0, 0)
	w.wantSentences(o.ID, "The order was placed.")
	w.wantSentences(part.ID, "The payment of 0.40 USD was received.")
	w.CheckBooks()
	if n := w.expire(); n != 2 {
		t.Errorf("%d orders ended, want 2", n)
	}
	w.settle()
	w.wantOrder(part.ID, shop.StatusRefunded, 40, 40)
	w.wantOrder(o.ID, shop.StatusCancelled, 0, 0)
	w.wantSentences(o.ID, "The time to pay ran out, so the order was cancelled and the held items were released.")
	if n := w.Int(`SELECT count(*) FROM inventory_transactions WHERE kind = 'release'`); n != 2 {
		t.Errorf("%d releases in the ledger, want 2", n)
	}
}

// What happened to an order since it was looked for decides, not the list.
func TestOnlyWhatIsStillDueExpires(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	cancelled, extended, inFlight := w.buy(100), w.buy(100), w.buy(100)
	w.bank.next("charge", goSilent)
	w.pay(w.payFor(inFlight.ID))
	w.pass(shop.HoldDuration)
	w.Exec(`UPDATE orders SET expires_at = placed_at WHERE id = $1`, int64(inFlight.ID))
	due := w.due()
	if len(due) != 2 {
		t.Fatalf("%d orders are due", len(due))
	}
	w.cancel(cancelled, clerk)
	w.Exec(`UPDATE orders SET expires_at = expires_at + interval '1 minute' WHERE id = $1`, int64(extended.ID))
	due = append(due, inFlight.ID) // as if it had been in the list before it was paid
	if n := w.release(due); n != 0 {
		t.Errorf("%d orders gave their units back", n)
	}
	if n, err := w.Store.EndExpired(t.Context(), due); n != 0 || err != nil {
		t.Errorf("%d orders ended, %v", n, err)
	}
	if held := w.Int(`SELECT count(*) FROM reservations WHERE status = 'held'`); held != 2 {
		t.Errorf("%d are held, want 2", held)
	}
	if n, err := w.Store.EndExpired(t.Context(), nil); n != 0 || err != nil {
		t.Errorf("%d of no orders ended, %v", n, err)
	}
}

// Money that comes after the units went back on sale and before the order ended finds what it finds: the units, or others.
func TestAPaymentBetweenReleaseAndEnd(t *testing.T) {
	t.Parallel()
	for name, sold := range map[string]bool{"still there": false, "sold to others": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTill(t)
			o := w.buy(100)
			sku, hasty := w.leave(o, 1), w.hasty()
			// The clock of another server is ahead of this one, where there is still time to pay.
			if n, err := hasty.ReleaseExpired(t.Context(), []shop.OrderID{o.ID}); n != 1 || err != nil {
				t.Fatalf("%d released, %v", n, err)
			}
			if sold {
				other, address := w.Customer("quick@example.com")
				w.Place(other, address, sku)
			}
			w.pay(w.payFor(o.ID))
			w.settle()
			if sold {
				w.wantOrder(o.ID, shop.StatusRefunded, 100, 100)
				w.wantSentences(o.ID, "The payment of 1.00 USD was received.", "The time to pay ran out and the held items were released.",
					"The order was cancelled: the payment came late, when the items had been sold to others; it is sent back.",
					"The refund of 1.00 USD was paid out: the payment came when the items had been sold.", "The order was refunded.")
			} else {
				w.wantOrder(o.ID, shop.StatusConfirmed, 100, 0)
				w.wantSentences(o.ID, "The payment of 1.00 USD was received.", "The time to pay ran out and the held items were released.",
					"The payment came late; the items were still there and are held again.", "The order was confirmed.")
			}
			if n, err := hasty.EndExpired(t.Context(), []shop.OrderID{o.ID}); n != 0 || err != nil {
				t.Errorf("%d ended, %v", n, err)
			}
			w.CheckBooks()
		})
	}
}

// Instances that release, end and pay the same orders at once leave each of them ended once, or paid with its goods.
func TestReleaseEndAndPayRace(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	merchant, _ := w.Merchant("one")
	skus := []int64{w.SKU(merchant, "A", 100, 1000), w.SKU(merchant, "B", 100, 1000)}
	customer, address := w.Customer("ada@example.com")
	const orders = 24
	var ids []shop.OrderID
	for i := range orders {
		ids = append(ids, w.Place(customer, address, skus[i%2], skus[(i+1)%2]).Orders[0].ID)
	}
	hasty := w.hasty()
	var all sync.WaitGroup
	for i, id := range ids {
		if i%2 == 0 {
			pay := w.payFor(id)
			all.Go(func() {
				if _, err := w.payments.Pay(context.Background(), pay); err != nil && shop.CodeOf(err) != shop.CodeConflict {
					t.Error(err)
				}
			})
		}
	}
	for from := range 4 {
		batch := ids[from*orders/8 : from*orders/8+orders/2] // each order is in several
		all.Go(func() {
			if _, err := hasty.ReleaseExpired(context.Background(), batch); err != nil {
				t.Error(err)
			}
		})
		all.Go(func() {
			if _, err := hasty.EndExpired(context.Background(), batch); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if _, err := hasty.EndExpired(t.Context(), ids); err != nil {
		t.Fatal(err)
	}
	confirmed := w.Int(`SELECT count(*) FROM orders WHERE status = 'confirmed'`)
	if left := w.Int(`SELECT count(*) FROM orders WHERE status = 'pending'`); left != 0 {
		t.Errorf("%d orders wait to be paid", left)
	}
	if held, reserved := w.Int(`SELECT sum(quantity) FROM reservations WHERE status = 'held'`), w.Int(`SELECT sum(reserved) FROM stock_levels`); held != 2*confirmed || reserved != held {
		t.Errorf("%d orders are paid, %d units held, %d reserved", confirmed, held, reserved)
	}
	w.settle()
	if got, back := w.bank.moved("charge"), w.bank.moved("refund"); got-back != 200*confirmed {
		t.Errorf("%d orders are paid, %d was charged, %d went back", confirmed, got, back)
	}
	w.CheckBooks()
}

// However many orders expire at once, the statements are as many, and so are the round trips that they share.
func TestExpiryTakesAFixedNumberOfStatements(t *testing.T) {
	t.Parallel()
	type cost struct{ statements, trips int64 }
	for name, c := range map[string]struct {
		stock                  int64
		release, end, endLater cost
	}{
		"all on the shelf": {1000, cost{12, 3}, cost{15, 4}, cost{11, 4}},
		"some waited for":  {10, cost{15, 6}, cost{18, 8}, cost{11, 4}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const orders = 120
			w := factory.New(t)
			m, _ := w.Merchant("one")
			a, b := w.SKU(m, "A", 100, 1000), w.SKU(m, "B", 100, c.stock)
			w.Rules(b, shop.StockRules{BackorderLimit: 1000})
			customer, address := w.Customer("ada@example.com")
			store, counter := countedStore(t, w)
			expire := func(what string, do func(context.Context, []shop.OrderID) (int, error), most cost) {
				t.Helper()
				counter.reset()
				due, err := store.ExpiredOrders(t.Context(), orders)
				if err != nil || len(due) != orders {
					t.Fatalf("%d are due, %v", len(due), err)
				}
				counter.atMost(t, "the look", 5, 2)
				counter.reset()
				if n, err := do(t.Context(), due); n != orders || err != nil {
					t.Fatalf("%s: %d, %v", what, n, err)
				}
				counter.atMost(t, what, most.statements, most.trips)
				if left := w.Int(`SELECT sum(reserved + backordered) FROM stock_levels`); left != 0 {
					t.Errorf("%s: %d units are still held or waited for", what, left)
				}
			}
			place := func() {
				for range orders {
					w.Place(customer, address, a, b)
				}
				w.Exec(`UPDATE orders SET expires_at = now() - interval '1 minute' WHERE status = 'pending'`)
			}
			place()
			expire("an end at once", store.EndExpired, c.end)
			place()
			expire("a release", store.ReleaseExpired, c.release)
			expire("an end later", store.EndExpired, c.endLater)
			w.CheckBooks()
		})
	}
}
