package views

import (
	"strconv"
	"time"

	"github.com/a-h/templ"

	"waybill/shop"
	"waybill/views/ui"
	"waybill/views/urls"
)

// ServicePick is the service that was picked for what a merchant sends; 0 is the standard, anything below it was not read.
type ServicePick struct{ MerchantID, ServiceID int64 }

// PickedServices are the picked services that are not the standard.
func PickedServices(picks []ServicePick) []int64 {
	ids := []int64{}
	for _, p := range picks {
		if p.ServiceID != 0 {
			ids = append(ids, p.ServiceID)
		}
	}
	return ids
}

// ServiceFieldName names the choice of a service for what a merchant sends.
func ServiceFieldName(merchantID int64) string {
	return "service-" + strconv.FormatInt(merchantID, 10)
}

// shipChoice is the choice of services for a cart that goes to a place.
type shipChoice struct {
	Cart      shop.QuotedCart
	AddressID int64 // of the checkout; 0: in the cart
	Now       time.Time
	Errors    []shop.FieldError
}

// refresh prices the cart anew when another service is picked while the page is open.
func (c shipChoice) refresh() templ.Attributes {
	target := "#cart-summary"
	if c.AddressID != 0 {
		target = "#summary"
	}
	return templ.Attributes{"hx-post": urls.CartServices(c.AddressID), "hx-trigger": "change", "hx-target": target, "hx-swap": "outerHTML"}
}

// anyChoice tells whether there is something to choose.
func (c shipChoice) anyChoice() bool {
	for _, order := range c.Cart.Quote.Orders {
		if len(order.Offers) > 1 {
			return true
		}
	}
	return false
}

func (c shipChoice) legend(order shop.QuotedOrder) string {
	if len(c.Cart.Quote.Orders) == 1 {
		return "How it is sent"
	}
	return "From " + merchantName(c.Cart.Cart, order.MerchantID)
}

func (c shipChoice) fieldID(order shop.QuotedOrder, i int) string {
	id := ui.FieldID(ServiceFieldName(order.MerchantID))
	if i == 0 {
		return id
	}
	return id + "-" + strconv.FormatInt(order.Offers[i].ServiceID, 10)
}

func (c shipChoice) price(o shop.ShippingOffer) shop.Amount {
	return shop.Amount{Minor: o.PriceMinor, Currency: c.Cart.Currency}
}

// promise is by when an order leaves if it is paid now: "Ships today", "Ships by Tue 24 Nov".
func (c shipChoice) promise(o shop.ShippingOffer) string {
	switch {
	case o.ShipBy.IsZero():
		return ""
	case shop.DayOf(o.ShipBy) == shop.DayOf(c.Now.In(o.ShipBy.Location())):
		return "Ships today"
	}
	return "Ships by " + o.ShipBy.Format("Mon 2 Jan")
}
