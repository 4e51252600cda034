package shop

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// What a spreadsheet must not run is marked, and every text comes back as it was.
func TestCellsAreSafeAndComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		cell := rapid.OneOf(rapid.String(), rapid.StringMatching(`'{0,3}[=+\-@＝'a ]{0,3}[a-z(]{0,3}`)).Draw(t, "cell")
		safe := SafeCell(cell)
		if startsFormula(safe) {
			t.Fatalf("%q is written as %q", cell, safe)
		}
		if back := PlainCell(safe); back != cell {
			t.Fatalf("%q is written as %q and read as %q", cell, safe, back)
		}
	})
	for _, word := range []string{"'s-Hertogenbosch", "Tea", "", "'"} {
		if SafeCell(word) != word || PlainCell(word) != word {
			t.Errorf("%q becomes %q and %q", word, SafeCell(word), PlainCell(word))
		}
	}
}

func rowsOf(t *testing.T, file string) []CatalogRow {
	t.Helper()
	reader, err := OpenCatalogFile([]byte(file))
	if err != nil {
		t.Fatalf("%q: %v", file, err)
	}
	var rows []CatalogRow
	if err := reader.CatalogGroups(func(g CatalogGroup) error { rows = append(rows, g.Rows...); return nil }); err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestCatalogFilesAreReadAsSpreadsheetsWriteThem(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]string{
		"plain":             "product,sku,name\nmug,MUG-1,\"Blue, \"\"large\"\"\n mug\"\n",
		"mark and CRLF":     "\ufeffproduct,sku,name\r\nmug,MUG-1,\"Blue, \"\"large\"\"\r\n mug\"\r\n",
		"semicolons":        "product;sku;name\r\nmug;MUG-1;\"Blue, \"\"large\"\"\r\n mug\"",
		"tabs":              "Product\tSKU\tName \nmug\tMUG-1\t\"Blue, \"\"large\"\"\n mug\"\n",
		"other order":       "name,problem,sku,,product\n\"Blue, \"\"large\"\"\n mug\",x,MUG-1,,mug\n",
		"commas in quotes":  "product;sku;name;\"price_USD\"\nmug;MUG-1;\"Blue, \"\"large\"\"\n mug\";\n",
		"an empty last row": "product,sku,name\nmug,MUG-1,\"Blue, \"\"large\"\"\n mug\"\n\n\n",
	} {
		rows := rowsOf(t, file)
		want := "Blue, \"large\"\n mug"
		if len(rows) != 1 || rows[0].Problem != "" || rows[0].Line != 2 || rows[0].Cells[ColumnName] != want || rows[0].Cells[ColumnSKU] != "MUG-1" || rows[0].Cells[ColumnProduct] != "mug" {
			t.Errorf("%s: %+v", name, rows)
		}
	}
}

func TestFilesThatCannotBeReadAreNamed(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"":                                  "Choose a file",
		"PK\x03\x04workbook":                "workbook",
		"\xff\xfep\x00r\x00":                "UTF-16",
		"product,sku,colour\n":              "no column “colour”",
		"product,name\nmug,Mug\n":           "column “sku” is missing",
		"sku,name\n":                        "column “product” is missing",
		"product,sku,SKU\n":                 "comes twice",
		"product,sku,price_XXX\n":           "names no currency",
		"product,sku,stock_\n":              "no column",
		"product,sku\n":                     "nothing below it",
		"\n\n":                              "no heading",
		"a\"b,c\n":                          "no heading",
		strings.Repeat("name,", 300):        "more than 200 columns",
		"product,sku\n" + manyLines(t):      "more than 50000 lines",
		strings.Repeat("x", 11<<20):         "larger than 10 MB",
		"<html><body>not CSV</body>\n":      "no column",
		"{\"products\": []}\n":              "no heading",
		"product,sku,price_usd,price_USD\n": "comes twice",
	} {
		_, err := ReadCatalogFile("x.csv", []byte(file))
		if CodeOf(err) != CodeInvalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want %q", file, err, want)
		}
	}
}

func manyLines(t *testing.T) string {
	t.Helper()
	return strings.Repeat("a,b\n", MaxCatalogLines+1)
}

