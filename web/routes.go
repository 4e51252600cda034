package web

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/alexedwards/scs/v2"
	"github.com/go-chi/chi/v5"

	"waybill/handlers"
	"waybill/handlers/api"
	"waybill/shop"
	"waybill/static"
	"waybill/views/urls"
)

// apiPrefix starts every path of the JSON door.
const apiPrefix = "/api/"

// Deps is what the routes need from the program.
type Deps struct {
	Config    ServerConfig
	Log       *slog.Logger
	Telemetry *Telemetry
	Sessions  *scs.SessionManager

	// Shutdown ends when the server begins to stop: readiness turns false and streams
	// are closed.
	Shutdown context.Context
	Ready    []Check

	Pages     *handlers.Handlers
	PageError ErrorRenderer // refusals of pages and fragments
	API       *api.API
	APIError  ErrorRenderer // refusals under apiPrefix
}

// Routes is every address of the program, grouped by who may call it.
func Routes(d Deps) http.Handler { return newShell(d).routes() }

func (s *shell) routes() http.Handler {
	r := s.root()

	// Those who watch the server. Outside the gate: a full house must not look dead.
	r.Get("/healthz", healthz)
	r.Get("/readyz", s.readyz)
	r.With(s.guardMetrics).Method(http.MethodGet, "/metrics", s.Telemetry.handler())
	r.Method(http.MethodGet, "/static/*", static.Handler())
	r.With(s.through(s.requests), deadline(requestDeadline)).Get("/pictures/{hash}", s.Pages.Page(s.Pages.Picture))
	r.With(s.through(s.requests), deadline(requestDeadline)).Get("/pictures/{hash}/small", s.Pages.Page(s.Pages.SmallPicture))

	// Pages and forms: session, form checks, CSRF.
	r.Group(func(r chi.Router) {
		r.Use(s.browser()...)
		r.Use(s.Pages.Identify)
		s.buyers(r)
		// Merchants: queue, pick, pack, inventory.
		r.Group(s.merchants)
		// Finance: payments, reconciliation, ledger.
		r.Group(func(r chi.Router) {
			r.Use(s.Pages.Require(shop.RoleFinance, shop.RoleAdmin))
			r.Get("/finance", s.Pages.Page(s.Pages.Finance))
			r.Get("/finance/reports/daily", s.Pages.Page(s.Pages.FinanceDaily))
			r.Get("/finance/payments", s.Pages.Page(s.Pages.FinancePayments))
			r.Get("/finance/payments/{id}", s.Pages.Page(s.Pages.FinancePayment))
			r.Get("/finance/reconciliation", s.Pages.Page(s.Pages.FinanceReconciliation))
			r.Post("/finance/reconciliation", s.Pages.Page(s.Pages.FinanceReconcile))
			r.Get("/finance/reconciliation/{id}", s.Pages.Page(s.Pages.FinanceReconciliationRun))
			r.Get("/finance/exceptions", s.Pages.Page(s.Pages.FinanceExceptions))
			r.Get("/finance/exceptions/{id}", s.Pages.Page(s.Pages.FinanceException))
			r.Post("/finance/exceptions/{id}/own", s.Pages.Page(s.Pages.FinanceExceptionOwn))
			r.Post("/finance/exceptions/{id}/resolve", s.Pages.Page(s.Pages.FinanceExceptionResolve))
		})
		// Support: orders and their timelines. Finance reads the same orders and changes none.
		r.Group(func(r chi.Router) {
			r.Use(s.Pages.Require(shop.RoleSupport, shop.RoleFinance, shop.RoleAdmin))
			r.Get("/support", s.Pages.Page(s.Pages.Support))
			r.Get("/support/stuck", s.Pages.Page(s.Pages.SupportStuck))
			r.Get("/support/deliveries", s.Pages.Page(s.Pages.SupportDeliveries))
			r.Get("/support/orders/{number}", s.Pages.Page(s.Pages.SupportOrder))
			r.Get("/support/customers/{id}", s.Pages.Page(s.Pages.SupportCustomer))
		})
		r.Group(func(r chi.Router) {
			r.Use(s.Pages.Require(shop.RoleSupport, shop.RoleAdmin))
			r.Post("/support/orders/{number}/notes", s.Pages.Page(s.Pages.SupportNote))
			r.Post("/support/orders/{number}/cancel", s.Pages.Page(s.Pages.SupportOrderCancel))
			r.Get("/support/orders/{number}/refund", s.Pages.Page(s.Pages.SupportRefundPage))
			r.Post("/support/orders/{number}/refund", s.Pages.Page(s.Pages.SupportRefund))
			r.Post("/support/orders/{number}/refunds/{refund}/retry", s.Pages.Page(s.Pages.SupportRefundRetry))
		})
		// Admins: users, keys, health of the books.
		r.Group(s.admins)
	})

	// An order and all orders, to their buyer: the most read pages, shown again as they were drawn while nothing has changed.
	r.Group(func(r chi.Router) {
		r.Use(s.Pages.AboutOrder)
		r.Use(s.browser()...)
		r.Use(s.Pages.Identify, s.Pages.Require(shop.RoleCustomer))
		r.Get("/account/orders/{number}", s.Pages.Page(s.Pages.AccountOrder))
	})
	r.Group(func(r chi.Router) {
		r.Use(s.Pages.AboutHistory)
		r.Use(s.browser()...)
		r.Use(s.Pages.Identify, s.Pages.Require(shop.RoleCustomer))
		r.Get("/account/orders", s.Pages.Page(s.Pages.AccountOrders))
	})

	// Merchants' forms with long texts, and files.
	r.Group(func(r chi.Router) {
		r.Use(s.editors()...)
		r.Use(s.Pages.Identify, s.Pages.Require(shop.RoleMerchant))
		r.Post("/merchant/products", s.Pages.Page(s.Pages.MerchantProductAdd))
		r.Post("/merchant/products/{product}", s.Pages.Page(s.Pages.MerchantProductChange))
	})
	// Customers' requests to return something, with a picture.
	r.Group(func(r chi.Router) {
		r.Use(s.uploads(shop.RoleCustomer)...)
		r.Post("/account/orders/{number}/return", s.Pages.Page(s.Pages.ReturnRequest))
	})
	r.Group(func(r chi.Router) {
		r.Use(s.uploads(shop.RoleMerchant)...)
		r.Post("/merchant/products/{product}/picture", s.Pages.Page(s.Pages.MerchantProductPicture))
		r.Post("/merchant/products/import", s.Pages.Page(s.Pages.MerchantCatalogUpload))
	})

	// Live pages (SSE) and long answers: session, no deadline, closed first at shutdown.
	r.Group(func(r chi.Router) {
		r.Use(s.live()...)
		r.Use(s.Pages.Identify)
		r.With(s.Pages.Require(shop.RoleFinance, shop.RoleAdmin)).Get("/finance/payments.csv", s.Pages.Page(s.Pages.FinancePaymentsCSV))
		r.With(s.Pages.Require(shop.RoleMerchant)).Get("/merchant/products.csv", s.Pages.Page(s.Pages.MerchantCatalogCSV))
		r.With(s.Pages.Require(shop.RoleMerchant)).Get("/merchant/products/import/{file}/refused.csv", s.Pages.Page(s.Pages.MerchantCatalogRejects))
		r.With(s.Pages.Require(shop.RoleAdmin)).Get("/admin/verify", s.Pages.Page(s.Pages.AdminVerify))
		r.With(s.Pages.RequireLive(shop.RoleCustomer)).Get("/account/orders/{number}/stream", s.Pages.Page(s.Pages.AccountOrderStream))
		r.With(s.Pages.RequireLive(shop.RoleMerchant)).Get("/merchant/queue/stream", s.Pages.Page(s.Pages.MerchantQueueStream))
		r.With(s.Pages.RequireLive(shop.RoleMerchant)).Get("/merchant/stream", s.Pages.Page(s.Pages.MerchantDayStream))
		r.With(s.Pages.RequireLive(shop.RoleMerchant)).Get("/merchant/shipments/stream", s.Pages.Page(s.Pages.MerchantProblemsStream))
		r.With(s.Pages.RequireLive(shop.RoleSupport, shop.RoleFinance, shop.RoleAdmin)).Get("/support/deliveries/stream", s.Pages.Page(s.Pages.SupportDeliveriesStream))
		r.With(s.Pages.RequireLive(shop.RoleMerchant)).Get("/merchant/low-stock/stream", s.Pages.Page(s.Pages.MerchantLowStockStream))
		r.With(s.Pages.RequireLive(shop.RoleMerchant)).Get("/merchant/pick/batches/stream", s.Pages.Page(s.Pages.MerchantBatchesStream))
		r.With(s.Pages.RequireLive(shop.RoleMerchant)).Get("/merchant/pick/batches/{id}/stream", s.Pages.Page(s.Pages.MerchantBatchStream))
	})

	// Carriers: signed messages, no session.
	r.With(s.api()...).Post("/webhooks/carriers/{name}", s.Pages.CarrierWebhook)

	// Programs: bearer keys, JSON, no session.
	r.With(s.api()...).With(s.compress).Get(urls.APIDocument(), api.Document)
	r.Route("/api/v1", func(r chi.Router) {
		r.Group(s.programs)
		r.Group(s.pictureUploads)
	})
	return r
}

