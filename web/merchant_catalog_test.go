package web_test

import (
	"encoding/csv"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"waybill/shop"
	"waybill/views/urls"
)

// imports uploads a catalog file and returns where its report is.
func (v visitor) imports(file string) string {
	v.t.Helper()
	w := v.upload(urls.MerchantCatalogFiles(), "file", `C:\catalog.csv`, []byte(file))
	if w.Code != http.StatusSeeOther {
		v.t.Fatalf("the upload answers %d: %s", w.Code, w.Body)
	}
	return w.Header().Get("Location")
}

func (tr trader) export() string {
	tr.t.Helper()
	answer, body := tr.download(urls.MerchantCatalogCSV())
	if answer.StatusCode != http.StatusOK || !strings.HasPrefix(answer.Header.Get("Content-Disposition"), "attachment;") {
		tr.t.Fatalf("the export answers %d", answer.StatusCode)
	}
	return string(body)
}

func (tr trader) outcomes() string {
	tr.t.Helper()
	return tr.Text(`SELECT coalesce(string_agg(line || ' ' || outcome, ', ' ORDER BY line), '') FROM catalog_import_lines WHERE import_id = (SELECT max(id) FROM catalog_imports)`)
}

const teaFile = `product,name,status,sku,variant,attributes,weight_grams,barcode,price_USD,price_JPY,stock_main
blue-mug,Blue Mug,active,MUG-S,S,"Size: S
Material: Stoneware",300,4006381333931,12.50,1800,7
blue-mug,,,MUG-L,L,Size: L,400,,14.00,,0
tin,Tin,draft,TIN,,,,,5,,
`

