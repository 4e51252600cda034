package handlers_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"waybill/adapters/simulated"
	"waybill/db"
	"waybill/shop"
	"waybill/views/urls"
)

func TestHistoryOfSomebodyWhoNeverOrdered(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v, _, _ := s.buyer(t, "ada@example.com")
	v.get("/account").sends(urls.AccountOrders())
	v.get(urls.AccountOrders()).wants(http.StatusOK, "No orders yet", "Look around in the shop").lacks("Apply filters")
}

// pastOrders places n orders, one a day up to now, of two products by turns, and returns their numbers, newest first.
func (s *site) pastOrders(clock *time.Time, customer, address int64, n int, skus ...int64) []string {
	s.TB.Helper()
	now := *clock
	numbers := make([]string, n)
	s.Exec(`SELECT ensure_partitions($1, $2)`, now.AddDate(0, 0, -n), now)
	for i := range n {
		*clock = now.AddDate(0, 0, i-n+1)
		placed := s.Place(customer, address, skus[i%len(skus)])
		numbers[n-1-i] = placed.Orders[0].ID.Number()
	}
	*clock = now
	return numbers
}

var orderLinks = regexp.MustCompile(`<a href="/account/orders/([0-9A-Z-]+)">`)

func listed(page answer) []string {
	var numbers []string
	for _, found := range orderLinks.FindAllStringSubmatch(page.body, -1) {
		numbers = append(numbers, found[1])
	}
	return numbers
}

func TestHistoryIsPagedBothWays(t *testing.T) {
	t.Parallel()
	clock := time.Now().UTC()
	s := newSite(t, db.WithClock(func() time.Time { return clock }))
	merchant, _ := s.Merchant("acme")
	sku := s.SKU(merchant, "A", 1000, 100)
	v, customer, address := s.buyer(t, "ada@example.com")
	numbers := s.pastOrders(&clock, customer, address, 45, sku)
	link := func(page answer, rel string) string {
		t.Helper()
		found := regexp.MustCompile(`href="([^"]*)"[^>]*rel="` + rel + `"`).FindStringSubmatch(page.body)
		if found == nil {
			return ""
		}
		return strings.ReplaceAll(found[1], "&amp;", "&")
	}
	same := func(page answer, from, to int) {
		t.Helper()
		if got, want := fmt.Sprint(listed(page)), fmt.Sprint(numbers[from:to]); got != want {
			t.Errorf("listed %s, want %s", got, want)
		}
	}
	first := v.get(urls.AccountOrders())
	second := v.get(link(first, "next"))
	third := v.get(link(second, "next"))
	same(first, 0, 20)
	same(second, 20, 40)
	same(third, 40, 45)
	if link(first, "prev") != "" || link(third, "next") != "" {
		t.Error("there are links beyond the ends")
	}
	same(v.get(link(third, "prev")), 20, 40)
	v.get(link(second, "prev")).sends(urls.AccountOrders()) // the first page has an address of its own
}

func TestHistoryNarrows(t *testing.T) {
	t.Parallel()
	clock := time.Date(time.Now().Year(), 1, 3, 12, 0, 0, 0, time.UTC)
	s := newSite(t, db.WithClock(func() time.Time { return clock }))
	merchant, _ := s.Merchant("acme")
	pen, ink := s.SKU(merchant, "PEN", 1000, 100), s.SKU(merchant, "INK", 500, 100)
	v, customer, address := s.buyer(t, "ada@example.com")
	numbers := s.pastOrders(&clock, customer, address, 6, pen, ink) // 29 December to 3 January
	paid, err := shop.ParseOrderNumber(numbers[0])
	if err != nil {
		t.Fatal(err)
	}
	s.Confirm(paid)
	year := fmt.Sprint(clock.Year())
	for query, want := range map[string][]string{
		"":                         numbers,
		"status=confirmed":         numbers[:1],
		"status=pending":           numbers[1:],
		"year=" + year:             numbers[:3],
		"from=" + year + "-01-02":  numbers[:2],
		"until=" + year + "-01-01": numbers[2:],
		"from=" + year + "-01-01&until=" + year + "-01-01": numbers[2:3],
		"q=product+pen":                       {numbers[1], numbers[3], numbers[5]},
		"q=INK&status=confirmed":              {numbers[0]},
		"q=INK&status=confirmed&year=" + year: {numbers[0]},
		"status=delivered":                    nil,
		"year=1999":                           nil,
		"q=%25":                               nil,
	} {
		page := v.get(urls.AccountOrders() + "?" + query).wants(http.StatusOK)
		if got := listed(page); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s lists %v, want %v", query, got, want)
		}
		if want == nil {
			page.wants(http.StatusOK, "No orders match", "Show all orders")
		}
	}
	v.get(urls.AccountOrders()+"?status=confirmed&q=ink").wants(http.StatusOK, "Search: ink", "Confirmed", "Awaiting payment", `href="/account/orders?status=confirmed"`)
	for query, says := range map[string]string{
		"status=lost":                      "no order status of that name",
		"from=yesterday":                   "Enter a day as year, month and day",
		"until=2026-13-45":                 "Enter a day as year, month and day",
		"from=2026-05-02&until=2026-05-01": "must not be before the first",
		"q=" + strings.Repeat("x", 101):    "at most 100 characters",
	} {
		v.get(urls.AccountOrders()+"?"+query).wants(http.StatusUnprocessableEntity, says)
	}
}

