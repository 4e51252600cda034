// Package format turns values into the words and figures that people read.
//
// There is one locale, English, and one zone, UTC, which is always named: what
// a customer, a picker and an accountant see must be the same text, so that they
// can talk about it.
package format

import (
	"strconv"
	"strings"

	"waybill/shop"
)

// The signs that ASCII lacks.
const (
	minus = "\u2212" // as wide as a digit, unlike the hyphen
	nbsp  = "\u00a0"
	dash  = "\u2013"
)

// symbols are the currencies whose sign is known everywhere and means one
// currency only. All others are written with their code.
var symbols = map[shop.Currency]string{
	"AUD": "A$", "BRL": "R$", "CAD": "CA$", "EUR": "€", "GBP": "£", "ILS": "₪",
	"INR": "₹", "JPY": "¥", "KRW": "₩", "MXN": "MX$", "NZD": "NZ$", "PHP": "₱",
	"USD": "$", "VND": "₫",
}

// Money writes an amount with its currency, exactly: "€1,234.50", "−$3.00",
// "¥5,800", "CHF 12.00". The sign comes first and is U+2212.
func Money(a shop.Amount) string {
	symbol, known := symbols[a.Currency]
	if !known {
		symbol = string(a.Currency) + nbsp
	}
	digits, negative := strings.CutPrefix(Figure(a), minus)
	if negative {
		return minus + symbol + digits
	}
	return symbol + digits
}

// Figure writes an amount without its currency, for columns whose heading
// names it: "1,234.50".
func Figure(a shop.Amount) string {
	digits, negative := strings.CutPrefix(a.Decimal(), "-")
	whole, fraction, hasFraction := strings.Cut(digits, ".")
	out := group(whole)
	if hasFraction {
		out += "." + fraction
	}
	if negative {
		return minus + out
	}
	return out
}

// Count writes a whole number with thousands separators: "1,240".
func Count[N ~int | ~int32 | ~int64](n N) string {
	digits, negative := strings.CutPrefix(strconv.FormatInt(int64(n), 10), "-")
	if negative {
		return minus + group(digits)
	}
	return group(digits)
}

// Plural writes a count and its noun: "1 order", "1,240 orders", "no orders".
func Plural[N ~int | ~int32 | ~int64](n N, one, many string) string {
	switch n {
	case 0:
		return "no " + many
	case 1:
		return "1 " + one
	default:
		return Count(n) + nbsp + many
	}
}

// Percent writes part of whole with one decimal, rounded half away from zero:
// "12.5%". Of an empty whole there is no share; it is written as a dash.
func Percent(part, whole int64) string {
	if whole == 0 {
		return dash
	}
	return strings.Replace(strconv.FormatFloat(100*float64(part)/float64(whole), 'f', 1, 64), "-", minus, 1) + "%"
}

// group puts a comma before every third digit from the right.
func group(digits string) string {
	const size = 3
	if len(digits) <= size {
		return digits
	}
	var b strings.Builder
	head := len(digits) % size
	b.WriteString(digits[:head])
	for i := head; i < len(digits); i += size {
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		b.WriteString(digits[i : i+size])
	}
	return b.String()
}

// Rate writes a rate in parts per million as a percentage, exactly: "8.75%", "19%".
func Rate(ppm int64) string {
	const perPercent = 10_000
	whole, fraction := ppm/perPercent, ppm%perPercent
	if fraction == 0 {
		return strconv.FormatInt(whole, 10) + "%"
	}
	digits := strconv.FormatInt(perPercent+fraction, 10)[1:]
	return strconv.FormatInt(whole, 10) + "." + strings.TrimRight(digits, "0") + "%"
}
