package db_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"waybill/db/dbtest/factory"
	"waybill/shop"
)

// picking is a paid order whose parcel somebody is picking.
type picking struct {
	bought
	picker shop.User
}

// pickUnits sells units of one SKU and lets somebody take up the parcel.
func (w *till) pickUnits(priceMinor, units int64) picking {
	w.TB.Helper()
	o := w.buyUnits(priceMinor, units)
	w.pay(w.payFor(o.ID))
	merchant := w.Int(`SELECT merchant_id FROM orders WHERE id = $1`, int64(o.ID))
	picker := w.User(fmt.Sprintf("picker%d@example.com", merchant), shop.RoleMerchant, merchant, 0)
	if _, err := w.Store.ClaimFulfillment(context.Background(), factory.Work(o.ID, picker)); err != nil {
		w.TB.Fatal(err)
	}
	return picking{o, picker}
}

func (w *till) short(p picking, units int64, choice shop.ShortChoice) shop.ShortPickCommand {
	return shop.ShortPickCommand{ParcelWork: factory.Work(p.ID, p.picker), LineNo: 1, Quantity: units, Why: shop.ShortMissing, Choice: choice, Key: w.key()}
}

func (w *till) shortPick(c shop.ShortPickCommand) error {
	_, err := w.payments.ShortPick(context.Background(), c)
	return err
}

func (w *till) wantParcels(id shop.OrderID, want ...string) {
	w.TB.Helper()
	var got []string
	for _, f := range w.order(id).Fulfillments {
		got = append(got, fmt.Sprintf("%d %s %d", f.No, f.Status, f.Units))
	}
	if !slices.Equal(got, want) {
		w.TB.Errorf("the parcels are %q, want %q", got, want)
	}
}

// Scenario 2, gone wrong on the shelf: the units leave the stock and their money goes back, the rest is sent.
func TestShortUnitsArePaidBack(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	p := w.pickUnits(333, 5)
	before := w.onHand(p.ID)
	command := w.short(p, 2, shop.ShortRefund)
	if err := w.shortPick(command); err != nil {
		t.Fatal(err)
	}
	if err := w.shortPick(command); err != nil { // the second click
		t.Fatal(err)
	}
	order := w.wantOrder(p.ID, shop.StatusProcessing, 1665, 666)
	w.wantParcels(p.ID, "1 picking 3")
	if order.Lines[0].Refunded.Quantity != 2 || w.onHand(p.ID) != before-2 {
		t.Errorf("%+v, %d on hand after %d", order.Lines[0].Refunded, w.onHand(p.ID), before)
	}
	w.wantSentences(p.ID, "2 × Product A cannot be sent, and the money for it goes back.", "The refund of 6.66 USD was paid out: missing in our warehouse.")
	if n := w.Int(`SELECT count(*) FROM order_events WHERE kind = 'short_picked' AND visibility = 'staff' AND data->>'short' = 'missing' AND data->>'location' = 'MAIN'`); n != 1 {
		t.Errorf("staff read of it %d times", n)
	}
	if n := w.Int(`SELECT count(*) FROM inventory_transactions WHERE kind = 'adjustment' AND on_hand_delta = -2 AND reason LIKE 'missing while picking%' AND actor_name <> ''`); n != 1 {
		t.Errorf("%d corrections in the ledger", n)
	}
	w.Shipped(p.ID, p.picker)
	if got := w.onHand(p.ID); got != before-5 {
		t.Errorf("%d on hand, want %d", got, before-5)
	}
	w.wantOrder(p.ID, shop.StatusShipped, 1665, 666)
}

func TestTheLastShortUnitsEndTheOrder(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	p := w.pickUnits(100, 2)
	if err := w.shortPick(w.short(p, 1, shop.ShortRefund)); err != nil {
		t.Fatal(err)
	}
	damaged := w.short(p, 1, shop.ShortRefund)
	damaged.Why = shop.ShortDamaged
	if err := w.shortPick(damaged); err != nil {
		t.Fatal(err)
	}
	w.wantOrder(p.ID, shop.StatusRefunded, 200, 200)
	w.wantParcels(p.ID, "1 cancelled 1")
}

// A unit that was missing and the provider's silence: the money is settled later, once.
func TestAShortPickSurvivesASilentProvider(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	p := w.pickUnits(100, 3)
	w.bank.next("refund", goSilent)
	if err := w.shortPick(w.short(p, 1, shop.ShortRefund)); err != nil {
		t.Fatal(err)
	}
	w.wantOrder(p.ID, shop.StatusProcessing, 300, 0)
	w.pass(time.Minute)
	w.settle()
	w.wantOrder(p.ID, shop.StatusProcessing, 300, 100)
}

func TestShortUnitsComeFromElsewhere(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	p := w.pickUnits(100, 3)
	sku := w.Int(`SELECT sku_id FROM order_line_items WHERE order_id = $1`, int64(p.ID))
	other := w.Location(p.picker.MerchantID, "EAST", 2)
	w.Stock(sku, other, 1)
	command := w.short(p, 2, shop.ShortElsewhere)
	wantCode(t, w.shortPick(command), shop.CodeInvalid) // without a location
	command.LocationID = other
	wantCode(t, w.shortPick(command), shop.CodeConflict) // it has only one
	command.Quantity = 1
	if err := w.shortPick(command); err != nil {
		t.Fatal(err)
	}
	w.wantParcels(p.ID, "1 picking 2", "2 open 1")
	w.wantSentences(p.ID, "1 × Product A will come from another of our locations.")
	w.wantOrder(p.ID, shop.StatusProcessing, 300, 0)
	w.Shipped(p.ID, p.picker)
	w.wantOrder(p.ID, shop.StatusProcessing, 300, 0)
	second := factory.Work(p.ID, p.picker)
	second.No = 2
	w.shipParcel(second)
	w.wantOrder(p.ID, shop.StatusShipped, 300, 0)
}

