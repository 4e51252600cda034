package handlers

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"strconv"

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
	m.Now = h.Store.Now()
	if m.Key = r.PostForm.Get("key"); m.Key == "" {
		m.Key = rand.Text()
	}
	page := h.page(r, m.Title())
	page.Nav, page.Wide, page.Errors, page.Path = urls.MerchantProducts(), true, errs, m.URL()
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
