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

// MerchantLocations lists the places where the stock of the viewer's merchant lies.
func (h *Handlers) MerchantLocations(w http.ResponseWriter, r *http.Request) error {
	locations, err := h.Store.StockLocations(r.Context(), viewerOf(r.Context()).MerchantID)
	if err != nil {
		return err
	}
	last := 0
	for _, l := range locations {
		last = max(last, l.Priority)
	}
	form := views.LocationForm{Priority: strconv.Itoa(min(last+1, shop.MaxLocationPriority))}
	h.locationsPage(w, r, http.StatusOK, views.LocationsModel{Locations: locations, Form: form}, nil)
	return nil
}

func (h *Handlers) locationsPage(w http.ResponseWriter, r *http.Request, status int, model views.LocationsModel, errs []shop.FieldError) {
	page := h.page(r, "Locations")
	page.Nav, page.Path, page.Errors = urls.MerchantInventory(), urls.MerchantLocations(), errs
	page.Breadcrumbs = []ui.Crumb{{Label: "Inventory", URL: urls.MerchantInventory()}}
	h.render(w, r, status, views.Locations(page, model))
}

// MerchantLocationAdd adds one.
func (h *Handlers) MerchantLocationAdd(w http.ResponseWriter, r *http.Request) error {
	return h.saveLocation(w, r, shop.StockLocation{Location: shop.Location{Code: r.PostForm.Get("code")}})
}

// MerchantLocation shows the form that changes one.
func (h *Handlers) MerchantLocation(w http.ResponseWriter, r *http.Request) error {
	location, all, err := h.locationOf(r)
	if err != nil {
		return err
	}
	h.locationsPage(w, r, http.StatusOK, views.LocationsModel{Locations: all, Form: views.LocationFormOf(location)}, nil)
	return nil
}

// MerchantLocationChange changes its name and its priority, for orders that are placed from now on.
func (h *Handlers) MerchantLocationChange(w http.ResponseWriter, r *http.Request) error {
	location, _, err := h.locationOf(r)
	if err != nil {
		return err
	}
	return h.saveLocation(w, r, location)
}

// locationOf finds the location of the address among those of the viewer's merchant.
func (h *Handlers) locationOf(r *http.Request) (shop.StockLocation, []shop.StockLocation, error) {
	id, err := idParam(r, "location")
	if err != nil {
		return shop.StockLocation{}, nil, err
	}
	all, err := h.Store.StockLocations(r.Context(), viewerOf(r.Context()).MerchantID)
	if err != nil {
		return shop.StockLocation{}, nil, err
	}
	at := slices.IndexFunc(all, func(l shop.StockLocation) bool { return l.ID == id })
	if at < 0 {
		return shop.StockLocation{}, nil, shop.NotFound("location")
	}
	return all[at], all, nil
}

func (h *Handlers) saveLocation(w http.ResponseWriter, r *http.Request, l shop.StockLocation) error {
	form := views.LocationForm{ID: l.ID, Code: l.Code, Name: r.PostForm.Get("name"), Priority: r.PostForm.Get("priority")}
	l.MerchantID, l.Name, l.Priority = viewerOf(r.Context()).MerchantID, form.Name, int(figure(form.Priority))
	saved, err := h.Store.SaveLocation(r.Context(), l, origin(r))
	if errs := fieldsOf(err); errs != nil {
		all, err := h.Store.StockLocations(r.Context(), l.MerchantID)
		if err != nil {
			return err
		}
		h.locationsPage(w, r, http.StatusUnprocessableEntity, views.LocationsModel{Locations: all, Form: form}, errs)
		return nil
	}
	if err != nil {
		return err
	}
	h.flash(r, "Location "+saved.Code+" is saved.")
	return redirect(w, r, urls.MerchantLocations())
}
