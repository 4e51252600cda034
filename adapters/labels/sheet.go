package labels

import (
	"bytes"
	"fmt"
	"iter"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/code128"
	"github.com/boombuler/barcode/qr"
	"github.com/go-fonts/dejavu/dejavusanscondensed"
	"github.com/go-fonts/dejavu/dejavusanscondensedbold"
)

// box is a place on the paper, in millimetres from its upper left corner.
type box struct{ x, y, w, h float64 }

// inset is the box without a margin on all sides.
func (b box) inset(by float64) box { return box{b.x + by, b.y + by, b.w - 2*by, b.h - 2*by} }

// Font sizes in points. Below minPoints a thermal printer of 203 dpi draws no letters any more.
const (
	minPoints  = 5.5
	pointSteps = 0.5
	leading    = 1.22 // the distance of lines, in font sizes
	mmPerPoint = 25.4 / 72
)

// ellipsis ends text that was cut.
const ellipsis = "…"

// sheet is a PDF that is being drawn.
type sheet struct {
	*fpdf.Fpdf
	size       fpdf.SizeType // of the pages that are added next
	bold       bool          // how text is drawn now, and
	points     float64
	inUse      face // what the document was told last
	hasEastern bool // the second family is in the document
}

// newSheet opens a document of pages of one size in millimetres.
func newSheet(title string, width, height float64) *sheet {
	pdf := fpdf.NewCustom(&fpdf.InitType{OrientationStr: "P", UnitStr: "mm", Size: fpdf.SizeType{Wd: width, Ht: height}})
	pdf.SetMargins(0, 0, 0)
	pdf.SetAutoPageBreak(false, 0)
	pdf.AddUTF8FontFromBytes(family, "", dejavusanscondensed.TTF)
	pdf.AddUTF8FontFromBytes(family, "B", dejavusanscondensedbold.TTF)
	pdf.SetTitle(title, true)
	pdf.SetCreator("Waybill", true)
	pdf.SetDisplayMode("fullpage", "single")
	return &sheet{Fpdf: pdf, size: fpdf.SizeType{Wd: width, Ht: height}}
}

// turn begins a new page.
func (s *sheet) turn() { s.AddPageFormat("P", s.size) }

// dated makes the same content the same file.
func (s *sheet) dated(at time.Time) {
	s.SetCatalogSort(true)
	s.SetCreationDate(at)
	s.SetModificationDate(at)
}

func (s *sheet) bytes() ([]byte, error) {
	var b bytes.Buffer
	if err := s.Output(&b); err != nil {
		return nil, fmt.Errorf("labels: %w", err)
	}
	return b.Bytes(), nil
}

// block is lines of text that share a box. size is what they would like to have, in points.
type block struct {
	lines  []string
	bold   int // so many of the first lines are bold
	size   float64
	center bool
	right  bool
}

// setLine is a line as it is drawn.
type setLine struct {
	text string
	bold bool
	rtl  bool
}

// text draws a block into a box: as large as it likes if it fits, else smaller, at last cut. It returns how high it
// became.
func (s *sheet) text(b box, t block) float64 {
	size := t.size
	set := s.setAt(b.w, t, size)
	const hair = 0.01 // what rounding may cost
	for size > minPoints && float64(len(set))*size*mmPerPoint*leading > b.h+hair {
		size -= pointSteps
		set = s.setAt(b.w, t, size)
	}
	height := size * mmPerPoint * leading
	if room := max(int((b.h+hair)/height), 1); len(set) > room {
		set = set[:room]
		set[room-1] = s.cut(set[room-1], b.w, size)
	}
	for i, line := range set {
		s.style(line.bold, size)
		drawn, rtl := visual(line.text)
		x := b.x
		switch width := s.drawnWidth(drawn); {
		case t.center:
			x += (b.w - width) / 2
		case t.right, rtl:
			x += b.w - width
		}
		s.put(x, b.y+float64(i)*height+size*mmPerPoint*0.93, drawn)
	}
	return float64(len(set)) * height
}

func (s *sheet) style(bold bool, size float64) {
	s.bold, s.points = bold, size
	s.use(family)
}

// face is a family in a weight and a size.
type face struct {
	family string
	bold   bool
	points float64
}

// use takes a family for what is drawn or measured next. The document is told only what changes: text is measured far more
// often than drawn.
func (s *sheet) use(name string) {
	wanted := face{name, s.bold && name == family, s.points}
	if wanted == s.inUse {
		return
	}
	s.inUse = wanted
	if name == eastern && !s.hasEastern {
		s.AddUTF8FontFromBytes(eastern, "", easternTTF())
		s.hasEastern = true
	}
	style := ""
	if wanted.bold {
		style = "B"
	}
	s.SetFont(name, style, s.points)
}

