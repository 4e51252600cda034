package db_test

import (
	"fmt"
	"sync"
	"testing"

	"waybill/db/dbtest/factory"
	"waybill/shop"
)

// lost is a shop with an order whose one parcel, three units of A and one of B, its carrier lost.
type lost struct {
	*factory.World
	t         *testing.T
	user      shop.User
	merchant  int64
	a, b      int64
	order     shop.OrderID
	shipment  int64
	locations []int64
}

func newLost(t *testing.T) lost {
	t.Helper()
	w := factory.New(t)
	merchant, first := w.Merchant("one")
	l := lost{World: w, t: t, merchant: merchant, user: w.User("m@example.com", shop.RoleMerchant, merchant, 0), a: w.SKU(merchant, "A", 1000, 3), b: w.SKU(merchant, "B", 500, 5)}
	l.locations = []int64{first, w.Location(merchant, "SECOND", 2)}
	customer, address := w.Customer("ada@example.com")
	command := w.Order(customer, address, l.a, l.b)
	command.Items[0].Quantity = 3
	placed, err := w.Placer().PlaceCheckout(t.Context(), command)
	if err != nil {
		t.Fatal(err)
	}
	l.order = placed.Orders[0].ID
	w.Confirm(l.order)
	w.Shipped(l.order, l.user)
	l.shipment = l.lose()
	return l
}

// lose lets the carrier give the latest shipment up.
func (l lost) lose() int64 {
	l.t.Helper()
	return l.Int(`UPDATE shipments SET status = 'lost', problem = 'lost', problem_at = now(), watch_at = NULL WHERE id = (SELECT max(id) FROM shipments) RETURNING id`)
}

func (l lost) command(key string) shop.ReshipCommand {
	l.t.Helper()
	c := shop.ReshipCommand{MerchantID: l.merchant, ShipmentID: l.shipment, Actor: l.user.Actor(), RequestID: "test"}
	var err error
	if c.Key, err = shop.NewIdempotencyKey("test", key, l.shipment); err != nil {
		l.t.Fatal(err)
	}
	return c
}

func (l lost) healthy() {
	l.t.Helper()
	if broken := verify(l.t, l.World); broken != nil {
		l.t.Errorf("broken: %v", broken)
	}
}

// work takes a parcel of the order out of the house.
func (l lost) work(no int, tracking string) {
	l.t.Helper()
	work := factory.Work(l.order, l.user)
	work.No = no
	for _, step := range []func() error{
		func() error { _, err := l.Store.ClaimFulfillment(l.t.Context(), work); return err },
		func() error {
			_, err := l.Store.PickFulfillment(l.t.Context(), shop.PickCommand{ParcelWork: work, All: true})
			return err
		},
		func() error { _, err := l.Store.PackFulfillment(l.t.Context(), work); return err },
		func() error {
			_, err := l.Store.ShipFulfillment(l.t.Context(), shop.ShipCommand{ParcelWork: work, Carrier: "UPS", TrackingNumber: tracking})
			return err
		},
	} {
		if err := step(); err != nil {
			l.t.Fatal(err)
		}
	}
}

// A lost parcel is sent again with exactly its units, from wherever they are, and the order is delivered with it.
func TestALostParcelIsSentAgain(t *testing.T) {
	t.Parallel()
	l := newLost(t)
	l.Stock(l.a, l.locations[1], 4)
	captured := l.Int(`SELECT sum(captured_minor) FROM payments`)
	made, _, err := l.Store.Reship(t.Context(), l.command("once"))
	if err != nil || len(made.Parcels) != 2 {
		t.Fatalf("%+v, %v", made, err)
	}
	l.healthy()
	want := "1:shipped:4:given up, 2:open:3:for 1, 3:open:1:for 1"
	parcels := `SELECT string_agg(no || ':' || status || ':' || units || ':' || coalesce('for ' || replaces_no, CASE WHEN given_up_at IS NULL THEN 'counts' ELSE 'given up' END), ', ' ORDER BY no) FROM fulfillments`
	if got := l.Text(parcels); got != want {
		t.Errorf("parcels %s, want %s", got, want)
	}
	if got := l.Text(`SELECT status FROM orders`); got != "shipped" {
		t.Errorf("the order is %s", got)
	}
	for _, ref := range made.Parcels {
		l.work(ref.No, fmt.Sprintf("AGAIN%d", ref.No))
		work := factory.Work(l.order, l.user)
		work.No = ref.No
		if _, err := l.Store.DeliverFulfillment(t.Context(), work); err != nil {
			t.Fatal(err)
		}
	}
	if got := l.Text(`SELECT status FROM orders`); got != "delivered" {
		t.Errorf("with its replacements the order is %s", got)
	}
	if n := l.Int(`SELECT sum(captured_minor) FROM payments`); n != captured {
		t.Errorf("%d captured, %d before", n, captured)
	}
	if n := l.Int(`SELECT count(*) FROM order_events WHERE kind = 'reshipped' AND visibility = 'public'`); n != 1 {
		t.Errorf("%d events tell of it", n)
	}
	if left := l.Int(`SELECT sum(on_hand - reserved) FROM stock_levels WHERE sku_id = $1`, l.a); left != 1 {
		t.Errorf("%d of A are left, want 1", left)
	}
	l.healthy()
}

