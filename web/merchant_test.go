package web_test

import (
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"waybill/db/dbtest/factory"
	"waybill/shop"
	"waybill/views/urls"
)

// trader is a merchant with a person who is signed in, and one paid order.
type trader struct {
	visitor
	user  shop.User
	sku   int64
	order shop.OrderID
}

func (tr trader) number() string { return tr.order.Number() }

func newTrader(s *site, name string) trader {
	s.t.Helper()
	merchant, _ := s.Merchant(name)
	user := s.User("picker@"+name+".test", shop.RoleMerchant, merchant, 0)
	tr := trader{visitor: s.as(user), user: user, sku: s.SKU(merchant, strings.ToUpper(name)+"-1", 1000, 50)}
	tr.order = tr.paid("buyer-of-" + name + "@example.com")
	return tr
}

// paid is another paid order of the trader.
func (tr trader) paid(email string) shop.OrderID {
	tr.t.Helper()
	customer, address := tr.Customer(email)
	return tr.Paid(customer, address, tr.sku)
}

func (tr trader) state() string {
	tr.t.Helper()
	return tr.Text(`SELECT o.status || ' ' || f.status FROM orders o JOIN fulfillments f ON f.order_id = o.id WHERE o.id = $1`, int64(tr.order))
}

// saved leaves a saved view, a record of bulk work and a service of the trader's, and returns their ids.
func (tr trader) saved() (view, run, service string) {
	tr.t.Helper()
	tr.post(urls.MerchantQueueViews(""), "name", "Everything of "+tr.user.Email, "list", "stage=pack", "shared", "on")
	w := tr.post(urls.MerchantQueueBulk(), "do", "claim", "key", "saved", "parcel", "0000-0000-0/1", "parcel", tr.number()+"/1")
	if w.Code == http.StatusSeeOther {
		tr.t.Fatal("a parcel that is none is claimed")
	}
	w = tr.post(urls.MerchantQueueBulk(), "do", "hand-over", "confirmed", "1", "key", "saved", "parcel", tr.number()+"/1", "colleague", strconv.FormatInt(tr.user.ID, 10), "reason", "test")
	tr.post(urls.MerchantPromiseServices(), "name", "Express", "cutoff", "12:00", "days", "0", "week", "1", "week", "6")
	_, run, _ = strings.Cut(w.Header().Get("Location"), "/runs/")
	ids := tr.Text(`SELECT v.id || ' ' || s.id FROM queue_views v JOIN ship_services s ON s.merchant_id = v.merchant_id WHERE v.merchant_id = $1`, tr.user.MerchantID)
	view, service, _ = strings.Cut(ids, " ")
	if run == "" {
		tr.t.Fatalf("nothing is recorded: %d %s", w.Code, w.Body)
	}
	return view, run, service
}

var parameter = regexp.MustCompile(`\{(\w+)\}`)

