package web_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"waybill/shop"
	"waybill/views/urls"
)

// ticked is an address with ticked parcels.
func ticked(address string, query urls.Query, orders ...shop.OrderID) string {
	for _, id := range orders {
		query = append(query, urls.Param{Name: "parcel", Value: id.Number() + "/1"})
	}
	return urls.With(address, query)
}

func TestTickedParcelsArePrintedAsOneDocument(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tr, theirs := newTrader(s, "tea"), newTrader(s, "lamps")
	labelled, _ := tr.labelled("labelled@example.com")
	page := tr.page(ticked(urls.MerchantQueuePrint(), nil, labelled, tr.order))
	mustContain(t, page, []string{labelled.Number(), tr.number(), "Not packed yet.", "2\u00a0packing slips and 1 label", `target="_blank"`})

	pages := func(what string, orders ...shop.OrderID) int {
		w := tr.get(ticked(urls.MerchantQueuePDF(), urls.Query{{Name: "what", Value: what}, {Name: "order", Value: "bins"}, {Name: "size", Value: "a6"}}, orders...))
		if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/pdf" {
			t.Fatalf("%s answers %d: %s", what, w.Code, w.Body)
		}
		return bytes.Count(w.Body.Bytes(), []byte("/Type /Page\n"))
	}
	for what, want := range map[string]int{"": 3, "slips": 2, "labels": 1, "slips-and-labels": 3} {
		if got := pages(what, labelled, tr.order); got != want {
			t.Errorf("%q has %d pages, want %d", what, got, want)
		}
	}
	for _, refused := range []struct {
		url, says string
		status    int
	}{
		{ticked(urls.MerchantQueuePrint(), nil), "No parcel is ticked", http.StatusUnprocessableEntity},
		{ticked(urls.MerchantQueuePDF(), nil), "nothing to print", http.StatusUnprocessableEntity},
		{ticked(urls.MerchantQueuePDF(), urls.Query{{Name: "what", Value: "labels"}}, tr.order), "none of the 1 parcels has a label yet", http.StatusConflict},
		{ticked(urls.MerchantQueuePDF(), urls.Query{{Name: "size", Value: "a0"}}, tr.order), "A label is 4x6 or a6", http.StatusUnprocessableEntity},
		{ticked(urls.MerchantQueuePrint(), nil, theirs.order), "no such order", http.StatusNotFound},
		{ticked(urls.MerchantQueuePDF(), nil, tr.order, theirs.order), "no such order", http.StatusNotFound},
		{ticked(urls.MerchantQueuePDF(), urls.Query{{Name: "order", Value: "bins"}}, theirs.order), "no such", http.StatusNotFound},
		{ticked(urls.MerchantQueuePrint(), nil, make([]shop.OrderID, shop.MaxTicked+1)...), "At most 100 parcels", http.StatusRequestEntityTooLarge},
	} {
		w := tr.get(refused.url)
		if w.Code != refused.status || !strings.Contains(w.Body.String(), refused.says) {
			t.Errorf("%.120s answers %d without %q", refused.url, w.Code, refused.says)
		}
	}
}

func TestTickedParcelsAreShippedAfterAPreview(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tr := newTrader(s, "tea")
	labelled, shipment := tr.labelled("labelled@example.com")
	form := []string{"do", "ship", "key", "k1", "back", urls.MerchantQueue() + "?stage=ready", "parcel", labelled.Number() + "/1", "parcel", tr.number() + "/1"}
	preview := tr.post(urls.MerchantQueueBulk(), form...)
	mustContain(t, preview.Body.String(), []string{"Hand parcels to their carriers", shipment.TrackingNumber, "Ship 1 parcel", "Nobody holds this parcel"})
	if status := tr.Text(`SELECT status FROM fulfillments WHERE order_id = $1`, int64(labelled)); status != "packed" {
		t.Fatalf("the preview leaves the parcel %s", status)
	}
	confirmed := append(form, "confirmed", "1")
	w, again := tr.post(urls.MerchantQueueBulk(), confirmed...), tr.post(urls.MerchantQueueBulk(), confirmed...)
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != again.Header().Get("Location") {
		t.Fatalf("pressed twice: %d to %s, then %s", w.Code, w.Header().Get("Location"), again.Header().Get("Location"))
	}
	mustContain(t, tr.page(w.Header().Get("Location")), []string{"1 of 2\u00a0parcels shipped", "Manifest M-", "Nobody holds this parcel"})

	stale := tr.post(urls.MerchantQueueBulk(), "do", "ship", "key", "k2", "parcel", labelled.Number()+"/1")
	mustContain(t, stale.Body.String(), []string{"This parcel left", "Last moved by " + tr.user.Name, "Nothing can be done to any of the ticked parcels."})
}
