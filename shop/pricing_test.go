package shop

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestPriceLines(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name string
		in   PricingInput
		want Priced
	}{
		{
			"2 x 100 net at 20 %",
			PricingInput{Lines: []PricingLine{{7, 2, 100, 200_000}}},
			Priced{[]PricedLine{{7, 2, 200, 0, 40, 240}}, 200, 0, 40, 0, 240},
		},
		{
			"2 x 100 gross at 20 %",
			PricingInput{Lines: []PricingLine{{7, 2, 100, 200_000}}, TaxInclusive: true},
			Priced{[]PricedLine{{7, 2, 167, 0, 33, 200}}, 167, 0, 33, 0, 200},
		},
		{
			"24.99 at 10.75 % and shipping, which is not taxed",
			PricingInput{Lines: []PricingLine{{7, 1, 2499, 107_500}}, ShippingMinor: 500},
			Priced{[]PricedLine{{7, 1, 2499, 0, 269, 2768}}, 2499, 0, 269, 500, 3268},
		},
		{
			"10 off over three 50s",
			PricingInput{Lines: []PricingLine{{1, 1, 5000, 0}, {2, 1, 5000, 0}, {3, 1, 5000, 0}}, Discounts: []int64{333, 333, 334}},
			Priced{[]PricedLine{
				{1, 1, 5000, 333, 0, 4667}, {2, 1, 5000, 333, 0, 4667}, {3, 1, 5000, 334, 0, 4666},
			}, 15000, 1000, 0, 0, 14000},
		},
		{
			"all off leaves nothing but shipping",
			PricingInput{Lines: []PricingLine{{1, 2, 600, 200_000}}, Discounts: []int64{1200}, ShippingMinor: 90},
			Priced{[]PricedLine{{1, 2, 1200, 1200, 0, 0}}, 1200, 1200, 0, 90, 90},
		},
		{
			"10.00 off gross prices is 10.00 less to pay",
			PricingInput{Lines: []PricingLine{{1, 1, 12000, 200_000}}, Discounts: []int64{1000}, TaxInclusive: true},
			Priced{[]PricedLine{{1, 1, 10167, 1000, 1833, 11000}}, 10167, 1000, 1833, 0, 11000},
		},
		{
			"two rates",
			PricingInput{Lines: []PricingLine{{1, 3, 333, 190_000}, {2, 1, 1000, 70_000}}},
			Priced{[]PricedLine{{1, 3, 999, 0, 190, 1189}, {2, 1, 1000, 0, 70, 1070}}, 1999, 0, 260, 0, 2259},
		},
		{
			"given away",
			PricingInput{Lines: []PricingLine{{1, 1, 0, 200_000}}, Discounts: []int64{0}},
			Priced{[]PricedLine{{1, 1, 0, 0, 0, 0}}, 0, 0, 0, 0, 0},
		},
	}
	for _, c := range cases {
		c.in.Rounding = HalfUp
		got, err := PriceLines(c.in)
		if err != nil || fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s: got %v, %v; want %v", c.name, got, err, c.want)
		}
	}
}

