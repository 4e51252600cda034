package handlers

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"waybill/shop"
	"waybill/views"
	"waybill/views/format"
	"waybill/views/urls"
)

// latestManifests is how many hand-overs the shipments page shows.
const latestManifests = 5

// MerchantShipments lists what leaves the house of the viewer's merchant.
func (h *Handlers) MerchantShipments(w http.ResponseWriter, r *http.Request) error {
	model := views.ShipmentsModel{Filter: shop.ShipmentsReady}
	if show := shop.ShipmentFilter(r.URL.Query().Get("show")); slices.Contains(shop.ShipmentFilters(), show) {
		model.Filter = show
	}
	return h.shipmentsPage(w, r, http.StatusOK, model)
}

func (h *Handlers) shipmentsPage(w http.ResponseWriter, r *http.Request, status int, model views.ShipmentsModel) error {
	viewer := viewerOf(r.Context())
	query := shop.ShipmentQuery{MerchantID: viewer.MerchantID, Filter: model.Filter, Limit: shop.MaxPageSize}
	before, ok := cursor(r)
	if !ok {
		return redirect(w, r, urls.MerchantShipments(string(query.Filter)))
	}
	query.Before = before
	model.First = before == 0
	var err error
	if model.ShipmentPage, err = h.Store.ShipmentPage(r.Context(), query); err != nil {
		return err
	}
	if model.Manifests, _, err = h.Store.ManifestPage(r.Context(), shop.ManifestQuery{MerchantID: viewer.MerchantID, Limit: latestManifests}); err != nil {
		return err
	}
	page := h.page(r, "Shipments")
	page.Nav, page.Path = urls.MerchantShipments(""), urls.MerchantShipments(string(query.Filter))
	page.Live = isProblemList(query.Filter) && model.First
	h.render(w, r, status, views.Shipments(page, model))
	return nil
}

// MerchantShipment shows one shipment: what is inside, where it is, and what can be done about it.
func (h *Handlers) MerchantShipment(w http.ResponseWriter, r *http.Request) error {
	return h.shipmentPage(w, r, http.StatusOK, "", nil)
}

func (h *Handlers) shipmentPage(w http.ResponseWriter, r *http.Request, status int, problem string, errs []shop.FieldError) error {
	id, err := shipmentID(chi.URLParam(r, "shipment"))
	if err != nil {
		return err
	}
	s, err := h.Store.ShipmentByID(r.Context(), viewerOf(r.Context()).MerchantID, id)
	if err != nil {
		return err
	}
	page := h.page(r, "Shipment of "+s.Reference())
	page.Nav, page.Breadcrumbs, page.Errors, page.Path = urls.MerchantShipments(""), views.ShipmentCrumbs(), errs, urls.MerchantShipment(id)
	model := views.ShipmentModel{Shipment: s, Now: h.Store.Now(), Failed: problem, Errors: errs, Answer: r.PostForm.Get("answer"), Note: r.PostForm.Get("note")}
	if err := h.claimOf(r, &model); err != nil {
		return err
	}
	h.render(w, r, status, views.Shipment(page, model))
	return nil
}

// claimOf reads the claim for a shipment, or what the form of one begins with: what its units and its label cost.
func (h *Handlers) claimOf(r *http.Request, m *views.ShipmentModel) error {
	viewer := viewerOf(r.Context())
	var err error
	m.Claim, err = h.Store.ClaimOfShipment(r.Context(), viewer.MerchantID, m.ID)
	if err == nil || shop.CodeOf(err) != shop.CodeNotFound {
		return err
	}
	m.ClaimKey, m.ClaimAmount, m.ClaimReference = r.PostForm.Get("key"), r.PostForm.Get("amount"), r.PostForm.Get("reference")
	if m.ClaimKey != "" {
		return nil
	}
	m.ClaimKey = rand.Text()
	orders, parcels, err := h.contents(r.Context(), viewer.Scope(), m.Shipment)
	if err != nil {
		return err
	}
	value := m.Cost
	for i, order := range orders {
		value.Minor += order.ValueOf(parcels[i])
	}
	if value.Minor > 0 {
		m.ClaimAmount = value.Decimal()
	}
	return nil
}

