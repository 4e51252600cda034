package labels

import (
	"bytes"
	"compress/gzip"
	_ "embed" // the font below
	"encoding/binary"
	"fmt"
	"io"
	"sync"

	"github.com/go-fonts/dejavu/dejavusanscondensed"
	"github.com/go-fonts/dejavu/dejavusanscondensedbold"
)

// The families on all papers; only the characters that are used go into a file.
const (
	family  = "dejavu"
	eastern = "droid" // Han, Kana, Hangul: what the first has not
)

// easternGzip is packed, because most papers never need it.
//
//go:embed fonts/DroidSansFallback.ttf.gz
var easternGzip []byte

// easternTTF unpacks the font when the first paper needs it.
var easternTTF = sync.OnceValue(func() []byte {
	packed, err := gzip.NewReader(bytes.NewReader(easternGzip))
	if err != nil {
		panic(fmt.Sprintf("labels: the embedded font: %v", err)) // it is part of the program
	}
	ttf, err := io.ReadAll(packed)
	if err != nil {
		panic(fmt.Sprintf("labels: the embedded font: %v", err))
	}
	return ttf
})

// faceOf is the family that draws a character, "" when none does. Beyond the basic plane a PDF of ours has none.
func faceOf(r rune) string {
	if r > 0xFFFF {
		return ""
	}
	regular, bold := coverage()
	switch {
	case regular[r] && bold[r]:
		return family
	case easternCoverage()[r]:
		return eastern
	}
	return ""
}

// drawable tells whether a character can be printed.
func drawable(r rune) bool { return faceOf(r) != "" }

// coverage reads once which characters the two weights have.
var coverage = sync.OnceValues(func() (regular, bold map[rune]bool) {
	return charactersOf(dejavusanscondensed.TTF), charactersOf(dejavusanscondensedbold.TTF)
})

var easternCoverage = sync.OnceValue(func() map[rune]bool { return charactersOf(easternTTF()) })

// charactersOf reads the table of a TrueType font that maps the characters of the basic plane to glyphs: format 4 of
// "cmap" in the OpenType specification. A font without it has no characters.
func charactersOf(ttf []byte) map[rune]bool {
	characters := map[rune]bool{}
	table := formatFour(ttf)
	if table == nil {
		return characters
	}
	segments := int(binary.BigEndian.Uint16(table[6:])) / 2
	column := func(no, segment int) int {
		offset := 14 + 2*segments*no + 2*segment
		if no > 0 {
			offset += 2 // a reserved word stands between the ends and the starts
		}
		return offset
	}
	word := func(offset int) int { return int(binary.BigEndian.Uint16(table[offset:])) }
	for s := range segments {
		end, start, delta := word(column(0, s)), word(column(1, s)), word(column(2, s))
		place := column(3, s)
		for c := start; c <= end && c < 0xFFFF; c++ {
			glyph := c + delta
			if shift := word(place); shift != 0 {
				if glyph = word(place + shift + 2*(c-start)); glyph != 0 {
					glyph += delta
				}
			}
			if glyph&0xFFFF != 0 {
				characters[rune(c)] = true
			}
		}
	}
	return characters
}

// formatFour finds the subtable for Unicode's basic plane.
func formatFour(ttf []byte) []byte {
	u16 := func(at int) int { return int(binary.BigEndian.Uint16(ttf[at:])) }
	u32 := func(at int) int { return int(binary.BigEndian.Uint32(ttf[at:])) }
	for i := range u16(4) {
		record := 12 + 16*i
		if string(ttf[record:record+4]) != "cmap" {
			continue
		}
		cmap := u32(record + 8)
		for j := range u16(cmap + 2) {
			subtable := cmap + u32(cmap+4+8*j+4)
			if u16(subtable) == 4 {
				return ttf[subtable:]
			}
		}
	}
	return nil
}
