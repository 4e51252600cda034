package shop

import "testing"

func TestParseCurrency(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]Currency{"USD": "USD", " eur\t": "EUR", "jPy": "JPY", "Kwd": "KWD"} {
		got, err := ParseCurrency(in)
		if err != nil || got != want {
			t.Errorf("ParseCurrency(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	refused := []string{
		"", "US", "USDD", "U D", "XXX", "XAU", "DEM", "ＵＳＤ",
		"u\u017fd",      // long s, whose upper case is S
		"\u0131nr", "$", // dotless i, whose upper case is I
	}
	for _, in := range refused {
		_, err := ParseCurrency(in)
		mustRefuse(t, err, CodeInvalid, "")
	}
}

func TestCurrencyExponents(t *testing.T) {
	t.Parallel()
	want := map[Currency]int{
		"USD": 2, "EUR": 2, "HUF": 2, "MGA": 2, "MRU": 2, "TWD": 2, "JPY": 0, "KRW": 0, "CLP": 0, "ISK": 0, "UGX": 0,
		"VND": 0, "KWD": 3, "BHD": 3, "TND": 3, "IQD": 3, "CLF": 4, "UYW": 4, "UYI": 0, "": 2,
	}
	for code, exponent := range want {
		if got := code.Exponent(); got != exponent {
			t.Errorf("%s has exponent %d, want %d", code, got, exponent)
		}
	}
	for code := range currencyExponents {
		if parsed, err := ParseCurrency(string(code)); err != nil || len(code) != 3 || parsed != code {
			t.Errorf("table entry %q does not parse as itself: %q, %v", code, parsed, err)
		}
	}
}
