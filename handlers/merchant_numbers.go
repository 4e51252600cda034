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

// MerchantNumbers shows how the parcels of the viewer's merchant went.
func (h *Handlers) MerchantNumbers(w http.ResponseWriter, r *http.Request) error {
	m, errs, err := h.numbers(r)
	if err != nil {
		return err
	}
	page := h.page(r, "Numbers")
	page.Nav, page.Errors = urls.MerchantNumbers(), errs
	h.render(w, r, statusWith(errs), views.MerchantNumbers(page, m))
	return nil
}

// statusWith is the status of a page that says what was wrong with its filter.
func statusWith(errs []shop.FieldError) int {
	if errs != nil {
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}

func (h *Handlers) numbers(r *http.Request) (views.NumbersModel, []shop.FieldError, error) {
	viewer, q := viewerOf(r.Context()), r.URL.Query()
	query := shop.NumbersQuery{MerchantID: viewer.MerchantID, Period: shop.NumbersPeriod(q.Get("period"))}
	if !slices.Contains(shop.NumbersPeriods(), query.Period) {
		query.Period = shop.NumbersToday
	}
	locations, err := h.Store.MerchantLocations(r.Context(), viewer.MerchantID)
	if err != nil {
		return views.NumbersModel{}, nil, err
	}
	if id, err := strconv.ParseInt(q.Get("location"), 10, 64); err == nil && slices.ContainsFunc(locations, func(l shop.Location) bool { return l.ID == id }) {
		query.LocationID = id
	}
	numbers, err := h.Reports.Numbers(r.Context(), query)
	if shop.CodeOf(err) == shop.CodeInvalid {
		return views.NumbersModel{Numbers: shop.NewNumbers(query, h.Store.Now(), h.Store.Now().Location(), nil, nil), Locations: locations}, fieldsOf(err), nil
	}
	return views.NumbersModel{Numbers: numbers, Locations: locations}, nil, err
}

// MerchantNumbersParcels lists the parcels that a figure counts.
func (h *Handlers) MerchantNumbersParcels(w http.ResponseWriter, r *http.Request) error {
	m, errs, err := h.numbers(r)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	number := func(name string) int64 {
		n, err := strconv.ParseInt(q.Get(name), 10, 32)
		if err != nil || n < 0 {
			return 0
		}
		return n
	}
	m.Figure = shop.Figure{
		What: shop.FigureKind(q.Get("what")), Picker: number("picker"), Part: int(number("part")), Stage: shop.WorkStage(q.Get("stage")), Age: int(number("age")),
	}
	if !slices.Contains(shop.FigureKinds(), m.Figure.What) {
		m.Figure = shop.Figure{What: shop.FigureShipped}
	}
	if !slices.Contains(shop.WorkStages(), m.Figure.Stage) {
		m.Figure.Stage = shop.StageWaiting
	}
	m.Page = int(number("page"))
	page := h.page(r, m.FigureTitle())
	page.Nav, page.Errors = urls.MerchantNumbers(), errs
	page.Breadcrumbs = []ui.Crumb{{Label: "Numbers", URL: m.URL()}}
	h.render(w, r, statusWith(errs), views.NumbersParcels(page, m))
	return nil
}
