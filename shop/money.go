package shop

import (
	"cmp"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strconv"
	"strings"
)

// Amount is money: a whole number of the currency's minor units, such as cents. It is
// never a float. Amount has no JSON form of its own; each door decides how it writes one.
type Amount struct {
	Minor    int64
	Currency Currency
}

// ParseAmount reads a plain decimal such as "12.34" or "-3" exactly. It refuses, with
// CodeInvalid, exponents, separators, a bare point, digits that are not ASCII, more
// decimals than the currency has, and anything beyond 64 bits. Spaces around are fine.
func ParseAmount(s string, c Currency) (Amount, error) {
	text := strings.Trim(s, asciiSpace)
	text, negative := strings.CutPrefix(text, "-")
	whole, fraction, hasPoint := strings.Cut(text, ".")
	if !isDigits(whole) || (hasPoint && !isDigits(fraction)) {
		return Amount{}, invalid("The amount must be a plain number such as " + exampleAmount(c) + ".")
	}
	exponent := c.Exponent()
	if len(fraction) > exponent {
		return Amount{}, invalid(tooManyDigits(c))
	}
	digits := whole + fraction + strings.Repeat("0", exponent-len(fraction))
	magnitude, err := strconv.ParseUint(digits, 10, 64)
	minor, fits := withSign(magnitude, negative)
	if err != nil || !fits {
		return Amount{}, invalid("The amount is too large.")
	}
	return Amount{Minor: minor, Currency: c}, nil
}

func exampleAmount(c Currency) string {
	return Amount{Minor: 12345, Currency: c}.Decimal()
}

func tooManyDigits(c Currency) string {
	switch n := c.Exponent(); n {
	case 0:
		return fmt.Sprintf("Amounts in %s have no decimals.", c)
	default:
		return fmt.Sprintf("Amounts in %s have at most %d decimals.", c, n)
	}
}

// Decimal writes the amount exactly, with all the currency's digits and no symbol:
// "12.34", "5800" for JPY, "1.234" for KWD.
func (a Amount) Decimal() string {
	magnitude, negative := absUint(a.Minor)
	digits := strconv.FormatUint(magnitude, 10)
	if n := a.Currency.Exponent(); n > 0 {
		if missing := n + 1 - len(digits); missing > 0 {
			digits = strings.Repeat("0", missing) + digits
		}
		digits = digits[:len(digits)-n] + "." + digits[len(digits)-n:]
	}
	if negative {
		return "-" + digits
	}
	return digits
}

// Add returns a + b. Two currencies, or a sum beyond 64 bits, are CodeInvalid.
func (a Amount) Add(b Amount) (Amount, error) {
	if err := sameCurrency(a, b); err != nil {
		return Amount{}, err
	}
	sum, ok := addInt64(a.Minor, b.Minor)
	return a.checked(sum, ok)
}

// Sub returns a - b. Two currencies, or a difference beyond 64 bits, are CodeInvalid.
func (a Amount) Sub(b Amount) (Amount, error) {
	if err := sameCurrency(a, b); err != nil {
		return Amount{}, err
	}
	difference := a.Minor - b.Minor
	ok := (difference < a.Minor) == (b.Minor > 0)
	return a.checked(difference, ok)
}

// Mul returns n times a. A product beyond 64 bits is CodeInvalid.
func (a Amount) Mul(n int64) (Amount, error) {
	product, ok := mulInt64(a.Minor, n)
	return a.checked(product, ok)
}

func (a Amount) checked(minor int64, ok bool) (Amount, error) {
	if !ok {
		return Amount{}, invalid("The amount is too large.")
	}
	return Amount{Minor: minor, Currency: a.Currency}, nil
}

func sameCurrency(a, b Amount) error {
	if a.Currency != b.Currency {
		return invalid(fmt.Sprintf("Amounts in %s and %s cannot be combined.", a.Currency, b.Currency))
	}
	return nil
}

// Allocate splits total, in minor units, in proportion to weights by the method of the
// largest remainder: every share is less than one unit off the exact one, and the shares
// add up to total. Among equal remainders the later ones get the odd units (10.00 over
// three equal lines is 3.33, 3.33, 3.34), so the same input always gives the same
// shares. A negative total mirrors the positive one, so a refund undoes a charge.
//
// A weight below zero counts as zero. A zero weight gets nothing, unless all are zero:
// then the split is even. Without weights there is nobody to give to and the result is
// empty. Weights that add up to more than 64 bits, which no prices do, lose their lowest
// bits first, so that only the sum of the shares is exact.
func Allocate(total int64, weights []int64) []int64 {
	if len(weights) == 0 {
		return nil
	}
	magnitude, negative := absUint(total)
	scaled, sum := scaleWeights(weights)
	shares := make([]int64, len(weights))
	remainders := make([]uint64, len(weights))
	left := magnitude
	for i, w := range scaled {
		// The quotient fits: no weight exceeds the sum.
		hi, lo := bits.Mul64(magnitude, w)
		share, remainder := bits.Div64(hi, lo, sum)
		shares[i], _ = withSign(share, negative)
		remainders[i] = remainder
		left -= share
	}
	unit := int64(1)
	if negative {
		unit = -1
	}
	for _, i := range largestRemainders(remainders)[:left] {
		shares[i] += unit
	}
	return shares
}

// scaleWeights returns the weights with none below zero, not all zero, and their sum,
// which fits 64 bits.
func scaleWeights(weights []int64) (scaled []uint64, sum uint64) {
	// n weights of 63 bits need at most 63 + bits.Len(n) bits together.
	shift := bits.Len(uint(len(weights)))
	scaled = make([]uint64, len(weights))
	var carry, carries uint64
	for i, w := range weights {
		scaled[i] = uint64(max(w, 0))
		sum, carry = bits.Add64(sum, scaled[i], 0)
		carries += carry
	}
	if carries > 0 {
		sum = 0
		for i := range scaled {
			scaled[i] >>= shift
			sum += scaled[i]
		}
	}
	if sum == 0 {
		for i := range scaled {
			scaled[i] = 1
		}
		sum = uint64(len(scaled))
	}
	return scaled, sum
}

// largestRemainders returns the indexes by falling remainder, later ones first among
// equals. Those with no remainder come last and are never reached: the remainders add
// up to a multiple of the sum of weights and each is below it.
func largestRemainders(remainders []uint64) []int {
	order := make([]int, len(remainders))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(remainders[b], remainders[a]), cmp.Compare(b, a))
	})
	return order
}

func addInt64(a, b int64) (sum int64, ok bool) {
	sum = a + b
	return sum, (sum > a) == (b > 0)
}

func mulInt64(a, b int64) (product int64, ok bool) {
	x, xNegative := absUint(a)
	y, yNegative := absUint(b)
	hi, lo := bits.Mul64(x, y)
	product, fits := withSign(lo, xNegative != yNegative)
	return product, fits && hi == 0
}

// absUint splits v into magnitude and sign; the smallest int64 has a magnitude too.
func absUint(v int64) (magnitude uint64, negative bool) {
	if v < 0 {
		return -uint64(v), true
	}
	return uint64(v), false
}

// withSign is the inverse of absUint; ok is false when the value does not fit.
func withSign(magnitude uint64, negative bool) (v int64, ok bool) {
	if negative {
		return int64(-magnitude), magnitude <= 1<<63
	}
	return int64(magnitude), magnitude <= math.MaxInt64
}

// asciiSpace is what may surround a number that people type or paste.
const asciiSpace = " \t\r\n"

// isDigits tells whether s is one or more of 0-9; full-width digits are not.
func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
