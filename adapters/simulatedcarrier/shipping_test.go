package simulatedcarrier_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"waybill/adapters/simulatedcarrier"
	"waybill/db"
	"waybill/db/dbtest/factory"
	"waybill/shop"
)

// desk is a packing table with one packed parcel, a carrier, and a clock that can be turned.
type desk struct {
	*factory.World
	t        *testing.T
	now      time.Time
	carrier  *simulatedcarrier.Carrier
	shipping *shop.Shipping
	user     shop.User
	order    shop.OrderID
}

func newDesk(t *testing.T, postalCode string, wrap func(shop.Carrier) shop.Carrier) *desk {
	t.Helper()
	d := &desk{t: t, now: time.Now().UTC().Truncate(time.Second)}
	clock := func() time.Time { return d.now }
	d.World = factory.New(t, db.WithClock(clock))
	d.carrier = simulatedcarrier.New(d.Pool, simulatedcarrier.WithClock(clock), simulatedcarrier.WithSecrets("s"))
	d.shipping = shop.NewShipping(d.Store, slog.New(slog.DiscardHandler), wrap(d.carrier))
	m, _ := d.Merchant("north")
	d.user = d.User("mia@north.test", shop.RoleMerchant, m, 0)
	customer, address := d.Customer("ada@example.com")
	d.Exec(`UPDATE addresses SET postal_code = $1`, postalCode)
	d.order = d.Paid(customer, address, d.SKU(m, "A", 1000, 10))
	d.Packed(d.order, d.user)
	return d
}

func plain(c shop.Carrier) shop.Carrier { return c }

func (d *desk) command(key string) shop.LabelCommand {
	d.t.Helper()
	k, err := shop.NewIdempotencyKey("test", key, key)
	if err != nil {
		d.t.Fatal(err)
	}
	return shop.LabelCommand{
		MerchantID: d.user.MerchantID, Parcels: []shop.ParcelRef{{OrderID: d.order, No: 1}}, CarrierKey: simulatedcarrier.Name, Service: "express", WeightGrams: 800,
		Actor: d.user.Actor(), Key: k,
	}
}

func (d *desk) settle() int {
	d.t.Helper()
	settled, err := d.shipping.SettleLabels(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	return settled
}

// dying is a carrier whose caller dies with the answer in hands.
type dying struct {
	shop.Carrier
	dead bool
}

var errDied = errors.New("the program died")

func (c *dying) BuyLabel(ctx context.Context, r shop.LabelRequest) (shop.LabelOutcome, error) {
	outcome, err := c.Carrier.BuyLabel(ctx, r)
	if !c.dead {
		return outcome, err
	}
	return shop.LabelOutcome{}, errDied
}

func TestALabelBoughtRightBeforeACrashIsFoundByItsKey(t *testing.T) {
	t.Parallel()
	broken := &dying{dead: true}
	d := newDesk(t, "94601", func(c shop.Carrier) shop.Carrier { broken.Carrier = c; return broken })
	shipment, err := d.shipping.Label(t.Context(), d.command("k"))
	if err != nil || shipment.Status != shop.ShipmentBuying {
		t.Fatalf("after the crash: %+v, %v", shipment, err)
	}
	if d.settle() != 0 {
		t.Error("somebody else asked while the request may still be on its way")
	}
	d.now = d.now.Add(shop.LabelLease + time.Second)
	if d.settle() != 1 {
		t.Error("nobody asked what became of the label")
	}
	found, err := d.Store.ShipmentByID(t.Context(), d.user.MerchantID, shipment.ID)
	if err != nil || found.Status != shop.ShipmentReady || !simulatedcarrier.ValidTracking(found.TrackingNumber) {
		t.Errorf("after asking: %+v, %v", found, err)
	}
	if labels := d.Int(`SELECT count(*) FROM simulated_carrier.labels`); labels != 1 {
		t.Errorf("%d labels were bought", labels)
	}
	broken.dead = false
	again, err := d.shipping.Label(t.Context(), d.command("k"))
	if err != nil || again.TrackingNumber != found.TrackingNumber {
		t.Errorf("the form sent again: %+v, %v", again, err)
	}
	d.CheckBooks()
}

func TestALabelThatTheCarrierNeverHeardOfIsGivenUp(t *testing.T) {
	t.Parallel()
	d := newDesk(t, simulatedcarrier.PostcodeNever, plain)
	shipment, err := d.shipping.Label(t.Context(), d.command("k"))
	if err != nil || shipment.Status != shop.ShipmentBuying {
		t.Fatalf("without an answer: %+v, %v", shipment, err)
	}
	d.now = d.now.Add(shop.LabelLease + time.Second)
	if d.settle() != 0 {
		t.Error("given up while the request may still arrive")
	}
	d.now = d.now.Add(shop.LabelAbandon + time.Minute)
	if d.settle() != 1 {
		t.Error("not given up")
	}
	order, err := d.Store.OrderByID(t.Context(), d.order, shop.OrderScope{})
	if err != nil || order.Fulfillments[0].ShipmentID != 0 || order.Fulfillments[0].Status != shop.FulfillmentPacked {
		t.Errorf("its parcel: %+v, %v", order.Fulfillments, err)
	}
	d.CheckBooks()
}

func TestARefusedLabelSaysWhyAndFreesItsParcel(t *testing.T) {
	t.Parallel()
	d := newDesk(t, simulatedcarrier.PostcodeRefused, plain)
	shipment, err := d.shipping.Label(t.Context(), d.command("k"))
	if err != nil || shipment.Status != shop.ShipmentFailed || shipment.Failure == "" || len(shipment.Parcels) != 0 {
		t.Errorf("%+v, %v", shipment, err)
	}
	manual := d.command("by hand")
	manual.CarrierKey, manual.Carrier, manual.TrackingNumber = "", "DHL", "0034 0434 1610"
	shipment, err = d.shipping.Label(t.Context(), manual)
	if err != nil || shipment.Status != shop.ShipmentReady || shipment.TrackingNumber != "003404341610" {
		t.Errorf("with a label from elsewhere: %+v, %v", shipment, err)
	}
	d.CheckBooks()
}

func TestTwoClicksAtOnceBuyOneLabel(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "94601", plain)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := d.shipping.Label(t.Context(), d.command("k")); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if labels, shipments := d.Int(`SELECT count(*) FROM simulated_carrier.labels`), d.Int(`SELECT count(*) FROM shipments`); labels != 1 || shipments != 1 {
		t.Errorf("%d labels, %d shipments", labels, shipments)
	}
	if _, err := d.shipping.Label(t.Context(), d.command("another form")); shop.CodeOf(err) != shop.CodeConflict {
		t.Errorf("a second label for the parcel: %v", err)
	}
	d.CheckBooks()
}

