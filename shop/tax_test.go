package shop

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func TestTax(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name     string
		tax      func(minor, ratePPM int64, rounding Rounding) int64
		minor    int64
		ratePPM  int64
		rounding Rounding
		want     int64
	}{
		{"2 x 100 net at 20 %", TaxOf, 200, 200_000, HalfUp, 40},
		{"2 x 100 gross at 20 %", TaxIncluded, 200, 200_000, HalfUp, 33},
		{"24.99 at 10.75 %", TaxOf, 2499, 107_500, HalfUp, 269},
		{"the half goes up", TaxOf, 50, 10_000, HalfUp, 1},
		{"the half goes to even 0", TaxOf, 50, 10_000, HalfEven, 0},
		{"the half goes to even 2", TaxOf, 150, 10_000, HalfEven, 2},
		{"more than half", TaxOf, 51, 10_000, HalfEven, 1},
		{"less than half", TaxOf, 49, 10_000, HalfUp, 0},
		{"a refund mirrors, up", TaxOf, -50, 10_000, HalfUp, -1},
		{"a refund mirrors, even", TaxOf, -50, 10_000, HalfEven, 0},
		{"a refund mirrors, included", TaxIncluded, -200, 200_000, HalfUp, -33},
		{"no rate", TaxOf, 999, 0, HalfUp, 0},
		{"negative rate", TaxOf, 999, -5, HalfUp, 0},
		{"all of it", TaxOf, math.MaxInt64, MaxTaxRatePPM, HalfUp, math.MaxInt64},
		{"half of it", TaxIncluded, math.MaxInt64, MaxTaxRatePPM, HalfEven, math.MaxInt64/2 + 1},
		{"stops at the largest", TaxOf, math.MaxInt64, math.MaxInt64, HalfUp, math.MaxInt64},
		{"stops at the largest refund", TaxOf, math.MinInt64, 2_000_000, HalfUp, -math.MaxInt64},
	}
	for _, c := range cases {
		if got := c.tax(c.minor, c.ratePPM, c.rounding); got != c.want {
			t.Errorf("%s: got %d, want %d", c.name, got, c.want)
		}
	}
}

// TestTaxIsTheNearest compares with exact fractions: no other whole number is nearer, and
// a half goes where the rounding says.
func TestTaxIsTheNearest(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		minor := rapid.OneOf(rapid.Int64(), rapid.Int64Range(-1000, 1000)).Draw(t, "minor")
		rate := rapid.OneOf(rapid.Int64Range(0, MaxTaxRatePPM), rapid.SampledFrom([]int64{50_000, 200_000, 500_000})).Draw(t, "rate")
		rounding := rapid.SampledFrom([]Rounding{HalfUp, HalfEven}).Draw(t, "rounding")
		for divisor, got := range map[int64]int64{
			1_000_000:        TaxOf(minor, rate, rounding),
			1_000_000 + rate: TaxIncluded(minor, rate, rounding),
		} {
			exact := new(big.Rat).SetFrac(new(big.Int).Mul(big.NewInt(minor), big.NewInt(rate)), big.NewInt(divisor))
			off := new(big.Rat).Sub(new(big.Rat).SetInt64(got), exact)
			switch new(big.Rat).Abs(off).Cmp(big.NewRat(1, 2)) {
			case 1:
				t.Fatalf("tax %d is not the nearest to %s", got, exact)
			case 0:
				if rounding == HalfEven && got%2 != 0 || rounding == HalfUp && off.Sign() != exact.Sign() {
					t.Fatalf("half of %s went to %d with %s", exact, got, rounding)
				}
			}
		}
	})
}
