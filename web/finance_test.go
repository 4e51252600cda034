package web_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"waybill/adapters/simulated"
	"waybill/shop"
	"waybill/views/urls"
)

// financeSite has three paid orders of 20.00 USD and one that the bank declined.
func financeSite(t *testing.T) (*site, []shop.PaymentAttempt) {
	t.Helper()
	s := newSite(t)
	merchant, _ := s.Merchant("tea")
	sku := s.SKU(merchant, "TEA", 2000, 100)
	var paid []shop.PaymentAttempt
	for _, email := range []string{"a@example.com", "b@example.com", "c@example.com"} {
		paid = append(paid, s.buy(email, simulated.TokenOK, sku))
	}
	s.buy("d@example.com", simulated.TokenDeclined, sku)
	return s, paid
}

func TestOfficePagesAreForTheirRoles(t *testing.T) {
	t.Parallel()
	s, paid := financeSite(t)
	order := paid[0].Parts[0].OrderID.Number()
	finance := []shop.Role{shop.RoleFinance, shop.RoleAdmin}
	support := []shop.Role{shop.RoleSupport, shop.RoleFinance, shop.RoleAdmin}
	merchant := s.User("m@example.com", shop.RoleMerchant, s.Int(`SELECT id FROM merchants`), 0)
	customer := s.User("a@example.com", shop.RoleCustomer, 0, s.Int(`SELECT min(id) FROM customers`))
	visitors := map[shop.Role]visitor{shop.RoleMerchant: s.as(merchant), shop.RoleCustomer: s.as(customer)}
	for _, role := range []shop.Role{shop.RoleFinance, shop.RoleSupport, shop.RoleAdmin} {
		visitors[role] = s.staff(role)
	}
	for path, roles := range map[string][]shop.Role{
		urls.Finance():                           finance,
		urls.FinanceReport("daily"):              finance,
		urls.FinancePayments():                   finance,
		urls.FinancePaymentsCSV():                finance,
		urls.FinancePayment(paid[0].Parts[0].ID): finance,
		urls.FinanceReconciliation():             finance,
		urls.FinanceExceptions():                 finance,
		urls.Support(""):                         support,
		urls.SupportStuck():                      support,
		urls.SupportOrder(order):                 support,
		urls.SupportCustomer(1):                  support,
	} {
		allowed := map[shop.Role]bool{}
		for _, role := range roles {
			allowed[role] = true
		}
		for role, v := range visitors {
			want := http.StatusForbidden
			if allowed[role] {
				want = http.StatusOK
			}
			w := v.get(path)
			if w.Code != want {
				t.Errorf("%s answers %s with %d, want %d", path, role, w.Code, want)
			}
			if want == http.StatusForbidden && strings.Contains(w.Body.String(), "20.00") {
				t.Errorf("%s tells %s an amount", path, role)
			}
		}
		if w := s.guest().get(path); w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/login?next=") {
			t.Errorf("%s answers a guest with %d to %q, want the sign-in page", path, w.Code, w.Header().Get("Location"))
		}
	}
}

