package db

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"strconv"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// The statuses that imported catalog entries begin with.
const (
	catalogActive       = "active"
	catalogDiscontinued = "discontinued" // known from past orders alone
	catalogSuspended    = "suspended"    // a merchant that stands for an unknown one
)

const (
	maxSlug        = 80
	maxProductSlug = 120
	maxIDDigits    = 20
)

// RegisterCatalog adds the entries whose external ids are new and tells how many. An entry that refers to something
// unknown is an error: the source is faulty.
func (s *Store) RegisterCatalog(ctx context.Context, source string, batch shop.ImportCatalog) (shop.ImportCatalogCounts, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (shop.ImportCatalogCounts, error) {
		c := &importCatalog{s: s, tx: tx, source: source, batch: batch}
		for _, step := range []func(context.Context) error{c.begin, c.addMerchants, c.addCustomers, c.addCategories, c.addProducts, c.addSKUs, c.remember} {
			if err := step(ctx); err != nil {
				return shop.ImportCatalogCounts{}, err
			}
		}
		return c.added, nil
	})
}

// importCatalog is a batch of catalog entries on its way through the steps of one transaction.
type importCatalog struct {
	s      *Store
	tx     pgx.Tx
	source string
	batch  shop.ImportCatalog
	added  shop.ImportCatalogCounts
	refs   []sqlc.ImportRefsParams

	merchants  map[string]int64 // of this batch, and those that its products refer to
	categories map[string]int64
	products   map[string]int64
}

func (c *importCatalog) begin(ctx context.Context) error {
	return c.s.q.ImportLock(ctx, c.tx, c.source)
}

// remember keeps what became of the new entries.
func (c *importCatalog) remember(ctx context.Context) error {
	_, err := c.s.q.ImportRefs(ctx, c.tx, c.refs)
	return err
}

// register gives the new ones among values their ids and returns them in their order, with the ids of all.
func register[T any](ctx context.Context, c *importCatalog, kind, table string, values []T, externalID func(T) string) (ids map[string]int64, fresh []T, err error) {
	keys := make([]string, len(values))
	for i, v := range values {
		keys[i] = externalID(v)
	}
	if ids, err = c.s.importRefs(ctx, c.tx, c.source, kind, keys); err != nil {
		return nil, nil, err
	}
	for _, v := range values {
		if _, known := ids[externalID(v)]; !known {
			ids[externalID(v)] = 0
			fresh = append(fresh, v)
		}
	}
	given, err := c.s.identities(ctx, c.tx, table, len(fresh))
	if err != nil {
		return nil, nil, err
	}
	for i, v := range fresh {
		ids[externalID(v)] = given[i]
		c.refs = append(c.refs, sqlc.ImportRefsParams{Source: c.source, Kind: kind, ExternalID: externalID(v), ID: given[i]})
	}
	return ids, fresh, nil
}

// named is something that gets a slug of its own.
type named struct {
	id   int64
	name string
	slug string
}

// settleSlugs makes a slug of each name; one that is taken, or empty, gets the id as well.
func settleSlugs(ctx context.Context, tx pgx.Tx, all []named, limit int, taken func(context.Context, sqlc.DBTX, []string) ([]string, error)) error {
	wanted := make([]string, len(all))
	for i := range all {
		wanted[i] = shop.Slug(all[i].name, limit)
	}
	rows, err := taken(ctx, tx, wanted)
	if err != nil {
		return err
	}
	used := map[string]bool{"": true}
	for _, slug := range rows {
		used[slug] = true
	}
	for i := range all {
		if used[wanted[i]] {
			wanted[i] = shop.Slug(shop.Slug(all[i].name, limit-maxIDDigits)+" "+strconv.FormatInt(all[i].id, 10), limit)
		}
		used[wanted[i]] = true
		all[i].slug = wanted[i]
	}
	return nil
}

func (c *importCatalog) addMerchants(ctx context.Context) error {
	ids, fresh, err := register(ctx, c, refMerchant, "merchants", c.batch.Merchants, func(m shop.ImportMerchant) string { return m.ExternalID })
	if err != nil {
		return err
	}
	c.merchants = ids
	slugs := make([]named, len(fresh))
	for i, m := range fresh {
		slugs[i] = named{id: ids[m.ExternalID], name: m.Name}
	}
	if err := settleSlugs(ctx, c.tx, slugs, maxSlug, c.s.q.ImportMerchantSlugsTaken); err != nil {
		return err
	}
	rows := make([]sqlc.ImportMerchantsParams, len(fresh))
	for i, m := range fresh {
		rows[i] = sqlc.ImportMerchantsParams{
			ID: slugs[i].id, Slug: slugs[i].slug, Name: m.Name, Status: catalogActive,
			Country: m.Country, City: m.City, Region: m.Region, PostalCode: m.PostalCode,
		}
		if m.Placeholder {
			rows[i].Status = catalogSuspended
		}
	}
	c.added.Merchants, err = c.s.q.ImportMerchants(ctx, c.tx, rows)
	return err
}