// Every route of merchants, those of tomorrow too, is walked with the ids of another merchant.
func TestMerchantsFindOnlyWhatIsTheirs(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ours, theirs := newTrader(s, "tea"), newTrader(s, "lamps")
	everything := `SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM (SELECT f::text AS t FROM fulfillments f WHERE merchant_id = $1
		UNION ALL SELECT e::text FROM order_events e JOIN orders o ON o.id = e.order_id WHERE o.merchant_id = $1
		UNION ALL SELECT v::text FROM queue_views v WHERE merchant_id = $1 UNION ALL SELECT m.working_days || m.name FROM merchants m WHERE id = $1
		UNION ALL SELECT s::text FROM ship_services s WHERE merchant_id = $1 UNION ALL SELECT h::text FROM ship_holidays h WHERE merchant_id = $1
		UNION ALL SELECT l::text FROM stock_levels l JOIN skus k ON k.id = l.sku_id WHERE k.merchant_id = $1
		UNION ALL SELECT p::text FROM products p WHERE p.merchant_id = $1 UNION ALL SELECT k::text FROM skus k WHERE k.merchant_id = $1
		UNION ALL SELECT l::text FROM locations l WHERE l.merchant_id = $1 UNION ALL SELECT t::text FROM returns t WHERE t.merchant_id = $1
		UNION ALL SELECT s::text FROM shipments s WHERE s.merchant_id = $1 UNION ALL SELECT b::text FROM boxes b WHERE b.merchant_id = $1 UNION ALL SELECT c::text FROM carrier_claims c WHERE c.merchant_id = $1
		UNION ALL SELECT r::text FROM sku_prices r JOIN skus k ON k.id = r.sku_id WHERE k.merchant_id = $1) t`
	shipment, manifest, box := theirs.sent()
	theirBatch := theirs.batch(theirs.paid("batched@example.com"))
	theirReturn := theirs.returned("second-buyer-of-lamps@example.com")
	theirs.post(urls.MerchantRefund(theirs.paid("third-buyer-of-lamps@example.com").Number()), "units[1]", "1", "do", "refund", "key", "k")
	view, run, service := theirs.saved()
	claim := theirs.claimed(shipment)
	before := s.Text(everything, theirs.user.MerchantID)
	ids := map[string]string{"number": theirs.number(), "sku": strconv.FormatInt(theirs.sku, 10), "id": strconv.FormatInt(theirBatch, 10), "return": theirReturn.Number(),
		"view": view, "run": run, "service": service,
		"product": strconv.FormatInt(s.Int(`SELECT product_id FROM skus WHERE id = $1`, theirs.sku), 10),
		"price":   strconv.FormatInt(s.Int(`SELECT id FROM sku_prices WHERE sku_id = $1`, theirs.sku), 10),
		"file": strconv.FormatInt(s.Int(`INSERT INTO catalog_imports (merchant_id, file_name, lines, status, actor_id, actor_name, created_at, status_at)
			VALUES ($1, 'LAMPS-1', 1, 'applied', 1, 'x', now(), now()) RETURNING id`, theirs.user.MerchantID), 10),
		"shipment": shipment, "manifest": manifest, "box": box, "no": "1", "claim": claim, "refund": strconv.FormatInt(s.Int(`SELECT id FROM unit_refunds`), 10),
	}
	ids["location"] = strconv.FormatInt(s.Int(`SELECT id FROM locations WHERE merchant_id = $1 LIMIT 1`, theirs.user.MerchantID), 10)
	ids["count"] = strconv.FormatInt(s.Int(`INSERT INTO stock_counts (merchant_id, location_id, opened_by, opened_at)
		SELECT merchant_id, id, 'x', now() FROM locations WHERE merchant_id = $1 LIMIT 1 RETURNING id`, theirs.user.MerchantID), 10)
	form := []string{
		"parcel", "1", "key", "k", "all", "1", "take", "1:1", "carrier", "DHL", "tracking", "00340434", "delta", "-1", "reason", "count",
		"parcel", theirs.number() + "/1", "back", urls.MerchantQueue(), "do", "claim", "confirmed", "1", "colleague", strconv.FormatInt(theirs.user.ID, 10),
		"amount", "5", "status", "paid", "paid", "5", "name", "stolen", "cutoff", "10:00", "days", "1", "week", "1", "day", "2030-01-01",
	}
	routes := 0
	err := chi.Walk(s.handler.(chi.Routes), func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		if !strings.HasPrefix(route, "/merchant") || strings.HasSuffix(route, "/stream") && !strings.Contains(route, "{") {
			return nil // a stream of one's own never ends
		}
		routes++
		path := parameter.ReplaceAllStringFunc(route, func(p string) string {
			id, known := ids[strings.Trim(p, "{}")]
			if !known {
				t.Errorf("%s: say here what another merchant's %s is", route, p)
			}
			return id
		})
		answer := ours.get(path)
		if method == http.MethodPost {
			answer = ours.post(path, form...)
		}
		if path != route && answer.Code != http.StatusNotFound {
			t.Errorf("%s %s answers %d, want 404", method, route, answer.Code)
		}
		mustContain(t, answer.Body.String(), nil, theirs.number()+"<", "LAMPS-1", "buyer-of-lamps")
		return nil
	})
	if err != nil || routes < 15 {
		t.Errorf("walked %d routes, %v", routes, err)
	}
	if after := s.Text(everything, theirs.user.MerchantID); after != before {
		t.Errorf("something of the other merchant has changed: %s", theirs.state())
	}
}

