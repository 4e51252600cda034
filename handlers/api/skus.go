package api

import (
	"fmt"
	"net/http"
	"strings"

	"waybill/shop"
	"waybill/views/urls"
)

// productRequest is the body of POST /products.
type productRequest struct {
	MerchantID int64
	Draft      shop.ProductDraft
	SKUs       []skuRequest
}

func (p *productRequest) read(r *http.Request) error {
	p.Draft.Status = shop.CatalogDraft
	return readBody(r, func(b *bodyReader, name string) bool {
		switch name {
		case "merchantId":
			p.MerchantID = b.optionalInteger()
		case "name":
			p.Draft.Name = b.text()
		case "slug":
			p.Draft.Slug = b.optionalText()
		case "description":
			p.Draft.Description = b.optionalText()
		case "category":
			p.Draft.Category = b.optionalText()
		case "status":
			p.Draft.Status = shop.CatalogStatus(b.text())
		case "skus":
			length := b.array(shop.MaxProductSKUs, func(int) {
				sku := newSKURequest()
				b.object(sku.member)
				p.SKUs = append(p.SKUs, sku)
			})
			if length > shop.MaxProductSKUs {
				b.refuse(name, fmt.Sprintf("A product can have at most %d variants.", shop.MaxProductSKUs))
			}
		default:
			return false
		}
		return true
	})
}

// skuRequest is a variant that is added.
type skuRequest struct {
	Draft  shop.SKUDraft
	Prices []priceGiven
}

// priceGiven is a price of a new variant, as it was written.
type priceGiven struct{ Currency, Price string }

// maxPricesGiven bounds the prices of a new variant: one for each currency that a shop may sell in.
const maxPricesGiven = 50

func newSKURequest() skuRequest { return skuRequest{Draft: shop.SKUDraft{Status: shop.CatalogActive}} }

func (s *skuRequest) member(b *bodyReader, name string) bool {
	switch name {
	case "code":
		s.Draft.Code = b.text()
	case "variant":
		s.Draft.Variant = b.optionalText()
	case "attributes":
		s.Draft.Attributes = map[string]string{}
		b.attributes(func(attribute string, value *string) {
			if value != nil {
				s.Draft.Attributes[attribute] = *value
			}
		})
	case "taxCategory":
		s.Draft.TaxCategory = b.optionalText()
	case "status":
		s.Draft.Status = shop.CatalogStatus(b.text())
	case "barcode":
		s.Draft.Barcode = b.optionalText()
	case "weightGrams":
		s.Draft.WeightGrams = b.optionalInteger()
	case "prices":
		s.Prices = b.prices(name)
	default:
		return false
	}
	return true
}

// attributes reads an object of texts; null takes one away.
func (b *bodyReader) attributes(member func(name string, value *string)) {
	n := 0
	b.object(func(b *bodyReader, name string) bool {
		if n++; n > shop.MaxAttributes {
			return false
		}
		if b.null() {
			member(name, nil)
		} else {
			member(name, pointer(b.text()))
		}
		return true
	})
}

func (b *bodyReader) prices(field string) []priceGiven {
	var prices []priceGiven
	length := b.array(maxPricesGiven, func(int) {
		var price priceGiven
		b.object(func(b *bodyReader, name string) bool {
			switch name {
			case "currency":
				price.Currency = b.text()
			case "price":
				price.Price = b.decimal()
			default:
				return false
			}
			return true
		})
		prices = append(prices, price)
	})
	if length > maxPricesGiven {
		b.refuse(field, fmt.Sprintf("At most %d prices can be named at once.", maxPricesGiven))
	}
	return prices
}

// newSKUs reads the prices of variants. The fields are called as the list's.
func newSKUs(bodies []skuRequest) ([]shop.NewSKU, error) {
	skus := make([]shop.NewSKU, len(bodies))
	var refused []shop.FieldError
	for i, body := range bodies {
		var problems []shop.FieldError
		skus[i], problems = body.sku(fmt.Sprintf("skus[%d].", i))
		refused = append(refused, problems...)
	}
	if refused != nil {
		return nil, shop.InvalidFields(refused...)
	}
	return skus, nil
}

