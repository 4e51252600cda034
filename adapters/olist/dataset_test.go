package olist_test

import (
	"cmp"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"waybill/shop"
)

// stats are the figures that came with the data set. They were not made by this code.
type stats struct {
	Orders        int64            `json:"orders"`
	ItemRows      int64            `json:"order_items_rows"`
	PaymentRows   int64            `json:"payments_rows"`
	Customers     int64            `json:"unique_customers"`
	Products      int64            `json:"products"`
	Sellers       int64            `json:"sellers"`
	Status        map[string]int64 `json:"status"`
	OrderSellers  int64            `json:"order_seller_pairs"`
	WithoutItems  int64            `json:"orders_without_items"`
	MultiSeller   int64            `json:"multi_seller_orders"`
	Lines         int64            `json:"lines_after_merging_same_product"`
	Items         string           `json:"items_price"`
	Freight       string           `json:"freight"`
	Payments      string           `json:"payments"`
	PaidDiffers   int64            `json:"orders_paid_differs_from_items_plus_freight"`
	ZeroPayments  int64            `json:"zero_value_payments"`
	SplitPayments int64            `json:"orders_with_several_payments"`
	OutOfOrder    int64            `json:"orders_with_timestamps_out_of_order"`
	PaymentTypes  map[string]int64 `json:"payment_types"`
}

// datasetDir is the folder of the real data set, which is not part of this repository
// because of its licence. Without it there is nothing to prove, which CI must not miss.
func datasetDir(t *testing.T) string {
	t.Helper()
	dir := cmp.Or(os.Getenv("WAYBILL_OLIST_DIR"), filepath.Join("..", "..", "..", "shared", "data", "olist"))
	if _, err := os.Stat(dir); err == nil {
		return dir
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("the Olist data set is not at %s; set WAYBILL_OLIST_DIR", dir)
	}
	t.Skipf("NOT TESTED: the Olist data set is not at %s; set WAYBILL_OLIST_DIR to prove its figures", dir)
	return ""
}

func readStats(t *testing.T, dir string) (s stats) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "STATS.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestDatasetFigures(t *testing.T) {
	t.Parallel()
	dir := datasetDir(t)
	want := readStats(t, dir)
	got := importInto(t, newMemorySink(), dir)
	read, catalog := got.report.Read, got.report.CatalogAdded

	equal(t, "rejects", got.report.Rejected, 0)
	equal(t, "checkouts", read.Checkouts, want.Orders)
	equal(t, "added", got.report.Added.Checkouts, want.Orders)
	equal(t, "units", read.Units, want.ItemRows)
	equal(t, "lines", read.Lines, want.Lines)
	equal(t, "payments", read.Payments, want.PaymentRows)
	equal(t, "customers", catalog.Customers, want.Customers)
	equal(t, "products", catalog.Products, want.Products)
	equal(t, "merchants and the unknown one", catalog.Merchants, want.Sellers+1)
	equal(t, "orders and those without seller", read.Orders, want.OrderSellers+want.WithoutItems)
	equal(t, "without lines", read.Exceptions[shop.ImportedWithoutLines], want.WithoutItems)
	equal(t, "paid differs", read.Exceptions[shop.PaidDiffers], want.PaidDiffers)
	equal(t, "out of order", read.Exceptions[shop.TimesOutOfOrder], want.OutOfOrder)
	equal(t, "nothing to explain", read.Exceptions[shop.ReferenceMissing], 0)
	for status, n := range want.Status {
		equal(t, status, read.BySourceStatus[status], n)
	}
	money := read.Money["BRL"]
	equal(t, "items", money.Items.Decimal(), want.Items)
	equal(t, "freight", money.Shipping.Decimal(), want.Freight)
	equal(t, "paid", money.Paid.Decimal(), want.Payments)
}

// TestDatasetCheckouts counts what only the checkouts themselves show.
func TestDatasetCheckouts(t *testing.T) {
	t.Parallel()
	dir := datasetDir(t)
	want := readStats(t, dir)
	got := importInto(t, newMemorySink(), dir)

	var multiSeller, unpaid, zero, split int64
	methods := map[string]int64{}
	statuses := map[shop.Status]int64{}
	shared := shop.Amount{Currency: "BRL"}
	for _, c := range got.sink.checkouts {
		multiSeller += one(len(c.Orders) > 1)
		if len(c.Payments) == 0 {
			unpaid++
			if !hasException(c, shop.PaidDiffers) {
				t.Errorf("checkout %s has no payment and is not listed", c.ExternalID)
			}
		}
		split += one(len(c.Payments) > 1)
		statuses[c.Orders[0].Status()]++
		for _, p := range c.Payments {
			methods[p.Method]++
			zero += one(p.AmountMinor == 0)
			for _, share := range p.Shares {
				shared.Minor += share
			}
		}
	}
	equal(t, "checkouts with several sellers", multiSeller, want.MultiSeller)
	// The figures say 0 here. The files disagree: they hold no payment for order
	// bfbd0f9bdef84302105ad712db648a6c, which is among the 113 that are paid differently.
	equal(t, "checkouts without payment", unpaid, 1)
	equal(t, "checkouts with several payments", split, want.SplitPayments)
	equal(t, "payments of zero", zero, want.ZeroPayments)
	equal(t, "paid, summed over the orders' shares", shared.Decimal(), want.Payments)
	for method, n := range want.PaymentTypes {
		equal(t, method, methods[method], n)
	}
	equal(t, "delivered", statuses[shop.StatusDelivered], want.Status["delivered"])
	equal(t, "shipped", statuses[shop.StatusShipped], want.Status["shipped"])
	equal(t, "processing", statuses[shop.StatusProcessing], want.Status["processing"]+want.Status["invoiced"])
	equal(t, "cancelled", statuses[shop.StatusCancelled], want.Status["canceled"]+want.Status["unavailable"])
}

func hasException(c shop.ImportCheckout, kind shop.ImportExceptionKind) bool {
	return slices.ContainsFunc(c.Exceptions, func(e shop.ImportException) bool { return e.Kind == kind })
}

func one(is bool) int64 {
	if is {
		return 1
	}
	return 0
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}