func TestMerchantPagesAreForMerchants(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tr := newTrader(s, "tea")
	customer, _ := s.Customer("c@example.com")
	finance := s.staff(shop.RoleFinance)
	pages := []string{urls.MerchantQueue(), urls.MerchantOrder(tr.number()), urls.MerchantPick(tr.number(), 1), urls.MerchantPack(tr.number(), 1), urls.MerchantInventory(), urls.MerchantInventorySKU(tr.sku)}
	for _, page := range pages {
		if w := tr.get(page); w.Code != http.StatusOK {
			t.Errorf("%s answers its merchant with %d", page, w.Code)
		}
		if w := s.guest().get(page); w.Code != http.StatusSeeOther || w.Header().Get("Location") != urls.Login(page) {
			t.Errorf("%s answers a guest with %d to %s", page, w.Code, w.Header().Get("Location"))
		}
		if w := finance.get(page); w.Code != http.StatusForbidden {
			t.Errorf("%s answers finance with %d", page, w.Code)
		}
	}
	// A stream cannot show a sign-in page.
	stream := urls.MerchantQueueStream()
	if w := s.guest().get(stream); w.Code != http.StatusUnauthorized {
		t.Errorf("the stream answers a guest with %d", w.Code)
	}
	if w := s.as(s.User("c@example.com", shop.RoleCustomer, 0, customer)).get(stream); w.Code != http.StatusForbidden {
		t.Errorf("the stream answers a customer with %d", w.Code)
	}
	if w := tr.get(stream + "?after=yesterday"); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("the stream answers a made-up place with %d", w.Code)
	}
}

func TestAnOrderGoesThroughTheForms(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tr := newTrader(s, "tea")
	number := tr.number()
	steps := []struct {
		path   string
		fields []string
		to     string
		state  string
	}{
		{urls.MerchantClaim(number), nil, urls.MerchantPick(number, 1), "processing picking"},
		{urls.MerchantClaim(number), nil, urls.MerchantPick(number, 1), "processing picking"},
		{urls.MerchantRelease(number), []string{"parcel", "1"}, urls.MerchantOrder(number), "processing open"},
		{urls.MerchantClaim(number), []string{"parcel", "1"}, urls.MerchantPick(number, 1), "processing picking"},
		{urls.MerchantPick(number, 1), []string{"parcel", "1", "take", "1:0"}, urls.MerchantPick(number, 1), "processing picking"},
		{urls.MerchantPick(number, 1), []string{"parcel", "1", "take", "1:1"}, urls.MerchantPack(number, 1), "processing picked"},
		{urls.MerchantPick(number, 1), []string{"parcel", "1", "all", "1"}, urls.MerchantPack(number, 1), "processing picked"},
		{urls.MerchantPack(number, 1), []string{"parcel", "1"}, urls.MerchantPack(number, 1), "processing packed"},
		{urls.MerchantShip(number), []string{"parcel", "1", "carrier", "DHL", "tracking", " 0034 0434 "}, urls.MerchantPack(number, 1), "shipped shipped"},
		{urls.MerchantDeliver(number), []string{"parcel", "1"}, urls.MerchantOrder(number), "delivered delivered"},
	}
	for _, step := range steps {
		w := tr.post(step.path, step.fields...)
		if w.Code != http.StatusSeeOther || w.Header().Get("Location") != step.to || tr.state() != step.state {
			t.Fatalf("%s %v: %d to %s, now %s", step.path, step.fields, w.Code, w.Header().Get("Location"), tr.state())
		}
	}
	mustContain(t, tr.page(urls.MerchantOrder(number)), []string{"00340434", "Delivered", tr.user.Name, "Picking and packing", "after"})
	mustContain(t, tr.page(urls.MerchantInventorySKU(tr.sku)), []string{"Why it is 49", "Shipped", number}, "Reserved for</h2><p")
}

