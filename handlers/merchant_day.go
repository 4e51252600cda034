package handlers

import (
	"context"
	"net/http"

	"github.com/a-h/templ"

	"waybill/shop"
	"waybill/views"
	"waybill/views/urls"
)

// MerchantDay is the first page of a merchant: what waits now, and how the day goes.
func (h *Handlers) MerchantDay(w http.ResponseWriter, r *http.Request) error {
	day, err := h.Store.MerchantDay(r.Context(), viewerOf(r.Context()).MerchantID)
	if err != nil {
		return err
	}
	page := h.page(r, "Today")
	page.Nav, page.Live, page.Path = urls.MerchantDay(), true, urls.MerchantDay()
	page.Shortcuts = views.DayShortcuts()
	h.render(w, r, http.StatusOK, views.MerchantDay(page, day))
	return nil
}

// MerchantDayStream keeps the first page up to date.
func (h *Handlers) MerchantDayStream(w http.ResponseWriter, r *http.Request) error {
	return h.dayStream(w, r, urls.MerchantDay(), views.MerchantDayNow)
}

// queueWall is the queue for a screen on the wall: nobody touches it, everybody reads it.
func (h *Handlers) queueWall(w http.ResponseWriter, r *http.Request) error {
	day, err := h.Store.MerchantDay(r.Context(), viewerOf(r.Context()).MerchantID)
	if err != nil {
		return err
	}
	page := h.page(r, "Queue on the wall")
	page.Nav, page.Live, page.Wall, page.Path = urls.MerchantQueue(), true, true, urls.MerchantWall()
	h.render(w, r, http.StatusOK, views.QueueWall(page, day))
	return nil
}

func (h *Handlers) queueWallStream(w http.ResponseWriter, r *http.Request) error {
	return h.dayStream(w, r, urls.MerchantWall(), views.QueueWallNow)
}

func (h *Handlers) dayStream(w http.ResponseWriter, r *http.Request, back string, draw func(shop.MerchantDay) templ.Component) error {
	merchant := viewerOf(r.Context()).MerchantID
	return liveWhole(h, w, r, wholeView[shop.MerchantDay]{
		looks: &h.days, of: merchant, back: back,
		look: func(ctx context.Context) (shop.MerchantDay, error) { return h.Store.MerchantDay(ctx, merchant) },
		draw: func(_ context.Context, day shop.MerchantDay) (templ.Component, error) { return draw(day), nil },
	})
}

// MerchantWaiting lists what of the orders waits for stock.
func (h *Handlers) MerchantWaiting(w http.ResponseWriter, r *http.Request) error {
	lines, more, err := h.Store.WaitingLines(r.Context(), viewerOf(r.Context()).MerchantID)
	if err != nil {
		return err
	}
	page := h.page(r, "Waiting for stock")
	page.Nav, page.Breadcrumbs = urls.MerchantDay(), views.DayCrumbs()
	h.render(w, r, http.StatusOK, views.MerchantWaiting(page, views.WaitingModel{Lines: lines, More: more, Now: h.Store.Now()}))
	return nil
}
