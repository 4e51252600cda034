package shop

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Limits of a catalog file (docs/catalog-csv.md).
const (
	MaxCatalogFile     = 10 << 20 // bytes
	MaxCatalogLines    = 50_000   // records, without the heading
	MaxCatalogColumns  = 200
	MaxCatalogFileName = 200 // characters that are kept
	CatalogLinesAtOnce = 500 // up to so many are read while the person waits; more are read in the background
)

// The columns of a catalog file. Prices and stock have one column for each currency and location.
const (
	ColumnProduct     = "product" // the address of the product: which product it is
	ColumnName        = "name"
	ColumnDescription = "description"
	ColumnCategory    = "category"
	ColumnStatus      = "status"
	ColumnSKU         = "sku" // the code: which variant it is
	ColumnVariant     = "variant"
	ColumnAttributes  = "attributes"
	ColumnSKUStatus   = "sku_status"
	ColumnTax         = "tax_category"
	ColumnBarcode     = "barcode"
	ColumnWeight      = "weight_grams"
	ColumnReorder     = "reorder_point"
	ColumnBackorder   = "backorder_limit"
	ColumnBuyer       = "buyer_limit"
	ColumnProblem     = "problem" // of a rejects file; not read

	columnPrice = "price_"
	columnStock = "stock_"
)

var catalogColumns = []string{
	ColumnProduct, ColumnName, ColumnDescription, ColumnCategory, ColumnStatus, ColumnSKU, ColumnVariant, ColumnAttributes, ColumnSKUStatus, ColumnTax, ColumnBarcode, ColumnWeight,
	ColumnReorder, ColumnBackorder, ColumnBuyer,
}

// CatalogHeading is the first line of a catalog file with prices in these currencies and the stock of these locations.
func CatalogHeading(currencies []Currency, locations []Location) []string {
	heading := slices.Clone(catalogColumns)
	for _, c := range currencies {
		heading = append(heading, columnPrice+string(c))
	}
	for _, l := range locations {
		heading = append(heading, columnStock+l.Code)
	}
	return heading
}

// CatalogLine writes a variant of a product as a line under CatalogHeading. onHand is by location id.
func CatalogLine(p ProductDraft, s MerchantSKU, onHand map[int64]int64, currencies []Currency, locations []Location) []string {
	line := []string{
		p.Slug, p.Name, p.Description, p.Category, string(p.Status), s.Code, s.Variant, FormatAttributes(s.Attributes), string(s.Status), s.TaxCategory, s.Barcode, weightText(s.WeightGrams),
	}
	for _, column := range ruleColumns {
		line = append(line, s.Rules.cell(column))
	}
	for _, c := range currencies {
		text := ""
		for _, price := range s.Prices {
			if price.Currency == c {
				text = price.Decimal()
			}
		}
		line = append(line, text)
	}
	for _, l := range locations {
		units, lies := onHand[l.ID]
		text := ""
		if lies {
			text = strconv.FormatInt(units, 10)
		}
		line = append(line, text)
	}
	return line
}

func weightText(grams int64) string {
	if grams == 0 {
		return ""
	}
	return strconv.FormatInt(grams, 10)
}

// formulaStarts make a spreadsheet take a cell for a formula (OWASP, CSV injection), the wide forms of Asian keyboards
// among them.
const formulaStarts = "=+-@\t\r＝＋－＠"

// SafeCell is a cell that a spreadsheet shows as text: one that it would take for a formula gets an apostrophe in front.
// So does one that looks as if it had got one, so that PlainCell gives every text back.
func SafeCell(cell string) string {
	if rest := strings.TrimLeft(cell, "'"); startsFormula(rest) {
		return "'" + cell
	}
	return cell
}

// PlainCell takes back what SafeCell did.
func PlainCell(cell string) string {
	if rest := strings.TrimLeft(cell, "'"); len(rest) < len(cell) && startsFormula(rest) {
		return cell[1:]
	}
	return cell
}

func startsFormula(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return text != "" && strings.ContainsRune(formulaStarts, r)
}

// CatalogRow is one record of a catalog file: where it begins, and its cells by column. An empty cell says nothing.
type CatalogRow struct {
	Line    int
	Cells   map[string]string
	Record  string // as a line of CSV, under Heading
	Problem string // why it cannot be read at all
}

// CatalogReader reads the records of a catalog file, one after the other.
type CatalogReader struct {
	csv     *csv.Reader
	columns []string // "" for those that are not read
	done    int
}

