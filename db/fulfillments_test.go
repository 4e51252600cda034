package db_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"waybill/db/dbtest/factory"
	"waybill/shop"
)

// workshop is a merchant with two people and one paid order of two SKUs.
type workshop struct {
	*factory.World
	merchant, location int64
	mara, ben          shop.User
	skus               []int64
	customer, address  int64
	order              shop.OrderID
}

func newWorkshop(t *testing.T) *workshop {
	t.Helper()
	w := &workshop{World: factory.New(t)}
	w.merchant, w.location = w.Merchant("one")
	w.mara, w.ben = w.User("mara@one.test", shop.RoleMerchant, w.merchant, 0), w.User("ben@one.test", shop.RoleMerchant, w.merchant, 0)
	w.skus = []int64{w.SKU(w.merchant, "TEA", 500, 100), w.SKU(w.merchant, "CUP", 900, 100)}
	w.customer, w.address = w.Customer("ada@example.com")
	w.order = w.Paid(w.customer, w.address, w.skus...)
	return w
}

func (w *workshop) status() string {
	w.TB.Helper()
	return w.Text(`SELECT o.status || ' ' || f.status FROM orders o JOIN fulfillments f ON f.order_id = o.id WHERE o.id = $1 AND f.no = 1`, int64(w.order))
}

func (w *workshop) events() string {
	w.TB.Helper()
	return w.Text(`SELECT string_agg(kind || coalesce('>' || to_status, ''), ' ' ORDER BY seq) FROM order_events WHERE order_id = $1 AND seq > 2`, int64(w.order))
}

func TestOneParcelFromClaimToDelivery(t *testing.T) {
	t.Parallel()
	w, ctx := newWorkshop(t), t.Context()
	mara, ben := factory.Work(w.order, w.mara), factory.Work(w.order, w.ben)
	ship := shop.ShipCommand{ParcelWork: ben, Carrier: "dhl", TrackingNumber: " 0034 0434 1610 94 "}
	steps := []struct {
		name string
		do   func() (shop.ParcelResult, error)
		want string
	}{
		{"claim", func() (shop.ParcelResult, error) { return w.Store.ClaimFulfillment(ctx, mara) }, "processing picking"},
		{"pick", func() (shop.ParcelResult, error) {
			return w.Store.PickFulfillment(ctx, shop.PickCommand{ParcelWork: mara, All: true})
		}, "processing picked"},
		{"pack", func() (shop.ParcelResult, error) { return w.Store.PackFulfillment(ctx, ben) }, "processing packed"},
		{"ship", func() (shop.ParcelResult, error) { return w.Store.ShipFulfillment(ctx, ship) }, "shipped shipped"},
		{"deliver", func() (shop.ParcelResult, error) { return w.Store.DeliverFulfillment(ctx, mara) }, "delivered delivered"},
	}
	for _, step := range steps {
		first, err := step.do()
		if err != nil || first.Already || w.status() != step.want {
			t.Fatalf("%s: %v, already %v, now %q", step.name, err, first.Already, w.status())
		}
		again, err := step.do()
		if err != nil || !again.Already || w.status() != step.want {
			t.Fatalf("%s twice: %v, already %v, now %q", step.name, err, again.Already, w.status())
		}
	}
	if got, want := w.events(), "claimed status>processing picked packed shipped status>shipped delivered status>delivered"; got != want {
		t.Errorf("events are %q, want %q", got, want)
	}
	if got := w.Text(`SELECT actor_kind || actor_id || (data->>'carrier') || (data->>'tracking') || (data->>'parcel') FROM order_events WHERE kind = 'shipped'`); got != fmt.Sprintf("staff%dDHL00340434161094%d", w.ben.ID, 1) {
		t.Errorf("the shipment says %q", got)
	}
}