func TestFinanceOverviewAndDailyTotalsAgreeWithTheRows(t *testing.T) {
	t.Parallel()
	s, paid := financeSite(t)
	if _, err := s.payments.Refund(t.Context(), refund(t, paid[1].Parts[0].Payment, 500)); err != nil {
		t.Fatal(err)
	}
	finance := s.staff(shop.RoleFinance)
	mustContain(t, finance.page(urls.Finance()), []string{"$60.00", "$5.00 refunded, net $55.00", "Captured and refunded, USD", "Failed"})
	mustContain(t, finance.page(urls.FinanceReport("daily")), []string{">80.00<", ">60.00<", ">5.00<", ">55.00<"})

	period := shop.Period{From: shop.UTCDay(s.Store.Now()).AddDate(0, 0, -1), Until: shop.UTCDay(s.Store.Now()).AddDate(0, 0, 2)}
	days, err := s.Store.DailyTotals(t.Context(), period)
	if err != nil {
		t.Fatal(err)
	}
	got := shop.SumByCurrency(days)
	want := shop.DayTotal{
		Currency: "USD", Orders: s.Int(`SELECT count(*) FROM orders`), ItemsMinor: s.Int(`SELECT sum(subtotal_minor) FROM orders`),
		ShippingMinor: s.Int(`SELECT sum(shipping_minor) FROM orders`), TaxMinor: s.Int(`SELECT sum(tax_minor) FROM orders`),
		OnRecordMinor: s.Int(`SELECT sum(amount_minor) FROM payments`), CapturedMinor: s.Int(`SELECT sum(captured_minor) FROM payments`),
		RefundedMinor: s.Int(`SELECT sum(refunded_minor) FROM payments`),
	}
	if len(got) != 1 || got[0] != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func refund(t *testing.T, p shop.Payment, minor int64) shop.RefundCommand {
	t.Helper()
	key, err := shop.NewIdempotencyKey("test", fmt.Sprintf("refund-%d", p.ID), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	return shop.RefundCommand{PaymentID: p.ID, AmountMinor: &minor, Reason: "broken cup", Actor: shop.Actor{Kind: shop.ActorStaff, Name: "Test"}, Key: key}
}

func TestPaymentsAreFoundByEveryFilter(t *testing.T) {
	t.Parallel()
	s, paid := financeSite(t)
	finance := s.staff(shop.RoleFinance)
	one := paid[0].Parts[0]
	ref := s.Text(`SELECT provider_ref FROM payments WHERE id = $1`, one.ID)
	today := s.Store.Now().Format(time.DateOnly)
	cases := map[string]struct {
		query string
		want  int
	}{
		"everything":            {"", 4},
		"status":                {"status=failed", 1},
		"provider":              {"provider=simulated", 4},
		"unknown provider":      {"provider=olist", 0},
		"method":                {"method=card", 4},
		"currency":              {"currency=USD", 4},
		"another currency":      {"currency=JPY", 0},
		"period":                {"from=" + today + "&until=" + today, 4},
		"long ago":              {"until=2020-01-01", 0},
		"amount from":           {"least=20.01", 0},
		"amount between":        {"least=20&most=20", 4},
		"word: amount":          {"q=amount:>19.99", 4},
		"words together":        {"q=amount:20+status:captured,failed+created:today", 4},
		"word and field":        {"q=status:captured&method=card", 3},
		"order number":          {"q=" + one.OrderID.Number(), 1},
		"payment id":            {"q=" + strings.TrimPrefix(urls.FinancePayment(one.ID), "/finance/payments/"), 1},
		"provider's reference":  {"q=" + ref, 1},
		"charge key":            {"q=ref:" + one.ChargeKey, 1},
		"last four":             {"q=last4:0002", 1},
		"nobody's order number": {"q=order:6XKQ3-M8ZT-4K", 0},
	}
	for name, c := range cases {
		page := finance.page(urls.FinancePayments() + "?" + c.query)
		if got := strings.Count(page, `data-label="Payment"`); got != c.want {
			t.Errorf("%s: %d payments, want %d", name, got, c.want)
		}
	}
}

func TestAFilterThatMeansNothingLooksNothingUp(t *testing.T) {
	t.Parallel()
	s, _ := financeSite(t)
	finance := s.staff(shop.RoleFinance)
	for query, says := range map[string]string{
		"q=vip:yes":                        "There is no search key",
		"q=H528S-51F8-WX":                  "looks mistyped",
		"status=paid":                      "no payment status",
		"from=soon":                        "Write a day as",
		"from=2026-05-02&until=2026-05-01": "first day",
		"least=-1":                         "Write an amount",
		"before=nonsense":                  "not understood",
	} {
		w := finance.get(urls.FinancePayments() + "?" + query)
		if w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s answers %d", query, w.Code)
		}
		mustContain(t, w.Body.String(), []string{says, "not understood"}, `data-label="Payment"`)
	}
	if w := finance.get(urls.FinancePaymentsCSV() + "?q=vip:yes"); w.Code != http.StatusUnprocessableEntity || strings.Contains(w.Body.String(), "payment_id") {
		t.Errorf("the export answers %d:\n%s", w.Code, w.Body)
	}
}

// The totals are of all that match, also of what is on later pages, and walking the pages meets every payment once.
func TestTotalsCountEveryPage(t *testing.T) {
	t.Parallel()
	s, _ := financeSite(t)
	s.Exec(`INSERT INTO payments (order_id, id, checkout_id, status, provider, charge_key, currency, amount_minor, created_at, status_at)
		SELECT order_id, next_id(now()), checkout_id, 'failed', 'test', 'bulk-' || n, 'USD', n, now(), now()
		FROM (SELECT order_id, checkout_id FROM payments ORDER BY id LIMIT 1) one, generate_series(1, 120) n`)
	finance := s.staff(shop.RoleFinance)
	seen := map[string]bool{}
	next := urls.FinancePayments() + "?provider=test"
	pages := 0
	for ; next != "" && pages < 10; pages++ {
		page := finance.page(next)
		mustContain(t, page, []string{"all 120", ">72.60<"}) // 1 + 2 + ... + 120 cents
		next = ""
		for part := range strings.SplitSeq(page, `href="`) {
			link, _, _ := strings.Cut(part, `"`)
			if strings.HasPrefix(link, "/finance/payments/") {
				seen[link] = true
			}
			if strings.Contains(link, "before=") {
				next = strings.ReplaceAll(link, "&amp;", "&")
			}
		}
	}
	if len(seen) != 120 || pages != 3 {
		t.Errorf("%d payments on %d pages, want 120 on 3", len(seen), pages)
	}
}

func TestExportIsExactAndHarmless(t *testing.T) {
	t.Parallel()
	s, paid := financeSite(t)
	order := paid[0].Parts[0].OrderID
	// Enough rows for several batches, an amount beyond what a float holds, other exponents, and a formula.
	s.Exec(`INSERT INTO payments (order_id, id, checkout_id, status, provider, charge_key, currency, amount_minor, failure, created_at, status_at)
		SELECT $1, next_id(now()), checkout_id, 'failed', 'test', 'bulk-' || c || n, c, amount, '=HYPERLINK("http://evil.example")', now(), now()
		FROM payments, generate_series(1, 85) n, (VALUES ('JPY', 5800), ('KWD', 1234), ('USD', 9007199254740993)) v (c, amount) WHERE order_id = $1`, int64(order))
	answer, body := s.staff(shop.RoleFinance).download(urls.FinancePaymentsCSV() + "?provider=test")
	if answer.StatusCode != http.StatusOK || !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/csv") || !strings.Contains(answer.Header.Get("Content-Disposition"), "attachment") {
		t.Fatalf("the export answers %d %v", answer.StatusCode, answer.Header)
	}
	rows, err := csv.NewReader(bytes.NewReader(body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 1+3*85 {
		t.Fatalf("%d rows, want a header and 255", len(rows))
	}
	at := map[string]int{}
	for i, name := range rows[0] {
		at[name] = i
	}
	counts := map[string]int{}
	for _, row := range rows[1:] {
		counts[row[at["currency"]]+" "+row[at["amount"]]]++
		if failure := row[at["failure"]]; failure != `'=HYPERLINK("http://evil.example")` {
			t.Fatalf("a spreadsheet would run %q", failure)
		}
		if row[at["order_number"]] != order.Number() {
			t.Fatalf("row of order %q", row[at["order_number"]])
		}
	}
	for _, want := range []string{"JPY 5800", "KWD 1.234", "USD 90071992547409.93"} {
		if counts[want] != 85 {
			t.Errorf("%s stands in %d rows, want 85: %v", want, counts[want], counts)
		}
	}
}

func TestPaymentPageShowsTheWholeCharge(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tea, _ := s.Merchant("tea")
	cups, _ := s.Merchant("cups")
	customer, address := s.Customer("a@example.com")
	placed := s.Place(customer, address, s.SKU(tea, "TEA", 1000, 5), s.SKU(cups, "CUP", 333, 5))
	attempt := s.pay(placed, customer, simulated.TokenOK)
	if len(attempt.Parts) != 2 {
		t.Fatalf("the charge has %d parts, want 2", len(attempt.Parts))
	}
	finance := s.staff(shop.RoleFinance)
	page := finance.page(urls.FinancePayment(attempt.Parts[0].ID))
	mustContain(t, page, []string{"One charge over several orders", "$13.33", attempt.Parts[1].OrderID.Number(), urls.FinancePayment(attempt.Parts[1].ID), "Ask the provider"})
	mustContain(t, finance.page(urls.FinancePayment(attempt.Parts[0].ID)+"?ask=1"), []string{"the charge is captured."}, "something else")
	if w := finance.get(urls.FinancePayment(1)); w.Code != http.StatusNotFound {
		t.Errorf("an unknown payment answers %d", w.Code)
	}
}