func TestHistoryFindsNumbersHoweverTheyAreTyped(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, _ := s.Merchant("acme")
	sku := s.SKU(merchant, "A", 1000, 100)
	v, customer, address := s.buyer(t, "ada@example.com")
	bob, bobsAddress := s.Customer("bob@example.com")
	number := s.Place(customer, address, sku).Orders[0].ID.Number()
	others := s.Place(bob, bobsAddress, sku).Orders[0].ID.Number()
	for _, typed := range []string{number, strings.ToLower(number), "#" + strings.ReplaceAll(number, "-", ""), " " + strings.ReplaceAll(number, "-", " ") + " "} {
		v.get(urls.With(urls.AccountOrders(), urls.Query{{Name: "q", Value: typed}})).sends(urls.AccountOrder(number))
	}
	v.get(urls.AccountOrders()+"?q="+others).wants(http.StatusOK, "No order found", "None of your orders has the number "+others)
	last := "0"
	if strings.HasSuffix(number, "0") {
		last = "1"
	}
	mistyped := number[:len(number)-1] + last
	v.get(urls.AccountOrders()+"?q="+mistyped).wants(http.StatusOK, mistyped+" looks mistyped: the check character does not fit.")
	v.get(urls.AccountOrder(mistyped)).wants(http.StatusNotFound, mistyped+" looks mistyped: the check character does not fit.")
	v.get(urls.AccountOrder("hello")).wants(http.StatusNotFound, "This is not an order number. Order numbers look like")
	for _, address := range []string{urls.AccountOrder(others), urls.AccountReorder(others)} {
		v.get(address).wants(http.StatusNotFound, "There is no such order.").lacks("Product A", "bob")
	}
	v.post(urls.AccountOrderCancel(others)).wants(http.StatusNotFound)
	if status := s.Text(`SELECT status FROM orders WHERE customer_id = $1`, bob); status != "pending" {
		t.Errorf("another's order is %s", status)
	}
}

