package e2e_test

import (
	"net/http"
	"testing"

	"waybill/e2e/browser"
	"waybill/views/urls"
)

// The states of pages that one has to do something for; those that are just there are on the tour.
func TestStatesOfBuyingAreAccessible(t *testing.T) {
	t.Parallel()
	h, ada := kitchen(t)
	p := h.as(ada)
	p.visit(urls.AccountOrders())
	p.examine("a history without orders")
	p.toCheckout()
	p.visit(urls.Cart())
	p.examine("a full cart")
	p.fill("Quantity of Enamel kettle", "-1")
	p.followFor(browser.Button("Update"), http.StatusUnprocessableEntity)
	p.examine("a refused quantity")
	p.visit(urls.Checkout())
	p.examine("the checkout")
	p.click(browser.Field("Another address"))
	p.followFor(placeOrder, http.StatusUnprocessableEntity)
	p.examine("a refused address")
	p.visit(urls.Checkout())
	p.click(browser.Field("Card •••• 0002"))
	p.follow(placeOrder)
	p.see("The payment did not go through")
	p.examine("a declined card")
	p.click(browser.Field("Card •••• 4242"))
	p.follow(browser.Button("Pay $"))
	p.see("Thank you, it is ordered")
	p.examine("the confirmation")
	p.follow(browser.Link("Follow this order"))
	p.examine("an order that was just paid")
	p.follow(browser.Link("Buy again"))
	p.examine("buying again")
}
