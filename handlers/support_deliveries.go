package handlers

import (
	"net/http"
	"slices"
	"strconv"

	"waybill/shop"
	"waybill/views"
	"waybill/views/ui"
	"waybill/views/urls"
)

// SupportDeliveries lists what is wrong with parcels on their way, of all merchants. A filter that means nothing is none.
func (h *Handlers) SupportDeliveries(w http.ResponseWriter, r *http.Request) (err error) {
	asked := r.URL.Query()
	query := shop.DeliveryProblemQuery{Limit: shop.MaxPageSize}
	if problem := shop.ShipmentProblem(asked.Get("problem")); slices.Contains(shop.ShipmentProblems(), problem) {
		query.Problem = problem
	}
	if id, err := strconv.ParseInt(asked.Get("merchant"), 10, 64); err == nil && id > 0 {
		query.MerchantID = id
	}
	if id, err := strconv.ParseInt(asked.Get("after"), 10, 64); err == nil && id > 0 {
		query.After = id
	}
	model := views.DeliveriesModel{Query: query}
	if model.DeliveryProblemPage, err = h.Reports.DeliveryProblems(r.Context(), query); err != nil {
		return err
	}
	page := h.page(r, "Delivery problems")
	page.Nav = urls.SupportDeliveries()
	page.Breadcrumbs = []ui.Crumb{{Label: "Find an order", URL: urls.Support("")}}
	h.render(w, r, http.StatusOK, views.SupportDeliveries(page, model))
	return nil
}