// admins are the pages of those who run it.
func (s *shell) admins(r chi.Router) {
	p := s.Pages
	r.Use(p.Require(shop.RoleAdmin))
	r.Get("/admin", p.Page(p.Admin))
	r.Get("/admin/roles", p.Page(p.AdminRoles))
	r.Get("/admin/audit", p.Page(p.AdminAudit))
	r.Get("/admin/gallery", p.Page(p.AdminGallery))
	r.Get("/admin/merchants", p.Page(p.AdminMerchants))
	r.Post("/admin/merchants", p.Page(p.AdminMerchantAdd))
	r.Get("/admin/users", p.Page(p.AdminUsers))
	r.Post("/admin/users", p.Page(p.AdminUserAdd))
	r.Get("/admin/users/{id}", p.Page(p.AdminUser))
	r.Post("/admin/users/{id}/disable", p.Page(p.AdminUserChange(shop.AccountDisable, "The account is disabled.")))
	r.Post("/admin/users/{id}/enable", p.Page(p.AdminUserChange(shop.AccountEnable, "The account is enabled.")))
	r.Post("/admin/users/{id}/sign-out", p.Page(p.AdminUserChange(shop.AccountEndSessions, "All sessions of the account have ended.")))
	r.Post("/admin/users/{id}/password", p.Page(p.AdminUserChange(shop.AccountPassword, "The password is set, and all sessions have ended.")))
	r.Get("/admin/taxes", p.Page(p.AdminTaxes))
	r.Post("/admin/taxes", p.Page(p.AdminTaxAdd))
	r.Get("/admin/taxes/{id}/end", p.Page(p.AdminTaxEndPage))
	r.Post("/admin/taxes/{id}/end", p.Page(p.AdminTaxEnd))
	r.Get("/admin/discounts", p.Page(p.Discounts))
	r.Post("/admin/discounts", p.Page(p.DiscountAdd))
	r.Post("/admin/discounts/{id}/end", p.Page(p.DiscountEnd))
	r.Get("/admin/settings", p.Page(p.AdminSettings))
	r.Post("/admin/settings", p.Page(p.AdminSettingsSave))
	r.Get("/admin/api-keys", p.Page(p.AdminAPIKeys))
	r.Post("/admin/api-keys", p.Page(p.AdminAPIKeyAdd))
	r.Post("/admin/api-keys/{id}/revoke", p.Page(p.AdminAPIKeyRevoke))
}

