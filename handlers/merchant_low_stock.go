package handlers

import (
	"context"
	"net/http"
	"slices"

	"github.com/a-h/templ"

	"waybill/shop"
	"waybill/views"
	"waybill/views/urls"
)

// MerchantLowStock lists what has to be ordered again. The first page is live.
func (h *Handlers) MerchantLowStock(w http.ResponseWriter, r *http.Request) error {
	before, _ := cursor(r)
	model, err := h.lowStock(r.Context(), shop.AlertQuery{MerchantID: viewerOf(r.Context()).MerchantID, Before: before})
	if err != nil {
		return err
	}
	page := h.page(r, "Low stock")
	page.Nav, page.Breadcrumbs = urls.MerchantInventory(), views.InventoryCrumbs()
	page.Live = before == 0
	h.render(w, r, http.StatusOK, views.LowStock(page, model))
	return nil
}

// lowStock is a page of what has to be ordered again.
func (h *Handlers) lowStock(ctx context.Context, q shop.AlertQuery) (m views.LowStockModel, err error) {
	q.Limit = shop.MaxPageSize
	m.Now, m.Later = h.Store.Now(), q.Before > 0
	if m.Alerts, m.More, err = h.Store.StockAlerts(ctx, q); err != nil {
		return m, err
	}
	m.Open, err = h.Store.StockAlertCount(ctx, q.MerchantID)
	return m, err
}

// MerchantLowStockStream keeps the list up to date, or where that is asked for, how long it is. What is left of a SKU moves with
// every order, how many alerts there are only when one is raised or cleared.
func (h *Handlers) MerchantLowStockStream(w http.ResponseWriter, r *http.Request) error {
	merchant := viewerOf(r.Context()).MerchantID
	view := wholeView[views.LowStockModel]{
		looks: &h.alerts, of: merchant, back: urls.MerchantLowStock(),
		look: func(ctx context.Context) (views.LowStockModel, error) {
			return h.lowStock(ctx, shop.AlertQuery{MerchantID: merchant})
		},
		draw: func(_ context.Context, m views.LowStockModel) (templ.Component, error) {
			return views.LowStockNow(m), nil
		},
	}
	if r.URL.Query().Has("count") {
		view.back, view.concerns = urls.MerchantInventory(), tellsOfAlerts
		view.draw = func(_ context.Context, m views.LowStockModel) (templ.Component, error) {
			return views.LowStockCountNow(m.Open), nil
		}
	}
	return liveWhole(h, w, r, view)
}

func tellsOfAlerts(entries []shop.FeedEntry) bool {
	return slices.ContainsFunc(entries, func(e shop.FeedEntry) bool { return e.Topic == shop.TopicStockAlert })
}