// faces cuts a line, in the order in which it is drawn, into pieces of one family each.
func faces(drawn string) iter.Seq2[string, string] {
	return func(yield func(name, piece string) bool) {
		start, name := 0, family
		for i, r := range drawn {
			if next := faceOf(r); next != name {
				if i > start && !yield(name, drawn[start:i]) {
					return
				}
				start, name = i, next
			}
		}
		if start < len(drawn) {
			yield(name, drawn[start:])
		}
	}
}

// drawnWidth is how wide a line is that stands in the order in which it is drawn.
func (s *sheet) drawnWidth(drawn string) (width float64) {
	for name, piece := range faces(drawn) {
		s.use(name)
		width += s.GetStringWidth(piece)
	}
	s.use(family)
	return width
}

// thicken is the line around letters that makes them bold, in font sizes: the second family has one weight.
const thicken = 0.025

// put draws a line that stands in the order in which it is drawn.
func (s *sheet) put(x, y float64, drawn string) {
	for name, piece := range faces(drawn) {
		s.use(name)
		if s.bold && name == eastern {
			s.SetLineWidth(s.points * mmPerPoint * thicken)
			s.SetTextRenderingMode(2)
			s.Text(x, y, piece)
			s.SetTextRenderingMode(0)
		} else {
			s.Text(x, y, piece)
		}
		x += s.GetStringWidth(piece)
	}
	s.use(family)
}

// setAt wraps the lines of a block at a size.
func (s *sheet) setAt(width float64, t block, size float64) []setLine {
	var set []setLine
	for i, line := range t.lines {
		s.style(i < t.bold, size)
		for _, part := range s.wrap(printable(line), width) {
			set = append(set, setLine{text: part, bold: i < t.bold})
		}
	}
	return set
}

// wrap breaks text between words, and words that are too long for a line within.
func (s *sheet) wrap(text string, width float64) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && s.width(line+" "+word) <= width {
			line += " " + word
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		for s.width(word) > width {
			head := s.head(word, width)
			lines = append(lines, head)
			word = word[len(head):]
		}
		line = word
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// head is as much of a word as fits into a line, at least one character.
func (s *sheet) head(word string, width float64) string {
	end := 0
	for i, r := range word {
		next := i + len(string(r))
		if end > 0 && s.width(word[:next]) > width {
			break
		}
		end = next
	}
	return word[:end]
}

// cut shortens a line so that it ends with an ellipsis inside the width.
func (s *sheet) cut(line setLine, width, size float64) setLine {
	s.style(line.bold, size)
	runes := []rune(line.text)
	for len(runes) > 0 && s.width(string(runes)+ellipsis) > width {
		runes = runes[:len(runes)-1]
	}
	line.text = strings.TrimSpace(string(runes)) + ellipsis
	return line
}

// width is how wide text is drawn, which joining Arabic letters changes.
func (s *sheet) width(text string) float64 {
	drawn, _ := visual(text)
	return s.drawnWidth(drawn)
}

// rule draws a line across.
func (s *sheet) rule(x, y, w float64) {
	s.SetLineWidth(0.25)
	s.Line(x, y, x+w, y)
}

// quietModules is the white that a Code 128 needs on either side, in modules (ISO/IEC 15417).
const quietModules = 10

// bars draws Code 128 as wide as the box, with its quiet zones inside, and the text under it.
func (s *sheet) bars(b box, content string) error {
	code, err := code128.Encode(content)
	if err != nil {
		return fmt.Errorf("labels: barcode of %q: %w", content, err)
	}
	const caption = 4.2
	modules := code.Bounds().Dx()
	module := min(b.w/float64(modules+2*quietModules), 0.6)
	left := b.x + (b.w-module*float64(modules))/2
	s.SetFillColor(0, 0, 0)
	for start := 0; start < modules; start++ {
		end := start
		for end < modules && isBlack(code, end, 0) {
			end++
		}
		if end > start {
			s.Rect(left+float64(start)*module, b.y, float64(end-start)*module, b.h-caption, "F")
			start = end
		}
	}
	s.text(box{b.x, b.y + b.h - caption + 0.4, b.w, caption}, block{lines: []string{content}, size: 9, center: true})
	return nil
}

// matrix draws a QR code into a square, with the quiet zone of four modules inside.
func (s *sheet) matrix(b box, content string) error {
	code, err := qr.Encode(content, qr.M, qr.Auto)
	if err != nil {
		return fmt.Errorf("labels: QR code of %q: %w", content, err)
	}
	modules := code.Bounds().Dx()
	const quiet = 4
	module := b.w / float64(modules+2*quiet)
	s.SetFillColor(0, 0, 0)
	for y := range modules {
		for x := 0; x < modules; x++ {
			end := x
			for end < modules && isBlack(code, end, y) {
				end++
			}
			if end > x {
				s.Rect(b.x+float64(x+quiet)*module, b.y+float64(y+quiet)*module, float64(end-x)*module, module, "F")
				x = end
			}
		}
	}
	return nil
}

func isBlack(code barcode.Barcode, x, y int) bool {
	r, _, _, _ := code.At(x, y).RGBA()
	return r == 0
}
