package e2e_test

import (
	"testing"

	"waybill/e2e/browser"
)

func TestACartIsKeptWhenItsGuestSignsIn(t *testing.T) {
	t.Parallel()
	for name, look := range map[string]browser.Look{"with scripts": {}, "without scripts": {NoScript: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t)
			h.product(h.merchant("north", "North Kitchen"), "KETTLE", "Enamel kettle", 4250, 7)
			ada := h.customer("ada@example.com", "Ada Buyer")

			p := h.person(look)
			p.visit("/")
			p.fill("Search", "kettle")
			p.follow(browser.Button("Search"))
			p.follow(browser.Link("Enamel kettle"))
			p.see("North Kitchen", "$42.50", "7")
			p.fill("Quantity", "2")
			p.follow(browser.Button("Add to cart"))
			p.visit("/cart")
			p.see("Enamel kettle", "$85.00")
			p.follow(browser.Link("Sign in"))
			p.signIn(ada)
			p.see("Your cart", "Enamel kettle", "$85.00")
		})
	}
}
