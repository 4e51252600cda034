package views

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"waybill/shop"
	"waybill/views/format"
	"waybill/views/ui"
)

// TaxForm is a rate of tax as it was typed.
type TaxForm struct{ Country, Region, Category, Name, Rate, From string }

// TaxesModel is the rates of tax.
type TaxesModel struct {
	Rates []shop.StoredTaxRate
	Form  TaxForm
	Now   time.Time
}

// TaxEndModel is a rate of tax that is to end.
type TaxEndModel struct {
	Rate  shop.StoredTaxRate
	Rates []shop.StoredTaxRate
	Now   time.Time
}

func (m TaxEndModel) ended() bool     { return m.Rate.State(m.Now) == shop.PricePast }
func (m TaxEndModel) scheduled() bool { return m.Rate.State(m.Now) == shop.PriceScheduled }

func (m TaxEndModel) title() string {
	if m.scheduled() {
		return "Take back this rate?"
	}
	return "End this rate?"
}

func (m TaxEndModel) button() string {
	if m.scheduled() {
		return "Take the rate back"
	}
	return "End the rate now"
}

// consequence says how the goods are taxed afterwards: a region falls back to its country, a country to nothing.
func (m TaxEndModel) consequence() string {
	if m.scheduled() {
		return "It will not begin. What is in force stays as it is."
	}
	for _, r := range m.Rates {
		if m.Rate.Region != "" && r.Region == "" && r.Country == m.Rate.Country && r.Category == m.Rate.Category && r.State(m.Now) == shop.PriceCurrent {
			return "From this moment the rate of the whole country applies: " + format.Rate(r.RatePPM) + "."
		}
	}
	return "From this moment such goods are sold there without tax."
}

// SettingsModel is the settings of the shop.
type SettingsModel struct {
	Rounding string
}

// ShippingForm is a shipping rate as it was typed.
type ShippingForm struct{ Service, Country, Currency, Weight, Subtotal, Price string }

// ShippingModel is what a merchant asks for shipping.
type ShippingModel struct {
	Rates      []shop.StoredShippingRate
	Services   []shop.ShipService
	Currencies []shop.Currency
	Form       ShippingForm
}

// serviceOptions are the services that a rate can be for.
func (m ShippingModel) serviceOptions() []ui.Option {
	options := []ui.Option{{Value: "", Label: shop.StandardServiceName}}
	for _, s := range m.Services {
		options = append(options, ui.Option{Value: strconv.FormatInt(s.ID, 10), Label: s.Name})
	}
	return options
}

// currency is the one of a rate unless another is typed.
func (m ShippingModel) currency() string {
	if m.Form.Currency != "" || len(m.Currencies) != 1 {
		return m.Form.Currency
	}
	return string(m.Currencies[0])
}

// unrated are the services that no buyer is offered, because no rate says what they cost.
func (m ShippingModel) unrated() string {
	var names []string
	for _, s := range m.Services {
		if !slices.ContainsFunc(m.Rates, func(r shop.StoredShippingRate) bool { return r.Service.ID == s.ID }) {
			names = append(names, s.Name)
		}
	}
	return strings.Join(names, ", ")
}

// ratedService is what a service costs; a rateBand is what it costs to one place, from one weight on.
type (
	ratedService struct {
		name  string
		bands []rateBand
	}
	rateBand struct {
		country string
		grams   int64
		rates   []shop.StoredShippingRate
	}
)

// rated are the rates by service, place and weight, each in the order in which they come.
func (m ShippingModel) rated() []ratedService {
	var services []ratedService
	for _, r := range m.Rates {
		name := rateService(r)
		at := slices.IndexFunc(services, func(s ratedService) bool { return s.name == name })
		if at < 0 {
			at, services = len(services), append(services, ratedService{name: name})
		}
		services[at].add(r)
	}
	return services
}