// OpenCatalogFile reads the heading of a catalog file. It is in UTF-8, with a byte order mark or without, and separated by
// commas, semicolons or tabs. A file that is something else, and a heading with a column that is not known, comes twice or
// is missing, is CodeInvalid in the field "file".
func OpenCatalogFile(data []byte) (*CatalogReader, error) {
	refuse := func(message string) (*CatalogReader, error) { return nil, Invalid("file", message) }
	switch {
	case len(data) == 0:
		return refuse("Choose a file first.")
	case len(data) > MaxCatalogFile:
		return refuse(fmt.Sprintf("The file is larger than %d MB. Split it.", MaxCatalogFile>>20))
	case bytes.HasPrefix(data, []byte("PK\x03\x04")), bytes.HasPrefix(data, []byte("\xd0\xcf\x11\xe0")):
		return refuse("This is a workbook, not a CSV file. Save it as “CSV UTF-8” and upload that.")
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		return refuse("The file is in UTF-16. Save it as “CSV UTF-8” and upload that.")
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	r := &CatalogReader{csv: csv.NewReader(bytes.NewReader(data))}
	r.csv.Comma, r.csv.FieldsPerRecord = separatorOf(data), -1
	heading, err := r.csv.Read()
	if err != nil {
		return refuse("The file has no heading: its first line must name the columns.")
	}
	if r.columns, err = catalogHeading(heading); err != nil {
		return nil, err
	}
	return r, nil
}

// separatorOf is the separator that the first line has most of, outside of quotes.
func separatorOf(data []byte) rune {
	counts := map[rune]int{}
	quoted := false
	for _, b := range data {
		if b == '"' {
			quoted = !quoted
		}
		if b == '\n' && !quoted {
			break
		}
		if !quoted {
			counts[rune(b)]++
		}
	}
	best := ','
	for _, candidate := range []rune{';', '\t'} {
		if counts[candidate] > counts[best] {
			best = candidate
		}
	}
	return best
}

func catalogHeading(heading []string) ([]string, error) {
	if len(heading) > MaxCatalogColumns {
		return nil, Invalid("file", fmt.Sprintf("The file has more than %d columns.", MaxCatalogColumns))
	}
	columns := make([]string, len(heading))
	for i, name := range heading {
		name = strings.TrimSpace(name)
		column, err := catalogColumn(name)
		if err != nil {
			return nil, err
		}
		if column != "" && slices.Contains(columns, column) {
			return nil, Invalid("file", fmt.Sprintf("The column “%s” comes twice.", cutText(name)))
		}
		columns[i] = column
	}
	for _, needed := range []string{ColumnProduct, ColumnSKU} {
		if !slices.Contains(columns, needed) {
			return nil, Invalid("file", fmt.Sprintf("The column “%s” is missing: it says which %s a line is about.", needed, needed))
		}
	}
	return columns, nil
}

// catalogColumn is the column that a heading names; "" for those that are not read.
func catalogColumn(name string) (string, error) {
	lower := strings.ToLower(name)
	switch {
	case lower == ColumnProblem || lower == "":
		return "", nil
	case slices.Contains(catalogColumns, lower):
		return lower, nil
	case strings.HasPrefix(lower, columnPrice):
		currency, err := ParseCurrency(name[len(columnPrice):])
		if err != nil {
			return "", Invalid("file", fmt.Sprintf("The column “%s” names no currency. Call it price_USD, price_EUR and so on.", cutText(name)))
		}
		return columnPrice + string(currency), nil
	case strings.HasPrefix(lower, columnStock) && len(lower) > len(columnStock):
		return columnStock + strings.ToUpper(name[len(columnStock):]), nil
	}
	return "", Invalid("file", fmt.Sprintf("There is no column “%s”. The columns are %s, price_USD and so on, stock_ and the code of a location.", cutText(name), strings.Join(catalogColumns, ", ")))
}

// Next returns the next record, io.EOF after the last one. A record that cannot be read comes with its problem. More than
// MaxCatalogLines are CodeInvalid.
func (r *CatalogReader) Next() (CatalogRow, error) {
	record, err := r.csv.Read()
	if errors.Is(err, io.EOF) {
		return CatalogRow{}, io.EOF
	}
	if r.done++; r.done > MaxCatalogLines {
		return CatalogRow{}, Invalid("file", fmt.Sprintf("The file has more than %d lines. Split it.", MaxCatalogLines))
	}
	row := CatalogRow{Cells: map[string]string{}}
	var bad *csv.ParseError
	switch {
	case errors.As(err, &bad):
		row.Line, row.Record = bad.StartLine, r.recordText(nil)
		row.Problem = "A quotation mark stands in the wrong place. Put the whole cell into quotation marks and double those inside."
		return row, nil
	case err != nil:
		return row, err
	}
	row.Line, _ = r.csv.FieldPos(0)
	row.Record = r.recordText(record)
	row.Problem = r.fill(row.Cells, record)
	return row, nil
}

// fill puts the cells of a record under their columns, and says why that cannot be.
func (r *CatalogReader) fill(cells map[string]string, record []string) string {
	if len(record) != len(r.columns) {
		return fmt.Sprintf("The line has %d cells, but there are %d columns.", len(record), len(r.columns))
	}
	for i, column := range r.columns {
		cell := PlainCell(record[i])
		switch {
		case column == "" || cell == "":
			continue
		case !utf8.ValidString(cell) || strings.ContainsRune(cell, 0):
			return "The cell “" + column + "” holds characters that are not UTF-8. Save the file as “CSV UTF-8”."
		}
		cells[column] = cell
	}
	return ""
}

// recordText writes the cells of a record that are read as a line of CSV that is safe to open. Bytes that are no text are
// replaced. A record with too many cells keeps them all.
func (r *CatalogReader) recordText(record []string) string {
	var cells []string
	for i, cell := range record {
		if i >= len(r.columns) || r.columns[i] != "" {
			cells = append(cells, SafeCell(PlainCell(strings.ReplaceAll(strings.ToValidUTF8(cell, "\ufffd"), "\x00", "\ufffd"))))
		}
	}
	return csvLine(append(cells, make([]string, max(len(r.columns)-len(record), 0))...))
}

func csvLine(cells []string) string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	_ = w.Write(cells) // into memory
	w.Flush()
	return strings.TrimSuffix(b.String(), "\n")
}

