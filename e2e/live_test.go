package e2e_test

import (
	"testing"

	"waybill/e2e/browser"
	"waybill/views/urls"
)

// stay marks the page: stillThere fails when it was loaded again since.
func (p *person) stay() {
	p.t.Helper()
	_, err := browser.Evaluate[bool](p.tab, "window.watching = true")
	p.must(err)
}

func TestABuyerAndTheStockRoomWatch(t *testing.T) {
	t.Parallel()
	h, ada := kitchen(t)
	mia, max := h.packers()
	buyer, keeper, picker := h.as(ada), h.as(mia), h.as(max)
	keeper.visit(urls.MerchantInventory() + "?q=kettle")
	keeper.stay()
	reserved := func(units string) {
		t.Helper()
		keeper.must(keeper.tab.Await("the kettles are reserved", `document.querySelector("[data-label=Reserved]").innerText.trim() === "`+units+`"`))
	}
	reserved("0")
	number := buyer.order()
	reserved("1")
	buyer.visit(urls.AccountOrder(number))
	buyer.stay()
	buyer.see("Confirmed", "Cancel this order")

	picker.visit(urls.MerchantQueue())
	picker.follow(browser.Button("Claim").In(number))
	buyer.see("Being prepared")
	buyer.must(buyer.tab.Await("it can no longer be cancelled", `!document.querySelector("#order-cancel form")`))
	buyer.stillThere()
	buyer.order()
	reserved("2") // asked again after the first answer
	keeper.stillThere()
}
