package handlers_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"waybill/adapters/simulated"
	"waybill/shop"
	"waybill/views/urls"
)

// A refused "add to cart" leads back to the product, also when the form does not say which one it was sent from.
func TestARefusedAddShowsTheProduct(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, _ := s.Merchant("acme")
	sku := fmt.Sprint(s.SKU(merchant, "MUG", 1250, 3))
	v := s.visitor(t)
	v.post(urls.CartAdd(), "sku", sku, "quantity", "two", "currency", "USD").wants(http.StatusUnprocessableEntity, "There is a problem", "must be a number", "Product MUG", `value="two"`)
	v.post(urls.CartAdd(), "sku", sku, "quantity", "4", "currency", "USD").wants(http.StatusUnprocessableEntity, "Only 3 left.", "Product MUG")
	for _, form := range [][]string{{}, {"sku", "999999", "quantity", "1"}, {"sku", "abc", "quantity", "1"}} {
		v.post(urls.CartAdd(), form...).wants(http.StatusUnprocessableEntity, "There is a problem", "Your cart", "Look around in the shop").lacks("Please check the marked fields")
	}
	v.post(urls.CartUpdate(7), "quantity", "1").wants(http.StatusConflict, "not in your cart any more", "Your cart")
	if n := s.Int(`SELECT count(*) FROM cart_items`); n != 0 {
		t.Errorf("%d lines were left behind", n)
	}
}

// An address that is not the buyer's, or not any more, is never replaced by another one: the parcel would go astray.
func TestCheckoutAsksForAnAddressOfTheBuyer(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, _ := s.Merchant("acme")
	sku := s.SKU(merchant, "MUG", 1250, 30)
	_, theirs := s.Customer("eve@example.com")
	v, _, address := s.buyer(t, "ada@example.com")
	page := v.openCheckout(sku, "1")
	for _, other := range []string{fmt.Sprint(theirs), "0", "-1", "zz", "", "9223372036854775808"} {
		v.post(urls.Checkout(), "key", page.field("key"), "expected", page.field("expected"), "currency", "USD", "address", other, "method", simulated.TokenOK).
			wants(http.StatusUnprocessableEntity, "Choose where it goes", "Checkout")
	}
	if n := s.Int(`SELECT count(*) FROM orders`); n != 0 {
		t.Fatalf("%d orders were placed to another address than the one that was named", n)
	}
	v.send(page, address, simulated.TokenOK).number()
}

// The total of a form is in the currency that it was shown in.
func TestCheckoutAsksWhenTheCurrencyIsAnother(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, _ := s.Merchant("acme")
	sku := s.SKU(merchant, "MUG", 1250, 3)
	s.Price(sku, "JPY", 1250)
	v, _, address := s.buyer(t, "ada@example.com")
	page := v.openCheckout(sku, "1")
	v.post(urls.Currency(), "currency", "JPY", "back", urls.Cart()).sends(urls.Cart())
	v.send(page, address, simulated.TokenOK).wants(http.StatusConflict, "The total has changed.", "The total was in USD and is now in JPY.").lacks("The total was $", "The total was ¥")
	if n := s.Int(`SELECT count(*) FROM orders`); n != 0 {
		t.Fatalf("%d orders in a currency that the buyer did not see", n)
	}
	v.send(v.get(urls.Checkout()), address, simulated.TokenOK).number()
}

// What happened to a cart before it was ordered is said, by name and with a way on.
func TestCheckoutSaysWhatBecameOfTheCart(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, _ := s.Merchant("acme")
	mug, cup := s.SKU(merchant, "MUG", 1250, 30), s.SKU(merchant, "CUP", 900, 30)
	v, customer, address := s.buyer(t, "ada@example.com")

	page := v.openCheckout(mug, "1")
	v.post(urls.CartRemove(mug)).sends(urls.Cart())
	v.send(page, address, simulated.TokenOK).wants(http.StatusConflict, "Nothing was ordered: there is nothing in your cart any more.", "Look around in the shop")

	page = v.openCheckout(cup, "1")
	s.Exec(`UPDATE products SET status = 'draft' WHERE id = (SELECT product_id FROM skus WHERE id = $1)`, cup)
	v.send(page, address, simulated.TokenOK).wants(http.StatusConflict, "Something that is not shown any more: This is no longer sold. Please remove it.", "Not sold any more").lacks("Product CUP")
	s.Exec(`UPDATE products SET status = 'active' WHERE id = (SELECT product_id FROM skus WHERE id = $1)`, cup)

	for status, stopped := range map[string]string{"suspended": `UPDATE customers SET status = 'suspended' WHERE id = $1`, "deleted": `UPDATE customers SET deleted_at = now() WHERE id = $1`} {
		s.Exec(stopped, customer)
		v.send(page, address, simulated.TokenOK).wants(http.StatusUnprocessableEntity, "Nothing was ordered: this account is suspended or closed.").lacks("no such customer")
		s.Exec(`UPDATE customers SET status = 'active', deleted_at = NULL WHERE id = $1`, customer)
		if n := s.Int(`SELECT count(*) FROM orders`); n != 0 {
			t.Fatalf("a %s customer ordered", status)
		}
	}
	v.send(page, address, simulated.TokenOK).number()
}

