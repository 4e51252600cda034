package handlers_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"waybill/adapters/simulated"
	"waybill/db"
	"waybill/db/dbtest/factory"
	"waybill/shop"
	"waybill/views/urls"
)

// order fills the cart with one unit and opens the checkout.
func (v *visitor) openCheckout(skuID int64, quantity string) answer {
	v.t.Helper()
	addTo(v, skuID, quantity).sends(urls.Cart())
	return v.get(urls.Checkout()).wants(http.StatusOK)
}

// send sends the checkout form of a page.
func (v *visitor) send(page answer, addressID int64, method string) answer {
	v.t.Helper()
	return v.post(urls.Checkout(), "key", page.field("key"), "expected", page.field("expected"), "currency", page.field("currency"), "address", fmt.Sprint(addressID), "method", method)
}

// number is that of the checkout that an answer leads to.
func (a answer) number() string {
	a.t.Helper()
	parts := strings.Split(a.location, "/")
	if a.status != http.StatusSeeOther || len(parts) != 4 || parts[1] != "checkout" {
		a.t.Fatalf("%d to %q (%s), want a checkout", a.status, a.location, a.heading())
	}
	return parts[2]
}

func TestCheckoutPlacesAndPaysWithOneForm(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	acme, _ := s.Merchant("acme")
	bolt, _ := s.Merchant("bolt")
	a, b := s.SKU(acme, "A", 1000, 5), s.SKU(bolt, "B", 500, 5)
	s.Exec(`INSERT INTO tax_rates (country, region, name, rate_ppm) VALUES ('US', 'CA', 'CA', 100000)`)
	v, customer, address := s.buyer(t, "ada@example.com")
	addTo(v, a, "2")
	page := v.openCheckout(b, "1").wants(http.StatusOK, "1 Main St, Oakland, CA 94601, United States", "Tax, 10%", "Place order and pay $27.50", "2 parcels", "Card •••• 4242")
	number := v.send(page, address, simulated.TokenOK).number()
	v.get(urls.CheckoutPay(number)).sends(urls.CheckoutDone(number))
	v.get(urls.CheckoutDone(number)).wants(http.StatusOK, "Thank you", "Paid $27.50", "From acme", "From bolt", "Confirmed", "2 ×")
	v.get(urls.Cart()).wants(http.StatusOK, "Your cart is empty")
	if n := s.Int(`SELECT count(*) FROM orders WHERE status = 'confirmed' AND customer_id = $1`, customer); n != 2 {
		t.Errorf("%d confirmed orders", n)
	}
	if n := s.Int(`SELECT count(DISTINCT charge_key) FROM payments WHERE status = 'captured'`); n != 1 {
		t.Errorf("%d charges", n)
	}
	if n := s.Int(`SELECT count(*) FROM addresses WHERE is_snapshot`); n != 1 {
		t.Errorf("%d address snapshots", n)
	}
	s.booksAgree(t)
}

func TestSendingTheFormAgainEndsOnTheSamePage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, _ := s.Merchant("acme")
	sku := s.SKU(merchant, "A", 1000, 50)
	v, _, address := s.buyer(t, "ada@example.com")
	page := v.openCheckout(sku, "2")
	var sends sync.WaitGroup
	numbers := make([]string, 6)
	for i := range numbers {
		sends.Go(func() { numbers[i] = v.send(page, address, simulated.TokenOK).number() })
	}
	sends.Wait()
	back := v.send(page, address, simulated.TokenOK).number() // the back button, later
	for _, number := range numbers {
		if number != back {
			t.Errorf("one form led to checkouts %v and %s", numbers, back)
			break
		}
	}
	s.onlyOneOrder(t, 2)
	s.booksAgree(t)
}

