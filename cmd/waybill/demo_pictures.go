package main

import (
	"context"
	"image"

	"waybill/adapters/demo"
	"waybill/adapters/pictures"
	"waybill/shop"
)

// hangDemoPictures gives the demo's goods the pictures that were drawn of them, the way that merchants' own go.
func hangDemoPictures(ctx context.Context, rooms *services, world *demo.World) error {
	goods, err := demoGoods(ctx, rooms)
	if err != nil {
		return err
	}
	return world.Pictures(func(product string, img image.Image) error {
		of, known := goods[product]
		if !known {
			return nil
		}
		picture, err := pictures.Encode(img)
		if err != nil {
			return err
		}
		by := shop.Editor{MerchantID: of.MerchantID, Actor: shop.Actor{Kind: shop.ActorSystem}, RequestID: "demo"}
		return rooms.store.SetProductPicture(ctx, by, of.ID, picture)
	})
}

// demoGoods are all products by their names.
func demoGoods(ctx context.Context, rooms *services) (map[string]shop.CatalogProduct, error) {
	goods := map[string]shop.CatalogProduct{}
	query := shop.CatalogQuery{Limit: shop.MaxPageSize}
	for {
		page, more, err := rooms.store.CatalogProducts(ctx, query)
		if err != nil {
			return nil, err
		}
		for _, p := range page {
			goods[p.Name] = p
			query.Before = p.ID
		}
		if !more {
			return goods, nil
		}
	}
}
