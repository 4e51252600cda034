package handlers

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"waybill/shop"
	"waybill/views"
	"waybill/views/ui"
	"waybill/views/urls"
)

// MerchantSKUNew is the form of a new variant.
func (h *Handlers) MerchantSKUNew(w http.ResponseWriter, r *http.Request) error {
	product, err := h.productParam(r)
	if err != nil {
		return err
	}
	form := views.SKUForm{Status: string(shop.CatalogActive)}
	if n := len(product.SKUs); n > 0 { // a sibling tells most of it
		form = views.FormOfSKU(product.SKUs[n-1])
		form.Code, form.Variant, form.Barcode = "", "", ""
		form.Prices = views.PriceTexts(product.SKUs[n-1].Prices)
	}
	return h.skuPage(w, r, http.StatusOK, views.SKUModel{Product: product, Form: form}, nil)
}

// skuPage shows the form of a variant, or of a new one.
func (h *Handlers) skuPage(w http.ResponseWriter, r *http.Request, status int, m views.SKUModel, errs []shop.FieldError) error {
	var err error
	if m.Choices, err = h.catalogChoices(r); err != nil {
		return err
	}
	if m.SKU.ID != 0 {
		if m.Book, err = h.Store.SKUPrices(r.Context(), m.SKU.ID, m.Product.MerchantID); err != nil {
			return err
		}
	}
	m.Now = h.Store.Now()
	if m.Key = r.PostForm.Get("key"); m.Key == "" {
		m.Key = rand.Text()
	}
	page := h.page(r, m.Title())
	page.Nav, page.Errors, page.Path = urls.MerchantProducts(), errs, m.URL()
	page.Breadcrumbs = append(productCrumbs(), ui.Crumb{Label: m.Product.Name, URL: urls.MerchantProduct(m.Product.ID)})
	h.render(w, r, status, views.MerchantSKU(page, m))
	return nil
}

// MerchantSKUAdd adds a variant.
func (h *Handlers) MerchantSKUAdd(w http.ResponseWriter, r *http.Request) error {
	product, err := h.productParam(r)
	if err != nil {
		return err
	}
	choices, err := h.catalogChoices(r)
	if err != nil {
		return err
	}
	form := skuForm(r, choices.Currencies)
	draft, refused := draftOf(form)
	prices, more := pricesOf(form, choices.Currencies)
	if refused = append(refused, more...); refused == nil {
		var key shop.IdempotencyKey
		if key, err = shop.NewIdempotencyKey(fmt.Sprintf("user:%d:sku", viewerOf(r.Context()).ID), r.PostForm.Get("key"), []any{product.ID, form}); err == nil {
			_, _, err = h.Store.AddSKU(r.Context(), editor(r), product.ID, shop.NewSKU{SKUDraft: draft, Prices: prices}, key)
		}
		if shop.CodeOf(err) == shop.CodeInvalid {
			refused = fieldsOf(err)
		} else if err != nil {
			return err
		}
	}
	if refused != nil {
		return h.skuPage(w, r, http.StatusUnprocessableEntity, views.SKUModel{Product: product, Form: form}, refused)
	}
	h.flash(r, "The variant is added.")
	return redirect(w, r, urls.MerchantProduct(product.ID))
}

// MerchantSKU shows one variant with its prices.
func (h *Handlers) MerchantSKU(w http.ResponseWriter, r *http.Request) error {
	m, err := h.skuParam(r)
	if err != nil {
		return err
	}
	m.Form = views.FormOfSKU(m.SKU)
	return h.skuPage(w, r, http.StatusOK, m, nil)
}

// skuParam reads the variant that an address names.
func (h *Handlers) skuParam(r *http.Request) (views.SKUModel, error) {
	id, err := pathNumber(r, "sku", "SKU")
	if err != nil {
		return views.SKUModel{}, err
	}
	product, err := h.productParam(r)
	if err != nil {
		return views.SKUModel{}, err
	}
	sku, found := product.SKU(id)
	if !found {
		return views.SKUModel{}, shop.NotFound("SKU")
	}
	return views.SKUModel{Product: product, SKU: sku}, nil
}

// MerchantSKUChange saves what is written about a variant, as MerchantProductChange does.
func (h *Handlers) MerchantSKUChange(w http.ResponseWriter, r *http.Request) error {
	m, err := h.skuParam(r)
	if err != nil {
		return err
	}
	m.Form = skuForm(r, nil)
	version, err := strconv.ParseInt(m.Form.Version, 10, 64)
	if err != nil || version <= 0 {
		return shop.Invalid("version", "The form could not be read. Please open the variant again.")
	}
	draft, refused := draftOf(m.Form)
	if refused != nil {
		return h.skuPage(w, r, http.StatusUnprocessableEntity, m, refused)
	}
	_, err = h.Store.ChangeSKU(r.Context(), shop.ChangeSKU{
		Editor: editor(r), ID: m.SKU.ID, Version: version, Edit: func(shop.SKUDraft) shop.SKUDraft { return draft },
	})
	switch shop.CodeOf(err) {
	case "":
		h.flash(r, "Saved.")
		return redirect(w, r, m.URL())
	case shop.CodeInvalid:
		return h.skuPage(w, r, http.StatusUnprocessableEntity, m, fieldsOf(err))
	case shop.CodeConflict:
	default:
		return err
	}
	now, found := h.skuParam(r)
	if found != nil {
		return found
	}
	now.Form = m.Form
	now.Form.Version = strconv.FormatInt(now.SKU.Version, 10)
	mine, _ := draft.Clean() // what it refuses is refused when it is saved
	now.Conflict = views.ConflictOf(messageOf(err), now.Product.History, mine.Changes(now.SKU.SKUDraft))
	return h.skuPage(w, r, http.StatusConflict, now, nil)
}

