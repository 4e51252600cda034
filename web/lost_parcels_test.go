package web_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"waybill/shop"
	"waybill/views/urls"
)

// lose lets the carrier give a handed-over shipment of the trader's up.
func (tr trader) lose(shipment string) int64 {
	tr.t.Helper()
	id, err := strconv.ParseInt(shipment, 10, 64)
	if err != nil {
		tr.t.Fatal(err)
	}
	tr.Exec(`UPDATE shipments SET status = 'lost', problem = 'lost', problem_at = now(), watch_at = NULL WHERE id = $1`, id)
	return id
}

// claimed is a claim of the trader's for a shipment.
func (tr trader) claimed(shipment string) string {
	tr.t.Helper()
	id := tr.lose(shipment)
	if w := tr.post(urls.MerchantShipmentClaim(id), "key", "claimed", "amount", "10.00"); w.Code != http.StatusSeeOther {
		tr.t.Fatalf("the claim: %d %s", w.Code, w.Body)
	}
	return tr.Text(`SELECT id::text FROM carrier_claims WHERE shipment_id = $1`, id)
}

func TestALostParcelIsSentAgainFromItsPage(t *testing.T) {
	t.Parallel()
	tr := newTrader(newSite(t), "tea")
	shipment, _, _ := tr.sent()
	id := tr.lose(shipment)
	page := tr.get(urls.MerchantShipment(id)).Body.String()
	for _, want := range []string{"Lost", "Send it again", "Refund these items", "Claim it from", "What the goods and the label cost"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for range 2 { // a double click
		if w := tr.post(urls.MerchantShipmentReship(id)); w.Code != http.StatusSeeOther {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	if n := tr.Int(`SELECT count(*) FROM fulfillments WHERE replaces_no = 1 AND status = 'open'`); n != 1 {
		t.Errorf("%d parcels replace it", n)
	}
	order := shop.OrderID(tr.Int(`SELECT order_id FROM fulfillments WHERE replaces_no = 1`))
	for address, wants := range map[string][]string{
		urls.MerchantOrder(order.Number()):           {"Given up", "Instead of parcel 1", "A parcel was lost, so its items are sent again"},
		urls.MerchantShipment(id):                    {"Lost: sent again."},
		urls.MerchantQueue():                         {order.Number()},
		urls.MerchantShipments("lost"):               {"Nothing is wrong"},
		urls.MerchantRefundParcel(order.Number(), 1): {`value="1"`},
	} {
		page := tr.get(address).Body.String()
		for _, want := range wants {
			if !strings.Contains(page, want) {
				t.Errorf("%s lacks %q", address, want)
			}
		}
	}
	buyer := tr.as(tr.User("reader@example.com", shop.RoleCustomer, 0, tr.Int(`SELECT customer_id FROM orders WHERE id = $1`, int64(order))))
	page = buyer.get(urls.AccountOrder(order.Number())).Body.String()
	for _, want := range []string{"This parcel was lost on its way. We send its items again", "You pay nothing for it", "sends its items again by"} {
		if !strings.Contains(page, want) {
			t.Errorf("the customer does not read %q", want)
		}
	}
}

// A page that is out of date, or a shop without stock, says so and changes nothing.
func TestSendingAgainSaysWhyItCannotBe(t *testing.T) {
	t.Parallel()
	tr := newTrader(newSite(t), "tea")
	shipment, _, _ := tr.sent()
	id := tr.lose(shipment)
	tr.Exec(`INSERT INTO inventory_transactions (id, sku_id, location_id, kind, on_hand_delta, actor_kind, created_at)
		SELECT next_id(now()), sku_id, location_id, 'adjustment', reserved - on_hand, 'system', now() FROM stock_levels`)
	tr.Exec(`UPDATE stock_levels SET on_hand = reserved`)
	w := tr.post(urls.MerchantShipmentReship(id))
	if w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "There is not enough to send it again") || !strings.Contains(w.Body.String(), "1 needed, 0 there") {
		t.Errorf("without stock: %d", w.Code)
	}
	if w := tr.post(urls.MerchantShipmentResolve(id), "answer", "refunded"); w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "Refund them first") {
		t.Errorf("refunded without a refund: %d", w.Code)
	}
	if w := tr.post(urls.MerchantShipmentResolve(id), "answer", "nothing to do"); w.Code != http.StatusSeeOther {
		t.Fatalf("settled: %d", w.Code)
	}
	if w := tr.post(urls.MerchantShipmentReship(id)); w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "nothing to do") {
		t.Errorf("after somebody settled it: %d", w.Code)
	}
	if n := tr.Int(`SELECT count(*) FROM fulfillments WHERE replaces_no IS NOT NULL`); n != 0 {
		t.Errorf("%d parcels", n)
	}
}

func TestAClaimHasAListAndAPage(t *testing.T) {
	t.Parallel()
	tr := newTrader(newSite(t), "tea")
	shipment, _, _ := tr.sent()
	id := tr.lose(shipment)
	for _, c := range [][2]string{{"", "Enter the amount"}, {"-1", "f-amount"}, {"ten", "f-amount"}} {
		if w := tr.post(urls.MerchantShipmentClaim(id), "key", "k", "amount", c[0]); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), c[1]) {
			t.Errorf("an amount of %q: %d", c[0], w.Code)
		}
	}
	number := tr.claimed(shipment)
	claim, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	if page := tr.get(urls.MerchantCarrierClaims("open")).Body.String(); !strings.Contains(page, urls.MerchantCarrierClaim(claim)) {
		t.Error("it is not in the list")
	}
	if w := tr.post(urls.MerchantCarrierClaim(claim), "key", "k", "status", "denied"); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "Write down why") {
		t.Errorf("denied without a reason: %d", w.Code)
	}
	for range 2 {
		if w := tr.post(urls.MerchantCarrierClaim(claim), "key", "paid", "status", "paid", "paid", "8.50", "reference", "C-77"); w.Code != http.StatusSeeOther {
			t.Fatalf("paid: %d %s", w.Code, w.Body)
		}
	}
	if w := tr.post(urls.MerchantCarrierClaim(claim), "key", "another", "status", "denied", "note", "too late"); w.Code != http.StatusConflict {
		t.Errorf("decided twice: %d", w.Code)
	}
	page := tr.get(urls.MerchantCarrierClaim(claim)).Body.String()
	for _, want := range []string{"Paid", "$8.50", "C-77", "$10.00"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if page := tr.get(urls.MerchantShipment(id)).Body.String(); !strings.Contains(page, urls.MerchantCarrierClaim(claim)) {
		t.Error("the shipment does not lead to its claim")
	}
}
