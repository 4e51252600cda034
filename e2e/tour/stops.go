package tour

import (
	"errors"
	"net/http"

	"waybill/e2e/browser"
	"waybill/views/urls"
)

// Stops are all pages, those of one person together.
func Stops() []Stop {
	var all []Stop
	for _, stops := range [][]Stop{guests(), customers(), merchants(), finance(), support(), admins()} {
		all = append(all, stops...)
	}
	return all
}

func guests() []Stop {
	return []Stop{
		{Name: "front", Path: urls.Home()},
		{Name: "products", Path: "/products"},
		{Name: "product", Path: "/products", Then: "/products/{slug}"},
		{Name: "category", Path: urls.Home(), Then: "/categories/{slug}"},
		{Name: "search", Path: urls.Search("a")},
		{Name: "search-empty", Path: urls.Search("no such thing")},
		{Name: "cart-empty", Path: urls.Cart()},
		{Name: "login", Path: urls.Login("")},
		{Name: "register", Path: urls.Register("")},
		{Name: "login-refused", Path: urls.Login(""), Do: signInWrongly},
		{Name: "not-found", Path: "/nowhere", Status: http.StatusNotFound},
		{Name: "api-docs", Path: urls.APIDocs()},
		{Name: "api-docs-search", Path: urls.APIDocsSearch("refund")},
		{Name: "api-docs-nothing", Path: urls.APIDocsSearch("no such thing")},
		{Name: "api-docs-shipments", Path: urls.APIDocsGroup("shipments")},
		{Name: "api-docs-problems", Path: urls.APIDocsProblems()},
		{Name: "api-problem", Path: urls.APIProblem("out-of-stock")},
	}
}

func customers() []Stop {
	return as(Customer, []Stop{
		{Name: "cart", Path: "/products", Do: addToCart},
		{Name: "checkout", Path: urls.Checkout()},
		{Name: "orders", Path: urls.AccountOrders(), List: true},
		{Name: "orders-none", Path: urls.With(urls.AccountOrders(), urls.Query{{Name: "q", Value: "no such thing"}})},
		{Name: "order", Path: urls.With(urls.AccountOrders(), urls.Query{{Name: "status", Value: "shipped"}}), Then: "/account/orders/{number}", Picture: "order"},
		{Name: "order-unpaid", Path: urls.AccountOrders(), Then: "/account/orders/{number}"},
		{Name: "return-choose", Path: urls.With(urls.AccountOrders(), urls.Query{{Name: "status", Value: "delivered"}}), By: []string{"/account/orders/{number}"}, Then: "/account/orders/{number}/return"},
		{Name: "order-returned", Path: urls.With(urls.AccountOrders(), urls.Query{{Name: "status", Value: "delivered"}}), Then: "/account/orders/{number}"},
		{Name: "reorder", Path: urls.AccountOrders(), Then: "/account/orders/{number}/reorder"},
		{Name: "addresses", Path: urls.AccountAddresses()},
		{Name: "address", Path: urls.AccountAddresses(), Then: "/account/addresses/{id}"},
		{Name: "order-mistyped", Path: urls.AccountOrder("2222"), Status: http.StatusNotFound},
	})
}

