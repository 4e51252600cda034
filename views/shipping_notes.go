package views

import (
	"strconv"

	"waybill/shop"
	"waybill/views/format"
)

// ShippingNotes say for each seller how the price of shipping came about.
func ShippingNotes(cart shop.QuotedCart, country string) []string {
	notes := make([]string, len(cart.Quote.Orders))
	for i, order := range cart.Quote.Orders {
		notes[i] = shippingNote(merchantName(cart.Cart, order.MerchantID), country, order.Shipping, cart.Currency)
	}
	return notes
}

func merchantName(cart shop.Cart, id int64) string {
	for _, line := range cart.Lines {
		if line.MerchantID == id {
			return line.MerchantName
		}
	}
	return ""
}

func shippingNote(merchant, country string, choice shop.ShippingChoice, currency shop.Currency) string {
	if !choice.Found() {
		return merchant + " sends this free of charge."
	}
	money := func(minor int64) string { return format.Money(shop.Amount{Minor: minor, Currency: currency}) }
	to := "anywhere"
	if choice.Rate.Country != "" {
		to = "to " + shop.CountryName(country)
	}
	goods := "this"
	if choice.WeightGrams > 0 {
		goods = Weight(choice.WeightGrams)
	}
	note := merchant + " asks " + money(choice.Rate.PriceMinor) + " for sending " + goods + " " + to + withService(choice)
	if choice.Rate.FromWeightGrams > 0 {
		note += ", from " + Weight(choice.Rate.FromWeightGrams)
	}
	if choice.Rate.FromSubtotalMinor > 0 {
		note += ", with goods for " + money(choice.Rate.FromSubtotalMinor) + " or more"
	}
	return note + "."
}

func withService(choice shop.ShippingChoice) string {
	if choice.Rate.Service.ID == 0 {
		return ""
	}
	return " with " + choice.ServiceName()
}

// Weight is grams for people: 850 g, 1.2 kg, 12 kg.
func Weight(grams int64) string {
	if grams < 1000 {
		return strconv.FormatInt(grams, 10) + " g"
	}
	return strconv.FormatFloat(float64((grams+50)/100)/10, 'f', -1, 64) + " kg"
}
