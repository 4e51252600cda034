package shop

import "fmt"

// CartRef says whose cart is meant: the customer's one cart, or the guest's cart with this id.
type CartRef struct {
	ID         string // a UUID; "" when the guest has none yet
	CustomerID int64  // wins over ID
}

// None tells that there is nobody whose cart it could be.
func (r CartRef) None() bool { return r.CustomerID == 0 && r.ID == "" }

// Cart is what somebody is about to buy. The zero value is the empty cart of somebody who has none yet.
type Cart struct {
	ID            string
	CustomerID    int64 // zero: a guest's
	AddressID     int64 // where it goes, as far as a program has said so; zero: not said
	Currency      Currency
	CheckoutKey   string   // makes placing the cart repeatable; renewed once it is ordered
	DiscountCodes []string // in the order they were entered
	// ShipServiceIDs are the services that were chosen, at most one for each merchant.
	ShipServiceIDs []int64
	Lines          []CartLine
}

// CartLine is one SKU in a cart, with what has become of it since it was put there.
type CartLine struct {
	SKUID           int64
	ProductSlug     string
	Name            string // product and variant
	SKUCode         string
	MerchantID      int64
	MerchantName    string
	Picture         string // hash; "" is none
	Quantity        int64
	AddedPriceMinor int64 // per unit, as it was shown when added
	PriceMinor      int64 // per unit, now; meaningless without HasPrice
	HasPrice        bool  // in the cart's currency
	Sellable        bool
	Available       int64 // units that could be bought now
	Later           int64 // units that could be ordered beyond these, and ship when they have come in
	BuyerLimit      int64 // units that one customer may have; 0: any number
}

// CanOrder is how many units could be ordered, those that ship later among them.
func (l CartLine) CanOrder() int64 { return orderable(l.Available, l.Later, l.BuyerLimit) }

// ShipsLater is how many units of the line are not there yet.
func (l CartLine) ShipsLater() int64 {
	return max(min(l.Quantity, l.CanOrder())-max(l.Available, 0), 0)
}

// orderable is how many of so many units one customer could order.
func orderable(available, later, buyerLimit int64) int64 {
	units := addSaturated(max(available, 0), max(later, 0))
	if buyerLimit > 0 {
		return min(units, buyerLimit)
	}
	return units
}

// Problem says why the line cannot be ordered as it is, in words for the buyer; "" when it can.
func (l CartLine) Problem(currency Currency) string {
	switch {
	case !l.Sellable:
		return "This is no longer sold. Please remove it."
	case !l.HasPrice:
		return fmt.Sprintf("This has no price in %s. Please remove it or choose another currency.", currency)
	case l.CanOrder() == 0:
		return "Out of stock. Please remove it."
	case l.BuyerLimit > 0 && l.Quantity > l.BuyerLimit:
		return fmt.Sprintf("At most %d per customer. Please lower the quantity.", l.BuyerLimit)
	case l.CanOrder() < l.Quantity:
		return fmt.Sprintf("Only %d left. Please lower the quantity.", l.CanOrder())
	}
	return ""
}

// Orderable tells whether the line can be quoted at all; it may still be short of stock.
func (l CartLine) Orderable() bool { return l.Sellable && l.HasPrice }

// PriceChanged tells whether the price is another one than when the line was added.
func (l CartLine) PriceChanged() bool { return l.HasPrice && l.PriceMinor != l.AddedPriceMinor }

// Units is how many units are in the cart.
func (c Cart) Units() int64 {
	var units int64
	for _, line := range c.Lines {
		units += line.Quantity
	}
	return units
}

// Ready tells whether every line can be ordered as it is.
func (c Cart) Ready() bool {
	for _, line := range c.Lines {
		if line.Problem(c.Currency) != "" {
			return false
		}
	}
	return len(c.Lines) > 0
}

// Items are the lines as placing them takes them.
func (c Cart) Items() []PlaceItem {
	items := make([]PlaceItem, len(c.Lines))
	for i, line := range c.Lines {
		items[i] = PlaceItem{SKUID: line.SKUID, Quantity: line.Quantity}
	}
	return items
}

// CartAdd puts units of a SKU into a cart. Currency is the one that its price was shown in.
type CartAdd struct {
	SKUID    int64
	Quantity int64
	Currency Currency
}

// CartChange is what became of a cart: where it is, and how much is in it.
type CartChange struct {
	CartID string
	Units  int64
}

// QuotedCart is a cart with the price of everything in it that can be ordered, sent to a place.
type QuotedCart struct {
	Cart
	To    Destination
	Quote Quote // of the orderable lines; empty without any
}

// Codes are the discount codes that apply, to place the cart with.
func (c QuotedCart) Codes() []string {
	var codes []string
	for _, code := range c.DiscountCodes {
		if c.Quote.Refusal(code) == "" {
			codes = append(codes, code)
		}
	}
	return codes
}

// Services are the chosen services that are offered, to place the cart with.
func (c QuotedCart) Services() []int64 {
	var ids []int64
	for _, order := range c.Quote.Orders {
		if id := order.Shipping.Rate.Service.ID; id != 0 {
			ids = append(ids, id)
		}
	}
	return ids
}

// ReorderLine is a line of an old order beside what the same costs and how much of it is there today.
type ReorderLine struct {
	CartLine        // Quantity as ordered then, AddedPriceMinor as paid then
	Then     Amount // per unit, as paid then
	Now      Amount // per unit, today, in the currency of then; meaningless without HasPrice
}

// CanAdd is how many units of the line would go into the cart.
func (l ReorderLine) CanAdd() int64 {
	if !l.Orderable() {
		return 0
	}
	return min(l.Quantity, l.CanOrder())
}
