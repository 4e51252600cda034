package handlers

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"waybill/shop"
	"waybill/views"
	"waybill/views/ui"
	"waybill/views/urls"
)

// origin is who asks, for the audit log.
func origin(r *http.Request) shop.Origin {
	return shop.Origin{Actor: viewerOf(r.Context()).Actor(), RequestID: requestID(r)}
}

// formReader reads typed values and collects what is wrong with them, each beside its field. Empty values are zero.
type formReader struct {
	values func(name string) string
	errs   []shop.FieldError
}

func readForm(r *http.Request) *formReader { return &formReader{values: r.PostForm.Get} }

func (f *formReader) text(name string) string { return strings.TrimSpace(f.values(name)) }

// as reads a value that is not empty.
func (f *formReader) as(name string, read func(text string) error) {
	if text := f.text(name); text != "" {
		if errs := fieldsOf(read(text)); errs != nil {
			f.errs = append(f.errs, shop.FieldError{Field: name, Message: errs[0].Message})
		}
	}
}

// amount reads an amount of a currency.
func (f *formReader) amount(name string, currency shop.Currency) (minor int64) {
	f.as(name, func(text string) error {
		amount, err := shop.ParseAmount(text, currency)
		minor = amount.Minor
		return err
	})
	return minor
}

// required refuses a value that is empty.
func (f *formReader) required(name, message string) {
	if f.text(name) == "" {
		f.errs = append(f.errs, shop.FieldError{Field: name, Message: message})
	}
}

// day reads a day as its first moment in UTC.
func (f *formReader) day(name string) (day time.Time) {
	f.as(name, func(text string) (err error) {
		if day, err = time.Parse(time.DateOnly, text); err != nil {
			return shop.Invalid(name, "Enter a day such as 2026-05-23.")
		}
		return nil
	})
	return day
}

// beginning is the moment at which something begins that begins on a day: now, if that is today.
func beginning(day, now time.Time) time.Time {
	if day.Equal(now.UTC().Truncate(24 * time.Hour)) {
		return time.Time{}
	}
	return day
}

// AdminTaxes lists the rates of tax.
func (h *Handlers) AdminTaxes(w http.ResponseWriter, r *http.Request) error {
	return h.renderTaxes(w, r, http.StatusOK, views.TaxForm{Category: shop.StandardTax}, nil)
}

func (h *Handlers) renderTaxes(w http.ResponseWriter, r *http.Request, status int, form views.TaxForm, errs []shop.FieldError) error {
	rates, err := h.Store.TaxRates(r.Context())
	if err != nil {
		return err
	}
	page := h.adminPage(r, "Taxes", urls.AdminTaxes())
	page.Errors = errs
	h.render(w, r, status, views.Taxes(page, views.TaxesModel{Rates: rates, Form: form, Now: h.Store.Now()}))
	return nil
}

// AdminTaxAdd adds a rate of tax.
func (h *Handlers) AdminTaxAdd(w http.ResponseWriter, r *http.Request) error {
	f := readForm(r)
	form := views.TaxForm{
		Country: f.text("country"), Region: f.text("region"), Category: f.text("category"), Name: f.text("name"), Rate: f.text("rate"), From: f.text("from"),
	}
	rate := shop.StoredTaxRate{TaxRate: shop.TaxRate{Country: form.Country, Region: form.Region, Category: form.Category}, Name: form.Name}
	f.required("rate", "Enter the rate, 0 for untaxed goods")
	f.as("rate", func(text string) (err error) { rate.RatePPM, err = shop.ParsePercent(text); return err })
	now := h.Store.Now()
	rate.From = beginning(f.day("from"), now)
	rate = rate.Clean()
	errs := oncePerField(f.errs, fieldsOf(rate.Check(now)))
	if errs == nil {
		err := h.Store.AddTaxRate(r.Context(), rate, origin(r))
		if errs = fieldsOf(err); err != nil && errs == nil {
			return err
		}
	}
	if errs != nil {
		return h.renderTaxes(w, r, http.StatusUnprocessableEntity, form, errs)
	}
	h.flash(r, "The rate is added.")
	return redirect(w, r, urls.AdminTaxes())
}

// AdminTaxEndPage asks before a rate of tax ends.
func (h *Handlers) AdminTaxEndPage(w http.ResponseWriter, r *http.Request) error {
	id, err := idParam(r, "id")
	if err != nil {
		return err
	}
	rates, err := h.Store.TaxRates(r.Context())
	if err != nil {
		return err
	}
	at := slices.IndexFunc(rates, func(rate shop.StoredTaxRate) bool { return rate.ID == id })
	if at < 0 {
		return shop.NotFound("rate of tax")
	}
	model := views.TaxEndModel{Rate: rates[at], Rates: rates, Now: h.Store.Now()}
	page := h.adminPage(r, "End a rate of tax", urls.AdminTaxes())
	page.Breadcrumbs = append(page.Breadcrumbs, ui.Crumb{Label: "Taxes", URL: urls.AdminTaxes()})
	h.render(w, r, http.StatusOK, views.TaxEnd(page, model))
	return nil
}

