package views

import (
	"time"

	"waybill/shop"
)

// What a merchant chooses between, as the form sends it.
const (
	TaxAdded    = "added"    // tax is added to prices
	TaxIncluded = "included" // tax is taken out of prices
)

// MerchantTaxesModel is how a merchant's prices stand to taxes.
type MerchantTaxesModel struct {
	Included bool   // as it is now
	Chosen   string // TaxAdded or TaxIncluded, "" for neither
	Rates    []shop.StoredTaxRate
	Rounding shop.Rounding
	Currency shop.Currency // of the examples
	Now      time.Time
}

// current are the rates in force.
func (m MerchantTaxesModel) current() []shop.StoredTaxRate {
	var rates []shop.StoredTaxRate
	for _, r := range m.Rates {
		if r.State(m.Now) == shop.PriceCurrent {
			rates = append(rates, r)
		}
	}
	return rates
}

// taxExample is what an article at a round price comes to under a rate.
type taxExample struct{ price, tax, pays shop.Amount }

// examplePrice is the price of an example in whole units of its currency.
const examplePrice = 100

func (m MerchantTaxesModel) example(ratePPM int64) taxExample {
	price := int64(examplePrice)
	for range m.Currency.Exponent() {
		price *= 10
	}
	tax, pays := shop.TaxOf(price, ratePPM, m.Rounding), price
	if m.Included {
		tax = shop.TaxIncluded(price, ratePPM, m.Rounding)
	} else {
		pays += tax
	}
	return taxExample{price: m.amount(price), tax: m.amount(tax), pays: m.amount(pays)}
}

func (m MerchantTaxesModel) amount(minor int64) shop.Amount {
	return shop.Amount{Minor: minor, Currency: m.Currency}
}