// A packed parcel is given up only after a question, and its units are in the queue again.
func TestAPackedParcelIsCancelledAndPickedAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tr := newTrader(s, "tea")
	number := tr.number()
	s.Packed(tr.order, tr.user)
	page := tr.page(urls.MerchantOrder(number))
	mustContain(t, page, []string{`id="cancel-parcel-1"`, "Cancel parcel 1?", "to be picked again", urls.MerchantParcelCancel(number)})
	for range 2 {
		w := tr.post(urls.MerchantParcelCancel(number), "parcel", "1")
		if w.Code != http.StatusSeeOther || w.Header().Get("Location") != urls.MerchantOrder(number) {
			t.Fatalf("%d to %s", w.Code, w.Header().Get("Location"))
		}
	}
	mustContain(t, tr.page(urls.MerchantOrder(number)), []string{"Parcel cancelled", "as parcel 2", "Please put its units back"}, `id="cancel-parcel-`)
	if got := s.Text(`SELECT string_agg(status, ' ' ORDER BY no) FROM fulfillments WHERE order_id = $1`, int64(tr.order)); got != "cancelled open" {
		t.Errorf("the parcels are %s", got)
	}
	if w := tr.post(urls.MerchantParcelCancel(number), "parcel", "2"); w.Code != http.StatusConflict {
		t.Errorf("a parcel that nobody took: %d", w.Code)
	}
}

func TestConflictsSayWhoAndShowWhatIs(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tr := newTrader(s, "tea")
	other := s.User("ben@tea.test", shop.RoleMerchant, tr.user.MerchantID, 0)
	if _, err := s.Store.ClaimFulfillment(t.Context(), factory.Work(tr.order, other)); err != nil {
		t.Fatal(err)
	}
	number := tr.number()
	for path, fields := range map[string][]string{
		urls.MerchantClaim(number):   nil,
		urls.MerchantPick(number, 1): {"parcel", "1", "all", "1"},
		urls.MerchantPack(number, 1): {"parcel", "1"},
		urls.MerchantShip(number):    {"parcel", "1", "carrier", "UPS", "tracking", "1Z999"},
		urls.MerchantDeliver(number): {"parcel", "1"},
	} {
		w := tr.post(path, fields...)
		if w.Code != http.StatusConflict {
			t.Errorf("%s answers %d", path, w.Code)
		}
		mustContain(t, w.Body.String(), []string{other.Name, number, "Picking"})
	}
	// A page that was open while Ben shipped says who it was.
	gone := tr.paid("gone@example.com")
	s.Shipped(gone, other)
	stale := tr.post(urls.MerchantPack(gone.Number(), 1), "parcel", "1")
	mustContain(t, stale.Body.String(), []string{"This parcel left", "Last moved by " + other.Name})
	w := tr.post(urls.MerchantQueueBulk(), "do", "claim", "key", "k", "parcel", number+"/1", "back", urls.MerchantQueue())
	if w.Code != http.StatusSeeOther {
		t.Fatalf("claiming several answers %d", w.Code)
	}
	mustContain(t, tr.page(w.Header().Get("Location")), []string{"0 of 1 parcel claimed", other.Name + " took this parcel"})
}

