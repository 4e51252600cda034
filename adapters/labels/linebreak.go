package labels

import (
	"cmp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Letters of Thai and Lao that cannot begin or end a line: vowels that are written before the consonant which they follow in
// speech, and those that are written behind theirs without being marks of Unicode.
const (
	leadingVowels  = "เแโใไເແໂໃໄ"
	trailingVowels = "ะาำๅๆฯະາຳໆຯຽ"
)

// virama is the combining class of the signs that tie a consonant to the next one (Unicode, table 4-3).
const virama = 9

// asat ends a syllable in Burmese. It has the class of a virama and ties nothing.
const asat = '\u103A'

// breaks tells whether a word that is too long for a line may be divided between two characters: not within what is shaped
// as one. Thai, Lao, Khmer and Burmese have no spaces between words; where words end, only a dictionary knows.
func breaks(before, after rune) bool {
	switch {
	case after == breakHere, isJoiner(before), isJoiner(after), unicode.Is(unicode.M, after):
		return false
	case strings.ContainsRune(leadingVowels, before), strings.ContainsRune(trailingVowels, after):
		return false
	}
	return before == asat || norm.NFC.PropertiesString(string(before)).CCC() != virama
}

// wrap breaks text between words, and words that are too long for a line within.
func (s *sheet) wrap(text string, width float64) []setLine {
	var lines []setLine
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && s.width(line+" "+word) <= width {
			line += " " + word
			continue
		}
		if line != "" {
			lines = append(lines, setLine{text: line})
		}
		for s.width(word) > width {
			head := s.head(word, width)
			word = word[len(head):]
			lines = append(lines, setLine{text: head, divided: word != "" && !strings.HasSuffix(head, string(breakHere))})
		}
		line = word
	}
	if line != "" {
		lines = append(lines, setLine{text: line})
	}
	return lines
}

// head is as much of a word as fits into a line, at least one character: up to the last place where its writer allowed a
// break if there is one, else with what belongs to its last letter, unless that alone is too wide.
func (s *sheet) head(word string, width float64) string {
	head := s.headBefore(word, width, breaks)
	if s.width(head) > width {
		return s.headBefore(word, width, func(_, _ rune) bool { return true })
	}
	if allowed := strings.LastIndex(head, string(breakHere)); allowed > 0 {
		return head[:allowed+len(string(breakHere))]
	}
	return head
}

// headBefore is as much of a word as fits before a place that may be a break, at least up to the first such place.
func (s *sheet) headBefore(word string, width float64, mayBreak func(before, after rune) bool) string {
	head, before := "", rune(0)
	for i, r := range word {
		if i > 0 && mayBreak(before, r) {
			if head != "" && s.width(word[:i]) > width {
				return head
			}
			head = word[:i]
		}
		before = r
	}
	return cmp.Or(head, word)
}
