package handlers

import (
	"net/http"

	"waybill/shop"
	"waybill/views"
	"waybill/views/urls"
)

// MerchantTaxes shows whether the prices of the viewer's merchant include tax, and what follows from it.
func (h *Handlers) MerchantTaxes(w http.ResponseWriter, r *http.Request) error {
	included, err := h.Store.PricesIncludeTax(r.Context(), viewerOf(r.Context()).MerchantID)
	if err != nil {
		return err
	}
	chosen := views.TaxAdded
	if included {
		chosen = views.TaxIncluded
	}
	return h.merchantTaxesPage(w, r, http.StatusOK, views.MerchantTaxesModel{Included: included, Chosen: chosen}, nil)
}

func (h *Handlers) merchantTaxesPage(w http.ResponseWriter, r *http.Request, status int, model views.MerchantTaxesModel, errs []shop.FieldError) (err error) {
	if model.Rates, err = h.Store.TaxRates(r.Context()); err != nil {
		return err
	}
	if model.Rounding, err = h.Store.TaxRounding(r.Context()); err != nil {
		return err
	}
	currencies, err := h.shopCurrencies(r)
	if err != nil {
		return err
	}
	model.Currency, model.Now = currencies[0], h.Store.Now()
	page := h.page(r, "Taxes")
	page.Nav, page.Path, page.Errors = urls.MerchantPromise(), urls.MerchantTaxes(), errs
	h.render(w, r, status, views.MerchantTaxes(page, model))
	return nil
}

// MerchantTaxesSet changes it, for orders that are placed from now on.
func (h *Handlers) MerchantTaxesSet(w http.ResponseWriter, r *http.Request) error {
	merchant, chosen := viewerOf(r.Context()).MerchantID, r.PostForm.Get("prices")
	if chosen != views.TaxIncluded && chosen != views.TaxAdded {
		included, err := h.Store.PricesIncludeTax(r.Context(), merchant)
		if err != nil {
			return err
		}
		refused := []shop.FieldError{{Field: "prices", Message: "Choose whether your prices include tax"}}
		return h.merchantTaxesPage(w, r, http.StatusUnprocessableEntity, views.MerchantTaxesModel{Included: included}, refused)
	}
	if err := h.Store.SetPricesIncludeTax(r.Context(), merchant, chosen == views.TaxIncluded, origin(r)); err != nil {
		return err
	}
	h.flash(r, "Saved. It holds for orders that are placed from now on.")
	return redirect(w, r, urls.MerchantTaxes())
}
