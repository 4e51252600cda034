package handlers

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"waybill/shop"
	"waybill/views"
	"waybill/views/ui"
	"waybill/views/urls"
)

// MerchantProducts lists the products of the viewer's merchant.
func (h *Handlers) MerchantProducts(w http.ResponseWriter, r *http.Request) error {
	viewer, q := viewerOf(r.Context()), r.URL.Query()
	query := shop.MerchantProductsQuery{
		MerchantID: viewer.MerchantID, Tab: shop.ProductTab(q.Get("status")), Text: cut(strings.TrimSpace(q.Get("q")), shop.MaxStockText),
		Category: q.Get("category"), Before: cursorOf(r, "before"), Limit: shop.MaxPageSize,
	}
	if !slices.Contains(shop.ProductTabs(), query.Tab) {
		query.Tab = shop.ProductsAll
	}
	categories, err := h.Store.Categories(r.Context())
	if err != nil {
		return err
	}
	if _, err := categories.BySlug(query.Category); err != nil {
		query.Category = ""
	}
	model := views.MerchantProductsModel{Query: query, Categories: categories, Now: h.Store.Now()}
	if model.MerchantProductsPage, err = h.Store.MerchantProducts(r.Context(), query); err != nil {
		return err
	}
	page := h.page(r, "Products")
	page.Nav = urls.MerchantProducts()
	h.render(w, r, http.StatusOK, views.MerchantProducts(page, model))
	return nil
}

// cut is the beginning of a text that has at most limit bytes.
func cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "")
}

// editor is who changes the catalog.
func editor(r *http.Request) shop.Editor {
	viewer := viewerOf(r.Context())
	return shop.Editor{MerchantID: viewer.MerchantID, Actor: viewer.Actor(), RequestID: requestID(r)}
}

// catalogChoices is what the forms of the catalog let choose from.
func (h *Handlers) catalogChoices(r *http.Request) (views.CatalogChoices, error) {
	var choices views.CatalogChoices
	var err error
	if choices.Categories, err = h.Store.Categories(r.Context()); err != nil {
		return choices, err
	}
	if choices.Tax, err = h.Store.TaxCategories(r.Context()); err != nil {
		return choices, err
	}
	if choices.Currencies, err = h.Store.Currencies(r.Context()); len(choices.Currencies) == 0 {
		choices.Currencies, choices.FirstPrices = []shop.Currency{shop.DefaultCurrency}, true
	}
	return choices, err
}

func productForm(r *http.Request) views.ProductForm {
	f := r.PostForm
	return views.ProductForm{
		Version: f.Get("version"),
		Draft: shop.ProductDraft{
			Name: f.Get("name"), Slug: f.Get("slug"), Description: f.Get("description"), Category: f.Get("category"), Status: shop.CatalogStatus(f.Get("status")),
		},
	}
}

func skuForm(r *http.Request, currencies []shop.Currency) views.SKUForm {
	f := r.PostForm
	form := views.SKUForm{
		Version: f.Get("version"), Code: f.Get("code"), Variant: f.Get("variant"), Attributes: f.Get("attributes"), Options: f.Get("options"),
		TaxCategory: f.Get("taxCategory"), Status: f.Get("status"), Barcode: f.Get("barcode"), Weight: f.Get("weight"), Prices: map[shop.Currency]string{},
	}
	for _, currency := range currencies {
		form.Prices[currency] = f.Get(views.PriceField(currency))
	}
	for i := range form.Others {
		form.Others[i] = views.OtherPrice{Currency: strings.TrimSpace(f.Get(views.OtherCurrencyField(i))), Price: strings.TrimSpace(f.Get(views.OtherPriceField(i)))}
	}
	return form
}

// draftOf reads a variant. What cannot be read is named with the fields of the form.
func draftOf(form views.SKUForm) (shop.SKUDraft, []shop.FieldError) {
	draft := shop.SKUDraft{Code: form.Code, Variant: form.Variant, TaxCategory: form.TaxCategory, Status: shop.CatalogStatus(form.Status), Barcode: form.Barcode}
	var refused []shop.FieldError
	var err error
	if draft.Attributes, err = shop.ParseAttributes(form.Attributes); err != nil {
		refused = append(refused, fieldsOf(err)...)
	}
	if weight := strings.TrimSpace(form.Weight); weight != "" {
		if draft.WeightGrams, err = strconv.ParseInt(weight, 10, 64); err != nil {
			refused = append(refused, shop.FieldError{Field: "weight", Message: "Enter the weight in whole grams, such as 350."})
		}
	}
	return draft, refused
}

