package main

import (
	"context"
	"log/slog"

	"waybill/shop"
)

// demoDraft is a product that its merchant has not finished.
const demoDraft = "Summit Bivy"

// demoFile is a catalog file as it comes out of a spreadsheet: some lines change something, some are refused.
const demoFile = `product,name,status,sku,variant,price_USD,weight_grams,reorder_point,tax_category,barcode
camp-mirror,Camp Mirror,draft,AP-20001,,12.50,60,5,standard,
camp-mirror,,,AP-20002,Large,twelve,90,5,standard,
trail-bell,Trail Bell,draft,AP-20003,,9.00,-40,,standard,
pine-hammock,Pine Hammock,draft,AP-20004,Moss,79.00,610,4,standard,4006381333932
pine-hammock,,,AP-20005,Slate,79.00,610,4,luxury,
`

// stockDemoShelves gives the merchant of the demo what a catalog at work has: a draft, and a file with refused lines that
// waits for a decision.
func stockDemoShelves(ctx context.Context, rooms *services) error {
	merchant, _, err := rooms.store.UserByEmail(ctx, "merchant@demo.test")
	if err != nil {
		return err
	}
	by := shop.Editor{MerchantID: merchant.MerchantID, Actor: merchant.Actor(), RequestID: "demo"}
	if err := draftDemoProduct(ctx, rooms, by); err != nil {
		return err
	}
	return checkDemoFile(ctx, rooms, by)
}

func draftDemoProduct(ctx context.Context, rooms *services, by shop.Editor) error {
	key, err := shop.NewIdempotencyKey("demo", "draft", demoDraft)
	if err != nil {
		return err
	}
	_, _, err = rooms.store.CreateProduct(ctx, shop.NewProduct{
		Editor: by, MerchantID: by.MerchantID, Key: key,
		ProductDraft: shop.ProductDraft{Name: demoDraft, Description: "Waits for its pictures and the last word on its price.", Status: shop.CatalogDraft},
		SKUs:         []shop.NewSKU{{SKUDraft: shop.SKUDraft{Code: "AP-19001", Status: shop.CatalogActive, TaxCategory: shop.StandardTax, WeightGrams: 540}}},
	})
	return err
}

func checkDemoFile(ctx context.Context, rooms *services, by shop.Editor) error {
	file, err := shop.ReadCatalogFile("spring-goods.csv", []byte(demoFile))
	if err != nil {
		return err
	}
	file.Editor = by
	if file.Key, err = shop.NewIdempotencyKey("demo", "catalog file", demoFile); err != nil {
		return err
	}
	id, err := rooms.store.AddCatalogFile(ctx, file)
	if err != nil {
		return err
	}
	_, err = shop.NewCatalogFiles(rooms.store, slog.New(slog.DiscardHandler)).Read(ctx, id)
	return err
}
