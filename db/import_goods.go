package db

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

const standardTax = "standard"

func (c *importCatalog) addProducts(ctx context.Context) error {
	if err := c.findSellers(ctx); err != nil {
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
		rows[i] = sqlc.ImportProductsParams{
			ID: slugs[i].id, MerchantID: c.merchants[p.MerchantRef], CategoryID: orNullID(c.categories[p.CategoryRef]),
			Slug: slugs[i].slug, Name: p.Name, Description: p.Description, Status: offered(p),
		}
	}
	c.added.Products, err = c.s.q.ImportProducts(ctx, c.tx, rows)
	return err
}

// findSellers finds the merchants and categories that the batch's products refer to.
func (c *importCatalog) findSellers(ctx context.Context) (err error) {
	var merchants, categories []string
	for _, p := range c.batch.Products {
		merchants = append(merchants, p.MerchantRef)
		if p.CategoryRef != "" {
			categories = append(categories, p.CategoryRef)
		}
		for _, sku := range p.SKUs {
			merchants = append(merchants, sku.MerchantRef)
		}
	}
	if c.merchants, err = c.found(ctx, refMerchant, merchants, c.merchants); err != nil {
		return err
	}
	c.categories, err = c.found(ctx, refCategory, categories, c.categories)
	return err
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
	c.skus = ids
	rows := make([]sqlc.ImportSKUsParams, len(fresh))
	var prices []sqlc.ImportPricesParams
	for i, sku := range fresh {
		attributes, err := json.Marshal(sku.attributes())
		if err != nil {
			return err
		}
		rows[i] = sqlc.ImportSKUsParams{
			ID: ids[sku.ExternalID], ProductID: c.products[sku.product.ExternalID], MerchantID: c.merchants[sku.MerchantRef], Code: sku.Code, Variant: sku.Variant,
			Attributes: attributes, Barcode: orNullText(string(sku.Barcode)), WeightGrams: int32(sku.WeightGrams), TaxCategory: cmp.Or(sku.TaxCategory, standardTax), Status: offered(sku.product),
		}
		for _, p := range sku.Prices {
			prices = append(prices, sqlc.ImportPricesParams{
				SkuID: ids[sku.ExternalID], Currency: string(p.Currency), PriceMinor: p.Minor, ValidFrom: p.From, ValidUntil: orNull(p.Until),
			})
		}
	}
	if c.added.SKUs, err = c.s.q.ImportSKUs(ctx, c.tx, rows); err != nil {
		return err
	}
	if _, err = c.s.q.ImportPrices(ctx, c.tx, prices); err != nil {
		return err
	}
	return c.addStock(ctx, fresh)
}

// attributes is never nil, which JSON would write as null.
func (sku importSKU) attributes() map[string]string {
	if sku.Attributes == nil {
		return map[string]string{}
	}
	return sku.Attributes
}

// place is a location as sources know it.
type place struct {
	merchantID int64
	code       string
}

// importLocations are the ids of the locations of merchants.
func (s *Store) importLocations(ctx context.Context, tx sqlc.DBTX, merchantIDs []int64) (map[place]int64, error) {
	rows, err := s.q.ImportLocationsFind(ctx, tx, distinct(merchantIDs))
	locations := make(map[place]int64, len(rows))
	for _, r := range rows {
		locations[place{r.MerchantID, r.Code}] = r.ID
	}
	return locations, err
}

// addStock adds what came in of new SKUs, counters and ledger together.
func (c *importCatalog) addStock(ctx context.Context, fresh []importSKU) error {
	var merchantIDs []int64
	receipts := 0
	for _, sku := range fresh {
		for _, stock := range sku.Stock {
			merchantIDs = append(merchantIDs, c.merchants[sku.MerchantRef])
			receipts += len(stock.Receipts)
		}
	}
	if len(merchantIDs) == 0 {
		return nil
	}
	locations, err := c.s.importLocations(ctx, c.tx, merchantIDs)
	if err != nil {
		return err
	}
	in := &incoming{c: c, locations: locations}
	if in.ids.sequence, err = c.s.q.PlacingSequence(ctx, c.tx, int32(receipts)); err != nil {
		return err
	}
	for _, sku := range fresh {
		if err := in.add(sku); err != nil {
			return err
		}
	}
	if _, err := c.s.q.ImportStockLevels(ctx, c.tx, in.levels); err != nil {
		return err
	}
	_, err = c.s.q.ImportLedger(ctx, c.tx, in.ledger)
	return err
}

// incoming collects the stock of new SKUs.
type incoming struct {
	c         *importCatalog
	locations map[place]int64
	ids       idMaker
	levels    []sqlc.ImportStockLevelsParams
	ledger    []sqlc.ImportLedgerParams
}

func (in *incoming) add(sku importSKU) error {
	for _, stock := range sku.Stock {
		location, ok := in.locations[place{in.c.merchants[sku.MerchantRef], stock.Location}]
		if !ok {
			return fmt.Errorf("the merchant of SKU %q has no location %q", sku.ExternalID, stock.Location)
		}
		level := sqlc.ImportStockLevelsParams{SkuID: in.c.skus[sku.ExternalID], LocationID: location, Bin: stock.Bin, UpdatedAt: in.c.s.Now()}
		for _, r := range stock.Receipts {
			id, err := in.ids.next(r.At)
			if err != nil {
				return err
			}
			in.ledger = append(in.ledger, sqlc.ImportLedgerParams{
				ID: id, SkuID: level.SkuID, LocationID: location, Kind: "receipt", OnHandDelta: r.Units, Reason: r.Reason,
				ActorKind: string(shop.ActorIntegration), ActorName: in.c.source, CreatedAt: r.At,
			})
			level.OnHand += r.Units
		}
		in.levels = append(in.levels, level)
	}
	return nil
}
