package db

import (
	"cmp"
	"context"
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

// newMerchantTerms are those of the schema's defaults.
var newMerchantTerms = shop.ImportTerms{TimeZone: "UTC", CutoffMinute: 14 * 60, HandlingDays: 1}

// RegisterCatalog adds the entries whose external ids are new and tells how many. Tax rates and accounts have none: what
// is there already stays as it is. An entry that refers to something unknown is an error: the source is faulty.
func (s *Store) RegisterCatalog(ctx context.Context, source string, batch shop.ImportCatalog) (shop.ImportCatalogCounts, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (shop.ImportCatalogCounts, error) {
		c := &importCatalog{s: s, tx: tx, source: source, batch: batch}
		for _, step := range []func(context.Context) error{
			c.begin, c.addMerchants, c.addCustomers, c.addCategories, c.addProducts, c.addSKUs, c.addTaxRates, c.remember, c.addUsers,
		} {
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

	// What the batch's own entries became, and what those of earlier batches did that it refers to.
	merchants  map[string]int64
	customers  map[string]int64
	categories map[string]int64
	products   map[string]int64
	skus       map[string]int64
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
		terms := newMerchantTerms
		if m.Terms != nil {
			terms = *m.Terms
		}
		rows[i] = sqlc.ImportMerchantsParams{
			ID: slugs[i].id, Slug: slugs[i].slug, Name: m.Name, Status: catalogActive,
			Country: m.Country, City: m.City, Region: m.Region, PostalCode: m.PostalCode,
			TimeZone: terms.TimeZone, CutoffMinute: int32(terms.CutoffMinute), HandlingDays: int32(terms.HandlingDays), PricesIncludeTax: terms.TaxIncluded,
		}
		if m.Placeholder {
			rows[i].Status = catalogSuspended
		}
	}
	if c.added.Merchants, err = c.s.q.ImportMerchants(ctx, c.tx, rows); err != nil {
		return err
	}
	return c.addShipping(ctx, fresh)
}

// addShipping adds where new merchants ship from and what they ask for it.
func (c *importCatalog) addShipping(ctx context.Context, merchants []shop.ImportMerchant) error {
	var locations []sqlc.ImportLocationsParams
	var rates []sqlc.ImportShippingRatesParams
	for _, m := range merchants {
		for _, l := range m.Locations {
			locations = append(locations, sqlc.ImportLocationsParams{MerchantID: c.merchants[m.ExternalID], Code: l.Code, Name: l.Name, Priority: int32(l.Priority)})
		}
		for _, r := range m.ShippingRates {
			rates = append(rates, sqlc.ImportShippingRatesParams{
				MerchantID: c.merchants[m.ExternalID], Country: r.Country, Currency: string(r.Currency),
				FromWeightGrams: r.FromWeightGrams, FromSubtotalMinor: r.FromSubtotalMinor, PriceMinor: r.PriceMinor,
			})
		}
	}
	if _, err := c.s.q.ImportLocations(ctx, c.tx, locations); err != nil {
		return err
	}
	_, err := c.s.q.ImportShippingRates(ctx, c.tx, rates)
	return err
}

func (c *importCatalog) addCategories(ctx context.Context) error {
	ids, fresh, err := register(ctx, c, refCategory, "categories", c.batch.Categories, func(one shop.ImportCategory) string { return one.ExternalID })
	if err != nil {
		return err
	}
	var refs []string
	for _, one := range fresh {
		if one.ParentRef != "" {
			refs = append(refs, one.ParentRef)
		}
	}
	if c.categories, err = c.found(ctx, refCategory, refs, ids); err != nil {
		return err
	}
	slugs := make([]named, len(fresh))
	for i, one := range fresh {
		slugs[i] = named{id: ids[one.ExternalID], name: cmp.Or(one.Name, one.ExternalID)}
	}
	if err := settleSlugs(ctx, c.tx, slugs, maxSlug, c.s.q.ImportCategorySlugsTaken); err != nil {
		return err
	}
	rows := make([]sqlc.ImportCategoriesParams, len(fresh))
	for i, one := range fresh {
		rows[i] = sqlc.ImportCategoriesParams{ID: slugs[i].id, ParentID: orNullID(c.categories[one.ParentRef]), Slug: slugs[i].slug, Name: slugs[i].name, Position: int32(i)}
	}
	_, err = c.s.q.ImportCategories(ctx, c.tx, rows)
	return err
}

// found is what became of all refs: of this batch, or of earlier ones. One of nothing is an error.
func (c *importCatalog) found(ctx context.Context, kind string, refs []string, ofBatch map[string]int64) (map[string]int64, error) {
	all, err := c.s.importRefs(ctx, c.tx, c.source, kind, refs)
	if err != nil {
		return nil, err
	}
	maps.Copy(all, ofBatch)
	return all, allFound(kind, refs, all)
}