func TestPriceLinesRefuses(t *testing.T) {
	t.Parallel()
	good := PricingLine{1, 1, 100, 0}
	dear := PricingLine{1, 1, math.MaxInt64, 0}
	cases := []struct {
		field string
		in    PricingInput
	}{
		{"items", PricingInput{}},
		{"items", PricingInput{Lines: slices.Repeat([]PricingLine{good}, MaxOrderLines+1)}},
		{"shipping", PricingInput{Lines: []PricingLine{good}, ShippingMinor: -1}},
		{"shipping", PricingInput{Lines: []PricingLine{dear}, ShippingMinor: 1}},
		{"discount", PricingInput{Lines: []PricingLine{good}, Discounts: []int64{-1}}},
		{"discount", PricingInput{Lines: []PricingLine{good}, Discounts: []int64{101}}},
		{"discount", PricingInput{Lines: []PricingLine{good, good}, Discounts: []int64{1}}},
		{"items[1].quantity", PricingInput{Lines: []PricingLine{good, {1, 0, 100, 0}}}},
		{"items[0].quantity", PricingInput{Lines: []PricingLine{{1, MaxQuantity + 1, 100, 0}}}},
		{"items[1].unitPrice", PricingInput{Lines: []PricingLine{good, {1, 1, -1, 0}}}},
		{"items[0].taxRate", PricingInput{Lines: []PricingLine{{1, 1, 100, -1}}}},
		{"items[0].taxRate", PricingInput{Lines: []PricingLine{{1, 1, 100, MaxTaxRatePPM + 1}}}},
		{"items[2]", PricingInput{Lines: []PricingLine{good, good, {1, 2, math.MaxInt64/2 + 1, 0}}}},
		{"items[1]", PricingInput{Lines: []PricingLine{dear, good}}},
		{"items[0]", PricingInput{Lines: []PricingLine{{1, 1, math.MaxInt64, 1}}}},
		{"items[0]", PricingInput{Lines: []PricingLine{{1, 1, math.MaxInt64, MaxTaxRatePPM}}}},
		{"items[1]", PricingInput{Lines: []PricingLine{{1, 1, math.MaxInt64 / 2, 900_000}, {1, 1, math.MaxInt64 / 4, 900_000}}}},
	}
	for _, c := range cases {
		_, err := PriceLines(c.in)
		mustRefuse(t, err, CodeInvalid, "")
		var e *Error
		if !errors.As(err, &e) || len(e.Fields) != 1 || e.Fields[0].Field != c.field {
			t.Errorf("got %v, want field %s", err, c.field)
		}
	}
}

func TestPricesAddUp(t *testing.T) {
	t.Parallel()
	line := rapid.Custom(func(t *rapid.T) PricingLine {
		return PricingLine{
			SKUID:          rapid.Int64Range(1, 9).Draw(t, "sku"),
			Quantity:       rapid.Int64Range(1, 50).Draw(t, "quantity"),
			UnitPriceMinor: rapid.Int64Range(0, 100_000).Draw(t, "price"),
			TaxRatePPM:     rapid.Int64Range(0, MaxTaxRatePPM).Draw(t, "rate"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		in := PricingInput{
			Lines:         rapid.SliceOfN(line, 1, 12).Draw(t, "lines"),
			TaxInclusive:  rapid.Bool().Draw(t, "inclusive"),
			Rounding:      rapid.SampledFrom([]Rounding{HalfUp, HalfEven}).Draw(t, "rounding"),
			ShippingMinor: rapid.Int64Range(0, 5000).Draw(t, "shipping"),
		}
		for _, l := range in.Lines {
			in.Discounts = append(in.Discounts, rapid.Int64Range(0, l.UnitPriceMinor*l.Quantity).Draw(t, "discount"))
		}
		got, err := PriceLines(in)
		if err != nil {
			t.Fatal(err)
		}
		checkPricedSums(t, in, got)
	})
}

func checkPricedSums(t *rapid.T, in PricingInput, got Priced) {
	var sum Priced
	for i, l := range got.Lines {
		price := in.Lines[i].UnitPriceMinor * in.Lines[i].Quantity
		if l.DiscountMinor != in.Discounts[i] {
			t.Fatalf("line %d is discounted by %d, want %d", i, l.DiscountMinor, in.Discounts[i])
		}
		if l.TotalMinor != l.SubtotalMinor+l.TaxMinor-l.DiscountMinor {
			t.Fatalf("line %d does not add up: %+v", i, l)
		}
		if min(l.SubtotalMinor, l.DiscountMinor, l.TaxMinor, l.TotalMinor) < 0 {
			t.Fatalf("line %d is below zero: %+v", i, l)
		}
		if in.TaxInclusive && l.TotalMinor != price-l.DiscountMinor || !in.TaxInclusive && l.SubtotalMinor != price {
			t.Fatalf("line %d is not what the customer was shown, %d: %+v", i, price, l)
		}
		sum.SubtotalMinor += l.SubtotalMinor
		sum.DiscountMinor += l.DiscountMinor
		sum.TaxMinor += l.TaxMinor
	}
	if sum.SubtotalMinor != got.SubtotalMinor || sum.DiscountMinor != got.DiscountMinor || sum.TaxMinor != got.TaxMinor {
		t.Fatalf("the order %+v is not the sum of its lines %+v", got, sum)
	}
	if got.TotalMinor != got.SubtotalMinor+got.TaxMinor+got.ShippingMinor-got.DiscountMinor || got.ShippingMinor != in.ShippingMinor {
		t.Fatalf("the order does not add up: %+v", got)
	}
}
