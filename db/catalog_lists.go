package db

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// CatalogProducts returns one page of the products that the query asks for, newest first, with all their variants, and
// whether older ones follow. An unknown category is CodeInvalid.
func (s *Store) CatalogProducts(ctx context.Context, q shop.CatalogQuery) (page []shop.CatalogProduct, more bool, err error) {
	if q.Before <= 0 {
		q.Before = int64(shop.MaxOrderID) // product ids are small
	}
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		page, more = nil, false
		rows, err := s.catalogRows(ctx, tx, q)
		if err != nil {
			return err
		}
		if limit := pageSize(q.Limit); len(rows) > limit {
			rows, more = rows[:limit], true
		}
		for _, r := range rows {
			page = append(page, catalogProduct(r))
		}
		return s.loadCatalogVariants(ctx, tx, page, q.OnSaleOnly)
	})
	return page, more, err
}

// CatalogProduct returns one product with its variants. One that the query's MerchantID and OnSaleOnly exclude does not
// exist for the asker: CodeNotFound.
func (s *Store) CatalogProduct(ctx context.Context, id int64, q shop.CatalogQuery) (shop.CatalogProduct, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (shop.CatalogProduct, error) {
		r, err := s.q.CatalogProductByID(ctx, tx, id)
		hidden := (q.OnSaleOnly && !r.OnSale) || (q.MerchantID != 0 && q.MerchantID != r.MerchantID)
		if errors.Is(err, pgx.ErrNoRows) || (err == nil && hidden) {
			return shop.CatalogProduct{}, shop.NotFound("product")
		}
		if err != nil {
			return shop.CatalogProduct{}, err
		}
		one := []shop.CatalogProduct{catalogProduct(sqlc.CatalogNewestRow{
			ID: r.ID, Slug: r.Slug, Name: r.Name, Description: r.Description, Status: r.Status, Version: r.Version,
			MerchantID: r.MerchantID, MerchantName: r.MerchantName, CategorySlug: r.CategorySlug, PictureHash: r.PictureHash,
		})}
		err = s.loadCatalogVariants(ctx, tx, one, q.OnSaleOnly)
		return one[0], err
	})
}

// CatalogSKU returns the product of a SKU with that one variant, as CatalogProduct does. One that is hidden from the asker, or
// is not on sale for those who only see what is, is CodeNotFound.
func (s *Store) CatalogSKU(ctx context.Context, id int64, q shop.CatalogQuery) (shop.CatalogProduct, error) {
	productID, err := inTxValue(ctx, s, func(tx pgx.Tx) (int64, error) { return s.q.CatalogProductOfSKU(ctx, tx, id) })
	if err != nil {
		return shop.CatalogProduct{}, notFound(err, "SKU")
	}
	product, err := s.CatalogProduct(ctx, productID, q)
	product.Variants = slices.DeleteFunc(product.Variants, func(v shop.CatalogVariant) bool { return v.ID != id })
	if shop.CodeOf(err) == shop.CodeNotFound || (err == nil && len(product.Variants) == 0) {
		return shop.CatalogProduct{}, shop.NotFound("SKU")
	}
	return product, err
}

