package handlers

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"waybill/shop"
	"waybill/views"
	"waybill/views/format"
	"waybill/views/urls"
)

// MerchantStockWork shows the forms with which people work on the stock of a SKU.
func (h *Handlers) MerchantStockWork(w http.ResponseWriter, r *http.Request) error {
	return h.stockWorkPage(w, r, http.StatusOK, nil)
}

func (h *Handlers) stockWorkPage(w http.ResponseWriter, r *http.Request, status int, errs []shop.FieldError) error {
	viewer := viewerOf(r.Context())
	sku, err := skuOf(r)
	if err != nil {
		return err
	}
	model := views.StockWorkModel{Key: rand.Text(), Typed: r.PostForm, Errors: errs}
	if model.Stock, err = h.Store.SKUStock(r.Context(), sku, viewer.MerchantID); err != nil {
		return err
	}
	if model.Locations, err = h.Store.MerchantLocations(r.Context(), viewer.MerchantID); err != nil {
		return err
	}
	page := h.page(r, "Work on "+model.Stock.Code)
	page.Nav, page.Errors = urls.MerchantInventory(), errs
	page.Breadcrumbs, page.Path = views.StockCrumbs(model.Stock.SKUID, model.Stock.Code), urls.MerchantInventoryWork(sku)
	h.render(w, r, status, views.StockWork(page, model))
	return nil
}

// MerchantWorkOnStock does one piece of work: the form names it.
func (h *Handlers) MerchantWorkOnStock(w http.ResponseWriter, r *http.Request) error {
	viewer := viewerOf(r.Context())
	sku, err := skuOf(r)
	if err != nil {
		return err
	}
	f := workForm{values: r.PostForm, do: r.PostForm.Get("do")}
	task := shop.StockTask{SKUID: sku, MerchantID: viewer.MerchantID, Reason: f.text("reason"), Actor: viewer.Actor(), RequestID: requestID(r)}
	task.Key, err = shop.NewIdempotencyKey(fmt.Sprintf("user:%d:stock", viewer.ID), r.PostForm.Get("key"), []any{sku, r.PostForm})
	if err == nil {
		err = h.workOnStock(r, task, &f)
	}
	switch code, words := refusalOf(err); code {
	case "":
	case shop.CodeInvalid:
		return h.stockWorkPage(w, r, statusOf[code], f.errors(err))
	case shop.CodeConflict:
		return h.stockWorkPage(w, r, statusOf[code], []shop.FieldError{{Field: f.numbered(), Message: words}})
	default:
		return err
	}
	stock, err := h.Store.SKUStock(r.Context(), sku, viewer.MerchantID)
	if err != nil {
		return err
	}
	h.flash(r, fmt.Sprintf("Done. There are %s on hand, %s of them free to sell.", format.Plural(stock.OnHand(), "unit", "units"), format.Count(stock.Available())))
	return redirect(w, r, urls.MerchantInventorySKU(sku))
}

func (h *Handlers) workOnStock(r *http.Request, task shop.StockTask, f *workForm) error {
	var work func() error
	switch f.do {
	case "receive":
		receipt := shop.StockReceipt{StockTask: task, LocationID: f.location("locationId"), Quantity: f.units("quantity")}
		work = func() error { _, _, err := h.Store.ReceiveStock(r.Context(), receipt); return err }
	case "count":
		count := shop.StockCount{StockTask: task, LocationID: f.location("locationId"), OnHand: f.units("onHand")}
		work = func() error { _, _, err := h.Store.CountStock(r.Context(), count); return err }
	case "move":
		transfer := shop.StockTransfer{StockTask: task, FromID: f.location("fromLocationId"), ToID: f.location("toLocationId"), Quantity: f.units("quantity")}
		work = func() error { _, _, err := h.Store.TransferStock(r.Context(), transfer); return err }
	case "rules":
		change := shop.StockRulesChange{StockRules: f.rules(), SKUID: task.SKUID, MerchantID: task.MerchantID, Actor: task.Actor, RequestID: task.RequestID}
		work = func() error { return h.Store.SetStockRules(r.Context(), change) }
	case "place":
		place := shop.StockPlace{StockTask: task, LocationID: f.location("locationId"), Bin: f.text("bin"), ReorderPoint: f.optional("reorderPoint")}
		work = func() error { _, err := h.Store.PlaceStock(r.Context(), place); return err }
	default:
		return shop.NotFound("form")
	}
	if f.wrong != nil {
		return shop.InvalidFields(f.wrong...)
	}
	return work()
}

func orZero(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}

// workForm reads the fields of one of the forms; their names begin with its name.
type workForm struct {
	values url.Values
	do     string
	wrong  []shop.FieldError
}

func (f *workForm) text(field string) string {
	return strings.TrimSpace(f.values.Get(f.do + "-" + field))
}

// units reads a number of units. Spaces and commas between the digits are left out.
func (f *workForm) units(field string) int64 {
	n, err := strconv.ParseInt(strings.NewReplacer(" ", "", ",", "", "\u2212", "-").Replace(f.text(field)), 10, 64)
	if err != nil {
		f.wrong = append(f.wrong, shop.FieldError{Field: field, Message: "Enter a number of units, such as 24."})
	}
	return n
}

// rules are how a SKU is sold; an empty field is no rule.
func (f *workForm) rules() shop.StockRules {
	return shop.StockRules{BackorderLimit: orZero(f.optional("backorderLimit")), BuyerLimit: orZero(f.optional("buyerLimit")), ReorderPoint: f.optional("reorderPoint")}
}

// optional is units for a field that may be empty.
func (f *workForm) optional(field string) *int64 {
	if f.text(field) == "" {
		return nil
	}
	n := f.units(field)
	return &n
}

// location reads a choice; a merchant with one location is not asked.
func (f *workForm) location(field string) int64 {
	text := f.text(field)
	id, err := strconv.ParseInt(text, 10, 64)
	if text != "" && err != nil {
		f.wrong = append(f.wrong, shop.FieldError{Field: field, Message: "Choose a location."})
	}
	return id
}

// numbered is the field that a conflict is about: the number of units.
func (f *workForm) numbered() string {
	if f.do == "count" {
		return "count-onHand"
	}
	return f.do + "-quantity"
}

// errors puts refusals at the fields of the form.
func (f *workForm) errors(err error) []shop.FieldError {
	fields := fieldsOf(err)
	errs := make([]shop.FieldError, len(fields))
	for i, e := range fields {
		errs[i] = shop.FieldError{Field: f.do + "-" + e.Field, Message: e.Message}
		if f.do == "place" {
			errs[i].Field = views.PlaceField(f.location("locationId"), e.Field)
		}
	}
	return errs
}