// pricesOf reads the prices of a form; an empty field is no price.
func pricesOf(form views.SKUForm, currencies []shop.Currency) ([]shop.Amount, []shop.FieldError) {
	var prices []shop.Amount
	var refused []shop.FieldError
	for _, currency := range currencies {
		text := strings.TrimSpace(form.Prices[currency])
		if text == "" {
			continue
		}
		price, err := shop.ParsePrice(text, currency)
		if err != nil {
			refused = append(refused, shop.FieldError{Field: views.PriceField(currency), Message: messageOf(err)})
			continue
		}
		prices = append(prices, price)
	}
	for i, other := range form.Others {
		if other == (views.OtherPrice{}) {
			continue
		}
		price, err := otherPrice(other, prices)
		if err == nil {
			prices = append(prices, price)
		}
		for _, f := range fieldsOf(err) {
			field := views.OtherPriceField(i)
			if f.Field == "currency" {
				field = views.OtherCurrencyField(i)
			}
			refused = append(refused, shop.FieldError{Field: field, Message: f.Message})
		}
	}
	return prices, refused
}

// otherPrice reads a price with its currency, in which there must not be one already.
func otherPrice(typed views.OtherPrice, have []shop.Amount) (shop.Amount, error) {
	currency, err := shop.FindCurrency(typed.Currency)
	if err != nil {
		return shop.Amount{}, shop.Invalid("currency", messageOf(err))
	}
	if slices.ContainsFunc(have, func(a shop.Amount) bool { return a.Currency == currency }) {
		return shop.Amount{}, shop.Invalid("currency", "There is a price in "+string(currency)+" above already.")
	}
	price, err := shop.ParsePrice(typed.Price, currency)
	if err != nil {
		return price, shop.Invalid("price", messageOf(err))
	}
	return price, nil
}

// MerchantProductNew is the form of a new product.
func (h *Handlers) MerchantProductNew(w http.ResponseWriter, r *http.Request) error {
	form := views.ProductForm{Draft: shop.ProductDraft{Status: shop.CatalogDraft}}
	return h.newProductPage(w, r, http.StatusOK, form, views.SKUForm{Status: string(shop.CatalogActive)}, nil)
}

func (h *Handlers) newProductPage(w http.ResponseWriter, r *http.Request, status int, form views.ProductForm, sku views.SKUForm, errs []shop.FieldError) error {
	choices, err := h.catalogChoices(r)
	if err != nil {
		return err
	}
	page := h.page(r, "New product")
	page.Nav, page.Errors, page.Breadcrumbs, page.Path = urls.MerchantProducts(), errs, productCrumbs(), urls.MerchantProductNew()
	key := r.PostForm.Get("key")
	if key == "" {
		key = rand.Text()
	}
	h.render(w, r, status, views.NewProduct(page, views.NewProductFormModel{Product: form, SKU: sku, Choices: choices, Key: key}))
	return nil
}

func productCrumbs() []ui.Crumb {
	return []ui.Crumb{{Label: "Products", URL: urls.MerchantProducts()}}
}

// MerchantProductAdd adds a product with its first variants: one, or one for each combination of the options.
func (h *Handlers) MerchantProductAdd(w http.ResponseWriter, r *http.Request) error {
	choices, err := h.catalogChoices(r)
	if err != nil {
		return err
	}
	form, sku := productForm(r), skuForm(r, choices.Currencies)
	command, refused := newProduct(r, form, sku, choices.Currencies)
	var id int64
	if refused == nil {
		if command.Key, err = shop.NewIdempotencyKey(fmt.Sprintf("user:%d:product", viewerOf(r.Context()).ID), r.PostForm.Get("key"), []any{form, sku}); err == nil {
			id, _, err = h.Store.CreateProduct(r.Context(), command)
		}
		if shop.CodeOf(err) == shop.CodeInvalid {
			refused = firstVariantFields(fieldsOf(err))
		} else if err != nil {
			return err
		}
	}
	if refused != nil {
		return h.newProductPage(w, r, http.StatusUnprocessableEntity, form, sku, refused)
	}
	h.flash(r, "The product is added.")
	return redirect(w, r, urls.MerchantProduct(id))
}

func newProduct(r *http.Request, form views.ProductForm, sku views.SKUForm, currencies []shop.Currency) (shop.NewProduct, []shop.FieldError) {
	by := editor(r)
	command := shop.NewProduct{Editor: by, MerchantID: by.MerchantID, ProductDraft: form.Draft}
	stem, refused := draftOf(sku)
	prices, more := pricesOf(sku, currencies)
	refused = append(refused, more...)
	options, err := shop.ParseOptions(sku.Options)
	if err != nil {
		refused = append(refused, fieldsOf(err)...)
	}
	if len(options) > 0 && len(strings.TrimSpace(stem.Code)) > shop.MaxSKUCodeStem {
		refused = append(refused, shop.FieldError{Field: "code", Message: fmt.Sprintf("With options the code can have at most %d characters, because their values are added to it.", shop.MaxSKUCodeStem)})
	}
	for _, draft := range shop.Variants(stem, options) {
		command.SKUs = append(command.SKUs, shop.NewSKU{SKUDraft: draft, Prices: prices})
	}
	if refused != nil { // what needs no look at the catalog is named at the same time
		if _, err := command.Clean(); err != nil {
			refused = append(firstVariantFields(fieldsOf(err)), refused...)
		}
	}
	return command, refused
}