// However often and however many at once press the button, the units are sent again once.
func TestSendingAgainHappensOnce(t *testing.T) {
	t.Parallel()
	l := newLost(t)
	l.Stock(l.a, l.locations[0], 10)
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			key := "double click"
			if i%2 == 1 {
				key = fmt.Sprintf("another window %d", i)
			}
			if _, _, err := l.Store.Reship(t.Context(), l.command(key)); err != nil && shop.CodeOf(err) != shop.CodeConflict {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if n := l.Int(`SELECT sum(units) FROM fulfillments WHERE replaces_no IS NOT NULL`); n != 4 {
		t.Errorf("%d units are sent again, want 4", n)
	}
	l.healthy()
}

// Without stock for all of it nothing happens, and the error names what is missing.
func TestWithoutStockNothingIsSentAgain(t *testing.T) {
	t.Parallel()
	l := newLost(t)
	l.Stock(l.a, l.locations[1], 2)
	_, _, err := l.Store.Reship(t.Context(), l.command("once"))
	refused, ok := err.(*shop.Error)
	if !ok || refused.Code != shop.CodeOutOfStock || len(refused.Short) != 1 || refused.Short[0].SKUCode != "A" {
		t.Fatalf("%v", err)
	}
	if n := l.Int(`SELECT count(*) FROM fulfillments`); n != 1 {
		t.Errorf("%d parcels", n)
	}
	l.Stock(l.a, l.locations[1], 1)
	if _, _, err := l.Store.Reship(t.Context(), l.command("once")); err != nil {
		t.Errorf("with stock, under the same key: %v", err)
	}
	l.healthy()
}

func TestWhatIsNotOutstandingIsNotSentAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change string
		code   shop.Code
	}{
		"no problem":   {`UPDATE shipments SET problem = '', problem_at = NULL`, shop.CodeConflict},
		"not handed":   {`UPDATE shipments SET problem = 'waiting'`, shop.CodeConflict},
		"answered":     {`UPDATE shipments SET problem_answer = 'nothing to do'`, shop.CodeConflict},
		"given up":     {`UPDATE fulfillments SET given_up_at = now()`, shop.CodeConflict},
		"arrived":      {`UPDATE fulfillments SET status = 'delivered', delivered_at = now()`, shop.CodeConflict},
		"another shop": {`UPDATE shipments SET merchant_id = (SELECT max(id) FROM merchants)`, shop.CodeNotFound},
		"refunded": {`INSERT INTO unit_refunds (order_id, id, cause, currency, lines_minor, amount_minor, withheld_minor, actor_kind, created_at) SELECT id, 1, 'request', 'USD', 1, 1, 0, 'staff', now() FROM orders;
			INSERT INTO refund_lines SELECT order_id, 1, line_no, 1, 1, 0, 0, 1 FROM order_line_items WHERE line_no = 1;
			INSERT INTO refunds (order_id, id, payment_id, status, currency, amount_minor, refund_key, created_at, status_at, unit_refund_id) SELECT order_id, 1, id, 'succeeded', 'USD', 1, 'k', now(), now(), 1 FROM payments`, shop.CodeConflict},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLost(t)
			l.Merchant("two")
			l.Stock(l.a, l.locations[0], 10)
			l.Exec(`SET session_replication_role = replica; ` + c.change + `; SET session_replication_role = origin`)
			if _, _, err := l.Store.Reship(t.Context(), l.command("once")); shop.CodeOf(err) != c.code {
				t.Errorf("%v, want %s", err, c.code)
			}
			if n := l.Int(`SELECT count(*) FROM fulfillments`); n != 1 {
				t.Errorf("%d parcels", n)
			}
		})
	}
}

// What replaces a lost parcel can be lost too, or be picked short; no more units go out than were ordered.
func TestAReplacementCanBeLostToo(t *testing.T) {
	t.Parallel()
	l := newLost(t)
	l.Stock(l.a, l.locations[0], 6)
	if _, _, err := l.Store.Reship(t.Context(), l.command("once")); err != nil {
		t.Fatal(err)
	}
	l.work(2, "SECOND")
	l.shipment = l.lose()
	if _, _, err := l.Store.Reship(t.Context(), l.command("twice")); err != nil {
		t.Fatal(err)
	}
	l.healthy()
	if n := l.Int(`SELECT sum(units) FROM fulfillments WHERE given_up_at IS NULL`); n != 4 {
		t.Errorf("%d units are outstanding, want 4", n)
	}
	if next, err := l.Store.NextFulfillment(t.Context(), shop.NextCommand{MerchantID: l.merchant, Actor: l.user.Actor(), RequestID: "test", Key: l.command("next").Key}); err != nil || next.Fulfillment.No != 3 {
		t.Errorf("the next order to pick is %+v, %v", next, err)
	}
}

