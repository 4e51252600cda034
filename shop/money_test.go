package shop

import (
	"math"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestParseAmountAndDecimal(t *testing.T) {
	t.Parallel()
	cases := []struct {
		in       string
		currency Currency
		minor    int64
		out      string
	}{
		{"12.34", "USD", 1234, "12.34"},
		{" 12.3 ", "USD", 1230, "12.30"},
		{"12", "USD", 1200, "12.00"},
		{"0", "USD", 0, "0.00"},
		{"-0", "USD", 0, "0.00"},
		{"-0.05", "USD", -5, "-0.05"},
		{"007.50", "USD", 750, "7.50"},
		{"5800", "JPY", 5800, "5800"},
		{"1.234", "KWD", 1234, "1.234"},
		{"0.0001", "CLF", 1, "0.0001"},
		{"92233720368547758.07", "USD", math.MaxInt64, "92233720368547758.07"},
		{"-92233720368547758.08", "USD", math.MinInt64, "-92233720368547758.08"},
	}
	for _, c := range cases {
		got, err := ParseAmount(c.in, c.currency)
		if err != nil || got != (Amount{c.minor, c.currency}) {
			t.Errorf("ParseAmount(%q, %s) = %v, %v; want %d", c.in, c.currency, got, err, c.minor)
		}
		if out := got.Decimal(); out != c.out {
			t.Errorf("%q in %s is written %q, want %q", c.in, c.currency, out, c.out)
		}
	}
}

func TestParseAmountRefuses(t *testing.T) {
	t.Parallel()
	const notPlain, tooLarge = "The amount must be a plain number such as 123.45.", "The amount is too large."
	cases := []struct {
		in       string
		currency Currency
		message  string
	}{
		{"", "USD", notPlain},
		{"-", "USD", notPlain},
		{".", "USD", notPlain},
		{"1.", "USD", notPlain},
		{".5", "USD", notPlain},
		{"+1", "USD", notPlain},
		{"--1", "USD", notPlain},
		{"1e3", "USD", notPlain},
		{"1,000.00", "USD", notPlain},
		{"12,34", "USD", notPlain},
		{"1.2.3", "USD", notPlain},
		{"$5", "USD", notPlain},
		{"0x10", "USD", notPlain},
		{"NaN", "USD", notPlain},
		{"１２.３４", "USD", notPlain},
		{"1 000", "USD", notPlain},
		{"1.0", "JPY", "Amounts in JPY have no decimals."},
		{"x", "JPY", "The amount must be a plain number such as 12345."},
		{"1.234", "USD", "Amounts in USD have at most 2 decimals."},
		{"1.2340", "KWD", "Amounts in KWD have at most 3 decimals."},
		{"92233720368547758.08", "USD", tooLarge},
		{"-92233720368547758.09", "USD", tooLarge},
		{"99999999999999999999999999", "USD", tooLarge},
	}
	for _, c := range cases {
		_, err := ParseAmount(c.in, c.currency)
		mustRefuse(t, err, CodeInvalid, c.message)
	}
}

func TestAmountRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := Amount{rapid.Int64().Draw(t, "minor"), rapid.SampledFrom([]Currency{"USD", "JPY", "KWD", "CLF"}).Draw(t, "currency")}
		back, err := ParseAmount(a.Decimal(), a.Currency)
		if err != nil || back != a {
			t.Fatalf("%v is written %q and read as %v, %v", a, a.Decimal(), back, err)
		}
	})
}

// TestAmountArithmetic compares with numbers of any size: the result is exact, or it is
// refused because it does not fit.
func TestAmountArithmetic(t *testing.T) {
	t.Parallel()
	operations := map[string]struct {
		ours  func(a, b Amount) (Amount, error)
		exact func(z, x, y *big.Int) *big.Int
	}{
		"add": {Amount.Add, (*big.Int).Add},
		"sub": {Amount.Sub, (*big.Int).Sub},
		"mul": {func(a, b Amount) (Amount, error) { return a.Mul(b.Minor) }, (*big.Int).Mul},
	}
	edges := []int64{0, 1, -1, 2, math.MaxInt64, math.MinInt64, math.MaxInt64 / 2, math.MinInt64 / 2, 1 << 32, -1 << 32}
	number := rapid.OneOf(rapid.Int64(), rapid.SampledFrom(edges))
	for name, op := range operations {
		rapid.Check(t, func(t *rapid.T) {
			x, y := number.Draw(t, "x"), number.Draw(t, "y")
			want := op.exact(new(big.Int), big.NewInt(x), big.NewInt(y))
			got, err := op.ours(Amount{x, "USD"}, Amount{y, "USD"})
			if want.IsInt64() != (err == nil) || (err == nil && got != Amount{want.Int64(), "USD"}) {
				t.Fatalf("%s(%d, %d) = %v, %v; exactly %s", name, x, y, got, err, want)
			}
		})
	}
}

