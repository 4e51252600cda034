package labels

import (
	"sync"

	"github.com/go-text/typesetting/font"
)

// script is writing whose letters change with their neighbours: it is shaped with the rules of its font before it is drawn.
type script struct {
	name  string // that of its font's file
	marks int    // so many signs above or below one letter are writing; more are a tower over the lines around it
	// blocks are its ranges of Unicode, first and last, with its digits and punctuation.
	blocks [][2]rune
	ttf    func() []byte
	font   func() *font.Font
	named  func() []byte // the font with names for its glyphs, see withNamedGlyphs
}

// scripts are all that are shaped: the living ones in which addresses are written. Hebrew, Armenian, Georgian and others whose
// letters stand for themselves are in the family of all papers.
var scripts = withFonts([]script{
	{name: "NotoSansArabic", marks: 2, blocks: [][2]rune{{0x0600, 0x06FF}, {0x0750, 0x077F}, {0x08A0, 0x08FF}, {0xFB50, 0xFDFF}, {0xFE70, 0xFEFE}}},
	{name: "NotoSansThaana", marks: 1, blocks: [][2]rune{{0x0780, 0x07BF}}},
	{name: "NotoSansDevanagari", marks: 4, blocks: [][2]rune{{0x0900, 0x097F}, {0xA8E0, 0xA8FF}}},
	{name: "NotoSansBengali", marks: 4, blocks: [][2]rune{{0x0980, 0x09FF}}},
	{name: "NotoSansGurmukhi", marks: 4, blocks: [][2]rune{{0x0A00, 0x0A7F}}},
	{name: "NotoSansGujarati", marks: 4, blocks: [][2]rune{{0x0A80, 0x0AFF}}},
	{name: "NotoSansOriya", marks: 4, blocks: [][2]rune{{0x0B00, 0x0B7F}}},
	{name: "NotoSansTamil", marks: 3, blocks: [][2]rune{{0x0B80, 0x0BFF}}},
	{name: "NotoSansTelugu", marks: 4, blocks: [][2]rune{{0x0C00, 0x0C7F}}},
	{name: "NotoSansKannada", marks: 4, blocks: [][2]rune{{0x0C80, 0x0CFF}}},
	{name: "NotoSansMalayalam", marks: 4, blocks: [][2]rune{{0x0D00, 0x0D7F}}},
	{name: "NotoSansSinhala", marks: 4, blocks: [][2]rune{{0x0D80, 0x0DFF}}},
	{name: "NotoSansThai", marks: 2, blocks: [][2]rune{{0x0E00, 0x0E7F}}},
	{name: "NotoSansLao", marks: 3, blocks: [][2]rune{{0x0E80, 0x0EFF}}},
	{name: "NotoSerifTibetan", marks: 5, blocks: [][2]rune{{0x0F00, 0x0FFF}}},
	{name: "NotoSansMyanmar", marks: 6, blocks: [][2]rune{{0x1000, 0x109F}, {0xA9E0, 0xA9FF}, {0xAA60, 0xAA7F}}},
	{name: "NotoSansEthiopic", marks: 1, blocks: [][2]rune{{0x1200, 0x139F}, {0x2D80, 0x2DDF}, {0xAB00, 0xAB2F}}},
	{name: "NotoSansKhmer", marks: 5, blocks: [][2]rune{{0x1780, 0x17FF}, {0x19E0, 0x19FF}}},
	{name: "NotoSansOlChiki", marks: 1, blocks: [][2]rune{{0x1C50, 0x1C7F}}},
	{name: "NotoSansMeeteiMayek", marks: 3, blocks: [][2]rune{{0xAAE0, 0xAAFF}, {0xABC0, 0xABFF}}},
})

// withFonts gives every script its font, which is unpacked and read when the first of its letters is printed.
func withFonts(all []script) []script {
	for i := range all {
		s := &all[i]
		s.ttf = sync.OnceValue(func() []byte { return unpack(s.name) })
		s.font = sync.OnceValue(func() *font.Font { return parse(s.ttf()) })
		s.named = sync.OnceValue(func() []byte { return withNamedGlyphs(s.ttf()) })
	}
	return all
}

// firstShaped is where the first block of scripts begins: most text lies below and is not looked up.
const firstShaped = 0x0600

// scriptOf is the script of a character that is shaped, nil for all others.
func scriptOf(r rune) *script {
	if r < firstShaped {
		return nil
	}
	for i := range scripts {
		for _, block := range scripts[i].blocks {
			if block[0] <= r && r <= block[1] {
				return &scripts[i]
			}
		}
	}
	return nil
}

// scriptNamed is the script that faceOf named, nil for the families.
func scriptNamed(face string) *script {
	for i := range scripts {
		if scripts[i].name == face {
			return &scripts[i]
		}
	}
	return nil
}
