package db

import (
	"context"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// What prices depend on, for a group of checkouts or for one cart.

func (g *placing) loadCatalog(ctx context.Context) error {
	asked := sqlc.PlacingSKUsParams{Now: g.now}
	var countries []string
	for _, e := range g.open {
		asked.Currencies = append(asked.Currencies, string(e.command.Currency))
		countries = append(countries, g.addresses[e.command.ShippingAddressID].Country)
		for _, item := range e.command.Items {
			if item.SKUID > 0 {
				asked.SkuIds = append(asked.SkuIds, item.SKUID)
			} else {
				asked.ProductIds = append(asked.ProductIds, item.ProductID)
			}
		}
	}
	asked.Currencies, asked.SkuIds, asked.ProductIds = distinct(asked.Currencies), distinct(asked.SkuIds), distinct(asked.ProductIds)
	codes, customerIDs := g.askedCodes()
	return loadCatalog(ctx, g.q, g.tx, catalogAsked{asked, distinct(countries), codes, customerIDs, g.loadStock}, &g.catalog)
}

// loadStock reads the counters of the SKUs, which are known by then, without a lock.
func (g *placing) loadStock(ctx context.Context, tx sqlc.DBTX) error {
	rows, err := g.q.PlacingStock(ctx, tx, g.catalog.SKUIDs())
	g.stock = convertAll(rows, func(row sqlc.PlacingStockRow) shop.StockLevel { return stockLevel(sqlc.PlacingStockLockRow(row)) })
	return err
}

// catalogAsked is what prices are made for: the SKUs, the countries they may go to, and the codes of these customers.
type catalogAsked struct {
	sqlc.PlacingSKUsParams
	countries   []string
	codes       []string
	customerIDs []int64
	beside      read // of what depends on the SKUs, with their shipping rates; nil: nothing
}

// loadCatalog reads SKUs with their prices, and the tax and shipping rates and discounts that may apply to them.
func loadCatalog(ctx context.Context, q *sqlc.Queries, tx pgx.Tx, asked catalogAsked, into *shop.Catalog) error {
	into.At = asked.Now
	automatic := false
	err := inOneTrip(ctx, tx, func(ctx context.Context, tx sqlc.DBTX) (err error) {
		automatic, err = loadSKUs(ctx, q, tx, asked.PlacingSKUsParams, into)
		return err
	}, func(ctx context.Context, tx sqlc.DBTX) error {
		taxes, err := q.PlacingTaxRates(ctx, tx, sqlc.PlacingTaxRatesParams{Countries: asked.countries, Now: asked.Now})
		for _, row := range taxes {
			into.TaxRates = append(into.TaxRates, shop.TaxRate{Country: row.Country, Region: row.Region, Category: row.TaxCategory, RatePPM: int64(row.RatePpm)})
		}
		return err
	})
	if err != nil {
		return err
	}
	reads := []read{func(ctx context.Context, tx sqlc.DBTX) error { return loadShippingRates(ctx, q, tx, into) }}
	if asked.beside != nil {
		reads = append(reads, asked.beside)
	}
	if err := inOneTrip(ctx, tx, reads...); err != nil {
		return err
	}
	if !automatic && len(asked.codes) == 0 {
		return nil
	}
	return loadDiscounts(ctx, q, tx, asked.codes, asked.customerIDs, into)
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

// loadSKUs also answers whether any discount needs no code.
func loadSKUs(ctx context.Context, q *sqlc.Queries, tx sqlc.DBTX, asked sqlc.PlacingSKUsParams, into *shop.Catalog) (automatic bool, err error) {
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
