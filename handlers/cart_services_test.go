package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"waybill/adapters/simulated"
	"waybill/views/urls"
)

// express gives a merchant the service Express, to the United States only, and returns it.
func (s *site) express(merchant int64) int64 {
	id := s.Int(`INSERT INTO ship_services (merchant_id, name, cutoff_minute, handling_days, working_days, created_at, updated_at)
		VALUES ($1, 'Express', 600, 0, 127, now(), now()) RETURNING id`, merchant)
	s.Exec(`INSERT INTO shipping_rates (merchant_id, ship_service_id, country, currency, price_minor) VALUES ($1, $2, 'US', 'USD', 1500)`, merchant, id)
	return id
}

func TestABuyerChoosesHowEachSellerSends(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	acme, _ := s.Merchant("acme")
	bolt, _ := s.Merchant("bolt")
	express := s.express(acme)
	v, _, address := s.buyer(t, "ada@example.com")
	addTo(v, s.SKU(acme, "A", 1000, 5), "1")
	page := v.openCheckout(s.SKU(bolt, "B", 500, 5), "1").wants(http.StatusOK, "From acme", "From bolt", "Express", "Ships", "$15.00", "Place order and pay $15.00")
	field := fmt.Sprintf("service-%d", acme)
	// The same form, sent by a browser without scripts: the choice is kept and the page is there again.
	v.post(urls.CartServices(address), "key", page.field("key"), field, fmt.Sprint(express)).sends(urls.CheckoutFor(address))
	page = v.get(urls.CheckoutFor(address)).wants(http.StatusOK, "Shipping, Express and Standard", "Place order and pay $30.00")
	v.get(urls.Cart()).wants(http.StatusOK, "Shipping, Express and Standard")
	number := v.post(urls.Checkout(), "key", page.field("key"), "expected", page.field("expected"), "currency", page.field("currency"), "address", fmt.Sprint(address), "method", simulated.TokenOK,
		field, fmt.Sprint(express), fmt.Sprintf("service-%d", bolt), "0").number()
	v.get(urls.CheckoutDone(number)).wants(http.StatusOK, "Paid $30.00", "Shipping, Express")
	if n := s.Int(`SELECT count(*) FROM fulfillments WHERE ship_service_id = $1 AND merchant_id = $2`, express, acme); n != 1 {
		t.Errorf("%d parcels in the queue with Express", n)
	}
	if n := s.Int(`SELECT count(*) FROM fulfillments WHERE ship_service_id IS NULL AND merchant_id = $1`, bolt); n != 1 {
		t.Errorf("%d parcels in the queue with the standard", n)
	}
	s.booksAgree(t)
}

// fragmentPost is a form that htmx sends for a part of a page.
func (v *visitor) fragmentPost(address string, pairs ...string) answer {
	v.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return v.do(http.MethodPost, address, strings.NewReader(form.Encode()), []string{"Content-Type", "application/x-www-form-urlencoded", "HX-Request", "true", "HX-Request-Type", "partial"})
}

// What was picked last and not priced is asked about; what is not offered is refused beside its field.
func TestAChoiceThatWasNotPricedIsAskedAbout(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	acme, _ := s.Merchant("acme")
	express := s.express(acme)
	v, _, address := s.buyer(t, "ada@example.com")
	page := v.openCheckout(s.SKU(acme, "A", 1000, 5), "1")
	field := fmt.Sprintf("service-%d", acme)
	send := func(service string) answer {
		return v.post(urls.Checkout(), "key", page.field("key"), "expected", page.field("expected"), "currency", page.field("currency"), "address", fmt.Sprint(address), "method", simulated.TokenOK, field, service)
	}
	send(fmt.Sprint(express)).wants(http.StatusConflict, "The total was $10.00 and is now $25.00", "Place order and pay $25.00")
	for _, service := range []string{"999", "-3", "fast"} {
		send(service).wants(http.StatusUnprocessableEntity, "There is a problem", `href="#f-`+field+`"`, "This shipping service is not offered")
		v.post(urls.CartServices(address), field, service).wants(http.StatusUnprocessableEntity, "This shipping service is not offered")
		v.post(urls.CartServices(0), field, service).wants(http.StatusUnprocessableEntity, "Your cart", "This shipping service is not offered")
	}
	s.Exec(`UPDATE addresses SET country = 'DE', region = '' WHERE id = $1`, address)
	send(fmt.Sprint(express)).wants(http.StatusUnprocessableEntity, "This shipping service is not offered")
	if n := s.Int(`SELECT count(*) FROM orders`); n != 0 {
		t.Errorf("%d orders", n)
	}
}

func TestThePricesOfAnOpenPageFollowTheChoice(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	acme, _ := s.Merchant("acme")
	express := s.express(acme)
	v, _, address := s.buyer(t, "ada@example.com")
	v.openCheckout(s.SKU(acme, "A", 1000, 5), "1")
	field := fmt.Sprintf("service-%d", acme)
	v.fragmentPost(urls.CartServices(address), field, fmt.Sprint(express)).wants(http.StatusOK, `id="summary"`, "Place order and pay $25.00", `hx-target="#shipping"`)
	v.fragmentPost(urls.CartServices(0), field, "0").wants(http.StatusOK, `id="cart-summary"`, "$10.00")
	v.fragmentPost(urls.CartServices(0), field, "999").wants(http.StatusUnprocessableEntity, `id="cart-summary"`, "not offered")
}
