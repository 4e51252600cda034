package shop

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// StandardServiceName is what people call the service that every merchant has.
const StandardServiceName = "Standard"

// ShippingRate is what a merchant asks for sending an order with a service, if it weighs at least FromWeightGrams and its
// goods are listed at FromSubtotalMinor or more. An empty Country is anywhere.
type ShippingRate struct {
	MerchantID        int64
	Service           RatedService // the zero service is the standard
	Country           string
	Currency          Currency
	FromWeightGrams   int64
	FromSubtotalMinor int64
	PriceMinor        int64
}

// RatedService is the service that a rate is for.
type RatedService struct {
	ID             int64
	Name           string
	MaxWeightGrams int64 // of all units of an order; 0: any weight
}

// ShippingChoice is how an order is sent and how the price of that came about.
type ShippingChoice struct {
	Rate        ShippingRate // the zero rate when the merchant has none for the standard: shipping is free
	WeightGrams int64        // of all units
	ListedMinor int64        // the goods before discounts and exclusive taxes
}

// Found tells whether a rate of the merchant was applied.
func (c ShippingChoice) Found() bool { return c.Rate.MerchantID != 0 }

// ServiceName is what people call the chosen service.
func (c ShippingChoice) ServiceName() string { return cmp.Or(c.Rate.Service.Name, StandardServiceName) }

// ShippingOffer is a service that an order can be sent with.
type ShippingOffer struct {
	ServiceID  int64 // 0: the standard
	Name       string
	PriceMinor int64
	ShipBy     time.Time // by when it leaves if it is paid now, on the merchant's clock; zero: not worked out
}

// RefusedService is a service that was asked for and is not offered, and why.
type RefusedService struct {
	At      int // index in what was asked for
	Message string
}

// ParseShipServiceIDs reads the services of a checkout, at most one for each merchant. Errors name "shippingServiceIds[1]".
func ParseShipServiceIDs(ids []int64) ([]int64, error) {
	if len(ids) > MaxCheckoutItems {
		return nil, Invalid("shippingServiceIds", fmt.Sprintf("A checkout can have at most %d shipping services.", MaxCheckoutItems))
	}
	var fields []FieldError
	for i, id := range ids {
		if id <= 0 {
			fields = append(fields, FieldError{ServiceField(i), "There is no such shipping service."})
		} else if slices.Contains(ids[:i], id) {
			fields = append(fields, FieldError{ServiceField(i), "This shipping service is named twice."})
		}
	}
	if fields != nil {
		return nil, InvalidFields(fields...)
	}
	return ids, nil
}

// ServiceField names a service among those that were asked for.
func ServiceField(i int) string { return fmt.Sprintf("shippingServiceIds[%d]", i) }

// ship decides how the orders of a quote are sent: with the service that was asked for, if it is offered for what the order
// weighs and costs and where it goes, else with the standard. What is not offered is in quote.RefusedServices.
func (c *Catalog) ship(quote *Quote, asked QuoteRequest) {
	used := make([]bool, len(asked.ServiceIDs))
	for i := range quote.Orders {
		order := &quote.Orders[i]
		weigh(order)
		order.Shipping = c.chooseShipping(order.MerchantID, 0, asked.Currency, asked.To.Country, order.Shipping)
		at := slices.IndexFunc(asked.ServiceIDs, func(id int64) bool { return c.serviceOf(id, order.MerchantID) })
		if at >= 0 {
			used[at] = true
			c.shipWith(quote, order, asked, at)
		}
		if asked.WithOffers {
			order.Offers = c.offers(*order, asked)
		}
	}
	for i := range used {
		if !used[i] {
			quote.RefusedServices = append(quote.RefusedServices, RefusedService{i, "Nobody who sells this sends it like that, or another service of the same seller is chosen already."})
		}
	}
}

func (c *Catalog) shipWith(quote *Quote, order *QuotedOrder, asked QuoteRequest, at int) {
	choice := c.chooseShipping(order.MerchantID, asked.ServiceIDs[at], asked.Currency, asked.To.Country, ShippingChoice{WeightGrams: order.Shipping.WeightGrams, ListedMinor: order.Shipping.ListedMinor})
	if !choice.Found() {
		quote.RefusedServices = append(quote.RefusedServices, RefusedService{at, "This shipping service is not offered for what is ordered and where it goes."})
		return
	}
	order.Shipping = choice
}

// weigh fills in what the rates of an order go by.
func weigh(order *QuotedOrder) {
	for _, line := range order.Lines {
		if gross, ok := mulInt64(line.UnitPriceMinor, line.Quantity); ok {
			order.Shipping.ListedMinor, _ = addInt64(order.Shipping.ListedMinor, gross)
		}
		order.Shipping.WeightGrams += line.SKU.WeightGrams * line.Quantity
	}
}

// serviceOf tells whether a service is a merchant's. One without rates is nobody's.
func (c *Catalog) serviceOf(id, merchantID int64) bool {
	return slices.ContainsFunc(c.ShippingRates, func(r ShippingRate) bool { return r.Service.ID == id && r.MerchantID == merchantID })
}

// offers are the services that an order can be sent with, the standard first, then by price.
func (c *Catalog) offers(order QuotedOrder, asked QuoteRequest) []ShippingOffer {
	var offers []ShippingOffer
	for _, r := range append([]ShippingRate{{MerchantID: order.MerchantID}}, c.ShippingRates...) {
		known := slices.ContainsFunc(offers, func(o ShippingOffer) bool { return o.ServiceID == r.Service.ID })
		if r.MerchantID != order.MerchantID || known {
			continue
		}
		goods := ShippingChoice{WeightGrams: order.Shipping.WeightGrams, ListedMinor: order.Shipping.ListedMinor}
		choice := c.chooseShipping(order.MerchantID, r.Service.ID, asked.Currency, asked.To.Country, goods)
		if r.Service.ID == 0 || choice.Found() {
			offers = append(offers, ShippingOffer{ServiceID: r.Service.ID, Name: choice.ServiceName(), PriceMinor: choice.Rate.PriceMinor})
		}
	}
	slices.SortStableFunc(offers, func(a, b ShippingOffer) int {
		return cmp.Or(compareBool(a.ServiceID != 0, b.ServiceID != 0), cmp.Compare(a.PriceMinor, b.PriceMinor), cmp.Compare(a.Name, b.Name))
	})
	return offers
}

// chooseShipping is the rule: the rates for the country come before those for anywhere; of those that the order reaches,
// the heaviest band of weight counts, and in it the band with the highest subtotal. A merchant without a rate that fits
// ships free with the standard, and not at all with another service.
func (c *Catalog) chooseShipping(merchantID, serviceID int64, currency Currency, country string, choice ShippingChoice) ShippingChoice {
	for _, r := range c.ShippingRates {
		reached := r.FromSubtotalMinor <= choice.ListedMinor && r.FromWeightGrams <= choice.WeightGrams
		tooHeavy := r.Service.MaxWeightGrams > 0 && choice.WeightGrams > r.Service.MaxWeightGrams
		if r.MerchantID != merchantID || r.Service.ID != serviceID || r.Currency != currency || !reached || tooHeavy || (r.Country != country && r.Country != "") {
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