func TestBadInputIsNamed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tr := newTrader(s, "tea")
	s.Packed(tr.order, tr.user)
	number := tr.number()
	mistyped := number[:len(number)-1] + map[bool]string{true: "3", false: "2"}[strings.HasSuffix(number, "2")]
	tests := []struct {
		name   string
		answer *httptest.ResponseRecorder
		status int
		want   string
	}{
		{"no carrier", tr.post(urls.MerchantShip(number), "parcel", "1", "tracking", "12345"), 422, "Choose the carrier"},
		{"no tracking number", tr.post(urls.MerchantShip(number), "parcel", "1", "carrier", "DHL"), 422, "Enter the tracking number"},
		{"a script as tracking number", tr.post(urls.MerchantShip(number), "parcel", "1", "carrier", "DHL", "tracking", "<script>"), 422, "&lt;script&gt;"},
		{"a mistyped number", tr.get(urls.MerchantOrder(mistyped)), 404, "mistyped"},
		{"a mistyped number in the search field", tr.get(urls.MerchantQueue() + "?q=" + mistyped), 200, "mistyped"},
		{"no number", tr.get(urls.MerchantOrder("x")), 404, "not an order number"},
		{"a parcel that is not there", tr.get(urls.MerchantPick(number, 7)), 404, "no such parcel"},
		{"a parcel that is no number", tr.post(urls.MerchantClaim(number), "parcel", "one"), 404, "no such"},
		{"a huge parcel", tr.get(urls.MerchantPick(number, 4294967297)), 404, "no such parcel"},
		{"units that are none", tr.post(urls.MerchantPick(number, 1), "parcel", "1", "take", "1:many"), 422, "could not be read"},
		{"an old page of the queue", tr.get(urls.MerchantQueue() + "?after=x"), 303, ""},
		{"no key", tr.post(urls.MerchantQueueNext()), 422, "key"},
		{"no delta", tr.post(urls.MerchantInventoryAdjust(tr.sku), "key", "a", "reason", "count"), 422, "Enter how many units"},
		{"too many gone", tr.post(urls.MerchantInventoryAdjust(tr.sku), "key", "b", "delta", "-50", "reason", "count"), 409, "reserved for orders"},
		{"a delta beyond all bounds", tr.post(urls.MerchantInventoryAdjust(tr.sku), "key", "c", "delta", "99999999999999999999", "reason", "count"), 422, "Enter how many units"},
		{"a large delta", tr.post(urls.MerchantInventoryAdjust(tr.sku), "key", "d", "delta", "2000000000", "reason", "count"), 422, "between"},
		{"other without words", tr.post(urls.MerchantInventoryAdjust(tr.sku), "key", "e", "delta", "1", "reason", "adjustment"), 422, "Say what happened"},
		{"no SKU", tr.get("/merchant/inventory/tea"), 404, "no such SKU"},
	}
	for _, tt := range tests {
		if tt.answer.Code != tt.status {
			t.Errorf("%s: %d, want %d", tt.name, tt.answer.Code, tt.status)
		}
		mustContain(t, tt.answer.Body.String(), []string{tt.want}, "<script>")
	}
	if tr.state() != "processing packed" || s.Int(`SELECT on_hand FROM stock_levels`) != 50 {
		t.Errorf("refusals left %s", tr.state())
	}
}

func TestNextOrderTakesOneHoweverOftenItIsPressed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tr := newTrader(s, "tea")
	second := tr.paid("second@example.com")
	s.Exec(`UPDATE fulfillments SET ship_by_at = now() + interval '3 days' WHERE order_id = $1`, int64(second))
	key := regexp.MustCompile(`name="key" value="(\w+)"`).FindStringSubmatch(tr.page(urls.MerchantQueue()))[1]
	for range 2 {
		w := tr.post(urls.MerchantQueueNext(), "key", key)
		if to := w.Header().Get("Location"); w.Code != http.StatusSeeOther || to != urls.MerchantPick(tr.number(), 1) {
			t.Errorf("%d to %s", w.Code, to)
		}
	}
	if w := tr.post(urls.MerchantQueueNext(), "key", "another"); w.Header().Get("Location") != urls.MerchantPick(second.Number(), 1) {
		t.Errorf("the next one is %s", w.Header().Get("Location"))
	}
	tr.post(urls.MerchantQueueNext(), "key", "none left")
	mustContain(t, tr.page(urls.MerchantQueue()), []string{"Nothing is waiting to be picked."})
}

