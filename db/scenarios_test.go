package db_test

import (
	"testing"

	"waybill/db/dbtest/factory"
	"waybill/shop"
)

// Scenario 5: the same cart twice is one hold, which never stands in its own way; others see what it leaves.
func TestACartHoldsItsUnitsOnce(t *testing.T) {
	t.Parallel()
	p := newPromised(t, 10, shop.StockRules{})
	mine := p.Order(p.customer, p.address, p.sku)
	mine.Items[0].Quantity = 3
	first, err := p.placer.PlaceCheckout(t.Context(), mine)
	if err != nil {
		t.Fatal(err)
	}
	p.mustBuy(4, p.sku) // of others
	if _, err := p.buy(4, p.sku); shop.CodeOf(err) != shop.CodeOutOfStock {
		t.Errorf("4 of the 3 that are left: %v", err)
	}
	p.mustBuy(3, p.sku)
	again, err := p.placer.PlaceCheckout(t.Context(), mine) // nothing is left, and I have mine
	if err != nil || !again.Replayed || again.CheckoutID != first.CheckoutID {
		t.Errorf("the same cart again is %+v, %v", again, err)
	}
	if got := p.units(first.Orders[0].ID); got != "held 3 shipped 0 waiting 0" {
		t.Error(got)
	}
	if got := p.Int(`SELECT sum(reserved) FROM stock_levels`); got != 10 {
		t.Errorf("%d units are held, want 10", got)
	}
	p.CheckBooks()
}

// Scenario 17, as far as it goes without gift cards: what a code pays in full is due nothing, and completes without asking a
// provider.
func TestAnOrderThatCostsNothingIsPaidByNobody(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	merchant, _ := w.Merchant("one")
	sku := w.SKU(merchant, "A", 1000, 10)
	w.Exec(`INSERT INTO shipping_rates (merchant_id, country, currency, price_minor) VALUES ($1, '', 'USD', 1000)`, merchant)
	w.Exec(`INSERT INTO discounts (code, name, percent_ppm, valid_from) VALUES ('GIFT', 'A gift', 1000000, now() - interval '1 day')`)
	customer, address := w.Customer("ada@example.com")
	place := func(codes ...string) shop.PlacedCheckout {
		command := w.Order(customer, address, sku)
		command.DiscountCodes = codes
		placed, err := w.Placer().PlaceCheckout(t.Context(), command)
		if err != nil {
			t.Fatal(err)
		}
		return placed
	}
	if with := place("GIFT"); with.TotalMinor != 1000 || with.Orders[0].DiscountMinor != 1000 {
		t.Errorf("the shipping stays due: %+v", with)
	}
	w.Exec(`DELETE FROM shipping_rates`)
	free := place("GIFT")
	if free.TotalMinor != 0 {
		t.Fatalf("the total is %d", free.TotalMinor)
	}
	c := w.payFor(free.Orders[0].ID)
	attempt := w.pay(c)
	if attempt.Status() != shop.PaymentCaptured || w.bank.count("charge") != 0 {
		t.Errorf("it is %s after %d charges", attempt.Status(), w.bank.count("charge"))
	}
	w.wantOrder(free.Orders[0].ID, shop.StatusConfirmed, 0, 0)
	if again := w.pay(c); again.Status() != shop.PaymentCaptured || w.bank.count("charge") != 0 {
		t.Errorf("paid once more it is %s", again.Status())
	}
}

// Scenario 24: who gives up a parcel puts its units back to be picked; they stay reserved, and the order stays.
func TestAParcelThatIsGivenUpIsPickedAgain(t *testing.T) {
	t.Parallel()
	p := newPromised(t, 5, shop.StockRules{})
	mia, ben := p.User("mia@example.com", shop.RoleMerchant, p.merchant, 0), p.User("ben@example.com", shop.RoleMerchant, p.merchant, 0)
	id := p.mustBuy(3, p.sku)
	p.Confirm(id)
	work := factory.Work(id, mia)
	pick := shop.PickCommand{ParcelWork: work, Lines: []shop.PickedLine{{LineNo: 1, Quantity: 2}}}
	for _, err := range []error{
		second(p.Store.ClaimFulfillment(t.Context(), work)), second(p.Store.PickFulfillment(t.Context(), pick)), second(p.Store.ReleaseFulfillment(t.Context(), work)),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	state := func() string {
		return p.Text(`SELECT concat_ws(' ', f.status, f.assigned_user_id IS NULL, i.picked, o.status) FROM fulfillments f JOIN fulfillment_items i USING (order_id, no) JOIN orders o ON o.id = f.order_id`)
	}
	if got := state(); got != "open t 0 processing" {
		t.Errorf("given up it is %s", got)
	}
	if got := p.units(id); got != "held 3 shipped 0 waiting 0" {
		t.Error(got)
	}
	if _, err := p.buy(3, p.sku); shop.CodeOf(err) != shop.CodeOutOfStock {
		t.Errorf("its units were sold to somebody else: %v", err)
	}
	p.Packed(id, ben)
	if got := state(); got != "packed f 3 processing" {
		t.Errorf("picked again it is %s", got)
	}
	p.CheckBooks()
}
