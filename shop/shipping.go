package shop

// ShippingRate is what a merchant asks for sending an order that weighs at least FromWeightGrams and whose goods are listed
// at FromSubtotalMinor or more. An empty Country is anywhere.
type ShippingRate struct {
	MerchantID        int64
	Country           string
	Currency          Currency
	FromWeightGrams   int64
	FromSubtotalMinor int64
	PriceMinor        int64
}

// ShippingChoice is how the price of shipping came about.
type ShippingChoice struct {
	Rate        ShippingRate // the zero rate when the merchant has none: shipping is free
	WeightGrams int64        // of all units
	ListedMinor int64        // the goods before discounts and exclusive taxes
}

// Found tells whether a rate of the merchant was applied.
func (c ShippingChoice) Found() bool { return c.Rate.MerchantID != 0 }

// chooseShipping is the rule: the rates for the country come before those for anywhere; of those that the order reaches,
// the heaviest band of weight counts, and in it the band with the highest subtotal. A merchant without a rate that fits
// ships free.
func (c *Catalog) chooseShipping(merchantID int64, currency Currency, country string, choice ShippingChoice) ShippingChoice {
	for _, r := range c.ShippingRates {
		reached := r.FromSubtotalMinor <= choice.ListedMinor && r.FromWeightGrams <= choice.WeightGrams
		if r.MerchantID != merchantID || r.Currency != currency || !reached || (r.Country != country && r.Country != "") {
			continue
		}
		if !choice.Found() || r.beats(choice.Rate) {
			choice.Rate = r
		}
	}
	return choice
}

func (r ShippingRate) beats(other ShippingRate) bool {
	switch {
	case (r.Country == "") != (other.Country == ""):
		return r.Country != ""
	case r.FromWeightGrams != other.FromWeightGrams:
		return r.FromWeightGrams > other.FromWeightGrams
	}
	return r.FromSubtotalMinor > other.FromSubtotalMinor
}
