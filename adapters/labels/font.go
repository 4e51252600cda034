package labels

import (
	"bytes"
	"compress/gzip"
	"embed"
	"fmt"
	"io"
	"sync"

	"github.com/go-fonts/dejavu/dejavusanscondensed"
	"github.com/go-fonts/dejavu/dejavusanscondensedbold"
	"github.com/go-text/typesetting/font"
)

// The families for text that is drawn character by character. Other scripts are shaped first: see scripts. Of all of them
// only what is used goes into a file.
const (
	family  = "dejavu"
	eastern = "droid" // Han, Kana, Hangul: what the first has not
)

// packed are the fonts beside DejaVu, compressed because most papers never need them.
//
//go:embed fonts/*.ttf.gz
var packed embed.FS

// unpack reads one of the packed fonts.
func unpack(name string) []byte {
	file, err := packed.Open("fonts/" + name + ".ttf.gz")
	if err != nil {
		panic(fmt.Sprintf("labels: the embedded font: %v", err)) // it is part of the program
	}
	stream, err := gzip.NewReader(file)
	if err != nil {
		panic(fmt.Sprintf("labels: the embedded font %s: %v", name, err))
	}
	ttf, err := io.ReadAll(stream)
	if err != nil {
		panic(fmt.Sprintf("labels: the embedded font %s: %v", name, err))
	}
	return ttf
}

// parse reads the tables of a font.
func parse(ttf []byte) *font.Font {
	face, err := font.ParseTTF(bytes.NewReader(ttf))
	if err != nil {
		panic(fmt.Sprintf("labels: an embedded font: %v", err))
	}
	return face.Font
}

// What the families have, read when the first text is drawn that may need them. A font.Font may be used by several at once.
var (
	easternTTF = sync.OnceValue(func() []byte { return unpack("DroidSansFallback") })

	regularFont = sync.OnceValue(func() *font.Font { return parse(dejavusanscondensed.TTF) })
	boldFont    = sync.OnceValue(func() *font.Font { return parse(dejavusanscondensedbold.TTF) })
	easternFont = sync.OnceValue(func() *font.Font { return parse(easternTTF()) })
)

func has(f *font.Font, r rune) bool {
	glyph, ok := f.NominalGlyph(r)
	return ok && glyph != 0
}

// faceOf is what draws a character: the name of a script that is shaped, or a family; "" when nothing does. The families
// have nothing beyond the basic plane: a PDF of ours cannot name it.
func faceOf(r rune) string {
	if s := scriptOf(r); s != nil && has(s.font(), r) {
		return s.name
	}
	switch {
	case r > 0xFFFF:
		return ""
	case has(regularFont(), r) && has(boldFont(), r):
		return family
	case has(easternFont(), r):
		return eastern
	}
	return ""
}

// drawable tells whether a character can be printed.
func drawable(r rune) bool { return faceOf(r) != "" }
