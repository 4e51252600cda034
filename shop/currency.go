package shop

import "strings"

// Currency is an ISO 4217 alphabetic code such as "USD", as ParseCurrency returns it.
type Currency string

// defaultExponent is that of most currencies.
const defaultExponent = 2

// isoCurrencies lists the active codes of ISO 4217 by their number of minor digits.
// Left out are the codes without a minor unit (metals, SDR, test codes): nothing can
// be priced in them.
var isoCurrencies = map[int]string{
	0: `BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF`,
	2: `AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP
		BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB
		EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES
		KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR
		MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD
		RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP
		TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG`,
	3: `BHD IQD JOD KWD LYD OMR TND`,
	4: `CLF UYW`,
}

var currencyExponents = indexCurrencies(isoCurrencies)

func indexCurrencies(byExponent map[int]string) map[Currency]int {
	index := make(map[Currency]int)
	for exponent, codes := range byExponent {
		for code := range strings.FieldsSeq(codes) {
			index[Currency(code)] = exponent
		}
	}
	return index
}

// ParseCurrency reads an ISO 4217 code in any case, with spaces around it. A code
// that is not active is CodeInvalid.
func ParseCurrency(s string) (Currency, error) {
	c := Currency(upperASCII(strings.TrimSpace(s)))
	if _, ok := currencyExponents[c]; !ok {
		return "", invalid("The currency must be an ISO 4217 code such as USD, EUR or JPY.")
	}
	return c, nil
}

// Exponent is the number of digits after the decimal point: 2 for USD, 0 for JPY,
// 3 for KWD. It is 2 for a code that ParseCurrency refuses.
func (c Currency) Exponent() int {
	if exponent, ok := currencyExponents[c]; ok {
		return exponent
	}
	return defaultExponent
}

// upperASCII leaves everything but a-z alone; strings.ToUpper would turn the long s
// of "uſd" into the S of USD.
func upperASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r - 'a' + 'A'
		}
		return r
	}, s)
}
