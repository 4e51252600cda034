package shop_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"waybill/shop"
)

var searchNow = time.Date(2026, 5, 23, 14, 30, 0, 0, time.UTC) // a Saturday

func day(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

func TestParsePaymentSearch(t *testing.T) {
	t.Parallel()
	order, err := shop.NewOrderID(searchNow, 7)
	if err != nil {
		t.Fatal(err)
	}
	amount := func(s string) shop.AmountRange {
		r, err := shop.ParseAmountRange(s)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	cases := map[string]shop.PaymentFilter{
		"":                                       {},
		"amount:>100 status:failed method:card":  {Amount: amount(">100"), Statuses: []shop.PaymentStatus{"failed"}, Method: "card"},
		"status:failed,unknown,failed":           {Statuses: []shop.PaymentStatus{"failed", "unknown"}},
		"STATUS:failed":                          {Statuses: []shop.PaymentStatus{"failed"}},
		"order:" + order.Number():                {OrderID: order},
		order.Number():                           {OrderID: order},
		strings.ToLower(order.Number()):          {OrderID: order},
		"882019401234":                           {PaymentID: 882019401234},
		"payment:882019401234":                   {PaymentID: 882019401234},
		"ch_1234":                                {Reference: "ch_1234"},
		"ref:ABCDEFGHJKM":                        {Reference: "ABCDEFGHJKM"},
		"last4:4242 currency:brl provider:olist": {CardLast4: "4242", Currency: "BRL", Provider: "olist"},
		"created:today":                          {From: day("2026-05-23"), Until: day("2026-05-24")},
		"created:last-week":                      {From: day("2026-05-11"), Until: day("2026-05-18")},
		"created:last-month":                     {From: day("2026-04-01"), Until: day("2026-05-01")},
		"created:2026-05-01..2026-05-07":         {From: day("2026-05-01"), Until: day("2026-05-08")},
		"created:2026-05-01..":                   {From: day("2026-05-01")},
	}
	for text, want := range cases {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			got, err := shop.ParsePaymentSearch(text, shop.PaymentFilter{}, searchNow)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

func TestPaymentSearchNamesWhatItDoesNotUnderstand(t *testing.T) {
	t.Parallel()
	cases := map[string][]string{
		"vip:yes":                        {`"vip"`, "amount", "created"},
		"vip:yes colour:red":             {`"vip"`, `"colour"`},
		"status:paid":                    {"status:paid", "paid"},
		"amount:many":                    {"amount:many", ">100"},
		"amount:20..10":                  {"smaller"},
		"amount:>":                       {"amount:>"},
		"created:someday":                {"created:someday", "last-week"},
		"created:2026-05-07..2026-05-01": {"first day"},
		"created:2026-02-30":             {"created:2026-02-30"},
		"currency:XXX":                   {"ISO 4217"},
		"order:nonsense":                 {"not an order number"},
		"6XKQ3-M8ZT-4P":                  {"mistyped"},
		"last4:12":                       {"last four"},
		"status:":                        {"needs a value"},
		"99999999999999999999":           {"whole number"},
		strings.Repeat("a", 201):         {"at most 200"},
		strings.Repeat("ref:a ", 21):     {"at most 20 words"},
	}
	for text, wants := range cases {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			_, err := shop.ParsePaymentSearch(text, shop.PaymentFilter{}, searchNow)
			if shop.CodeOf(err) != shop.CodeInvalid {
				t.Fatalf("%q is taken: %v", text, err)
			}
			for _, want := range wants {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q answers %q, which does not name %q", text, err, want)
				}
			}
		})
	}
}

func TestAmountRangeIsReadInTheUnitsOfEachCurrency(t *testing.T) {
	t.Parallel()
	cases := []struct {
		text     string
		currency shop.Currency
		in, out  []int64
	}{
		{">100", "USD", []int64{10001}, []int64{10000, 0}},
		{">=100", "JPY", []int64{100, 101}, []int64{99}},
		{"<0.01", "USD", []int64{0}, []int64{1}},
		{"<=99.5", "JPY", []int64{99}, []int64{100}},
		{">99.5", "JPY", []int64{100}, []int64{99}},
		{"1.5", "KWD", []int64{1500}, []int64{1499, 1501}},
		{"1.5", "JPY", nil, []int64{1, 2}},
		{"10..20", "USD", []int64{1000, 2000}, []int64{999, 2001}},
		{"..20", "USD", []int64{0, 2000}, []int64{2001}},
		{"0.0001..", "CLF", []int64{1}, []int64{0}},
	}
	for _, c := range cases {
		r, err := shop.ParseAmountRange(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		for _, minor := range c.in {
			if !r.Contains(shop.Amount{Minor: minor, Currency: c.currency}) {
				t.Errorf("%s lets %d %s out", c.text, minor, c.currency)
			}
		}
		for _, minor := range c.out {
			if r.Contains(shop.Amount{Minor: minor, Currency: c.currency}) {
				t.Errorf("%s lets %d %s in", c.text, minor, c.currency)
			}
		}
	}
}

// Whatever is typed, the parser answers with a filter or a refusal and never dies.
func TestPaymentSearchTakesAnything(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`(amount|status|created|order|last4):[<>=.0-9a-z,-]{0,24}`)).Draw(t, "text")
		if _, err := shop.ParsePaymentSearch(text, shop.PaymentFilter{}, searchNow); err != nil && shop.CodeOf(err) != shop.CodeInvalid {
			t.Fatalf("%q: %v", text, err)
		}
	})
}
