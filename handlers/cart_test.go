package handlers_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"waybill/shop"
	"waybill/views/urls"
)

// addTo puts units into the cart through the form of the product page.
func addTo(v *visitor, skuID int64, quantity string) answer {
	v.t.Helper()
	slug := v.site.Text(`SELECT p.slug FROM products p JOIN skus s ON s.product_id = p.id WHERE s.id = $1`, skuID)
	return v.post(urls.CartAdd(), "product", slug, "sku", fmt.Sprint(skuID), "quantity", quantity, "currency", "USD")
}

func TestProductPageSellsWithoutScripts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, _ := s.Merchant("acme")
	sku := s.SKU(merchant, "MUG", 1250, 3)
	v := s.visitor(t)
	v.get("/products/p-1-mug").wants(http.StatusOK, "$12.50", "Only 3 left", "Sold and shipped by acme", "it ships by", fmt.Sprintf(`name="sku" value="%d"`, sku))
	addTo(v, sku, "2").sends(urls.Cart())
	v.get(urls.Cart()).wants(http.StatusOK, "Added to your cart.", "Product MUG", "$25.00", "Shipping and taxes depend on where the parcel goes", `<span class="count">2`).lacks("Out of stock")
	v.get(urls.Cart()).lacks("Added to your cart.")
}

func TestCartRefusesBadQuantitiesBesideTheField(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, _ := s.Merchant("acme")
	sku := s.SKU(merchant, "MUG", 1250, 3)
	v := s.visitor(t)
	for typed, says := range map[string]string{
		"-1":                  "The quantity cannot be negative.",
		"0":                   "The quantity must be at least 1.",
		"10001":               "The quantity can be at most 10000.",
		"999999999999999999":  "The quantity can be at most 10000.",
		"9223372036854775808": "The quantity can be at most 10000.",
		"1e18":                "must be a number",
		"1.5":                 "must be a whole number",
		"１":                   "with the digits 0 to 9",
		"two":                 "must be a number",
		"":                    "Please enter a quantity.",
		"4":                   "Only 3 left.",
	} {
		got := addTo(v, sku, typed).wants(http.StatusUnprocessableEntity, says, `href="#f-quantity"`, `id="f-quantity-error"`, "<title>Error: Product MUG", "Only 3 left")
		if !strings.Contains(got.body, `value="`+typed+`"`) {
			t.Errorf("%q is not in the form again", typed)
		}
	}
	if n := s.Int(`SELECT count(*) FROM carts`); n != 0 {
		t.Errorf("%d carts were left behind", n)
	}
	addTo(v, sku, " 1 ").sends(urls.Cart())
	update := v.post(urls.CartUpdate(sku), "quantity", "-4")
	update.wants(http.StatusUnprocessableEntity, "The quantity cannot be negative.", fmt.Sprintf(`href="#f-quantity-%d"`, sku), `value="-4"`)
	v.post(urls.CartUpdate(sku), "quantity", "7").wants(http.StatusUnprocessableEntity, "Only 3 left.")
	if n := s.Int(`SELECT sum(quantity) FROM cart_items`); n != 1 {
		t.Errorf("%d units in the cart", n)
	}
}

func TestCartRefusesWhatIsNotSold(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, _ := s.Merchant("acme")
	good, inactive, gone := s.SKU(merchant, "A", 100, 3), s.SKU(merchant, "B", 100, 3), s.SKU(merchant, "C", 100, 0)
	s.Exec(`UPDATE skus SET status = 'discontinued' WHERE id = $1`, inactive)
	v := s.visitor(t)
	addTo(v, inactive, "1").wants(http.StatusUnprocessableEntity, "Product B is no longer sold.")
	addTo(v, gone, "1").wants(http.StatusUnprocessableEntity, "This is out of stock.")
	for _, sku := range []string{"999999", "-1", "abc", "", "9223372036854775808"} {
		v.post(urls.CartAdd(), "sku", sku, "quantity", "1", "currency", "USD").wants(http.StatusUnprocessableEntity)
		v.post(urls.CartAdd(), "product", "p-1-a", "sku", sku, "quantity", "1", "currency", "USD").wants(http.StatusUnprocessableEntity, "There is a problem", "Product A")
	}
	v.post(urls.CartAdd(), "product", "p-1-a", "sku", fmt.Sprint(good), "quantity", "1", "currency", "XXX").wants(http.StatusUnprocessableEntity, "ISO 4217")
	if n := s.Int(`SELECT count(*) FROM cart_items`); n != 0 {
		t.Errorf("%d lines were left behind", n)
	}
	addTo(v, good, "1").sends(urls.Cart())
	v.post(urls.CartAdd(), "product", "p-1-a", "sku", fmt.Sprint(good), "quantity", "1", "currency", "EUR").wants(http.StatusUnprocessableEntity, "Your cart is in USD")
	v.post(urls.CartUpdate(inactive), "quantity", "1").wants(http.StatusConflict, "not in your cart any more")
	v.post("/cart/items/abc", "quantity", "1").wants(http.StatusNotFound)
	v.post(urls.CartRemove(good)).sends(urls.Cart())
	v.post(urls.CartRemove(good)).sends(urls.Cart())
	v.get(urls.Cart()).wants(http.StatusOK, "Your cart is empty")
}

func TestFormsThatCannotBeTextAreRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, _ := s.Merchant("acme")
	sku := s.SKU(merchant, "A", 100, 3)
	v, _, _ := s.buyer(t, "ada@example.com")
	for name, body := range map[string]string{
		"bytes that are not UTF-8": fmt.Sprintf("sku=%d&quantity=1&product=%%ff%%fe", sku),
		"a NUL":                    fmt.Sprintf("sku=%d&quantity=1&product=a%%00b", sku),
		"a broken escape":          "sku=%zz",
		"too many fields":          strings.Repeat("sku=1&", 600),
	} {
		if got := v.postRaw(urls.CartAdd(), body); got.status != http.StatusBadRequest {
			t.Errorf("%s: %d", name, got.status)
		}
	}
	for _, address := range []string{urls.CartAdd(), urls.Checkout(), urls.Login(""), urls.AccountAddresses()} {
		v.postRaw(address, "name="+strings.Repeat("x", 1<<20)).wants(http.StatusRequestEntityTooLarge, "the limit is 64 KiB")
	}
	v.get("/search?q=%ff").wants(http.StatusBadRequest)
	v.get("/products/%ff").wants(http.StatusBadRequest)
	if n := s.Int(`SELECT count(*) FROM cart_items`) + s.Int(`SELECT count(*) FROM addresses`) - 1; n != 0 {
		t.Errorf("%d rows were left behind", n)
	}
}

func TestCartTellsWhatHasChanged(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, _ := s.Merchant("acme")
	other, _ := s.Merchant("bolt")
	dearer, short := s.SKU(merchant, "A", 1000, 5), s.SKU(other, "B", 500, 5)
	v := s.visitor(t)
	addTo(v, dearer, "1")
	addTo(v, short, "4")
	v.get(urls.Cart()).wants(http.StatusOK, "From acme", "From bolt", "2 parcels", "Go to checkout")
	s.Exec(`UPDATE sku_prices SET price_minor = 1200 WHERE sku_id = $1`, dearer)
	s.Exec(`UPDATE stock_levels SET on_hand = 3 WHERE sku_id = $1`, short)
	v.get(urls.Cart()).wants(http.StatusOK, "The price was $10.00 when you added it.", "Only 3 left. Please lower the quantity.", "Please look at the marked lines").lacks("Go to checkout")
}

func TestCartEstimatesForTheFirstAddress(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, _ := s.Merchant("acme")
	sku := s.SKU(merchant, "A", 1000, 5)
	s.Exec(`INSERT INTO tax_rates (country, region, name, rate_ppm) VALUES ('US', 'CA', 'CA', 87500)`)
	s.Exec(`INSERT INTO shipping_rates (merchant_id, currency, price_minor) VALUES ($1, 'USD', 300)`, merchant)
	v, _, _ := s.buyer(t, "ada@example.com")
	addTo(v, sku, "2")
	v.get(urls.Cart()).wants(http.StatusOK, "Tax, 8.75%", "$1.75", "$3.00", "$24.75", "Estimated for delivery to Oakland, CA, United States")
}

func TestGuestCartSurvivesSigningIn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, _ := s.Merchant("acme")
	sku := s.SKU(merchant, "A", 1000, 5)
	customer, _ := s.Customer("ada@example.com")
	s.account("ada@example.com", shop.RoleCustomer, 0, customer)
	v := s.visitor(t)
	addTo(v, sku, "2")
	v.get(urls.Checkout()).sends(urls.Login(urls.Checkout()))
	v.get(urls.Login(urls.Checkout())).wants(http.StatusOK, "Your cart is kept")
	v.post(urls.Login(""), "email", "ada@example.com", "password", password, "next", urls.Checkout()).sends(urls.Checkout())
	v.get(urls.Checkout()).wants(http.StatusOK, "2 ×", "Product A", "Place order and pay $20.00")
	if n := s.Int(`SELECT count(*) FROM carts WHERE customer_id = $1`, customer); n != 1 {
		t.Errorf("%d carts", n)
	}
}

func TestCurrencyIsChosenAmongThoseSold(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, _ := s.Merchant("acme")
	sku := s.SKU(merchant, "A", 1000, 5)
	s.Price(sku, "JPY", 1500)
	v := s.visitor(t)
	v.get("/").wants(http.StatusOK, "$10.00", `name="currency"`)
	addTo(v, sku, "1")
	v.post(urls.Currency(), "currency", "jpy", "back", "/cart").sends("/cart")
	v.get("/").wants(http.StatusOK, "¥1,500")
	v.get("/cart").wants(http.StatusOK, "¥1,500").lacks("when you added it", "$10.00")
	v.post(urls.Currency(), "currency", "KWD").wants(http.StatusUnprocessableEntity, "Nothing is sold in KWD")
	v.post(urls.Currency(), "currency", "euro").wants(http.StatusUnprocessableEntity)
}
