package factory

import "waybill/shop"

// Paid places and confirms an order of one unit of each SKU, all of one merchant, and returns it.
func (w *World) Paid(customerID, addressID int64, skuIDs ...int64) shop.OrderID {
	w.TB.Helper()
	id := w.Place(customerID, addressID, skuIDs...).Orders[0].ID
	w.Confirm(id)
	return id
}

// Work is what a person of a merchant does to the first parcel of an order.
func Work(order shop.OrderID, user shop.User) shop.ParcelWork {
	return shop.ParcelWork{OrderID: order, No: 1, MerchantID: user.MerchantID, Actor: user.Actor(), RequestID: "test"}
}

// Packed takes the first parcel of a confirmed order to the state before shipping.
func (w *World) Packed(order shop.OrderID, user shop.User) {
	w.TB.Helper()
	work, ctx := Work(order, user), w.TB.Context()
	if _, err := w.Store.ClaimFulfillment(ctx, work); err != nil {
		w.TB.Fatal(err)
	}
	if _, err := w.Store.PickFulfillment(ctx, shop.PickCommand{ParcelWork: work, All: true}); err != nil {
		w.TB.Fatal(err)
	}
	if _, err := w.Store.PackFulfillment(ctx, work); err != nil {
		w.TB.Fatal(err)
	}
}

// Shipped takes the first parcel of a confirmed order to a carrier.
func (w *World) Shipped(order shop.OrderID, user shop.User) {
	w.TB.Helper()
	w.Packed(order, user)
	command := shop.ShipCommand{ParcelWork: Work(order, user), Carrier: "DHL", TrackingNumber: "00340434161094"}
	if _, err := w.Store.ShipFulfillment(w.TB.Context(), command); err != nil {
		w.TB.Fatal(err)
	}
}

// Barcode gives a SKU a barcode.
func (w *World) Barcode(skuID int64, code shop.Barcode) {
	w.TB.Helper()
	w.Exec(`UPDATE skus SET barcode = $2 WHERE id = $1`, skuID, string(code))
}

// Bin says where a SKU lies at all of its locations.
func (w *World) Bin(skuID int64, bin string) {
	w.TB.Helper()
	w.Exec(`UPDATE stock_levels SET bin = $2 WHERE sku_id = $1`, skuID, bin)
}
