package shop

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// stall is a catalog with three SKUs at 50.00: two of merchant 1, one of merchant 2.
func stall(discounts ...Discount) *Catalog {
	c := &Catalog{At: noon, Discounts: discounts}
	for id, merchant := range map[int64]int64{1: 1, 2: 1, 3: 2} {
		c.AddPrice(CatalogSKU{ID: id, MerchantID: merchant, Name: fmt.Sprint("SKU ", id), TaxCategory: "standard", Sellable: true, WeightGrams: 400}, "USD", 5000)
	}
	return c
}

func quoteOf(t interface{ Fatal(...any) }, c *Catalog, codes ...string) Quote {
	q, err := c.QuoteItems(QuoteRequest{Items: []PlaceItem{{SKUID: 1, Quantity: 1}, {SKUID: 2, Quantity: 1}, {SKUID: 3, Quantity: 1}}, Currency: "USD", Codes: codes, CustomerID: 7})
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// lineDiscounts are the discounts of the lines, by order and line.
func lineDiscounts(q Quote) string {
	var all []int64
	for _, o := range q.Orders {
		for _, l := range o.Lines {
			all = append(all, l.DiscountMinor)
		}
	}
	return fmt.Sprint(all)
}

func TestDiscountsStackInOneOrder(t *testing.T) {
	t.Parallel()
	since := noon.Add(-time.Hour)
	amount := func(minor, least int64) map[Currency]DiscountTerms {
		return map[Currency]DiscountTerms{"USD": {AmountMinor: minor, MinTotalMinor: least}}
	}
	cases := []struct {
		name      string
		discounts []Discount
		codes     []string
		lines     string
		total     int64
	}{
		{"10 off over three 50s", []Discount{{ID: 1, Code: "TEN", From: since, Terms: amount(1000, 0)}}, []string{"TEN"}, "[333 333 334]", 14000},
		{"100 % and 20 % off is nothing, never less", []Discount{{ID: 1, Code: "ALL", From: since, PercentPPM: 1_000_000}, {ID: 2, Code: "FIFTH", From: since, PercentPPM: 200_000}}, []string{"ALL", "FIFTH"}, "[5000 5000 5000]", 0},
		{"a share of what is left", []Discount{{ID: 1, From: since, PercentPPM: 100_000}, {ID: 2, From: since, PercentPPM: 100_000}}, nil, "[950 950 950]", 12150},
		{"shares come before amounts, whatever is entered first", []Discount{{ID: 1, Code: "TEN", From: since, Terms: amount(3000, 0)}, {ID: 2, Code: "HALF", From: since, PercentPPM: 500_000}}, []string{"TEN", "HALF"}, "[3500 3500 3500]", 4500},
		{"merchants come before the shop", []Discount{{ID: 1, From: since, PercentPPM: 500_000}, {ID: 2, MerchantID: 2, From: since, Terms: amount(1000, 0)}}, nil, "[2500 2500 3000]", 7000},
		{"a merchant's is for its goods alone", []Discount{{ID: 1, Code: "ONE", MerchantID: 1, From: since, PercentPPM: 100_000}}, []string{"ONE"}, "[500 500 0]", 14000},
		{"an amount beyond the goods", []Discount{{ID: 1, MerchantID: 2, From: since, Terms: amount(9999, 0)}}, nil, "[0 0 5000]", 10000},
		{"the minimum is just reached", []Discount{{ID: 1, From: since, Terms: amount(100, 15000)}}, nil, "[33 33 34]", 14900},
		{"the minimum is just missed", []Discount{{ID: 1, From: since, Terms: amount(100, 15001)}}, nil, "[0 0 0]", 15000},
		{"not asked for", []Discount{{ID: 1, Code: "TEN", From: since, Terms: amount(1000, 0)}}, nil, "[0 0 0]", 15000},
	}
	for _, c := range cases {
		q := quoteOf(t, stall(c.discounts...), c.codes...)
		if lineDiscounts(q) != c.lines || q.TotalMinor != c.total || len(q.Refused) > 0 {
			t.Errorf("%s: %s, total %d, refused %v; want %s, %d", c.name, lineDiscounts(q), q.TotalMinor, q.Refused, c.lines, c.total)
		}
	}
}

func TestWhyACodeDoesNotApply(t *testing.T) {
	t.Parallel()
	euros := map[Currency]DiscountTerms{"EUR": {AmountMinor: 100}}
	dear := map[Currency]DiscountTerms{"USD": {MinTotalMinor: 15001}}
	for want, d := range map[string]Discount{
		"The code X is not valid yet.":                             {From: noon.Add(1), PercentPPM: 1},
		"The code X is no longer valid.":                           {Until: noon, PercentPPM: 1},
		"The code X cannot be used in USD.":                        {Terms: euros},
		"The code X needs goods for at least 150.01 USD.":          {PercentPPM: 1, Terms: dear},
		"The code X is used up.":                                   {PercentPPM: 1, UsageLimit: 3, Used: 3},
		"You have used the code X already, as often as it can be.": {PercentPPM: 1, CustomerLimit: 2},
		"Nothing in your cart is sold by whom the code X is for.":  {PercentPPM: 1, MerchantID: 9},
	} {
		d.ID, d.Code = 5, "X"
		c := stall(d)
		c.Uses = CustomerUses{{7, 5}: 2}
		q := quoteOf(t, c, "X")
		if q.Refusal("X") != want || q.TotalMinor != 15000 {
			t.Errorf("%q, total %d; want %q", q.Refusal("X"), q.TotalMinor, want)
		}
	}
	if q := quoteOf(t, stall(), "NONE"); q.Refusal("NONE") != "There is no code NONE." {
		t.Errorf("an unknown code: %v", q.Refused)
	}
}

// Whatever discounts there are, every sum is exact and nothing is below zero.
func TestDiscountsAddUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := stall()
		c.Rounding = rapid.SampledFrom([]Rounding{HalfUp, HalfEven}).Draw(t, "rounding")
		c.TaxRates = []TaxRate{{Country: "US", Category: "standard", RatePPM: rapid.Int64Range(0, 300_000).Draw(t, "rate")}}
		for i := range rapid.IntRange(0, 6).Draw(t, "discounts") {
			d := Discount{ID: int64(i + 1), From: noon, MerchantID: rapid.Int64Range(0, 2).Draw(t, "merchant"), PercentPPM: rapid.Int64Range(0, 1_000_000).Draw(t, "share")}
			d.Terms = map[Currency]DiscountTerms{"USD": {AmountMinor: rapid.Int64Range(0, 9000).Draw(t, "amount")}}
			c.Discounts = append(c.Discounts, d)
		}
		q, err := c.QuoteItems(QuoteRequest{Items: []PlaceItem{{SKUID: 1, Quantity: 3}, {SKUID: 2, Quantity: 1}, {SKUID: 3, Quantity: 2}}, Currency: "USD", To: Destination{Country: "US"}})
		if err != nil {
			t.Fatal(err)
		}
		var total int64
		for _, o := range q.Orders {
			var named int64
			for _, d := range o.Discounts {
				named += d.AmountMinor
			}
			for _, l := range o.Lines {
				if min(l.TotalMinor, l.DiscountMinor, l.TaxMinor) < 0 || l.TotalMinor != l.SubtotalMinor-l.DiscountMinor+l.TaxMinor {
					t.Fatalf("a line does not add up: %+v", l)
				}
			}
			if named != o.DiscountMinor {
				t.Fatalf("the discounts %v are not the %d taken off", o.Discounts, o.DiscountMinor)
			}
			total += o.TotalMinor
		}
		if total != q.TotalMinor {
			t.Fatalf("the orders come to %d, the quote to %d", total, q.TotalMinor)
		}
	})
}

