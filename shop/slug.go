package shop

import "strings"

// asciiLetters writes the accented letters of western and central European languages without their accents.
var asciiLetters = strings.NewReplacer(
	"à", "a", "á", "a", "â", "a", "ã", "a", "å", "a", "ā", "a", "ą", "a", "ä", "ae", "æ", "ae", "ç", "c", "ć", "c", "č", "c", "ď", "d",
	"è", "e", "é", "e", "ê", "e", "ë", "e", "ē", "e", "ę", "e", "ě", "e", "ğ", "g", "ì", "i", "í", "i", "î", "i", "ï", "i", "ī", "i", "ı", "i",
	"ł", "l", "ñ", "n", "ń", "n", "ň", "n", "ò", "o", "ó", "o", "ô", "o", "õ", "o", "ø", "o", "ō", "o", "ö", "oe", "œ", "oe", "ř", "r",
	"ś", "s", "š", "s", "ş", "s", "ß", "ss", "ť", "t", "ù", "u", "ú", "u", "û", "u", "ū", "u", "ů", "u", "ü", "ue", "ý", "y", "ÿ", "y",
	"ź", "z", "ż", "z", "ž", "z",
)

// Slug writes a name as the last part of a URL: lower-case letters a to z and digits, with single dashes between words,
// at most limit bytes. Of a name without such letters nothing is left.
func Slug(name string, limit int) string {
	var b strings.Builder
	gap := false
	for _, r := range asciiLetters.Replace(strings.ToLower(name)) {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') {
			gap = b.Len() > 0
			continue
		}
		if gap {
			b.WriteByte('-')
			gap = false
		}
		b.WriteRune(r)
	}
	slug := b.String()
	return strings.TrimRight(slug[:min(len(slug), max(limit, 0))], "-")
}