// Every error page has a way on: back to where the form was, with or without the browser's word for it.
func TestErrorPagesHaveAWayBack(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, _ := s.Merchant("acme")
	s.account("seller@example.com", shop.RoleMerchant, merchant, 0)
	v := s.visitor(t)
	v.signIn("seller@example.com")
	from := func(method, address, referer string) answer {
		t.Helper()
		return v.do(method, address, strings.NewReader(""), []string{"Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin", "Referer", referer})
	}
	link := func(to string) string { return `href="` + to + `"` }
	from("POST", "/merchant/queue/bulk", s.url+"/merchant/queue?sort=age").wants(http.StatusUnprocessableEntity, link("/merchant/queue?sort=age"))
	from("POST", "/merchant/queue/bulk", "").wants(http.StatusUnprocessableEntity, link("/merchant/queue"), link(urls.MerchantDay()))
	from("POST", "/merchant/queue/bulk", "https://evil.example/merchant/queue?x").wants(http.StatusUnprocessableEntity, link("/merchant/queue")).lacks("evil.example")
	from("POST", "/merchant/inventory/77/adjustments", "").wants(http.StatusNotFound, link("/merchant/inventory")).lacks(link("/merchant/inventory/77"))
	from("GET", "/merchant/queue/bulk", "").wants(http.StatusMethodNotAllowed, link("/merchant/queue"))
	from("GET", "/admin/users", "").wants(http.StatusForbidden, "Your account may not do this", link(urls.MerchantDay())).lacks(">Go back<")
	v.do("POST", "/merchant/queue/next", strings.NewReader(""), []string{"Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "cross-site"}).
		wants(http.StatusForbidden, "That was not carried out", "came from another site").lacks("Your account may not do this")
	s.visitor(t).post("/cart/codes/x/remove/x").wants(http.StatusNotFound, link("/cart"))
}

// A part of a page is answered with a notice that fits into the page, not with another page.
func TestAnErrorOfAPartFitsIntoThePage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor(t)
	got := v.fragment("/products/nothing/stock").wants(http.StatusNotFound, "There is no such product.", `role="alert"`).lacks("<html", "<main")
	if got.header.Get("HX-Reswap") != "afterbegin" {
		t.Errorf("the notice takes the place of what is there: %v", got.header)
	}
	v.get("/products/nothing/stock").wants(http.StatusNotFound, "<html")
}

// A form that is sent once more with other contents, after going back, says what became of the first, and keeps the second.
func TestAFormThatWasSentBeforeIsShownAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, _ := s.Merchant("acme")
	sku := s.SKU(merchant, "MUG", 1250, 30)
	s.account("seller@example.com", shop.RoleMerchant, merchant, 0)
	v := s.visitor(t)
	v.signIn("seller@example.com")
	address := urls.MerchantInventorySKU(sku)
	key := v.get(address).field("key")
	adjust := func(delta string) answer {
		t.Helper()
		return v.post(address+"/adjustments", "key", key, "delta", delta, "reason", "count")
	}
	adjust("5").sends(address)
	adjust("5").sends(address) // a double click
	again := adjust("7").wants(http.StatusConflict, "This form was sent before, with other contents.", `value="7"`)
	if n := s.Int(`SELECT sum(on_hand) FROM stock_levels WHERE sku_id = $1`, sku); n != 35 {
		t.Errorf("%d units, want 35", n)
	}
	key = again.field("key")
	adjust("7").sends(address)
	if n := s.Int(`SELECT sum(on_hand) FROM stock_levels WHERE sku_id = $1`, sku); n != 42 {
		t.Errorf("%d units, want 42", n)
	}
	s.booksAgree(t)
}