func TestOrderPageTellsItsStory(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	acme, _ := s.Merchant("acme")
	bolt, _ := s.Merchant("bolt")
	s.Exec(`INSERT INTO tax_rates (country, region, name, rate_ppm) VALUES ('US', 'CA', 'CA', 87500)`)
	v, _, address := s.buyer(t, "ada@example.com")
	sku, other := s.SKU(acme, "A", 1000, 5), s.SKU(bolt, "B", 500, 5)
	addTo(v, other, "1")
	number := v.send(v.openCheckout(sku, "2"), address, simulated.TokenOK).number()
	id := shop.OrderID(s.Int(`SELECT id FROM orders WHERE merchant_id = $1`, acme))
	sibling := shop.OrderID(s.Int(`SELECT id FROM orders WHERE merchant_id = $1`, bolt))
	v.get(urls.CheckoutDone(number)).wants(http.StatusOK, urls.AccountOrder(id.Number()))

	s.Exec(`INSERT INTO order_events (order_id, seq, kind, occurred_at, recorded_at, actor_kind, actor_name, visibility, data)
		SELECT order_id, max(seq) + 1, 'note', now(), now(), 'staff', 'Mara Lindt', 'staff', '{"text":"a difficult buyer"}' FROM order_events WHERE order_id = $1 GROUP BY order_id`, int64(id))
	s.Exec(`INSERT INTO order_events (order_id, seq, kind, occurred_at, recorded_at, actor_kind, actor_name, data)
		SELECT order_id, max(seq) + 1, 'note', now(), now(), 'staff', 'Mara Lindt', '{"text":"Wrapped as a gift."}' FROM order_events WHERE order_id = $1 GROUP BY order_id`, int64(id))
	page := v.get(urls.AccountOrder(id.Number()))
	page.wants(http.StatusOK, "Order "+id.Number(), "hands it to a carrier by", "Current: ", "Being packed", "Card •••• 4242", "Paid", "Tax, 8.75%", "$21.75",
		"1 Main St", "Ordered together with", sibling.Number(), "Cancel this order", "Wrapped as a gift.", "Ordered")
	page.lacks("a difficult buyer", "Mara Lindt")

	s.Exec(`UPDATE fulfillments SET status = 'shipped', assigned_user_id = NULL, packed_at = now(), shipped_at = now(), carrier = 'DHL', tracking_number = '0034 04' WHERE order_id = $1`, int64(id))
	s.Event(id, shop.StatusConfirmed, shop.StatusProcessing)
	s.Event(id, shop.StatusProcessing, shop.StatusShipped)
	v.get(urls.AccountOrder(id.Number())).wants(http.StatusOK, "on its way to you", "0034 04", "Track it at DHL", "AWB=0034+04", "can no longer be cancelled").lacks("Cancel this order")
}

func TestCancellingGivesTheMoneyAndTheGoodsBack(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, _ := s.Merchant("acme")
	sku := s.SKU(merchant, "A", 1000, 5)
	v, _, address := s.buyer(t, "ada@example.com")
	v.send(v.openCheckout(sku, "2"), address, simulated.TokenOK).number()
	id := shop.OrderID(s.Int(`SELECT id FROM orders`))
	v.post(urls.AccountOrderCancel(id.Number()), "reason", strings.Repeat("x", 501)).wants(http.StatusUnprocessableEntity)
	for range 2 { // pressed twice it is cancelled once
		v.post(urls.AccountOrderCancel(id.Number()), "reason", "ordered by mistake").sends(urls.AccountOrder(id.Number()))
	}
	v.get(urls.AccountOrder(id.Number())).wants(http.StatusOK, "The order is cancelled. $20.00 goes back to the card you paid with.", "ordered by mistake", "Refunded", "−$20.00", "$20.00 went back").lacks("Cancel this order")
	if n := s.Int(`SELECT sum(reserved) FROM stock_levels`); n != 0 {
		t.Errorf("%d units are still reserved", n)
	}
	if n := s.Int(`SELECT count(*) FROM refunds`); n != 1 {
		t.Errorf("%d refunds", n)
	}
	s.booksAgree(t)
}

func TestOrderThatIsBeingPreparedIsNotCancelled(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, _ := s.Merchant("acme")
	sku := s.SKU(merchant, "A", 1000, 5)
	v, customer, address := s.buyer(t, "ada@example.com")
	id := s.Place(customer, address, sku).Orders[0].ID
	s.Confirm(id)
	s.Event(id, shop.StatusConfirmed, shop.StatusProcessing)
	v.post(urls.AccountOrderCancel(id.Number()), "reason", "too slow").wants(http.StatusConflict, "The order is being prepared and can no longer be cancelled here", "Order "+id.Number())
	if status := s.Text(`SELECT status FROM orders`); status != "processing" {
		t.Errorf("the order is %s", status)
	}
}

