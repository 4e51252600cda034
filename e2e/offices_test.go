package e2e_test

import (
	"encoding/csv"
	"net/http"
	"strings"
	"testing"

	"waybill/db/dbtest/factory"
	"waybill/e2e/browser"
	"waybill/shop"
	"waybill/views/urls"
)

// deliver takes an order that was just paid to its customer, by one person.
func (h *house) deliver(number string, packer shop.User) {
	h.t.Helper()
	id, err := shop.ParseOrderNumber(number)
	if err != nil {
		h.t.Fatal(err)
	}
	h.Shipped(id, packer)
	if _, err := h.Store.DeliverFulfillment(h.t.Context(), factory.Work(id, packer)); err != nil {
		h.t.Fatal(err)
	}
}

func TestSupportFindsAnOrderAndReadsItsTimeline(t *testing.T) {
	t.Parallel()
	h, ada := kitchen(t)
	mia, _ := h.packers()
	number := h.as(ada).order()
	h.deliver(number, mia)

	p := h.as(h.staff("sue@example.com", "Sue Support", shop.RoleSupport, 0))
	search := func(what string) {
		p.visit(urls.Support(""))
		p.fill("What do you have?", what)
		p.follow(browser.Button("Search").In("What do you have?"))
	}
	for _, reference := range []string{
		number, strings.ToLower(strings.ReplaceAll(number, "-", " ")),
		h.Text(`SELECT provider_ref FROM payments`), h.Text(`SELECT tracking_number FROM fulfillments`),
	} {
		search(reference)
		p.see(number)
	}
	search(ada.Email) // a whole address leads straight to the customer
	p.see("Ada Buyer", number)
	p.visit(urls.Support(mistyped(number)))
	p.see("Is this an order number?", "looks mistyped")

	p.visit(urls.SupportOrder(number))
	p.see("Time in each state", "Paid, to pick", "Picking and packing", "Shipped", "under 1 s")
	p.see("Mia Packer", "4242")
	p.fill("Text", "The customer asked for a gift wrap.")
	p.follow(browser.Button("Add note"))
	p.see("The customer asked for a gift wrap.", "Sue Support")
}

func TestFinanceReconcilesToTheCent(t *testing.T) {
	t.Parallel()
	h, ada := kitchen(t)
	buyer := h.as(ada)
	buyer.order()
	buyer.order()

	p := h.as(h.staff("fin@example.com", "Fin Ance", shop.RoleFinance, 0))
	p.visit(urls.FinancePayments())
	p.see("2 matching payments", "4242", "85.00")
	p.visit(urls.FinanceReconciliation())
	p.see("Nothing was compared yet")
	p.follow(browser.Button("Compare"))
	p.see("2 movements", "$0.00")
	p.seeNot("differ 1")
	p.visit(urls.FinanceExceptions())
	p.examine("no exceptions")

	exported, err := browser.Evaluate[string](p.tab, `fetch("`+urls.FinancePaymentsCSV()+`").then((answer) => answer.text())`)
	p.must(err)
	if sum, want := capturedIn(t, exported), h.Int(`SELECT sum(captured_minor) FROM payments`); sum != want {
		t.Errorf("the export adds up to %d, our books to %d", sum, want)
	}

	// A charge that the processor knows nothing of is found, and named.
	h.Exec(`DELETE FROM simulated_processor.transactions WHERE ref = (SELECT max(ref) FROM simulated_processor.transactions)`)
	p.visit(urls.FinanceReconciliation())
	p.follow(browser.Button("Compare"))
	p.see("1 movement", "$42.50")
	p.visit(urls.FinanceExceptions())
	p.see("$42.50")
}

// capturedIn is the sum of the captured amounts of an export, in minor units of its only currency.
func capturedIn(t *testing.T, exported string) int64 {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(exported)).ReadAll()
	if err != nil || len(rows) < 2 {
		t.Fatalf("the export has %d rows, %v: %s", len(rows), err, exported)
	}
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	var sum int64
	for _, row := range rows[1:] {
		amount, err := shop.ParseAmount(row[column["captured"]], shop.Currency(row[column["currency"]]))
		if err != nil {
			t.Fatal(err)
		}
		sum += amount.Minor
	}
	return sum
}

func TestAdminSeesTheBooksChecked(t *testing.T) {
	t.Parallel()
	h, ada := kitchen(t)
	h.as(ada).order()
	p := h.as(h.staff("root@example.com", "Ro Ot", shop.RoleAdmin, 0))
	p.visit(urls.AdminVerify())
	p.see("Every rule of the books", "stock_counters_equal_ledger")
	p.seeNot("broken")
	h.Exec(`UPDATE stock_levels SET on_hand = on_hand + 1`)
	p.follow(browser.Link("Check again"))
	p.see("broken", "stock_counters_equal_ledger")

	p.visit(urls.AdminUsers())
	p.fill("E-mail", "new@example.com")
	p.fill("Name", "New Person")
	p.must(p.tab.Choose(browser.Field("Role"), "Support"))
	p.fill("Password", password)
	p.follow(browser.Button("Add the user"))
	p.see("New Person")
	h.as(shop.User{Email: "new@example.com"}).see("Find an order")

	p.visit(urls.AdminUsers())
	p.follow(browser.Link("ada@example.com"))
	p.follow(browser.Button("Disable"))
	disabled := h.guest()
	disabled.visit(urls.Login(""))
	disabled.fill("E-mail", ada.Email)
	disabled.fill("Password", password)
	disabled.followFor(browser.Button("Sign in").In("Password"), http.StatusUnprocessableEntity)
	disabled.examine("a refused sign-in")
}