// buyers are the pages of the shop and of those who buy in it.
func (s *shell) buyers(r chi.Router) {
	p := s.Pages
	// Anybody: catalog, cart, sign-in, the reference for developers.
	r.Get("/", p.Page(p.Front))
	r.Get("/products", p.Page(p.Products))
	r.Get("/products/{slug}", p.Page(p.Product))
	r.Get("/products/{slug}/stock", p.Page(p.ProductStock))
	r.Get("/categories/{slug}", p.Page(p.Category))
	r.Get("/search", p.Page(p.Search))
	r.Get("/cart", p.Page(p.Cart))
	r.Post("/cart/items", p.Page(p.CartAdd))
	r.Post("/cart/items/{sku}", p.Page(p.CartUpdate))
	r.Post("/cart/items/{sku}/remove", p.Page(p.CartRemove))
	r.Post("/cart/codes", p.Page(p.CartCode))
	r.Post("/cart/services", p.Page(p.CartServices))
	r.Post("/cart/codes/{code}/remove", p.Page(p.CartCodeRemove))
	r.Get("/login", p.Page(p.LoginPage))
	r.Post("/login", p.Page(p.Login))
	r.Get("/register", p.Page(p.RegisterPage))
	r.Post("/register", p.Page(p.Register))
	r.Post("/logout", p.Page(p.Logout))
	r.Post("/theme", p.Page(p.Theme))
	r.Post("/currency", p.Page(p.Currency))
	r.Get("/api/docs", p.Page(p.APIReference))
	r.Get("/api/docs/problems", p.Page(p.APIProblems))
	r.Get("/api/docs/{group}", p.Page(p.APIReferenceGroup))
	r.Get("/api/problems/{slug}", p.Page(p.APIProblem))
	// Customers: checkout, account.
	r.Group(func(r chi.Router) {
		r.Use(p.Require(shop.RoleCustomer))
		r.Get("/checkout", p.Page(p.CheckoutPage))
		r.Post("/checkout", p.Page(p.Checkout))
		r.Get("/checkout/{number}/pay", p.Page(p.PayPage))
		r.Post("/checkout/{number}/pay", p.Page(p.Pay))
		r.Get("/checkout/{number}/done", p.Page(p.CheckoutDone))
		r.Get("/account", p.Page(p.Account))
		r.Post("/account/orders/{number}/cancel", p.Page(p.AccountOrderCancel))
		r.Get("/account/orders/{number}/return", p.Page(p.ReturnRequestPage))
		r.Post("/account/returns/{return}/sent", p.Page(p.ReturnSent))
		r.Post("/account/returns/{return}/cancel", p.Page(p.ReturnCancel))
		r.Get("/account/returns/{return}/label.pdf", p.Page(p.ReturnLabel))
		r.Get("/account/orders/{number}/reorder", p.Page(p.ReorderPage))
		r.Post("/account/orders/{number}/reorder", p.Page(p.Reorder))
		r.Get("/account/addresses", p.Page(p.Addresses))
		r.Post("/account/addresses", p.Page(p.AddressAdd))
		r.Get("/account/addresses/{id}", p.Page(p.Address))
		r.Post("/account/addresses/{id}", p.Page(p.AddressChange))
		r.Post("/account/addresses/{id}/remove", p.Page(p.AddressRemove))
	})
}

