// Package views holds the pages: templ components over view models, never over
// rows. A page is a component that wraps its content in Layout; a fragment is a
// named component in the file of its page, used inside the page and alone when
// htmx asks for it.
package views

import (
	"time"

	"github.com/a-h/templ"

	"waybill/shop"
	"waybill/views/ui"
	"waybill/views/urls"
)

// Page is what every page tells the layout about itself and about who looks.
type Page struct {
	Title       string // of the document; the brand is added
	Description string // for search engines and link previews; optional
	Nav         string // URL of the navigation item that the page belongs to
	NavItems    []NavItem
	Viewer      Viewer
	Search      SearchBox
	Flash       ui.MessageProps // what was just done; no text is no message
	Errors      []shop.FieldError
	Theme       string // "light", "dark", or "" to follow the system
	Path        string // path and query of this page, to come back to
	RequestID   string // shown in the footer of staff pages and on error pages
	Breadcrumbs []ui.Crumb
	Live        bool          // the page has an hx-sse:connect element
	Wall        bool          // nothing but the content, for a screen that nobody touches
	CartCount   int           // units in the cart; shown to customers and guests
	Reload      time.Duration // until the page loads itself anew where scripts do not run, in whole seconds; 0 is never
	Shortcuts   []Shortcut    // of this page alone
}

// Shortcut is one line of the list of keys.
type Shortcut struct{ Keys, Meaning string }

// Viewer is who looks at the page. The zero value is a guest.
type Viewer struct {
	SignedIn bool
	Name     string
	Role     shop.Role
	Merchant string // whose staff it is, when Role is merchant
}

// Shops tells whether the viewer is somebody who buys.
func (v Viewer) Shops() bool {
	return !v.SignedIn || v.Role == shop.RoleCustomer
}

// NavItem is one entry of the main navigation.
type NavItem struct {
	Label string
	URL   string
	Icon  ui.IconName
	Keys  string // the shortcut, as typed: "g q"; optional
	Count string // beside the label, formatted; optional
}

// SearchBox is the search form of the header. The zero value shows none.
type SearchBox struct {
	Action string // submits by GET with q
	Label  string
	Value  string
}

// documentTitle follows the error summary's rule: a page that comes back with
// errors says so before anything else.
func (p Page) documentTitle() string {
	title := p.Title + " · Waybill"
	if p.Title == "" {
		title = "Waybill"
	}
	if len(p.Errors) > 0 {
		return "Error: " + title
	}
	return title
}

// attrs carries the shortcut to static/app.js.
func (n NavItem) attrs() templ.Attributes {
	attrs := templ.Attributes{}
	if n.Keys != "" {
		attrs["data-key"] = n.Keys
	}
	return attrs
}

// Navigation is the main navigation of a role; a guest has the shop's.
func Navigation(v Viewer) []NavItem {
	if v.Shops() {
		items := []NavItem{{Label: "Shop", URL: urls.Home(), Icon: ui.IconStore, Keys: "g h"}}
		if v.SignedIn {
			items = append(items, NavItem{Label: "Orders", URL: urls.AccountOrders(), Icon: ui.IconBox, Keys: "g o"})
		}
		return items
	}
	switch v.Role {
	case shop.RoleMerchant:
		return merchantNavigation()
	case shop.RoleFinance:
		return financeNavigation()
	case shop.RoleSupport:
		return []NavItem{
			{Label: "Find an order", URL: urls.Support(""), Icon: ui.IconBoxSearch, Keys: "g s"},
			{Label: "Stuck orders", URL: urls.SupportStuck(), Icon: ui.IconHourglass, Keys: "g t"},
			{Label: "Delivery problems", URL: urls.SupportDeliveries(), Icon: ui.IconTruck, Keys: "g y"},
		}
	default:
		return adminNavigation()
	}
}

func merchantNavigation() []NavItem {
	return []NavItem{
		{Label: "Today", URL: urls.MerchantDay(), Icon: ui.IconClipboard, Keys: "g d"},
		{Label: "Queue", URL: urls.MerchantQueue(), Icon: ui.IconInbox, Keys: "g q"},
		{Label: "Shipments", URL: urls.MerchantShipments(""), Icon: ui.IconTruck, Keys: "g o"},
		{Label: "Batches", URL: urls.MerchantBatches(), Icon: ui.IconLayers, Keys: "g b"},
		{Label: "Returns", URL: urls.MerchantReturns(), Icon: ui.IconReturn, Keys: "g t"},
		{Label: "Inventory", URL: urls.MerchantInventory(), Icon: ui.IconBoxes, Keys: "g i"},
		{Label: "Products", URL: urls.MerchantProducts(), Icon: ui.IconTag, Keys: "g p"},
		{Label: "Numbers", URL: urls.MerchantNumbers(), Icon: ui.IconChart, Keys: "g n"},
		{Label: "Terms", URL: urls.MerchantPromise(), Icon: ui.IconReceipt, Keys: "g ,"},
	}
}

// merchantTerms are the pages of what a merchant promises, asks for and takes off; current is the address of the open one.
func merchantTerms(current string) []ui.Tab {
	tabs := []ui.Tab{
		{Label: "Promise", URL: urls.MerchantPromise()},
		{Label: "Shipping rates", URL: urls.MerchantShipping()},
		{Label: "Taxes", URL: urls.MerchantTaxes()},
		{Label: "Discounts", URL: urls.MerchantDiscounts()},
		{Label: "Sender address", URL: urls.MerchantSender()},
	}
	for i := range tabs {
		tabs[i].Current = tabs[i].URL == current
	}
	return tabs
}

func financeNavigation() []NavItem {
	return []NavItem{
		{Label: "Overview", URL: urls.Finance(), Icon: ui.IconCoins, Keys: "g f"},
		{Label: "Payments", URL: urls.FinancePayments(), Icon: ui.IconCard, Keys: "g p"},
		{Label: "Daily totals", URL: urls.FinanceReport("daily"), Icon: ui.IconCalendar, Keys: "g d"},
		{Label: "Reconciliation", URL: urls.FinanceReconciliation(), Icon: ui.IconLedger, Keys: "g r"},
		{Label: "Exceptions", URL: urls.FinanceExceptions(), Icon: ui.IconAlert, Keys: "g x"},
		{Label: "Find an order", URL: urls.Support(""), Icon: ui.IconBoxSearch, Keys: "g s"},
	}
}

func adminNavigation() []NavItem {
	return []NavItem{
		{Label: "Admin", URL: urls.Admin(), Icon: ui.IconShield, Keys: "g a"},
		{Label: "Users", URL: urls.AdminUsers(), Icon: ui.IconUsers, Keys: "g u"},
		{Label: "Taxes", URL: urls.AdminTaxes(), Icon: ui.IconReceipt, Keys: "g t"},
		{Label: "Discounts", URL: urls.AdminDiscounts(), Icon: ui.IconTag, Keys: "g d"},
		{Label: "Settings", URL: urls.AdminSettings(), Icon: ui.IconSystem, Keys: "g ,"},
		{Label: "Verify", URL: urls.AdminVerify(), Icon: ui.IconDone, Keys: "g v"},
		{Label: "Find an order", URL: urls.Support(""), Icon: ui.IconBoxSearch, Keys: "g s"},
		{Label: "Finance", URL: urls.Finance(), Icon: ui.IconCoins, Keys: "g f"},
	}
}
