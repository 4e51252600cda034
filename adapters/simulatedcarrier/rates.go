package simulatedcarrier

import (
	"context"
	"time"

	"waybill/shop"
)

// What the carrier takes.
const (
	maxGrams = 31_500
	maxSide  = 1_200 // millimetres
	// dimDivisor turns cubic millimetres into the grams that a light but bulky parcel is priced at (5,000 cm³ per kg).
	dimDivisor = 5_000
)

// service is one way to send something. Prices are hundredths of a US dollar.
type service struct {
	code, name      string
	days            int
	base, perKilo   int64
	farFactor       int64 // in percent, for the far zone
	domesticOnly    bool
	daysMoreFarAway int
}

var services = []service{
	{code: "economy", name: "Economy", days: 5, base: 390, perKilo: 80, farFactor: 260, daysMoreFarAway: 7},
	{code: "standard", name: "Standard", days: 3, base: 590, perKilo: 110, farFactor: 280, daysMoreFarAway: 4},
	{code: "express", name: "Express", days: 1, base: 1490, perKilo: 240, farFactor: 300, daysMoreFarAway: 2},
}

// near are the countries of the carrier's home zone.
var near = map[string]bool{
	"US": true, "CA": true, "DE": true, "AT": true, "NL": true, "BE": true, "FR": true, "LU": true, "GB": true, "IE": true, "DK": true, "ES": true, "IT": true, "PT": true, "PL": true,
}

// perDollar is about what a US dollar is in minor units of other currencies; the carrier prices in what it is asked in.
var perDollar = map[shop.Currency]int64{"USD": 100, "EUR": 92, "GBP": 79, "CAD": 137, "CHF": 88, "JPY": 150, "BRL": 540, "KWD": 307, "SEK": 1050, "DKK": 690, "PLN": 400, "AUD": 152}

// Rates are the services that take a parcel, the cheapest first.
func (c *Carrier) Rates(_ context.Context, parcel shop.Consignment) ([]shop.Rate, error) {
	var rates []shop.Rate
	for _, s := range services {
		if rate, offered := s.rate(parcel, c.now()); offered {
			rates = append(rates, rate)
		}
	}
	return rates, nil
}

// rateOf is the rate of one service.
func rateOf(parcel shop.Consignment, code string, now time.Time) (shop.Rate, bool) {
	for _, s := range services {
		if s.code == code {
			return s.rate(parcel, now)
		}
	}
	return shop.Rate{}, false
}

func (s service) rate(parcel shop.Consignment, now time.Time) (shop.Rate, bool) {
	if parcel.WeightGrams < 1 || parcel.WeightGrams > maxGrams || max(parcel.LengthMM, parcel.WidthMM, parcel.HeightMM) > maxSide {
		return shop.Rate{}, false
	}
	grams := max(parcel.WeightGrams, int64(parcel.LengthMM)*int64(parcel.WidthMM)*int64(parcel.HeightMM)/dimDivisor)
	cents, days := s.base+s.perKilo*((grams+999)/1000), s.days
	if !near[parcel.To.Country] {
		cents, days = cents*s.farFactor/100, days+s.daysMoreFarAway
	}
	minor, known := perDollar[parcel.Currency]
	if !known {
		minor, parcel.Currency = 100, "USD"
	}
	return shop.Rate{Service: s.code, Name: s.name, Cost: shop.Amount{Minor: (cents*minor + 99) / 100, Currency: parcel.Currency}, EtaAt: arrival(now, days)}, true
}

// arrival is the evening of the working day that many days on.
func arrival(now time.Time, days int) time.Time {
	day := now.UTC().Truncate(24 * time.Hour)
	for days > 0 {
		day = day.AddDate(0, 0, 1)
		if day.Weekday() != time.Saturday && day.Weekday() != time.Sunday {
			days--
		}
	}
	return day.Add(18 * time.Hour)
}
