package db

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// MerchantProducts returns a page of a merchant's products, the newest first, with the counts of all lists. An unknown
// category is CodeInvalid.
func (s *Store) MerchantProducts(ctx context.Context, q shop.MerchantProductsQuery) (shop.MerchantProductsPage, error) {
	return inTxWithValue(ctx, s, snapshot, func(tx pgx.Tx) (page shop.MerchantProductsPage, err error) {
		where, err := s.productConditions(ctx, tx, q)
		if err != nil {
			return page, err
		}
		limit := pageSize(q.Limit)
		where.set("row_limit", limit+1)
		rows, err := tx.Query(ctx, "SELECT p.id FROM products p"+where.where()+" ORDER BY p.id DESC LIMIT @row_limit", where.args)
		if err != nil {
			return page, err
		}
		ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
		if err != nil {
			return page, err
		}
		if len(ids) > limit {
			ids, page.More = ids[:limit], true
		}
		if page.Rows, err = s.productRows(ctx, tx, ids); err != nil {
			return page, err
		}
		page.Counts, err = s.productCounts(ctx, tx, q.MerchantID)
		return page, err
	})
}

func (s *Store) productConditions(ctx context.Context, tx pgx.Tx, q shop.MerchantProductsQuery) (*conditions, error) {
	c := &conditions{}
	before := q.Before
	if before <= 0 {
		before = math.MaxInt64
	}
	c.add("p.merchant_id = @merchant", "merchant", q.MerchantID)
	c.add("p.id < @before", "before", before)
	switch q.Tab {
	case shop.ProductsDeleted:
		c.clauses = append(c.clauses, "p.deleted_at IS NOT NULL")
	case shop.ProductsAll:
		c.clauses = append(c.clauses, "p.deleted_at IS NULL")
	default:
		c.add("p.deleted_at IS NULL AND p.status = @status", "status", string(q.Tab))
	}
	if q.Text != "" {
		c.add("(lower(p.name) LIKE @pattern OR EXISTS (SELECT 1 FROM skus k WHERE k.product_id = p.id AND lower(k.code) LIKE @pattern))", "pattern", "%"+prefixPattern(q.Text))
	}
	if q.Category != "" {
		within, err := s.categoriesUnder(ctx, tx, q.Category)
		if err != nil {
			return nil, err
		}
		c.add("p.category_id = ANY (@categories::bigint[])", "categories", within)
	}
	return c, nil
}

func (s *Store) productRows(ctx context.Context, tx pgx.Tx, ids []int64) ([]shop.MerchantProductRow, error) {
	now := s.Now()
	rows, err := s.q.MerchantProductRows(ctx, tx, sqlc.MerchantProductRowsParams{Ids: ids, Now: now})
	if err != nil {
		return nil, err
	}
	prices, err := s.q.ProductPrices(ctx, tx, sqlc.ProductPricesParams{ProductIds: ids, Now: now})
	list := make([]shop.MerchantProductRow, len(rows))
	for i, r := range rows {
		list[i] = shop.MerchantProductRow{
			ID: r.ID, Slug: r.Slug, Name: r.Name, Status: shop.CatalogStatus(r.Status), Category: r.Category, Picture: r.PictureHash, Deleted: r.Deleted,
			SKUs: r.Skus, FirstCode: r.FirstCode, Available: r.Available, Unpriced: r.Unpriced, UpdatedAt: r.UpdatedAt,
		}
		for _, p := range prices {
			if p.ProductID == r.ID {
				list[i].Prices = append(list[i].Prices, shop.Amount{Minor: p.Lowest, Currency: shop.Currency(p.Currency)})
			}
		}
	}
	return list, err
}

func (s *Store) productCounts(ctx context.Context, tx pgx.Tx, merchantID int64) (map[shop.ProductTab]int64, error) {
	rows, err := s.q.MerchantProductCounts(ctx, tx, merchantID)
	counts := map[shop.ProductTab]int64{}
	for _, r := range rows {
		if r.Deleted {
			counts[shop.ProductsDeleted] += r.Products
			continue
		}
		counts[shop.ProductTab(r.Status)] += r.Products
		counts[shop.ProductsAll] += r.Products
	}
	return counts, err
}

// MerchantProduct returns a product of a merchant, a deleted one too, with all its variants and what was changed lately.
// Another merchant's is CodeNotFound.
func (s *Store) MerchantProduct(ctx context.Context, merchantID, id int64) (shop.MerchantProduct, error) {
	return inTxWithValue(ctx, s, snapshot, func(tx pgx.Tx) (shop.MerchantProduct, error) {
		product, err := s.merchantProduct(ctx, tx, merchantID, id)
		if err != nil {
			return product, err
		}
		product.History, err = s.productHistory(ctx, tx, id)
		return product, err
	})
}

