package shop

import (
	"fmt"
	"strings"
	"unicode"
)

// Barcode is the GTIN that is printed on goods, as its digits: EAN-8, UPC-A, EAN-13 or GTIN-14 (GS1 General
// Specifications). "" is none.
type Barcode string

// gtinDigits is the length to which every GTIN can be padded; padded, the four forms are one number space.
const gtinDigits = 14

// ParseBarcode reads a barcode as people type it and scanners send it; spaces and dashes do not count. "" is no barcode.
// What has another length, other characters or a check digit that does not fit is CodeInvalid, with different messages.
func ParseBarcode(s string) (Barcode, error) {
	var digits strings.Builder
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			digits.WriteRune(r)
		case unicode.IsSpace(r) || unicode.Is(unicode.Pd, r):
		default:
			return "", invalid("A barcode has only digits. Leave the field empty when the goods have none.")
		}
	}
	code := digits.String()
	if code == "" {
		return "", nil
	}
	if !barcodeLength(len(code)) {
		return "", invalid(fmt.Sprintf("A barcode has 8, 12, 13 or 14 digits; %s has %d.", code, len(code)))
	}
	if want := barcodeCheckDigit(code[:len(code)-1]); code[len(code)-1] != want {
		return "", invalid(fmt.Sprintf("The barcode %s looks mistyped: its last digit would have to be %c.", code, want))
	}
	return Barcode(code), nil
}

func barcodeLength(digits int) bool {
	return digits == 8 || digits >= 12 && digits <= gtinDigits
}

// barcodeCheckDigit is the digit that belongs behind the others: from the right their weights are 3, 1, 3 and so on, and
// the weighted sum with it is a multiple of ten.
func barcodeCheckDigit(digits string) byte {
	sum := 0
	for i := range len(digits) {
		weight := 1
		if (len(digits)-i)%2 == 1 {
			weight = 3
		}
		sum += weight * int(digits[i]-'0')
	}
	return byte('0' + (10-sum%10)%10)
}

// WithCheckDigit makes a barcode of all its digits but the last. The digits must be 7, 11, 12 or 13.
func WithCheckDigit(digits string) (Barcode, error) {
	if strings.Trim(digits, "0123456789") != "" || !barcodeLength(len(digits)+1) {
		return "", invalid("A barcode has 7, 11, 12 or 13 digits before its check digit.")
	}
	return Barcode(digits + string(barcodeCheckDigit(digits))), nil
}

// GTIN is the barcode padded to 14 digits: equal for the same goods, whichever form was printed or sent.
func (b Barcode) GTIN() string {
	if b == "" {
		return ""
	}
	return strings.Repeat("0", gtinDigits-len(b)) + string(b)
}

// Kind is what the form of the barcode is called.
func (b Barcode) Kind() string {
	switch len(b) {
	case 8:
		return "EAN-8"
	case 12:
		return "UPC-A"
	case 13:
		return "EAN-13"
	case gtinDigits:
		return "GTIN-14"
	}
	return ""
}