// AdminTaxEnd ends a rate of tax, or takes one back that has not begun.
func (h *Handlers) AdminTaxEnd(w http.ResponseWriter, r *http.Request) error {
	id, err := idParam(r, "id")
	if err != nil {
		return err
	}
	if err := h.Store.EndTaxRate(r.Context(), id, origin(r), pressKey(r)); err != nil {
		return err
	}
	h.flash(r, "The rate has ended.")
	return redirect(w, r, urls.AdminTaxes())
}

// AdminSettings shows the settings of the shop.
func (h *Handlers) AdminSettings(w http.ResponseWriter, r *http.Request) error {
	rounding, err := h.Store.TaxRounding(r.Context())
	if err != nil {
		return err
	}
	h.renderSettings(w, r, http.StatusOK, string(rounding), nil)
	return nil
}

func (h *Handlers) renderSettings(w http.ResponseWriter, r *http.Request, status int, rounding string, errs []shop.FieldError) {
	page := h.adminPage(r, "Settings", urls.AdminSettings())
	page.Errors = errs
	h.render(w, r, status, views.Settings(page, views.SettingsModel{Rounding: rounding}))
}

// AdminSettingsSave changes the settings of the shop.
func (h *Handlers) AdminSettingsSave(w http.ResponseWriter, r *http.Request) error {
	rounding, err := shop.ParseRounding(r.PostForm.Get("rounding"))
	if errs := fieldsOf(err); errs != nil {
		h.renderSettings(w, r, http.StatusUnprocessableEntity, "", errs)
		return nil
	}
	if err := h.Store.SetTaxRounding(r.Context(), rounding, origin(r)); err != nil {
		return err
	}
	h.flash(r, "The settings are saved.")
	return redirect(w, r, urls.AdminSettings())
}

// MerchantShipping lists what the viewer's merchant asks for shipping.
func (h *Handlers) MerchantShipping(w http.ResponseWriter, r *http.Request) error {
	return h.renderShipping(w, r, http.StatusOK, views.ShippingForm{}, nil)
}

func (h *Handlers) renderShipping(w http.ResponseWriter, r *http.Request, status int, form views.ShippingForm, errs []shop.FieldError) error {
	rates, err := h.Store.ShippingRates(r.Context(), viewerOf(r.Context()).MerchantID)
	if err != nil {
		return err
	}
	terms, err := h.Store.ShipTerms(r.Context(), viewerOf(r.Context()).MerchantID)
	if err != nil {
		return err
	}
	currencies, err := h.shopCurrencies(r)
	if err != nil {
		return err
	}
	page := h.page(r, "Shipping")
	page.Nav, page.Errors = urls.MerchantPromise(), errs
	h.render(w, r, status, views.Shipping(page, views.ShippingModel{Rates: rates, Services: terms.Services, Currencies: currencies, Form: form}))
	return nil
}

// shopCurrencies are the currencies that the shop has prices in, or the usual one while it has none.
func (h *Handlers) shopCurrencies(r *http.Request) ([]shop.Currency, error) {
	currencies, err := h.Store.Currencies(r.Context())
	if len(currencies) == 0 {
		currencies = []shop.Currency{shop.DefaultCurrency}
	}
	return currencies, err
}

// MerchantShippingAdd adds a shipping rate.
func (h *Handlers) MerchantShippingAdd(w http.ResponseWriter, r *http.Request) error {
	f := readForm(r)
	form := views.ShippingForm{Service: f.text("service"), Country: f.text("country"), Currency: f.text("currency"), Weight: f.text("weight"), Subtotal: f.text("subtotal"), Price: f.text("price")}
	rate := shop.ShippingRate{MerchantID: viewerOf(r.Context()).MerchantID, Country: form.Country}
	f.as("service", func(text string) (err error) { rate.Service.ID, err = serviceID(text); return err })
	f.required("currency", "Choose the currency")
	f.as("currency", func(text string) (err error) { rate.Currency, err = shop.FindCurrency(text); return err })
	f.required("price", "Enter the price, 0 for free shipping")
	f.as("weight", func(text string) (err error) { rate.FromWeightGrams, err = shop.ParseKilograms(text); return err })
	rate.FromSubtotalMinor, rate.PriceMinor = f.amount("subtotal", rate.Currency), f.amount("price", rate.Currency)
	errs := oncePerField(f.errs, fieldsOf(rate.Check()))
	if errs == nil {
		err := h.Store.AddShippingRate(r.Context(), rate, origin(r))
		if errs = fieldsOf(err); err != nil && errs == nil {
			return err
		}
	}
	if errs != nil {
		return h.renderShipping(w, r, http.StatusUnprocessableEntity, form, errs)
	}
	h.flash(r, "The rate is added.")
	return redirect(w, r, urls.MerchantShipping())
}

func serviceID(text string) (int64, error) {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id <= 0 {
		return 0, shop.Invalid("service", "Choose one of your services")
	}
	return id, nil
}

// MerchantShippingRemove removes a shipping rate.
func (h *Handlers) MerchantShippingRemove(w http.ResponseWriter, r *http.Request) error {
	id, err := idParam(r, "id")
	if err != nil {
		return err
	}
	if err := h.Store.RemoveShippingRate(r.Context(), id, viewerOf(r.Context()).MerchantID, origin(r), pressKey(r)); err != nil {
		return err
	}
	h.flash(r, "The rate is removed.")
	return redirect(w, r, urls.MerchantShipping())
}