func TestAmountsOfTwoCurrenciesDoNotMix(t *testing.T) {
	t.Parallel()
	usd, eur := Amount{1, "USD"}, Amount{1, "EUR"}
	_, err := usd.Add(eur)
	mustRefuse(t, err, CodeInvalid, "Amounts in USD and EUR cannot be combined.")
	_, err = eur.Sub(usd)
	mustRefuse(t, err, CodeInvalid, "Amounts in EUR and USD cannot be combined.")
}

func TestAllocate(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name    string
		total   int64
		weights []int64
		want    []int64
	}{
		{"10.00 off over three 50s", 1000, []int64{5000, 5000, 5000}, []int64{333, 333, 334}},
		{"two odd units", 1001, []int64{1, 1, 1}, []int64{333, 334, 334}},
		{"largest remainder first", 10, []int64{25, 25, 50}, []int64{2, 3, 5}},
		{"by weight", 100, []int64{1, 2, 7}, []int64{10, 20, 70}},
		{"negative mirrors", -1000, []int64{1, 1, 1}, []int64{-333, -333, -334}},
		{"zero weight gets nothing", 5, []int64{0, 3, 0, 4, 0}, []int64{0, 2, 0, 3, 0}},
		{"negative weight is zero", 5, []int64{-9, 5}, []int64{0, 5}},
		{"all zero is even", 5, []int64{0, 0, 0}, []int64{1, 2, 2}},
		{"nothing to give", 0, []int64{3, 4}, []int64{0, 0}},
		{"nobody to give to", 5, nil, nil},
		{"extremes", math.MaxInt64, []int64{math.MaxInt64, math.MaxInt64}, []int64{math.MaxInt64 / 2, math.MaxInt64/2 + 1}},
		{"smallest", math.MinInt64, []int64{math.MaxInt64}, []int64{math.MinInt64}},
	}
	for _, c := range cases {
		if got := Allocate(c.total, c.weights); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

func TestAllocateIsFairAndComplete(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		total := rapid.Int64().Draw(t, "total")
		weights := rapid.SliceOfN(rapid.OneOf(rapid.Int64Range(0, 9), rapid.Int64Range(0, 1<<60)), 1, 8).Draw(t, "weights")
		sum, given := new(big.Int), new(big.Int)
		for _, w := range weights {
			sum.Add(sum, big.NewInt(w))
		}
		for i, share := range Allocate(total, weights) {
			given.Add(given, big.NewInt(share))
			if sum.Sign() == 0 {
				continue
			}
			// |share * sum - total * weight| < sum
			off := new(big.Int).Mul(big.NewInt(share), sum)
			off.Sub(off, new(big.Int).Mul(big.NewInt(total), big.NewInt(weights[i])))
			if off.CmpAbs(sum) >= 0 {
				t.Fatalf("share %d of %v of %d is %d, a unit or more off", i, weights, total, share)
			}
		}
		if given.Cmp(big.NewInt(total)) != 0 {
			t.Fatalf("the shares add up to %s, not %d", given, total)
		}
	})
}

// TestAllocateHugeWeights draws weights that together exceed 64 bits.
func TestAllocateHugeWeights(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		total := rapid.Int64().Draw(t, "total")
		weights := rapid.SliceOfN(rapid.Int64Range(1<<62, math.MaxInt64), 4, 40).Draw(t, "weights")
		left := total
		for _, share := range Allocate(total, weights) {
			if share != 0 && (share < 0) != (total < 0) {
				t.Fatalf("share %d has the wrong sign for %d", share, total)
			}
			left -= share
		}
		if left != 0 {
			t.Fatalf("%d of %d is left over", left, total)
		}
	})
}
