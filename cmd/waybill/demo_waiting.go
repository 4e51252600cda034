package main

import (
	"context"

	"waybill/adapters/simulated"
	"waybill/shop"
)

const (
	demoWaitsFor     = 2  // units more than are there
	demoWaitingAtAll = 30 // units of the SKU that the demo would order for it at most
)

// waitInDemo lets the demo's customer order more of a SKU than lies on the shelf, so that the merchant has somebody who
// waits.
func waitInDemo(ctx context.Context, rooms *services) error {
	seller, _, err := rooms.store.UserByEmail(ctx, "merchant@demo.test")
	if err != nil {
		return err
	}
	buyer, _, err := rooms.store.UserByEmail(ctx, "customer@demo.test")
	if err != nil {
		return err
	}
	addresses, err := rooms.store.Addresses(ctx, buyer.CustomerID)
	if err != nil || len(addresses) == 0 {
		return err
	}
	page, err := rooms.store.StockPage(ctx, shop.StockQuery{MerchantID: seller.MerchantID, LowFirst: true, Limit: demoLowSKUs})
	if err != nil || len(page.Rows) == 0 {
		return err
	}
	sku, there := page.Rows[0].SKUID, int64(0) // the first may be ordered beyond its stock: see workOnDemoStock
	for _, row := range page.Rows {
		if row.SKUID == sku {
			there += row.OnHand - row.Reserved
		}
	}
	if there > demoWaitingAtAll {
		return nil
	}
	command := shop.PlaceCommand{
		CustomerID: buyer.CustomerID, ShippingAddressID: addresses[0].ID, Currency: "USD", Source: "web", Actor: buyer.Actor(), RequestID: "demo",
		Items: []shop.PlaceItem{{SKUID: sku, Quantity: there + demoWaitsFor}},
	}
	if command.Key, err = shop.NewIdempotencyKey("demo", "waiting", command.Items); err != nil {
		return err
	}
	placed, err := rooms.placer.PlaceCheckout(ctx, command)
	if err != nil {
		return err
	}
	pay := shop.PayCommand{CheckoutID: placed.CheckoutID, Scope: shop.OrderScope{CustomerID: buyer.CustomerID}, Method: simulated.TokenOK, Actor: buyer.Actor(), RequestID: "demo"}
	if pay.Key, err = shop.NewIdempotencyKey("demo", "waiting is paid", placed.CheckoutID); err != nil {
		return err
	}
	_, err = rooms.payments.Pay(ctx, pay)
	return err
}
