package labels

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"waybill/shop"
)

// Paper is what a page printer holds.
type Paper string

// The papers of the world's offices.
const (
	A4     Paper = "a4"
	Letter Paper = "letter"
)

// ParsePaper reads a paper by its name; "" is A4.
func ParsePaper(name string) (Paper, error) {
	switch paper := Paper(strings.ToLower(cmp.Or(name, string(A4)))); paper {
	case A4, Letter:
		return paper, nil
	}
	return "", shop.Invalid("paper", "The paper is a4 or letter.")
}

// PaperFor is the paper that is usual where a parcel goes.
func PaperFor(country string) Paper {
	switch country {
	case "US", "CA", "MX", "PH", "CL", "CO":
		return Letter
	}
	return A4
}

func (p Paper) millimetres() (width, height float64) {
	if p == Letter {
		return 215.9, 279.4
	}
	return 210, 297
}

// Slip is the packing slip of one parcel: what is inside, and what of the order comes in others.
type Slip struct {
	Merchant  string
	From      string // the sender in one line
	Order     string // the order's number, drawn as Code 128 too
	QR        string
	Parcel    string // "Parcel 1 of 2"
	PlacedAt  time.Time
	To        shop.Address
	Lines     []SlipLine
	Elsewhere []SlipLine // units of the same order in other parcels
	Facts     []string   // box, weight, carrier: whatever is known, one each
	Note      string     // at the end, such as how to send something back
}

// SlipLine is units of a SKU. Ordered is how many the order has of it altogether.
type SlipLine struct {
	SKU      string
	Name     string
	Quantity int64
	Ordered  int64
}

// Slips draws packing slips, each from the top of a page, on as many pages as it needs.
func Slips(paper Paper, at time.Time, all []Slip) ([]byte, error) {
	printed := make([]Printed, len(all))
	for i := range all {
		printed[i] = Printed{Slip: &all[i], Paper: paper}
	}
	return Bundle(Size4x6, at, printed)
}

func (s *sheet) slip(page box, slip Slip) error {
	s.turn()
	const codeWidth, qrSide = 74.0, 24.0
	text := page.w - codeWidth - 4
	s.text(box{page.x, page.y, text, 9}, block{lines: []string{slip.Merchant}, bold: 1, size: 18})
	s.text(box{page.x, page.y + 10, text, 12}, block{lines: []string{"Packing slip", slip.Parcel}, size: 11})
	if err := s.bars(box{page.x + page.w - codeWidth, page.y, codeWidth, 20}, slip.Order); err != nil {
		return err
	}
	s.text(box{page.x, page.y + 20.5, text, 4}, block{lines: []string{slip.From}, size: 8})
	y := page.y + 26
	s.rule(page.x, y, page.w)
	half := (page.w - qrSide - 6) / 2
	s.text(box{page.x, y + 2, half, 4}, block{lines: []string{"Ship to"}, size: 8})
	s.text(box{page.x, y + 6.5, half, 27}, block{lines: AddressLines(slip.To), bold: 1, size: 11})
	facts := append([]string{"Order " + slip.Order, "Placed " + slip.PlacedAt.UTC().Format("2 Jan 2006")}, slip.Facts...)
	s.text(box{page.x + half + 3, y + 2, half, 31}, block{lines: facts, bold: 1, size: 10})
	if slip.QR != "" {
		if err := s.matrix(box{page.x + page.w - qrSide, y + 3, qrSide, qrSide}, slip.QR); err != nil {
			return err
		}
	}
	t := slipTable(slip, s.newTable(page, y+38))
	t.lines(slip.Lines)
	if len(slip.Elsewhere) > 0 {
		t.heading("In other parcels of this order")
		t.lines(slip.Elsewhere)
	}
	t.end(total(slip.Lines), slip.Note)
	return nil
}

func total(lines []SlipLine) int64 {
	sum := int64(0)
	for _, line := range lines {
		sum += line.Quantity
	}
	return sum
}

// table is the list on a slip while it is written, over as many pages as it takes.
type table struct {
	*sheet
	page  box
	y     float64
	label string // what stands at the top of the pages that follow
}

