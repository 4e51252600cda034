package views

import (
	"strconv"

	"waybill/shop"
	"waybill/views/urls"
)

// MerchantsModel is a page of the merchants, with the form that opens one.
type MerchantsModel struct {
	Merchants []shop.MerchantFigures
	Form      shop.NewMerchant // as it was typed
	OlderURL  string
	FirstURL  string
}

// newStaffURL is the form of an account for somebody who works for a merchant.
func newStaffURL(m shop.MerchantFigures) string {
	return urls.With(urls.AdminUsers(), urls.Query{{Name: "merchant", Value: m.Slug}})
}

// LocationsModel is the list of the places where a merchant's stock lies, with the form of one.
type LocationsModel struct {
	Locations []shop.StockLocation
	Form      LocationForm
}

// LocationForm is what was entered about a location; ID 0 adds one.
type LocationForm struct {
	ID                   int64
	Code, Name, Priority string
}

// LocationFormOf fills the form with a location as it is.
func LocationFormOf(l shop.StockLocation) LocationForm {
	return LocationForm{ID: l.ID, Code: l.Code, Name: l.Name, Priority: strconv.Itoa(l.Priority)}
}

func (f LocationForm) action() string {
	if f.ID == 0 {
		return urls.MerchantLocations()
	}
	return urls.MerchantLocation(f.ID)
}

func (f LocationForm) title() string {
	if f.ID == 0 {
		return "Add a location"
	}
	return "Change " + f.Code
}
