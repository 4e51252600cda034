package handlers

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"waybill/shop"
	"waybill/views"
	"waybill/views/format"
	"waybill/views/urls"
)

// ledgerPage is how many movements of stock one page shows.
const ledgerPage = 50

// MerchantInventory lists the stock of the viewer's merchant.
func (h *Handlers) MerchantInventory(w http.ResponseWriter, r *http.Request) error {
	viewer, q := viewerOf(r.Context()), r.URL.Query()
	query := shop.StockQuery{MerchantID: viewer.MerchantID, Text: strings.TrimSpace(q.Get("q")), LowFirst: q.Get("sort") == "low", Limit: shop.MaxPageSize}
	if len(query.Text) > shop.MaxStockText {
		query.Text = strings.ToValidUTF8(query.Text[:shop.MaxStockText], "")
	}
	if location, err := strconv.ParseInt(q.Get("location"), 10, 64); err == nil && location > 0 {
		query.LocationID = location
	}
	model := views.InventoryModel{Query: query, First: true, Now: h.Store.Now()}
	if after := q.Get("after"); after != "" {
		cursor, err := shop.ParseStockCursor(after)
		if err != nil {
			return redirect(w, r, model.URL())
		}
		query.After, model.First = cursor, false
	}
	var err error
	if model.StockPage, err = h.Store.StockPage(r.Context(), query); err != nil {
		return err
	}
	if model.Locations, err = h.Store.MerchantLocations(r.Context(), viewer.MerchantID); err != nil {
		return err
	}
	if model.Alerts, err = h.Store.StockAlertCount(r.Context(), viewer.MerchantID); err != nil {
		return err
	}
	page := h.page(r, "Inventory")
	page.Nav, page.Live = urls.MerchantInventory(), true
	h.render(w, r, http.StatusOK, views.Inventory(page, model))
	return nil
}

// MerchantInventoryChanges answers an open page of the stock with what moved since it asked last, and where it shows the sums
// of all stock, with those if they are others than it has.
func (h *Handlers) MerchantInventoryChanges(w http.ResponseWriter, r *http.Request) error {
	query, err := stockChanges(r)
	if err != nil {
		return err
	}
	model := views.StockMovedModel{Poll: views.StockPollModel{SKUIDs: query.SKUIDs, Now: h.Store.Now()}} // what moves while it is read is told the next time
	if model.Rows, err = h.Store.StockChanged(r.Context(), query); err != nil {
		return err
	}
	if r.URL.Query().Has("sums") {
		sums, err := h.stockSums(r.Context(), query.MerchantID, model.Poll.Now)
		if err != nil {
			return err
		}
		model.Poll.Sums, model.Known = &sums, r.URL.Query().Get("sums")
	}
	h.render(w, r, http.StatusOK, views.StockMoved(model))
	return nil
}

// stockChanges reads what an open page of the stock asks for. One without a SKU shows the sums alone.
func stockChanges(r *http.Request) (shop.StockChanges, error) {
	query := shop.StockChanges{MerchantID: viewerOf(r.Context()).MerchantID}
	since, err := strconv.ParseInt(r.URL.Query().Get("since"), 10, 64)
	if err != nil {
		return query, shop.NotFound("page of the inventory")
	}
	query.Since = time.UnixMilli(since)
	skus := r.URL.Query().Get("skus")
	if skus == "" && r.URL.Query().Has("sums") {
		return query, nil
	}
	for text := range strings.SplitSeq(skus, ",") {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil || len(query.SKUIDs) == shop.MaxPageSize {
			return query, shop.NotFound("page of the inventory")
		}
		query.SKUIDs = append(query.SKUIDs, id)
	}
	return query, nil
}

// stockSumsAge is how old the sums of all stock may be. Adding them up reads every SKU, so it is done once for all pages that
// are open.
const stockSumsAge = 2 * time.Second

func (h *Handlers) stockSums(ctx context.Context, merchantID int64, now time.Time) (shop.StockSummary, error) {
	noPlace := func() shop.FeedCursor { return shop.FeedCursor{} } // the feed tells of orders, not of stock
	one, err := h.sums.at(ctx, merchantID, moment{minute: now.Truncate(stockSumsAge)}, noPlace, func(ctx context.Context) (shop.StockSummary, error) {
		return h.Store.StockSummary(ctx, merchantID)
	})
	if err != nil {
		return shop.StockSummary{}, err
	}
	return one.value, nil
}

