package shop_test

import (
	"strings"
	"testing"

	"waybill/shop"
)

func TestParseSupportSearch(t *testing.T) {
	t.Parallel()
	order, err := shop.NewOrderID(searchNow, 7)
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]shop.SupportSearch{
		order.Number():           {Text: order.Number(), OrderID: order},
		" #" + order.Number():    {Text: "#" + order.Number(), OrderID: order},
		"42":                     {Text: "42", Number: 42},
		"99999999999999999999":   {Text: "99999999999999999999"},
		"ana@example.com":        {Text: "ana@example.com"},
		"  Ana   Silva ":         {Text: "Ana Silva"},
		"0034 0434 1610 9404 25": {Text: "0034 0434 1610 9404 25"},
	}
	for text, want := range cases {
		if got, err := shop.ParseSupportSearch(text); err != nil || got != want {
			t.Errorf("%q is read as %+v, %v, want %+v", text, got, err, want)
		}
	}
	if got, err := shop.ParseSupportSearch("6XKQ3-M8ZT-4P"); err != nil || !strings.Contains(got.Mistyped, "mistyped") || got.OrderID != 0 {
		t.Errorf("a mistyped number is read as %+v, %v", got, err)
	}
	for _, text := range []string{"", "   ", strings.Repeat("a", shop.MaxSearchLength+1)} {
		if _, err := shop.ParseSupportSearch(text); shop.CodeOf(err) != shop.CodeInvalid {
			t.Errorf("%q is taken: %v", text, err)
		}
	}
}

func TestOnlyLivingOrdersCanBeStuck(t *testing.T) {
	t.Parallel()
	stuck := map[shop.Status]bool{}
	for _, s := range shop.StuckStatuses() {
		stuck[s] = true
	}
	for _, s := range shop.Statuses() {
		if (shop.StuckLimit(s) > 0) != stuck[s] {
			t.Errorf("an order can be stuck %s: %t, its limit is %v", s, stuck[s], shop.StuckLimit(s))
		}
	}
}
