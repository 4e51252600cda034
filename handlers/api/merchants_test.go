package api_test

import (
	"fmt"
	"strings"
	"testing"

	"waybill/shop"
)

// merchantSettings draws what a merchant writes down once.
func (w *walk) merchantSettings() {
	sender := fmt.Sprintf("/merchants/%d/sender-address", w.merchant)
	w.do(request{key: w.admin, method: "PUT", path: sender, body: text(exampleOf("setSenderAddress"))}).want(200)
	path := fmt.Sprintf("/products/%d/picture", w.Int(`SELECT product_id FROM skus WHERE id = $1`, w.sku))
	w.do(request{key: w.admin, method: "PUT", path: path, body: string(picture(w.t)), headers: []string{"Content-Type: image/png"}}).want(200)
	w.do(request{key: w.admin, method: "DELETE", path: path}).want(200)
}

func TestAProgramSaysWhereParcelsComeFrom(t *testing.T) {
	t.Parallel()
	s := newStation(t)
	path := fmt.Sprintf("/merchants/%d", s.merchant)
	put := func(key, body string) answered {
		return s.do(request{key: key, method: "PUT", path: path + "/sender-address", body: body})
	}
	if got := s.get(s.key, path).want(200).object(); got["senderAddress"] != nil {
		t.Errorf("the address is %v", got["senderAddress"])
	}
	for body, field := range map[string]string{
		`{"name":"x","line1":"1 Leaf St","city":"Oakland","region":"CA","postalCode":"not a code","country":"US"}`: "postalCode",
		`{"name":"x","line1":"1 Leaf St","city":"Oakland","country":"XX"}`:                                         "country",
		`{"name":"x","isDefault":true}`: "isDefault",
	} {
		if kind, fields := put(s.key, body).want(422).problem(); kind != "invalid" || !strings.Contains(strings.Join(fields, " "), field) {
			t.Errorf("%s: %s %v", body, kind, fields)
		}
	}
	if n := s.Int(`SELECT count(*) FROM merchants WHERE sender_line1 <> ''`); n != 0 {
		t.Error("what was refused is kept")
	}
	set := put(s.key, text(exampleOf("setSenderAddress"))).want(200).object()
	if got := fmt.Sprint(object(set["senderAddress"])["line1"], "|", object(set["senderAddress"])["postalCode"]); got != "12 Harbour St|94607" {
		t.Errorf("the address is %s", got)
	}
	if said := s.Text(`SELECT actor_kind || ' ' || action FROM audit_log ORDER BY id DESC LIMIT 1`); said != "integration sender.changed" {
		t.Errorf("the books say %s", said)
	}
	other, _ := s.Merchant("other")
	stranger := s.door.key(shop.NewAPIKey{Role: shop.RoleMerchant, MerchantID: other})
	s.get(stranger, path).want(404)
	put(stranger, text(exampleOf("setSenderAddress"))).want(404)
	s.get(s.admin(), fmt.Sprintf("/merchants/%d", other)).want(200)
}

// A picture is kept as we write it, replaces the one before, and is nobody else's to change.
func TestAProgramSetsThePictureOfAProduct(t *testing.T) {
	t.Parallel()
	s := newStation(t)
	product := s.Int(`SELECT product_id FROM skus WHERE id = $1`, s.sku)
	path := fmt.Sprintf("/products/%d", product)
	set := func(key string) answered {
		return s.do(request{key: key, method: "PUT", path: path + "/picture", body: string(picture(t)), headers: []string{"Content-Type: image/png"}})
	}
	if got := s.get(s.key, path).want(200).object(); got["pictureUrl"] != nil || got["smallPictureUrl"] != nil {
		t.Errorf("before, the picture is %v", got["pictureUrl"])
	}
	first := set(s.key).want(200)
	again := set(s.key).want(200)
	if text(first.object()) != text(again.object()) || s.Int(`SELECT count(*) FROM audit_log WHERE action = 'product.picture'`) != 1 {
		t.Error("the same picture again changes something")
	}
	for _, url := range []string{"pictureUrl", "smallPictureUrl"} {
		if shown := s.raw("GET", fmt.Sprint(first.object()[url])); shown.Code != 200 || shown.Header().Get("Content-Type") != "image/jpeg" {
			t.Errorf("%s answers %d %s", url, shown.Code, shown.Header().Get("Content-Type"))
		}
	}
	if got := s.get(s.key, "/products").want(200); !strings.Contains(string(got.Body), fmt.Sprint(first.object()["pictureUrl"])) {
		t.Error("the list does not have the picture")
	}
	other, _ := s.Merchant("other")
	stranger := s.door.key(shop.NewAPIKey{Role: shop.RoleMerchant, MerchantID: other})
	set(stranger).want(404)
	s.do(request{key: stranger, method: "DELETE", path: path + "/picture"}).want(404)
	s.do(request{key: s.key, method: "DELETE", path: path + "/picture"}).want(200)
	if got := s.get(s.key, path).want(200).object(); got["pictureUrl"] != nil {
		t.Errorf("removed, the picture is %v", got["pictureUrl"])
	}
}
