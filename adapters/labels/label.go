package labels

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"waybill/shop"
)

// Size is the paper of an address label.
type Size string

// The sizes that label printers have.
const (
	Size4x6 Size = "4x6" // inches, the roll of thermal printers
	SizeA6  Size = "a6"  // 105 x 148 mm
)

// ParseSize reads a size by its name; "" is Size4x6.
func ParseSize(name string) (Size, error) {
	switch size := Size(strings.ToLower(cmp.Or(name, string(Size4x6)))); size {
	case Size4x6, SizeA6:
		return size, nil
	}
	return "", shop.Invalid("size", "A label is 4x6 or a6.")
}

func (s Size) millimetres() (width, height float64) {
	if s == SizeA6 {
		return 105, 148
	}
	return 101.6, 152.4
}

// MaxPages bounds one document: a larger one is printed in parts.
const MaxPages = 200

// Label is what stands on an address label, from plain data. Code is drawn as Code 128 with its text under it, QR as a QR
// code; both are left out when empty. Code has printable ASCII characters only.
type Label struct {
	Heading string   // what is large at the top: the carrier, or "RETURN"
	Service string   // beside it: the service, or ""
	From    []string // the sender, one line each
	To      shop.Address
	Code    string
	QR      string
	Notes   []string // small, at the bottom: order numbers, weight, box
}

// Labels draws one label on each page.
func Labels(size Size, at time.Time, all []Label) ([]byte, error) {
	printed := make([]Printed, len(all))
	for i := range all {
		printed[i].Label = &all[i]
	}
	return Bundle(size, at, printed)
}

func checkPages(n int) error {
	switch {
	case n == 0:
		return shop.Invalid("parcels", "Choose at least one parcel to print.")
	case n > MaxPages:
		return shop.Invalid("parcels", fmt.Sprintf("At most %d parcels can be printed at once.", MaxPages))
	}
	return nil
}

func (s *sheet) label(page box, l Label) error {
	const head, sender, code, notes = 13.0, 17.0, 27.0, 9.0
	s.text(box{page.x, page.y, page.w * 0.62, head - 2}, block{lines: []string{l.Heading}, bold: 1, size: 20})
	s.text(box{page.x + page.w*0.64, page.y + 1, page.w * 0.36, head - 3}, block{lines: []string{l.Service}, size: 12, right: true})
	y := page.y + head
	s.rule(page.x, y, page.w)
	s.text(box{page.x, y + 1.5, page.w, 4}, block{lines: []string{"From"}, size: 7})
	s.text(box{page.x, y + 5, page.w, sender - 6}, block{lines: l.From, size: 9})
	y += sender
	s.rule(page.x, y, page.w)
	s.text(box{page.x, y + 1.5, page.w, 4}, block{lines: []string{"To"}, size: 7})
	bottom := page.y + page.h - notes
	if l.Code != "" {
		bottom -= code
	}
	to := box{page.x, y + 5.5, page.w, bottom - y - 7}
	if l.QR != "" {
		const side = 30.0
		to.h -= side + 1
		if err := s.matrix(box{page.x + page.w - side, to.y + to.h + 0.5, side, side}, l.QR); err != nil {
			return err
		}
		s.country(box{page.x, to.y + to.h + 6, page.w - side - 2, 18}, l.To)
	}
	s.text(to, block{lines: AddressLines(l.To), bold: 1, size: 15})
	s.rule(page.x, bottom, page.w)
	if l.Code != "" {
		if err := s.bars(box{page.x, bottom + 2, page.w, code - 3}, l.Code); err != nil {
			return err
		}
		bottom += code
		s.rule(page.x, bottom, page.w)
	}
	s.text(box{page.x, bottom + 1, page.w, notes - 1}, block{lines: []string{strings.Join(l.Notes, " · ")}, size: 8})
	return nil
}

// country draws the postal code and the country large, for whoever sorts parcels by hand.
func (s *sheet) country(b box, to shop.Address) {
	s.text(b, block{lines: []string{to.Country, to.PostalCode}, bold: 2, size: 22})
}

// AddressLines is an address as it stands on paper: the country in capitals, and the phone for whoever stands before a
// closed door.
func AddressLines(a shop.Address) []string {
	lines := a.Lines()
	if a.Country != "" {
		lines[len(lines)-1] = strings.ToUpper(lines[len(lines)-1])
	}
	if a.Phone != "" {
		lines = append(lines, "Tel. "+a.Phone)
	}
	return lines
}
