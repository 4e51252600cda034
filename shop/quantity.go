package shop

import (
	"strconv"
	"strings"
)

// MaxQuantity is the most units of one SKU that one line can hold.
const MaxQuantity = 10_000

// CheckQuantity refuses, with CodeInvalid, a number of units outside 1 to MaxQuantity.
func CheckQuantity(n int64) error {
	if problem := quantityProblem(n); problem != "" {
		return invalid(problem)
	}
	return nil
}

// quantityProblem says what is wrong with a number of units, "" if nothing is.
func quantityProblem(n int64) string {
	switch {
	case n < 0:
		return "The quantity cannot be negative."
	case n == 0:
		return "The quantity must be at least 1."
	case n > MaxQuantity:
		return "The quantity can be at most " + strconv.Itoa(MaxQuantity) + "."
	}
	return ""
}

// ParseQuantity reads a number of units from 1 to MaxQuantity, with spaces around it.
// Everything else is CodeInvalid and told apart: signs, fractions, digits that are not
// ASCII, numbers too large, and no number at all.
func ParseQuantity(s string) (int64, error) {
	text := strings.Trim(s, asciiSpace)
	if text == "" {
		return 0, invalid("Please enter a quantity.")
	}
	digits, negative := strings.CutPrefix(text, "-")
	if whole, fraction, ok := strings.Cut(digits, "."); ok && isDigits(whole) && isDigits(fraction) {
		return 0, invalid("The quantity must be a whole number.")
	}
	if !isDigits(digits) {
		return 0, invalid("The quantity must be a number, written with the digits 0 to 9.")
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		n = MaxQuantity + 1 // beyond 64 bits is as much too large
	}
	if negative {
		n = -n
	}
	if err := CheckQuantity(n); err != nil {
		return 0, err
	}
	return n, nil
}
