package db

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// productTries bounds the search for a free address of a new product: mug, mug-2, mug-3 ...
const productTries = 1000

// catalogEdit is a change of the catalog on its way.
type catalogEdit struct {
	s   *Store
	tx  pgx.Tx
	by  shop.Editor
	now time.Time
}

func (s *Store) editing(tx pgx.Tx, by shop.Editor) *catalogEdit {
	return &catalogEdit{s: s, tx: tx, by: by, now: s.Now()}
}

func productSubject(id int64) string { return "product:" + strconv.FormatInt(id, 10) }

// audit keeps what was done to a product or one of its variants, in the product's history.
func (e *catalogEdit) audit(ctx context.Context, productID int64, action string, what catalogAudit) error {
	data := map[string]any{}
	if what.SKU != "" {
		data["sku"] = what.SKU
	}
	if len(what.Changes) > 0 {
		data["changes"] = what.Changes
	}
	return e.s.audit(ctx, e.tx, auditEntry{at: e.now, actor: e.by.Actor, action: action, subject: productSubject(productID), data: data, requestID: e.by.RequestID})
}

// CreateProduct adds a product with its first variants and their prices, and returns its id. The same key and request
// again returns the same id. An address that was not wished for is made from the name. CodeInvalid names the fields.
func (s *Store) CreateProduct(ctx context.Context, p shop.NewProduct) (id int64, replayed bool, err error) {
	if p.Editor.MerchantID != 0 && p.Editor.MerchantID != p.MerchantID {
		return 0, false, shop.NotFound("merchant")
	}
	if p, err = p.Clean(); err != nil {
		return 0, false, err
	}
	return once(ctx, s, p.Key, func(tx pgx.Tx) (int64, error) {
		e := s.editing(tx, p.Editor)
		id, err := e.addProduct(ctx, p.MerchantID, p.ProductDraft)
		if err != nil {
			return 0, err
		}
		for i, sku := range p.SKUs {
			if _, err := e.addSKU(ctx, shop.MerchantProduct{ID: id, MerchantID: p.MerchantID}, sku); err != nil {
				return 0, underField(err, fmt.Sprintf("skus[%d].", i))
			}
		}
		return id, nil
	})
}

// underField puts a prefix before the names of the refused fields.
func underField(err error, prefix string) error {
	var known *shop.Error
	if err = translate(err); !errors.As(err, &known) || known.Code != shop.CodeInvalid {
		return err
	}
	copied := *known
	copied.Fields = slices.Clone(known.Fields)
	for i := range copied.Fields {
		copied.Fields[i].Field = prefix + copied.Fields[i].Field
	}
	return &copied
}

func (e *catalogEdit) addProduct(ctx context.Context, merchantID int64, draft shop.ProductDraft) (int64, error) {
	category, err := e.category(ctx, draft.Category)
	if err != nil {
		return 0, err
	}
	if draft.Slug == "" {
		if draft.Slug, err = e.freeSlug(ctx, draft.Name); err != nil {
			return 0, err
		}
	}
	id, err := e.s.q.ProductAdd(ctx, e.tx, sqlc.ProductAddParams{
		MerchantID: merchantID, CategoryID: category, Slug: draft.Slug, Name: draft.Name, Description: draft.Description, Status: string(draft.Status), Now: e.now,
	})
	if err != nil {
		return 0, translate(err)
	}
	return id, e.audit(ctx, id, "product.created", catalogAudit{Changes: draft.Changes(shop.ProductDraft{})})
}

// category finds the category of a slug; none is NULL.
func (e *catalogEdit) category(ctx context.Context, slug string) (*int64, error) {
	if slug == "" {
		return nil, nil
	}
	id, err := e.s.q.CategoryBySlug(ctx, e.tx, slug)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, shop.Invalid("category", "There is no such category.")
	}
	return &id, err
}