// Heading is the heading of the file, without the columns that are not read, for the file of its refused lines.
func (r *CatalogReader) Heading() string {
	return csvLine(slices.DeleteFunc(slices.Clone(r.columns), func(column string) bool { return column == "" }))
}

// CatalogGroup is the lines of one product, which stand together.
type CatalogGroup struct {
	Product string // address
	Rows    []CatalogRow
}

// Last is the last line of the group.
func (g CatalogGroup) Last() int { return g.Rows[len(g.Rows)-1].Line }

// CatalogGroups calls each with the lines of one product after the other. Lines that name no product, come again later in
// the file, or name a SKU or a barcode that an earlier line names, have a problem.
func (r *CatalogReader) CatalogGroups(each func(CatalogGroup) error) error {
	seen := &catalogSeen{products: map[string]int{}, skus: map[string]int{}, barcodes: map[string]int{}}
	var group CatalogGroup
	problem := "" // of all lines of the group
	flush := func() error {
		if len(group.Rows) == 0 {
			return nil
		}
		done := group
		group = CatalogGroup{}
		return each(done)
	}
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return flush()
		}
		if err != nil {
			return err
		}
		product := strings.TrimSpace(row.Cells[ColumnProduct])
		if product != group.Product || product == "" || len(group.Rows) >= MaxProductSKUs {
			if err := flush(); err != nil {
				return err
			}
			problem = ""
			if first, again := seen.products[product]; again {
				problem = fmt.Sprintf("product: Lines of this product begin on line %d. Put them together, at most %d.", first, MaxProductSKUs)
			} else if product != "" {
				seen.products[product] = row.Line
			}
			group.Product = product
		}
		if row.Problem == "" {
			row.Problem = problem
		}
		seen.check(&row)
		group.Rows = append(group.Rows, row)
	}
}

// catalogSeen remembers on which line something stood first.
type catalogSeen struct{ products, skus, barcodes map[string]int }

func (s *catalogSeen) check(row *CatalogRow) {
	if row.Problem != "" {
		return
	}
	code := strings.TrimSpace(row.Cells[ColumnSKU])
	barcode, _ := ParseBarcode(row.Cells[ColumnBarcode])
	switch {
	case strings.TrimSpace(row.Cells[ColumnProduct]) == "":
		row.Problem = "product: The line names no product. Write its address, such as blue-mug."
	case code == "":
		row.Problem = "sku: The line names no SKU."
	case s.skus[code] > 0:
		row.Problem = fmt.Sprintf("sku: Line %d has this SKU already.", s.skus[code])
	case barcode != "" && s.barcodes[barcode.GTIN()] > 0:
		row.Problem = fmt.Sprintf("barcode: Line %d has this barcode already.", s.barcodes[barcode.GTIN()])
	}
	if row.Problem == "" {
		s.skus[code] = row.Line
		if barcode != "" {
			s.barcodes[barcode.GTIN()] = row.Line
		}
	}
}