// firstVariantFields gives the fields of variants the names that they have in the form, which has one set of them.
func firstVariantFields(fields []shop.FieldError) []shop.FieldError {
	var list []shop.FieldError
	for _, f := range fields {
		if strings.HasPrefix(f.Field, "skus[") {
			if _, name, found := strings.Cut(f.Field, "]."); found {
				f.Field = name
			}
		}
		if !slices.ContainsFunc(list, func(known shop.FieldError) bool { return known.Field == f.Field }) {
			list = append(list, f)
		}
	}
	return list
}

// pathNumber is an id in the address. What is no id names nothing.
func pathNumber(r *http.Request, name, what string) (int64, error) {
	id, err := strconv.ParseInt(chi.URLParam(r, name), 10, 64)
	if err != nil || id <= 0 {
		return 0, shop.NotFound(what)
	}
	return id, nil
}

// MerchantProduct shows one product.
func (h *Handlers) MerchantProduct(w http.ResponseWriter, r *http.Request) error {
	product, err := h.productParam(r)
	if err != nil {
		return err
	}
	return h.productPage(w, r, http.StatusOK, views.MerchantProductModel{Product: product, Form: views.FormOfProduct(product)}, nil)
}

func (h *Handlers) productParam(r *http.Request) (shop.MerchantProduct, error) {
	id, err := pathNumber(r, "product", "product")
	if err != nil {
		return shop.MerchantProduct{}, err
	}
	return h.Store.MerchantProduct(r.Context(), viewerOf(r.Context()).MerchantID, id)
}

func (h *Handlers) productPage(w http.ResponseWriter, r *http.Request, status int, m views.MerchantProductModel, errs []shop.FieldError) error {
	var err error
	if m.Choices, err = h.catalogChoices(r); err != nil {
		return err
	}
	m.Now = h.Store.Now()
	page := h.page(r, m.Product.Name)
	page.Nav, page.Errors, page.Breadcrumbs, page.Path = urls.MerchantProducts(), errs, productCrumbs(), urls.MerchantProduct(m.Product.ID)
	h.render(w, r, status, views.MerchantProduct(page, m))
	return nil
}

// MerchantProductChange saves what is written about a product. When somebody else saved meanwhile, both versions are
// shown, and saving again is a choice.
func (h *Handlers) MerchantProductChange(w http.ResponseWriter, r *http.Request) error {
	product, err := h.productParam(r)
	if err != nil {
		return err
	}
	form, id := productForm(r), product.ID
	version, err := strconv.ParseInt(form.Version, 10, 64)
	if err != nil || version <= 0 {
		return shop.Invalid("version", "The form could not be read. Please open the product again.")
	}
	_, err = h.Store.ChangeProduct(r.Context(), shop.ChangeProduct{
		Editor: editor(r), ID: id, Version: version, Edit: func(shop.ProductDraft) shop.ProductDraft { return form.Draft },
	})
	if err == nil {
		h.flash(r, "Saved.")
		return redirect(w, r, urls.MerchantProduct(id))
	}
	code := shop.CodeOf(err)
	if code != shop.CodeInvalid && code != shop.CodeConflict {
		return err
	}
	now, found := h.productParam(r)
	if found != nil {
		return found
	}
	m := views.MerchantProductModel{Product: now, Form: form}
	if code == shop.CodeInvalid {
		return h.productPage(w, r, http.StatusUnprocessableEntity, m, fieldsOf(err))
	}
	mine, _ := form.Draft.Clean(false) // what it refuses is refused when it is saved
	m.Conflict = views.ConflictOf(messageOf(err), now.History, mine.Changes(now.ProductDraft))
	m.Form.Version = strconv.FormatInt(now.Version, 10)
	return h.productPage(w, r, http.StatusConflict, m, nil)
}

// MerchantProductDelete takes a product out of the shop.
func (h *Handlers) MerchantProductDelete(w http.ResponseWriter, r *http.Request) error {
	id, err := pathNumber(r, "product", "product")
	if err != nil {
		return err
	}
	if err := h.Store.DeleteProduct(r.Context(), editor(r), id); err != nil {
		return err
	}
	h.flash(r, "The product is deleted. Orders keep it, and you can restore it here.")
	return redirect(w, r, urls.MerchantProduct(id))
}

// MerchantProductRestore brings a deleted product back.
func (h *Handlers) MerchantProductRestore(w http.ResponseWriter, r *http.Request) error {
	id, err := pathNumber(r, "product", "product")
	if err != nil {
		return err
	}
	if err := h.Store.RestoreProduct(r.Context(), editor(r), id); err != nil {
		return err
	}
	h.flash(r, "The product is back.")
	return redirect(w, r, urls.MerchantProduct(id))
}
