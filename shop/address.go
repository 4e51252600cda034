package shop

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxAddresses is how many addresses one customer can save.
const MaxAddresses = 50

// Limits of the parts of an address, in characters; the schema has the same.
const (
	maxAddressName   = 255
	maxAddressLine   = 255
	maxAddressCity   = 100
	maxAddressRegion = 100
	maxPostalCode    = 20
	maxPhone         = 40
)

// Clean returns the address without needless spaces and with codes in capitals, so that "ca " and "California" are taxed
// alike. It changes nothing that a carrier would print.
func (a Address) Clean() Address {
	for _, part := range []*string{&a.Name, &a.Line1, &a.Line2, &a.City, &a.Region, &a.PostalCode, &a.Country, &a.Phone} {
		*part = strings.Join(strings.Fields(*part), " ")
	}
	a.Country = strings.ToUpper(a.Country)
	a.PostalCode = strings.ToUpper(a.PostalCode)
	if code, ok := usState(a.Region); ok && a.Country == "US" {
		a.Region = code
	} else if utf8.RuneCountInString(a.Region) <= 3 {
		a.Region = strings.ToUpper(a.Region)
	}
	return a
}

// In these countries the town stands before the postal code (Universal Postal Union, S42); in those of the first list with
// the region between them.
var (
	regionBeforePostal = []string{"AU", "CA", "US"}
	townBeforePostal   = []string{"GB", "IE", "IN", "NZ", "SG", "TH", "ZA"}
)

// Lines is the address as carriers read it, without the phone: town, region and postal code in the order of their country,
// the country by its name. Empty parts are left out.
func (a Address) Lines() []string {
	lines := []string{a.Name, a.Line1, a.Line2, a.Locality(), CountryName(a.Country)}
	return slices.DeleteFunc(lines, func(line string) bool { return line == "" })
}

// Locality is the line of the town, with region and postal code where the country has them.
func (a Address) Locality() string {
	region := a.Region
	if region != "" {
		region = ", " + region
	}
	line := a.PostalCode + " " + a.City + region
	switch {
	case slices.Contains(regionBeforePostal, a.Country):
		line = a.City + region + " " + a.PostalCode
	case slices.Contains(townBeforePostal, a.Country):
		line = a.City + " " + a.PostalCode + region
	}
	return strings.Trim(line, " ,")
}

// Check refuses, with CodeInvalid and every field named at once, an address that no parcel would reach. Fields are named
// as in forms: "name", "line1", "city", "region", "postal_code", "country". The address should be Clean.
func (a Address) Check() error {
	var fields []FieldError
	refuse := func(field, problem string) {
		if problem != "" {
			fields = append(fields, FieldError{field, problem})
		}
	}
	refuse("name", textProblem("Enter the name of who receives the parcel", "The name", a.Name, maxAddressName))
	refuse("line1", textProblem("Enter the street and number", "The street and number", a.Line1, maxAddressLine))
	refuse("line2", lengthProblem("The second line", a.Line2, maxAddressLine))
	refuse("city", textProblem("Enter the town or city", "The town or city", a.City, maxAddressCity))
	refuse("region", a.regionProblem())
	refuse("postal_code", a.postalProblem())
	if !slices.ContainsFunc(countries, func(c Country) bool { return c.Code == a.Country }) {
		refuse("country", "Choose the country")
	}
	refuse("phone", a.phoneProblem())
	if fields != nil {
		return InvalidFields(fields...)
	}
	return nil
}

func (a Address) regionProblem() string {
	if a.Country == "US" {
		if _, ok := usState(a.Region); !ok {
			return "Enter the state, such as CA or California"
		}
	}
	return lengthProblem("The region", a.Region, maxAddressRegion)
}

func (a Address) postalProblem() string {
	if a.Country == "US" && !isZIP(a.PostalCode) {
		return "Enter a ZIP code, such as 94105 or 94105-1804"
	}
	return textProblem("Enter the postal code", "The postal code", a.PostalCode, maxPostalCode)
}

// isZIP knows ZIP and ZIP+4.
func isZIP(code string) bool {
	five, four, plus := strings.Cut(code, "-")
	return len(five) == 5 && isDigits(five) && (!plus || len(four) == 4 && isDigits(four))
}

func (a Address) phoneProblem() string {
	if strings.ContainsFunc(a.Phone, func(r rune) bool { return !unicode.IsDigit(r) && !strings.ContainsRune("+-()/. ", r) }) {
		return "The phone number may have digits, spaces and the signs + - ( ) / ."
	}
	return lengthProblem("The phone number", a.Phone, maxPhone)
}

func textProblem(missing, what, text string, limit int) string {
	if text == "" {
		return missing
	}
	return lengthProblem(what, text, limit)
}

func lengthProblem(what, text string, limit int) string {
	if utf8.RuneCountInString(text) > limit {
		return fmt.Sprintf("%s can have at most %d characters", what, limit)
	}
	return ""
}

// Destination is where the address is, as far as prices depend on it.
func (a Address) Destination() Destination { return Destination{Country: a.Country, Region: a.Region} }

// SameAs tells whether two addresses are one place for one receiver, whoever saved them and in whatever case.
func (a Address) SameAs(b Address) bool {
	return strings.EqualFold(a.Name, b.Name) && strings.EqualFold(a.Line1, b.Line1) && strings.EqualFold(a.Line2, b.Line2) &&
		strings.EqualFold(a.City, b.City) && strings.EqualFold(a.Region, b.Region) && a.PostalCode == b.PostalCode &&
		a.Country == b.Country && a.Phone == b.Phone
}
