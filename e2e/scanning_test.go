package e2e_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"waybill/e2e/browser"
	"waybill/shop"
	"waybill/views/urls"
)

// wedge types codes as a scanner does: key after key without a pause, ended by Enter, whatever has the focus.
func (p *person) wedge(codes ...string) {
	p.t.Helper()
	p.must(p.tab.Await("the page listens to the scanner", `document.querySelector("[data-scan]")?.dataset.ready === ""`))
	for _, code := range codes {
		text, err := json.Marshal(code)
		p.must(err)
		// All keys at one moment, however slow the machine is: after a pause they would be typed by hand.
		_, err = browser.Evaluate[bool](p.tab, fmt.Sprintf(`((at) => [...%s, "Enter"].every((key) => {
			const target = document.activeElement ?? document.body;
			const press = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
			Object.defineProperty(press, "timeStamp", { value: at });
			target.dispatchEvent(press);
			return true;
		}))(performance.now())`, text))
		p.must(err)
	}
}

// hears waits for the answer to a scan.
func (p *person) hears(tone, title string) {
	p.t.Helper()
	text, err := json.Marshal(title)
	p.must(err)
	p.must(p.tab.Await("it is said: "+title, fmt.Sprintf(`(() => { const said = document.querySelector("[data-scan-said]");
		return said?.dataset.tone === %q && said.innerText.includes(%s); })()`, tone, text)))
}

// paidOrders are orders of one unit of each SKU, paid and to be picked.
func (h *house) paidOrders(count int, skus ...int64) (ids []shop.OrderID) {
	h.t.Helper()
	customer, address := h.Customer(fmt.Sprintf("buyer-%d@example.com", h.Int(`SELECT count(*) FROM customers`)))
	for range count {
		ids = append(ids, h.Paid(customer, address, skus...))
	}
	return ids
}

func (h *house) sku(code string) int64 {
	h.t.Helper()
	return h.Int(`SELECT id FROM skus WHERE code = $1`, code)
}

func TestABatchIsPickedByScanner(t *testing.T) {
	t.Parallel()
	h, _ := kitchen(t)
	_, max := h.packers()
	kettle, ladle := h.sku("KETTLE"), h.sku("LADLE")
	h.Bin(kettle, "A-2")
	h.Bin(ladle, "A-10")
	h.Barcode(kettle, "4006381333931")
	h.paidOrders(1, kettle, ladle)
	h.paidOrders(1, kettle)
	p := h.as(max)
	p.visit(urls.MerchantBatches())
	p.follow(browser.Button("Preview"))
	p.follow(browser.Button("Start picking"))
	p.see("Being picked", "A-2", "Enamel kettle")

	p.wedge("A-10") // another bin of the list: it comes first then
	p.hears("ok", "Right bin")
	p.see("You are at this bin")
	p.wedge("A-2")
	p.hears("ok", "Right bin")
	p.wedge("LADLE")
	p.hears("wrong", "Wrong item")
	p.hears("wrong", "Take 2 × Enamel kettle")
	p.wedge("4006381333932")
	p.hears("wrong", "Misread")
	p.wedge("4006381333931", "4006381333931") // the second comes while the first is sent
	p.hears("ok", "Into tote 2")
	if n := h.Int(`SELECT sum(picked) FROM fulfillment_items`); n != 2 {
		t.Errorf("%d units are picked", n)
	}
	p.must(p.tab.Fill(browser.Field("Scan or type a code"), "ladle"))
	p.press("\r")
	p.see("2 parcels are picked")

	// Keys that are typed by hand are no scan, and what is scanned while a field has the focus does not stay in it.
	p.visit(urls.MerchantQueue())
	p.press("?")
	p.see("Show this list")
	p.press("\x1b")
	p.must(p.tab.Fill(browser.Field("Order number or SKU"), "typed"))
	p.wedge(h.orderToPack())
	p.see("Order " + h.orderToPack())
}

// orderToPack is the number of an order whose first parcel waits to be packed.
func (h *house) orderToPack() string {
	h.t.Helper()
	return shop.OrderID(h.Int(`SELECT min(order_id) FROM fulfillments WHERE status = 'picked'`)).Number()
}

// A scan that cannot be sent waits, says so, and counts once.
func TestNoScanIsLostWithTheNetwork(t *testing.T) {
	t.Parallel()
	h, _ := kitchen(t)
	_, max := h.packers()
	id := h.paidOrders(1, h.sku("KETTLE"), h.sku("LADLE"))[0]
	p := h.as(max)
	p.visit(urls.MerchantOrder(id.Number()))
	p.follow(browser.Button("Claim"))
	_, err := browser.Evaluate[bool](p.tab, `(() => { window.realFetch = fetch; let lost = 0;
		window.fetch = async (...request) => { const answer = await realFetch(...request); if (lost++ === 0) throw new TypeError("the answer is lost"); return answer; };
		return true; })()`)
	p.must(err)
	p.wedge("KETTLE")
	p.hears("ok", "1 of 1")
	if got := h.Text(`SELECT sum(picked)::text || ' ' || (SELECT count(*) FROM scan_events) FROM fulfillment_items`); got != "1 1" {
		t.Errorf("picked and remembered: %s", got)
	}
	p.wedge("LADLE")
	p.see("Pack " + id.Number())
	p.wedge("LADLE")
	p.hears("ok", "1 of 1")
	p.wedge("LADLE")
	p.hears("wrong", "One too many")
	p.wedge("KETTLE")
	p.see("Every unit is verified")
}
