package shop

import (
	"maps"
	"slices"
	"testing"
)

func TestEveryCurrencyHasAName(t *testing.T) {
	t.Parallel()
	var named []Currency
	names := map[string]bool{}
	for _, c := range Currencies() {
		named = append(named, c.Currency)
		if c.Name == "" || names[c.Name] {
			t.Errorf("%s is called %q", c.Currency, c.Name)
		}
		names[c.Name] = true
	}
	if known := slices.Sorted(maps.Keys(currencyExponents)); !slices.Equal(named, known) {
		t.Errorf("named are %v, known %v", named, known)
	}
}

func TestFindCurrency(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Currency{"EUR": "EUR", " eur ": "EUR", "euro": "EUR", "Japanese Yen": "JPY", "kuwaiti dinar": "KWD"} {
		if got, err := FindCurrency(text); got != want || err != nil {
			t.Errorf("%q is %q, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "dinar", "XYZ", "EU", "EURO zone"} {
		if got, err := FindCurrency(text); CodeOf(err) != CodeInvalid {
			t.Errorf("%q is %q, %v", text, got, err)
		}
	}
}