func (w *till) shipParcel(work shop.ParcelWork) {
	w.TB.Helper()
	ctx := context.Background()
	_, err := w.Store.ClaimFulfillment(ctx, work)
	if err == nil {
		_, err = w.Store.PickFulfillment(ctx, shop.PickCommand{ParcelWork: work, All: true})
	}
	if err == nil {
		_, err = w.Store.PackFulfillment(ctx, work)
	}
	if err == nil {
		_, err = w.Store.ShipFulfillment(ctx, shop.ShipCommand{ParcelWork: work, Carrier: "DHL", TrackingNumber: "00340434161095"})
	}
	if err != nil {
		w.TB.Fatal(err)
	}
}

func TestShortUnitsAreWaitedFor(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	p := w.pickUnits(100, 3)
	w.Exec(`UPDATE stock_levels SET on_hand = 3`)
	w.Exec(`INSERT INTO inventory_transactions (id, sku_id, location_id, kind, on_hand_delta, actor_kind, created_at)
		SELECT next_id(now()), sku_id, location_id, 'adjustment', -97, 'system', now() FROM stock_levels`)
	if err := w.shortPick(w.short(p, 3, shop.ShortBackorder)); err != nil {
		t.Fatal(err)
	}
	w.wantParcels(p.ID, "1 cancelled 3")
	w.wantOrder(p.ID, shop.StatusProcessing, 300, 0)
	w.wantSentences(p.ID, "3 × Product A will be sent later, as soon as we have more.")
	sku := w.Int(`SELECT sku_id FROM order_line_items WHERE order_id = $1`, int64(p.ID))
	w.Stock(sku, w.Int(`SELECT min(id) FROM locations`), 3)
	if _, err := w.Store.AllocateBackorders(t.Context(), 10); err != nil {
		t.Fatal(err)
	}
	w.wantParcels(p.ID, "1 cancelled 3", "2 open 3")
	second := factory.Work(p.ID, p.picker)
	second.No = 2
	w.shipParcel(second)
	w.wantOrder(p.ID, shop.StatusShipped, 300, 0)
}

// With the missing units out of it, a parcel of which everything else is picked is picked.
func TestAShortPickCanEndThePicking(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	p := w.pickUnits(100, 3)
	work := factory.Work(p.ID, p.picker)
	if _, err := w.Store.PickFulfillment(t.Context(), shop.PickCommand{ParcelWork: work, Lines: []shop.PickedLine{{LineNo: 1, Quantity: 2}}}); err != nil {
		t.Fatal(err)
	}
	if err := w.shortPick(w.short(p, 1, shop.ShortRefund)); err != nil {
		t.Fatal(err)
	}
	w.wantParcels(p.ID, "1 picked 2")
	// One of the picked ones breaks on the packing table.
	damaged := w.short(p, 1, shop.ShortRefund)
	damaged.Why = shop.ShortDamaged
	if err := w.shortPick(damaged); err != nil {
		t.Fatal(err)
	}
	w.wantParcels(p.ID, "1 picked 1")
	w.wantOrder(p.ID, shop.StatusProcessing, 300, 200)
}

func TestWhoMayNotPickShort(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	p, other := w.pickUnits(100, 2), w.pickUnits(100, 2)
	foreign := w.short(p, 1, shop.ShortRefund)
	foreign.MerchantID = other.picker.MerchantID
	wantCode(t, w.shortPick(foreign), shop.CodeNotFound)
	colleague := w.short(p, 1, shop.ShortRefund)
	colleague.Actor = w.User("colleague@example.com", shop.RoleMerchant, p.picker.MerchantID, 0).Actor()
	wantCode(t, w.shortPick(colleague), shop.CodeConflict)
	wantCode(t, w.shortPick(w.short(p, 3, shop.ShortRefund)), shop.CodeInvalid)
	wantCode(t, w.shortPick(w.short(p, 0, shop.ShortRefund)), shop.CodeInvalid)
	noLine := w.short(p, 1, shop.ShortRefund)
	noLine.LineNo = 9
	wantCode(t, w.shortPick(noLine), shop.CodeInvalid)
	w.Shipped(p.ID, p.picker)
	wantCode(t, w.shortPick(w.short(p, 1, shop.ShortRefund)), shop.CodeConflict)
	w.wantOrder(p.ID, shop.StatusShipped, 200, 0)
}

// The picker and the packing table find the same unit missing at once: it is missing as often as there are units.
func TestConcurrentShortPicks(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	p := w.pickUnits(100, 3)
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			if err := w.shortPick(w.short(p, 1, shop.ShortRefund)); err != nil && shop.CodeOf(err) != shop.CodeConflict && shop.CodeOf(err) != shop.CodeInvalid {
				t.Error(err)
			}
		})
	}
	all.Wait()
	w.wantOrder(p.ID, shop.StatusRefunded, 300, 300)
	if w.bank.moved("refund") != 300 {
		t.Errorf("%d went back", w.bank.moved("refund"))
	}
}
