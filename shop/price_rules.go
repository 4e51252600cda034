package shop

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Limits of the lists behind prices. What is not shown any more still applies.
const (
	MaxShownTaxRates     = 1_000
	MaxShownDiscounts    = 200
	MaxShippingRates     = 200 // of one merchant
	MaxRuleName          = 80  // characters
	MaxShippingBandGrams = 1_000_000_000
	maxTaxCategory       = 40
	percentDigits        = 4 // of a percentage; more would be less than one part per million
)

// Origin is who asked for something and in which request, for the audit log.
type Origin struct {
	Actor     Actor
	RequestID string
}

// ParsePercent reads a percentage such as "10.75" as parts per million, exactly.
func ParsePercent(s string) (ppm int64, err error) {
	text := strings.TrimSpace(strings.TrimSuffix(strings.Trim(s, asciiSpace), "%"))
	whole, fraction, hasPoint := strings.Cut(text, ".")
	if !isDigits(whole) || (hasPoint && !isDigits(fraction)) || len(fraction) > percentDigits {
		return 0, invalid("Enter a percentage such as 7.5, with at most four decimals.")
	}
	ppm, err = strconv.ParseInt(whole+fraction+strings.Repeat("0", percentDigits-len(fraction)), 10, 64)
	if err != nil || ppm > ppmScale {
		return 0, invalid("A percentage is at most 100.")
	}
	return ppm, nil
}

// StoredTaxRate is a rate of tax as it is kept: with its name and the time that it applies.
type StoredTaxRate struct {
	TaxRate
	ID    int64
	Name  string
	From  time.Time
	Until time.Time // zero: until it is ended or followed by another
}

// State is where the rate stands at a moment.
func (r StoredTaxRate) State(now time.Time) PriceState {
	return SKUPrice{From: r.From, Until: r.Until}.State(now)
}

// Clean is the rate as it is compared: places and categories have one way to write them.
func (r StoredTaxRate) Clean() StoredTaxRate {
	r.Country = strings.ToUpper(strings.TrimSpace(r.Country))
	r.Region = Address{Country: r.Country, Region: r.Region}.Clean().Region
	r.Category = strings.ToLower(strings.TrimSpace(r.Category))
	r.Name = strings.Join(strings.Fields(r.Name), " ")
	return r
}

// Check refuses a rate that cannot be added at a moment. It should be Clean; a zero From is now.
func (r StoredTaxRate) Check(now time.Time) error {
	var fields []FieldError
	if !knownCountry(r.Country) {
		fields = append(fields, FieldError{"country", "Choose the country"})
	}
	if utf8.RuneCountInString(r.Region) > maxAddressCity {
		fields = append(fields, FieldError{"region", fmt.Sprintf("The region can have at most %d characters.", maxAddressCity)})
	}
	if r.Category == "" || len(r.Category) > maxTaxCategory {
		fields = append(fields, FieldError{"category", "Name the category of goods, such as standard"})
	}
	if problem := nameProblem(r.Name); problem != "" {
		fields = append(fields, FieldError{"name", problem})
	}
	if r.RatePPM < 0 || r.RatePPM > MaxTaxRatePPM {
		fields = append(fields, FieldError{"rate", "The rate must be between 0 % and 100 %."})
	}
	if !r.From.IsZero() && (r.From.Before(now) || r.From.After(now.Add(MaxPriceAhead))) {
		fields = append(fields, FieldError{"from", "The rate begins today or later, at most three years ahead: orders that were placed keep theirs."})
	}
	if fields != nil {
		return InvalidFields(fields...)
	}
	return nil
}

func nameProblem(name string) string {
	switch n := utf8.RuneCountInString(name); {
	case n == 0:
		return "Enter a name that people will read"
	case n > MaxRuleName:
		return fmt.Sprintf("The name can have at most %d characters.", MaxRuleName)
	}
	return ""
}

func knownCountry(code string) bool {
	return slices.ContainsFunc(countries, func(c Country) bool { return c.Code == code })
}

// ParseRounding reads how halves are rounded.
func ParseRounding(s string) (Rounding, error) {
	if r := Rounding(s); r == HalfUp || r == HalfEven {
		return r, nil
	}
	return "", Invalid("rounding", "Choose how halves are rounded")
}

// StoredShippingRate is a rate as it is kept.
type StoredShippingRate struct {
	ShippingRate
	ID int64
}

// Check refuses a rate that cannot be added.
func (r ShippingRate) Check() error {
	var fields []FieldError
	if r.Country != "" && !knownCountry(r.Country) {
		fields = append(fields, FieldError{"country", "Choose the country, or anywhere"})
	}
	if r.FromWeightGrams < 0 || r.FromWeightGrams > MaxShippingBandGrams {
		fields = append(fields, FieldError{"weight", "The weight must be between 0 and 1,000,000 kg."})
	}
	for field, minor := range map[string]int64{"subtotal": r.FromSubtotalMinor, "price": r.PriceMinor} {
		if minor < 0 || minor > MaxPriceMinor {
			fields = append(fields, FieldError{field, "This amount is below zero or too large."})
		}
	}
	if fields != nil {
		return InvalidFields(fields...)
	}
	return nil
}

// ParseKilograms reads a weight such as "2.5" in kilograms as grams, exactly.
func ParseKilograms(s string) (grams int64, err error) {
	whole, fraction, hasPoint := strings.Cut(strings.Trim(s, asciiSpace), ".")
	if !isDigits(whole) || len(whole) > 9 || (hasPoint && !isDigits(fraction)) || len(fraction) > 3 {
		return 0, invalid("Enter a weight in kilograms such as 2.5.")
	}
	return strconv.ParseInt(whole+fraction+strings.Repeat("0", 3-len(fraction)), 10, 64)
}

// Check refuses a discount that cannot be added at a moment. A zero From is now.
func (d Discount) Check(now time.Time) error {
	var fields []FieldError
	refuse := func(bad bool, field, message string) {
		if bad {
			fields = append(fields, FieldError{field, message})
		}
	}
	refuse(nameProblem(d.Name) != "", "name", nameProblem(d.Name))
	amounts := 0
	for currency, terms := range d.Terms {
		refuse(terms.AmountMinor < 0 || terms.AmountMinor > MaxPriceMinor, "amount-"+string(currency), "This amount is below zero or too large.")
		refuse(terms.MinTotalMinor < 0 || terms.MinTotalMinor > MaxPriceMinor, "min-"+string(currency), "This amount is below zero or too large.")
		if terms.AmountMinor > 0 {
			amounts++
		}
	}
	refuse(d.PercentPPM < 0 || d.PercentPPM > ppmScale, "percent", "The share must be above 0 % and at most 100 %.")
	refuse(d.PercentPPM == 0 && amounts == 0, "percent", "Enter a share or an amount in at least one currency")
	refuse(d.PercentPPM > 0 && amounts > 0, "percent", "Enter a share or amounts, not both")
	refuse(!d.From.IsZero() && d.From.Before(now), "from", "The discount begins today or later.")
	refuse(!d.Until.IsZero() && !d.Until.After(now), "until", "The last day must be today or later.")
	refuse(!d.From.IsZero() && !d.Until.IsZero() && !d.Until.After(d.From), "until", "The last day must not be before the first.")
	refuse(d.UsageLimit < 0 || d.CustomerLimit < 0, "limit", "A limit is a whole number above zero.")
	refuse(d.Code == "" && (d.UsageLimit > 0 || d.CustomerLimit > 0), "limit", "Only a discount with a code can be limited: its uses are counted.")
	if fields != nil {
		return InvalidFields(fields...)
	}
	return nil
}
