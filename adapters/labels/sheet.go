package labels

import (
	"bytes"
	"fmt"
	"slices"
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
	shapers    map[string]*shaper
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
	pdf.SetLineJoinStyle("round") // of letters that are thickened
	return &sheet{Fpdf: pdf, size: fpdf.SizeType{Wd: width, Ht: height}, shapers: map[string]*shaper{}}
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
	text    string
	bold    bool
	rtl     bool // the text that it is a line of reads from the right, so the line stands at the right edge
	divided bool // it ends within a word
	extent  extent
}

// A block is made so much smaller, at most, only so that no word of it has to be divided, and not below these points.
const (
	undivided       = 0.6
	undividedPoints = 8
)

// text draws a block into a box: as large as it likes if it fits, else smaller, at last cut. It returns how high it
// became.
func (s *sheet) text(b box, t block) float64 {
	const hair = 0.01 // what rounding may cost
	set, size := s.fitted(b, t, hair)
	if room := roomFor(set, size, b.h+hair); len(set) > room {
		set = set[:room]
		set[room-1] = s.cut(set[room-1], b.w, size)
	}
	y := b.y
	for _, line := range set {
		s.style(line.bold, size)
		runs := visual(line.text, line.rtl)
		x := b.x
		switch width := s.drawnWidth(runs); {
		case t.center:
			x += (b.w - width) / 2
		case t.right, line.rtl:
			x += b.w - width
		}
		s.put(x, y+line.extent.above*size*mmPerPoint, runs)
		y += line.extent.height() * size * mmPerPoint
	}
	return y - b.y
}

// fitted sets a block as large as its box allows, and somewhat smaller where no word is divided then.
func (s *sheet) fitted(b box, t block, hair float64) (set []setLine, size float64) {
	size = t.size
	set = s.setAt(b.w, t, size)
	for size > minPoints && heightOf(set, size) > b.h+hair {
		size -= pointSteps
		set = s.setAt(b.w, t, size)
	}
	for smaller := size; divides(set) && smaller >= max(t.size*undivided, undividedPoints); smaller -= pointSteps {
		if whole := s.setAt(b.w, t, smaller); !divides(whole) {
			return whole, smaller
		}
	}
	return set, size
}

func divides(set []setLine) bool {
	return slices.ContainsFunc(set, func(line setLine) bool { return line.divided })
}

// heightOf is how high lines become at a size, in millimetres.
func heightOf(set []setLine, size float64) (height float64) {
	for _, line := range set {
		height += line.extent.height() * size * mmPerPoint
	}
	return height
}

// roomFor is how many of the lines fit into a height, at least one.
func roomFor(set []setLine, size, height float64) int {
	for room := len(set); room > 1; room-- {
		if heightOf(set[:room], size) <= height {
			return room
		}
	}
	return 1
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

// drawnWidth is how wide runs are at the present size.
func (s *sheet) drawnWidth(runs []run) (width float64) {
	for _, r := range runs {
		width += s.runWidth(r)
	}
	return width
}

func (s *sheet) runWidth(r run) float64 {
	if sh := s.shaperOf(r.face); sh != nil {
		return sh.shape(r).width * s.points * mmPerPoint
	}
	s.use(r.face)
	return s.GetStringWidth(r.text)
}

// extentOf is how far a line reaches above and below its baseline.
func (s *sheet) extentOf(line string) extent {
	reach := plainExtent
	for _, r := range visual(line, readsFromRight(line)) {
		if sh := s.shaperOf(r.face); sh != nil {
			reach = reach.widened(sh.shape(r).extent)
		}
	}
	return reach
}

// thicken is the line around letters that makes them bold, in font sizes: all but the first family have one weight.
const thicken = 0.025

// put draws a line from left to right.
func (s *sheet) put(x, y float64, runs []run) {
	for _, r := range runs {
		s.use(r.face)
		thick := s.bold && r.face != family
		if thick {
			s.SetLineWidth(s.points * mmPerPoint * thicken)
			s.SetTextRenderingMode(2)
		}
		if sh := s.shaperOf(r.face); sh != nil {
			s.putShaped(sh, x, y, r)
		} else {
			s.Text(x, y, r.text)
		}
		if thick {
			s.SetTextRenderingMode(0)
		}
		x += s.runWidth(r)
	}
	s.use(family)
}

// setAt wraps the lines of a block at a size.
func (s *sheet) setAt(width float64, t block, size float64) []setLine {
	var set []setLine
	for i, line := range t.lines {
		s.style(i < t.bold, size)
		text := printable(line)
		for _, part := range s.wrap(text, width) {
			part.bold, part.rtl, part.extent = i < t.bold, readsFromRight(text), s.extentOf(part.text)
			set = append(set, part)
		}
	}
	return set
}

// cut shortens a line so that it ends with an ellipsis inside the width.
func (s *sheet) cut(line setLine, width, size float64) setLine {
	s.style(line.bold, size)
	runes := []rune(line.text)
	for end := len(runes); end > 0; end-- {
		if end < len(runes) && !breaks(runes[end-1], runes[end]) {
			continue
		}
		if line.text = strings.TrimSpace(string(runes[:end])) + ellipsis; s.width(line.text) <= width {
			return line
		}
	}
	line.text = ellipsis
	return line
}

// width is how wide text is drawn at the present size.
func (s *sheet) width(text string) float64 {
	return s.drawnWidth(visual(text, readsFromRight(text)))
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
