package shop

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// CatalogOutcome is what becomes of a line of a catalog file.
type CatalogOutcome string

// The outcomes of a line.
const (
	CatalogCreate    CatalogOutcome = "create"
	CatalogChanged   CatalogOutcome = "change"
	CatalogUnchanged CatalogOutcome = "unchanged"
	CatalogRefused   CatalogOutcome = "refused"
)

// CatalogOutcomes returns all outcomes, what needs a person first.
func CatalogOutcomes() []CatalogOutcome {
	return []CatalogOutcome{CatalogRefused, CatalogCreate, CatalogChanged, CatalogUnchanged}
}

// CatalogReport is what becomes of one line: what changes, or the field that is refused and why.
type CatalogReport struct {
	Line    int
	Outcome CatalogOutcome
	Product string
	SKU     string
	Notes   []string
	Record  string // of a refused line
}

// MergeProduct is a product with what a line says of it: the cells that are there and differ from what is written now.
// Without any the draft is returned as it is.
func (r CatalogRow) MergeProduct(now ProductDraft) ProductDraft {
	draft := now
	for column, field := range map[string]*string{ColumnName: &draft.Name, ColumnDescription: &draft.Description, ColumnCategory: &draft.Category} {
		r.merge(column, field)
	}
	status := string(draft.Status)
	r.merge(ColumnStatus, &status)
	draft.Status = CatalogStatus(status)
	return draft
}

// merge puts a cell into a field. Line breaks within a cell are those of the file, so they do not count as a difference.
func (r CatalogRow) merge(column string, field *string) {
	if cell, there := r.Cells[column]; there && cell != strings.ReplaceAll(*field, "\r\n", "\n") {
		*field = cell
	}
}

// MergeSKU is a variant with what a line says of it, as MergeProduct does. Cells that cannot be read are CodeInvalid.
func (r CatalogRow) MergeSKU(now SKUDraft) (SKUDraft, error) {
	draft := now
	status := string(draft.Status)
	for column, field := range map[string]*string{
		ColumnVariant: &draft.Variant, ColumnTax: &draft.TaxCategory, ColumnBarcode: &draft.Barcode, ColumnSKUStatus: &status,
	} {
		r.merge(column, field)
	}
	draft.Status = CatalogStatus(status)
	var refused []FieldError
	if cell, there := r.Cells[ColumnAttributes]; there && cell != FormatAttributes(now.Attributes) {
		var err error
		if draft.Attributes, err = ParseAttributes(cell); err != nil {
			refused = append(refused, fieldsIn(err, "")...)
		}
	}
	if cell, there := r.Cells[ColumnWeight]; there && cell != weightText(now.WeightGrams) {
		var err error
		if draft.WeightGrams, err = strconv.ParseInt(strings.TrimSpace(cell), 10, 64); err != nil {
			refused = append(refused, FieldError{ColumnWeight, "Write the weight in whole grams, such as 350."})
		}
	}
	if refused != nil {
		return draft, InvalidFields(refused...)
	}
	return draft, nil
}

// ProductOf checks that a later line of a product says the same of it as the product by now, which its first line has
// made so. What it says otherwise is CodeInvalid.
func (r CatalogRow) ProductOf(now ProductDraft) error {
	if changes := r.MergeProduct(now).Changes(now); len(changes) > 0 {
		return Invalid(catalogColumnOf(changes[0].Field), "The lines of one product must say the same of it; the first one counts.")
	}
	return nil
}

// NewPrices are the prices of a line that differ from those of now. What is no price is CodeInvalid.
func (r CatalogRow) NewPrices(now []Amount) ([]Amount, error) {
	var prices []Amount
	var refused []FieldError
	for column, cell := range r.Cells {
		code, is := strings.CutPrefix(column, columnPrice)
		if !is {
			continue
		}
		currency := Currency(code)
		if slices.ContainsFunc(now, func(a Amount) bool { return a.Currency == currency && a.Decimal() == cell }) {
			continue
		}
		price, err := ParsePrice(cell, currency)
		if err != nil {
			refused = append(refused, FieldError{column, messageOf(err)})
			continue
		}
		if !slices.Contains(now, price) {
			prices = append(prices, price)
		}
	}
	if refused != nil {
		return nil, InvalidFields(refused...)
	}
	slices.SortFunc(prices, func(a, b Amount) int { return strings.Compare(string(a.Currency), string(b.Currency)) })
	return prices, nil
}

// CatalogCount is how many units a line says lie at a location.
type CatalogCount struct {
	Location Location
	Units    int64
}

