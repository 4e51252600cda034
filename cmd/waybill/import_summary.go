package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
	"time"

	"waybill/shop"
)

// writeImportSummary says what the source holds, and how much of it is new.
func writeImportSummary(out io.Writer, report shop.ImportReport, took time.Duration) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	line := func(name string, read, added any) { _, _ = fmt.Fprintf(t, "%s\t%v\t%v\n", name, read, added) }
	line("", "in "+report.Source, "new")
	for _, row := range []struct {
		name        string
		read, added int64
	}{
		{"merchants", report.CatalogRead.Merchants, report.CatalogAdded.Merchants},
		{"customers", report.CatalogRead.Customers, report.CatalogAdded.Customers},
		{"products", report.CatalogRead.Products, report.CatalogAdded.Products},
		{"checkouts (a basket each)", report.Read.Checkouts, report.Added.Checkouts},
		{"orders (one per merchant)", report.Read.Orders, report.Added.Orders},
		{"order lines", report.Read.Lines, report.Added.Lines},
		{"units", report.Read.Units, report.Added.Units},
		{"payments", report.Read.Payments, report.Added.Payments},
	} {
		line(row.name, row.read, row.added)
	}
	for _, status := range sortedByCount(report.Read.BySourceStatus) {
		line("checkouts "+status, report.Read.BySourceStatus[status], report.Added.BySourceStatus[status])
	}
	for _, currency := range slices.Sorted(maps.Keys(report.Read.Money)) {
		writeImportMoney(line, currency, report.Read.Money[currency], report.Added.Money[currency])
	}
	for _, kind := range sortedByCount(report.Read.Exceptions) {
		line("exceptions "+string(kind), report.Read.Exceptions[kind], report.Added.Exceptions[kind])
	}
	line("rejected rows", report.Rejected, "")
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "Done in %s.\n", took.Round(100*time.Millisecond))
	return err
}

func writeImportMoney(line func(string, any, any), currency shop.Currency, read, added shop.ImportMoney) {
	name := string(currency) + " "
	// Of a currency without anything new the sums are without a currency, and so without its digits.
	decimal := func(minor int64) string { return shop.Amount{Minor: minor, Currency: currency}.Decimal() }
	for _, row := range []struct {
		name        string
		read, added shop.Amount
	}{
		{"items", read.Items, added.Items}, {"shipping", read.Shipping, added.Shipping}, {"tax", read.Tax, added.Tax},
		{"discount", read.Discount, added.Discount}, {"paid on record", read.Paid, added.Paid}, {"captured", read.Captured, added.Captured},
	} {
		if row.read.Minor != 0 {
			line(name+row.name, decimal(row.read.Minor), decimal(row.added.Minor))
		}
	}
}

// sortedByCount lists the keys, the most frequent first.
func sortedByCount[K ~string](counts map[K]int64) []K {
	return slices.SortedFunc(maps.Keys(counts), func(a, b K) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
}
