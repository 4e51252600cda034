package api

import (
	"net/http"
	"slices"

	"waybill/shop"
	"waybill/views/urls"
)

const productsList = "products" // names the cursors of GET /products

// productView is a product with its SKUs.
type productView struct {
	ID           int64     `json:"id"`
	Slug         string    `json:"slug"`
	Name         string    `json:"name"`
	Description  string    `json:"description"`
	Status       string    `json:"status"`
	Version      int64     `json:"version"`
	MerchantID   int64     `json:"merchantId"`
	MerchantName string    `json:"merchantName"`
	Category     *string   `json:"category"`
	PictureURL   *string   `json:"pictureUrl"`
	SmallPicture *string   `json:"smallPictureUrl"`
	SKUs         []skuView `json:"skus"`
}

// skuView is one variant. Price and currency are the asked-for price, else the first of prices, else null.
type skuView struct {
	ID          int64             `json:"id"`
	ProductID   int64             `json:"productId"`
	Version     int64             `json:"version"`
	Code        string            `json:"code"`
	Variant     string            `json:"variant"`
	Status      string            `json:"status"`
	Attributes  map[string]string `json:"attributes"`
	Barcode     *string           `json:"barcode"`
	WeightGrams int64             `json:"weightGrams"`
	TaxCategory string            `json:"taxCategory"`
	Price       *decimal          `json:"price"`
	Currency    *string           `json:"currency"`
	Prices      []priceView       `json:"prices"`
	Available   int64             `json:"available"`
}

type priceView struct {
	Currency shop.Currency `json:"currency"`
	Price    decimal       `json:"price"`
}

// productWriter writes products with their prices in a wanted currency first.
func productWriter(wanted shop.Currency) func(shop.CatalogProduct) productView {
	return func(p shop.CatalogProduct) productView {
		return productView{
			ID: p.ID, Slug: p.Slug, Name: p.Name, Description: p.Description, Status: p.Status, Version: p.Version, MerchantID: p.MerchantID,
			MerchantName: p.MerchantName, Category: orNull(p.CategorySlug),
			PictureURL: pictureURL(p.Picture, urls.Picture), SmallPicture: pictureURL(p.Picture, urls.SmallPicture),
			SKUs: each(p.Variants, func(v shop.CatalogVariant) skuView { return viewSKU(v, wanted) }),
		}
	}
}

func viewSKU(v shop.CatalogVariant, wanted shop.Currency) skuView {
	view := skuView{
		ID: v.ID, ProductID: v.ProductID, Version: v.Version, Code: v.Code, Variant: v.Variant, Status: v.Status, Available: v.Available,
		Attributes: v.Attributes, Barcode: orNull(v.Barcode), WeightGrams: v.WeightGrams, TaxCategory: v.TaxCategory,
		Prices: each(v.Prices, func(p shop.Amount) priceView { return priceView{p.Currency, decimalOf(p)} }),
	}
	at := 0
	if wanted != "" {
		at = slices.IndexFunc(v.Prices, func(p shop.Amount) bool { return p.Currency == wanted })
	}
	if at >= 0 && at < len(v.Prices) {
		price := decimalOf(v.Prices[at])
		view.Price, view.Currency = &price, orNull(v.Prices[at].Currency)
	}
	return view
}

// visibleProducts is what a key may see: customers what is on sale, merchants all of their own, the others all.
func visibleProducts(key shop.APIKey) shop.CatalogQuery {
	return shop.CatalogQuery{MerchantID: key.MerchantID, OnSaleOnly: key.Role == shop.RoleCustomer}
}

// ListProducts (GET /products) lists products, newest first.
func (a *API) ListProducts(r *http.Request, key shop.APIKey) (answer, error) {
	q := queryOf(r)
	asked, wanted := visibleProducts(key), q.currency()
	asked.Text, asked.CategorySlug = q.text("q"), q.text("category")
	asked.Limit, asked.Before = q.limit(), q.cursor(productsList)
	if err := q.done(); err != nil {
		return answer{}, err
	}
	products, more, err := a.Store.CatalogProducts(r.Context(), asked)
	if err != nil {
		return answer{}, err
	}
	next := nextCursor(productsList, products, more, func(p shop.CatalogProduct) int64 { return p.ID })
	return ok(listOf(products, next, productWriter(wanted))), nil
}

// GetProduct (GET /products/{id}) is one product.
func (a *API) GetProduct(r *http.Request, key shop.APIKey) (answer, error) {
	q := queryOf(r)
	wanted := q.currency()
	if err := q.done(); err != nil {
		return answer{}, err
	}
	id, err := pathID(r, "id", "product")
	if err != nil {
		return answer{}, err
	}
	return a.productAnswer(r, key, id, wanted)
}

// productAnswer answers with a product as it is now, under the version of what is written about it.
func (a *API) productAnswer(r *http.Request, key shop.APIKey, id int64, wanted shop.Currency) (answer, error) {
	product, err := a.Store.CatalogProduct(r.Context(), id, visibleProducts(key))
	if err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusOK, body: productWriter(wanted)(product), tag: tagOf(product.Version)}, nil
}

// GetSKU (GET /skus/{skuId}) is one variant of a product.
func (a *API) GetSKU(r *http.Request, key shop.APIKey) (answer, error) {
	q := queryOf(r)
	wanted := q.currency()
	if err := q.done(); err != nil {
		return answer{}, err
	}
	id, err := pathID(r, "skuId", "SKU")
	if err != nil {
		return answer{}, err
	}
	return a.skuAnswer(r, key, id, wanted)
}

func (a *API) skuAnswer(r *http.Request, key shop.APIKey, id int64, wanted shop.Currency) (answer, error) {
	product, err := a.Store.CatalogSKU(r.Context(), id, visibleProducts(key))
	if err != nil {
		return answer{}, err
	}
	sku := product.Variants[0]
	return answer{status: http.StatusOK, body: viewSKU(sku, wanted), tag: tagOf(sku.Version)}, nil
}
