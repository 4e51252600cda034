package handlers

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"waybill/shop"
	"waybill/views"
	"waybill/views/urls"
)

// newShipService stands for the service that a form adds.
const newShipService = -1

// MerchantPromise shows by when the merchant promises to ship.
func (h *Handlers) MerchantPromise(w http.ResponseWriter, r *http.Request) error {
	return h.promisePage(w, r, http.StatusOK, views.ShipPromiseModel{})
}

func (h *Handlers) promisePage(w http.ResponseWriter, r *http.Request, status int, model views.ShipPromiseModel) (err error) {
	if model.Terms, err = h.Store.ShipTerms(r.Context(), viewerOf(r.Context()).MerchantID); err != nil {
		return err
	}
	model.Now = h.Store.Now()
	if model.Zone, err = time.LoadLocation(model.Terms.Zone); err != nil {
		model.Zone = time.UTC
	}
	page := h.page(r, "Shipping promise")
	page.Nav, page.Path, page.Errors = urls.MerchantPromise(), urls.MerchantPromise(), model.Errors
	h.render(w, r, status, views.ShipPromise(page, model))
	return nil
}

// MerchantPromiseAdd adds a service.
func (h *Handlers) MerchantPromiseAdd(w http.ResponseWriter, r *http.Request) error {
	return h.setShipService(w, r, newShipService)
}

// MerchantPromiseSet changes a service, or stops offering it.
func (h *Handlers) MerchantPromiseSet(w http.ResponseWriter, r *http.Request) error {
	id, err := strconv.ParseInt(chi.URLParam(r, "service"), 10, 64)
	if err != nil || id < 0 {
		return shop.NotFound("service")
	}
	if !r.PostForm.Has("retire") {
		return h.setShipService(w, r, id)
	}
	if err := h.Store.RetireShipService(r.Context(), viewerOf(r.Context()).MerchantID, id); err != nil {
		return err
	}
	h.flash(r, "The service is no longer offered. Orders that have it keep it.")
	return redirect(w, r, urls.MerchantPromise())
}

func (h *Handlers) setShipService(w http.ResponseWriter, r *http.Request, id int64) error {
	service := shop.ShipService{ID: max(id, 0), Name: r.PostForm.Get("name"), CutoffMinute: cutoffMinute(r.PostForm.Get("cutoff")), HandlingDays: -1}
	if days, err := strconv.Atoi(strings.TrimSpace(r.PostForm.Get("days"))); err == nil {
		service.HandlingDays = days
	}
	for _, text := range r.PostForm["week"] {
		if day, err := strconv.Atoi(text); err == nil && day >= int(time.Sunday) && day <= int(time.Saturday) {
			service.WorkingDays |= 1 << day
		}
	}
	if text := strings.TrimSpace(r.PostForm.Get("weight")); text != "" {
		service.MaxWeightGrams = -1
		if grams, err := shop.ParseKilograms(text); err == nil && grams > 0 {
			service.MaxWeightGrams = grams
		}
	}
	err := h.Store.SetShipService(r.Context(), viewerOf(r.Context()).MerchantID, service, id == newShipService)
	if code := shop.CodeOf(err); code == shop.CodeInvalid || code == shop.CodeConflict {
		typed := map[string]string{"name": r.PostForm.Get("name"), "cutoff": r.PostForm.Get("cutoff"), "days": r.PostForm.Get("days"), "weight": r.PostForm.Get("weight")}
		errs := fieldsOf(err)
		if len(errs) == 0 {
			errs = []shop.FieldError{{Message: messageOf(err)}}
		}
		return h.promisePage(w, r, statusOf[code], views.ShipPromiseModel{Refused: id, Typed: typed, Errors: errs})
	}
	if err != nil {
		return err
	}
	h.flash(r, "Saved. It holds for orders that are paid from now on.")
	return redirect(w, r, urls.MerchantPromise())
}

// cutoffMinute reads "14:00"; anything else is a minute that no day has.
func cutoffMinute(text string) int {
	at, err := time.Parse("15:04", strings.TrimSpace(text))
	if err != nil {
		return -1
	}
	return at.Hour()*60 + at.Minute()
}

// MerchantPromiseHolidays adds or removes a day off.
func (h *Handlers) MerchantPromiseHolidays(w http.ResponseWriter, r *http.Request) error {
	merchant := viewerOf(r.Context()).MerchantID
	if day := r.PostForm.Get("remove"); day != "" {
		if err := h.Store.RemoveShipHoliday(r.Context(), merchant, shop.Day(day)); err != nil && shop.CodeOf(err) != shop.CodeNotFound {
			return err
		}
		return redirect(w, r, urls.MerchantPromise())
	}
	holiday := shop.Holiday{Day: shop.Day(strings.TrimSpace(r.PostForm.Get("day"))), Name: r.PostForm.Get("holiday")}
	err := h.Store.AddShipHoliday(r.Context(), merchant, holiday)
	if code := shop.CodeOf(err); code == shop.CodeInvalid || code == shop.CodeConflict {
		errs := fieldsOf(err)
		if len(errs) == 0 {
			errs = []shop.FieldError{{Field: "day", Message: messageOf(err)}}
		}
		return h.promisePage(w, r, statusOf[code], views.ShipPromiseModel{Day: r.PostForm.Get("day"), Holiday: r.PostForm.Get("holiday"), Errors: errs})
	}
	if err != nil {
		return err
	}
	h.flash(r, "The day off is planned.")
	return redirect(w, r, urls.MerchantPromise())
}