func (s *ratedService) add(r shop.StoredShippingRate) {
	at := slices.IndexFunc(s.bands, func(b rateBand) bool { return b.country == r.Country && b.grams == r.FromWeightGrams })
	if at < 0 {
		at, s.bands = len(s.bands), append(s.bands, rateBand{country: r.Country, grams: r.FromWeightGrams})
	}
	s.bands[at].rates = append(s.bands[at].rates, r)
}

// removeRate names the rate that a button takes away, for those who hear the buttons one after the other.
func removeRate(r shop.StoredShippingRate) string {
	return "Remove " + format.Money(shop.Amount{Minor: r.PriceMinor, Currency: r.Currency}) + " for " + rateService(r) + " to " + placeOf(r.Country, "")
}

func rateService(r shop.StoredShippingRate) string {
	if r.Service.ID == 0 {
		return shop.StandardServiceName
	}
	return r.Service.Name
}

// DiscountForm is a discount as it was typed. Amounts and Minimums are by currency.
type DiscountForm struct {
	Key, Name, Code, Percent, From, Until, Limit, CustomerLimit string
	Amounts, Minimums                                           map[shop.Currency]string
}

// DiscountsModel is the discounts of a merchant, or of the shop.
type DiscountsModel struct {
	Discounts  []shop.Discount
	Currencies []shop.Currency
	Form       DiscountForm
	Now        time.Time
	Action     string             // where the form goes
	EndURL     func(int64) string // where a discount is ended
	OfShop     bool
}

// ruleBadge says whether a rule applies.
func ruleBadge(state shop.PriceState) ui.Badge {
	switch state {
	case shop.PriceCurrent:
		return ui.Badge{Word: "In force", Tone: ui.ToneSuccess, Icon: ui.IconDone}
	case shop.PriceScheduled:
		return ui.Badge{Word: "Scheduled", Tone: ui.ToneInfo, Icon: ui.IconCalendar}
	}
	return ui.Badge{Word: "Ended", Tone: ui.ToneNeutral, Icon: ui.IconHistory}
}

// rulePlaces are all countries, after one for what has none.
func rulePlaces(none string) []ui.Option {
	options := []ui.Option{{Value: "", Label: none}}
	for _, c := range shop.Countries() {
		options = append(options, ui.Option{Value: c.Code, Label: c.Name})
	}
	return options
}

// placeOf is where a rule holds.
func placeOf(country, region string) string {
	switch {
	case country == "":
		return "Anywhere else"
	case region == "":
		return shop.CountryName(country)
	}
	return shop.CountryName(country) + ", " + region
}

// weightFrom is the band of weight that a rate begins.
func weightFrom(grams int64) string {
	if grams == 0 {
		return "any"
	}
	return "from " + Weight(grams)
}

// takesOff says what a discount takes off.
func takesOff(d shop.Discount) string {
	if d.PercentPPM > 0 {
		return format.Rate(d.PercentPPM)
	}
	return termsText(d, func(t shop.DiscountTerms) int64 { return t.AmountMinor })
}

// leastTotal says what the goods must come to; "" if it does not matter.
func leastTotal(d shop.Discount) string {
	return termsText(d, func(t shop.DiscountTerms) int64 { return t.MinTotalMinor })
}

// termsText lists an amount of the terms by currency, without those that are zero.
func termsText(d shop.Discount, of func(shop.DiscountTerms) int64) string {
	var parts []string
	for currency, terms := range d.Terms {
		if minor := of(terms); minor != 0 {
			parts = append(parts, format.Money(shop.Amount{Minor: minor, Currency: currency}))
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, " or ")
}

// usesText says how often a code was used and may be.
func usesText(d shop.Discount) string {
	if d.Code == "" {
		return "applies by itself"
	}
	text := strconv.FormatInt(d.Used, 10)
	if d.UsageLimit > 0 {
		text += " of " + strconv.FormatInt(d.UsageLimit, 10)
	}
	if d.CustomerLimit > 0 {
		text += ", " + strconv.FormatInt(d.CustomerLimit, 10) + " per customer"
	}
	return text
}
