package shop

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Limits of merchants and of the places where their stock lies.
const (
	MaxMerchantName     = 200
	MaxMerchantSlug     = 80
	MaxLocations        = 50 // of one merchant
	MaxLocationCode     = 20
	MaxLocationName     = 100
	MaxLocationPriority = 1000
)

// What a new merchant has unless somebody says otherwise.
const (
	DefaultTimeZone = "UTC"
	DefaultLocation = "MAIN"
)

// NoSuchTimeZone is what people read who misspell one.
const NoSuchTimeZone = "There is no such time zone. Write its place, such as Europe/Berlin."

// NewMerchant asks for a merchant with the place where its stock lies at first: without one nothing can be sold.
type NewMerchant struct {
	Name         string
	Slug         string // the short name in addresses and on command lines; "": after the name
	Country      string // ISO 3166-1 alpha-2, or its English name
	TimeZone     string // IANA: its days begin and end there; "": DefaultTimeZone
	LocationCode string // "": DefaultLocation
	LocationName string // "": the code
}

// Clean returns the command without spaces around its texts, and with what was left open filled in.
func (n NewMerchant) Clean() NewMerchant {
	n.Name, n.Slug, n.TimeZone = oneLine(n.Name), strings.TrimSpace(n.Slug), strings.TrimSpace(n.TimeZone)
	if n.Slug == "" {
		n.Slug = Slug(n.Name, MaxMerchantSlug)
	}
	n.Country = strings.TrimSpace(n.Country)
	if country, err := FindCountry(n.Country); err == nil {
		n.Country = country.Code
	}
	if n.TimeZone == "" {
		n.TimeZone = DefaultTimeZone
	}
	if strings.TrimSpace(n.LocationCode) == "" {
		n.LocationCode = DefaultLocation
	}
	first := n.First().Clean()
	n.LocationCode, n.LocationName = first.Code, first.Name
	return n
}

// First is the first location of the merchant.
func (n NewMerchant) First() StockLocation {
	return StockLocation{Location: Location{Code: n.LocationCode, Name: n.LocationName}, Priority: 1}
}

// Check refuses, with CodeInvalid and every field named at once, what needs no look at the other merchants.
func (n NewMerchant) Check() error {
	var fields []FieldError
	refuse := func(field, message string) {
		if message != "" {
			fields = append(fields, FieldError{field, message})
		}
	}
	refuse("name", refuseText(n.Name, "Enter the name of the merchant.", MaxMerchantName))
	refuse("slug", refuseMerchantSlug(n))
	if _, err := FindCountry(n.Country); err != nil {
		refuse("country", "Choose a country, such as DE or Germany.")
	}
	if !isTimeZone(n.TimeZone) {
		refuse("timeZone", NoSuchTimeZone)
	}
	refuse("location", refuseLocationCode(n.LocationCode))
	refuse("locationName", refuseText(n.LocationName, "Give the location a name.", MaxLocationName))
	if fields != nil {
		return InvalidFields(fields...)
	}
	return nil
}

func refuseMerchantSlug(n NewMerchant) string {
	switch {
	case n.Name == "" && n.Slug == "":
		return "" // it is made of the name, which is asked for
	case n.Slug == "":
		return "Enter a short name: the name has no letters a to z that one could be made of."
	case len(n.Slug) > MaxMerchantSlug:
		return fmt.Sprintf("The short name can have at most %d characters.", MaxMerchantSlug)
	case n.Slug != Slug(n.Slug, MaxMerchantSlug):
		return "A short name has lower-case letters a to z, digits, and single dashes between them, such as leaf-co."
	}
	return ""
}

// isTimeZone tells whether a name is that of a zone of the world, and not of this machine's own.
func isTimeZone(name string) bool {
	_, err := time.LoadLocation(name)
	return err == nil && name != "" && name != "Local"
}

// StockLocation is a place where a merchant's stock lies. The lower Priority ships first.
type StockLocation struct {
	Location
	MerchantID int64
	Priority   int
}

// Clean returns the location without spaces around its texts, its code in capitals, and with a name.
func (l StockLocation) Clean() StockLocation {
	l.Code, l.Name = strings.ToUpper(strings.TrimSpace(l.Code)), oneLine(l.Name)
	if l.Name == "" {
		l.Name = l.Code
	}
	return l
}

// Check refuses, as CodeInvalid with every field named, what no location can be. The code of one that exists stays as it
// is, so it is not looked at again.
func (l StockLocation) Check() error {
	var fields []FieldError
	if message := refuseLocationCode(l.Code); message != "" && l.ID == 0 {
		fields = append(fields, FieldError{"code", message})
	}
	if message := refuseText(l.Name, "Give the location a name.", MaxLocationName); message != "" && (l.Code != "" || l.ID != 0) {
		fields = append(fields, FieldError{"name", message})
	}
	if l.Priority < 1 || l.Priority > MaxLocationPriority {
		fields = append(fields, FieldError{"priority", fmt.Sprintf("Enter a whole number from 1, which ships first, to %d.", MaxLocationPriority)})
	}
	if fields != nil {
		return InvalidFields(fields...)
	}
	return nil
}

func refuseLocationCode(code string) string {
	allowed := func(r rune) bool { return r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' }
	switch {
	case code == "":
		return "Enter a short code, such as MAIN."
	case len(code) > MaxLocationCode:
		return fmt.Sprintf("The code can have at most %d characters.", MaxLocationCode)
	case strings.ContainsFunc(code, func(r rune) bool { return !allowed(r) }):
		return "A code has letters A to Z, digits and dashes, such as MAIN."
	}
	return ""
}

// refuseText refuses a text that is empty or too long.
func refuseText(text, missing string, limit int) string {
	switch n := utf8.RuneCountInString(text); {
	case n == 0:
		return missing
	case n > limit:
		return fmt.Sprintf("The name can have at most %d characters; this one has %d.", limit, n)
	}
	return ""
}

// MerchantFigures is a merchant as an administrator sees it in a list.
type MerchantFigures struct {
	ID        int64
	Slug      string
	Name      string
	Country   string
	TimeZone  string
	Staff     int64 // accounts that can sign in
	Locations int64
	Products  int64
}
