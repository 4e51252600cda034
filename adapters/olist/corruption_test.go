package olist_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"waybill/adapters/olist"
	"waybill/shop"
)

// TestNothingIsLost: however the files are damaged, the import goes through, the sink
// gets nothing that does not fit together, and each row is imported or rejected, once.
func TestNothingIsLost(t *testing.T) {
	t.Parallel()
	files := map[string][][]byte{}
	for _, name := range []string{
		"olist_sellers_dataset.csv", "olist_customers_dataset.csv", "olist_products_dataset.csv",
		"olist_order_items_dataset.csv", "olist_order_payments_dataset.csv", "olist_orders_dataset.csv",
	} {
		text, err := os.ReadFile(filepath.Join(messDir, name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = bytes.Split(text, []byte("\n"))
	}
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		rows := map[string]int64{}
		for _, name := range names {
			lines := damaged(t, files[name])
			if err := os.WriteFile(filepath.Join(dir, name), bytes.Join(lines, []byte("\n")), 0o600); err != nil {
				t.Fatal(err)
			}
			for _, line := range lines[1:] {
				rows[name] += one(len(bytes.TrimSpace(line)) > 0)
			}
		}
		source, err := olist.Open(dir, now)
		if err != nil {
			t.Fatal(err)
		}
		var rejects rejectList
		report, err := shop.RunImport(t.Context(), shop.ImportRun{Source: source, Sink: newMemorySink(), Rejects: &rejects})
		if err != nil {
			t.Fatal(err)
		}
		rejected := map[string]int64{}
		for _, r := range rejects {
			rejected[r.File]++
		}
		for name, imported := range map[string]int64{
			"olist_orders_dataset.csv":         report.Read.Checkouts,
			"olist_order_items_dataset.csv":    report.Read.Units,
			"olist_order_payments_dataset.csv": report.Read.Payments,
		} {
			if imported+rejected[name] != rows[name] {
				t.Fatalf("%s: %d imported and %d rejected of %d rows", name, imported, rejected[name], rows[name])
			}
		}
	})
}

// damaged returns the lines with a few of them, but not the header, spoiled or repeated.
func damaged(t *rapid.T, lines [][]byte) [][]byte {
	lines = slices.Clone(lines)
	for range rapid.IntRange(0, 4).Draw(t, "wounds") {
		i := rapid.IntRange(1, len(lines)-1).Draw(t, "line")
		line := lines[i]
		at := rapid.IntRange(0, len(line)).Draw(t, "at")
		switch what := rapid.SampledFrom([]string{`"`, "\x00", "\xff", ",", "9", "-", "cut", "again"}).Draw(t, "what"); what {
		case "cut":
			lines[i] = line[:at]
		case "again":
			lines = append(lines, line)
		default:
			lines[i] = slices.Concat(line[:at], []byte(what), line[at:])
		}
	}
	return lines
}
