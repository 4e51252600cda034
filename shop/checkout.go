package shop

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Limits of one checkout.
const (
	MaxCheckoutItems = 200              // different SKUs in one checkout
	HoldDuration     = 15 * time.Minute // how long placed, unpaid orders keep their stock (DESIGN: the payment window)
)

// PlaceItem is one wanted item. SKUID wins; ProductID serves for products with one SKU.
type PlaceItem struct {
	ProductID int64 `json:",omitempty"`
	SKUID     int64 `json:",omitempty"`
	Quantity  int64
}

// PlaceCommand asks to buy items for a customer, shipped to one of the customer's saved addresses.
type PlaceCommand struct {
	CustomerID        int64
	ShippingAddressID int64
	Currency          Currency
	Items             []PlaceItem
	DiscountCodes     []string // as ParseDiscountCodes returns them
	ShipServiceIDs    []int64  // as ParseShipServiceIDs returns them; merchants without one send with their standard
	// ExpectedTotalMinor, when set, is the total that the buyer was shown; another total is refused as a conflict.
	ExpectedTotalMinor *int64
	Source             string // "web" or "api"
	Actor              Actor
	RequestID          string
	Key                IdempotencyKey
}

// Check refuses what needs no look at the catalog. Fields are named as in the API: "items[0].quantity".
func (c PlaceCommand) Check() error {
	var fields []FieldError
	add := func(field, message string) { fields = append(fields, FieldError{field, message}) }
	if c.CustomerID <= 0 {
		add("userId", "Please name the customer.")
	}
	if c.ShippingAddressID <= 0 {
		add("shippingAddressId", "Please choose a delivery address.")
	}
	if len(c.Items) == 0 {
		add("items", "An order needs at least one item.")
	}
	if len(c.Items) > MaxCheckoutItems {
		add("items", fmt.Sprintf("A checkout can have at most %d different items.", MaxCheckoutItems))
		return InvalidFields(fields...)
	}
	for i, item := range c.Items {
		if item.SKUID <= 0 && item.ProductID <= 0 {
			add(itemField(i)+".skuId", "Please name a SKU or a product.")
		}
		if problem := quantityProblem(item.Quantity); problem != "" {
			add(itemField(i)+".quantity", problem)
		}
	}
	if fields != nil {
		return InvalidFields(fields...)
	}
	return nil
}

// PlacedCheckout is what placing came to: one order per merchant.
type PlacedCheckout struct {
	CheckoutID OrderID
	CustomerID int64
	Currency   Currency
	TotalMinor int64
	PlacedAt   time.Time
	ExpiresAt  time.Time
	Orders     []PlacedOrder
	Replayed   bool `json:"-"` // the answer to an earlier request with the same key
}

// PlacedOrder is one order of a placed checkout. Its status is pending.
type PlacedOrder struct {
	ID            OrderID
	MerchantID    int64
	SubtotalMinor int64
	TaxMinor      int64
	ShippingMinor int64
	DiscountMinor int64
	TotalMinor    int64
	Backordered   int64 `json:",omitempty"` // units that ship later, once they have come in
}

// CatalogSKU is what placing needs to know of a SKU at one moment.
type CatalogSKU struct {
	ID           int64
	ProductID    int64
	MerchantID   int64
	Code         string
	Name         string // product and variant, as the line will be called
	TaxCategory  string
	WeightGrams  int64
	Sellable     bool
	TaxInclusive bool
	Limits       SKULimits
	PriceMinor   map[Currency]int64
}

// TaxRate is the tax on a category of goods sent to a place, in parts per million. An empty Region is the whole country.
type TaxRate struct {
	Country  string
	Region   string
	Category string
	RatePPM  int64
}

// Catalog is the part of the catalog, tax and shipping tables that a group of checkouts needs, at one moment.
// Its zero value is empty.
type Catalog struct {
	At            time.Time
	Rounding      Rounding // of taxes and shares; "" is HalfUp
	TaxRates      []TaxRate
	ShippingRates []ShippingRate
	Discounts     []Discount // those without a code, and those that were asked for
	Uses          CustomerUses
	skus          map[int64]*CatalogSKU
	products      map[int64][]*CatalogSKU
}

// AddPrice makes a SKU known, with its price in one currency, or with none when currency is empty.
func (c *Catalog) AddPrice(sku CatalogSKU, currency Currency, priceMinor int64) {
	known := c.skus[sku.ID]
	if known == nil {
		if c.skus == nil {
			c.skus, c.products = map[int64]*CatalogSKU{}, map[int64][]*CatalogSKU{}
		}
		known = &sku
		known.PriceMinor = map[Currency]int64{}
		c.skus[sku.ID] = known
		c.products[sku.ProductID] = append(c.products[sku.ProductID], known)
	}
	if currency != "" {
		known.PriceMinor[currency] = priceMinor
	}
}

