package labels

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/bidi"
	"golang.org/x/text/unicode/norm"
)

// missing stands where a letter cannot be drawn, so that somebody sees that one is missing.
const missing = '□'

// onlyPictures stands for a text of nothing but emoji: a line that is empty would look as if nobody had written it.
const onlyPictures = "(emoji)"

// printable is text as far as the fonts can draw it. Letters that they have not are written as their plain form where they
// have one, else as one missing sign each; pictures, emoji above all, are left out together with what only modifies
// them, like everything invisible.
func printable(text string) string {
	var b strings.Builder
	pictures, marks := false, 0
	for _, r := range norm.NFC.String(strings.ToValidUTF8(text, "\uFFFD")) {
		switch {
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		case modifies(r), unicode.IsControl(r), unicode.Is(unicode.Cf, r):
		case unicode.Is(unicode.Mn, r):
			// One sign above or below a letter is writing; a tower of them would cover the lines around it.
			if marks++; marks == 1 && drawable(r) {
				b.WriteRune(r)
			}
			continue
		case drawable(r):
			b.WriteRune(r)
		case plainForm(r) != "":
			b.WriteString(plainForm(r))
		case isPicture(r):
			pictures = true
		default:
			b.WriteRune(missing)
		}
		marks = 0
	}
	line := strings.Join(strings.Fields(b.String()), " ")
	if line == "" && pictures {
		return onlyPictures
	}
	return line
}

// variants are letters that people have in their names and the fonts have not, with those that are read the same: Urdu's
// own forms, and Han characters outside the basic plane.
var variants = map[rune]string{'ہ': "ه", 'ے': "ی", '𠮷': "吉", '𠮟': "叱", '𡈽': "土", '𠀋': "丈", '𡵅': "岐"}

// plainForm is how a character that cannot be drawn is written otherwise: letters in fancy dress as plain ones; "" if it
// has no other form.
func plainForm(r rune) string {
	if other := variants[r]; other != "" {
		return other
	}
	plain := norm.NFKC.String(string(r))
	for _, p := range plain {
		if p == r || !drawable(p) {
			return ""
		}
	}
	return plain
}

// isPicture tells whether a character says nothing that a postman could read: emoji, dingbats, private signs.
func isPicture(r rune) bool {
	return unicode.In(r, unicode.So, unicode.Sk, unicode.Co) || !unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.Sc, unicode.Sm)
}

// modifies tells whether a character only changes the look of the one before: variation selectors, skin tones, the marks
// of keycaps, and the vowel points of scripts that are read without them.
func modifies(r rune) bool {
	switch {
	case r >= 0xFE00 && r <= 0xFE0F, r >= 0x1F3FB && r <= 0x1F3FF, r >= 0xE0020 && r <= 0xE007F, r == 0x20E3:
		return true
	case r >= 0x0591 && r <= 0x05C7, r >= 0x064B && r <= 0x065F, r == 0x0670:
		return unicode.Is(unicode.Mn, r)
	}
	return false
}

// visual is one line in the order in which it is drawn from left to right, its Arabic letters joined. rtl tells that the
// line reads from the right, and so stands at the right edge.
func visual(line string) (drawn string, rtl bool) {
	runes := []rune(line)
	levels, base := levelsOf(runes)
	if base == 0 && !slices.ContainsFunc(levels, func(l int) bool { return l > 0 }) {
		return line, false
	}
	joinArabic(runes)
	for i, r := range runes {
		if levels[i]%2 == 1 {
			runes[i] = mirrored(r)
		}
	}
	for level := 2; level >= 1; level-- {
		reverseRuns(runes, levels, level)
	}
	return strings.ReplaceAll(string(runes), string(swallowed), ""), base == 1
}

// direction of a character, as far as a line of an address needs it.
type direction int

const (
	neutral direction = iota
	leftward
	rightward // from right to left
	number
)

func directionOf(r rune) direction {
	properties, _ := bidi.LookupRune(r)
	switch properties.Class() {
	case bidi.L:
		return leftward
	case bidi.R, bidi.AL:
		return rightward
	case bidi.EN, bidi.AN:
		return number
	}
	return neutral
}

