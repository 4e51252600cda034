package db

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

const maxCurrencies = 50 // that a shop has prices in

// Categories returns the whole category tree with the number of products on sale.
func (s *Store) Categories(ctx context.Context) (shop.Categories, error) {
	// One statement is a transaction by itself; this one is part of every page of the shop.
	rows, err := s.q.CategoriesAll(ctx, s.pool, shop.MaxCategories)
	nodes := make([]shop.Category, len(rows))
	for i, r := range rows {
		nodes[i] = shop.Category{ID: r.ID, ParentID: r.ParentID, Slug: r.Slug, Name: r.Name, Products: r.Products}
	}
	return shop.NewCategories(nodes), translate(err)
}

// Currencies returns the currencies that the shop has prices in, by name.
func (s *Store) Currencies(ctx context.Context) ([]shop.Currency, error) {
	codes, err := s.q.ShopCurrencies(ctx, s.pool, maxCurrencies) // as Categories
	currencies := make([]shop.Currency, len(codes))
	for i, code := range codes {
		currencies[i] = shop.Currency(code)
	}
	return currencies, translate(err)
}

// Products returns a page of the products on sale, newest first, and whether older ones follow.
func (s *Store) Products(ctx context.Context, q shop.ProductQuery) (page []shop.ProductCard, more bool, err error) {
	before := q.Before
	if before <= 0 {
		before = math.MaxInt64
	}
	return s.productPage(ctx, q.Currency, q.Limit, func(tx pgx.Tx, limit int32) ([]sqlc.ProductsNewestRow, error) {
		if len(q.CategoryIDs) == 0 {
			return s.q.ProductsNewest(ctx, tx, sqlc.ProductsNewestParams{Before: before, RowLimit: limit})
		}
		rows, err := s.q.ProductsOfCategories(ctx, tx, sqlc.ProductsOfCategoriesParams{CategoryIds: q.CategoryIDs, Before: before, RowLimit: limit})
		return convertRows(rows, func(r sqlc.ProductsOfCategoriesRow) sqlc.ProductsNewestRow { return sqlc.ProductsNewestRow(r) }), err
	})
}

// SearchProducts returns a page of the products on sale that hold all words, best match first, and whether more follow.
// A text without a word finds nothing.
func (s *Store) SearchProducts(ctx context.Context, q shop.SearchQuery) (page []shop.ProductCard, more bool, err error) {
	words := searchWords(q.Text)
	if words == "" {
		return nil, false, nil
	}
	after := q.After
	if after == (shop.SearchCursor{}) {
		after = shop.SearchCursor{Rank: math.MaxFloat32, ID: math.MaxInt64}
	}
	return s.productPage(ctx, q.Currency, q.Limit, func(tx pgx.Tx, limit int32) ([]sqlc.ProductsNewestRow, error) {
		rows, err := s.q.ProductsBySearch(ctx, tx, sqlc.ProductsBySearchParams{Words: words, AfterRank: after.Rank, AfterID: after.ID, RowLimit: limit})
		return convertRows(rows, func(r sqlc.ProductsBySearchRow) sqlc.ProductsNewestRow { return sqlc.ProductsNewestRow(r) }), err
	})
}

// convertRows turns rows that have the same columns into one type.
func convertRows[From, To any](rows []From, as func(From) To) []To {
	converted := make([]To, len(rows))
	for i, r := range rows {
		converted[i] = as(r)
	}
	return converted
}