func TestBadLinesAreNamedWithTheirNumber(t *testing.T) {
	t.Parallel()
	file := strings.Join([]string{
		"product,sku,name,barcode",  // 1
		"mug,MUG-1,Mug,",            // 2
		"mug,MUG-1,Mug,",            // 3: twice
		"mug,MUG-2,Mug",             // 4: a cell is missing
		",CUP,Cup,",                 // 5: no product
		"cup,,Cup,",                 // 6: no SKU
		"mug,MUG-3,\"two\nlines\",", // 7 and 8: comes again
		"mug,MUG-4,Mug,",            // 9: and again
		"tea,TEA,T\xffa,",           // 10: not UTF-8
		"tea,TEA-2,Tea,4006381333931",
		"ten,TEN,Ten,4006381333931",
		"pot,P\"OT,Pot,", // 13: a quote
		"jar,JAR,Jar,",   // 14
	}, "\n")
	want := map[int]string{
		2: "", 3: "Line 2 has this SKU", 4: "3 cells", 5: "names no product", 6: "names no SKU", 7: "begin on line 2", 9: "begin on line 2",
		10: "not UTF-8", 11: "", 12: "Line 11 has this barcode", 13: "quotation mark", 14: "",
	}
	rows := rowsOf(t, file)
	if len(rows) != len(want) {
		t.Errorf("%d rows", len(rows))
	}
	for _, row := range rows {
		if (want[row.Line] == "") != (row.Problem == "") || !strings.Contains(row.Problem, want[row.Line]) {
			t.Errorf("line %d: %q, want %q", row.Line, row.Problem, want[row.Line])
		}
	}
}

// Refused lines come back as a file that can be corrected and read again.
func TestRecordsOfRejectsCanBeReadAgain(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		cells := rapid.SliceOfN(rapid.StringMatching(`[=+a-z,";' \n]{0,6}`), 3, 3).Draw(t, "cells")
		var file bytes.Buffer
		w := csv.NewWriter(&file)
		_ = w.WriteAll([][]string{{ColumnProduct, ColumnSKU, ColumnName}, cells})
		if strings.TrimSpace(strings.Join(cells, "")) == "" {
			return // an empty line is no record
		}
		reader, err := OpenCatalogFile(file.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		first, err := reader.Next()
		if err != nil {
			t.Fatal(err)
		}
		again, err := OpenCatalogFile([]byte(reader.Heading() + "," + ColumnProblem + "\n" + first.Record + ",\"why, = and how\"\n"))
		if err != nil {
			t.Fatal(err)
		}
		second, err := again.Next()
		if err != nil || fmt.Sprint(second.Cells) != fmt.Sprint(first.Cells) || second.Problem != "" {
			t.Fatalf("%q was %v and is %v (%v)", first.Record, first.Cells, second.Cells, err)
		}
	})
}

func TestEmptyCellsSayNothing(t *testing.T) {
	t.Parallel()
	now := ProductDraft{Name: "Mug", Slug: "mug", Description: "One\r\n\r\ntwo", Status: CatalogActive}
	row := CatalogRow{Cells: map[string]string{ColumnDescription: "One\n\ntwo"}}
	if merged := row.MergeProduct(now); merged != now {
		t.Errorf("%+v", merged)
	}
	row.Cells[ColumnName] = "Cup"
	if merged := row.MergeProduct(now); merged.Name != "Cup" || merged.Status != CatalogActive {
		t.Errorf("%+v", merged)
	}
	if err := row.ProductOf(now); CodeOf(err) != CodeInvalid {
		t.Errorf("another name on a later line: %v", err)
	}
	prices, err := CatalogRow{Cells: map[string]string{"price_USD": "12.00", "price_JPY": "5", "price_KWD": "0.0001"}}.NewPrices([]Amount{{1200, "USD"}})
	if err == nil || !slices.Equal(RefusalNotes(err), []string{"price_KWD: Amounts in KWD have at most 3 decimals."}) {
		t.Errorf("%v, %v", prices, RefusalNotes(err))
	}
	prices, err = CatalogRow{Cells: map[string]string{"price_USD": "12", "price_JPY": "5"}}.NewPrices([]Amount{{1200, "USD"}})
	if err != nil || !slices.Equal(prices, []Amount{{5, "JPY"}}) {
		t.Errorf("%v, %v", prices, err)
	}
}
