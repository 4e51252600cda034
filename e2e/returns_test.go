package e2e_test

import (
	"testing"

	"waybill/e2e/browser"
	"waybill/views/urls"
)

// A customer sends something back, the desk books and pays it, and the customer sees every step.
func TestAReturnFromTheRequestToTheRefund(t *testing.T) {
	t.Parallel()
	h, ada := kitchen(t)
	mia, _ := h.packers()
	buyer, desk := h.as(ada), h.as(mia)
	number := buyer.order()
	h.deliver(number, mia)

	buyer.visit(urls.AccountOrder(number))
	buyer.follow(browser.Link("Return"))
	buyer.see("Step 1 of 2", "Enamel kettle")
	buyer.fill("How many?", "1")
	buyer.must(buyer.tab.Choose(browser.Field("Why?"), "It arrived damaged"))
	buyer.follow(browser.Button("Go on"))
	buyer.see("Step 2 of 2", "You get back", "It arrived damaged")
	buyer.fill("Note (optional)", "The spout is bent.")
	buyer.follow(browser.Button("Ask for the return"))
	buyer.see("is asked for", "looks at your request")

	desk.visit(urls.MerchantReturns())
	desk.see("Enamel kettle")
	desk.follow(browser.Link("R-"))
	desk.see("The spout is bent.")
	desk.follow(browser.Button("Approve"))
	desk.see("The return is approved")
	buyer.visit(urls.AccountOrder(number))
	buyer.see("Label to print")
	buyer.follow(browser.Button("I have sent it"))
	buyer.see("On its way back")
	desk.visit(desk.path())
	desk.fill("As new units of Enamel kettle", "1")
	desk.follow(browser.Button("Book what was counted"))
	desk.see("1 unit is booked", "What arrived", "on sale at")
	desk.follow(browser.Button("Refund"))
	desk.see("went back to the customer")
	buyer.visit(urls.AccountOrder(number))
	buyer.see("Your money went back", "1 of 1 refunded")
	h.run("verify")
}
