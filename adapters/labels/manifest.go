package labels

import (
	"fmt"
	"time"
)

// Manifest is the list of parcels that a carrier takes along, for the driver's signature.
type Manifest struct {
	Merchant string
	Carrier  string
	Number   string
	ClosedAt time.Time
	ClosedBy string
	Zone     *time.Location
	Rows     []ManifestRow
}

// ManifestRow is one parcel.
type ManifestRow struct {
	Tracking string
	Orders   string
	To       string
	Weight   string
}

// Print draws the manifest on a paper.
func (m Manifest) Print(paper Paper) ([]byte, error) {
	width, height := paper.millimetres()
	page := box{0, 0, width, height}.inset(15)
	s := newSheet("Manifest "+m.Number, width, height)
	s.dated(m.ClosedAt)
	s.turn()
	s.text(box{page.x, page.y, page.w - 80, 9}, block{lines: []string{"Manifest for " + m.Carrier}, bold: 1, size: 18})
	s.text(box{page.x, page.y + 10, page.w - 80, 12}, block{lines: []string{
		m.Merchant, "Closed " + m.ClosedAt.In(m.Zone).Format("2 Jan 2006, 15:04 MST") + " by " + m.ClosedBy,
	}, size: 10})
	if err := s.bars(box{page.x + page.w - 74, page.y, 74, 20}, m.Number); err != nil {
		return nil, err
	}
	y := m.columns(s, page, page.y+28)
	for i, row := range m.Rows {
		const height = 8.5
		if y+height > page.y+page.h-20 {
			s.turn()
			y = m.columns(s, page, page.y)
		}
		cells := []string{fmt.Sprint(i + 1), row.Tracking, row.Orders, row.To, row.Weight}
		x := page.x
		for c, w := range manifestColumns(page.w) {
			s.text(box{x, y + 1.2, w - 2, height - 2}, block{lines: []string{cells[c]}, size: 9})
			x += w
		}
		y += height
		s.rule(page.x, y, page.w)
	}
	s.text(box{page.x, y + 4, page.w, 6}, block{lines: []string{fmt.Sprintf("%d parcels", len(m.Rows))}, bold: 1, size: 11})
	s.rule(page.x+page.w-80, y+14, 80)
	s.text(box{page.x + page.w - 80, y + 14.5, 80, 5}, block{lines: []string{"Received by the carrier: name, time, signature"}, size: 8})
	return s.bytes()
}

func manifestColumns(width float64) []float64 {
	return []float64{10, 48, 42, width - 10 - 48 - 42 - 22, 22}
}

// columns draws the head of the list and returns where its rows begin.
func (m Manifest) columns(s *sheet, page box, y float64) float64 {
	x := page.x
	heads := []string{"", "Tracking number", "Order", "To", "Weight"}
	for c, w := range manifestColumns(page.w) {
		s.text(box{x, y, w - 2, 5}, block{lines: []string{heads[c]}, bold: 1, size: 9})
		x += w
	}
	s.rule(page.x, y+5.5, page.w)
	return y + 5.5
}
