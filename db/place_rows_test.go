package db

import (
	"reflect"
	"testing"
	"time"

	"waybill/shop"
)

// The columns of a group are made once, with room for all of its rows: none is grown, and none left out.
func TestTheColumnsOfAGroupAreMadeOnce(t *testing.T) {
	t.Parallel()
	const checkouts = 21
	g := &placing{answers: make([]placeAnswer, checkouts)}
	for i := range checkouts {
		placed := &g.answers[i].placed
		e := &placingEntry{at: i, command: &shop.PlaceCommand{Source: "api"}}
		for n := range int64(2) { // one of each of two merchants
			sku := &shop.CatalogSKU{ID: n + 1, Code: "A", Name: "Thing"}
			placed.Orders = append(placed.Orders, shop.PlacedOrder{ID: 2, MerchantID: n + 1, TotalMinor: 1299})
			e.quote.Orders = append(e.quote.Orders, shop.QuotedOrder{MerchantID: n + 1, Lines: []shop.QuotedLine{{SKU: sku}}})
			e.got.Allocations = append(e.got.Allocations, shop.Allocation{StockKey: shop.StockKey{SKUID: n + 1, LocationID: 1}, Quantity: 1})
		}
		g.open = append(g.open, e)
	}
	rows := newPlacingRows(time.Unix(1_800_000_000, 0), g.count())
	for _, e := range g.open {
		if err := rows.add(e, &g.answers[e.at].placed, 1); err != nil {
			t.Fatal(err)
		}
	}
	if err := rows.assignIDs(&idMaker{make([]int64, 4*checkouts)}); err != nil {
		t.Fatal(err)
	}
	for _, params := range []any{rows.orders, rows.lines, rows.events, rows.payments, rows.reservations, rows.ledger} {
		columns := reflect.ValueOf(params)
		for i := range columns.NumField() {
			column := columns.Field(i)
			if column.Kind() == reflect.Slice && (column.Len() != 2*checkouts || column.Cap() != 2*checkouts) {
				t.Errorf("%s.%s has %d rows and room for %d, want %d", columns.Type().Name(), columns.Type().Field(i).Name, column.Len(), column.Cap(), 2*checkouts)
			}
		}
	}
}
