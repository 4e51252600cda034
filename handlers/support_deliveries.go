package handlers

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"waybill/shop"
	"waybill/views"
	"waybill/views/ui"
	"waybill/views/urls"
)

// SupportDeliveries lists what is wrong with parcels on their way, of all merchants. A filter that means nothing is none. The
// first page is live.
func (h *Handlers) SupportDeliveries(w http.ResponseWriter, r *http.Request) (err error) {
	model := views.DeliveriesModel{Query: deliveryQuery(r)}
	if model.DeliveryProblemPage, err = h.Reports.DeliveryProblems(r.Context(), model.Query); err != nil {
		return err
	}
	page := h.page(r, "Delivery problems")
	page.Nav, page.Live = urls.SupportDeliveries(), model.Query.After == 0
	page.Breadcrumbs = []ui.Crumb{{Label: "Find an order", URL: urls.Support("")}}
	h.render(w, r, http.StatusOK, views.SupportDeliveries(page, model))
	return nil
}

func deliveryQuery(r *http.Request) shop.DeliveryProblemQuery {
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
	return query
}

// SupportDeliveriesStream keeps the first page of the list up to date, whichever merchant's parcel has a problem or has none
// any more.
func (h *Handlers) SupportDeliveriesStream(w http.ResponseWriter, r *http.Request) error {
	query := deliveryQuery(r)
	query.After = 0
	return liveWhole(h, w, r, wholeView[views.DeliveriesModel]{
		looks: &h.deliveries, of: query, topic: shop.FeedTopic{Kind: shop.TopicDeliveryProblem}, back: views.DeliveriesModel{Query: query}.URL(),
		look: func(ctx context.Context) (m views.DeliveriesModel, err error) {
			m.Query = query
			m.DeliveryProblemPage, err = h.Store.DeliveryProblems(ctx, query)
			return m, err
		},
		draw: func(_ context.Context, m views.DeliveriesModel) (templ.Component, error) {
			return views.SupportDeliveriesNow(m), nil
		},
	})
}

// MerchantProblemsStream keeps the first page of what is wrong with the parcels of the viewer's merchant up to date.
func (h *Handlers) MerchantProblemsStream(w http.ResponseWriter, r *http.Request) error {
	query := shop.ShipmentQuery{MerchantID: viewerOf(r.Context()).MerchantID, Filter: shop.ShipmentsProblems, Limit: shop.MaxPageSize}
	if show := shop.ShipmentFilter(r.URL.Query().Get("show")); isProblemList(show) {
		query.Filter = show
	}
	return liveWhole(h, w, r, wholeView[views.ShipmentsModel]{
		looks: &h.problems, of: query, back: urls.MerchantShipments(string(query.Filter)), concerns: tellsOfProblems,
		look: func(ctx context.Context) (m views.ShipmentsModel, err error) {
			m.Filter, m.First = query.Filter, true
			m.ShipmentPage, err = h.Store.ShipmentPage(ctx, query)
			return m, err
		},
		draw: func(_ context.Context, m views.ShipmentsModel) (templ.Component, error) {
			return views.ShipmentProblemsNow(m), nil
		},
	})
}

func isProblemList(f shop.ShipmentFilter) bool {
	_, is := f.Problem()
	return is
}

func tellsOfProblems(entries []shop.FeedEntry) bool {
	return slices.ContainsFunc(entries, func(e shop.FeedEntry) bool { return e.Topic == shop.TopicDeliveryProblem })
}
