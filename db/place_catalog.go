package db

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// What prices depend on, for a group of checkouts or for one cart.

// catalogAsked is what prices are made for. Nothing of it depends on a row of the catalog, so that all of that is read at once.
type catalogAsked struct {
	now                time.Time
	currencies         []string
	skuIDs, productIDs []int64
	countries          []string // that the goods may go to,
	addressIDs         []int64  // and addresses in others
	codes              []string
	customerIDs        []int64 // who named the codes
}

// asked is what the open entries ask for, known or repeated requests included.
func (g *placing) asked() catalogAsked {
	a := catalogAsked{now: g.now}
	for _, e := range g.open {
		a.currencies = append(a.currencies, string(e.command.Currency))
		a.addressIDs = append(a.addressIDs, e.command.ShippingAddressID)
		for _, item := range e.command.Items {
			if item.SKUID > 0 {
				a.skuIDs = append(a.skuIDs, item.SKUID)
			} else {
				a.productIDs = append(a.productIDs, item.ProductID)
			}
		}
		if len(e.command.DiscountCodes) > 0 {
			a.codes = append(a.codes, e.command.DiscountCodes...)
			a.customerIDs = append(a.customerIDs, e.command.CustomerID)
		}
	}
	a.currencies, a.skuIDs, a.productIDs = distinct(a.currencies), distinct(a.skuIDs), distinct(a.productIDs)
	a.addressIDs, a.codes, a.customerIDs = distinct(a.addressIDs), distinct(a.codes), distinct(a.customerIDs)
	return a
}

// loadStock reads the counters of the SKUs, without a lock.
func (g *placing) loadStock(a catalogAsked) read {
	return func(ctx context.Context, tx sqlc.DBTX) error {
		rows, err := g.q.PlacingStock(ctx, tx, sqlc.PlacingStockParams{SkuIds: a.skuIDs, ProductIds: a.productIDs})
		g.stock = convertAll(rows, func(row sqlc.PlacingStockRow) shop.StockLevel { return stockLevel(sqlc.PlacingStockLockRow(row)) })
		return err
	}
}

// loadCatalog reads what prices depend on, and beside it, in the same round trip, what else is to be read. It returns the countries
// whose tax rates it read.
func loadCatalog(ctx context.Context, q *sqlc.Queries, tx pgx.Tx, asked catalogAsked, into *shop.Catalog, beside ...read) (taxed []string, err error) {
	into.At = asked.now
	automatic := false // some discount needs no code
	reads := []read{
		func(ctx context.Context, tx sqlc.DBTX) (err error) {
			automatic, err = loadSKUs(ctx, q, tx, asked, into)
			return err
		},
		func(ctx context.Context, tx sqlc.DBTX) (err error) {
			taxed, err = loadTaxRates(ctx, q, tx, asked, into)
			return err
		},
		func(ctx context.Context, tx sqlc.DBTX) error { return loadShippingRates(ctx, q, tx, asked, into) },
	}
	if err := inOneTrip(ctx, tx, append(reads, beside...)...); err != nil {
		return nil, err
	}
	if !automatic && len(asked.codes) == 0 {
		return taxed, nil
	}
	return taxed, loadDiscounts(ctx, q, tx, asked.codes, asked.customerIDs, into)
}

// loadTaxRates reads the tax rates of all countries that are asked for, and returns these countries.
func loadTaxRates(ctx context.Context, q *sqlc.Queries, tx sqlc.DBTX, asked catalogAsked, into *shop.Catalog) (taxed []string, err error) {
	rates, err := q.PlacingTaxRates(ctx, tx, sqlc.PlacingTaxRatesParams{Countries: asked.countries, AddressIds: asked.addressIDs, Now: asked.now})
	for _, row := range rates {
		taxed = append(taxed, row.Country)
		if row.Rated {
			into.TaxRates = append(into.TaxRates, shop.TaxRate{Country: row.Country, Region: row.Region, Category: row.TaxCategory, RatePPM: int64(row.RatePpm)})
		}
	}
	return distinct(taxed), err
}

// loadMovedTaxes reads the tax rates of countries to which an address was moved between the two statements that looked at it:
// by those of the other country the order would be free of tax.
func (g *placing) loadMovedTaxes(ctx context.Context, taxed []string) error {
	moved := catalogAsked{now: g.now}
	for _, e := range g.open {
		if country := g.addresses[e.command.ShippingAddressID].Country; !slices.Contains(taxed, country) {
			moved.countries = append(moved.countries, country)
		}
	}
	if moved.countries == nil {
		return nil
	}
	_, err := loadTaxRates(ctx, g.q, g.tx, moved, &g.catalog)
	return err
}

func loadShippingRates(ctx context.Context, q *sqlc.Queries, tx sqlc.DBTX, asked catalogAsked, into *shop.Catalog) error {
	rates, err := q.PlacingShippingRates(ctx, tx, sqlc.PlacingShippingRatesParams{SkuIds: asked.skuIDs, ProductIds: asked.productIDs})
	for _, row := range rates {
		into.ShippingRates = append(into.ShippingRates, shop.ShippingRate{
			MerchantID: row.MerchantID, Country: row.Country, Currency: shop.Currency(row.Currency),
			Service:         shop.RatedService{ID: row.ShipServiceID, Name: row.ServiceName, MaxWeightGrams: row.MaxWeightGrams},
			FromWeightGrams: row.FromWeightGrams, FromSubtotalMinor: row.FromSubtotalMinor, PriceMinor: row.PriceMinor,
		})
	}
	return err
}

// loadSKUs reads SKUs with their prices. It also answers whether any discount needs no code.
func loadSKUs(ctx context.Context, q *sqlc.Queries, tx sqlc.DBTX, asked catalogAsked, into *shop.Catalog) (automatic bool, err error) {
	skus, err := q.PlacingSKUs(ctx, tx, sqlc.PlacingSKUsParams{
		Now: asked.now, Currencies: asked.currencies, SkuIds: asked.skuIDs, ProductIds: asked.productIDs,
	})
	for _, row := range skus {
		into.Rounding, automatic = shop.Rounding(row.TaxRounding), row.AutomaticDiscounts
		into.AddPrice(shop.CatalogSKU{
			ID: row.ID, ProductID: row.ProductID, MerchantID: row.MerchantID, Code: row.Code, Name: lineName(row.ProductName, row.Variant),
			TaxCategory: row.TaxCategory, WeightGrams: int64(row.WeightGrams), Sellable: row.Sellable, TaxInclusive: row.PricesIncludeTax,
			Limits: shop.SKULimits{Backorder: row.BackorderLimit, Buyer: row.BuyerLimit},
		}, shop.Currency(row.Currency), row.PriceMinor)
	}
	return automatic, err
}

// lineName is what a line is called on the order: the product, and the variant if it has one.
func lineName(product, variant string) string {
	if variant == "" {
		return product
	}
	return product + " · " + variant
}