// searchWords is the tsquery of texts that hold a beginning of every word. Each word is quoted, so that PostgreSQL takes
// it apart as it took apart the texts, and none of its signs is an operator.
func searchWords(text string) string {
	var words []string
	for word := range strings.FieldsSeq(string(firstRunes(text, shop.MaxSearchText))) {
		if !strings.ContainsFunc(word, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
			continue
		}
		words = append(words, "'"+strings.NewReplacer("'", "''", `\`, `\\`).Replace(word)+"':*")
		if len(words) == shop.MaxSearchWords {
			break
		}
	}
	return strings.Join(words, " & ")
}

func firstRunes(text string, limit int) []rune {
	runes := []rune(text)
	return runes[:min(len(runes), limit)]
}

// productPage reads one row more than the page, to know whether more follow, and adds prices and stock.
func (s *Store) productPage(ctx context.Context, currency shop.Currency, limit int, read func(pgx.Tx, int32) ([]sqlc.ProductsNewestRow, error)) (page []shop.ProductCard, more bool, err error) {
	limit = pageSize(limit)
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		rows, err := read(tx, int32(limit+1)) //nolint:gosec // pageSize bounds it
		if err != nil {
			return err
		}
		more = len(rows) > limit
		rows = rows[:min(len(rows), limit)]
		page = make([]shop.ProductCard, len(rows))
		for i, r := range rows {
			page[i] = shop.ProductCard{ID: r.ID, Slug: r.Slug, Name: r.Name, MerchantName: r.MerchantName, Picture: r.PictureHash, Rank: r.Rank}
		}
		return s.loadOffers(ctx, tx, page, currency)
	})
	return page, more, err
}

// loadOffers adds what the products of a page cost, in the wanted currency or else in another, and what is left.
func (s *Store) loadOffers(ctx context.Context, tx pgx.Tx, page []shop.ProductCard, wanted shop.Currency) error {
	ids := make([]int64, len(page))
	at := make(map[int64]int, len(page))
	for i, card := range page {
		ids[i], at[card.ID] = card.ID, i
	}
	prices, err := s.q.ProductPrices(ctx, tx, sqlc.ProductPricesParams{ProductIds: ids, Now: s.Now()})
	if err != nil {
		return err
	}
	for _, r := range prices {
		card := &page[at[r.ProductID]]
		if card.Price.Currency == "" || shop.Currency(r.Currency) == wanted {
			card.Price = shop.Amount{Minor: r.Lowest, Currency: shop.Currency(r.Currency)}
			card.PriceVaries = r.Highest > r.Lowest
		}
	}
	stocks, err := s.q.ProductStocks(ctx, tx, ids)
	for _, r := range stocks {
		page[at[r.ProductID]].Available, page[at[r.ProductID]].Later = r.Available, r.Later
	}
	return err
}

// ProductSlugOfSKU returns the slug of the product of a SKU, whether or not it is shown; an unknown SKU is CodeNotFound.
func (s *Store) ProductSlugOfSKU(ctx context.Context, skuID int64) (string, error) {
	slug, err := inTxValue(ctx, s, func(tx pgx.Tx) (string, error) { return s.q.ProductSlugOfSKU(ctx, tx, skuID) })
	if errors.Is(err, pgx.ErrNoRows) {
		return "", shop.NotFound("product")
	}
	return slug, err
}

// ProductBySlug returns everything about one product. Drafts and deleted products are CodeNotFound; one that is no longer
// sold is returned and says so.
func (s *Store) ProductBySlug(ctx context.Context, slug string) (shop.Product, error) {
	return inTxWithValue(ctx, s, snapshot, func(tx pgx.Tx) (shop.Product, error) {
		r, err := s.q.ProductBySlug(ctx, tx, slug)
		if errors.Is(err, pgx.ErrNoRows) {
			return shop.Product{}, shop.NotFound("product")
		}
		if err != nil {
			return shop.Product{}, err
		}
		zone, err := time.LoadLocation(r.TimeZone)
		if err != nil {
			return shop.Product{}, fmt.Errorf("time zone of merchant %d: %w", r.MerchantID, err)
		}
		product := shop.Product{
			ID: r.ID, Slug: r.Slug, Name: r.Name, Description: r.Description, CategoryID: r.CategoryID, MerchantID: r.MerchantID, MerchantName: r.MerchantName,
			TaxIncluded: r.PricesIncludeTax, OnSale: r.OnSale, Picture: r.PictureHash,
			ShipPolicy: shop.ShipPolicy{
				CutoffMinute: int(r.CutoffMinute), HandlingDays: int(r.HandlingDays), WorkingDays: shop.Weekdays(r.WorkingDays), Holidays: holidays(r.Holidays), Zone: zone,
			},
		}
		return product, s.loadVariants(ctx, tx, &product)
	})
}

func (s *Store) loadVariants(ctx context.Context, tx pgx.Tx, product *shop.Product) error {
	rows, err := s.q.ProductSKUs(ctx, tx, sqlc.ProductSKUsParams{ProductID: product.ID, RowLimit: shop.MaxProductSKUs})
	if err != nil {
		return err
	}
	at := make(map[int64]int, len(rows))
	ids := make([]int64, len(rows))
	for i, r := range rows {
		sku := shop.ProductSKU{
			ID: r.ID, Code: r.Code, Variant: r.Variant, Available: r.Available, Later: r.Later, BuyerLimit: r.BuyerLimit,
			OnSale: product.OnSale && r.Status == "active", Prices: map[shop.Currency]int64{},
		}
		if sku.Attributes, err = attributesOf(r.Attributes); err != nil {
			return fmt.Errorf("attributes of SKU %d: %w", r.ID, err)
		}
		product.SKUs = append(product.SKUs, sku)
		at[r.ID], ids[i] = i, r.ID
	}
	prices, err := s.q.SKUPricesNow(ctx, tx, sqlc.SKUPricesNowParams{SkuIds: ids, Now: s.Now()})
	for _, r := range prices {
		product.SKUs[at[r.SkuID]].Prices[shop.Currency(r.Currency)] = r.PriceMinor
	}
	return err
}

// attributesOf reads attributes as texts; numbers and truth values are shown as they are written.
func attributesOf(data []byte) (map[string]string, error) {
	var values map[string]any
	if err := json.Unmarshal(data, &values); err != nil {
		return nil, err
	}
	attributes := make(map[string]string, len(values))
	for name, value := range values {
		attributes[name] = fmt.Sprint(value)
	}
	return attributes, nil
}
