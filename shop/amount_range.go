package shop

import (
	"strconv"
	"strings"
)

// amountScale is the number of decimals in which a range keeps its bounds: that of the currencies with the most.
const amountScale = 4

// maxScaledDigits bounds a bound of a range, so that no currency's minor units overflow.
const maxScaledDigits = 18

// AmountRange bounds amounts of any currency by their major units: 100 is 100.00 USD and 100 JPY alike. The zero value
// does not bound.
type AmountRange struct {
	atLeast, atMost       int64 // in units of 10^-amountScale
	hasAtLeast, hasAtMost bool
}

// ParseAmountRange reads "100", ">100", ">=100", "<100", "<=100", "10..20", "10.." and "..20". Both ends of a span
// belong to it.
func ParseAmountRange(s string) (AmountRange, error) {
	s = strings.TrimSpace(s)
	if low, high, ok := strings.Cut(s, ".."); ok {
		return parseSpan(low, high)
	}
	rest := strings.TrimLeft(s, "<>=")
	operator := s[:len(s)-len(rest)]
	v, err := parseScaled(rest)
	if err != nil {
		return AmountRange{}, err
	}
	switch operator {
	case "", "=":
		return AmountRange{atLeast: v, atMost: v, hasAtLeast: true, hasAtMost: true}, nil
	case ">":
		return AmountRange{atLeast: v + 1, hasAtLeast: true}, nil
	case ">=":
		return AmountRange{atLeast: v, hasAtLeast: true}, nil
	case "<":
		return AmountRange{atMost: v - 1, hasAtMost: true}, nil
	case "<=":
		return AmountRange{atMost: v, hasAtMost: true}, nil
	}
	return AmountRange{}, badRange()
}

func parseSpan(low, high string) (r AmountRange, err error) {
	if low == "" && high == "" {
		return r, badRange()
	}
	if low != "" {
		r.hasAtLeast = true
		if r.atLeast, err = parseScaled(low); err != nil {
			return AmountRange{}, err
		}
	}
	if high != "" {
		r.hasAtMost = true
		if r.atMost, err = parseScaled(high); err != nil {
			return AmountRange{}, err
		}
	}
	if r.hasAtLeast && r.hasAtMost && r.atLeast > r.atMost {
		return AmountRange{}, invalid("The smaller amount comes first.")
	}
	return r, nil
}

func badRange() error {
	return invalid("Write an amount such as 100, >100, <=99.50 or 10..20.")
}

// parseScaled reads a plain decimal that is not negative, in units of 10^-amountScale.
func parseScaled(s string) (int64, error) {
	whole, fraction, hasPoint := strings.Cut(strings.TrimSpace(s), ".")
	if !isDigits(whole) || (hasPoint && !isDigits(fraction)) || len(fraction) > amountScale {
		return 0, badRange()
	}
	digits := strings.TrimLeft(whole+fraction+strings.Repeat("0", amountScale-len(fraction)), "0")
	if len(digits) > maxScaledDigits {
		return 0, invalid("The amount is too large.")
	}
	if digits == "" {
		return 0, nil
	}
	return strconv.ParseInt(digits, 10, 64)
}

// Minor returns the bounds in minor units of a currency with so many digits after the point; nil does not bound. A
// bound between two amounts is moved inwards.
func (r AmountRange) Minor(exponent int) (atLeast, atMost *int64) {
	unit := int64(1)
	for range amountScale - exponent {
		unit *= 10
	}
	if r.hasAtLeast {
		v := (r.atLeast + unit - 1) / unit
		atLeast = &v
	}
	if r.hasAtMost {
		v := floorDiv(r.atMost, unit)
		atMost = &v
	}
	return atLeast, atMost
}

// floorDiv rounds down, also below zero: "<0" is at most -1 of the smallest unit.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// Scaled returns the bounds in units of 10^-4 of any currency's major unit; nil does not bound.
func (r AmountRange) Scaled() (atLeast, atMost *int64) {
	if r.hasAtLeast {
		atLeast = &r.atLeast
	}
	if r.hasAtMost {
		atMost = &r.atMost
	}
	return atLeast, atMost
}

// String is the range as ParseAmountRange reads it; "" does not bound.
func (r AmountRange) String() string {
	switch {
	case !r.hasAtLeast && !r.hasAtMost:
		return ""
	case r.hasAtLeast && r.hasAtMost && r.atLeast == r.atMost:
		return scaledText(r.atLeast)
	case r.hasAtMost && r.atMost < 0: // "<0" finds nothing
		return "<0"
	}
	text := ".."
	if r.hasAtLeast {
		text = scaledText(r.atLeast) + text
	}
	if r.hasAtMost {
		text += scaledText(r.atMost)
	}
	return text
}

func scaledText(v int64) string {
	digits := strconv.FormatInt(v, 10)
	if missing := amountScale + 1 - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	whole, fraction := digits[:len(digits)-amountScale], strings.TrimRight(digits[len(digits)-amountScale:], "0")
	if fraction == "" {
		return whole
	}
	return whole + "." + fraction
}

// Scaled is the amount in units of 10^-4 of its currency's major unit, in which amounts of all currencies compare by what
// people call them: 100 USD is as much as 100 JPY.
func (a Amount) Scaled() int64 {
	scaled := a.Minor
	for range amountScale - a.Currency.Exponent() {
		scaled *= 10
	}
	return scaled
}

// Contains tells whether an amount lies in the range.
func (r AmountRange) Contains(a Amount) bool {
	atLeast, atMost := r.Minor(a.Currency.Exponent())
	return (atLeast == nil || a.Minor >= *atLeast) && (atMost == nil || a.Minor <= *atMost)
}

// CurrenciesByExponent lists the codes of the currencies whose number of minor digits is not the usual two.
func CurrenciesByExponent() map[int][]string {
	lists := map[int][]string{}
	for exponent, codes := range isoCurrencies {
		if exponent != defaultExponent {
			lists[exponent] = strings.Fields(codes)
		}
	}
	return lists
}