func (s skuRequest) sku(prefix string) (shop.NewSKU, []shop.FieldError) {
	sku := shop.NewSKU{SKUDraft: s.Draft}
	var refused []shop.FieldError
	for i, p := range s.Prices {
		field := fmt.Sprintf("%sprices[%d].", prefix, i)
		currency, err := shop.ParseCurrency(p.Currency)
		if err != nil {
			refused = append(refused, shop.FieldError{Field: field + "currency", Message: messageOf(err)})
			continue
		}
		price, err := shop.ParsePrice(p.Price, currency)
		if err != nil {
			refused = append(refused, shop.FieldError{Field: field + "price", Message: messageOf(err)})
		}
		sku.Prices = append(sku.Prices, price)
	}
	return sku, refused
}

// AddSKU (POST /products/{id}/skus) adds a variant.
func (a *API) AddSKU(r *http.Request, key shop.APIKey) (answer, error) {
	body := newSKURequest()
	if err := readBody(r, body.member); err != nil {
		return answer{}, err
	}
	product, err := pathID(r, "id", "product")
	if err != nil {
		return answer{}, err
	}
	sku, refused := body.sku("")
	if refused != nil {
		if _, err := a.Store.MerchantProduct(r.Context(), key.MerchantID, product); err != nil {
			return answer{}, err
		}
		return answer{}, shop.InvalidFields(refused...)
	}
	once, err := idempotencyKey(r, key, body)
	if err != nil {
		return answer{}, err
	}
	id, replayed, err := a.Store.AddSKU(r.Context(), editor(r, key), product, sku, once)
	if err != nil {
		return answer{}, weightField(err)
	}
	got, err := a.skuAnswer(r, key, id, "")
	got.status, got.location, got.replayed = http.StatusCreated, urls.APISKU(id), replayed
	return got, err
}

// weightField names the weight as bodies do.
func weightField(err error) error {
	return renamed(err, func(field string) string {
		if field == "weight" || strings.HasSuffix(field, ".weight") {
			field += "Grams"
		}
		return field
	})
}

// skuPatch is the body of PATCH /skus/{skuId}, a merge patch: what is not named stays, an attribute that is null goes.
type skuPatch struct {
	code, variant, taxCategory, status, barcode *string
	weight                                      *int64
	attributes                                  map[string]*string
	without                                     bool // null: no attributes at all
}

func (p *skuPatch) read(r *http.Request) error {
	return readBody(r, func(b *bodyReader, name string) bool {
		switch name {
		case "code":
			p.code = pointer(b.text())
		case "variant":
			p.variant = pointer(b.optionalText())
		case "attributes":
			p.attributes = map[string]*string{}
			if p.without = b.null(); !p.without {
				b.attributes(func(attribute string, value *string) { p.attributes[attribute] = value })
			}
		case "taxCategory":
			p.taxCategory = pointer(b.optionalText())
		case "status":
			p.status = pointer(b.text())
		case "barcode":
			p.barcode = pointer(b.optionalText())
		case "weightGrams":
			p.weight = pointer(b.optionalInteger())
		default:
			return false
		}
		return true
	})
}

func (p *skuPatch) apply(d shop.SKUDraft) shop.SKUDraft {
	set(&d.Code, p.code)
	set(&d.Variant, p.variant)
	set(&d.TaxCategory, p.taxCategory)
	set((*string)(&d.Status), p.status)
	set(&d.Barcode, p.barcode)
	set(&d.WeightGrams, p.weight)
	merged := map[string]string{}
	for name, value := range d.Attributes {
		if _, named := p.attributes[name]; !named && !p.without {
			merged[name] = value
		}
	}
	for name, value := range p.attributes {
		if value != nil {
			merged[name] = *value
		}
	}
	d.Attributes = merged
	return d
}

// ChangeSKU (PATCH /skus/{skuId}) changes what is written about a variant.
func (a *API) ChangeSKU(r *http.Request, key shop.APIKey) (answer, error) {
	var body skuPatch
	if err := body.read(r); err != nil {
		return answer{}, err
	}
	id, err := pathID(r, "skuId", "SKU")
	if err != nil {
		return answer{}, err
	}
	version, err := ifMatch(r)
	if err != nil {
		return answer{}, err
	}
	_, err = a.Store.ChangeSKU(r.Context(), shop.ChangeSKU{Editor: editor(r, key), ID: id, Version: version, Edit: body.apply})
	if product, unknown := a.Store.CatalogSKU(r.Context(), id, visibleProducts(key)); err != nil && unknown == nil {
		return answer{}, a.stale(r, key, product.ID, id, version, weightField(err))
	}
	if err != nil {
		return answer{}, weightField(err)
	}
	return a.skuAnswer(r, key, id, "")
}
