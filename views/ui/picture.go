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

// The grid of a ProductPicture: 4 by 4 cells of 12 units.
const (
	pictureGrid = 4
	pictureCell = 12
	pictureHalf = pictureGrid * pictureGrid / 2 // cells of the left half
	cellKinds   = 4
)

// cellPairs are the path data of each cell of the left half with its mirror image, by kind.
var cellPairs = func() (pairs [pictureHalf][cellKinds]string) {
	for cell := range pairs {
		column, row := cell%(pictureGrid/2), cell/(pictureGrid/2)
		for kind := range pairs[cell] {
			pairs[cell][kind] = cellPath(kind, column, row, false) + cellPath(kind, pictureGrid-1-column, row, true)
		}
	}
	return pairs
}()

// picturePaths draws a pattern from a name, in two tints: each cell of the left half holds a
// quarter circle, a triangle, a square or nothing, and the right half mirrors it,
// so that it reads as one emblem and not as noise.
func picturePaths(name string) (a, b string) {
	bits := fingerprint(name)
	for cell := range pictureHalf {
		pair := cellPairs[cell][bits&3]
		if bits>>2&1 == 1 {
			b += pair
		} else {
			a += pair
		}
		bits = bits>>3 | bits<<29
	}
	return a, b
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
