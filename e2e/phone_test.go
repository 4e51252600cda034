package e2e_test

import (
	"strings"
	"testing"

	"waybill/e2e/browser"
	"waybill/shop"
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

// Two cards of products share the smallest phone, whatever is said of their stock and however long a word of their name is.
func TestCardsOfProductsOnASmallPhone(t *testing.T) {
	t.Parallel()
	h := open(t)
	merchantID, _ := h.Merchant("long-words")
	for _, name := range []string{"Table", strings.Repeat("long", 15)} {
		skuID := h.SKU(merchantID, name, 1_00, 0)
		h.Rules(skuID, shop.StockRules{BackorderLimit: 5})
	}
	p := h.guest()
	p.visit(urls.Home())
	p.see("Backorder: ships later", "Table")
	p.must(p.tab.Resize(narrow))
	if wide := p.tooWide(); len(wide) > 0 {
		t.Errorf("the front page scrolls to the side at %d pixels: %s", narrow.Width, strings.Join(wide, "; "))
	}
}
