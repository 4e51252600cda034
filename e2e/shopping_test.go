package e2e_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"waybill/e2e/browser"
	"waybill/shop"
	"waybill/views/urls"
)

// everyWay is how customers come: all that they do works with and without JavaScript.
var everyWay = map[string]browser.Look{"with scripts": {}, "without scripts": {NoScript: true}}

// orderNumber is an order number on a page.
var orderNumber = regexp.MustCompile(`([0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{2})`)

// placeOrder is the button of the checkout; its label goes on with the amount.
var placeOrder = browser.Button("Place order and pay")

// kitchen is a house with one shop that sells kettles to Ada.
func kitchen(t *testing.T) (h *house, ada shop.User) {
	t.Helper()
	h = open(t)
	north := h.merchant("north", "North Kitchen")
	h.product(north, "KETTLE", "Enamel kettle", 4250, 7)
	h.product(north, "LADLE", "Soup ladle", 900, 40)
	return h, h.customer("ada@example.com", "Ada Buyer")
}

// fillCart puts a kettle into the cart and goes to the checkout.
func (p *person) toCheckout() {
	p.t.Helper()
	p.visit(urls.Product("kettle"))
	p.follow(browser.Button("Add to cart"))
	p.visit(urls.Cart())
	p.follow(browser.Link("Go to checkout"))
}

// order buys a kettle and returns the order's number.
func (p *person) order() string {
	p.t.Helper()
	p.toCheckout()
	p.follow(placeOrder)
	p.see("Thank you, it is ordered")
	return p.read(orderNumber)
}

func TestAGuestSignsInAtTheCheckoutAndOrders(t *testing.T) {
	t.Parallel()
	for name, look := range everyWay {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, ada := kitchen(t)
			p := h.person(look)
			p.visit(urls.Home())
			p.fill("Search", "kettle")
			p.follow(browser.Button("Search"))
			p.follow(browser.Link("Enamel kettle"))
			p.see("North Kitchen", "$42.50")
			p.fill("Quantity", "2")
			p.follow(browser.Button("Add to cart"))
			p.visit(urls.Cart())
			p.see("Enamel kettle", "$85.00")
			p.follow(browser.Link("Go to checkout"))
			p.see("After signing in you are back at the checkout")
			p.signIn(ada)
			if p.path() != urls.Checkout() {
				t.Fatalf("after signing in, the guest is at %s", p.path())
			}
			p.see("Ada Buyer", "1 Main St", "2 × Enamel kettle")
			p.follow(placeOrder)
			p.see("Thank you, it is ordered")
			number := p.read(orderNumber)

			p.visit(urls.AccountOrders())
			p.see(number, "North Kitchen")
			p.fill("Order number or product", "kettle")
			p.follow(browser.Button("Apply filters"))
			p.see(number)
			p.follow(browser.Link("").In(number))
			p.see("Order "+number, "2 × $42.50", "4242", "What happened")
			p.seeNot("Pay now")
			if n := h.Int(`SELECT count(*) FROM orders WHERE status = 'confirmed'`); n != 1 {
				t.Errorf("%d orders are confirmed", n)
			}
		})
	}
}

func TestCustomersHelpThemselves(t *testing.T) {
	t.Parallel()
	for name, look := range everyWay {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, ada := kitchen(t)
			p := h.person(look)
			p.visit(urls.Login(urls.AccountAddresses()))
			p.signIn(ada)
			p.see("1 Main St")
			p.fill("Name", "Ada at work")
			p.fill("Street and number", "2 Market St")
			p.fill("Town or city", "Berkeley")
			p.fill("Postal code", "94704")
			p.must(p.tab.Choose(browser.Field("Country"), "United States"))
			p.fill("State or region", "CA")
			p.follow(browser.Button("Save address"))
			p.see("Ada at work", "2 Market St")

			number := p.order()
			p.visit(urls.AccountOrder(number))
			p.click(browser.Button("Cancel this order"))
			p.follow(browser.Button("Cancel the order"))
			p.see("cancelled")
			p.follow(browser.Link("Buy again"))
			p.see("Then and now", "Enamel kettle")
			p.follow(browser.Button("Put 1 item into the cart"))
			p.visit(urls.Cart())
			p.fill("Quantity of Enamel kettle", "3")
			p.follow(browser.Button("Update"))
			p.see("$127.50")
			p.fill("Quantity of Enamel kettle", "eight")
			p.followFor(browser.Button("Update"), http.StatusUnprocessableEntity)
			p.see("There is a problem")
			p.follow(browser.Button("Remove Enamel kettle"))
			p.see("Your cart is empty")
		})
	}
}

