package e2e_test

import (
	"testing"

	"waybill/e2e/browser"
	"waybill/views/urls"
)

// signedOut ends the session of the page as another window does.
const signedOut = `fetch("/logout", {method: "POST", redirect: "manual"}).then(() => true)`

// A page that is open when its session ends keeps what it shows, and leads to the sign-in at the next press: it never gets
// another page put into it.
func TestALostSessionPutsNoPageIntoThePage(t *testing.T) {
	t.Parallel()
	h, ada := kitchen(t)
	mia, _ := h.packers()
	keeper, buyer := h.as(mia), h.as(ada)

	keeper.visit(urls.MerchantInventory())
	keeper.stay()
	_, err := browser.Evaluate[bool](keeper.tab, signedOut)
	keeper.must(err)
	keeper.must(keeper.tab.Await("the page asked twice more", `(window.asked ??= performance.now()) &&
		performance.getEntriesByType("resource").filter((r) => r.startTime > window.asked && r.name.includes("/merchant/inventory/changes")).length >= 2`))
	keeper.must(keeper.tab.Await("the page is as it was", `document.querySelectorAll("#stock-poll").length === 1 && document.querySelectorAll("main").length === 1 && !document.querySelector("[type=password]")`))
	keeper.stillThere()

	buyer.toCheckout()
	_, err = browser.Evaluate[bool](buyer.tab, signedOut)
	buyer.must(err)
	buyer.click(browser.Field("Another address"))
	_, err = browser.Evaluate[bool](buyer.tab, `document.getElementById("f-address").click() ?? true`) // the price for it is asked for
	buyer.must(err)
	buyer.must(buyer.tab.Await("the sign-in page", `location.pathname === "/login" && document.querySelectorAll("main").length === 1`))
	buyer.signIn(ada)
	buyer.see("Checkout", "Enamel kettle")
}
