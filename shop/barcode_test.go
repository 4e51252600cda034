package shop

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestBarcodesOfAllForms(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct {
		code Barcode
		kind string
	}{
		"4006381333931":       {"4006381333931", "EAN-13"},
		" 4 006381-333931 ":   {"4006381333931", "EAN-13"},
		"96385074":            {"96385074", "EAN-8"},
		"036000291452":        {"036000291452", "UPC-A"},
		"10012345678902":      {"10012345678902", "GTIN-14"},
		"":                    {"", ""},
		"\t4006381333931\r\n": {"4006381333931", "EAN-13"},
	} {
		code, err := ParseBarcode(text)
		if err != nil || code != want.code || code.Kind() != want.kind {
			t.Errorf("%q: %q %q, %v", text, code, code.Kind(), err)
		}
	}
	if a, b := Barcode("036000291452").GTIN(), Barcode("0036000291452").GTIN(); a != b || len(a) != 14 {
		t.Errorf("a UPC and its EAN are %s and %s", a, b)
	}
}

func TestBarcodesThatAreNone(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"4006381333932":   "last digit would have to be 1",
		"96385075":        "last digit would have to be 4",
		"400638133393":    "last digit would have to be",
		"123":             "has 3",
		"123456789012345": "has 15",
		"40063813339AB":   "only digits",
		"４006381333931":   "only digits",
	} {
		_, err := ParseBarcode(text)
		if CodeOf(err) != CodeInvalid || !strings.Contains(messageOf(err), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, digits := range []string{"", "123456", "40063813339x", "4006381333931x"} {
		if _, err := WithCheckDigit(digits); CodeOf(err) != CodeInvalid {
			t.Errorf("%q: %v", digits, err)
		}
	}
}

// Whatever one digit is misread as, and whichever neighbours with a difference other than five change places, the check
// digit tells.
func TestCheckDigitsTellMisreadings(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		length := rapid.SampledFrom([]int{7, 11, 12, 13}).Draw(t, "length")
		code, err := WithCheckDigit(rapid.StringOfN(rapid.RuneFrom([]rune("0123456789")), length, length, -1).Draw(t, "digits"))
		if err != nil {
			t.Fatal(err)
		}
		if again, err := ParseBarcode(string(code)); err != nil || again != code {
			t.Fatalf("%s is read as %s, %v", code, again, err)
		}
		misread := []byte(code)
		at := rapid.IntRange(0, len(misread)-1).Draw(t, "at")
		misread[at] = '0' + (misread[at]-'0'+byte(rapid.IntRange(1, 9).Draw(t, "by")))%10
		if _, err := ParseBarcode(string(misread)); err == nil {
			t.Fatalf("%s is taken for %s", misread, code)
		}
	})
}