// merchants are the pages of those who pick, pack and ship.
func (s *shell) merchants(r chi.Router) {
	h := s.Pages
	r.Use(h.Require(shop.RoleMerchant))
	r.Get("/merchant", h.Page(h.MerchantDay))
	r.Get("/merchant/waiting", h.Page(h.MerchantWaiting))
	r.Get("/merchant/queue", h.Page(h.MerchantQueue))
	r.Post("/merchant/queue/next", h.Page(h.MerchantQueueNext))
	r.Post("/merchant/queue/renew", h.Page(h.MerchantClaimsRenew))
	r.Post("/merchant/queue/density", h.Page(h.MerchantQueueDensity))
	r.Post("/merchant/queue/bulk", h.Page(h.MerchantQueueBulk))
	r.Get("/merchant/queue/runs/{run}", h.Page(h.MerchantQueueRun))
	r.Get("/merchant/queue/print", h.Page(h.MerchantQueuePrint))
	r.Get("/merchant/queue/print.pdf", h.Page(h.MerchantQueuePDF))
	r.Get("/merchant/queue/views", h.Page(h.MerchantQueueViews))
	r.Post("/merchant/queue/views", h.Page(h.MerchantQueueViewSave))
	r.Post("/merchant/queue/views/{view}", h.Page(h.MerchantQueueViewChange))
	r.Get("/merchant/settings/promise", h.Page(h.MerchantPromise))
	r.Post("/merchant/settings/promise/services", h.Page(h.MerchantPromiseAdd))
	r.Post("/merchant/settings/promise/holidays", h.Page(h.MerchantPromiseHolidays))
	r.Post("/merchant/settings/promise/undo", h.Page(h.MerchantPromiseUndo))
	r.Post("/merchant/settings/promise/{service}", h.Page(h.MerchantPromiseSet))
	r.Get("/merchant/orders/{number}", h.Page(h.MerchantOrder))
	r.Post("/merchant/orders/{number}/claim", h.Page(h.MerchantClaim))
	r.Post("/merchant/orders/{number}/release", h.Page(h.MerchantRelease))
	r.Post("/merchant/orders/{number}/cancel-parcel", h.Page(h.MerchantParcelCancel))
	r.Post("/merchant/orders/{number}/ship", h.Page(h.MerchantShip))
	r.Post("/merchant/orders/{number}/unpack", h.Page(h.MerchantUnpack))
	r.Post("/merchant/orders/{number}/deliver", h.Page(h.MerchantDeliver))
	r.Post("/merchant/orders/{number}/cancel", h.Page(h.MerchantCancel))
	r.Get("/merchant/orders/{number}/refund", h.Page(h.MerchantRefundPage))
	r.Post("/merchant/orders/{number}/refund", h.Page(h.MerchantRefund))
	r.Post("/merchant/orders/{number}/refunds/{refund}/retry", h.Page(h.MerchantRefundRetry))
	r.Post("/merchant/scan", h.Page(h.MerchantScan))
	r.Get("/merchant/scans", h.Page(h.MerchantScans))
	r.Post("/merchant/scans", h.Page(h.MerchantScansRequire))
	r.Get("/merchant/pick/batches", h.Page(h.MerchantBatches))
	r.Post("/merchant/pick/batches", h.Page(h.MerchantBatchStart))
	r.Get("/merchant/pick/batches/{id}", h.Page(h.MerchantBatch))
	r.Post("/merchant/pick/batches/{id}", h.Page(h.MerchantBatchPicked))
	r.Post("/merchant/pick/batches/{id}/end", h.Page(h.MerchantBatchEnd))
	r.Get("/merchant/pick/batches/{id}/print", h.Page(h.MerchantBatchPrint))
	r.Get("/merchant/pick/{number}/print", h.Page(h.MerchantPickPrint))
	r.Get("/merchant/pick/{number}", h.Page(h.MerchantPick))
	r.Post("/merchant/pick/{number}", h.Page(h.MerchantPicked))
	r.Get("/merchant/pick/{number}/short", h.Page(h.MerchantShortPage))
	r.Post("/merchant/pick/{number}/short", h.Page(h.MerchantShort))
	r.Get("/merchant/pack/{number}", h.Page(h.MerchantPack))
	r.Post("/merchant/pack/{number}", h.Page(h.MerchantPacked))
	r.Get("/merchant/shipping", h.Page(h.MerchantShipping))
	r.Post("/merchant/shipping", h.Page(h.MerchantShippingAdd))
	r.Post("/merchant/shipping/{id}/remove", h.Page(h.MerchantShippingRemove))
	r.Get("/merchant/discounts", h.Page(h.Discounts))
	r.Post("/merchant/discounts", h.Page(h.DiscountAdd))
	r.Post("/merchant/discounts/{id}/end", h.Page(h.DiscountEnd))
	r.Get("/merchant/returns", h.Page(h.MerchantReturns))
	r.Get("/merchant/returns/find", h.Page(h.MerchantReturnsFind))
	r.Post("/merchant/returns/policy", h.Page(h.MerchantReturnsPolicy))
	r.Get("/merchant/returns/{return}", h.Page(h.MerchantReturn))
	r.Get("/merchant/returns/{return}/photo", h.Page(h.MerchantReturnPhoto))
	r.Get("/merchant/returns/{return}/label.pdf", h.Page(h.ReturnLabel))
	r.Post("/merchant/returns/{return}/approve", h.Page(h.MerchantReturnDo("approve", h.ApproveReturn)))
	r.Post("/merchant/returns/{return}/reject", h.Page(h.MerchantReturnDo("reject", h.RejectReturn)))
	r.Post("/merchant/returns/{return}/sent", h.Page(h.MerchantReturnDo("sent", h.SentReturn)))
	r.Post("/merchant/returns/{return}/cancel", h.Page(h.MerchantReturnDo("cancel", h.CallOffReturn)))
	r.Post("/merchant/returns/{return}/receive", h.Page(h.MerchantReturnDo("receive", h.ReceiveReturn)))
	r.Post("/merchant/returns/{return}/refund", h.Page(h.MerchantReturnDo("refund", h.RefundReturn)))
	r.Post("/merchant/returns/{return}/close", h.Page(h.MerchantReturnDo("close", h.CloseReturn)))
	r.Post("/merchant/orders/{number}/label", h.Page(h.MerchantLabel))
	r.Get("/merchant/orders/{number}/{no}/label.pdf", h.Page(h.MerchantLabelPDF))
	r.Get("/merchant/orders/{number}/{no}/slip.pdf", h.Page(h.MerchantSlipPDF))
	r.Get("/merchant/shipments", h.Page(h.MerchantShipments))
	r.Post("/merchant/shipments/handover", h.Page(h.MerchantHandOver))
	r.Get("/merchant/shipments/labels.pdf", h.Page(h.MerchantLabelsPDF))
	r.Get("/merchant/shipments/slips.pdf", h.Page(h.MerchantSlipsPDF))
	r.Get("/merchant/shipments/{shipment}", h.Page(h.MerchantShipment))
	r.Post("/merchant/shipments/{shipment}/void", h.Page(h.MerchantShipmentVoid))
	r.Post("/merchant/shipments/{shipment}/undo", h.Page(h.MerchantShipmentUndo))
	r.Post("/merchant/shipments/{shipment}/resolve", h.Page(h.MerchantShipmentResolve))
	r.Post("/merchant/shipments/{shipment}/reship", h.Page(h.MerchantShipmentReship))
	r.Post("/merchant/shipments/{shipment}/claim", h.Page(h.MerchantShipmentClaim))
	r.Get("/merchant/taxes", h.Page(h.MerchantTaxes))
	r.Post("/merchant/taxes", h.Page(h.MerchantTaxesSet))
	r.Get("/merchant/sender", h.Page(h.MerchantSender))
	r.Post("/merchant/sender", h.Page(h.MerchantSenderSet))
	r.Get("/merchant/claims", h.Page(h.MerchantCarrierClaims))
	r.Get("/merchant/claims/{claim}", h.Page(h.MerchantCarrierClaim))
	r.Post("/merchant/claims/{claim}", h.Page(h.MerchantCarrierClaimDecide))
	r.Post("/merchant/manifests/{manifest}/undo", h.Page(h.MerchantManifestUndo))
	r.Get("/merchant/manifests/{manifest}/manifest.pdf", h.Page(h.MerchantManifestPDF))
	r.Get("/merchant/boxes", h.Page(h.MerchantBoxes))
	r.Post("/merchant/boxes", h.Page(h.MerchantBoxAdd))
	r.Get("/merchant/boxes/{box}", h.Page(h.MerchantBox))
	r.Post("/merchant/boxes/{box}", h.Page(h.MerchantBoxChange))
	r.Post("/merchant/boxes/{box}/retire", h.Page(h.MerchantBoxRetire))
	s.merchantGoods(r)
}