func TestImpossibleLabelsAreRefusedBeforeAnybodyIsAsked(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "94601", plain)
	for name, change := range map[string]func(*shop.LabelCommand){
		"nothing":        func(c *shop.LabelCommand) { c.Parcels = nil },
		"twice the same": func(c *shop.LabelCommand) { c.Parcels = append(c.Parcels, c.Parcels[0]) },
		"not weighed":    func(c *shop.LabelCommand) { c.WeightGrams = 0 },
		"too heavy":      func(c *shop.LabelCommand) { c.WeightGrams = shop.MaxParcelGrams + 1 },
		"no service":     func(c *shop.LabelCommand) { c.Service = "" },
		"no carrier":     func(c *shop.LabelCommand) { c.CarrierKey = "pigeon" },
		"no number":      func(c *shop.LabelCommand) { c.CarrierKey, c.Carrier = "", "DHL" },
	} {
		c := d.command(name)
		change(&c)
		if _, err := d.shipping.Label(t.Context(), c); shop.CodeOf(err) != shop.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := d.Int(`SELECT count(*) FROM shipments`); n != 0 {
		t.Errorf("%d shipments were made", n)
	}
}

func TestAParcelIsFollowedByPollAndByWebhook(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "94601", plain)
	shipment, err := d.shipping.Label(t.Context(), d.command("k"))
	if err != nil {
		t.Fatal(err)
	}
	d.Exec(`UPDATE simulated_carrier.labels SET fate = 'arrives'`)
	d.now = shipment.EtaAt.Add(-6 * time.Hour)
	if _, err := d.shipping.Poll(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := d.status(); got != shop.StatusShipped {
		t.Errorf("on its way the order is %s", got)
	}
	d.now = shipment.EtaAt
	events, err := d.carrier.Track(t.Context(), []string{shipment.TrackingNumber})
	if err != nil {
		t.Fatal(err)
	}
	body, err := simulatedcarrier.Message(events)
	if err != nil {
		t.Fatal(err)
	}
	for want := 1; want >= 0; want-- {
		news, unknown, err := d.shipping.Told(t.Context(), d.carrier, simulatedcarrier.Sign("s", body, d.now), body)
		if err != nil || len(unknown) != 0 || (news > 0) != (want > 0) {
			t.Errorf("told: %d news, %v, %v", news, unknown, err)
		}
	}
	if got := d.status(); got != shop.StatusDelivered {
		t.Errorf("at its door the order is %s", got)
	}
	if n, err := d.shipping.Poll(t.Context()); n != 0 || err != nil {
		t.Errorf("asked for news of a parcel that arrived: %d, %v", n, err)
	}
	d.CheckBooks()
}

func (d *desk) status() shop.Status {
	d.t.Helper()
	order, err := d.Store.OrderByID(d.t.Context(), d.order, shop.OrderScope{})
	if err != nil {
		d.t.Fatal(err)
	}
	return order.Status
}

func TestAVoidWithoutAnAnswerIsAskedAgain(t *testing.T) {
	t.Parallel()
	silent := &mute{}
	d := newDesk(t, "94601", func(c shop.Carrier) shop.Carrier { silent.Carrier = c; return silent })
	shipment, err := d.shipping.Label(t.Context(), d.command("k"))
	if err != nil {
		t.Fatal(err)
	}
	work := shop.ShipmentWork{MerchantID: d.user.MerchantID, IDs: []int64{shipment.ID}, Actor: d.user.Actor()}
	silent.mute = true
	if shipment, err = d.shipping.Void(t.Context(), work); err != nil || shipment.Status != shop.ShipmentVoiding {
		t.Fatalf("without an answer: %+v, %v", shipment, err)
	}
	silent.mute = false
	d.now = d.now.Add(shop.LabelLease + time.Second)
	if d.settle() != 1 {
		t.Error("nobody asked again")
	}
	if shipment, err = d.Store.ShipmentByID(t.Context(), d.user.MerchantID, shipment.ID); err != nil || shipment.Status != shop.ShipmentVoided {
		t.Errorf("after asking: %+v, %v", shipment, err)
	}
	d.CheckBooks()
}

// mute is a carrier that takes labels back and does not say so.
type mute struct {
	shop.Carrier
	mute bool
}

func (c *mute) VoidLabel(ctx context.Context, number string) (string, error) {
	refused, err := c.Carrier.VoidLabel(ctx, number)
	if c.mute {
		return "", simulatedcarrier.ErrTimeout
	}
	return refused, err
}
