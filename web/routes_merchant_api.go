package web

import (
	"github.com/go-chi/chi/v5"

	"waybill/handlers/api"
	"waybill/shop"
)

// merchantPrograms are the endpoints for the programs of merchants: warehouse, shipping and catalog. A merchant key does its
// own merchant's work, an admin key anybody's.
func (s *shell) merchantPrograms(r chi.Router) {
	a, admin := s.API, shop.RoleAdmin
	r.Group(func(r chi.Router) {
		r.Use(a.Authenticate, a.Require(admin, shop.RoleFinance, shop.RoleSupport, shop.RoleMerchant), s.compress)
		r.Get("/fulfillments", a.Endpoint(a.ListFulfillments))
		r.Get("/fulfillments/{id}", a.Endpoint(a.GetFulfillment))
		r.Get("/fulfillments/{id}/rates", a.Endpoint(a.ListRates))
		r.Get("/workers", a.Endpoint(a.ListWorkers))
		r.Get("/boxes", a.Endpoint(a.ListBoxes))
		r.Get("/shipments", a.Endpoint(a.ListShipments))
		r.Get("/shipments/{id}", a.Endpoint(a.GetShipment))
		r.Get("/shipments/{id}/events", a.Endpoint(a.ListTracking))
		r.Get("/shipments/{id}/label.pdf", a.Endpoint(a.ShipmentLabel, api.PDF))
		r.Get("/shipments/{id}/packing-slips.pdf", a.Endpoint(a.ShipmentSlips, api.PDF))
		r.Get("/manifests", a.Endpoint(a.ListManifests))
		r.Get("/manifests/{id}", a.Endpoint(a.GetManifest))
		r.Get("/manifests/{id}/manifest.pdf", a.Endpoint(a.ManifestSheet, api.PDF))
		r.Get("/carrier-claims", a.Endpoint(a.ListCarrierClaims))
		r.Get("/carrier-claims/{id}", a.Endpoint(a.GetCarrierClaim))
	})
	// Any key, within what it may see.
	r.Group(func(r chi.Router) {
		r.Use(a.Authenticate, s.compress)
		r.Get("/skus/{skuId}", a.Endpoint(a.GetSKU))
		r.Get("/returns/{id}/label.pdf", a.Endpoint(a.ReturnLabel, api.PDF))
		r.Get("/returns/{id}/photo", a.Endpoint(a.ReturnPhoto, api.JPEG))
	})
	// What becomes of returns: called off and sent by either side, closed by the merchant.
	r.Group(func(r chi.Router) {
		r.Use(a.Authenticate, a.Require(admin, shop.RoleCustomer, shop.RoleMerchant, shop.RoleSupport))
		r.Post("/returns/{id}/sent", a.Endpoint(a.SendReturn))
		r.Post("/returns/{id}/cancel", a.Endpoint(a.CancelReturn))
	})
	r.Group(func(r chi.Router) {
		r.Use(a.Authenticate, a.Require(admin, shop.RoleMerchant))
		r.Post("/returns/{id}/close", a.Endpoint(a.CloseReturn))
	})
	// What merchants sell.
	r.Group(func(r chi.Router) {
		r.Use(a.Authenticate, a.Require(admin, shop.RoleMerchant))
		r.Post("/products", a.Endpoint(a.CreateProduct))
		r.Patch("/products/{id}", a.Endpoint(a.ChangeProduct))
		r.Delete("/products/{id}", a.Endpoint(a.ArchiveProduct))
		r.Post("/products/{id}/restore", a.Endpoint(a.RestoreProduct))
		r.Delete("/products/{id}/picture", a.Endpoint(a.RemovePicture))
		r.Post("/products/{id}/skus", a.Endpoint(a.AddSKU))
		r.Patch("/skus/{skuId}", a.Endpoint(a.ChangeSKU))
	})
	// Pick, pack, ship: for a person, whom each request names.
	r.Group(func(r chi.Router) {
		r.Use(a.Authenticate, a.Require(admin, shop.RoleMerchant))
		r.Post("/fulfillments/next", a.Endpoint(a.ClaimNext))
		r.Post("/fulfillments/{id}/claim", a.Endpoint(a.ClaimFulfillment))
		r.Post("/fulfillments/{id}/renew", a.Endpoint(a.RenewFulfillment))
		r.Post("/fulfillments/{id}/release", a.Endpoint(a.ReleaseFulfillment))
		r.Post("/fulfillments/{id}/cancel", a.Endpoint(a.CancelFulfillment))
		r.Post("/fulfillments/{id}/hand-over", a.Endpoint(a.HandOverFulfillment))
		r.Post("/fulfillments/{id}/scans", a.Endpoint(a.ScanFulfillment))
		r.Post("/fulfillments/{id}/pick", a.Endpoint(a.PickFulfillment))
		r.Post("/fulfillments/{id}/short-picks", a.Endpoint(a.ShortPick))
		r.Post("/fulfillments/{id}/pack", a.Endpoint(a.PackFulfillment))
		r.Post("/fulfillments/{id}/unpack", a.Endpoint(a.UnpackFulfillment))
		r.Post("/fulfillments/{id}/ship", a.Endpoint(a.ShipFulfillment))
		r.Post("/fulfillments/{id}/deliver", a.Endpoint(a.DeliverFulfillment))
		r.Post("/shipments", a.Endpoint(a.CreateShipment))
		r.Post("/shipments/hand-over", a.Endpoint(a.HandOverShipments))
		r.Post("/shipments/undo-hand-over", a.Endpoint(a.UndoHandOver))
		r.Post("/shipments/{id}/void", a.Endpoint(a.VoidShipment))
		r.Post("/shipments/{id}/reship", a.Endpoint(a.ReshipShipment))
		r.Post("/shipments/{id}/resolve", a.Endpoint(a.ResolveShipment))
		r.Post("/shipments/{id}/claims", a.Endpoint(a.OpenCarrierClaim))
		r.Post("/carrier-claims/{id}/decision", a.Endpoint(a.DecideCarrierClaim))
		r.Put("/merchants/{id}/sender-address", a.Endpoint(a.SetSenderAddress))
	})
}

// pictureUploads take files from programs, a few at a time. Nobody's body is read who is not let in.
func (s *shell) pictureUploads(r chi.Router) {
	a := s.API
	r.Use(s.files()...)
	r.Use(a.Authenticate, a.Require(shop.RoleAdmin, shop.RoleMerchant))
	r.Put("/products/{id}/picture", a.Endpoint(a.SetPicture))
}
