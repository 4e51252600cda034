package labels

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/harfbuzz"
)

// shaper turns letters of one script into glyphs, for one document: what a font keeps while it shapes is not for several
// at once.
type shaper struct {
	face   *font.Face
	font   *harfbuzz.Font
	buffer *harfbuzz.Buffer
	done   map[run]shaped
}

// shaped is a run as glyphs. Lengths are in font sizes.
type shaped struct {
	glyphs []glyph
	width  float64
	extent extent
}

// glyph is one sign and where it stands from the beginning of its run, in units of its font.
type glyph struct {
	id   font.GID
	x, y int32
}

// extent is how far text reaches above and below its baseline, in font sizes.
type extent struct{ above, below float64 }

// plainExtent is that of the families, with the white between lines.
var plainExtent = extent{above: 0.93, below: leading - 0.93}

// white is kept above and below what reaches farther than plain letters.
const white = 0.06

func (e extent) widened(by extent) extent {
	return extent{max(e.above, by.above), max(e.below, by.below)}
}

func (e extent) height() float64 { return e.above + e.below }

func newShaper(s *script) *shaper {
	face := font.NewFace(s.font())
	return &shaper{face: face, font: harfbuzz.NewFont(face), buffer: harfbuzz.NewBuffer(), done: map[run]shaped{}}
}

// shaperOf is the shaper of a face, nil when it is a family of the document.
func (s *sheet) shaperOf(face string) *shaper {
	if known, ok := s.shapers[face]; ok {
		return known
	}
	of := scriptNamed(face)
	if of == nil {
		return nil
	}
	made := newShaper(of)
	s.shapers[face] = made
	s.AddUTF8FontFromBytes(face, "", of.named())
	return made
}

// shape is a run as glyphs. A text is measured often while its lines are broken, and shaped once.
func (sh *shaper) shape(r run) shaped {
	if known, ok := sh.done[r]; ok {
		return known
	}
	runes := []rune(r.text)
	sh.buffer.Clear()
	sh.buffer.Props = harfbuzz.SegmentProperties{Direction: harfbuzz.LeftToRight}
	if r.rtl {
		sh.buffer.Props.Direction = harfbuzz.RightToLeft
	}
	sh.buffer.AddRunes(runes, 0, len(runes))
	sh.buffer.GuessSegmentProperties()
	sh.buffer.Shape(sh.font, nil)
	made := sh.placed()
	sh.done[r] = made
	return made
}

// placed reads the glyphs out of the buffer.
func (sh *shaper) placed() shaped {
	var made shaped
	em := float64(sh.face.Upem())
	pen := int32(0)
	for i, position := range sh.buffer.Pos {
		g := glyph{id: sh.buffer.Info[i].Glyph, x: pen + position.XOffset, y: position.YOffset}
		pen += position.XAdvance
		made.glyphs = append(made.glyphs, g)
		if bounds, ok := sh.face.GlyphExtents(g.id); ok && bounds.Height != 0 {
			top := float64(g.y) + float64(bounds.YBearing)
			made.extent = made.extent.widened(extent{above: top/em + white, below: -(top+float64(bounds.Height))/em + white})
		}
	}
	made.width = float64(pen) / em
	return made
}

// putShaped draws a run glyph by glyph, each where shaping placed it, and says beside them which letters they are, so that
// the text can be searched and read out.
func (s *sheet) putShaped(sh *shaper, x, y float64, r run) {
	unit := s.points * mmPerPoint / float64(sh.face.Upem())
	s.RawWriteStr("/Span <</ActualText <" + utf16Hex(inDrawnOrder(r)) + ">>> BDC")
	for _, g := range sh.shape(r).glyphs {
		s.Text(x+float64(g.x)*unit, y-float64(g.y)*unit, string(nameOf(g.id)))
	}
	s.RawWriteStr("EMC")
}

// inDrawnOrder is the text of a shaped run as it stands from left to right: readers of PDF put it into reading order
// themselves.
func inDrawnOrder(r run) string {
	runes := []rune(r.text)
	if r.rtl {
		slices.Reverse(runes)
	}
	return string(runes)
}

// utf16Hex is a text as PDF writes it outside of fonts.
func utf16Hex(text string) string {
	var b strings.Builder
	for _, unit := range utf16.Encode([]rune("\uFEFF" + text)) {
		fmt.Fprintf(&b, "%04X", unit)
	}
	return b.String()
}