func TestBuyingAgainComparesFirst(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, _ := s.Merchant("acme")
	dearer, gone, fewer := s.SKU(merchant, "A", 1000, 5), s.SKU(merchant, "B", 500, 5), s.SKU(merchant, "C", 200, 4)
	v, customer, address := s.buyer(t, "ada@example.com")
	command := s.Order(customer, address, dearer, gone, fewer)
	command.Items[2].Quantity = 3
	placed, err := s.pages.Placer.PlaceCheckout(t.Context(), command)
	if err != nil {
		t.Fatal(err)
	}
	s.Exec(`UPDATE sku_prices SET price_minor = 1150 WHERE sku_id = $1`, dearer)
	s.Exec(`UPDATE skus SET status = 'discontinued' WHERE id = $1`, gone)
	again := urls.AccountReorder(placed.Orders[0].ID.Number())
	v.get(again).wants(http.StatusOK, "$10.00", "$11.50", "$1.50 more than then", "No longer sold", "Only 1 left", "Put 2\u00a0items into the cart")
	v.post(again).sends(urls.Cart())
	v.get(urls.Cart()).wants(http.StatusOK, "What is there of your order is in the cart.", "Product A", "Product C", "$13.50").lacks("Product B", "when you added it")
	v.post(again).wants(http.StatusUnprocessableEntity, "Only 1 left, and 1 of them are in your cart already.")
	s.Exec(`UPDATE products SET status = 'discontinued'`)
	v.get(again).wants(http.StatusOK, "Nothing of this order can be bought at the moment.").lacks("into the cart</span>")
	v.post(again).wants(http.StatusUnprocessableEntity)
}

func TestUnpaidOrderLeadsToPaying(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, _ := s.Merchant("acme")
	v, customer, address := s.buyer(t, "ada@example.com")
	placed := s.Place(customer, address, s.SKU(merchant, "A", 1000, 5))
	pay := `href="` + urls.CheckoutPay(placed.CheckoutID.Number()) + `"`
	v.get(urls.AccountOrders()).wants(http.StatusOK, "Awaiting payment", "Pay now", pay, "held for")
	v.get(urls.AccountOrder(placed.Orders[0].ID.Number())).wants(http.StatusOK, "We hold the items for you until", "Pay now", pay, "Not paid yet")
}

func TestAddressBook(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v, customer, first := s.buyer(t, "ada@example.com")
	_, others := s.Customer("bob@example.com")
	fields := []string{"name", "Ada", "line1", "Damrak 1", "city", "Amsterdam", "postal_code", "1012 lg", "country", "NL", "default", "on"}
	v.post(urls.AccountAddresses(), fields...).sends(urls.AccountAddresses())
	v.get(urls.AccountAddresses()).wants(http.StatusOK, "The address was saved.", "1012 LG Amsterdam", "1 Main St", "Default")
	if n := s.Int(`SELECT count(*) FROM addresses WHERE is_default AND customer_id = $1`, customer); n != 1 {
		t.Errorf("%d default addresses", n)
	}
	v.post(urls.AccountAddresses(), "name", "Ada", "country", "US", "postal_code", "1").wants(http.StatusUnprocessableEntity,
		"Enter a ZIP code", `href="#f-postal_code"`, "Enter the state", "Enter the street and number", `value="Ada"`)
	v.get(urls.AccountAddress(first)).wants(http.StatusOK, "Edit address", `value="1 Main St"`)
	v.post(urls.AccountAddress(first), "name", "Ada", "line1", "", "city", "Oakland", "region", "CA", "postal_code", "94601", "country", "US").wants(http.StatusUnprocessableEntity, "Enter the street and number")
	v.post(urls.AccountAddress(first), "name", "Ada", "line1", "2 Main St", "city", "Oakland", "region", "CA", "postal_code", "94601", "country", "US").sends(urls.AccountAddresses())
	for _, address := range []string{urls.AccountAddress(others), urls.AccountAddress(999_999), "/account/addresses/abc", "/account/addresses/-1"} {
		v.get(address).wants(http.StatusNotFound)
		v.post(address, fields...).wants(http.StatusNotFound)
		v.post(address + "/remove").wants(http.StatusNotFound)
	}
	v.post(urls.AccountAddressRemove(first)).sends(urls.AccountAddresses())
	v.get(urls.AccountAddresses()).wants(http.StatusOK, "Orders keep the address").lacks("2 Main St")
	v.post(urls.AccountAddressRemove(first)).sends(urls.AccountAddresses())
	v.get(urls.AccountAddress(first)).wants(http.StatusNotFound)
	if n := s.Int(`SELECT count(*) FROM addresses WHERE deleted_at IS NULL AND id = $1`, others); n != 1 {
		t.Error("another's address is gone")
	}
}