func TestShippingMovesCountersReservationsAndLedger(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.Shipped(w.order, w.mara)
	if got := w.Text(`SELECT string_agg(on_hand || '/' || reserved, ' ') FROM stock_levels`); got != "99/0 99/0" {
		t.Errorf("levels are %s", got)
	}
	if got := w.Text(`SELECT string_agg(DISTINCT status, ',') FROM reservations`); got != "shipped" {
		t.Errorf("reservations are %s", got)
	}
	if got := w.Int(`SELECT count(*) FROM inventory_transactions WHERE kind = 'shipment' AND on_hand_delta = -1 AND reserved_delta = -1 AND order_id = $1`, int64(w.order)); got != 2 {
		t.Errorf("%d ledger rows of the shipment, want 2", got)
	}
	if got := w.Int(`SELECT count(*) FROM stock_levels l WHERE l.on_hand <> (SELECT sum(on_hand_delta) FROM inventory_transactions i WHERE i.sku_id = l.sku_id AND i.location_id = l.location_id)`); got != 0 {
		t.Errorf("%d levels differ from their ledger", got)
	}
}

func TestAnOrderIsShippedWithItsLastParcel(t *testing.T) {
	t.Parallel()
	w, ctx := newWorkshop(t), t.Context()
	annex := w.Location(w.merchant, "ANNEX", 2)
	w.Stock(w.skus[0], annex, 5)
	w.Exec(`UPDATE stock_levels SET on_hand = reserved WHERE sku_id = $1 AND location_id = $2`, w.skus[0], w.location)
	w.order = w.Paid(w.customer, w.address, w.skus...)
	if got := w.Int(`SELECT count(*) FROM fulfillments WHERE order_id = $1`, int64(w.order)); got != 2 {
		t.Fatalf("%d parcels, want one per location", got)
	}
	w.Shipped(w.order, w.mara)
	if got := w.status(); got != "processing shipped" {
		t.Fatalf("after the first parcel: %s", got)
	}
	if got := w.Int(`SELECT count(*) FROM reservations WHERE order_id = $1 AND status = 'held'`, int64(w.order)); got != 1 {
		t.Errorf("%d reservations are held, want the other parcel's", got)
	}
	second := factory.Work(w.order, w.ben)
	second.No = 2
	for _, step := range []func() error{
		func() error { _, err := w.Store.ClaimFulfillment(ctx, second); return err },
		func() error {
			_, err := w.Store.PickFulfillment(ctx, shop.PickCommand{ParcelWork: second, All: true})
			return err
		},
		func() error { _, err := w.Store.PackFulfillment(ctx, second); return err },
		func() error {
			_, err := w.Store.ShipFulfillment(ctx, shop.ShipCommand{ParcelWork: second, Carrier: shop.OwnCourier})
			return err
		},
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	if got := w.status(); got != "shipped shipped" {
		t.Errorf("after the last parcel: %s", got)
	}
}

func TestAParcelImportedWithoutStockShipsWithoutEffect(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.Exec(`UPDATE fulfillments SET location_id = NULL`)
	before := w.Int(`SELECT count(*) FROM inventory_transactions`)
	w.Shipped(w.order, w.mara)
	if got := w.Int(`SELECT count(*) FROM inventory_transactions`); got != before {
		t.Errorf("%d ledger rows were written", got-before)
	}
}

func TestFiftyClaimOneParcel(t *testing.T) {
	t.Parallel()
	const people = 50
	w := newWorkshop(t)
	users := make([]shop.User, people)
	for i := range users {
		users[i] = w.User(fmt.Sprintf("picker%d@one.test", i), shop.RoleMerchant, w.merchant, 0)
	}
	var won atomic.Int64
	var losers sync.Map
	var all sync.WaitGroup
	for _, user := range users {
		all.Go(func() {
			_, err := w.Store.ClaimFulfillment(context.Background(), factory.Work(w.order, user))
			switch shop.CodeOf(err) {
			case "":
				won.Store(user.ID)
			case shop.CodeConflict:
				losers.Store(user.ID, err.Error())
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	winner := w.Text(`SELECT u.name FROM fulfillments f JOIN users u ON u.id = f.assigned_user_id WHERE f.assigned_user_id = $1`, won.Load())
	count := 0
	losers.Range(func(_, message any) bool {
		count++
		if !strings.Contains(message.(string), winner+" took this parcel") {
			t.Errorf("a loser reads %q, the winner is %s", message, winner)
		}
		return true
	})
	if count != people-1 {
		t.Errorf("%d people lost, want %d", count, people-1)
	}
	if got := w.events(); got != "claimed status>processing" {
		t.Errorf("events are %q", got)
	}
}

func TestNextGivesEveryPickerAnotherParcel(t *testing.T) {
	t.Parallel()
	const parcels, pickers = 30, 40
	w := newWorkshop(t)
	placer := w.Placer()
	orders := []shop.OrderID{w.order}
	for range parcels - 1 {
		placed, err := placer.PlaceCheckout(t.Context(), w.Order(w.customer, w.address, w.skus[0]))
		if err != nil {
			t.Fatal(err)
		}
		w.Confirm(placed.Orders[0].ID)
		orders = append(orders, placed.Orders[0].ID)
	}
	users := make([]shop.User, pickers)
	for i := range users {
		users[i] = w.User(fmt.Sprintf("picker%d@one.test", i), shop.RoleMerchant, w.merchant, 0)
	}
	var mu sync.Mutex
	taken := map[shop.OrderID]int64{}
	var none atomic.Int64
	var all sync.WaitGroup
	for _, user := range users {
		all.Go(func() {
			f, err := w.Store.NextFulfillment(context.Background(), next(t, w, user, "first"))
			switch shop.CodeOf(err) {
			case "":
				mu.Lock()
				defer mu.Unlock()
				if other, twice := taken[f.OrderID]; twice {
					t.Errorf("%d and %d both have %v", other, user.ID, f.OrderID)
				}
				taken[f.OrderID] = user.ID
				if f.AssignedUserID != user.ID || f.Status != shop.FulfillmentPicking {
					t.Errorf("%d was given %+v", user.ID, f)
				}
			case shop.CodeNotFound:
				none.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if len(taken) != parcels || none.Load() != pickers-parcels {
		t.Errorf("%d parcels were taken and %d pickers got none", len(taken), none.Load())
	}
}

func next(t *testing.T, w *workshop, user shop.User, key string) shop.NextCommand {
	t.Helper()
	k, err := shop.NewIdempotencyKey(fmt.Sprintf("user:%d", user.ID), key, "next")
	if err != nil {
		t.Fatal(err)
	}
	return shop.NextCommand{MerchantID: w.merchant, Actor: user.Actor(), RequestID: "test", Key: k}
}

func TestNextTakesTheNearestPromiseAndOnePerKey(t *testing.T) {
	t.Parallel()
	w, ctx := newWorkshop(t), t.Context()
	urgent := w.Paid(w.customer, w.address, w.skus[0])
	w.Exec(`UPDATE fulfillments SET ship_by_at = now() - interval '1 hour' WHERE order_id = $1`, int64(urgent))
	first, err := w.Store.NextFulfillment(ctx, next(t, w, w.mara, "a"))
	if err != nil || first.OrderID != urgent {
		t.Fatalf("got %v, %v", first.OrderID, err)
	}
	again, err := w.Store.NextFulfillment(ctx, next(t, w, w.mara, "a"))
	if err != nil || again.OrderID != urgent {
		t.Errorf("pressed twice it is %v, %v", again.OrderID, err)
	}
	other, err := w.Store.NextFulfillment(ctx, next(t, w, w.mara, "b"))
	if err != nil || other.OrderID != w.order {
		t.Errorf("the next one is %v, %v", other.OrderID, err)
	}
	if _, err := w.Store.NextFulfillment(ctx, next(t, w, w.mara, "c")); shop.CodeOf(err) != shop.CodeNotFound {
		t.Errorf("with none left: %v", err)
	}
	w.Paid(w.customer, w.address, w.skus[0])
	elsewhere := next(t, w, w.mara, "c")
	elsewhere.LocationID = w.Location(w.merchant, "ANNEX", 2)
	if _, err := w.Store.NextFulfillment(ctx, elsewhere); shop.CodeOf(err) != shop.CodeNotFound {
		t.Errorf("at another location: %v", err)
	}
}

func TestPickingCountsUpAndNeverOver(t *testing.T) {
	t.Parallel()
	w, ctx := newWorkshop(t), t.Context()
	command := w.Order(w.customer, w.address, w.skus...)
	command.Items[0].Quantity = 3
	placed, err := w.Placer().PlaceCheckout(ctx, command)
	if err != nil {
		t.Fatal(err)
	}
	w.order = placed.Orders[0].ID
	w.Confirm(w.order)
	mara := factory.Work(w.order, w.mara)
	pick := func(lines ...shop.PickedLine) error {
		_, err := w.Store.PickFulfillment(ctx, shop.PickCommand{ParcelWork: mara, Lines: lines})
		return err
	}
	if err := pick(shop.PickedLine{LineNo: 1, Quantity: 1}); shop.CodeOf(err) != shop.CodeConflict {
		t.Fatalf("picking what nobody claimed: %v", err)
	}
	if _, err := w.Store.ClaimFulfillment(ctx, mara); err != nil {
		t.Fatal(err)
	}
	for _, refused := range []shop.PickedLine{{LineNo: 1, Quantity: 4}, {LineNo: 1, Quantity: -1}, {LineNo: 9, Quantity: 1}} {
		if err := pick(shop.PickedLine{LineNo: 2, Quantity: 1}, refused); shop.CodeOf(err) != shop.CodeInvalid {
			t.Errorf("%+v: %v", refused, err)
		}
	}
	if got := w.Int(`SELECT sum(picked) FROM fulfillment_items WHERE order_id = $1`, int64(w.order)); got != 0 {
		t.Errorf("refused picks left %d units", got)
	}
	before := w.Int(`SELECT count(*) FROM outbox WHERE topic = $1`, shop.TopicPickProgress)
	for range 2 { // sent twice it counts once
		if err := pick(shop.PickedLine{LineNo: 1, Quantity: 2}); err != nil || w.status() != "processing picking" {
			t.Fatalf("%v, %s", err, w.status())
		}
	}
	if got := w.Int(`SELECT count(*) FROM outbox WHERE topic = $1`, shop.TopicPickProgress) - before; got != 1 {
		t.Errorf("the feed heard of it %d times", got)
	}
	if err := pick(shop.PickedLine{LineNo: 1, Quantity: 3}, shop.PickedLine{LineNo: 2, Quantity: 1}); err != nil || w.status() != "processing picked" {
		t.Fatalf("%v, %s", err, w.status())
	}
	_, err = w.Store.PickFulfillment(ctx, shop.PickCommand{ParcelWork: factory.Work(w.order, w.ben), All: true})
	if shop.CodeOf(err) != shop.CodeConflict || !strings.Contains(err.Error(), w.mara.Name) {
		t.Errorf("somebody else picks it again: %v", err)
	}
}

func TestReleasedParcelsStartAnew(t *testing.T) {
	t.Parallel()
	w, ctx := newWorkshop(t), t.Context()
	mara, ben := factory.Work(w.order, w.mara), factory.Work(w.order, w.ben)
	for _, step := range []func() error{
		func() error { _, err := w.Store.ClaimFulfillment(ctx, mara); return err },
		func() error {
			_, err := w.Store.PickFulfillment(ctx, shop.PickCommand{ParcelWork: mara, Lines: []shop.PickedLine{{LineNo: 1, Quantity: 1}}})
			return err
		},
		func() error { _, err := w.Store.ReleaseFulfillment(ctx, ben); return err },
		func() error { _, err := w.Store.ClaimFulfillment(ctx, ben); return err },
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	if got := w.Int(`SELECT sum(picked) FROM fulfillment_items`); got != 0 {
		t.Errorf("%d units still count as picked", got)
	}
	if got, want := w.events(), "claimed status>processing released claimed"; got != want {
		t.Errorf("events are %q, want %q", got, want)
	}
	_, err := w.Store.PickFulfillment(ctx, shop.PickCommand{ParcelWork: mara, All: true})
	if shop.CodeOf(err) != shop.CodeConflict || !strings.Contains(err.Error(), w.ben.Name) {
		t.Errorf("who lost it picks on: %v", err)
	}
}

// Scenario 24: cancelling a fulfillment (not the order) puts its units back to "to pick" and keeps them reserved.
func TestCancelledParcelsArePickedAgainAndStayReserved(t *testing.T) {
	t.Parallel()
	w, ctx := newWorkshop(t), t.Context()
	ben := factory.Work(w.order, w.ben)
	cancel := func() error { _, err := w.Store.CancelFulfillment(ctx, ben); return err }
	if err := cancel(); shop.CodeOf(err) != shop.CodeConflict {
		t.Errorf("a parcel that nobody took: %v", err)
	}
	stock := func() string {
		return w.Text(`SELECT string_agg(on_hand || '/' || reserved, ' ' ORDER BY sku_id) FROM stock_levels`) + w.Text(`SELECT ' held ' || sum(quantity) FROM reservations WHERE status = 'held'`)
	}
	before, promised := stock(), w.Text(`SELECT ship_by_at::text FROM fulfillments`)
	w.Packed(w.order, w.mara)
	for range 2 { // once more changes nothing
		if err := cancel(); err != nil {
			t.Fatal(err)
		}
	}
	if got := w.Text(`SELECT string_agg(concat_ws(' ', f.no, f.status, f.units, f.ship_by_at::text, coalesce(f.assigned_user_id::text, 'nobody')), ', ' ORDER BY f.no) FROM fulfillments f`); got !=
		"1 cancelled 2 "+promised+" nobody, 2 open 2 "+promised+" nobody" {
		t.Errorf("the parcels are %s", got)
	}
	if picked := w.Int(`SELECT sum(picked) FROM fulfillment_items WHERE no = 2`); picked != 0 {
		t.Errorf("%d units count as picked", picked)
	}
	if after := stock(); after != before {
		t.Errorf("stock was %s and is %s", before, after)
	}
	if got, want := w.events(), "claimed status>processing picked packed parcel_cancelled"; got != want {
		t.Errorf("events are %q, want %q", got, want)
	}
	if got := w.Text(`SELECT visibility || ': ' || (data->>'reason') || ', by ' || actor_name FROM order_events WHERE kind = 'parcel_cancelled'`); got !=
		"staff: 2 units are to be picked again, as parcel 2, by "+w.ben.Name {
		t.Errorf("the event says %s", got)
	}
	taken, err := w.Store.NextFulfillment(ctx, next(t, w, w.ben, "again"))
	if err != nil || taken.No != 2 {
		t.Fatalf("the queue gives parcel %d, %v", taken.No, err)
	}
	again := ben
	again.No = 2
	for _, step := range []func() error{
		func() error {
			_, err := w.Store.PickFulfillment(ctx, shop.PickCommand{ParcelWork: again, All: true})
			return err
		},
		func() error { _, err := w.Store.PackFulfillment(ctx, again); return err },
		func() error {
			_, err := w.Store.ShipFulfillment(ctx, shop.ShipCommand{ParcelWork: again, Carrier: "DHL", TrackingNumber: "00340434"})
			return err
		},
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	if got := w.Text(`SELECT status FROM orders WHERE id = $1`, int64(w.order)); got != "shipped" {
		t.Errorf("the order is %s", got)
	}
	if _, err := w.Store.CancelFulfillment(ctx, again); shop.CodeOf(err) != shop.CodeConflict {
		t.Errorf("a parcel that has left: %v", err)
	}
	if left := w.Int(`SELECT sum(on_hand) FROM stock_levels`); left != 198 || w.Int(`SELECT sum(reserved) FROM stock_levels`) != 0 {
		t.Errorf("%d units are left", left)
	}
	if broken := verify(t, w.World); broken != nil {
		t.Errorf("broken: %v", broken)
	}
}

func TestPhasesRefuseOtherStatesMerchantsAndActors(t *testing.T) {
	t.Parallel()
	w, ctx := newWorkshop(t), t.Context()
	other, _ := w.Merchant("two")
	stranger := w.User("eve@two.test", shop.RoleMerchant, other, 0)
	nobody, robot, missing := factory.Work(w.order, w.mara), factory.Work(w.order, w.mara), factory.Work(w.order, w.mara)
	nobody.MerchantID, robot.Actor.Kind, missing.No = 0, shop.ActorIntegration, 7
	phases := map[string]func(shop.ParcelWork) error{
		"claim":   func(p shop.ParcelWork) error { _, err := w.Store.ClaimFulfillment(ctx, p); return err },
		"cancel":  func(p shop.ParcelWork) error { _, err := w.Store.CancelFulfillment(ctx, p); return err },
		"release": func(p shop.ParcelWork) error { _, err := w.Store.ReleaseFulfillment(ctx, p); return err },
		"pick": func(p shop.ParcelWork) error {
			_, err := w.Store.PickFulfillment(ctx, shop.PickCommand{ParcelWork: p, All: true})
			return err
		},
		"pack": func(p shop.ParcelWork) error { _, err := w.Store.PackFulfillment(ctx, p); return err },
		"ship": func(p shop.ParcelWork) error {
			_, err := w.Store.ShipFulfillment(ctx, shop.ShipCommand{ParcelWork: p, Carrier: "UPS", TrackingNumber: "1Z999"})
			return err
		},
		"deliver": func(p shop.ParcelWork) error { _, err := w.Store.DeliverFulfillment(ctx, p); return err },
	}
	early := []string{"pick", "pack", "ship", "deliver"}
	for name, phase := range phases {
		for who, work := range map[string]shop.ParcelWork{"stranger": factory.Work(w.order, stranger), "nobody": nobody, "missing": missing} {
			if err := phase(work); shop.CodeOf(err) != shop.CodeNotFound {
				t.Errorf("%s by %s: %v", name, who, err)
			}
		}
		if err := phase(robot); shop.CodeOf(err) != shop.CodeForbidden {
			t.Errorf("%s by a program: %v", name, err)
		}
		if slices.Contains(early, name) {
			if err := phase(factory.Work(w.order, w.mara)); shop.CodeOf(err) != shop.CodeConflict {
				t.Errorf("%s of an open parcel: %v", name, err)
			}
		}
	}
	if _, err := w.Store.FulfillmentOf(ctx, other, w.order, 1); shop.CodeOf(err) != shop.CodeNotFound {
		t.Errorf("another merchant reads the parcel: %v", err)
	}
	if got := w.status() + w.Text(`SELECT coalesce(string_agg(kind, ' '), ' none') FROM order_events WHERE seq > 2`); got != "confirmed open none" {
		t.Errorf("refusals left %s", got)
	}
}

func TestCancelledOrdersAreNotWorkedOn(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.Event(w.order, shop.StatusConfirmed, shop.StatusCancelled)
	_, err := w.Store.ClaimFulfillment(t.Context(), factory.Work(w.order, w.mara))
	if shop.CodeOf(err) != shop.CodeConflict || !strings.Contains(err.Error(), "cancelled") {
		t.Errorf("claiming a parcel of a cancelled order: %v", err)
	}
	if _, err := w.Store.NextFulfillment(t.Context(), next(t, w, w.mara, "a")); shop.CodeOf(err) != shop.CodeNotFound {
		t.Errorf("it is offered as the next one: %v", err)
	}
}

func TestShipRefusesWhatIsNoLabel(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.Packed(w.order, w.mara)
	for _, c := range []struct{ carrier, tracking, field string }{
		{"", "12345", "carrier"}, {"Pigeon", "12345", "carrier"}, {"DHL", "", "tracking"}, {"DHL", "  ", "tracking"}, {"DHL", "123", "tracking"},
		{"DHL", strings.Repeat("1", 61), "tracking"}, {"DHL", "12345\x00", "tracking"}, {"DHL", "１２３４５", "tracking"}, {"DHL", "<script>", "tracking"},
	} {
		_, err := w.Store.ShipFulfillment(t.Context(), shop.ShipCommand{ParcelWork: factory.Work(w.order, w.mara), Carrier: c.carrier, TrackingNumber: c.tracking})
		refused, ok := err.(*shop.Error)
		if !ok || refused.Code != shop.CodeInvalid || refused.Fields[0].Field != c.field {
			t.Errorf("%q %q: %v", c.carrier, c.tracking, err)
		}
	}
	if got := w.status(); got != "processing packed" {
		t.Errorf("it is %s", got)
	}
}
