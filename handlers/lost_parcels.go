package handlers

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"

	"waybill/shop"
	"waybill/views"
	"waybill/views/format"
	"waybill/views/urls"
)

// MerchantShipmentReship sends again what was in a shipment that is late, lost or came back. Pressing twice is once.
func (h *Handlers) MerchantShipmentReship(w http.ResponseWriter, r *http.Request) error {
	id, err := shipmentID(chi.URLParam(r, "shipment"))
	if err != nil {
		return err
	}
	viewer := viewerOf(r.Context())
	command := shop.ReshipCommand{MerchantID: viewer.MerchantID, ShipmentID: id, Actor: viewer.Actor(), RequestID: requestID(r)}
	if command.Key, err = shop.NewIdempotencyKey(merchantScope(viewer.MerchantID), fmt.Sprintf("reship:%d", id), id); err != nil {
		return err
	}
	made, _, err := h.Store.Reship(r.Context(), command)
	switch shop.CodeOf(err) {
	case "":
	case shop.CodeOutOfStock:
		return h.shipmentPage(w, r, http.StatusConflict, views.TooFewToReship(shortOf(err)), nil)
	case shop.CodeConflict:
		return h.shipmentPage(w, r, http.StatusConflict, messageOf(err), nil)
	default:
		return err
	}
	h.flash(r, format.Plural(len(made.Parcels), "parcel is", "parcels are")+" in the queue with exactly the units that were lost. The customer is not charged again.")
	return redirect(w, r, urls.MerchantShipment(id))
}

// merchantScope is whose idempotency keys everybody of a merchant shares, for what may happen once whoever does it.
func merchantScope(merchantID int64) string { return fmt.Sprintf("merchant:%d", merchantID) }

// MerchantShipmentClaim claims an amount from the carrier of a shipment.
func (h *Handlers) MerchantShipmentClaim(w http.ResponseWriter, r *http.Request) error {
	id, err := shipmentID(chi.URLParam(r, "shipment"))
	if err != nil {
		return err
	}
	viewer := viewerOf(r.Context())
	s, err := h.Store.ShipmentByID(r.Context(), viewer.MerchantID, id)
	if err != nil {
		return err
	}
	f := readForm(r)
	command := shop.OpenClaimCommand{
		MerchantID: viewer.MerchantID, ShipmentID: id, AmountMinor: f.amount("amount", s.Cost.Currency), Reference: f.text("reference"), Actor: viewer.Actor(), RequestID: requestID(r),
	}
	if f.errs != nil {
		return h.shipmentPage(w, r, http.StatusUnprocessableEntity, "", f.errs)
	}
	if command.Key, err = shop.NewIdempotencyKey(actorScope(viewer), r.PostForm.Get("key"), []any{id, command.AmountMinor, command.Reference}); err != nil {
		return err
	}
	claim, err := h.Store.OpenClaim(r.Context(), command)
	switch code := shop.CodeOf(err); code {
	case "":
	case shop.CodeInvalid:
		return h.shipmentPage(w, r, statusOf[code], "", fieldsOf(err))
	case shop.CodeConflict:
		return h.shipmentPage(w, r, statusOf[code], messageOf(err), nil)
	default:
		return err
	}
	h.flash(r, "The claim is on record. Note here what "+claim.Carrier+" decides.")
	return redirect(w, r, urls.MerchantCarrierClaim(claim.ID))
}

func actorScope(viewer shop.User) string { return fmt.Sprintf("user:%d:claim", viewer.ID) }

// MerchantCarrierClaims lists what the viewer's merchant claimed from carriers.
func (h *Handlers) MerchantCarrierClaims(w http.ResponseWriter, r *http.Request) error {
	query := shop.ClaimQuery{MerchantID: viewerOf(r.Context()).MerchantID, Status: shop.ClaimOpen, Limit: shop.MaxPageSize}
	for _, known := range shop.ClaimStatuses() {
		if r.URL.Query().Get("show") == string(known) {
			query.Status = known
		}
	}
	before, ok := cursor(r)
	if !ok {
		return redirect(w, r, urls.MerchantCarrierClaims(string(query.Status)))
	}
	query.Before = before
	found, err := h.Store.ClaimPage(r.Context(), query)
	if err != nil {
		return err
	}
	page := h.page(r, "Claims")
	page.Nav, page.Breadcrumbs, page.Path = urls.MerchantShipments(""), views.ShipmentCrumbs(), urls.MerchantCarrierClaims(string(query.Status))
	h.render(w, r, http.StatusOK, views.Claims(page, views.ClaimsModel{ClaimPage: found, Status: query.Status, First: before == 0}))
	return nil
}

// MerchantCarrierClaim shows one claim.
func (h *Handlers) MerchantCarrierClaim(w http.ResponseWriter, r *http.Request) error {
	return h.claimPage(w, r, http.StatusOK, views.ClaimModel{})
}

func (h *Handlers) claimPage(w http.ResponseWriter, r *http.Request, status int, model views.ClaimModel) error {
	id, err := idParam(r, "claim")
	if err != nil {
		return err
	}
	if model.CarrierClaim, err = h.Store.ClaimByID(r.Context(), viewerOf(r.Context()).MerchantID, id); err != nil {
		return err
	}
	if model.Key == "" {
		model.Key = rand.Text()
	}
	page := h.page(r, "Claim "+strconv.FormatInt(id, 10))
	page.Nav, page.Breadcrumbs, page.Errors, page.Path = urls.MerchantShipments(""), views.ClaimCrumbs(), model.Errors, urls.MerchantCarrierClaim(id)
	h.render(w, r, status, views.Claim(page, model))
	return nil
}

// MerchantCarrierClaimDecide records what the carrier decided.
func (h *Handlers) MerchantCarrierClaimDecide(w http.ResponseWriter, r *http.Request) error {
	id, err := idParam(r, "claim")
	if err != nil {
		return err
	}
	viewer := viewerOf(r.Context())
	claim, err := h.Store.ClaimByID(r.Context(), viewer.MerchantID, id)
	if err != nil {
		return err
	}
	f := readForm(r)
	model := views.ClaimModel{Status: f.text("status"), Paid: f.text("paid"), Reference: f.text("reference"), Note: f.text("note"), Key: r.PostForm.Get("key")}
	command := shop.DecideClaimCommand{
		MerchantID: viewer.MerchantID, ClaimID: id, Status: shop.ClaimStatus(model.Status), PaidMinor: f.amount("paid", claim.Amount.Currency), Reference: model.Reference,
		Note: model.Note, Actor: viewer.Actor(), RequestID: requestID(r),
	}
	if model.Errors = f.errs; model.Errors != nil {
		return h.claimPage(w, r, http.StatusUnprocessableEntity, model)
	}
	if command.Key, err = shop.NewIdempotencyKey(actorScope(viewer), model.Key, []any{id, command.Status, command.PaidMinor, command.Reference, command.Note}); err != nil {
		return err
	}
	_, err = h.Store.DecideClaim(r.Context(), command)
	switch code := shop.CodeOf(err); code {
	case "":
	case shop.CodeInvalid:
		model.Errors = fieldsOf(err)
		return h.claimPage(w, r, statusOf[code], model)
	case shop.CodeConflict:
		model.Failed = messageOf(err)
		return h.claimPage(w, r, statusOf[code], model)
	default:
		return err
	}
	h.flash(r, "The decision is on record.")
	return redirect(w, r, urls.MerchantCarrierClaim(id))
}