func (c *importCatalog) addCustomers(ctx context.Context) error {
	ids, fresh, err := register(ctx, c, refCustomer, "customers", c.batch.Customers, func(m shop.ImportCustomer) string { return m.ExternalID })
	if err != nil {
		return err
	}
	rows := make([]sqlc.ImportCustomersParams, len(fresh))
	for i, one := range fresh {
		rows[i] = sqlc.ImportCustomersParams{ID: ids[one.ExternalID], Email: orNullText(one.Email), Name: one.Name}
	}
	c.added.Customers, err = c.s.q.ImportCustomers(ctx, c.tx, rows)
	return err
}

// addCategories adds the categories that products name.
func (c *importCatalog) addCategories(ctx context.Context) error {
	var inCategory []shop.ImportProduct
	for _, p := range c.batch.Products {
		if p.Category != "" {
			inCategory = append(inCategory, p)
		}
	}
	ids, fresh, err := register(ctx, c, refCategory, "categories", inCategory, func(p shop.ImportProduct) string { return p.Category })
	if err != nil {
		return err
	}
	c.categories = ids
	slugs := make([]named, len(fresh))
	for i, p := range fresh {
		slugs[i] = named{id: ids[p.Category], name: cmp.Or(p.CategoryName, p.Category)}
	}
	if err := settleSlugs(ctx, c.tx, slugs, maxSlug, c.s.q.ImportCategorySlugsTaken); err != nil {
		return err
	}
	rows := make([]sqlc.ImportCategoriesParams, len(slugs))
	for i, n := range slugs {
		rows[i] = sqlc.ImportCategoriesParams{ID: n.id, Slug: n.slug, Name: n.name}
	}
	_, err = c.s.q.ImportCategories(ctx, c.tx, rows)
	return err
}

func (c *importCatalog) addProducts(ctx context.Context) error {
	if err := c.findMerchants(ctx); err != nil {
		return err
	}
	ids, fresh, err := register(ctx, c, refProduct, "products", c.batch.Products, func(p shop.ImportProduct) string { return p.ExternalID })
	if err != nil {
		return err
	}
	c.products = ids
	slugs := make([]named, len(fresh))
	for i, p := range fresh {
		slugs[i] = named{id: ids[p.ExternalID], name: p.Name}
	}
	if err := settleSlugs(ctx, c.tx, slugs, maxProductSlug, c.s.q.ImportProductSlugsTaken); err != nil {
		return err
	}
	rows := make([]sqlc.ImportProductsParams, len(fresh))
	for i, p := range fresh {
		rows[i] = sqlc.ImportProductsParams{ID: slugs[i].id, MerchantID: c.merchants[p.MerchantRef], Slug: slugs[i].slug, Name: p.Name, Status: offered(p)}
		if id := c.categories[p.Category]; id != 0 {
			rows[i].CategoryID = &id
		}
	}
	c.added.Products, err = c.s.q.ImportProducts(ctx, c.tx, rows)
	return err
}

// findMerchants finds those that the batch's products and SKUs refer to; they may have come with an earlier batch.
func (c *importCatalog) findMerchants(ctx context.Context) error {
	var refs []string
	for _, p := range c.batch.Products {
		refs = append(refs, p.MerchantRef)
		for _, sku := range p.SKUs {
			refs = append(refs, sku.MerchantRef)
		}
	}
	found, err := c.s.importRefs(ctx, c.tx, c.source, refMerchant, refs)
	if err != nil {
		return err
	}
	maps.Copy(c.merchants, found)
	return allFound(refMerchant, refs, c.merchants)
}

func offered(p shop.ImportProduct) string {
	if p.Offered {
		return catalogActive
	}
	return catalogDiscontinued
}

// importSKU is a SKU with the product that it is of.
type importSKU struct {
	shop.ImportSKU
	product shop.ImportProduct
}

func (c *importCatalog) addSKUs(ctx context.Context) error {
	var all []importSKU
	for _, p := range c.batch.Products {
		for _, sku := range p.SKUs {
			all = append(all, importSKU{sku, p})
		}
	}
	ids, fresh, err := register(ctx, c, refSKU, "skus", all, func(sku importSKU) string { return sku.ExternalID })
	if err != nil {
		return err
	}
	rows := make([]sqlc.ImportSKUsParams, len(fresh))
	var prices []sqlc.ImportPricesParams
	for i, sku := range fresh {
		attributes, err := json.Marshal(sku.attributes())
		if err != nil {
			return err
		}
		rows[i] = sqlc.ImportSKUsParams{
			ID: ids[sku.ExternalID], ProductID: c.products[sku.product.ExternalID], MerchantID: c.merchants[sku.MerchantRef], Code: sku.Code,
			Variant: sku.Variant, Attributes: attributes, WeightGrams: int32(sku.WeightGrams), Status: offered(sku.product),
		}
		if !sku.PricedAt.IsZero() {
			prices = append(prices, sqlc.ImportPricesParams{SkuID: ids[sku.ExternalID], Currency: string(sku.Currency), PriceMinor: sku.PriceMinor, ValidFrom: sku.PricedAt})
		}
	}
	if c.added.SKUs, err = c.s.q.ImportSKUs(ctx, c.tx, rows); err != nil {
		return err
	}
	_, err = c.s.q.ImportPrices(ctx, c.tx, prices)
	return err
}

// attributes is never nil, which JSON would write as null.
func (sku importSKU) attributes() map[string]string {
	if sku.Attributes == nil {
		return map[string]string{}
	}
	return sku.Attributes
}