// MerchantShipmentVoid takes a label back.
func (h *Handlers) MerchantShipmentVoid(w http.ResponseWriter, r *http.Request) error {
	id, err := shipmentID(chi.URLParam(r, "shipment"))
	if err != nil {
		return err
	}
	viewer := viewerOf(r.Context())
	s, err := h.Shipping.Void(r.Context(), shop.ShipmentWork{MerchantID: viewer.MerchantID, IDs: []int64{id}, Actor: viewer.Actor(), RequestID: requestID(r)})
	if shop.CodeOf(err) == shop.CodeConflict {
		return h.shipmentPage(w, r, http.StatusConflict, messageOf(err), nil)
	}
	if err != nil {
		return err
	}
	switch s.Status {
	case shop.ShipmentVoided:
		h.flash(r, "The label is taken back. Its parcels are packed and need another.")
	case shop.ShipmentVoiding:
		h.flash(r, s.Carrier+" has not answered yet. We keep asking; look again in a minute.")
	default:
		return h.shipmentPage(w, r, http.StatusConflict, s.Carrier+" does not take the label back: "+s.Failure, nil)
	}
	return redirect(w, r, urls.MerchantShipment(id))
}

// MerchantShipmentResolve records what was done about a problem.
func (h *Handlers) MerchantShipmentResolve(w http.ResponseWriter, r *http.Request) error {
	id, err := shipmentID(chi.URLParam(r, "shipment"))
	if err != nil {
		return err
	}
	viewer := viewerOf(r.Context())
	_, err = h.Store.ResolveShipment(r.Context(), shop.ResolveCommand{
		MerchantID: viewer.MerchantID, ShipmentID: id, Answer: r.PostForm.Get("answer"), Note: r.PostForm.Get("note"), Actor: viewer.Actor(), RequestID: requestID(r),
	})
	switch code := shop.CodeOf(err); code {
	case shop.CodeInvalid:
		return h.shipmentPage(w, r, statusOf[code], "", fieldsOf(err))
	case shop.CodeConflict:
		return h.shipmentPage(w, r, statusOf[code], messageOf(err), nil)
	case "":
	default:
		return err
	}
	h.flash(r, "Noted in the timeline of the order.")
	return redirect(w, r, urls.MerchantShipment(id))
}

// MerchantHandOver gives ticked shipments to their carriers: all or none.
func (h *Handlers) MerchantHandOver(w http.ResponseWriter, r *http.Request) error {
	ids, err := shipmentIDs(r.PostForm["id"])
	if err != nil {
		return err
	}
	viewer := viewerOf(r.Context())
	manifests, err := h.Store.HandOver(r.Context(), shop.ShipmentWork{MerchantID: viewer.MerchantID, IDs: ids, Actor: viewer.Actor(), RequestID: requestID(r)})
	if code := shop.CodeOf(err); code == shop.CodeInvalid || code == shop.CodeConflict {
		return h.shipmentsPage(w, r, statusOf[code], views.ShipmentsModel{Filter: shop.ShipmentsReady, Problem: messageOf(err), Unchanged: "Nothing was handed over."})
	}
	if err != nil {
		return err
	}
	h.flash(r, handedOver(len(ids), manifests))
	return redirect(w, r, urls.MerchantShipments(string(shop.ShipmentsInTransit)))
}

func handedOver(shipments int, manifests []int64) string {
	if len(manifests) == 0 {
		return "These were handed over before."
	}
	var numbers []string
	for _, id := range manifests {
		numbers = append(numbers, fmt.Sprintf("M-%d", id))
	}
	return "Handed over " + format.Plural(shipments, "shipment", "shipments") + ". Manifest " + strings.Join(numbers, ", ") + "."
}

func shipmentID(text string) (int64, error) {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id <= 0 {
		return 0, shop.NotFound("shipment")
	}
	return id, nil
}

// shipmentIDs reads ticked shipments, at most as many as are handed over at once.
func shipmentIDs(texts []string) ([]int64, error) {
	if len(texts) > shop.MaxHandover {
		return nil, &shop.Error{Code: shop.CodeTooLarge, Message: fmt.Sprintf("At most %d shipments at once.", shop.MaxHandover)}
	}
	ids := make([]int64, len(texts))
	for i, text := range texts {
		var err error
		if ids[i], err = shipmentID(text); err != nil {
			return nil, err
		}
	}
	return ids, nil
}