// freeSlug makes an address from a name that nobody has yet. Two who do so at the same moment meet at the constraint.
func (e *catalogEdit) freeSlug(ctx context.Context, name string) (string, error) {
	const room = 5 // for "-1000"
	stem := shop.Slug(name, shop.MaxProductSlug-room)
	if stem == "" { // no letter of the name fits an address
		stem = "product"
	}
	taken, err := e.s.q.ProductSlugsTaken(ctx, e.tx, sqlc.ProductSlugsTakenParams{Slug: stem, RowLimit: productTries})
	if err != nil || !slices.Contains(taken, stem) {
		return stem, err
	}
	for n := 2; n <= productTries; n++ {
		if slug := stem + "-" + strconv.Itoa(n); !slices.Contains(taken, slug) {
			return slug, nil
		}
	}
	return "", shop.Invalid("slug", "Too many products are called like this. Choose an address yourself.")
}

// ChangeProduct changes what is written about a product and returns it. When somebody else saved something else since the
// version that the editor looked at, it is CodeConflict and nothing changes.
func (s *Store) ChangeProduct(ctx context.Context, c shop.ChangeProduct) (shop.MerchantProduct, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (shop.MerchantProduct, error) {
		e := s.editing(tx, c.Editor)
		before, err := e.lock(ctx, c.ID)
		if err != nil {
			return before, err
		}
		after, err := c.Edit(before.ProductDraft).Clean(false)
		if err != nil {
			return before, err
		}
		if c.Version != 0 && c.Version != before.Version && len(after.Changes(before.ProductDraft)) > 0 {
			return before, shop.Conflict("Somebody else has changed this product meanwhile.")
		}
		if err := e.changeProduct(ctx, before, after); err != nil {
			return before, err
		}
		return s.merchantProduct(ctx, tx, c.MerchantID, c.ID)
	})
}

// lock makes the transaction the only one that changes a product or its variants. A deleted one is restored first.
func (e *catalogEdit) lock(ctx context.Context, id int64) (shop.MerchantProduct, error) {
	if _, err := e.s.q.ProductLock(ctx, e.tx, sqlc.ProductLockParams{ID: id, MerchantID: e.by.MerchantID}); err != nil {
		return shop.MerchantProduct{}, notFound(err, "product")
	}
	product, err := e.s.merchantProduct(ctx, e.tx, e.by.MerchantID, id)
	if err == nil && !product.DeletedAt.IsZero() {
		return product, shop.Conflict("This product is deleted. Restore it first.")
	}
	return product, err
}

// changeProduct writes what differs; nothing differs, nothing is written.
func (e *catalogEdit) changeProduct(ctx context.Context, before shop.MerchantProduct, after shop.ProductDraft) error {
	changes := after.Changes(before.ProductDraft)
	if len(changes) == 0 {
		return nil
	}
	category, err := e.category(ctx, after.Category)
	if err != nil {
		return err
	}
	changed, err := e.s.q.ProductChange(ctx, e.tx, sqlc.ProductChangeParams{
		ID: before.ID, Version: int32(before.Version), CategoryID: category, Slug: after.Slug, Name: after.Name, Description: after.Description, Status: string(after.Status), Now: e.now,
	})
	if err != nil {
		return translate(err)
	}
	if changed != 1 {
		return shop.Conflict("Somebody else has changed this product meanwhile.")
	}
	return e.audit(ctx, before.ID, "product.changed", catalogAudit{Changes: changes})
}

// AddSKU adds a variant to a product and returns its id. The same key and request again returns the same id.
func (s *Store) AddSKU(ctx context.Context, by shop.Editor, productID int64, sku shop.NewSKU, key shop.IdempotencyKey) (id int64, replayed bool, err error) {
	if sku, err = sku.Clean(); err != nil {
		return 0, false, err
	}
	return once(ctx, s, key, func(tx pgx.Tx) (int64, error) {
		e := s.editing(tx, by)
		product, err := e.lock(ctx, productID)
		if err != nil {
			return 0, err
		}
		return e.addSKU(ctx, product, sku)
	})
}

