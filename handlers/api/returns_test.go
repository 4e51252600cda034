package api_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/png"
	"strings"
	"testing"

	"waybill/shop"
)

// photo is a small picture as a body carries it.
func photo(t *testing.T) string {
	t.Helper()
	return base64.StdEncoding.EncodeToString(picture(t))
}

// picture is a small PNG file.
func picture(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// returnsThatEnd draws the answers of returns of the three units of an order: one is on its way, with a photo.
func (w *walk) returnsThatEnd(path string) {
	ask := func(more string) string {
		made := w.post(w.admin, path, `{"items":[{"lineNo":1,"quantity":1,"reason":"other"}]`+more+`}`).want(201).object()
		return fmt.Sprintf("/returns/%v", made["returnId"])
	}
	way := ask(fmt.Sprintf(`,"photo":%q`, photo(w.t)))
	w.get(w.admin, way+"/label.pdf").want(409)
	w.post(w.admin, way+"/sent", "").want(409)
	w.post(w.admin, way+"/close", `{"reason":"no"}`).want(409)
	w.post(w.admin, way+"/approve", "").want(200)
	w.post(w.admin, way+"/sent", text(exampleOf("sendReturn"))).want(200)
	off := ask("")
	w.get(w.admin, off+"/photo").want(404)
	w.post(w.admin, off+"/cancel", `{"reason":"it never came"}`).want(200)
	w.post(w.admin, off+"/cancel", `{"reason":"it never came"}`).want(409)
	arrived := ask("")
	w.post(w.admin, arrived+"/approve", "").want(200)
	w.post(w.admin, arrived+"/receive", `{"items":[{"lineNo":1,"quantity":1,"condition":"damaged"}]}`).want(200)
	w.post(w.admin, arrived+"/close", `{"reason":"it was broken by the customer"}`).want(200)
}

// A customer asks with a photo, sends, and calls nothing off that the merchant has in hands.
func TestACustomerReturnsOverTheAPI(t *testing.T) {
	t.Parallel()
	s := newStation(t)
	f := s.parcel(2)
	for _, step := range []struct{ act, body string }{{"claim", ""}, {"pick", `{"all":true}`}, {"pack", ""}, {"ship", `{"carrier":"DHL","trackingNumber":"00340434161094"}`}, {"deliver", ""}} {
		s.post(s.key, f+"/"+step.act, step.body, as(s.ann)).want(200)
	}
	customer := s.door.key(shop.NewAPIKey{Role: shop.RoleCustomer, CustomerID: s.customer})
	path := strings.Replace(strings.TrimSuffix(f, "-1"), "fulfillments", "orders", 1) + "/returns"
	item := `{"items":[{"lineNo":1,"quantity":2,"reason":"other"}],"photo":%s}`
	for _, bad := range []string{`"%%%"`, `"aGVsbG8="`, `7`} {
		names(t, s.post(customer, path, fmt.Sprintf(item, bad)).want(422), "photo")
	}
	made := s.post(customer, path, fmt.Sprintf(item, `"`+photo(t)+`"`)).want(201).object()
	back := fmt.Sprintf("/returns/%v", made["returnId"])
	if made["hasPhoto"] != true {
		t.Errorf("the return is %v", made)
	}
	if got := s.get(s.key, back+"/photo").want(200); got.Header.Get("Content-Type") != "image/jpeg" {
		t.Errorf("the photo is %s", got.Header.Get("Content-Type"))
	}
	s.post(customer, back+"/approve", "").want(403)
	s.post(s.key, back+"/approve", "").want(200)
	s.get(customer, back+"/label.pdf").want(200)
	names(t, s.post(customer, back+"/sent", fmt.Sprintf(`{"trackingNumber":%q}`, strings.Repeat("1", 61))).want(422), "trackingNumber")
	if got := s.post(customer, back+"/sent", `{"carrier":"DHL","trackingNumber":"0034043416"}`).want(200).object(); got["status"] != "in_transit" || got["trackingNumber"] != "0034043416" {
		t.Errorf("sent, it is %v", got)
	}
	s.post(s.key, back+"/close", `{"reason":"gone"}`).want(409)
	received := s.post(s.key, back+"/receive", `{"items":[{"lineNo":1,"quantity":1,"condition":"as_new","restock":true},{"lineNo":1,"quantity":1,"condition":"damaged"}]}`).want(200).object()
	if got := text(received["receipts"]); !strings.Contains(got, `"condition":"damaged"`) || !strings.Contains(got, `"restocked":true`) {
		t.Errorf("the receipts are %s", got)
	}
	s.post(customer, back+"/cancel", "").want(409)
	names(t, s.post(s.key, back+"/close", "").want(422), "reason")
	s.post(s.key, back+"/refund", "").want(201)
	s.CheckBooks()
}