func TestQueueFiltersAndFinds(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tr := newTrader(s, "tea")
	late := tr.paid("late@example.com")
	s.Exec(`UPDATE fulfillments SET ship_by_at = now() - interval '1 hour' WHERE order_id = $1`, int64(late))
	lists := map[string][2]bool{ // which of the late order and the other it shows
		"":                             {true, true},
		"?due=late":                    {true, false},
		"?stage=stuck":                 {true, false},
		"?stage=picking":               {false, false},
		"?q=tea":                       {true, true},
		"?q=cup":                       {false, false},
		"?q=%25":                       {false, false},
		"?due=someday&stage=x&holder=": {true, true},
		"?location=999":                {false, false},
	}
	for query, shows := range lists {
		page := tr.page(urls.MerchantQueue() + query)
		for i, id := range []shop.OrderID{late, tr.order} {
			if got := strings.Contains(page, ">"+id.Number()+"<"); got != shows[i] {
				t.Errorf("%q shows %s: %v", query, id.Number(), got)
			}
		}
		mustContain(t, page, []string{"1 parcel is late"})
	}
	if w := tr.get(urls.MerchantQueue() + "?q=" + url.QueryEscape(" #"+strings.ToLower(tr.number())+" ")); w.Header().Get("Location") != urls.MerchantOrder(tr.number()) {
		t.Errorf("a number in the search field leads to %q", w.Header().Get("Location"))
	}
}

func TestStockIsAdjustedOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tr := newTrader(s, "tea")
	adjust := urls.MerchantInventoryAdjust(tr.sku)
	for range 2 {
		if w := tr.post(adjust, "key", "one", "delta", "−3", "reason", "adjustment", "words", "dropped <b>"); w.Code != http.StatusSeeOther {
			t.Fatalf("%d: %s", w.Code, w.Body)
		}
	}
	mustContain(t, tr.page(urls.MerchantInventorySKU(tr.sku)), []string{"Why it is 47", "−3", "dropped &lt;b&gt;", tr.user.Name, "Adjusted", tr.number()}, "dropped <b>")
	mustContain(t, tr.page(urls.MerchantInventory()+"?sort=low"), []string{"TEA-1", "47", "46"})
	mustContain(t, tr.page(urls.MerchantInventory()+"?q=nothing"), []string{"Nothing matches"}, "TEA-1</a>")
}

func TestAPageThatPicksHearsWhenItsParcelIsGone(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tr := newTrader(s, "tea")
	ben := s.User("ben@tea.test", shop.RoleMerchant, tr.user.MerchantID, 0)
	s.claim(tr)
	beat := func() *httptest.ResponseRecorder {
		return tr.post(urls.MerchantClaimsRenew(), "parcel", tr.number()+"/1")
	}
	mustContain(t, tr.page(urls.MerchantPick(tr.number(), 1)), []string{`hx-post="` + urls.MerchantClaimsRenew() + `"`, "every 60s"})
	s.Exec(`UPDATE fulfillments SET leased_until = now() + interval '1 minute'`)
	if w := beat(); w.Code != http.StatusNoContent || s.Int(`SELECT count(*) FROM fulfillments WHERE leased_until > now() + interval '20 minutes'`) != 1 {
		t.Errorf("a heartbeat answers %d and does not renew", w.Code)
	}
	s.Exec(`UPDATE fulfillments SET leased_until = now()`)
	if n, err := s.Store.LapseClaims(t.Context(), 1); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	mustContain(t, beat().Body.String(), []string{"You no longer hold this parcel.", "Your claim ran out", "Claim it first"})
	mustContain(t, tr.page(urls.MerchantPick(tr.number(), 1)), []string{"Your claim ran out", "Nothing had been picked."}, "every 60s")
	if _, err := s.Store.ClaimFulfillment(t.Context(), factory.Work(tr.order, ben)); err != nil {
		t.Fatal(err)
	}
	mustContain(t, beat().Body.String(), []string{"Your claim ran out", ben.Name + " took this parcel"})
	mustContain(t, s.as(ben).page(urls.MerchantPick(tr.number(), 1)), []string{"every 60s"})
}

