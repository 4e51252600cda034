package handlers

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"waybill/shop"
	"waybill/views"
	"waybill/views/urls"
)

// MerchantCounts lists the count sheets of the viewer's merchant.
func (h *Handlers) MerchantCounts(w http.ResponseWriter, r *http.Request) error {
	return h.countsPage(w, r, http.StatusOK, nil)
}

func (h *Handlers) countsPage(w http.ResponseWriter, r *http.Request, status int, errs []shop.FieldError) error {
	viewer := viewerOf(r.Context())
	before, _ := cursor(r)
	model := views.CountsModel{Key: rand.Text(), Typed: r.PostForm, Errors: errs, Now: h.Store.Now(), Later: before > 0}
	var err error
	if model.Sheets, model.More, err = h.Store.CountSheets(r.Context(), viewer.MerchantID, before, shop.MaxPageSize); err != nil {
		return err
	}
	if model.Locations, err = h.Store.MerchantLocations(r.Context(), viewer.MerchantID); err != nil {
		return err
	}
	page := h.page(r, "Counts")
	page.Nav, page.Errors = urls.MerchantInventory(), errs
	page.Breadcrumbs, page.Path = views.InventoryCrumbs(), urls.MerchantCounts()
	h.render(w, r, status, views.Counts(page, model))
	return nil
}

// MerchantCountOpen opens a count sheet.
func (h *Handlers) MerchantCountOpen(w http.ResponseWriter, r *http.Request) error {
	viewer := viewerOf(r.Context())
	location, _ := strconv.ParseInt(r.PostForm.Get("locationId"), 10, 64) // what is no location is refused by Clean
	open := shop.OpenCount{MerchantID: viewer.MerchantID, LocationID: location, Bins: r.PostForm.Get("bins"), Actor: viewer.Actor(), RequestID: requestID(r)}
	var err error
	if open.Key, err = shop.NewIdempotencyKey(fmt.Sprintf("user:%d:count", viewer.ID), r.PostForm.Get("key"), []any{location, open.Bins}); err != nil {
		return err
	}
	id, _, err := h.Store.OpenCountSheet(r.Context(), open)
	switch code, words := refusalOf(err); code {
	case shop.CodeInvalid:
		return h.countsPage(w, r, statusOf[code], fieldsOf(err))
	case shop.CodeConflict:
		return h.countsPage(w, r, statusOf[code], []shop.FieldError{{Message: words}})
	case "":
	default:
		return err
	}
	return redirect(w, r, urls.MerchantCount(id))
}

// MerchantCount shows a count sheet.
func (h *Handlers) MerchantCount(w http.ResponseWriter, r *http.Request) error {
	return h.countPage(w, r, http.StatusOK, nil)
}

func (h *Handlers) countPage(w http.ResponseWriter, r *http.Request, status int, errs []shop.FieldError) error {
	id, err := idParam(r, "count")
	if err != nil {
		return err
	}
	sheet, err := h.Store.CountSheet(r.Context(), viewerOf(r.Context()).MerchantID, id)
	if err != nil {
		return err
	}
	model := views.CountModel{CountSheet: sheet, Typed: r.PostForm, Errors: errs, Now: h.Store.Now()}
	page := h.page(r, "Count")
	page.Nav, page.Errors = urls.MerchantInventory(), errs
	page.Breadcrumbs, page.Path = views.CountCrumbs(), urls.MerchantCount(id)
	h.render(w, r, status, views.Count(page, model))
	return nil
}

// MerchantCountEnter writes down what was counted; empty fields were not.
func (h *Handlers) MerchantCountEnter(w http.ResponseWriter, r *http.Request) error {
	work, err := countWork(r)
	if err != nil {
		return err
	}
	counted, errs := countedFields(r)
	if errs == nil {
		err = h.Store.EnterCounts(r.Context(), shop.EnterCounts{CountWork: work, Counted: counted})
		errs = fieldsOf(err)
	}
	if errs != nil {
		return h.countPage(w, r, http.StatusUnprocessableEntity, errs)
	}
	return h.countDone(w, r, err, fmt.Sprintf("Saved %d counts.", len(counted)))
}

// countedFields reads the fields "counted[SKU]" of a sheet.
func countedFields(r *http.Request) (counted map[int64]int64, errs []shop.FieldError) {
	counted = map[int64]int64{}
	for name, values := range r.PostForm {
		inner, ok := strings.CutPrefix(name, "counted[")
		text := strings.TrimSpace(values[0])
		if !ok || text == "" {
			continue
		}
		sku, err := strconv.ParseInt(strings.TrimSuffix(inner, "]"), 10, 64)
		if err != nil {
			continue // not a field of the sheet
		}
		if counted[sku], err = strconv.ParseInt(text, 10, 64); err != nil {
			errs = append(errs, shop.FieldError{Field: name, Message: "Enter a number of units, such as 24."})
		}
	}
	return counted, errs
}

// MerchantCountApprove books the differences of a sheet.
func (h *Handlers) MerchantCountApprove(w http.ResponseWriter, r *http.Request) error {
	work, err := countWork(r)
	if err != nil {
		return err
	}
	_, err = h.Store.ApproveCountSheet(r.Context(), work)
	return h.countDone(w, r, err, "Approved. The differences are in the ledger.")
}

// MerchantCountDiscard closes a sheet without booking anything.
func (h *Handlers) MerchantCountDiscard(w http.ResponseWriter, r *http.Request) error {
	work, err := countWork(r)
	if err != nil {
		return err
	}
	_, err = h.Store.DiscardCountSheet(r.Context(), work)
	return h.countDone(w, r, err, "Discarded. Nothing was booked.")
}

// countDone goes back to the sheet, or says there why not.
func (h *Handlers) countDone(w http.ResponseWriter, r *http.Request, err error, done string) error {
	if shop.CodeOf(err) == shop.CodeConflict {
		return h.countPage(w, r, http.StatusConflict, []shop.FieldError{{Message: messageOf(err)}})
	}
	if err != nil {
		return err
	}
	h.flash(r, done)
	id, err := idParam(r, "count")
	if err != nil {
		return err
	}
	return redirect(w, r, urls.MerchantCount(id))
}

func countWork(r *http.Request) (shop.CountWork, error) {
	viewer := viewerOf(r.Context())
	id, err := idParam(r, "count")
	return shop.CountWork{SheetID: id, MerchantID: viewer.MerchantID, Actor: viewer.Actor(), RequestID: requestID(r), Key: pressKey(r)}, err
}
