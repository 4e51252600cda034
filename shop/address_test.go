package shop

import (
	"strings"
	"testing"
)

func validAddress() Address {
	return Address{Name: "Ada Buyer", Line1: "1 Main St", City: "Oakland", Region: "CA", PostalCode: "94601", Country: "US"}
}

func TestAddressCheckNamesTheField(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ü", 256)
	cases := []struct {
		name   string
		change func(*Address)
		field  string // "" is fine
	}{
		{"as it is", func(*Address) {}, ""},
		{"no name", func(a *Address) { a.Name = " \t" }, "name"},
		{"long name", func(a *Address) { a.Name = long }, "name"},
		{"name at the limit", func(a *Address) { a.Name = long[:2*255] }, ""},
		{"no street", func(a *Address) { a.Line1 = "" }, "line1"},
		{"long second line", func(a *Address) { a.Line2 = long }, "line2"},
		{"no city", func(a *Address) { a.City = "" }, "city"},
		{"no postal code", func(a *Address) { a.PostalCode = "" }, "postal_code"},
		{"not a ZIP code", func(a *Address) { a.PostalCode = "9460" }, "postal_code"},
		{"full-width ZIP code", func(a *Address) { a.PostalCode = "９４６０１" }, "postal_code"},
		{"ZIP+4", func(a *Address) { a.PostalCode = "94601-1804" }, ""},
		{"no such state", func(a *Address) { a.Region = "Bavaria" }, "region"},
		{"state by name", func(a *Address) { a.Region = "new york" }, ""},
		{"no state elsewhere", func(a *Address) { a.Country, a.Region, a.PostalCode = "DE", "", "10115" }, ""},
		{"long postal code elsewhere", func(a *Address) { a.Country, a.PostalCode = "DE", strings.Repeat("1", 21) }, "postal_code"},
		{"no country", func(a *Address) { a.Country = "" }, "country"},
		{"no such country", func(a *Address) { a.Country = "XX" }, "country"},
		{"phone", func(a *Address) { a.Phone = "+1 (510) 555-0100" }, ""},
		{"not a phone", func(a *Address) { a.Phone = "call me" }, "phone"},
	}
	for _, tt := range cases {
		address := validAddress()
		tt.change(&address)
		err := address.Clean().Check()
		var field string
		if known, ok := err.(*Error); ok {
			field = known.Fields[0].Field
		}
		if field != tt.field {
			t.Errorf("%s: %v, want field %q", tt.name, err, tt.field)
		}
	}
}

func TestAddressCheckNamesAllFieldsAtOnce(t *testing.T) {
	t.Parallel()
	known, ok := Address{}.Check().(*Error)
	if !ok || len(known.Fields) != 5 {
		t.Errorf("%+v", known)
	}
}

func TestCleanAddressesAreTaxedAlike(t *testing.T) {
	t.Parallel()
	for _, region := range []string{"ca", " California ", "CALIFORNIA", "CA"} {
		a := validAddress()
		a.Region, a.Country = region, " us"
		if got := a.Clean().Destination(); got != (Destination{"US", "CA"}) {
			t.Errorf("%q goes to %+v", region, got)
		}
	}
	saoPaulo := Address{Region: "sp", Country: "br", PostalCode: "01310-100"}.Clean()
	if saoPaulo.Region != "SP" || saoPaulo.Country != "BR" {
		t.Errorf("%+v", saoPaulo)
	}
}

func TestCountriesAreAllOfISO3166(t *testing.T) {
	t.Parallel()
	all := Countries()
	seen := map[string]bool{}
	for i, c := range all {
		if len(c.Code) != 2 || c.Name == "" || seen[c.Code] || (i > 0 && sortName(all[i-1].Name) > sortName(c.Name)) {
			t.Errorf("%d: %+v", i, c)
		}
		seen[c.Code] = true
	}
	if len(all) != 249 || CountryName("AX") != "Åland Islands" || CountryName("ZZ") != "ZZ" {
		t.Errorf("%d countries, AX is %q", len(all), CountryName("AX"))
	}
}

func TestAnAddressReadsAsItsCountryWritesIt(t *testing.T) {
	t.Parallel()
	for want, a := range map[string]Address{
		"Ada Buyer|1 Main St|Oakland, CA 94601|United States": validAddress(),
		"Jan|Weg 1|10115 Berlin|Germany":                      {Name: "Jan", Line1: "Weg 1", City: "Berlin", PostalCode: "10115", Country: "DE"},
		"Kim|1 Mall|Flat 2|London SW1A 1AA|United Kingdom":    {Name: "Kim", Line1: "1 Mall", Line2: "Flat 2", City: "London", PostalCode: "SW1A 1AA", Country: "GB"},
		"Ana|Rua 1|01310-100 São Paulo, SP|Brazil":            {Name: "Ana", Line1: "Rua 1", City: "São Paulo", Region: "SP", PostalCode: "01310-100", Country: "BR"},
		"Bo|Quay 1|Sydney 2000|Australia":                     {Name: "Bo", Line1: "Quay 1", City: "Sydney", PostalCode: "2000", Country: "AU"},
		"Vi|Cork|Ireland":                                     {Name: "Vi", City: "Cork", Country: "IE"},
	} {
		if got := strings.Join(a.Lines(), "|"); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