// MerchantSKURules sets how a variant is sold when it runs short.
func (h *Handlers) MerchantSKURules(w http.ResponseWriter, r *http.Request) error {
	m, err := h.skuParam(r)
	if err != nil {
		return err
	}
	f, by := workForm{values: r.PostForm, do: "rules"}, editor(r)
	change := shop.StockRulesChange{StockRules: f.rules(), SKUID: m.SKU.ID, MerchantID: by.MerchantID, Actor: by.Actor, RequestID: by.RequestID}
	if f.wrong != nil {
		err = shop.InvalidFields(f.wrong...)
	} else {
		err = h.Store.SetStockRules(r.Context(), change)
	}
	if shop.CodeOf(err) == shop.CodeInvalid {
		m.Form, m.Typed, m.Errors = views.FormOfSKU(m.SKU), r.PostForm, f.errors(err)
		return h.skuPage(w, r, http.StatusUnprocessableEntity, m, m.Errors)
	}
	if err != nil {
		return err
	}
	h.flash(r, "Saved.")
	return redirect(w, r, m.URL())
}

// MerchantSKUPrice sets a price, now or from a moment on, or ends the one there is.
func (h *Handlers) MerchantSKUPrice(w http.ResponseWriter, r *http.Request) error {
	m, err := h.skuParam(r)
	if err != nil {
		return err
	}
	f := r.PostForm
	m.Form, m.Price = views.FormOfSKU(m.SKU), views.PriceForm{Currency: f.Get("currency"), Price: f.Get("price"), From: f.Get("validFrom")}
	command, err := priceCommand(m.Price, f.Get("end"))
	by := editor(r)
	command.SKUID, command.MerchantID, command.Actor, command.RequestID = m.SKU.ID, by.MerchantID, by.Actor, by.RequestID
	if err == nil && f.Get("key") != "" {
		command.Key, err = shop.NewIdempotencyKey(fmt.Sprintf("user:%d:price", viewerOf(r.Context()).ID), f.Get("key"), []any{m.SKU.ID, m.Price, f.Get("end")})
	}
	if err == nil {
		_, _, err = h.Store.ChangeSKUPrice(r.Context(), command)
	}
	return h.priceChanged(w, r, m, err, "The price is set.")
}

// priceChanged goes back to the variant, or shows it with what was wrong.
func (h *Handlers) priceChanged(w http.ResponseWriter, r *http.Request, m views.SKUModel, err error, done string) error {
	switch code := shop.CodeOf(err); code {
	case "":
		h.flash(r, done)
		return redirect(w, r, m.URL())
	case shop.CodeInvalid:
		return h.skuPage(w, r, statusOf[code], m, fieldsOf(err))
	case shop.CodeConflict:
		return h.skuPage(w, r, statusOf[code], m, []shop.FieldError{{Field: "price", Message: messageOf(err)}})
	default:
		return err
	}
}

// priceCommand reads the form. Browsers send a local time without its zone; the page says that it is UTC.
func priceCommand(form views.PriceForm, end string) (shop.ChangePrice, error) {
	if end != "" {
		currency, err := shop.ParseCurrency(end)
		return shop.ChangePrice{Action: shop.PriceEnd, Price: shop.Amount{Currency: currency}}, err
	}
	var refused []shop.FieldError
	currency, err := shop.FindCurrency(form.Currency)
	if err != nil {
		refused = append(refused, shop.FieldError{Field: "currency", Message: messageOf(err)})
	}
	command := shop.ChangePrice{Action: shop.PriceSet}
	if command.Price, err = shop.ParsePrice(form.Price, currency); err != nil {
		refused = append(refused, shop.FieldError{Field: "price", Message: messageOf(err)})
	}
	if from := strings.TrimSpace(form.From); from != "" {
		if command.From, err = time.Parse("2006-01-02T15:04", strings.Replace(from, " ", "T", 1)); err != nil {
			refused = append(refused, shop.FieldError{Field: "validFrom", Message: "Enter a day and a time, such as 2026-12-24 18:00."})
		}
	}
	if refused != nil {
		return command, shop.InvalidFields(refused...)
	}
	return command, nil
}

// MerchantSKUPriceCancel calls a scheduled price off.
func (h *Handlers) MerchantSKUPriceCancel(w http.ResponseWriter, r *http.Request) error {
	m, err := h.skuParam(r)
	if err != nil {
		return err
	}
	id, err := pathNumber(r, "price", "price")
	if err != nil {
		return err
	}
	m.Form = views.FormOfSKU(m.SKU)
	by := editor(r)
	_, _, err = h.Store.ChangeSKUPrice(r.Context(), shop.ChangePrice{
		SKUID: m.SKU.ID, MerchantID: by.MerchantID, Action: shop.PriceCancel, PeriodID: id, Actor: by.Actor, RequestID: by.RequestID, Key: pressKey(r),
	})
	return h.priceChanged(w, r, m, err, "The change of the price is cancelled.")
}