// merchantGoods are the pages of what merchants sell and have. The caller lets merchants in alone.
func (s *shell) merchantGoods(r chi.Router) {
	h := s.Pages
	r.Get("/merchant/locations", h.Page(h.MerchantLocations))
	r.Post("/merchant/locations", h.Page(h.MerchantLocationAdd))
	r.Get("/merchant/locations/{location}", h.Page(h.MerchantLocation))
	r.Post("/merchant/locations/{location}", h.Page(h.MerchantLocationChange))
	r.Get("/merchant/inventory", h.Page(h.MerchantInventory))
	r.Get("/merchant/inventory/changes", h.Page(h.MerchantInventoryChanges))
	r.Get("/merchant/inventory/{sku}", h.Page(h.MerchantStock))
	r.Post("/merchant/inventory/{sku}/adjustments", h.Page(h.MerchantAdjust))
	r.Get("/merchant/numbers", h.Page(h.MerchantNumbers))
	r.Get("/merchant/numbers/parcels", h.Page(h.MerchantNumbersParcels))
	r.Get("/merchant/inventory/{sku}/work", h.Page(h.MerchantStockWork))
	r.Post("/merchant/inventory/{sku}/work", h.Page(h.MerchantWorkOnStock))
	r.Get("/merchant/low-stock", h.Page(h.MerchantLowStock))
	r.Get("/merchant/counts", h.Page(h.MerchantCounts))
	r.Post("/merchant/counts", h.Page(h.MerchantCountOpen))
	r.Get("/merchant/counts/{count}", h.Page(h.MerchantCount))
	r.Post("/merchant/counts/{count}/enter", h.Page(h.MerchantCountEnter))
	r.Post("/merchant/counts/{count}/approve", h.Page(h.MerchantCountApprove))
	r.Post("/merchant/counts/{count}/discard", h.Page(h.MerchantCountDiscard))
	r.Get("/merchant/products", h.Page(h.MerchantProducts))
	r.Get("/merchant/products/new", h.Page(h.MerchantProductNew))
	r.Get("/merchant/products/import", h.Page(h.MerchantCatalogFiles))
	r.Get("/merchant/products/import/{file}", h.Page(h.MerchantCatalogFile))
	r.Post("/merchant/products/import/{file}/apply", h.Page(h.MerchantCatalogApply))
	r.Get("/merchant/products/{product}", h.Page(h.MerchantProduct))
	r.Post("/merchant/products/{product}/picture/remove", h.Page(h.MerchantProductPictureRemove))
	r.Post("/merchant/products/{product}/delete", h.Page(h.MerchantProductDelete))
	r.Post("/merchant/products/{product}/restore", h.Page(h.MerchantProductRestore))
	r.Get("/merchant/products/{product}/skus/new", h.Page(h.MerchantSKUNew))
	r.Post("/merchant/products/{product}/skus", h.Page(h.MerchantSKUAdd))
	r.Get("/merchant/products/{product}/skus/{sku}", h.Page(h.MerchantSKU))
	r.Post("/merchant/products/{product}/skus/{sku}", h.Page(h.MerchantSKUChange))
	r.Post("/merchant/products/{product}/skus/{sku}/rules", h.Page(h.MerchantSKURules))
	r.Post("/merchant/products/{product}/skus/{sku}/prices", h.Page(h.MerchantSKUPrice))
	r.Post("/merchant/products/{product}/skus/{sku}/prices/{price}/cancel", h.Page(h.MerchantSKUPriceCancel))
}