// onlyOneOrder fails the test unless exactly one order took its units and was paid once.
func (s *site) onlyOneOrder(t *testing.T, units int64) {
	t.Helper()
	for what, want := range map[string]int64{
		`SELECT count(*) FROM orders`:                                                                            1,
		`SELECT sum(quantity) FROM order_line_items`:                                                             units,
		`SELECT sum(reserved) FROM stock_levels`:                                                                 units,
		`SELECT count(*) FROM payments WHERE captured_minor > 0`:                                                 1,
		`SELECT count(*) FROM simulated_processor.transactions WHERE kind = 'capture'`:                           1,
		`SELECT count(*) FROM simulated_processor.transactions WHERE kind = 'capture' AND status <> 'succeeded'`: 0,
	} {
		if got := s.Int(what); got != want {
			t.Errorf("%s is %d, want %d", what, got, want)
		}
	}
}

// A server that dies after the order exists and before its answer leaves a full cart with a used key behind.
func TestLostAnswerIsFoundAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, _ := s.Merchant("acme")
	sku := s.SKU(merchant, "A", 1000, 50)
	v, customer, address := s.buyer(t, "ada@example.com")
	page := v.openCheckout(sku, "2")
	command := s.Order(customer, address, sku)
	command.Items[0].Quantity = 2
	key, err := shop.NewIdempotencyKey(fmt.Sprintf("customer:%d", customer), page.field("key"), "whatever the lost request said")
	if err != nil {
		t.Fatal(err)
	}
	command.Key = key
	placed, err := s.pages.Placer.PlaceCheckout(t.Context(), command)
	if err != nil {
		t.Fatal(err)
	}
	v.get(urls.Checkout()).sends(urls.CheckoutPay(placed.CheckoutID.Number()))
	v.get(urls.Cart()).wants(http.StatusOK, "Your cart is empty")
	if number := v.send(page, address, simulated.TokenOK).number(); number != placed.CheckoutID.Number() {
		t.Errorf("sent again it is checkout %s, want %s", number, placed.CheckoutID.Number())
	}
	s.onlyOneOrder(t, 2)
}

func TestSessionThatEndsInMidCheckoutComesBackToIt(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, _ := s.Merchant("acme")
	sku := s.SKU(merchant, "A", 1000, 50)
	v, _, address := s.buyer(t, "ada@example.com")
	page := v.openCheckout(sku, "2")
	s.Exec(`DELETE FROM sessions`)
	lost := v.do(http.MethodPost, urls.Checkout(), strings.NewReader("key="+page.field("key")+"&expected=2000&method=card_ok"),
		[]string{"Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin", "Referer", s.url + urls.Checkout()})
	lost.sends(urls.Login(urls.Checkout()))
	if n := s.Int(`SELECT count(*) FROM orders`); n != 0 {
		t.Fatalf("%d orders without a session", n)
	}
	v.post(urls.Login(""), "email", "ada@example.com", "password", password, "next", urls.Checkout()).sends(urls.Checkout())
	again := v.get(urls.Checkout()).wants(http.StatusOK, "2 ×")
	if again.field("key") != page.field("key") {
		t.Error("the cart has another key after signing in again")
	}
	number := v.send(again, address, simulated.TokenOK).number()
	if old := v.send(page, address, simulated.TokenOK).number(); old != number {
		t.Error("the page from before was another order")
	}
	s.onlyOneOrder(t, 2)
}

func TestOutOfStockShowsTheCartAndWhatIsLeft(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, _ := s.Merchant("acme")
	sku := s.SKU(merchant, "A", 1000, 3)
	v, _, address := s.buyer(t, "ada@example.com")
	page := v.openCheckout(sku, "3")
	s.Exec(`UPDATE stock_levels SET on_hand = 1`)
	v.send(page, address, simulated.TokenOK).wants(http.StatusConflict, "Your cart", "Product A: Only 1 left. Please lower the quantity.", fmt.Sprintf(`href="#f-quantity-%d"`, sku))
	if n := s.Int(`SELECT count(*) FROM orders`) + s.Int(`SELECT count(*) FROM idempotency_keys`); n != 0 {
		t.Errorf("%d rows were left behind", n)
	}
	v.post(urls.CartUpdate(sku), "quantity", "1").sends(urls.Cart())
	v.send(v.get(urls.Checkout()), address, simulated.TokenOK).number()
	s.onlyOneOrder(t, 1)
}

