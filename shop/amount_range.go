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