func (e *catalogEdit) addSKU(ctx context.Context, product shop.MerchantProduct, sku shop.NewSKU) (int64, error) {
	count, err := e.s.q.SKUCount(ctx, e.tx, product.ID)
	if err != nil {
		return 0, err
	}
	if count >= shop.MaxProductSKUs {
		return 0, shop.Invalid("skus", fmt.Sprintf("A product can have at most %d variants.", shop.MaxProductSKUs))
	}
	if err := e.checkTax(ctx, sku.TaxCategory); err != nil {
		return 0, err
	}
	attributes, err := json.Marshal(attributesOrEmpty(sku.Attributes))
	if err != nil {
		return 0, err
	}
	id, err := e.s.q.SKUAdd(ctx, e.tx, sqlc.SKUAddParams{
		ProductID: product.ID, MerchantID: product.MerchantID, Code: sku.Code, Variant: sku.Variant, Attributes: attributes, Barcode: orNullText(sku.Barcode),
		WeightGrams: int32(sku.WeightGrams), TaxCategory: sku.TaxCategory, Status: string(sku.Status), Now: e.now, //nolint:gosec // Clean bounds it
	})
	if err != nil {
		return 0, translate(err)
	}
	for _, price := range sku.Prices {
		if err := e.setPrice(ctx, id, price); err != nil {
			return 0, err
		}
	}
	return id, e.audit(ctx, product.ID, "sku.created", catalogAudit{SKU: sku.Code})
}

// setPrice makes a price the one of a SKU from now on.
func (e *catalogEdit) setPrice(ctx context.Context, skuID int64, price shop.Amount) error {
	return e.s.changePrice(ctx, e.tx, shop.ChangePrice{
		SKUID: skuID, MerchantID: e.by.MerchantID, Action: shop.PriceSet, Price: price, Actor: e.by.Actor, RequestID: e.by.RequestID,
	})
}

func attributesOrEmpty(attributes map[string]string) map[string]string {
	if attributes == nil {
		return map[string]string{}
	}
	return attributes
}

// checkTax refuses a tax category without any rate: what is in it would be sold without tax.
func (e *catalogEdit) checkTax(ctx context.Context, category string) error {
	known, err := e.s.taxCategories(ctx, e.tx)
	if err == nil && !slices.Contains(known, category) {
		return shop.Invalid("taxCategory", "There is no such tax category.")
	}
	return err
}

// ChangeSKU changes what is written about a variant and returns its product. When somebody else saved something else since
// the version that the editor looked at, it is CodeConflict and nothing changes.
func (s *Store) ChangeSKU(ctx context.Context, c shop.ChangeSKU) (shop.MerchantProduct, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (shop.MerchantProduct, error) {
		e := s.editing(tx, c.Editor)
		found, err := s.q.SKULock(ctx, tx, sqlc.SKULockParams{ID: c.ID, MerchantID: c.MerchantID})
		if err != nil {
			return shop.MerchantProduct{}, notFound(err, "SKU")
		}
		product, err := e.lock(ctx, found.ProductID)
		if err != nil {
			return product, err
		}
		before, ok := product.SKU(c.ID)
		if !ok {
			return product, shop.NotFound("SKU")
		}
		after, err := c.Edit(before.SKUDraft).Clean()
		if err != nil {
			return product, err
		}
		if c.Version != 0 && c.Version != before.Version && len(after.Changes(before.SKUDraft)) > 0 {
			return product, shop.Conflict("Somebody else has changed this variant meanwhile.")
		}
		if err := e.changeSKU(ctx, before, after); err != nil {
			return product, err
		}
		return s.merchantProduct(ctx, tx, c.MerchantID, found.ProductID)
	})
}