func TestAnotherTotalIsAskedAbout(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, _ := s.Merchant("acme")
	sku := s.SKU(merchant, "A", 1000, 3)
	v, _, address := s.buyer(t, "ada@example.com")
	page := v.openCheckout(sku, "1")
	s.Exec(`UPDATE sku_prices SET price_minor = 1300`)
	drifted := v.send(page, address, simulated.TokenOK).wants(http.StatusConflict, "The total has changed.", "Place order and pay $13.00")
	if n := s.Int(`SELECT count(*) FROM orders`); n != 0 {
		t.Fatalf("%d orders at a price nobody agreed to", n)
	}
	stale := v.post(urls.Checkout(), "key", "00000000-0000-4000-8000-000000000000", "expected", "1300", "currency", "USD", "address", fmt.Sprint(address), "method", simulated.TokenOK)
	stale.wants(http.StatusConflict, "The total has changed.")
	v.send(drifted, address, simulated.TokenOK).number()
	s.onlyOneOrder(t, 1)
}

func TestCheckoutFormIsCheckedBesideItsFields(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, _ := s.Merchant("acme")
	sku := s.SKU(merchant, "A", 1000, 3)
	v, _, address := s.buyer(t, "ada@example.com")
	page := v.openCheckout(sku, "1")
	v.send(page, address, "bitcoin").wants(http.StatusUnprocessableEntity, "Choose how to pay", `href="#f-method"`)
	v.post(urls.Checkout(), "key", page.field("key"), "expected", page.field("expected"), "currency", page.field("currency"), "address", "new", "method", simulated.TokenOK, "name", "Ada", "country", "US", "postal_code", "1234").
		wants(http.StatusUnprocessableEntity, "There is a problem", "Enter the street and number", "Enter the town or city", "Enter the state", "Enter a ZIP code", `value="Ada"`, `value="1234"`)
	if n := s.Int(`SELECT count(*) FROM orders`) + s.Int(`SELECT count(*) FROM addresses`) - 1; n != 0 {
		t.Errorf("%d rows were left behind", n)
	}
	bob, bobsAddress := s.Customer("bob@example.com")
	v.send(page, bobsAddress, simulated.TokenOK).wants(http.StatusUnprocessableEntity, "Choose where it goes", `href="#f-address"`)
	if n := s.Int(`SELECT count(*) FROM orders`); n != 0 {
		t.Errorf("%d orders, one of them perhaps to %d's address", n, bob)
	}
}

func TestSuspendedBuyerIsToldSo(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, _ := s.Merchant("acme")
	sku := s.SKU(merchant, "A", 1000, 3)
	v, _, address := s.buyer(t, "ada@example.com")
	page := v.openCheckout(sku, "1")
	s.Exec(`UPDATE customers SET status = 'suspended'`)
	v.send(page, address, simulated.TokenOK).wants(http.StatusUnprocessableEntity, "account is suspended").lacks("The total has changed")
	if n := s.Int(`SELECT count(*) FROM orders`); n != 0 {
		t.Errorf("%d orders", n)
	}
}

