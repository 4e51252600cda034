package labels

import (
	"encoding/binary"

	"github.com/go-text/typesetting/font"
)

// What shaping finds are glyphs, many of which no character names, and a PDF of ours draws characters. So in the fonts of the
// scripts the glyphs are named by Unicode's private characters, in their order.
const (
	firstName = 0xE000
	maxGlyphs = 0xF8FF - firstName + 1 // so many private characters there are; no font of a script has as many glyphs
)

// nameOf is the character that draws a glyph.
func nameOf(glyph font.GID) rune { return firstName + rune(glyph) }

// withNamedGlyphs is a font whose glyphs have names: the same file with another table "cmap" at its end.
func withNamedGlyphs(ttf []byte) []byte {
	named := append([]byte(nil), ttf...)
	for len(named)%4 != 0 {
		named = append(named, 0)
	}
	glyphs := int(binary.BigEndian.Uint16(ttf[tableOf(ttf, "maxp").at+4:]))
	if glyphs > maxGlyphs {
		panic("labels: an embedded font has more glyphs than can be named")
	}
	cmap, record := namesTable(glyphs), tableOf(ttf, "cmap").record
	binary.BigEndian.PutUint32(named[record+8:], uint32(len(named)))
	binary.BigEndian.PutUint32(named[record+12:], uint32(len(cmap)))
	return append(named, cmap...)
}

// table is where a table of a font stands, and its record in the directory of them.
type fontTable struct{ record, at int }

// tableOf finds a table in the directory of a font (OpenType specification, "Table directory").
func tableOf(ttf []byte, tag string) fontTable {
	for i := range int(binary.BigEndian.Uint16(ttf[4:])) {
		record := 12 + 16*i
		if string(ttf[record:record+4]) == tag {
			return fontTable{record, int(binary.BigEndian.Uint32(ttf[record+8:]))}
		}
	}
	panic("labels: an embedded font has no table " + tag)
}

// namesTable is a table "cmap" for Unicode's basic plane, of format 4 with one segment and the one that ends it.
func namesTable(glyphs int) []byte {
	const windows, unicode, offset, format, length = 3, 1, 12, 4, 32
	shift := 1<<16 - firstName // added to a name, modulo 65,536, it is the number of the glyph
	words := []int{
		0, 1, windows, unicode, 0, offset,
		format, length, 0, 2 * 2, 4, 1, 0,
		firstName + glyphs - 1, 0xFFFF, 0,
		firstName, 0xFFFF,
		shift, 1,
		0, 0,
	}
	table := make([]byte, 0, 2*len(words))
	for _, word := range words {
		table = binary.BigEndian.AppendUint16(table, uint16(word))
	}
	return table
}