// programs are the endpoints of the JSON door. Each key sees what is its own; the groups say which roles may call.
func (s *shell) programs(r chi.Router) {
	r.Use(s.api()...)
	a, admin := s.API, shop.RoleAdmin
	// Any key, within what it may see.
	r.Group(func(r chi.Router) {
		r.Use(a.Authenticate, s.compress)
		r.Get("/orders", a.Endpoint(a.ListOrders))
		r.Get("/orders/{id}", a.Endpoint(a.GetOrder))
		r.Get("/orders/{id}/timeline", a.Endpoint(a.GetTimeline))
		r.Get("/payments/{id}", a.Endpoint(a.GetPayment))
		r.Get("/returns", a.Endpoint(a.ListReturns))
		r.Get("/returns/{id}", a.Endpoint(a.GetReturn))
		r.Get("/products", a.Endpoint(a.ListProducts))
		r.Get("/products/{id}", a.Endpoint(a.GetProduct))
		r.Get("/merchants", a.Endpoint(a.ListMerchants))
		r.Get("/merchants/{id}", a.Endpoint(a.GetMerchant))
	})
	r.Group(func(r chi.Router) {
		r.Use(a.Authenticate, a.Require(admin, shop.RoleFinance, shop.RoleSupport, shop.RoleCustomer), s.compress)
		r.Get("/customers", a.Endpoint(a.ListCustomers))
		r.Get("/customers/{id}", a.Endpoint(a.GetCustomer))
		r.Get("/customers/{id}/addresses", a.Endpoint(a.ListAddresses))
		r.Get("/checkouts/{id}", a.Endpoint(a.GetCheckout))
	})
	r.Group(func(r chi.Router) {
		r.Use(a.Authenticate, a.Require(admin, shop.RoleFinance, shop.RoleSupport, shop.RoleMerchant), s.compress)
		r.Get("/inventory/{skuId}", a.Endpoint(a.GetStock))
		r.Get("/stock-alerts", a.Endpoint(a.ListStockAlerts))
		r.Get("/count-sheets", a.Endpoint(a.ListCountSheets))
		r.Get("/count-sheets/{id}", a.Endpoint(a.GetCountSheet))
		r.Get("/skus/{skuId}/prices", a.Endpoint(a.ListSKUPrices))
	})
	// Buying, for the customer of the key or for anybody.
	r.Group(func(r chi.Router) {
		r.Use(a.Authenticate, a.Require(admin, shop.RoleCustomer))
		r.Post("/orders", a.Endpoint(a.PlaceOrder))
		r.Post("/orders/{id}/payments", a.Endpoint(a.PayOrder))
		r.Post("/checkouts/{id}/payments", a.Endpoint(a.PayCheckout))
		r.Post("/carts", a.Endpoint(a.OpenCart))
		r.Get("/carts/{cartId}", a.Endpoint(a.GetCart))
		r.Put("/carts/{cartId}/items/{skuId}", a.Endpoint(a.PutCartItem))
		r.Delete("/carts/{cartId}/items/{skuId}", a.Endpoint(a.RemoveCartItem))
		r.Put("/carts/{cartId}/address", a.Endpoint(a.SetCartAddress))
		r.Put("/carts/{cartId}/discount-codes", a.Endpoint(a.SetCartCodes))
		r.Put("/carts/{cartId}/shipping-services", a.Endpoint(a.SetCartServices))
		r.Post("/carts/{cartId}/checkout", a.Endpoint(a.CheckOutCart))
		r.Post("/customers/{id}/addresses", a.Endpoint(a.AddAddress))
	})
	// Selling.
	r.Group(func(r chi.Router) {
		r.Use(a.Authenticate, a.Require(admin, shop.RoleMerchant))
		r.Post("/payments/{id}/capture", a.Endpoint(a.CapturePayment))
		r.Post("/payments/{id}/refunds", a.Endpoint(a.RefundPayment))
		r.Post("/inventory/{skuId}/adjustments", a.Endpoint(a.AdjustStock))
		r.Post("/inventory/{skuId}/receipts", a.Endpoint(a.ReceiveStock))
		r.Post("/inventory/{skuId}/transfers", a.Endpoint(a.TransferStock))
		r.Post("/inventory/{skuId}/counts", a.Endpoint(a.CountStock))
		r.Post("/count-sheets", a.Endpoint(a.OpenCountSheet))
		r.Put("/count-sheets/{id}/counts", a.Endpoint(a.EnterCounts))
		r.Post("/count-sheets/{id}/approve", a.Endpoint(a.ApproveCountSheet))
		r.Post("/count-sheets/{id}/discard", a.Endpoint(a.DiscardCountSheet))
		r.Put("/inventory/{skuId}/rules", a.Endpoint(a.SetStockRules))
		r.Put("/inventory/{skuId}/locations/{locationId}", a.Endpoint(a.PlaceStock))
		r.Post("/skus/{skuId}/prices", a.Endpoint(a.SetSKUPrice))
		r.Delete("/skus/{skuId}/prices/{id}", a.Endpoint(a.CancelSKUPrice))
	})
	// Ending an order, by either side or by the support.
	r.Group(func(r chi.Router) {
		r.Use(a.Authenticate, a.Require(admin, shop.RoleSupport, shop.RoleCustomer, shop.RoleMerchant))
		r.Post("/orders/{id}/cancel", a.Endpoint(a.CancelOrder))
	})
	// Returns: asked for by either side, worked on by the merchant.
	r.Group(func(r chi.Router) {
		r.Use(a.Authenticate, a.Require(admin, shop.RoleCustomer, shop.RoleMerchant, shop.RoleSupport))
		r.Post("/orders/{id}/returns", a.Endpoint(a.RequestReturn))
	})
	r.Group(func(r chi.Router) {
		r.Use(a.Authenticate, a.Require(admin, shop.RoleMerchant))
		r.Post("/returns/{id}/approve", a.Endpoint(a.ApproveReturn))
		r.Post("/returns/{id}/reject", a.Endpoint(a.RejectReturn))
		r.Post("/returns/{id}/receive", a.Endpoint(a.ReceiveReturn))
		r.Post("/returns/{id}/refund", a.Endpoint(a.RefundReturn))
	})
	s.merchantPrograms(r)
	// Giving money back for exact units.
	r.Group(func(r chi.Router) {
		r.Use(a.Authenticate, a.Require(admin, shop.RoleSupport, shop.RoleMerchant))
		r.Post("/orders/{id}/refunds", a.Endpoint(a.RefundUnits))
	})
}