// levelsOf is the Unicode bidirectional algorithm (UAX #9) for one line without embeddings: the level of each character,
// and that of the line, which its first letter decides.
func levelsOf(runes []rune) (levels []int, base int) {
	directions := make([]direction, len(runes))
	for i, r := range runes {
		directions[i] = directionOf(r)
	}
	if first := slices.IndexFunc(directions, func(d direction) bool { return d == leftward || d == rightward }); first >= 0 && directions[first] == rightward {
		base = 1
	}
	resolveNumbers(runes, directions, base)
	resolveBrackets(runes, directions, base)
	resolveNeutrals(directions, base)
	levels = make([]int, len(runes))
	for i, d := range directions {
		switch {
		case d == rightward:
			levels[i] = 1
		case d == number, base == 1:
			levels[i] = 2
		}
	}
	return levels, base
}

// resolveNumbers keeps what joins two digits with them (W4), and lets numbers after Latin text be part of it (W7).
func resolveNumbers(runes []rune, directions []direction, base int) {
	strong := baseDirection(base)
	for i, d := range directions {
		inside := i > 0 && i+1 < len(directions) && directions[i+1] == number && strings.ContainsRune("/-.,:+", runes[i])
		switch {
		case d == neutral && inside && (directions[i-1] == number || directions[i-1] == leftward && strong == leftward):
			directions[i] = directions[i-1]
		case d == leftward, d == rightward:
			strong = d
		case d == number && strong == leftward:
			directions[i] = leftward
		}
	}
}

// resolveBrackets gives both brackets of a pair one direction (N0): that of the line if something inside has it, else that
// of what is inside and stands before them.
func resolveBrackets(runes []rune, directions []direction, base int) {
	around := baseDirection(base)
	for open, r := range runes {
		if !strings.ContainsRune("([{", r) {
			continue
		}
		length := slices.Index(runes[open:], mirrors[r])
		if length < 0 {
			continue
		}
		end, resolved := open+length, neutral
		for _, d := range directions[open+1 : end] {
			if d = side(d); d == around {
				resolved = around
				break
			} else if d != neutral {
				resolved = d
			}
		}
		if resolved != neutral && resolved != around && before(directions[:open], around) != resolved {
			resolved = around
		}
		directions[open], directions[end] = resolved, resolved
	}
}

// before is the direction of the last strong character.
func before(directions []direction, around direction) direction {
	for _, d := range slices.Backward(directions) {
		if d != neutral {
			return side(d)
		}
	}
	return around
}

func baseDirection(base int) direction {
	if base == 1 {
		return rightward
	}
	return leftward
}

// side is the direction that a character gives its neighbours: numbers count as those of a right-to-left script, since
// those of a left-to-right one are resolved by then.
func side(d direction) direction {
	if d == number {
		return rightward
	}
	return d
}

// resolveNeutrals gives what has no direction that of both its neighbours, else that of the line (N1, N2).
func resolveNeutrals(directions []direction, base int) {
	around := baseDirection(base)
	for i := 0; i < len(directions); {
		if directions[i] != neutral {
			i++
			continue
		}
		end := i
		for end < len(directions) && directions[end] == neutral {
			end++
		}
		left, right := around, around
		if i > 0 {
			left = side(directions[i-1])
		}
		if end < len(directions) {
			right = side(directions[end])
		}
		resolved := around
		if left == right {
			resolved = left
		}
		for ; i < end; i++ {
			directions[i] = resolved
		}
	}
}

// reverseRuns turns every run of characters of at least the level (L2).
func reverseRuns(runes []rune, levels []int, level int) {
	for i := 0; i < len(runes); i++ {
		end := i
		for end < len(runes) && levels[end] >= level {
			end++
		}
		if end > i {
			slices.Reverse(runes[i:end])
			slices.Reverse(levels[i:end])
			i = end
		}
	}
}

var mirrors = map[rune]rune{'(': ')', ')': '(', '[': ']', ']': '[', '{': '}', '}': '{', '<': '>', '>': '<', '«': '»', '»': '«'}

func mirrored(r rune) rune {
	if other, ok := mirrors[r]; ok {
		return other
	}
	return r
}