// Counts are the counts of a line. What is no count, and a location that the merchant does not have, is CodeInvalid.
func (r CatalogRow) Counts(locations []Location) ([]CatalogCount, error) {
	var counts []CatalogCount
	var refused []FieldError
	for column, cell := range r.Cells {
		code, is := strings.CutPrefix(column, columnStock)
		if !is {
			continue
		}
		at := slices.IndexFunc(locations, func(l Location) bool { return strings.ToUpper(l.Code) == code })
		units, err := strconv.ParseInt(strings.TrimSpace(cell), 10, 64)
		switch {
		case at < 0:
			refused = append(refused, FieldError{column, "You have no location with this code."})
		case err != nil || units < 0 || units > MaxStock:
			refused = append(refused, FieldError{column, fmt.Sprintf("Write how many units there are, 0 to %d.", MaxStock)})
		default:
			counts = append(counts, CatalogCount{locations[at], units})
		}
	}
	if refused != nil {
		return nil, InvalidFields(refused...)
	}
	slices.SortFunc(counts, func(a, b CatalogCount) int { return int(a.Location.ID - b.Location.ID) })
	return counts, nil
}

// catalogColumnOf is the column of a field of the catalog.
func catalogColumnOf(field string) string {
	columns := map[string]string{"slug": ColumnProduct, "code": ColumnSKU, "taxCategory": ColumnTax, "weight": ColumnWeight}
	if column, other := columns[field]; other {
		return column
	}
	return field
}

// RefusalNotes say in the words of the file what is refused: "price_JPY: Amounts in JPY have no decimals."
func RefusalNotes(err error) []string {
	var known *Error
	if !errors.As(err, &known) {
		return []string{err.Error()}
	}
	if len(known.Fields) == 0 {
		return []string{known.Message}
	}
	notes := make([]string, len(known.Fields))
	for i, f := range known.Fields {
		notes[i] = catalogColumnOf(f.Field) + ": " + f.Message
	}
	slices.Sort(notes)
	return notes
}

// ChangeNotes say in the words of the file what changes.
func ChangeNotes(changes []FieldChange) []string {
	notes := make([]string, len(changes))
	for i, c := range changes {
		switch {
		case c.From == "":
			notes[i] = catalogColumnOf(c.Field) + ": " + c.To
		default:
			notes[i] = catalogColumnOf(c.Field) + ": " + c.From + " → " + c.To
		}
	}
	return notes
}

// CatalogFileStatus is where a catalog file stands.
type CatalogFileStatus string

// The states of a catalog file.
const (
	CatalogChecking CatalogFileStatus = "checking" // the dry run is on
	CatalogChecked  CatalogFileStatus = "checked"  // the report is there; nothing has changed yet
	CatalogApplying CatalogFileStatus = "applying"
	CatalogApplied  CatalogFileStatus = "applied"
	CatalogFailed   CatalogFileStatus = "failed" // given up; what was applied before stays
)

// CatalogFile is a file that a merchant uploaded.
type CatalogFile struct {
	ID         int64
	MerchantID int64
	Name       string
	Heading    string // as a line of CSV
	Lines      int
	Status     CatalogFileStatus
	Done       int // lines that the current pass has read
	Problem    string
	Actor      Actor
	RequestID  string
	CreatedAt  time.Time
	StatusAt   time.Time
	Counts     map[CatalogOutcome]int64
}

// Running tells whether the file is being read.
func (f CatalogFile) Running() bool {
	return f.Status == CatalogChecking || f.Status == CatalogApplying
}

// Changes is how many lines would change something, or have.
func (f CatalogFile) Changes() int64 { return f.Counts[CatalogCreate] + f.Counts[CatalogChanged] }

// NewCatalogFile is a file to be checked.
type NewCatalogFile struct {
	Editor
	Name    string
	Heading string
	Lines   int
	Data    []byte
	Key     IdempotencyKey
}

// ReadCatalogFile checks that a file can be read, and counts its lines.
func ReadCatalogFile(name string, data []byte) (NewCatalogFile, error) {
	file := NewCatalogFile{Name: name, Data: data}
	reader, err := OpenCatalogFile(data)
	if err != nil {
		return file, err
	}
	file.Heading = reader.Heading()
	for err == nil {
		if _, err = reader.Next(); err == nil {
			file.Lines++
		}
	}
	switch {
	case !errors.Is(err, io.EOF):
		return file, err
	case file.Lines == 0:
		return file, Invalid("file", "The file has a heading and nothing below it.")
	}
	return file, nil
}

// CatalogReportQuery asks for a page of the report of a file.
type CatalogReportQuery struct {
	MerchantID int64
	FileID     int64
	Outcome    CatalogOutcome // "": all
	After      int            // line
	Limit      int
}
