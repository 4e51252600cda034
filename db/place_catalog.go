package db

import (
	"context"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// What prices depend on, for a group of checkouts or for one cart.

// loadSKUs reads the SKUs that the entries ask for, known or repeated requests included.
func (g *placing) loadSKUs(ctx context.Context, tx sqlc.DBTX) (err error) {
	asked := sqlc.PlacingSKUsParams{Now: g.now}
	for _, e := range g.open {
		asked.Currencies = append(asked.Currencies, string(e.command.Currency))
		for _, item := range e.command.Items {
			if item.SKUID > 0 {
				asked.SkuIds = append(asked.SkuIds, item.SKUID)
			} else {
				asked.ProductIds = append(asked.ProductIds, item.ProductID)
			}
		}
	}
	asked.Currencies, asked.SkuIds, asked.ProductIds = distinct(asked.Currencies), distinct(asked.SkuIds), distinct(asked.ProductIds)
	g.automatic, err = loadSKUs(ctx, g.q, tx, asked, &g.catalog)
	return err
}

// loadRates reads the rest that prices depend on, and the stock.
func (g *placing) loadRates(ctx context.Context) error {
	var countries []string
	for _, e := range g.open {
		countries = append(countries, g.addresses[e.command.ShippingAddressID].Country)
	}
	codes, customerIDs := g.askedCodes()
	return loadRates(ctx, g.q, g.tx, ratesAsked{g.automatic, distinct(countries), codes, customerIDs, g.loadStock}, &g.catalog)
}

// loadStock reads the counters of the SKUs, which are known by then, without a lock.
func (g *placing) loadStock(ctx context.Context, tx sqlc.DBTX) error {
	rows, err := g.q.PlacingStock(ctx, tx, g.catalog.SKUIDs())
	g.stock = convertAll(rows, func(row sqlc.PlacingStockRow) shop.StockLevel { return stockLevel(sqlc.PlacingStockLockRow(row)) })
	return err
}

// ratesAsked is what prices are made for, beside the SKUs: the countries they may go to, and the codes of these customers.
type ratesAsked struct {
	automatic   bool // some discount needs no code
	countries   []string
	codes       []string
	customerIDs []int64
	beside      read // of what depends on the SKUs, in the same round trip; nil: nothing
}

// loadRates reads the tax and shipping rates and discounts that may apply to the SKUs of the catalog.
func loadRates(ctx context.Context, q *sqlc.Queries, tx pgx.Tx, asked ratesAsked, into *shop.Catalog) error {
	reads := []read{
		func(ctx context.Context, tx sqlc.DBTX) error { return loadTaxRates(ctx, q, tx, asked.countries, into) },
		func(ctx context.Context, tx sqlc.DBTX) error { return loadShippingRates(ctx, q, tx, into) },
	}
	if asked.beside != nil {
		reads = append(reads, asked.beside)
	}
	if err := inOneTrip(ctx, tx, reads...); err != nil {
		return err
	}
	if !asked.automatic && len(asked.codes) == 0 {
		return nil
	}
	return loadDiscounts(ctx, q, tx, asked.codes, asked.customerIDs, into)
}

func loadTaxRates(ctx context.Context, q *sqlc.Queries, tx sqlc.DBTX, countries []string, into *shop.Catalog) error {
	rates, err := q.PlacingTaxRates(ctx, tx, sqlc.PlacingTaxRatesParams{Countries: countries, Now: into.At})
	for _, row := range rates {
		into.TaxRates = append(into.TaxRates, shop.TaxRate{Country: row.Country, Region: row.Region, Category: row.TaxCategory, RatePPM: int64(row.RatePpm)})
	}
	return err
}

func loadShippingRates(ctx context.Context, q *sqlc.Queries, tx sqlc.DBTX, into *shop.Catalog) error {
	rates, err := q.PlacingShippingRates(ctx, tx, into.MerchantIDs())
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
func loadSKUs(ctx context.Context, q *sqlc.Queries, tx sqlc.DBTX, asked sqlc.PlacingSKUsParams, into *shop.Catalog) (automatic bool, err error) {
	into.At = asked.Now
	skus, err := q.PlacingSKUs(ctx, tx, asked)
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
