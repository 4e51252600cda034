package views

import (
	"fmt"
	"strconv"
	"strings"

	"waybill/shop"
	"waybill/views/format"
	"waybill/views/ui"
)

// ShortPickModel is the page on which a picker says that units of a line are missing or damaged.
type ShortPickModel struct {
	ParcelModel
	LineNo   int // 0: the line is to be chosen first
	Stock    shop.SKUStock
	Quantity string
	Why      string
	Choice   string
	OneUnit  shop.Amount // what goes back for one unit
	Key      string
}

// ElsewhereChoice is the value of the choice of another location.
func ElsewhereChoice(locationID int64) string {
	return string(shop.ShortElsewhere) + ":" + strconv.FormatInt(locationID, 10)
}

// item is what the parcel has of the line.
func (m ShortPickModel) item() shop.FulfillmentItem {
	for _, item := range m.Parcel.Items {
		if item.LineNo == m.LineNo {
			return item
		}
	}
	return shop.FulfillmentItem{}
}

// allowed tells whether the viewer may take units out of the parcel.
func (m ShortPickModel) allowed() bool {
	return m.workable() && (m.mine() || m.Parcel.Status == shop.FulfillmentPicked)
}

var shortReasons = []ui.Option{
	{Value: string(shop.ShortMissing), Label: "Missing: not in the bin"},
	{Value: string(shop.ShortDamaged), Label: "Damaged: not fit to be sent"},
}

// choices are what can become of the units: other locations that have some, a backorder, a refund.
func (m ShortPickModel) choices() []ui.Option {
	var options []ui.Option
	if m.Parcel.LocationID != 0 {
		for _, l := range m.Stock.Locations {
			if l.LocationID != m.Parcel.LocationID && l.Available() > 0 {
				options = append(options, ui.Option{
					Value: ElsewhereChoice(l.LocationID), Label: fmt.Sprintf("Send from %s, which has %s free", l.Name, format.Count(l.Available())),
				})
			}
		}
		options = append(options, ui.Option{Value: string(shop.ShortBackorder), Label: "Send later: the customer waits until more come in"})
	}
	return append(options, ui.Option{Value: string(shop.ShortRefund), Label: "Do not send: the customer gets " + format.Money(m.OneUnit) + " back for each"})
}

// shortHint says what is to be entered.
func (m ShortPickModel) shortHint() string {
	if m.item().Quantity == 1 {
		return "The parcel has one of these."
	}
	return "The parcel has " + format.Count(m.item().Quantity) + " of these, " + format.Count(m.item().Picked) + " of them picked."
}

// atLocation is where the units should lie.
func (m ShortPickModel) atLocation() string {
	return strings.TrimSuffix("Bin "+binName(m.item().Bin)+", "+m.Parcel.LocationName, ", ")
}
