// Package tour walks through every page of the demo shop, each as somebody who may see it.
package tour

import (
	"errors"
	"fmt"
	"net/http"

	"waybill/e2e/browser"
	"waybill/views/urls"
)

// Stop is a page to look at.
type Stop struct {
	Name   string // unique, fit for a file name
	As     string // the demo account that looks; "" is a guest
	Path   string
	Via    string                   // CSS selector of a link at Path that leads on to the page; "" is Path itself
	Do     func(*browser.Tab) error // done there before looking; nil is nothing
	Status int                      // that the page answers; 0 is 200

	Picture string // its name among the README's pictures; "" is none
}

// The demo's people and what opens their accounts.
const (
	Customer = "customer@demo.test"
	Merchant = "merchant@demo.test"
	Finance  = "finance@demo.test"
	Support  = "support@demo.test"
	Admin    = "admin@demo.test"
	password = "demo"
)

// to is the selector of a link into a part of the site.
func to(prefix string) string { return fmt.Sprintf("main a[href^=%q]", prefix) }

// Stops are all pages, those of one person together.
func Stops() []Stop {
	return []Stop{
		{Name: "front", Path: urls.Home()},
		{Name: "products", Path: "/products"},
		{Name: "product", Path: "/products", Via: to("/products/")},
		{Name: "category", Path: urls.Home(), Via: to("/categories/")},
		{Name: "search", Path: urls.Search("a")},
		{Name: "search-empty", Path: urls.Search("no such thing")},
		{Name: "cart-empty", Path: urls.Cart()},
		{Name: "login", Path: urls.Login("")},
		{Name: "login-refused", Path: urls.Login(""), Do: signInWrongly, Status: http.StatusUnprocessableEntity},
		{Name: "not-found", Path: "/nowhere", Status: http.StatusNotFound},
		{Name: "history", As: Customer, Path: urls.AccountOrders()},
		{Name: "order", As: Customer, Path: urls.With(urls.AccountOrders(), urls.Query{{Name: "status", Value: "shipped"}}), Via: to("/account/orders/"), Picture: "order"},
		{Name: "addresses", As: Customer, Path: urls.AccountAddresses()},
		{Name: "queue", As: Merchant, Path: urls.MerchantQueue(), Picture: "queue"},
		{Name: "merchant-order", As: Merchant, Path: urls.MerchantQueue(), Via: to("/merchant/orders/")},
		{Name: "inventory", As: Merchant, Path: urls.MerchantInventory()},
		{Name: "inventory-sku", As: Merchant, Path: urls.MerchantInventory(), Via: to("/merchant/inventory/")},
		{Name: "finance", As: Finance, Path: urls.Finance()},
		{Name: "payments", As: Finance, Path: urls.FinancePayments()},
		{Name: "payment", As: Finance, Path: urls.FinancePayments(), Via: to("/finance/payments/")},
		{Name: "daily", As: Finance, Path: "/finance/reports/daily"},
		{Name: "reconciliation", As: Finance, Path: urls.FinanceReconciliation()},
		{Name: "reconciliation-run", As: Finance, Path: urls.FinanceReconciliation(), Via: to("/finance/reconciliation/"), Picture: "reconciliation"},
		{Name: "exceptions", As: Finance, Path: urls.FinanceExceptions()},
		{Name: "support", As: Support, Path: urls.Support("")},
		{Name: "support-customer", As: Support, Path: urls.Support("customer@demo.test"), Via: to("/support/customers/")},
		{Name: "support-order", As: Support, Path: "/support/stuck", Via: to("/support/orders/"), Picture: "support"},
		{Name: "admin", As: Admin, Path: urls.Admin()},
		{Name: "verify", As: Admin, Path: urls.AdminVerify()},
		{Name: "users", As: Admin, Path: urls.AdminUsers()},
		{Name: "user", As: Admin, Path: urls.AdminUsers(), Via: to("/admin/users/")},
		{Name: "roles", As: Admin, Path: urls.AdminRoles()},
		{Name: "api-keys", As: Admin, Path: urls.AdminAPIKeys()},
		{Name: "audit", As: Admin, Path: urls.AdminAudit()},
	}
}

// Guide takes people around, each in a browser of their own.
type Guide struct {
	Site    string // address of a server with the demo's data, without a slash at the end
	Browser *browser.Browser
	people  map[string]*browser.Tab
}

// Go leads to a stop and returns the tab that shows it. The tab is the guide's until Close.
func (g *Guide) Go(s Stop, look browser.Look) (*browser.Tab, error) {
	tab, err := g.person(s.As)
	if err != nil {
		return nil, fmt.Errorf("sign in as %s: %w", s.As, err)
	}
	if err := tab.Resize(look); err != nil {
		return nil, err
	}
	if err := g.lead(tab, s); err != nil {
		return nil, fmt.Errorf("%s: %w", s.Name, err)
	}
	return tab, nil
}

func (g *Guide) lead(tab *browser.Tab, s Stop) error {
	status, err := tab.Visit(g.Site + s.Path)
	if err != nil {
		return err
	}
	if s.Via != "" {
		href, err := browser.Evaluate[string](tab, fmt.Sprintf("document.querySelector(%q)?.href ?? ''", s.Via))
		if err != nil || href == "" {
			return errors.Join(err, fmt.Errorf("%s has no link %s", s.Path, s.Via))
		}
		if status, err = tab.Visit(href); err != nil {
			return err
		}
	}
	if s.Do != nil {
		return s.Do(tab)
	}
	if want := max(s.Status, http.StatusOK); status != want {
		return fmt.Errorf("the page answers %d, not %d", status, want)
	}
	return nil
}

// person is the tab of somebody who is signed in.
func (g *Guide) person(email string) (*browser.Tab, error) {
	if tab, known := g.people[email]; known {
		return tab, nil
	}
	tab, err := g.Browser.Open(browser.Look{})
	if err != nil {
		return nil, err
	}
	if g.people == nil {
		g.people = map[string]*browser.Tab{}
	}
	g.people[email] = tab
	if email == "" {
		return tab, nil
	}
	if _, err := tab.Visit(g.Site + urls.Login("")); err != nil {
		return nil, err
	}
	return tab, signIn(tab, email, password, http.StatusOK)
}

// Close sends everybody home.
func (g *Guide) Close() {
	for _, tab := range g.people {
		tab.Close()
	}
}

// Problems are what the browsers complained about on the way.
func (g *Guide) Problems() []string {
	var all []string
	for _, tab := range g.people {
		all = append(all, tab.Problems()...)
	}
	return all
}

func signInWrongly(tab *browser.Tab) error {
	return signIn(tab, "nobody@demo.test", "wrong", http.StatusUnprocessableEntity)
}

// signIn fills in the sign-in page that is open.
func signIn(tab *browser.Tab, email, password string, want int) error {
	if err := errors.Join(tab.Fill(browser.Field("E-mail"), email), tab.Fill(browser.Field("Password"), password)); err != nil {
		return err
	}
	return follow(tab, browser.Button("Sign in").In("Password"), want)
}

func follow(tab *browser.Tab, e browser.Element, want int) error {
	status, err := tab.Follow(e)
	if err == nil && status != want {
		err = fmt.Errorf("%s leads to %d, not %d", e, status, want)
	}
	return err
}
