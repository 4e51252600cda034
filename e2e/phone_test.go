package e2e_test

import (
	"testing"

	"waybill/e2e/browser"
	"waybill/views/urls"
)

// On a phone the filters of the queue are folded away and what is done with ticked parcels comes when one is ticked, with
// scripts or without.
func TestTheQueueOnAPhone(t *testing.T) {
	t.Parallel()
	h, ada := kitchen(t)
	mia, _ := h.packers()
	number := h.as(ada).order()
	phone := phones[0]
	phone.NoScript = true
	p := h.person(phone)
	p.visit(urls.Login(""))
	p.signIn(mia)

	p.visit(urls.MerchantQueue())
	p.see(number, "Filters", "Next order")
	p.seeNot("Order number or SKU")
	p.seeNot("Claim ticked")
	p.click(browser.Button("Filters"))
	p.see("Order number or SKU", "Country")
	p.fill("Value", "1..")
	p.follow(browser.Button("Apply filters"))
	p.see(number, "Filters 1", "Value: 1..")
	p.seeNot("Order number or SKU")

	p.must(p.tab.Resize(browser.Look{}))
	p.see("Order number or SKU", "Apply filters", "Claim ticked")
	p.seeNot("Filters 1")
	p.must(p.tab.Resize(phones[0]))
	p.click(browser.Field("Tick " + number))
	p.see("Claim ticked")
	p.follow(browser.Button("Claim ticked"))
	p.see("1 parcel")
}