// changeSKU writes what differs; nothing differs, nothing is written.
func (e *catalogEdit) changeSKU(ctx context.Context, before shop.MerchantSKU, after shop.SKUDraft) error {
	changes := after.Changes(before.SKUDraft)
	if len(changes) == 0 {
		return nil
	}
	if after.TaxCategory != before.TaxCategory {
		if err := e.checkTax(ctx, after.TaxCategory); err != nil {
			return err
		}
	}
	attributes, err := json.Marshal(attributesOrEmpty(after.Attributes))
	if err != nil {
		return err
	}
	changed, err := e.s.q.SKUChange(ctx, e.tx, sqlc.SKUChangeParams{
		ID: before.ID, Version: int32(before.Version), Code: after.Code, Variant: after.Variant, Attributes: attributes, Barcode: orNullText(after.Barcode), //nolint:gosec // a column of 32 bits
		WeightGrams: int32(after.WeightGrams), TaxCategory: after.TaxCategory, Status: string(after.Status), Now: e.now, //nolint:gosec // Clean bounds it
	})
	if err != nil {
		return translate(err)
	}
	if changed != 1 {
		return shop.Conflict("Somebody else has changed this variant meanwhile.")
	}
	return e.audit(ctx, before.ProductID, "sku.changed", catalogAudit{SKU: before.Code, Changes: changes})
}

// SetProductPicture keeps a picture and shows it with a product.
func (s *Store) SetProductPicture(ctx context.Context, by shop.Editor, productID int64, picture shop.Picture) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		e := s.editing(tx, by)
		product, err := e.lock(ctx, productID)
		if err != nil || product.Picture == picture.Hash {
			return err
		}
		err = s.q.PictureAdd(ctx, tx, sqlc.PictureAddParams{
			Hash: picture.Hash, MediaType: picture.MediaType, Width: int32(picture.Width), Height: int32(picture.Height), Data: picture.Data, Small: picture.Small, Now: e.now, //nolint:gosec // at most MaxPictureSide
		})
		if err != nil {
			return err
		}
		if err := s.q.ProductSetPicture(ctx, tx, sqlc.ProductSetPictureParams{ID: productID, PictureHash: &picture.Hash, Now: e.now}); err != nil {
			return err
		}
		return e.audit(ctx, productID, "product.picture", catalogAudit{})
	})
}

// RemoveProductPicture shows the placeholder with a product again. The picture itself stays: histories may show it.
func (s *Store) RemoveProductPicture(ctx context.Context, by shop.Editor, productID int64) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		e := s.editing(tx, by)
		product, err := e.lock(ctx, productID)
		if err != nil || product.Picture == "" {
			return err
		}
		if err := s.q.ProductSetPicture(ctx, tx, sqlc.ProductSetPictureParams{ID: productID, Now: e.now}); err != nil {
			return err
		}
		return e.audit(ctx, productID, "product.picture_removed", catalogAudit{})
	})
}

// DeleteProduct takes a product out of the shop for good, as far as buyers can tell: orders, stock and their histories
// keep it. Deleting twice is deleting once.
func (s *Store) DeleteProduct(ctx context.Context, by shop.Editor, productID int64) error {
	return s.productEnds(ctx, by, productID, "product.deleted", func(now time.Time, tx pgx.Tx) (int64, error) {
		return s.q.ProductDelete(ctx, tx, sqlc.ProductDeleteParams{ID: productID, Now: now})
	})
}

// RestoreProduct brings a deleted product back, in the state that it had.
func (s *Store) RestoreProduct(ctx context.Context, by shop.Editor, productID int64) error {
	return s.productEnds(ctx, by, productID, "product.restored", func(now time.Time, tx pgx.Tx) (int64, error) {
		return s.q.ProductRestore(ctx, tx, sqlc.ProductRestoreParams{ID: productID, Now: now})
	})
}

func (s *Store) productEnds(ctx context.Context, by shop.Editor, productID int64, action string, change func(time.Time, pgx.Tx) (int64, error)) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		e := s.editing(tx, by)
		if _, err := s.q.ProductLock(ctx, tx, sqlc.ProductLockParams{ID: productID, MerchantID: by.MerchantID}); err != nil {
			return notFound(err, "product")
		}
		changed, err := change(e.now, tx)
		if err != nil || changed == 0 {
			return err
		}
		return e.audit(ctx, productID, action, catalogAudit{})
	})
}
