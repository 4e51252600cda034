package db_test

import (
	"testing"

	"waybill/db/dbtest/factory"
	"waybill/shop"
)

// What a group asks in one round trip is answered to whom it belongs, also when one of the questions is refused.
func TestOneRefusedReadOfATripFailsTheGroupAndLeavesTheConnectionUsable(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	merchant, _ := w.Merchant("one")
	sku := w.SKU(merchant, "A", 1299, 5)
	customer, address := w.Customer("ada@example.com")
	w.Exec(`ALTER TABLE addresses RENAME COLUMN region TO province`)

	placer := w.Placer()
	_, err := placer.PlaceCheckout(t.Context(), w.Order(customer, address, sku))
	if shop.CodeOf(err) != shop.CodeInternal {
		t.Fatalf("without the column: %v", err)
	}
	w.Exec(`ALTER TABLE addresses RENAME COLUMN province TO region`)
	if _, err := placer.PlaceCheckout(t.Context(), w.Order(customer, address, sku)); err != nil {
		t.Fatalf("with the column: %v", err)
	}
}
