package shop

import (
	"strings"
	"time"
	"unicode"
)

// OrderID is a time-ordered 52-bit number: the seconds since 2000-01-01 UTC in the
// upper 32 bits, a sequence in the lower 20. It fits a JavaScript number, sorts by
// time, and is the key by which tables are partitioned by month. Checkouts, payments,
// refunds and stock ledger rows use the same scheme. Ids run from 0 to MaxOrderID.
type OrderID int64

const (
	sequenceBits = 20
	secondsBits  = 32
	sequenceMask = 1<<sequenceBits - 1

	// MaxOrderID is the last id of the scheme, in February 2136.
	MaxOrderID OrderID = 1<<(secondsBits+sequenceBits) - 1

	// epochUnix is 2000-01-01T00:00:00Z, the first second that has ids.
	epochUnix = 946_684_800
)

// NewOrderID makes the id of something that happened at the given time. Of sequence,
// only the lower 20 bits are used: a database sequence that counts up gives 1,048,576
// different ids a second. Times before 2000 or after the last second of the scheme,
// 2136-02-07T06:28:15Z, are CodeInvalid.
func NewOrderID(at time.Time, sequence int64) (OrderID, error) {
	seconds := at.Unix() - epochUnix
	if seconds < 0 || seconds >= 1<<secondsBits {
		return 0, invalid("The time " + at.UTC().Format(time.RFC3339) + " is outside 2000-01-01 to 2136-02-07.")
	}
	return OrderID(seconds<<sequenceBits | sequence&sequenceMask), nil
}

// Time is the second, in UTC, in which the id was made.
func (id OrderID) Time() time.Time {
	return time.Unix(epochUnix+int64(id)>>sequenceBits, 0).UTC()
}

// FirstIDAt returns the smallest id of the second that t is in. A time before the
// scheme gives 0, one after it MaxOrderID + 1, so ranges need no special cases.
func FirstIDAt(t time.Time) OrderID {
	seconds := min(max(t.Unix()-epochUnix, 0), 1<<secondsBits)
	return OrderID(seconds << sequenceBits)
}

// MonthStart returns the first moment, in UTC, of the month that t is in.
func MonthStart(t time.Time) time.Time {
	year, month, _ := t.UTC().Date()
	return time.Date(year, month, 1, 0, 0, 0, 0, time.UTC)
}

// IDRangeOfMonth returns the ids of the UTC month that t is in: from is the first of
// them and until the first of the next month, as partition bounds are written.
func IDRangeOfMonth(t time.Time) (from, until OrderID) {
	start := MonthStart(t)
	return FirstIDAt(start), FirstIDAt(start.AddDate(0, 1, 0))
}

// An order number is the id in Crockford's base 32, most significant character first,
// and one check character. Ten characters hold every id made before January 2034.
const (
	numberAlphabet  = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	minNumberDigits = 10
	maxNumberDigits = 11
	exampleNumber   = "6XKQ3-M8ZT-4K"
)

// Number is the id as people see it, such as "6XKQ3-M8ZT-4K". It is "" for a value
// that is not an id.
func (id OrderID) Number() string {
	if id < 0 || id > MaxOrderID {
		return ""
	}
	var digits [maxNumberDigits]byte
	for i, rest := len(digits)-1, id; i >= 0; i-- {
		digits[i] = byte(rest & 31)
		rest >>= 5
	}
	data := digits[:]
	if data[0] == 0 {
		data = data[1:]
	}
	return groupNumber(append(data, checkDigit(data)))
}

// groupNumber writes the characters of digits as 5-4-rest.
func groupNumber(digits []byte) string {
	var b strings.Builder
	for i, d := range digits {
		if i == 5 || i == 9 {
			b.WriteByte('-')
		}
		b.WriteByte(numberAlphabet[d])
	}
	return b.String()
}

// ParseOrderNumber reads an order number as people write it: in any case, with or
// without dashes, spaces and a leading #, with O for 0 and I or L for 1. What cannot be an
// order number and what is one with a typing mistake are both CodeInvalid, with
// different messages.
func ParseOrderNumber(s string) (OrderID, error) {
	digits, ok := numberDigits(s)
	if !ok {
		return 0, invalid("This is not an order number. Order numbers look like " + exampleNumber + ".")
	}
	last := len(digits) - 1
	data, check := digits[:last], digits[last]
	var id OrderID
	for _, d := range data {
		id = id<<5 | OrderID(d)
	}
	if checkDigit(data) != check {
		return 0, invalid(groupNumber(digits) + " looks mistyped: the check character does not fit.")
	}
	// Eleven characters can say more than 52 bits, and can say a ten-character number
	// again with a zero in front; neither was ever printed.
	if id > MaxOrderID || (len(data) == maxNumberDigits && data[0] == 0) {
		return 0, invalid(groupNumber(digits) + " looks mistyped: there are no such numbers.")
	}
	return id, nil
}

// numberDigits reads the values of the characters, check character included.
func numberDigits(s string) (digits []byte, ok bool) {
	s = strings.TrimPrefix(strings.TrimSpace(s), "#")
	for _, r := range s {
		if unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) {
			continue
		}
		d := digitOf(r)
		if d < 0 || len(digits) > maxNumberDigits {
			return nil, false
		}
		digits = append(digits, byte(d))
	}
	return digits, len(digits) > minNumberDigits
}

// digitOf is the value of a character, -1 when it has none. Crockford's alphabet has
// no I, L and O, which are read as the digits they resemble, and no U.
func digitOf(r rune) int {
	if r >= 'a' && r <= 'z' {
		r += 'A' - 'a'
	}
	switch r {
	case 'O':
		r = '0'
	case 'I', 'L':
		r = '1'
	}
	return strings.IndexRune(numberAlphabet, r)
}

// checkDigit is the sum of a^i * d[i] in GF(32), where a is a root of x^5+x^2+1 and i
// counts from 1 at the right end. A single wrong character changes the sum because no
// power of a is zero; swapped neighbours change it because no two of the powers used
// are equal, and the check character itself stands at a^0.
func checkDigit(data []byte) byte {
	var sum byte
	for _, d := range data {
		sum = timesA(sum ^ d)
	}
	return sum
}

// timesA multiplies by a in GF(32).
func timesA(v byte) byte {
	v <<= 1
	if v&32 != 0 {
		v ^= 0b100101 // x^5 = x^2 + 1
	}
	return v
}

// LooksLikeOrderNumber tells whether s has the form of an order number, mistyped or not. Some words have it too.
func LooksLikeOrderNumber(s string) bool {
	_, ok := numberDigits(s)
	return ok
}