func merchants() []Stop {
	stage := func(name string) string {
		return urls.With(urls.MerchantQueue(), urls.Query{{Name: "stage", Value: name}})
	}
	return as(Merchant, []Stop{
		{Name: "day", Path: urls.MerchantDay(), Live: true},
		{Name: "waiting", Path: urls.MerchantWaiting(), List: true},
		{Name: "queue-wall", Path: urls.MerchantWall(), Live: true},
		{Name: "queue", Path: urls.MerchantQueue(), Live: true, Picture: "queue", PhonePicture: "queue-phone", List: true},
		{Name: "queue-picking", Path: stage("picking"), Live: true, List: true},
		{Name: "queue-pack", Path: stage("pack"), Live: true, List: true},
		{Name: "queue-ready", Path: stage("ready"), Live: true, List: true},
		{Name: "queue-shipped", Path: stage("shipped"), Live: true, List: true},
		{Name: "queue-stuck", Path: stage("stuck"), Live: true, List: true},
		{Name: "queue-narrowed", Path: urls.With(urls.MerchantQueue(), urls.Query{{Name: "sort", Value: "-value"}, {Name: "country", Value: "US"}, {Name: "value", Value: "10.."}}), Live: true},
		{Name: "queue-refused", Path: urls.With(urls.MerchantQueue(), urls.Query{{Name: "country", Value: "Atlantis"}}), Status: http.StatusUnprocessableEntity},
		{Name: "queue-views", Path: urls.MerchantQueueViews("stage=pack")},
		{Name: "queue-run", Path: urls.MerchantQueue(), Do: claimTicked},
		{Name: "queue-print", Path: stage("ready"), Do: pressed("p", "as one document")},
		{Name: "queue-ship", Path: stage("ready"), Do: pressed("h", "will be changed")},
		{Name: "merchant-promise", Path: urls.MerchantPromise()},
		{Name: "merchant-order", Path: urls.MerchantQueue(), Then: "/merchant/orders/{number}"},
		{Name: "merchant-refund", Path: urls.MerchantQueue(), By: []string{"/merchant/orders/{number}"}, Then: "/merchant/orders/{number}/refund"},
		{Name: "pick", Path: stage("picking"), Then: "/merchant/pick/{number}"},
		{Name: "short", Path: stage("picking"), By: []string{"/merchant/pick/{number}"}, Then: "/merchant/pick/{number}/short"},
		{Name: "returns", Path: urls.MerchantReturns(), List: true},
		{Name: "returns-none", Path: urls.MerchantReturnsIn("cancelled")},
		{Name: "return-decide", Path: urls.MerchantReturns(), Then: "/merchant/returns/{return}"},
		{Name: "return-receive", Path: urls.MerchantReturnsIn("in_transit"), Then: "/merchant/returns/{return}"},
		{Name: "return-refund", Path: urls.MerchantReturnsIn("received"), Then: "/merchant/returns/{return}"},
		{Name: "pick-print", Path: stage("picking"), By: []string{"/merchant/pick/{number}"}, Then: "/merchant/pick/{number}/print"},
		{Name: "batches", Path: urls.MerchantBatches(), Live: true, List: true},
		{Name: "batch-preview", Path: urls.With(urls.MerchantBatches(), urls.Query{{Name: "kind", Value: "totes"}})},
		{Name: "batch-refused", Path: urls.With(urls.MerchantBatches(), urls.Query{{Name: "kind", Value: "sku"}}), Status: http.StatusUnprocessableEntity},
		{Name: "batch", Path: urls.MerchantBatches(), Then: "/merchant/pick/batches/{id}", Live: true, Picture: "batch", PhonePicture: "batch-phone"},
		{Name: "batch-print", Path: urls.MerchantBatches(), By: []string{"/merchant/pick/batches/{id}"}, Then: "/merchant/pick/batches/{id}/print"},
		{Name: "scans", Path: urls.MerchantScans()},
		{Name: "pack", Path: stage("pack"), Then: "/merchant/pack/{number}"},
		{Name: "ship", Path: stage("ready"), Then: "/merchant/pack/{number}"},
		{Name: "shipments", Path: urls.MerchantShipments("ready"), List: true},
		{Name: "shipments-problems", Path: urls.MerchantShipments("problems"), List: true},
		{Name: "shipments-all", Path: urls.MerchantShipments("all"), List: true},
		{Name: "shipment", Path: urls.MerchantShipments("all"), Then: "/merchant/shipments/{shipment}"},
		{Name: "shipment-late", Path: urls.MerchantShipments("late"), Then: "/merchant/shipments/{shipment}"},
		{Name: "shipments-stopped", Path: urls.MerchantShipments("exception")},
		{Name: "shipment-stopped", Path: urls.MerchantShipments("exception"), Then: "/merchant/shipments/{shipment}"},
		{Name: "shipment-lost", Path: urls.MerchantShipments("lost"), Then: "/merchant/shipments/{shipment}"},
		{Name: "claims", Path: urls.MerchantCarrierClaims("open"), List: true},
		{Name: "claims-paid", Path: urls.MerchantCarrierClaims("paid")},
		{Name: "claim", Path: urls.MerchantCarrierClaims("open"), Then: "/merchant/claims/{claim}"},
		{Name: "boxes", Path: urls.MerchantBoxes()},
		{Name: "box", Path: urls.MerchantBoxes(), Then: "/merchant/boxes/{box}"},
		{Name: "inventory", Path: urls.MerchantInventory(), List: true},
		{Name: "locations", Path: urls.MerchantLocations(), List: true},
		{Name: "location", Path: urls.MerchantLocations(), Then: "/merchant/locations/{location}"},
		{Name: "stock", Path: urls.MerchantInventory(), Then: "/merchant/inventory/{sku}"},
		{Name: "stock-work", Path: urls.MerchantInventory(), By: []string{"/merchant/inventory/{sku}"}, Then: "/merchant/inventory/{sku}/work"},
		{Name: "low-stock", Path: urls.MerchantLowStock(), List: true},
		{Name: "counts", Path: urls.MerchantCounts(), List: true},
		{Name: "count", Path: urls.MerchantCounts(), Then: "/merchant/counts/{count}"},
		{Name: "merchant-discounts", Path: urls.MerchantDiscounts(), List: true},
		{Name: "merchant-shipping", Path: urls.MerchantShipping()},
		{Name: "merchant-taxes", Path: urls.MerchantTaxes()},
		{Name: "merchant-sender", Path: urls.MerchantSender()},
		{Name: "merchant-products", Path: urls.MerchantProducts(), List: true},
		{Name: "merchant-product", Path: urls.MerchantProducts(), Then: "/merchant/products/{product}"},
		{Name: "merchant-product-new", Path: urls.MerchantProductNew()},
		{Name: "merchant-sku", Path: urls.MerchantProducts(), By: []string{"/merchant/products/{product}"}, Then: "/merchant/products/{product}/skus/{sku}"},
		{Name: "merchant-sku-new", Path: urls.MerchantProducts(), By: []string{"/merchant/products/{product}"}, Then: "/merchant/products/{product}/skus/new"},
		{Name: "merchant-numbers", Path: urls.With(urls.MerchantNumbers(), urls.Query{{Name: "period", Value: "week"}})},
		{Name: "merchant-numbers-parcels", Path: urls.With(urls.MerchantNumbersParcels(), urls.Query{{Name: "period", Value: "week"}, {Name: "what", Value: "shipped"}}), List: true},
		{Name: "merchant-import", Path: urls.MerchantCatalogFiles()},
		{Name: "merchant-import-report", Path: urls.MerchantCatalogFiles(), Then: "/merchant/products/import/{file}"},
	})
}

