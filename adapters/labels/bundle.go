package labels

import (
	"time"

	"codeberg.org/go-pdf/fpdf"
)

// Printed is what is printed of one parcel; what is nil is not. Paper is that of the slip.
type Printed struct {
	Slip  *Slip
	Paper Paper
	Label *Label
}

// Bundle draws slips and labels as one document, parcel by parcel: the slip, then the label, each on paper of its own size.
// Printers choose the tray by the size of the page.
func Bundle(size Size, at time.Time, all []Printed) ([]byte, error) {
	sheets := 0
	for _, p := range all {
		if p.Slip != nil {
			sheets++
		}
		if p.Label != nil {
			sheets++
		}
	}
	if err := checkPages(sheets); err != nil {
		return nil, err
	}
	width, height := size.millimetres()
	s := newSheet("Packing slips and labels", width, height)
	s.dated(at)
	for _, p := range all {
		if p.Slip != nil {
			slipWidth, slipHeight := p.Paper.millimetres()
			s.size = fpdf.SizeType{Wd: slipWidth, Ht: slipHeight}
			if err := s.slip(box{0, 0, slipWidth, slipHeight}.inset(15), *p.Slip); err != nil {
				return nil, err
			}
		}
		if p.Label != nil {
			s.size = fpdf.SizeType{Wd: width, Ht: height}
			s.turn()
			if err := s.label(box{0, 0, width, height}.inset(4), *p.Label); err != nil {
				return nil, err
			}
		}
	}
	return s.bytes()
}
