package handlers

import (
	"net/http"

	"waybill/shop"
	"waybill/views"
	"waybill/views/urls"
)

const merchantsPerPage = 50

// AdminMerchants is the list of merchants, with the form that opens one.
func (h *Handlers) AdminMerchants(w http.ResponseWriter, r *http.Request) error {
	return h.renderMerchants(w, r, http.StatusOK, shop.NewMerchant{Country: "US", TimeZone: shop.DefaultTimeZone, LocationCode: shop.DefaultLocation}, nil)
}

func (h *Handlers) renderMerchants(w http.ResponseWriter, r *http.Request, status int, form shop.NewMerchant, errs []shop.FieldError) error {
	before, ok := cursor(r)
	if !ok {
		return redirect(w, r, urls.AdminMerchants())
	}
	merchants, more, err := h.Store.MerchantFigures(r.Context(), before, merchantsPerPage)
	if err != nil {
		return err
	}
	model := views.MerchantsModel{Merchants: merchants, Form: form}
	if more {
		model.OlderURL = withCursor(urls.AdminMerchants(), merchants[len(merchants)-1].ID)
	}
	if before != 0 {
		model.FirstURL = urls.AdminMerchants()
	}
	page := h.adminPage(r, "Merchants", urls.Admin())
	page.Errors = errs
	h.render(w, r, status, views.Merchants(page, model))
	return nil
}

// AdminMerchantAdd opens a merchant.
func (h *Handlers) AdminMerchantAdd(w http.ResponseWriter, r *http.Request) error {
	f := readForm(r)
	form := shop.NewMerchant{
		Name: f.text("name"), Slug: f.text("slug"), Country: f.text("country"), TimeZone: f.text("timeZone"), LocationCode: f.text("location"), LocationName: f.text("locationName"),
	}
	made, err := h.Store.CreateMerchant(r.Context(), form, origin(r))
	if errs := fieldsOf(err); errs != nil {
		return h.renderMerchants(w, r, http.StatusUnprocessableEntity, form, errs)
	}
	if err != nil {
		return err
	}
	h.flash(r, made.Name+" is open. Add the people who work there.")
	return redirect(w, r, urls.AdminMerchants())
}