// MerchantStock shows one SKU with its ledger.
func (h *Handlers) MerchantStock(w http.ResponseWriter, r *http.Request) error {
	return h.stockPage(w, r, http.StatusOK, views.AdjustForm{Reason: shop.ReasonCount}, nil)
}

func (h *Handlers) stockPage(w http.ResponseWriter, r *http.Request, status int, form views.AdjustForm, errs []shop.FieldError) error {
	viewer := viewerOf(r.Context())
	sku, err := skuOf(r)
	if err != nil {
		return err
	}
	query := shop.LedgerQuery{MerchantID: viewer.MerchantID, SKUID: sku, Limit: ledgerPage}
	if before, err := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64); err == nil && before > 0 {
		query.Before = before
	}
	ledger, err := h.Store.SKULedger(r.Context(), query)
	if err != nil {
		return err
	}
	form.Key = rand.Text()
	model := views.StockModel{SKULedger: ledger, Now: h.Store.Now(), Older: query.Before > 0, Form: form, Errors: errs}
	if model.Locations, err = h.Store.MerchantLocations(r.Context(), viewer.MerchantID); err != nil {
		return err
	}
	page := h.page(r, ledger.Code)
	page.Nav, page.Errors = urls.MerchantInventory(), errs
	page.Breadcrumbs, page.Path = views.InventoryCrumbs(), urls.MerchantInventorySKU(sku)
	h.render(w, r, status, views.Stock(page, model))
	return nil
}

func skuOf(r *http.Request) (int64, error) {
	id, err := strconv.ParseInt(chi.URLParam(r, "sku"), 10, 64)
	if err != nil || id <= 0 {
		return 0, shop.NotFound("SKU")
	}
	return id, nil
}

// MerchantAdjust books a count, a receipt or another change of stock.
func (h *Handlers) MerchantAdjust(w http.ResponseWriter, r *http.Request) error {
	viewer := viewerOf(r.Context())
	sku, err := skuOf(r)
	if err != nil {
		return err
	}
	form := views.AdjustForm{Delta: r.PostForm.Get("delta"), Reason: r.PostForm.Get("reason"), Words: strings.TrimSpace(r.PostForm.Get("words")), Location: r.PostForm.Get("locationId")}
	change, err := adjustment(form)
	if err == nil {
		change.SKUID, change.MerchantID, change.Actor, change.RequestID = sku, viewer.MerchantID, viewer.Actor(), requestID(r)
		change.Key, err = shop.NewIdempotencyKey(fmt.Sprintf("user:%d:adjust", viewer.ID), r.PostForm.Get("key"), []any{sku, form})
	}
	var stock shop.SKUStock
	if err == nil {
		stock, _, err = h.Store.AdjustStock(r.Context(), change)
	}
	switch code, words := refusalOf(err); code {
	case shop.CodeInvalid:
		return h.stockPage(w, r, statusOf[code], form, fieldsOf(err))
	case shop.CodeConflict:
		return h.stockPage(w, r, statusOf[code], form, []shop.FieldError{{Field: "delta", Message: words}})
	case "":
	default:
		return err
	}
	h.flash(r, fmt.Sprintf("Booked. There are now %s on hand, %s of them free to sell.", format.Plural(stock.OnHand(), "unit", "units"), format.Count(stock.Available())))
	return redirect(w, r, urls.MerchantInventorySKU(sku))
}

// adjustment reads the form. The sign may be the typographic minus that pages show.
func adjustment(form views.AdjustForm) (shop.StockAdjustment, error) {
	change := shop.StockAdjustment{Reason: form.Reason}
	var fields []shop.FieldError
	delta, err := strconv.ParseInt(strings.NewReplacer("\u2212", "-", " ", "", ",", "").Replace(form.Delta), 10, 64)
	if err != nil {
		fields = append(fields, shop.FieldError{Field: "delta", Message: "Enter how many units are added or taken away, such as +10 or -3."})
	}
	change.Delta = delta
	switch form.Reason {
	case shop.ReasonCount, shop.ReasonReceipt:
	case shop.ReasonAdjustment:
		if change.Reason = form.Words; change.Reason == "" {
			fields = append(fields, shop.FieldError{Field: "words", Message: "Say what happened to the units."})
		}
	default:
		fields = append(fields, shop.FieldError{Field: "reason", Message: "Choose why."})
	}
	if form.Location != "" {
		if change.LocationID, err = strconv.ParseInt(form.Location, 10, 64); err != nil {
			fields = append(fields, shop.FieldError{Field: "locationId", Message: "Choose a location."})
		}
	}
	if fields != nil {
		return change, shop.InvalidFields(fields...)
	}
	return change, nil
}