func finance() []Stop {
	return as(Finance, []Stop{
		{Name: "finance", Path: urls.Finance()},
		{Name: "payments", Path: urls.FinancePayments(), List: true},
		{Name: "payments-refused", Path: urls.With(urls.FinancePayments(), urls.Query{{Name: "q", Value: "amount:>x"}}), Status: http.StatusUnprocessableEntity},
		{Name: "payment", Path: urls.FinancePayments(), Then: "/finance/payments/{id}"},
		{Name: "daily", Path: urls.FinanceReport("daily")},
		{Name: "reconciliation", Path: urls.FinanceReconciliation(), List: true},
		{Name: "reconciliation-run", Path: urls.FinanceReconciliation(), Then: "/finance/reconciliation/{id}", Picture: "reconciliation"},
		{Name: "exceptions", Path: urls.FinanceExceptions(), List: true},
		{Name: "exception", Path: urls.FinanceExceptions(), Then: "/finance/exceptions/{id}"},
	})
}

func support() []Stop {
	return as(Support, []Stop{
		{Name: "support", Path: urls.Support("")},
		{Name: "support-found", Path: urls.Support("customer@demo"), List: true},
		{Name: "support-mistyped", Path: urls.Support("6XKQ3-M8ZT-4A")},
		{Name: "support-stuck", Path: urls.SupportStuck(), List: true},
		{Name: "support-deliveries", Path: urls.SupportDeliveries(), List: true},
		{Name: "support-deliveries-stopped", Path: urls.SupportDeliveries() + "?problem=exception"},
		{Name: "support-customer", Path: urls.Support("customer@demo"), Then: "/support/customers/{id}"},
		{Name: "support-order", Path: urls.SupportStuck(), Then: "/support/orders/{number}", Picture: "support"},
		{Name: "support-refund", Path: urls.Support("customer@demo.test"), By: []string{"/support/customers/{id}", "/support/orders/{number}"}, Among: "Delivered", Then: "/support/orders/{number}/refund"},
	})
}

func admins() []Stop {
	return as(Admin, []Stop{
		{Name: "admin", Path: urls.Admin()},
		{Name: "verify", Path: urls.AdminVerify()},
		{Name: "merchants", Path: urls.AdminMerchants(), List: true},
		{Name: "users", Path: urls.AdminUsers(), List: true},
		{Name: "user", Path: urls.AdminUsers(), Then: "/admin/users/{id}"},
		{Name: "taxes", Path: urls.AdminTaxes(), List: true},
		{Name: "tax-end", Path: urls.AdminTaxes(), Then: "/admin/taxes/{id}/end"},
		{Name: "shop-discounts", Path: urls.AdminDiscounts(), List: true},
		{Name: "settings", Path: urls.AdminSettings()},
		{Name: "roles", Path: urls.AdminRoles()},
		{Name: "audit", Path: urls.AdminAudit(), List: true},
		{Name: "api-keys", Path: urls.AdminAPIKeys()},
		{Name: "gallery", Path: urls.AdminGallery()},
	})
}

func as(who string, stops []Stop) []Stop {
	for i := range stops {
		stops[i].As = who
	}
	return stops
}

func signInWrongly(tab *browser.Tab) error {
	return signIn(tab, "nobody@demo.test", "wrong", http.StatusUnprocessableEntity)
}

// addToCart takes the first product that there is any of: what has sold out depends on the hour at which the demo is made.
func addToCart(tab *browser.Tab) error {
	product, err := browser.Evaluate[string](tab, `[...document.querySelectorAll("main [data-row]")].find((row) => !row.innerText.includes("Out of stock")).querySelector("a").href`)
	if err != nil {
		return err
	}
	if _, err := tab.Visit(product); err != nil {
		return err
	}
	_, err = tab.Follow(browser.Button("Add to cart"))
	return errors.Join(err, tab.See("cart"))
}

// pressed goes to the first row and presses a key for it, which leads to a page that says something.
func pressed(key, says string) func(*browser.Tab) error {
	return func(tab *browser.Tab) error {
		if err := tab.Press("j"); err != nil {
			return err
		}
		_, err := tab.PressOn(key)
		return errors.Join(err, tab.See(says))
	}
}

// claimTicked claims the first parcel of the queue with the keys, as one of those that are ticked.
func claimTicked(tab *browser.Tab) error {
	if err := tab.Press("j"); err != nil {
		return err
	}
	_, err := tab.PressOn("c")
	return errors.Join(err, tab.See("parcel claimed"))
}