func TestADeclinedCardIsFollowedByAnother(t *testing.T) {
	t.Parallel()
	h, ada := kitchen(t)
	p := h.as(ada)
	p.toCheckout()
	p.click(browser.Field("Card •••• 0002"))
	p.follow(placeOrder)
	p.see("The payment did not go through", "Nothing was charged", "Your items are held until")
	p.click(browser.Field("Card •••• 4242"))
	p.follow(browser.Button("Pay $"))
	p.see("Thank you, it is ordered")
	p.follow(browser.Link("Follow this order"))
	p.see("declined", "4242")
	if n := h.Int(`SELECT count(*) FROM orders`); n != 1 {
		t.Errorf("%d orders were placed", n)
	}
	if n := h.Int(`SELECT sum(reserved) FROM stock_levels`); n != 1 {
		t.Errorf("%d kettles are promised", n)
	}
}

func TestPressingTwiceOrdersOnce(t *testing.T) {
	t.Parallel()
	for name, look := range everyWay {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, ada := kitchen(t)
			p := h.person(look)
			p.visit(urls.Login(""))
			p.signIn(ada)
			p.toCheckout()
			p.followTwice(placeOrder)
			p.must(p.tab.Await("the order, or the answer of the bank", `/Thank you, it is ordered|The payment was confirmed/.test(document.body.innerText)`))
			if p.shows("The payment was confirmed") { // the second press was answered before the first
				p.follow(browser.Link("See the confirmation"))
			}
			p.see("Thank you, it is ordered")
			number := p.read(orderNumber)

			_, err := p.tab.Reload()
			p.must(err)
			p.see("Thank you, it is ordered", number)
			_, err = p.tab.Back()
			p.must(err)
			if strings.HasPrefix(p.path(), urls.Checkout()) && p.shows("Place order and pay") {
				p.follow(placeOrder) // the browser shows the page as it was
			}
			p.visit(urls.AccountOrders())
			p.see(number)
			if n := h.Int(`SELECT count(*) FROM orders`); n != 1 {
				t.Errorf("%d orders were placed", n)
			}
			if n := h.Int(`SELECT count(*) FROM simulated_processor.transactions`); n != 1 {
				t.Errorf("the card was charged %d times", n)
			}
		})
	}
}

func TestABankThatAnswersLate(t *testing.T) {
	t.Parallel()
	paid := map[string]string{"with scripts": "The payment was confirmed", "without scripts": "Thank you, it is ordered"}
	for name, look := range everyWay {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, ada := kitchen(t)
			p := h.person(look)
			p.visit(urls.Login(""))
			p.signIn(ada)
			p.toCheckout()
			p.click(browser.Field("Silent card •••• 4242"))
			p.follow(placeOrder)
			p.see("The bank has not answered yet", paid[name]) // nobody touches the page between the two
			if n := h.Int(`SELECT count(*) FROM simulated_processor.transactions`); n != 1 {
				t.Errorf("the card was charged %d times", n)
			}
		})
	}
}

func TestASessionThatEndsAtTheCheckout(t *testing.T) {
	t.Parallel()
	h, ada := kitchen(t)
	p := h.as(ada)
	p.toCheckout()
	h.Exec(`DELETE FROM sessions`)
	p.follow(placeOrder)
	p.see("After signing in you are back at the checkout")
	p.signIn(ada)
	if p.path() != urls.Checkout() {
		t.Fatalf("after signing in again, the customer is at %s", p.path())
	}
	p.see("1 × Enamel kettle")
	p.follow(placeOrder)
	p.see("Thank you, it is ordered")
	if n := h.Int(`SELECT count(*) FROM orders`); n != 1 {
		t.Errorf("%d orders were placed", n)
	}
}

func TestOrdersOfOthersAndMistypedNumbers(t *testing.T) {
	t.Parallel()
	h, ada := kitchen(t)
	number := h.as(ada).order()
	other := h.as(h.customer("bob@example.com", "Bob Buyer"))
	for _, path := range []string{urls.AccountOrder(number), urls.AccountReorder(number), urls.CheckoutPay(number), urls.CheckoutDone(number)} {
		other.visitFor(path, http.StatusNotFound)
		other.seeNot("Ada")
		other.seeNot("forbidden")
	}
	other.visitFor(urls.AccountOrder(mistyped(number)), http.StatusNotFound)
	other.see("looks mistyped")
}

// mistyped is the number with its first two characters the other way round, or one of them another.
func mistyped(number string) string {
	if number[0] != number[1] {
		return number[1:2] + number[:1] + number[2:]
	}
	if number[0] == '7' {
		return "8" + number[1:]
	}
	return "7" + number[1:]
}
