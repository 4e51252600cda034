package labels

// swallowed marks the second letter of a ligature until the line is put together.
const swallowed = '\x00'

// arabicForms is where the presentation forms of a letter begin (isolated, final, initial, medial) and how many it has:
// a letter with two does not join the next one.
var arabicForms = map[rune]struct {
	isolated rune
	forms    int
}{
	'ء': {0xFE80, 1}, 'آ': {0xFE81, 2}, 'أ': {0xFE83, 2}, 'ؤ': {0xFE85, 2}, 'إ': {0xFE87, 2}, 'ئ': {0xFE89, 4}, 'ا': {0xFE8D, 2},
	'ب': {0xFE8F, 4}, 'ة': {0xFE93, 2}, 'ت': {0xFE95, 4}, 'ث': {0xFE99, 4}, 'ج': {0xFE9D, 4}, 'ح': {0xFEA1, 4}, 'خ': {0xFEA5, 4},
	'د': {0xFEA9, 2}, 'ذ': {0xFEAB, 2}, 'ر': {0xFEAD, 2}, 'ز': {0xFEAF, 2}, 'س': {0xFEB1, 4}, 'ش': {0xFEB5, 4}, 'ص': {0xFEB9, 4},
	'ض': {0xFEBD, 4}, 'ط': {0xFEC1, 4}, 'ظ': {0xFEC5, 4}, 'ع': {0xFEC9, 4}, 'غ': {0xFECD, 4}, 'ف': {0xFED1, 4}, 'ق': {0xFED5, 4},
	'ك': {0xFED9, 4}, 'ل': {0xFEDD, 4}, 'م': {0xFEE1, 4}, 'ن': {0xFEE5, 4}, 'ه': {0xFEE9, 4}, 'و': {0xFEED, 2}, 'ى': {0xFEEF, 2},
	'ي': {0xFEF1, 4}, 'پ': {0xFB56, 4}, 'چ': {0xFB7A, 4}, 'ژ': {0xFB8A, 2}, 'ک': {0xFB8E, 4}, 'گ': {0xFB92, 4}, 'ی': {0xFBFC, 4},
	'ٹ': {0xFB66, 4}, 'ڈ': {0xFB88, 2}, 'ڑ': {0xFB8C, 2}, 'ں': {0xFB9E, 2}, 'ھ': {0xFBAA, 4},
}

// lamAlef are the ligatures of lam with the letter after it.
var lamAlef = map[rune]rune{'آ': 0xFEF5, 'أ': 0xFEF7, 'إ': 0xFEF9, 'ا': 0xFEFB}

// joinArabic replaces letters, still in reading order, by the forms that join their neighbours.
func joinArabic(runes []rune) {
	joins := false // the letter before reaches over to this one
	for i := 0; i < len(runes); i++ {
		letter, known := arabicForms[runes[i]]
		if !known {
			joins = runes[i] == 'ـ' // the stroke that only lengthens
			continue
		}
		if i+1 < len(runes) && runes[i] == 'ل' && lamAlef[runes[i+1]] != 0 {
			runes[i], runes[i+1] = lamAlef[runes[i+1]], swallowed
			if joins {
				runes[i]++
			}
			i++
			joins = false
			continue
		}
		onward := letter.forms == 4 && i+1 < len(runes) && takesJoin(runes[i+1])
		runes[i] = letter.isolated + form(joins && letter.forms > 1, onward)
		joins = onward
	}
}

func takesJoin(r rune) bool { return arabicForms[r].forms > 1 || r == 'ـ' }

// form is the offset of a presentation form.
func form(before, after bool) rune {
	switch {
	case before && after:
		return 3
	case after:
		return 2
	case before:
		return 1
	}
	return 0
}
