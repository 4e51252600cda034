package shop

import (
	"math"
	"math/bits"
)

// ppmScale is the divisor of a rate in parts per million: 10.75 % is 107,500.
const ppmScale = 1_000_000

// MaxTaxRatePPM is the highest tax rate that a price can carry, 100 %.
const MaxTaxRatePPM = ppmScale

// Rounding says what becomes of half a minor unit.
type Rounding string

// The roundings of tax law. Both treat a refund, which is negative, as the mirror of
// its charge.
const (
	HalfUp   Rounding = "half_up"   // a half goes away from zero
	HalfEven Rounding = "half_even" // a half goes to the even neighbour
)

// TaxOf returns the tax, in minor units, on a net amount. The arithmetic is exact and
// only the result is rounded. ratePPM is 0 to MaxTaxRatePPM; a rate below zero counts as
// zero, and a result beyond 64 bits, which needs a higher rate, stops at the largest.
func TaxOf(netMinor, ratePPM int64, rounding Rounding) int64 {
	return mulDiv(netMinor, max(ratePPM, 0), ppmScale, rounding)
}

// TaxIncluded returns the tax, in minor units, that is contained in a gross amount:
// gross - TaxIncluded is the net amount. The limits are those of TaxOf.
func TaxIncluded(grossMinor, ratePPM int64, rounding Rounding) int64 {
	rate := max(ratePPM, 0)
	return mulDiv(grossMinor, rate, uint64(rate)+ppmScale, rounding)
}

// mulDiv returns v*factor/divisor for a factor of at least zero, by way of 128 bits.
func mulDiv(v, factor int64, divisor uint64, rounding Rounding) int64 {
	magnitude, negative := absUint(v)
	hi, lo := bits.Mul64(magnitude, uint64(factor))
	quotient := uint64(math.MaxInt64)
	if hi < divisor {
		var remainder uint64
		quotient, remainder = bits.Div64(hi, lo, divisor)
		quotient = roundQuotient(quotient, remainder, divisor, rounding)
	}
	result, _ := withSign(min(quotient, math.MaxInt64), negative)
	return result
}

// roundQuotient compares the remainder with the rest of the divisor, because twice the
// remainder may not fit.
func roundQuotient(quotient, remainder, divisor uint64, rounding Rounding) uint64 {
	rest := divisor - remainder
	half := remainder == rest
	if half && rounding == HalfEven {
		return quotient + quotient&1
	}
	if half || remainder > rest {
		quotient++
	}
	return quotient
}