func TestFirstAddressIsSavedBeforeTheTotalIsKnown(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, _ := s.Merchant("acme")
	sku := s.SKU(merchant, "A", 1000, 3)
	s.Exec(`INSERT INTO tax_rates (country, region, name, rate_ppm) VALUES ('US', 'NY', 'NY', 80000)`)
	v, customer, _ := s.buyer(t, "ada@example.com")
	s.Exec(`DELETE FROM addresses`)
	page := v.openCheckout(sku, "1").wants(http.StatusOK, "Continue").lacks("Place order and pay")
	fields := []string{"key", page.field("key"), "expected", page.field("expected"), "currency", page.field("currency"), "address", "new", "method", simulated.TokenOK,
		"name", "Ada", "line1", "5 Broadway", "city", "New York", "region", "New York", "postal_code", "10004", "country", "US"}
	next := v.post(urls.Checkout(), fields...)
	id := s.Int(`SELECT id FROM addresses WHERE customer_id = $1`, customer)
	next.sends(urls.CheckoutFor(id))
	v.post(urls.Checkout(), fields...).sends(urls.CheckoutFor(id))
	priced := v.get(next.location).wants(http.StatusOK, "5 Broadway, New York, NY 10004", "Tax, 8%", "Place order and pay $10.80")
	v.send(priced, id, simulated.TokenOK).number()
	if n := s.Int(`SELECT count(*) FROM addresses WHERE NOT is_snapshot`); n != 1 {
		t.Errorf("%d addresses", n)
	}
}

func TestSummaryFollowsTheChosenAddress(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, _ := s.Merchant("acme")
	sku := s.SKU(merchant, "A", 1000, 3)
	s.Exec(`INSERT INTO tax_rates (country, region, name, rate_ppm) VALUES ('US', 'CA', 'CA', 100000)`)
	v, customer, _ := s.buyer(t, "ada@example.com")
	saved, err := s.Store.AddAddress(t.Context(), customer, shop.Address{Name: "Ada", Line1: "Damrak 1", City: "Amsterdam", PostalCode: "1012 LG", Country: "NL"})
	if err != nil {
		t.Fatal(err)
	}
	v.openCheckout(sku, "1").wants(http.StatusOK, "Place order and pay $11.00")
	v.fragment(urls.CheckoutFor(saved.ID)).wants(http.StatusOK, "Place order and pay $10.00", `value="1000"`).lacks("<html", "Damrak")
}

func TestDeclinedCardLeavesTheOrderHeld(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, _ := s.Merchant("acme")
	sku := s.SKU(merchant, "A", 1000, 3)
	v, _, address := s.buyer(t, "ada@example.com")
	page := v.openCheckout(sku, "1")
	number := v.send(page, address, simulated.TokenDeclined).number()
	pay := urls.CheckoutPay(number)
	form := v.get(pay).wants(http.StatusOK, "The payment did not go through", "The bank declined the card", "Your items are held until", "data-until", "Try another card", "Pay $10.00")
	v.get(urls.CheckoutDone(number)).sends(pay)
	v.post(pay, "attempt", form.field("attempt"), "method", "bitcoin").wants(http.StatusUnprocessableEntity, "Choose how to pay")
	for range 2 { // pressed twice it is one attempt
		v.post(pay, "attempt", form.field("attempt"), "method", simulated.TokenInsufficientFunds).sends(pay)
	}
	if n := s.Int(`SELECT count(*) FROM payments WHERE status = 'failed'`); n != 2 {
		t.Errorf("%d failed attempts, want 2", n)
	}
	v.get(pay).wants(http.StatusOK, "The card has insufficient funds")
	v.post(pay, "attempt", "99", "method", simulated.TokenOK).sends(pay)
	v.get(pay).sends(urls.CheckoutDone(number))
	v.post(pay, "attempt", "0", "method", simulated.TokenOK).sends(pay) // paid is paid
	s.onlyOnePaid(t)
}

func (s *site) onlyOnePaid(t *testing.T) {
	t.Helper()
	if n := s.Int(`SELECT count(*) FROM simulated_processor.transactions WHERE kind = 'capture' AND status = 'succeeded'`); n != 1 {
		t.Errorf("the card was charged %d times", n)
	}
	if status := s.Text(`SELECT status FROM orders`); status != "confirmed" {
		t.Errorf("the order is %s", status)
	}
	s.booksAgree(t)
}