// MerchantIDs lists the merchants of the known SKUs, sorted.
func (c *Catalog) MerchantIDs() []int64 {
	var ids []int64
	for _, sku := range c.skus {
		ids = append(ids, sku.MerchantID)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// Destination is where an order goes, as far as prices depend on it.
type Destination struct{ Country, Region string }

// QuotedLine is a line with its snapshots, before and after it is placed.
type QuotedLine struct {
	SKU            *CatalogSKU
	UnitPriceMinor int64
	TaxRatePPM     int64
	PricedLine
}

// QuotedOrder is the part of a quote that one merchant will fulfil.
type QuotedOrder struct {
	MerchantID int64
	Lines      []QuotedLine
	Discounts  []AppliedDiscount // in the order they were taken off; they add up to DiscountMinor
	Shipping   ShippingChoice
	Offers     []ShippingOffer // if they were asked for; the standard first
	Priced
}

// Quote is a priced checkout: orders by merchant id, lines in the order they were asked for.
type Quote struct {
	Currency   Currency
	Orders     []QuotedOrder
	Refused    []RefusedCode // codes that were asked for and do not apply
	TotalMinor int64
	// RefusedServices were asked for and are not offered; their orders are sent with the standard.
	RefusedServices []RefusedService
}

// QuoteRequest asks what items cost, sent to a place.
type QuoteRequest struct {
	Items      []PlaceItem
	Currency   Currency
	To         Destination
	Codes      []string // as ParseDiscountCodes returns them
	CustomerID int64    // whose uses of codes count; zero: nobody's
	ServiceIDs []int64  // as ParseShipServiceIDs returns them
	WithOffers bool     // also say with which services each order can be sent
}

// Demands is what the quote takes from stock.
func (q Quote) Demands() []Demand {
	var demands []Demand
	for _, order := range q.Orders {
		for _, line := range order.Lines {
			demands = append(demands, Demand{SKUID: line.SKU.ID, Quantity: line.Quantity})
		}
	}
	return demands
}

// AddLimits puts the limits of the quote's SKUs into all, which is made for the first SKU that has any.
func (q Quote) AddLimits(all map[int64]SKULimits) map[int64]SKULimits {
	for _, order := range q.Orders {
		for _, line := range order.Lines {
			if line.SKU.Limits == (SKULimits{}) {
				continue
			}
			if all == nil {
				all = map[int64]SKULimits{}
			}
			all[line.SKU.ID] = line.SKU.Limits
		}
	}
	return all
}

// OverLimit refuses the items of which the customer may not have that many, as CodeInvalid.
func (c PlaceCommand) OverLimit(over []OverLimit, quote Quote) *Error {
	var fields []FieldError
	for _, o := range over {
		for _, order := range quote.Orders {
			for _, line := range order.Lines {
				if line.SKU.ID == o.SKUID {
					fields = append(fields, FieldError{itemField(c.itemOf(line.SKU)) + ".quantity", o.message(line.SKU.Name)})
				}
			}
		}
	}
	return InvalidFields(fields...)
}

// itemOf is the last item that asks for the SKU.
func (c PlaceCommand) itemOf(sku *CatalogSKU) int {
	for i, item := range slices.Backward(c.Items) {
		if item.SKUID == sku.ID || (item.SKUID <= 0 && item.ProductID == sku.ProductID) {
			return i
		}
	}
	return 0
}

func (o OverLimit) message(name string) string {
	days := int(BuyerLimitWindow / (24 * time.Hour))
	if o.Bought == 0 {
		return fmt.Sprintf("At most %d of %s per customer within %d days.", o.Limit, name, days)
	}
	return fmt.Sprintf("At most %d of %s per customer within %d days; you have ordered %d already.", o.Limit, name, days, o.Bought)
}

// QuoteItems prices items for a destination. Items of one SKU are one line. Unknown and inactive SKUs, products with
// several SKUs, missing prices and sums beyond 64 bits are CodeInvalid, all of them named at once. Codes that do not apply
// and services that are not offered are no error: they are in the quote, which is priced without them.
func (c *Catalog) QuoteItems(asked QuoteRequest) (Quote, error) {
	lines, err := c.resolve(asked.Items, asked.Currency)
	if err != nil {
		return Quote{}, err
	}
	quote := Quote{Currency: asked.Currency}
	for _, line := range lines {
		line.TaxRatePPM = c.taxRate(asked.To, line.SKU.TaxCategory)
		at := slices.IndexFunc(quote.Orders, func(o QuotedOrder) bool { return o.MerchantID == line.SKU.MerchantID })
		if at < 0 {
			at = len(quote.Orders)
			quote.Orders = append(quote.Orders, QuotedOrder{MerchantID: line.SKU.MerchantID})
		}
		quote.Orders[at].Lines = append(quote.Orders[at].Lines, line)
	}
	slices.SortFunc(quote.Orders, func(a, b QuotedOrder) int { return cmp.Compare(a.MerchantID, b.MerchantID) })
	c.takeOff(&quote, asked)
	c.ship(&quote, asked)
	for i := range quote.Orders {
		if err := c.price(&quote.Orders[i]); err != nil {
			return Quote{}, err
		}
		total, ok := addInt64(quote.TotalMinor, quote.Orders[i].TotalMinor)
		if !ok {
			return Quote{}, Invalid("items", "The total of the checkout is too large.")
		}
		quote.TotalMinor = total
	}
	return quote, nil
}

// resolve turns items into lines, one per SKU, in the order of the items.
func (c *Catalog) resolve(items []PlaceItem, currency Currency) ([]QuotedLine, error) {
	var fields []FieldError
	var lines []QuotedLine
	for i, item := range items {
		sku, problem := c.find(item, currency)
		if problem != "" {
			fields = append(fields, FieldError{itemField(i) + "." + item.idField(), problem})
			continue
		}
		at := slices.IndexFunc(lines, func(l QuotedLine) bool { return l.SKU.ID == sku.ID })
		if at < 0 {
			lines = append(lines, QuotedLine{SKU: sku, UnitPriceMinor: sku.PriceMinor[currency], PricedLine: PricedLine{Quantity: item.Quantity}})
			continue
		}
		lines[at].Quantity += item.Quantity
		if problem := quantityProblem(lines[at].Quantity); problem != "" {
			fields = append(fields, FieldError{itemField(i) + ".quantity", problem})
		}
	}
	if fields != nil {
		return nil, InvalidFields(fields...)
	}
	return lines, nil
}

func (item PlaceItem) idField() string {
	if item.SKUID > 0 {
		return "skuId"
	}
	return "productId"
}

// find returns the SKU of an item, or says what is wrong.
func (c *Catalog) find(item PlaceItem, currency Currency) (*CatalogSKU, string) {
	sku := c.skus[item.SKUID]
	if item.SKUID <= 0 {
		var problem string
		if sku, problem = c.ofProduct(item.ProductID); problem != "" {
			return nil, problem
		}
	}
	if sku == nil {
		return nil, "There is no such SKU."
	}
	if !sku.Sellable {
		return nil, sku.Name + " is not on sale."
	}
	if _, ok := sku.PriceMinor[currency]; !ok {
		return nil, sku.Name + " has no price in " + string(currency) + "."
	}
	return sku, ""
}

func (c *Catalog) ofProduct(productID int64) (*CatalogSKU, string) {
	switch skus := c.products[productID]; len(skus) {
	case 0:
		return nil, "There is no such product."
	case 1:
		return skus[0], ""
	default:
		return nil, "This product has several variants; please name the SKU."
	}
}

// taxRate is the rate of the most specific place; places without a rate are untaxed. Of several for one place the last
// listed, which is the latest to begin, counts.
func (c *Catalog) taxRate(to Destination, category string) int64 {
	var rate int64
	specific := false
	for _, r := range c.TaxRates {
		if r.Category != category || r.Country != to.Country || (r.Region != "" && r.Region != to.Region) || (specific && r.Region == "") {
			continue
		}
		rate, specific = r.RatePPM, r.Region != ""
	}
	return rate
}

// price fills in the amounts of an order, whose lines have their discounts and of which is known how it is sent.
func (c *Catalog) price(order *QuotedOrder) error {
	in := PricingInput{Rounding: c.Rounding, TaxInclusive: order.Lines[0].SKU.TaxInclusive}
	for _, line := range order.Lines {
		in.Lines = append(in.Lines, PricingLine{SKUID: line.SKU.ID, Quantity: line.Quantity, UnitPriceMinor: line.UnitPriceMinor, TaxRatePPM: line.TaxRatePPM})
		in.Discounts = append(in.Discounts, line.DiscountMinor)
	}
	in.ShippingMinor = order.Shipping.Rate.PriceMinor
	priced, err := PriceLines(in)
	if err != nil {
		return err
	}
	order.Priced = priced
	for i := range order.Lines {
		order.Lines[i].PricedLine = priced.Lines[i]
	}
	return nil
}