func TestAClaimIsMadeAndDecidedOnce(t *testing.T) {
	t.Parallel()
	l := newLost(t)
	key := func(name string) shop.IdempotencyKey {
		k, err := shop.NewIdempotencyKey("test", name, name)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	open := shop.OpenClaimCommand{MerchantID: l.merchant, ShipmentID: l.shipment, AmountMinor: 3500, Reference: " RMA  7 ", Actor: l.user.Actor(), Key: key("open")}
	claim, err := l.Store.OpenClaim(t.Context(), open)
	if err != nil || claim.Status != shop.ClaimOpen || claim.Amount.Minor != 3500 || claim.Reference != "RMA 7" || claim.Carrier != "DHL" {
		t.Fatalf("%+v, %v", claim, err)
	}
	if again, err := l.Store.OpenClaim(t.Context(), open); err != nil || again.ID != claim.ID {
		t.Errorf("the same again: %+v, %v", again, err)
	}
	open.Key = key("another")
	if _, err := l.Store.OpenClaim(t.Context(), open); shop.CodeOf(err) != shop.CodeConflict {
		t.Errorf("a second claim: %v", err)
	}
	decide := shop.DecideClaimCommand{MerchantID: l.merchant, ClaimID: claim.ID, Status: shop.ClaimPaid, PaidMinor: 3000, Note: "less the deductible", Actor: l.user.Actor(), Key: key("paid")}
	if paid, err := l.Store.DecideClaim(t.Context(), decide); err != nil || paid.Status != shop.ClaimPaid || paid.Paid.Minor != 3000 || paid.Reference != "RMA 7" {
		t.Errorf("%+v, %v", paid, err)
	}
	decide.Status, decide.Key = shop.ClaimDenied, key("denied")
	if _, err := l.Store.DecideClaim(t.Context(), decide); shop.CodeOf(err) != shop.CodeConflict {
		t.Errorf("decided twice: %v", err)
	}
	other, _ := l.Merchant("two")
	if _, err := l.Store.ClaimByID(t.Context(), other, claim.ID); shop.CodeOf(err) != shop.CodeNotFound {
		t.Errorf("another merchant reads it: %v", err)
	}
	page, err := l.Store.ClaimPage(t.Context(), shop.ClaimQuery{MerchantID: l.merchant, Status: shop.ClaimPaid, Limit: 10})
	if err != nil || len(page.Claims) != 1 || page.More || page.Counts[shop.ClaimPaid] != 1 || page.Counts[shop.ClaimOpen] != 0 {
		t.Errorf("%+v, %v", page, err)
	}
	l.healthy()
}

// Refunded is what a parcel may be called whose units were; its order is done when the rest has arrived.
func TestALostParcelIsGivenUpWhenItsUnitsAreRefunded(t *testing.T) {
	t.Parallel()
	l := newLost(t)
	answer := shop.ResolveCommand{MerchantID: l.merchant, ShipmentID: l.shipment, Answer: shop.AnswerRefunded, Actor: l.user.Actor()}
	if _, err := l.Store.ResolveShipment(t.Context(), answer); shop.CodeOf(err) != shop.CodeConflict {
		t.Fatalf("nothing was refunded yet: %v", err)
	}
	key, err := shop.NewIdempotencyKey("test", "refund", 1)
	if err != nil {
		t.Fatal(err)
	}
	refund := shop.RefundUnitsCommand{OrderID: l.order, Scope: shop.OrderScope{MerchantID: l.merchant}, Cause: shop.CauseRequest, Reason: "lost", Actor: l.user.Actor(), Key: key,
		Units: []shop.LineUnits{{LineNo: 1, Quantity: 3}, {LineNo: 2, Quantity: 1}}}
	if _, _, err := l.Store.PrepareUnitRefund(t.Context(), refund); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Store.ResolveShipment(t.Context(), answer); err != nil {
		t.Fatal(err)
	}
	if n := l.Int(`SELECT count(*) FROM fulfillments WHERE given_up_at IS NOT NULL`); n != 1 {
		t.Errorf("%d parcels were given up", n)
	}
	l.Stock(l.a, l.locations[0], 10)
	if _, _, err := l.Store.Reship(t.Context(), l.command("once")); shop.CodeOf(err) != shop.CodeConflict {
		t.Errorf("sent again after the refund: %v", err)
	}
}