func TestACatalogFileIsCheckedThenApplied(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tr := newTrader(s, "tea")
	before := s.Int(`SELECT count(*) FROM products`)
	report := tr.imports(teaFile)
	if got := tr.outcomes(); got != "2 create, 4 create, 5 create" {
		t.Errorf("the dry run says %s", got)
	}
	mustContain(t, tr.page(report), []string{"Nothing has changed yet", "new product", "new SKU", "stock_MAIN: 0 → 7", "creates 3", "catalog.csv"}, `C:\`)
	if after := s.Int(`SELECT count(*) FROM products`) + s.Int(`SELECT count(*) FROM audit_log`); after != before {
		t.Errorf("the dry run left %d rows", after-before)
	}
	for range 2 { // pressed twice
		w := tr.post(report + "/apply")
		if w.Code != http.StatusSeeOther && w.Code != http.StatusConflict {
			t.Fatalf("%d: %s", w.Code, w.Body)
		}
	}
	mustContain(t, tr.page(report), []string{"Applied.", "Created"})
	mustContain(t, s.guest().page(urls.Product("blue-mug")), []string{"$12.50", "$14.00", "7 in stock"})
	if on := s.Int(`SELECT sum(on_hand) FROM stock_levels l JOIN skus k ON k.id = l.sku_id WHERE k.code LIKE 'MUG%'`); on != 7 {
		t.Errorf("%d mugs", on)
	}
	tr.imports(teaFile)
	if got := tr.outcomes(); got != "2 unchanged, 4 unchanged, 5 unchanged" {
		t.Errorf("the same file again: %s", got)
	}
	report = tr.imports(strings.NewReplacer("12.50", "13.00", ",7\n", ",9\n", "Blue Mug", "Mug, blue", ",name,", ",name,", "TIN,,,,,5", "TIN,,,,,0").Replace(strings.ReplaceAll(teaFile, "Blue Mug", `"Mug, blue"`)))
	if got := tr.outcomes(); got != "2 change, 4 unchanged, 5 refused" {
		t.Errorf("changed: %s", got)
	}
	mustContain(t, tr.page(report), []string{"price_USD: 12.50 → 13.00", "stock_MAIN: 7 → 9", "name: Blue Mug → Mug, blue", "price_USD: The price must be above zero."})
	tr.post(report + "/apply")
	if price := s.Int(`SELECT p.price_minor FROM sku_prices p JOIN skus k ON k.id = p.sku_id WHERE k.code = 'MUG-S' AND currency = 'USD' AND valid_until IS NULL`); price != 1300 {
		t.Errorf("it costs %d", price)
	}
	results, err := s.Store.Verify(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, result := range results {
		if !result.OK() {
			t.Errorf("%s is broken: %v", result.Name, result.Examples)
		}
	}
}

func TestRefusedLinesNameFieldAndReason(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tr, other := newTrader(s, "tea"), newTrader(s, "lamps")
	lamp := s.Text(`SELECT slug FROM products WHERE merchant_id = $1`, other.user.MerchantID)
	tea := s.Text(`SELECT slug FROM products WHERE merchant_id = $1`, tr.user.MerchantID)
	s.SKU(tr.user.MerchantID, "TEA-2", 100, 1)
	header := "product,name,sku,barcode,tax_category,category,weight_grams,status,price_JPY,stock_MAIN,stock_NORTH\n"
	lines := []struct{ line, want string }{
		{lamp + ",Lamp,X-1,,,,,,,,", "product: Another merchant's product has this address."},
		{"Bad Slug,Name,X-2,,,,,,,,", "product: An address has lower-case"},
		{"no-name,,X-3,,,,,,,,", "name: Enter the name"},
		{"a,A,TEA-2,,,,,,,,", "sku: This SKU belongs to the product p-"},
		{"b,B,B 1,,,,,,,,", "sku: A SKU code has"},
		{"c,C,C-1,4006381333932,,,,,,,", "last digit would have to be 1"},
		{"d,D,D-1,,luxury,,,,,,", "tax_category: There is no such tax category."},
		{"e,E,E-1,,,nowhere,,,,,", "category: There is no such category."},
		{"f,F,F-1,,,,-5,,,,", "weight_grams: The weight must be"},
		{"g,G,G-1,,,,,sold,,,", "status: The status must be"},
		{"h,H,H-1,,,,,,1.5,,", "price_JPY: Amounts in JPY have no decimals."},
		{"i,I,I-1,,,,,,,-1,", "stock_MAIN: Write how many units"},
		{"j,J,J-1,,,,,,,,4", "stock_NORTH: You have no location with this code."},
		{tea + ",,TEA-1,,,,,,,0,", "stock_MAIN: At MAIN there are 50 units, of which 1 are reserved"},
	}
	var file strings.Builder
	file.WriteString(header)
	for _, l := range lines {
		file.WriteString(l.line + "\n")
	}
	report := tr.imports(file.String())
	page := tr.page(report + "?outcome=refused")
	for i, l := range lines {
		if outcome := s.Text(`SELECT outcome || ': ' || array_to_string(notes, ' ') FROM catalog_import_lines WHERE line = $1`, i+2); !strings.HasPrefix(outcome, "refused") || !strings.Contains(outcome, l.want) {
			t.Errorf("%q: %s, want %q", l.line, outcome, l.want)
		}
	}
	mustContain(t, page, []string{"Nothing to apply", "Download the refused lines"})
	_, body := tr.download(report + "/refused.csv")
	records, err := csv.NewReader(strings.NewReader(string(body))).ReadAll()
	if err != nil || len(records) != len(lines)+1 || records[0][len(records[0])-1] != "problem" || records[1][2] != "X-1" {
		t.Errorf("%v: %v", err, records)
	}
	again := tr.imports(string(body))
	if n := s.Int(`SELECT count(*) FROM catalog_import_lines WHERE import_id = (SELECT max(id) FROM catalog_imports) AND outcome = 'refused'`); n != int64(len(lines)) {
		t.Errorf("read again, %d of %d are refused (%s)", n, len(lines), again)
	}
	for name, tt := range map[string]struct{ file, want string }{
		"nothing":       {"", "Choose a file"},
		"a workbook":    {"PK\x03\x04", "workbook"},
		"wrong columns": {"product,sku,colour\n", "no column"},
	} {
		w := tr.upload(urls.MerchantCatalogFiles(), "file", "x.csv", []byte(tt.file))
		if w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, w.Code)
		}
		mustContain(t, w.Body.String(), []string{tt.want, "There is a problem"})
	}
	if w := tr.upload(urls.MerchantCatalogFiles(), "file", "x.csv", make([]byte, 11<<20)); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("11 MB: %d", w.Code)
	}
}

// What is exported changes nothing when it is imported, whatever is in it, and carries a shop over to another merchant.
func TestAnExportChangesNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tr := newTrader(s, "tea")
	text := rapid.StringMatching(`[=+@'"a-zÄ書,;:<\t -]{1,20}`)
	made := 0
	rapid.Check(t, func(t *rapid.T) {
		made++
		draft := shop.ProductDraft{
			Name: text.Draw(t, "name") + "x", Slug: fmt.Sprintf("made-%d", made), Status: rapid.SampledFrom(shop.CatalogStatuses()).Draw(t, "status"),
			Description: rapid.SampledFrom([]string{"", "One\r\n\r\nTwo", "=cmd|' /C calc'!A0", "a \"b\"; c, d\n\ne"}).Draw(t, "description"),
		}
		product := shop.NewProduct{Editor: shop.Editor{MerchantID: tr.user.MerchantID, Actor: tr.user.Actor()}, MerchantID: tr.user.MerchantID, ProductDraft: draft}
		for i := range rapid.IntRange(1, 3).Draw(t, "variants") {
			sku := shop.NewSKU{SKUDraft: shop.SKUDraft{
				Code: fmt.Sprintf("=M%d-%d", made, i), Variant: text.Draw(t, "variant"), Status: shop.CatalogActive, WeightGrams: rapid.Int64Range(0, 5000).Draw(t, "weight"),
				Attributes: map[string]string{"Size " + strings.TrimSpace(rapid.StringMatching(`[=A-Z]{0,3}`).Draw(t, "attribute")): "v" + rapid.StringMatching(`[:=a-z',"]{0,9}`).Draw(t, "value")},
			}}
			if rapid.Bool().Draw(t, "priced") {
				sku.Prices = []shop.Amount{{Minor: rapid.Int64Range(1, 1e9).Draw(t, "price"), Currency: rapid.SampledFrom([]shop.Currency{"USD", "JPY", "KWD"}).Draw(t, "currency")}}
			}
			// A trailing space in a name that ends a word is cleaned away, so what was drawn is not always what is kept.
			if cut := strings.TrimSpace(sku.Attributes["Size"]); cut != "" {
				sku.Attributes = map[string]string{"Size": cut}
			} else {
				delete(sku.Attributes, "Size ")
			}
			product.SKUs = append(product.SKUs, sku)
		}
		var err error
		if product.Key, err = shop.NewIdempotencyKey("test", draft.Slug, draft.Slug); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.Store.CreateProduct(tr.t.Context(), product); err != nil {
			t.Fatalf("%v: %+v", err, product)
		}
	})
	export := tr.export()
	for _, line := range strings.Split(export, "\n") {
		if strings.ContainsAny(line[:min(1, len(line))], "=+-@") {
			t.Errorf("a spreadsheet would run %q", line)
		}
	}
	if report := tr.imports(export); s.Int(`SELECT count(*) FROM catalog_import_lines WHERE outcome <> 'unchanged'`) != 0 {
		t.Errorf("an export changes something: %s\n%s", report, s.Text(`SELECT string_agg(line || ' ' || outcome || ' ' || array_to_string(notes, ' '), E'\n') FROM catalog_import_lines WHERE outcome <> 'unchanged'`))
	}
	lines := s.Int(`SELECT count(*) FROM catalog_import_lines`)
	if skus := s.Int(`SELECT count(*) FROM skus WHERE merchant_id = $1`, tr.user.MerchantID); lines != skus || skus < 10 {
		t.Errorf("%d lines of %d SKUs", lines, skus)
	}
}

func TestBigFilesAreReadInTheBackground(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tr := newTrader(s, "tea")
	var file strings.Builder
	file.WriteString("product,name,sku\n")
	const lines = shop.CatalogLinesAtOnce + 1
	for i := range lines {
		fmt.Fprintf(&file, "thing-%d,Thing,T-%d\n", i, i)
	}
	report := tr.imports(file.String())
	mustContain(t, tr.page(report), []string{"0 of 501", `hx-trigger="every 1s"`, "You may leave"})
	job := shop.NewCatalogFiles(s.Store, slog.New(slog.DiscardHandler)).Job()
	did, err := job.Run(t.Context())
	if err != nil || did != lines {
		t.Errorf("read %d, %v", did, err)
	}
	mustContain(t, tr.page(report), []string{"Nothing has changed yet", "creates 501"}, "every 1s")
	if again, err := job.Run(t.Context()); again != 0 || err != nil {
		t.Errorf("read %d again, %v", again, err)
	}
	// Half of it is applied when the process dies; another one goes on.
	tr.post(report + "/apply")
	id := s.Int(`SELECT max(id) FROM catalog_imports`)
	claimed, data, err := s.Store.ClaimCatalogFile(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	reader, err := shop.OpenCatalogFile(data)
	if err != nil {
		t.Fatal(err)
	}
	at := 0
	err = reader.CatalogGroups(func(g shop.CatalogGroup) error {
		if at++; at > 100 {
			return nil
		}
		return s.Store.ReadCatalogGroup(t.Context(), claimed, g, at)
	})
	if err != nil {
		t.Fatal(err)
	}
	if did, err := job.Run(t.Context()); did != 0 || err != nil {
		t.Errorf("a file that somebody reads: %d, %v", did, err)
	}
	s.Exec(`UPDATE catalog_imports SET lease_until = now() - interval '1 second'`)
	if did, err := job.Run(t.Context()); did != lines-100 || err != nil {
		t.Errorf("the rest is %d, %v", did, err)
	}
	if n := s.Int(`SELECT count(*) FROM catalog_import_lines WHERE outcome = 'create'`); n != lines {
		t.Errorf("%d lines are created", n)
	}
	if n := s.Int(`SELECT count(*) FROM products WHERE slug LIKE 'thing-%'`); n != lines {
		t.Errorf("%d products", n)
	}
	if s.Int(`SELECT count(*) FROM catalog_imports WHERE status = 'applied' AND data IS NULL`) != 1 {
		t.Error("the content of an applied file is kept")
	}
}

func (tr trader) rules(code string) string {
	tr.t.Helper()
	return tr.Text(`SELECT concat_ws(' ', coalesce(reorder_point::text, 'never'), backorder_limit, coalesce(buyer_limit, 0)) FROM skus WHERE code = $1`, code)
}

// TestStockRulesAreOfAFileAndOfThePage sets how a SKU is sold by both doors, and takes it back.
func TestStockRulesAreOfAFileAndOfThePage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tr, other := newTrader(s, "tea"), newTrader(s, "lamps")
	product := s.Text(`SELECT p.slug FROM products p JOIN skus k ON k.product_id = p.id WHERE k.id = $1`, tr.sku)
	file := func(rules string) string {
		report := tr.imports("product,sku,reorder_point,backorder_limit,buyer_limit\n" + product + ",TEA-1," + rules + "\n")
		tr.post(report + "/apply")
		return tr.page(report)
	}
	for _, step := range []struct{ rules, want, note string }{
		{"5,20,3", "5 20 3", "reorder_point: 5"},
		{",,", "5 20 3", "Unchanged"},
		{"0,none,", "0 0 3", "backorder_limit: 20 → none"},
		{"none,,NONE", "never 0 0", "buyer_limit: 3 → none"},
		{"-1,x,99999999999", "never 0 0", "backorder_limit: Write a number of units"},
		{"1.5,,", "never 0 0", "reorder_point: Write a number of units"},
		{",-4,", "never 0 0", "backorder_limit: The backorder limit must be between"},
		{"7,,", "7 0 0", "reorder_point: 7"},
	} {
		mustContain(t, file(step.rules), []string{step.note})
		if got := tr.rules("TEA-1"); got != step.want {
			t.Errorf("after %s it is %s, want %s", step.rules, got, step.want)
		}
	}
	mustContain(t, tr.export(), []string{",reorder_point,backorder_limit,buyer_limit,", ",7,,,"})
	id := s.Int(`SELECT product_id FROM skus WHERE id = $1`, tr.sku)
	page := urls.MerchantSKURules(id, tr.sku)
	tr.post(page, "rules-reorderPoint", "12", "rules-backorderLimit", "1,000", "rules-buyerLimit", "")
	if got := tr.rules("TEA-1"); got != "12 1000 0" {
		t.Errorf("after the form it is %s", got)
	}
	w := tr.post(page, "rules-reorderPoint", "many", "rules-backorderLimit", "", "rules-buyerLimit", "")
	if w.Code != http.StatusUnprocessableEntity || tr.rules("TEA-1") != "12 1000 0" {
		t.Errorf("nonsense answers %d and leaves %s", w.Code, tr.rules("TEA-1"))
	}
	mustContain(t, w.Body.String(), []string{`value="many"`, "Enter a number of units"})
	if w := other.post(page, "rules-reorderPoint", "1"); w.Code != http.StatusNotFound {
		t.Errorf("another merchant's form answers %d", w.Code)
	}
	if n := s.Int(`SELECT count(*) FROM audit_log WHERE action = 'stock.rules_set'`); n != 5 {
		t.Errorf("%d entries in the audit log", n)
	}
}