// catalogRows reads one row more than the page, by the narrowest access path.
func (s *Store) catalogRows(ctx context.Context, tx pgx.Tx, q shop.CatalogQuery) ([]sqlc.CatalogNewestRow, error) {
	categories, err := s.categoriesUnder(ctx, tx, q.CategorySlug)
	if err != nil {
		return nil, err
	}
	limit := int32(pageSize(q.Limit) + 1) //nolint:gosec // pageSize bounds it
	switch {
	case q.Text != "":
		words := searchWords(q.Text)
		if words == "" {
			return nil, nil // signs only: nothing is called that
		}
		rows, err := s.q.CatalogOfWords(ctx, tx, sqlc.CatalogOfWordsParams{
			Words: words, CategoryIds: categories, MerchantID: q.MerchantID, OnSaleOnly: q.OnSaleOnly, Before: q.Before, RowLimit: limit,
		})
		return convertRows(rows, func(r sqlc.CatalogOfWordsRow) sqlc.CatalogNewestRow { return sqlc.CatalogNewestRow(r) }), err
	case len(categories) > 0:
		rows, err := s.q.CatalogOfCategories(ctx, tx, sqlc.CatalogOfCategoriesParams{
			CategoryIds: categories, MerchantID: q.MerchantID, OnSaleOnly: q.OnSaleOnly, Before: q.Before, RowLimit: limit,
		})
		return convertRows(rows, func(r sqlc.CatalogOfCategoriesRow) sqlc.CatalogNewestRow { return sqlc.CatalogNewestRow(r) }), err
	case q.MerchantID != 0:
		rows, err := s.q.CatalogOfMerchant(ctx, tx, sqlc.CatalogOfMerchantParams{MerchantID: q.MerchantID, Before: q.Before, RowLimit: limit})
		return convertRows(rows, func(r sqlc.CatalogOfMerchantRow) sqlc.CatalogNewestRow { return sqlc.CatalogNewestRow(r) }), err
	case q.OnSaleOnly:
		rows, err := s.q.CatalogOnSale(ctx, tx, sqlc.CatalogOnSaleParams{Before: q.Before, RowLimit: limit})
		return convertRows(rows, func(r sqlc.CatalogOnSaleRow) sqlc.CatalogNewestRow { return sqlc.CatalogNewestRow(r) }), err
	}
	return s.q.CatalogNewest(ctx, tx, sqlc.CatalogNewestParams{Before: q.Before, RowLimit: limit})
}

// categoriesUnder lists the category of a slug and everything below it; an empty list, which is not NULL to PostgreSQL,
// for no slug.
func (s *Store) categoriesUnder(ctx context.Context, tx pgx.Tx, slug string) ([]int64, error) {
	if slug == "" {
		return []int64{}, nil
	}
	ids, err := s.q.CatalogCategoriesUnder(ctx, tx, slug)
	if err == nil && len(ids) == 0 {
		return nil, shop.Invalid("category", "There is no such category.")
	}
	return ids, err
}

// loadCatalogVariants fills in the variants of the products with their prices of the moment.
func (s *Store) loadCatalogVariants(ctx context.Context, tx pgx.Tx, products []shop.CatalogProduct, onSaleOnly bool) error {
	ids := make([]int64, len(products))
	at := make(map[int64]*shop.CatalogProduct, len(products))
	for i := range products {
		ids[i] = products[i].ID
		at[ids[i]] = &products[i]
	}
	prices, err := s.q.CatalogPrices(ctx, tx, sqlc.CatalogPricesParams{ProductIds: ids, Now: s.Now()})
	if err != nil {
		return err
	}
	bySKU := make(map[int64][]shop.Amount, len(prices))
	for _, r := range prices {
		bySKU[r.SkuID] = append(bySKU[r.SkuID], shop.Amount{Minor: r.PriceMinor, Currency: shop.Currency(r.Currency)})
	}
	variants, err := s.q.CatalogVariants(ctx, tx, ids)
	for _, r := range variants {
		if onSaleOnly && r.Status != "active" {
			continue
		}
		attributes, err := attributesOf(r.Attributes)
		if err != nil {
			return fmt.Errorf("attributes of SKU %d: %w", r.ID, err)
		}
		product := at[r.ProductID]
		product.Variants = append(product.Variants, shop.CatalogVariant{
			ID: r.ID, ProductID: r.ProductID, Version: int64(r.Version), Code: r.Code, Variant: r.Variant, Status: r.Status, Prices: bySKU[r.ID], Available: r.Available,
			Attributes: attributes, Barcode: r.Barcode, WeightGrams: int64(r.WeightGrams), TaxCategory: r.TaxCategory,
		})
	}
	return err
}

func catalogProduct(r sqlc.CatalogNewestRow) shop.CatalogProduct {
	return shop.CatalogProduct{
		ID: r.ID, Slug: r.Slug, Name: r.Name, Description: r.Description, Status: r.Status, Version: int64(r.Version),
		MerchantID: r.MerchantID, MerchantName: r.MerchantName, CategorySlug: r.CategorySlug, Picture: r.PictureHash,
	}
}
