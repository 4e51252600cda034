package main

import (
	"context"
	"fmt"

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
	placed, err := orderBeyondStock(ctx, rooms, demoOrder{buyer: buyer, address: addresses[0].ID, seller: seller.MerchantID, rows: page.Rows})
	if err != nil || placed.CheckoutID == 0 {
		return err
	}
	pay := shop.PayCommand{CheckoutID: placed.CheckoutID, Scope: shop.OrderScope{CustomerID: buyer.CustomerID}, Method: simulated.TokenOK, Actor: buyer.Actor(), RequestID: "demo"}
	if pay.Key, err = shop.NewIdempotencyKey("demo", "waiting is paid", placed.CheckoutID); err != nil {
		return err
	}
	_, err = rooms.payments.Pay(ctx, pay)
	return err
}

// demoOrder is who orders from whom, and of what.
type demoOrder struct {
	buyer           shop.User
	address, seller int64
	rows            []shop.StockRow
}

// orderBeyondStock orders a little more than there is at all locations of the first SKU of which that is allowed.
func orderBeyondStock(ctx context.Context, rooms *services, o demoOrder) (placed shop.PlacedCheckout, err error) {
	for _, row := range o.rows {
		stock, err := rooms.store.SKUStock(ctx, row.SKUID, o.seller)
		if err != nil {
			return placed, err
		}
		if stock.Rules.BackorderLimit < demoWaitsFor || stock.Available() > demoWaitingAtAll {
			continue
		}
		command := shop.PlaceCommand{
			CustomerID: o.buyer.CustomerID, ShippingAddressID: o.address, Currency: "USD", Source: "web", Actor: o.buyer.Actor(), RequestID: "demo",
			Items: []shop.PlaceItem{{SKUID: row.SKUID, Quantity: stock.Available() + demoWaitsFor}},
		}
		if command.Key, err = shop.NewIdempotencyKey("demo", fmt.Sprintf("waiting for %d", row.SKUID), command.Items); err != nil {
			return placed, err
		}
		return rooms.placer.PlaceCheckout(ctx, command)
	}
	return shop.PlacedCheckout{}, nil
}
