package views

import (
	"strings"
	"testing"

	"waybill/shop"
)

// What an order did to stock has the names of the ledger's page, and none of the table's.
func TestStockMovesAreCalledAsInTheLedger(t *testing.T) {
	t.Parallel()
	var page strings.Builder
	if err := supportMoves([]shop.OrderStockMove{{Kind: "shipment_undone", SKUCode: "TENT-1", OnHandDelta: 1, ReservedDelta: 1}}).Render(t.Context(), &page); err != nil {
		t.Fatal(err)
	}
	if html := page.String(); !strings.Contains(html, "Taken back") || strings.Contains(html, "undone") {
		t.Errorf("what was taken back is called otherwise: %s", html)
	}
}