func TestDiscountCodesAsTheyAreTyped(t *testing.T) {
	t.Parallel()
	codes, err := ParseDiscountCodes([]string{" spring-10 ", "SPRING-10", "b2"})
	if err != nil || fmt.Sprint(codes) != "[SPRING-10 B2]" {
		t.Errorf("%v %v", codes, err)
	}
	for _, bad := range []string{"", "x", "-AB", "A B", "ÄÖ", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"} {
		if _, err := ParseDiscountCodes([]string{"OK", bad}); CodeOf(err) != CodeInvalid || err.(*Error).Fields[0].Field != "discountCodes[1]" {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := ParseDiscountCodes(make([]string, MaxDiscountCodes+1)); CodeOf(err) != CodeInvalid {
		t.Errorf("too many: %v", err)
	}
}

func TestShippingIsChosenByCountryWeightAndSubtotal(t *testing.T) {
	t.Parallel()
	rate := func(country string, grams, subtotal, price int64) ShippingRate {
		return ShippingRate{MerchantID: 1, Country: country, Currency: "USD", FromWeightGrams: grams, FromSubtotalMinor: subtotal, PriceMinor: price}
	}
	rates := []ShippingRate{
		rate("", 0, 0, 2500), rate("US", 0, 0, 500), rate("US", 0, 5000, 0), rate("US", 5000, 0, 1200), rate("US", 5000, 20000, 600), rate("CA", 2000, 0, 900),
		{MerchantID: 1, Country: "US", Currency: "EUR", PriceMinor: 1}, {MerchantID: 2, Country: "US", Currency: "USD", PriceMinor: 2},
	}
	for _, c := range []struct {
		country       string
		grams, listed int64
		want          int64
	}{
		{"US", 800, 4999, 500}, {"US", 800, 5000, 0}, {"US", 4999, 5000, 0},
		{"US", 5000, 5000, 1200}, {"US", 9000, 20000, 600}, // a heavy order is free of nothing that its band does not promise
		{"CA", 1999, 100, 2500}, {"CA", 2000, 100, 900}, {"DE", 1, 1, 2500},
	} {
		catalog := &Catalog{ShippingRates: rates}
		got := catalog.chooseShipping(1, 0, "USD", c.country, ShippingChoice{WeightGrams: c.grams, ListedMinor: c.listed})
		if got.Rate.PriceMinor != c.want || !got.Found() {
			t.Errorf("%d g for %d to %s: %+v, want %d", c.grams, c.listed, c.country, got.Rate, c.want)
		}
	}
	if got := (&Catalog{ShippingRates: rates}).chooseShipping(3, 0, "USD", "US", ShippingChoice{}); got.Found() || got.Rate.PriceMinor != 0 {
		t.Errorf("a merchant without rates: %+v", got)
	}
}