func TestSilentBankIsAskedAgainWhileThePageWaits(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, _ := s.Merchant("acme")
	sku := s.SKU(merchant, "A", 1000, 3)
	v, customer, address := s.buyer(t, "ada@example.com")
	placed := s.Place(customer, address, sku)
	pay := urls.CheckoutPay(placed.CheckoutID.Number())
	key, err := shop.NewIdempotencyKey("test", "pay", 1)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Store.PreparePayment(t.Context(), shop.PayCommand{
		CheckoutID: placed.CheckoutID, Provider: simulated.Name, Method: simulated.TokenOK, Actor: shop.Actor{Kind: shop.ActorCustomer, ID: customer}, Key: key,
	})
	if err != nil {
		t.Fatal(err)
	}
	v.get(pay).wants(http.StatusOK, "Your payment is being confirmed", `hx-trigger="every 3s"`, `<noscript><meta http-equiv="refresh" content="3"></noscript>`, "Look again").lacks("Try another card", "Pay $10.00")
	v.fragment(pay).wants(http.StatusOK, "The bank has not answered yet").lacks("<html")
	v.get(urls.AccountOrder(placed.Orders[0].ID.Number())).wants(http.StatusOK, "Being confirmed")
}

func TestHoldThatRanOutCannotBePaid(t *testing.T) {
	t.Parallel()
	clock := time.Now().UTC()
	s := newSite(t, db.WithClock(func() time.Time { return clock }))
	merchant, _ := s.Merchant("acme")
	sku := s.SKU(merchant, "A", 1000, 3)
	v, customer, address := s.buyer(t, "ada@example.com")
	placed := s.Place(customer, address, sku)
	pay := urls.CheckoutPay(placed.CheckoutID.Number())
	s.Exec(`UPDATE orders SET expires_at = $1`, clock.Add(-time.Second))
	over := func() {
		v.get(pay).wants(http.StatusOK, "This order was not paid in time", "went back on sale", "Buy "+placed.Orders[0].ID.Number()+" again").lacks("Pay $10.00")
		v.post(pay, "attempt", "0", "method", simulated.TokenOK).sends(pay)
	}
	over()
	if _, err := factory.Expire(t.Context(), s.Store, 10); err != nil {
		t.Fatal(err)
	}
	over()
	if n := s.Int(`SELECT count(*) FROM simulated_processor.transactions`); n != 0 {
		t.Errorf("%d charges", n)
	}
}

func TestCheckoutsOfOthersDoNotExist(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, _ := s.Merchant("acme")
	sku := s.SKU(merchant, "A", 1000, 3)
	bob, bobsAddress := s.Customer("bob@example.com")
	placed := s.Place(bob, bobsAddress, sku)
	v, _, _ := s.buyer(t, "ada@example.com")
	number := placed.CheckoutID.Number()
	for _, address := range []string{urls.CheckoutPay(number), urls.CheckoutDone(number), urls.CheckoutPay(placed.Orders[0].ID.Number()), urls.CheckoutPay("6XKQ3-M8ZT-4K"), urls.CheckoutPay("nonsense")} {
		v.get(address).wants(http.StatusNotFound)
	}
	v.post(urls.CheckoutPay(number), "attempt", "0", "method", simulated.TokenOK).wants(http.StatusNotFound)
	if n := s.Int(`SELECT count(*) FROM simulated_processor.transactions`); n != 0 {
		t.Errorf("%d charges", n)
	}
	s.visitor(t).get(urls.CheckoutPay(number)).sends(urls.Login(urls.CheckoutPay(number)))
}

func TestEmptyCartHasNoCheckout(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v, _, address := s.buyer(t, "ada@example.com")
	v.get(urls.Checkout()).sends(urls.Cart())
	v.post(urls.Checkout(), "key", "x", "expected", "0", "currency", "USD", "address", fmt.Sprint(address), "method", simulated.TokenOK).wants(http.StatusConflict, "Your cart is empty")
}
