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

// breakHere is the space without width that writers of Khmer, Thai and their like put between words.
const breakHere = '\u200B'

// printable is text as far as the fonts can draw it. Letters that they have not are written as their plain form where they
// have one, else as one missing sign each; pictures, emoji above all, are left out together with what only modifies
// them, like everything invisible that does not shape its neighbours.
func printable(text string) string {
	var b strings.Builder
	pictures, marks, last := false, 0, rune(0)
	for _, r := range norm.NFC.String(strings.ToValidUTF8(text, "\uFFFD")) {
		switch {
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		case (r == breakHere || isJoiner(r)) && scriptOf(last) != nil:
			b.WriteRune(r)
			continue
		case modifies(r), unicode.IsControl(r), unicode.Is(unicode.Cf, r):
		case unicode.Is(unicode.Mn, r):
			if marks < marksOn(r) && r != last && drawable(r) {
				b.WriteRune(r)
				marks++
			}
			last = r
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
		marks, last = 0, r
	}
	line := strings.Join(strings.Fields(b.String()), " ")
	if line == "" && pictures {
		return onlyPictures
	}
	return line
}

// marksOn is how many signs like this one a letter may carry: one sign above or below a letter is writing; a tower of them
// would cover the lines around it. Some scripts write more.
func marksOn(mark rune) int {
	if s := scriptOf(mark); s != nil {
		return s.marks
	}
	return 1
}

// isJoiner tells whether a character is invisible and decides how its neighbours are joined.
func isJoiner(r rune) bool { return r == '\u200C' || r == '\u200D' }

// variants are letters that people have in their names and the fonts have not, with those that are read the same: Han
// characters outside the basic plane.
var variants = map[rune]string{'𠮷': "吉", '𠮟': "叱", '𡈽': "土", '𠀋': "丈", '𡵅': "岐"}

// plainForm is how a character that cannot be drawn is written otherwise: letters in fancy dress as plain ones, capitals that
// only headings have (Georgian) as small ones; "" if it has no other form.
func plainForm(r rune) string {
	if other := variants[r]; other != "" {
		return other
	}
	if small := unicode.ToLower(r); small != r && drawable(small) {
		return string(small)
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
// of keycaps, and the points of Hebrew, which is read without them and is not shaped.
func modifies(r rune) bool {
	switch {
	case r >= 0xFE00 && r <= 0xFE0F, r >= 0x1F3FB && r <= 0x1F3FF, r >= 0xE0020 && r <= 0xE007F, r == 0x20E3:
		return true
	case r >= 0x0591 && r <= 0x05C7:
		return unicode.Is(unicode.Mn, r)
	}
	return false
}

// run is a part of a line that one font draws in one direction. Its text is in reading order if it is shaped, which knows
// the direction, else in the order in which it is drawn.
type run struct {
	face string
	text string
	rtl  bool
}

// visual is one line as runs from left to right. rtl tells that the text which it is a line of reads from the right.
func visual(line string, rtl bool) []run {
	runes := []rune(strings.ReplaceAll(line, string(breakHere), ""))
	levels := levelsOf(runes, rtl)
	var runs []run
	var order []int
	for start := 0; start < len(runes); {
		face, end := faceOf(runes[start]), start+1
		for end < len(runes) && levels[end] == levels[start] && (isJoiner(runes[end]) || faceOf(runes[end]) == face) {
			end++
		}
		runs = append(runs, runOf(face, runes[start:end], levels[start]))
		order = append(order, levels[start])
		start = end
	}
	for level := 2; level >= 1; level-- {
		reverseRuns(runs, order, level)
	}
	return runs
}

// runOf is letters of one face and level as a run.
func runOf(face string, runes []rune, level int) run {
	r := run{face: face, rtl: level%2 == 1}
	if r.rtl && scriptNamed(face) == nil {
		runes = slices.Clone(runes)
		slices.Reverse(runes)
		for i := range runes {
			runes[i] = mirrored(runes[i])
		}
	}
	r.text = string(runes)
	return r
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

// readsFromRight tells whether a text reads from right to left, which its first letter decides (P2).
func readsFromRight(text string) bool {
	for _, r := range text {
		if d := directionOf(r); d == leftward || d == rightward {
			return d == rightward
		}
	}
	return false
}

// levelsOf is the Unicode bidirectional algorithm (UAX #9) for one line without embeddings: the level of each character in
// a text that reads from the right or not.
func levelsOf(runes []rune, rtl bool) []int {
	base := 0
	if rtl {
		base = 1
	}
	directions := make([]direction, len(runes))
	for i, r := range runes {
		if directions[i] = directionOf(r); i > 0 && (unicode.Is(unicode.M, r) || isJoiner(r)) {
			directions[i] = directions[i-1] // what stands on a letter goes with it (W1)
		}
	}
	resolveNumbers(runes, directions, base)
	resolveBrackets(runes, directions, base)
	resolveNeutrals(directions, base)
	levels := make([]int, len(runes))
	for i, d := range directions {
		switch {
		case d == rightward:
			levels[i] = 1
		case d == number, base == 1:
			levels[i] = 2
		}
	}
	return levels
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

// reverseRuns turns every sequence of runs of at least the level (L2).
func reverseRuns(runs []run, levels []int, level int) {
	for i := 0; i < len(runs); i++ {
		end := i
		for end < len(runs) && levels[end] >= level {
			end++
		}
		if end > i {
			slices.Reverse(runs[i:end])
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