func (s *Store) merchantProduct(ctx context.Context, tx pgx.Tx, merchantID, id int64) (shop.MerchantProduct, error) {
	r, err := s.q.MerchantProductFind(ctx, tx, sqlc.MerchantProductFindParams{ID: id, MerchantID: merchantID})
	if err != nil {
		return shop.MerchantProduct{}, notFound(err, "product")
	}
	product := shop.MerchantProduct{
		ID: r.ID, MerchantID: r.MerchantID, Version: int64(r.Version), Picture: r.PictureHash, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt, DeletedAt: orZero(r.DeletedAt),
		ProductDraft: shop.ProductDraft{Name: r.Name, Slug: r.Slug, Description: r.Description, Category: r.CategorySlug, Status: shop.CatalogStatus(r.Status)},
	}
	skus, err := s.merchantSKUs(ctx, tx, []int64{id})
	product.SKUs = skus[id]
	return product, err
}

// merchantSKUs are the variants of some products, by product.
func (s *Store) merchantSKUs(ctx context.Context, tx pgx.Tx, productIDs []int64) (map[int64][]shop.MerchantSKU, error) {
	rows, err := s.q.MerchantSKUs(ctx, tx, productIDs)
	if err != nil {
		return nil, err
	}
	prices, err := s.q.CatalogPrices(ctx, tx, sqlc.CatalogPricesParams{ProductIds: productIDs, Now: s.Now()})
	if err != nil {
		return nil, err
	}
	bySKU := map[int64][]shop.Amount{}
	for _, p := range prices {
		bySKU[p.SkuID] = append(bySKU[p.SkuID], shop.Amount{Minor: p.PriceMinor, Currency: shop.Currency(p.Currency)})
	}
	list := map[int64][]shop.MerchantSKU{}
	for _, r := range rows {
		attributes, err := attributesOf(r.Attributes)
		if err != nil {
			return nil, fmt.Errorf("attributes of SKU %d: %w", r.ID, err)
		}
		list[r.ProductID] = append(list[r.ProductID], shop.MerchantSKU{
			ID: r.ID, ProductID: r.ProductID, Version: int64(r.Version), Prices: bySKU[r.ID], OnHand: r.OnHand, Reserved: r.Reserved,
			Rules: shop.StockRules{BackorderLimit: r.BackorderLimit, BuyerLimit: r.BuyerLimit, ReorderPoint: r.ReorderPoint},
			SKUDraft: shop.SKUDraft{
				Code: r.Code, Variant: r.Variant, Attributes: attributes, TaxCategory: r.TaxCategory, Status: shop.CatalogStatus(r.Status),
				Barcode: r.Barcode, WeightGrams: int64(r.WeightGrams),
			},
		})
	}
	return list, nil
}

// catalogAudit is what the audit log keeps of a change to the catalog.
type catalogAudit struct {
	SKU     string             `json:"sku,omitempty"`
	Changes []shop.FieldChange `json:"changes,omitempty"`
}

func (s *Store) productHistory(ctx context.Context, tx pgx.Tx, id int64) ([]shop.CatalogChange, error) {
	rows, err := s.q.ProductHistory(ctx, tx, sqlc.ProductHistoryParams{Subject: productSubject(id), RowLimit: shop.ProductHistorySize})
	if err != nil {
		return nil, err
	}
	history := make([]shop.CatalogChange, len(rows))
	for i, r := range rows {
		var data catalogAudit
		if err := json.Unmarshal(r.Data, &data); err != nil {
			return nil, fmt.Errorf("audit log of product %d: %w", id, err)
		}
		history[i] = shop.CatalogChange{At: r.At, By: r.ActorName, Action: r.Action, SKU: data.SKU, Changes: data.Changes}
	}
	return history, nil
}

// TaxCategories returns the tax categories that there are rates for, the standard one always among them.
func (s *Store) TaxCategories(ctx context.Context) ([]string, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) ([]string, error) { return s.taxCategories(ctx, tx) })
}

func (s *Store) taxCategories(ctx context.Context, tx pgx.Tx) ([]string, error) {
	names, err := s.q.TaxCategories(ctx, tx, shop.MaxTaxCategories)
	if err == nil && !slices.Contains(names, shop.StandardTax) {
		names = append(names, shop.StandardTax)
	}
	slices.SortFunc(names, func(a, b string) int { // the standard one first
		switch {
		case a == b:
			return 0
		case a == shop.StandardTax || (b != shop.StandardTax && a < b):
			return -1
		}
		return 1
	})
	return names, err
}

// Picture returns the media type and the bytes of a picture by its hash, or of the small one for lists. An unknown one is
// CodeNotFound.
func (s *Store) Picture(ctx context.Context, hash string, small bool) (mediaType string, data []byte, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		r, err := s.q.PictureFind(ctx, tx, sqlc.PictureFindParams{Hash: hash, Small: small})
		if errors.Is(err, pgx.ErrNoRows) {
			return shop.NotFound("picture")
		}
		mediaType, data = r.MediaType, r.Data
		return err
	})
	return mediaType, data, err
}