// Columns of a slip, in millimetres; the name takes what is left.
const (
	unitsWidth = 16.0
	skuWidth   = 44.0
	tickWidth  = 10.0
	rowGap     = 2.2
	maxRow     = 26.0 // of one line's name and code
)

func (s *sheet) newTable(page box, y float64) *table { return &table{sheet: s, page: page, y: y} }

func slipTable(slip Slip, t *table) *table {
	t.label = "Order " + slip.Order + ", " + cmp.Or(slip.Parcel, "packing slip")
	t.head()
	return t
}

func (t *table) head() {
	t.text(box{t.page.x, t.y, unitsWidth - 3, 5}, block{lines: []string{"Units"}, bold: 1, size: 9, right: true})
	t.text(box{t.page.x + unitsWidth, t.y, skuWidth, 5}, block{lines: []string{"SKU"}, bold: 1, size: 9})
	t.text(box{t.page.x + unitsWidth + skuWidth, t.y, 60, 5}, block{lines: []string{"Item"}, bold: 1, size: 9})
	t.y += 5.5
	t.rule(t.page.x, t.y, t.page.w)
	t.y += rowGap
}

// room makes sure that so much fits on the page, or turns it.
func (t *table) room(height float64) {
	if t.y+height <= t.page.y+t.page.h {
		return
	}
	t.turn()
	t.text(box{t.page.x, t.page.y, t.page.w, 5}, block{lines: []string{t.label + ", continued"}, size: 9})
	t.y = t.page.y + 8
	t.head()
}

func (t *table) lines(lines []SlipLine) {
	nameWidth := t.page.w - unitsWidth - skuWidth - tickWidth
	for _, line := range lines {
		height := min(max(t.heightOf(line.words(), nameWidth), t.heightOf([]string{line.SKU}, skuWidth-3)), maxRow)
		t.room(height + 2*rowGap)
		units := block{lines: []string{strconv.FormatInt(line.Quantity, 10)}, bold: 1, size: 12, right: true}
		t.text(box{t.page.x, t.y - 0.6, unitsWidth - 3, 6}, units)
		t.text(box{t.page.x + unitsWidth, t.y, skuWidth - 3, height}, block{lines: []string{line.SKU}, size: rowPoints})
		t.text(box{t.page.x + unitsWidth + skuWidth, t.y, nameWidth, height}, block{lines: line.words(), size: rowPoints})
		t.Rect(t.page.x+t.page.w-5, t.y, 4, 4, "D")
		t.y += height + rowGap
		t.SetLineWidth(0.1)
		t.Line(t.page.x, t.y, t.page.x+t.page.w, t.y)
		t.y += rowGap
	}
}

const rowPoints = 10.0

// words are the name and, where the rest is elsewhere, how many of the ordered units are here.
func (l SlipLine) words() []string {
	if l.Ordered > l.Quantity {
		return []string{l.Name, fmt.Sprintf("%d of %d ordered", l.Quantity, l.Ordered)}
	}
	return []string{l.Name}
}

// heightOf is how high texts become in a row, at least one line.
func (t *table) heightOf(texts []string, width float64) float64 {
	set := t.setAt(width, block{lines: texts}, rowPoints)
	return max(heightOf(set, rowPoints), rowPoints*mmPerPoint*leading)
}

func (t *table) heading(words string) {
	t.room(12)
	t.y += 3
	t.text(box{t.page.x, t.y, t.page.w, 5}, block{lines: []string{words}, bold: 1, size: 9})
	t.y += 6
}

func (t *table) end(units int64, note string) {
	t.room(22)
	t.text(box{t.page.x, t.y + 1, t.page.w, 6}, block{lines: []string{unitWords(units) + " in this parcel"}, bold: 1, size: 10})
	t.text(box{t.page.x, t.y + 8, t.page.w, 13}, block{lines: []string{note}, size: 9})
}

func unitWords(units int64) string {
	if units == 1 {
		return "1 unit"
	}
	return fmt.Sprintf("%d units", units)
}
