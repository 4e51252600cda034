package ui

import (
	"hash/fnv"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// hues is the number of hue-N classes in app.css.
const hues = 8

func fingerprint(name string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(name))
	return h.Sum32()
}

// hueClass gives the same name the same colour on every page.
func hueClass(name string) string {
	return "hue-" + strconv.Itoa(int(fingerprint(name)%hues))
}

// Initials are those of the first and the last word: "Ana da Silva" is "AS".
func Initials(name string) string {
	words := strings.Fields(name)
	if len(words) == 0 {
		return "?"
	}
	out := first(words[0])
	if len(words) > 1 {
		out += first(words[len(words)-1])
	}
	return out
}

func first(word string) string {
	r, _ := utf8.DecodeRuneInString(word)
	return string(unicode.ToUpper(r))
}

// shape is one element of a ProductPicture on a grid of 4 by 4 cells of 12 units.
type shape struct{ path, class string }

const (
	pictureGrid = 4
	pictureCell = 12
)

// pictureShapes draws a pattern from a name: each cell of the left half holds a
// quarter circle, a triangle, a square or nothing, and the right half mirrors it,
// so that it reads as one emblem and not as noise.
func pictureShapes(name string) []shape {
	bits := fingerprint(name)
	var shapes []shape
	for cell := range pictureGrid * pictureGrid / 2 {
		kind, tint := bits&3, bits>>2&1
		bits = bits>>3 | bits<<29
		column, row := cell%(pictureGrid/2), cell/(pictureGrid/2)
		class := "pic-a"
		if tint == 1 {
			class = "pic-b"
		}
		left := cellPath(int(kind), column, row, false)
		if left == "" {
			continue
		}
		right := cellPath(int(kind), pictureGrid-1-column, row, true)
		shapes = append(shapes, shape{left + right, class})
	}
	return shapes
}

// cellPath returns the SVG path data of one cell; a mirrored one points the other way.
func cellPath(kind, column, row int, mirrored bool) string {
	x, y, w := column*pictureCell, row*pictureCell, pictureCell
	sweep := "1"
	if mirrored {
		x, w, sweep = x+pictureCell, -pictureCell, "0"
	}
	n := strconv.Itoa
	switch kind {
	case 0:
		return ""
	case 1:
		return "M" + n(x) + " " + n(y) + "v" + n(pictureCell) + "h" + n(w) + "z"
	case 2:
		return "M" + n(x) + " " + n(y+pictureCell) + "a12 12 0 0 " + sweep + " " + n(w) + " -12v12z"
	default:
		return "M" + n(x) + " " + n(y) + "h" + n(w) + "v12h" + n(-w) + "z"
	}
}