// The sums above the list are of all stock: they follow what is not on the page, too.
func TestTheSumsOfAnOpenInventoryFollowItsStock(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tr, other := newTrader(s, "tea"), newTrader(s, "lamps")
	s.Exec(`UPDATE stock_levels SET updated_at = now() - interval '1 hour'`)
	poll := func(who trader, page string) string {
		t.Helper()
		found := stockPoll.FindStringSubmatch(page)
		if found == nil {
			t.Fatalf("nothing to ask for in %s", page)
		}
		return who.page(html.UnescapeString(found[1]))
	}
	nothing := tr.page(urls.MerchantInventory() + "?q=no-such-thing")
	page, theirs := tr.page(urls.MerchantInventory()), other.page(urls.MerchantInventory())
	s.Exec(`UPDATE stock_levels SET on_hand = reserved WHERE sku_id = $1`, tr.sku)
	for name, from := range map[string]string{"the list": page, "a list of nothing": nothing} {
		moved := poll(tr, from)
		if !strings.Contains(moved, `hx-target="#stock-sums"`) || !strings.Contains(moved, `<div class="stat tone-danger">`) {
			t.Errorf("%s: nothing is sold out in %s", name, moved)
		}
		mustContain(t, poll(tr, moved), []string{"stock-poll"}, "#stock-sums")
	}
	mustContain(t, poll(other, theirs), []string{"stock-poll"}, "#stock-sums")
	mustContain(t, tr.page(urls.MerchantInventoryChanges()+"?since=0&skus=1"), []string{"stock-poll"}, "#stock-sums", "sums=")
}

var stockPoll = regexp.MustCompile(`id="stock-poll" hx-get="([^"]+)"`)

func TestAnOpenInventoryFollowsItsStock(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tr, other := newTrader(s, "tea"), newTrader(s, "lamps")
	s.Exec(`UPDATE stock_levels SET updated_at = now() - interval '1 hour'`)
	ask := func(page string) string {
		t.Helper()
		found := stockPoll.FindStringSubmatch(page)
		if found == nil {
			t.Fatalf("nothing to ask for in %s", page)
		}
		return tr.page(html.UnescapeString(found[1]))
	}
	quiet := ask(tr.page(urls.MerchantInventory()))
	mustContain(t, quiet, []string{"stock-poll"}, "hx-partial")
	tr.paid("second@example.com")
	other.paid("third@example.com")
	for name, moved := range map[string]string{"again": ask(quiet), "on the page of the SKU": ask(tr.page(urls.MerchantInventorySKU(tr.sku)))} {
		if n := strings.Count(moved, `hx-target="#st-`); n != 3 || !strings.Contains(moved, "<strong>48</strong>") {
			t.Errorf("%s: %d figures in %s", name, n, moved)
		}
	}
	theirs := strconv.FormatInt(other.sku, 10)
	mustContain(t, tr.page(urls.MerchantInventoryChanges()+"?since=0&skus="+theirs), []string{"stock-poll"}, "hx-partial")
	for _, bad := range []string{"", "?skus=1", "?skus=x&since=0", "?skus=" + strings.Repeat("1,", 101) + "1&since=0"} {
		if w := tr.get(urls.MerchantInventoryChanges() + bad); w.Code != http.StatusNotFound {
			t.Errorf("%q: %d", bad, w.Code)
		}
	}
}
