package api

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"waybill/shop"
	"waybill/views/urls"
)

const ifMatchHeader = "If-Match"

// tagOf is the entity tag of a version: of what is written about a product or a SKU. Prices and stock have no part in it.
func tagOf(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// ifMatch is the version that a change is made to, 0 for whatever there is.
func ifMatch(r *http.Request) (version int64, err error) {
	tag := strings.TrimSpace(r.Header.Get(ifMatchHeader))
	if tag == "" || tag == "*" {
		return 0, nil
	}
	version, err = strconv.ParseInt(strings.TrimSuffix(strings.TrimPrefix(tag, `"`), `"`), 10, 32)
	if err != nil || version <= 0 || tag != tagOf(version) {
		return 0, shop.Invalid(ifMatchHeader, "Send the ETag of what you read, unchanged, such as \"3\".")
	}
	return version, nil
}

func editor(r *http.Request, key shop.APIKey) shop.Editor {
	return shop.Editor{MerchantID: key.MerchantID, Actor: key.Actor(), RequestID: requestID(r)}
}

// stale turns the conflict of a change to an old version into the answer that says who was quicker, and with what.
func (a *API) stale(r *http.Request, key shop.APIKey, productID, skuID, version int64, refused error) error {
	if shop.CodeOf(refused) != shop.CodeConflict || version == 0 {
		return refused
	}
	product, err := a.Store.MerchantProduct(r.Context(), key.MerchantID, productID)
	if err != nil {
		return err
	}
	now, code := product.Version, ""
	if skuID != 0 {
		sku, _ := product.SKU(skuID)
		now, code = sku.Version, sku.Code
	}
	if now == version {
		return refused
	}
	said := messageOf(refused)
	if at := slices.IndexFunc(product.History, func(c shop.CatalogChange) bool { return c.SKU == code }); at >= 0 {
		said = changedBy(product.History[at], shop.AgeWords(a.Store.Now().Sub(product.History[at].At)))
	}
	return &refusal{http.StatusPreconditionFailed, shop.Conflict(said + " It has version " + strconv.FormatInt(now, 10) + " now.")}
}

func changedBy(c shop.CatalogChange, age string) string {
	var fields []string
	for _, f := range c.Changes {
		fields = append(fields, f.Field)
	}
	return fmt.Sprintf("%s changed it %s ago (%s).", cmp.Or(c.By, "Somebody"), age, cmp.Or(strings.Join(fields, ", "), c.Action))
}

// productPatch is the body of PATCH /products/{id}, a merge patch (RFC 7396): what is not named stays.
type productPatch struct {
	name, slug, description, category, status *string
}

func (p *productPatch) read(r *http.Request) error {
	return readBody(r, func(b *bodyReader, name string) bool {
		switch name {
		case "name":
			p.name = pointer(b.text())
		case "slug":
			p.slug = pointer(b.text())
		case "description":
			p.description = pointer(b.optionalText())
		case "category":
			p.category = pointer(b.optionalText())
		case "status":
			p.status = pointer(b.text())
		default:
			return false
		}
		return true
	})
}

func pointer[T any](value T) *T { return &value }

// set writes a value that a patch names.
func set[T any](to *T, value *T) {
	if value != nil {
		*to = *value
	}
}

func (p *productPatch) apply(d shop.ProductDraft) shop.ProductDraft {
	set(&d.Name, p.name)
	set(&d.Slug, p.slug)
	set(&d.Description, p.description)
	set(&d.Category, p.category)
	set((*string)(&d.Status), p.status)
	return d
}

// ChangeProduct (PATCH /products/{id}) changes what is written about a product.
func (a *API) ChangeProduct(r *http.Request, key shop.APIKey) (answer, error) {
	var body productPatch
	if err := body.read(r); err != nil {
		return answer{}, err
	}
	id, err := pathID(r, "id", "product")
	if err != nil {
		return answer{}, err
	}
	version, err := ifMatch(r)
	if err != nil {
		return answer{}, err
	}
	_, err = a.Store.ChangeProduct(r.Context(), shop.ChangeProduct{Editor: editor(r, key), ID: id, Version: version, Edit: body.apply})
	if err != nil {
		return answer{}, a.stale(r, key, id, 0, version, err)
	}
	return a.productAnswer(r, key, id, "")
}

// CreateProduct (POST /products) adds a product with its variants.
func (a *API) CreateProduct(r *http.Request, key shop.APIKey) (answer, error) {
	var body productRequest
	if err := body.read(r); err != nil {
		return answer{}, err
	}
	command := shop.NewProduct{Editor: editor(r, key), ProductDraft: body.Draft}
	var err error
	if command.MerchantID, err = merchantOf(key, body.MerchantID); err != nil {
		return answer{}, err
	}
	if command.SKUs, err = newSKUs(body.SKUs); err != nil {
		return answer{}, err
	}
	if command.Key, err = idempotencyKey(r, key, body); err != nil {
		return answer{}, err
	}
	id, replayed, err := a.Store.CreateProduct(r.Context(), command)
	if err != nil {
		return answer{}, asUnknown("merchantId", weightField(err))
	}
	got, err := a.productAnswer(r, key, id, "")
	got.status, got.location, got.replayed = http.StatusCreated, urls.APIProduct(id), replayed
	return got, err
}

// archivedView is a product that was taken out of the shop.
type archivedView struct {
	ID        int64  `json:"id"`
	Slug      string `json:"slug"`
	Name      string `json:"name"`
	DeletedAt stamp  `json:"deletedAt"`
}

// ArchiveProduct (DELETE /products/{id}) takes a product out of the shop. Orders keep it.
func (a *API) ArchiveProduct(r *http.Request, key shop.APIKey) (answer, error) {
	if err := queryOf(r).done(); err != nil {
		return answer{}, err
	}
	id, err := pathID(r, "id", "product")
	if err != nil {
		return answer{}, err
	}
	if err := a.Store.DeleteProduct(r.Context(), editor(r, key), id); err != nil {
		return answer{}, err
	}
	product, err := a.Store.MerchantProduct(r.Context(), key.MerchantID, id)
	if err != nil {
		return answer{}, err
	}
	return ok(archivedView{product.ID, product.Slug, product.Name, stampOf(product.DeletedAt)}), nil
}

// RestoreProduct (POST /products/{id}/restore) brings an archived product back. Doing it again is the same.
func (a *API) RestoreProduct(r *http.Request, key shop.APIKey) (answer, error) {
	if err := noBody(r); err != nil {
		return answer{}, err
	}
	id, err := pathID(r, "id", "product")
	if err != nil {
		return answer{}, err
	}
	if err := a.Store.RestoreProduct(r.Context(), editor(r, key), id); err != nil {
		return answer{}, err
	}
	return a.productAnswer(r, key, id, "")
}
