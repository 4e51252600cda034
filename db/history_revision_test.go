package db_test

import (
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"waybill/db"
	"waybill/db/dbtest/factory"
	"waybill/shop"
)

// steadyHistory are the tables that a customer's history is read from and that its revision, which is read from the rows of
// the orders themselves, knows nothing of, and why that is right.
var steadyHistory = map[string]string{
	"order_line_items": "never change, and come with their order",
	"customers":        "only say in which months to look",
	"merchants":        "a name may be old for as long as a page is kept",
	"products":         "an address may be old for as long as a page is kept; the old one still leads there",
	"skus":             "lead to the product",
}

// Whatever the first page of a history is read from is a row of an order, or is known not to matter. A query that reads another
// table makes this fail until somebody has thought about it.
func TestEverythingThatAHistoryShowsIsInItsRevision(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	merchant, _ := w.Merchant("one")
	customer, address := w.Customer("ada@example.com")
	w.Place(customer, address, w.SKU(merchant, "A", 1299, 5))
	record := &recorder{}
	config := w.Pool.Config().Copy()
	config.ConnConfig.Tracer = record
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	store, err := db.NewStore(t.Context(), pool)
	if err != nil {
		t.Fatal(err)
	}
	page, err := store.CustomerHistory(t.Context(), shop.HistoryQuery{CustomerID: customer, Limit: 20})
	if err != nil || len(page.Orders) != 1 || len(page.Orders[0].Lines) != 1 {
		t.Fatalf("the history is %+v, %v", page, err)
	}
	seen := record.tables()
	if len(seen) < 4 || !seen["orders"] {
		t.Errorf("read are %v", seen)
	}
	for table := range seen {
		if _, known := steadyHistory[table]; !known && table != "orders" {
			t.Errorf("table %s: nobody has said why its changes may be missed", table)
		}
	}
	for table := range steadyHistory {
		if !seen[table] {
			t.Errorf("table %s is not read any more", table)
		}
	}
}
