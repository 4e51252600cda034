package views

import (
	"fmt"
	"slices"
	"strconv"

	"waybill/shop"
	"waybill/views/format"
	"waybill/views/ui"
)

// ParcelModel is one parcel on the pages that pick and pack it.
type ParcelModel struct {
	MerchantOrderModel
	Parcel shop.Fulfillment
	// Carrier and Tracking are what was entered into the form that ships it.
	Carrier  string
	Tracking string
	Errors   []shop.FieldError
	Verify   PackVerifyModel // of what goes into it

	Boxes    []shop.Box
	Help     shop.PackingHelp
	Offers   []shop.CarrierRates
	Shipment shop.Shipment // the one that it travels in; the zero one while it has none
	Form     PackForm
}

// claimVals is what the heartbeat of the page sends.
func (m ParcelModel) claimVals() string {
	return fmt.Sprintf(`{"parcel":"%s/%d"}`, m.ID.Number(), m.Parcel.No)
}

// lapsedWords says whose claim ran out, and when.
func (m ParcelModel) lapsedWords() string {
	who := m.Parcel.LapsedName + "'s claim"
	if m.Parcel.LapsedUserID == m.ViewerID {
		who = "Your claim"
	}
	return who + " ran out " + format.Ago(m.Now, m.Parcel.LapsedAt) + "."
}

// keptWords says where the units are that were picked before.
func (m ParcelModel) keptWords() string {
	picked, units := m.Parcel.Progress()
	switch {
	case picked == 0:
		return "Nothing had been picked."
	case m.Parcel.LapsedUserID == m.ViewerID:
		return fmt.Sprintf("The %d of %d units that you picked stay counted: claim it again to go on.", picked, units)
	}
	return fmt.Sprintf("%d of %d units stay counted as picked: they are in the tote of %s.", picked, units, m.Parcel.LapsedName)
}

// pickLine is a line on the pick list.
type pickLine struct {
	shop.FulfillmentItem
	shop.OrderLine
}

// pickList is what is in the parcel in the order of a walk along the bins.
func (m ParcelModel) pickList() []pickLine {
	lines := make([]pickLine, len(m.Parcel.Items))
	for i, item := range m.Parcel.Items {
		lines[i] = pickLine{item, m.line(item.LineNo)}
	}
	slices.SortStableFunc(lines, func(a, b pickLine) int { return shop.CompareBins(a.Bin, b.Bin) })
	return lines
}

// mine tells whether the viewer holds the parcel for picking.
func (m ParcelModel) mine() bool {
	return m.Parcel.Status == shop.FulfillmentPicking && m.Parcel.AssignedUserID == m.ViewerID
}

func carrierOptions() []ui.Option {
	options := []ui.Option{{Value: "", Label: "Choose"}}
	for _, name := range shop.Carriers() {
		options = append(options, ui.Option{Value: name, Label: name})
	}
	return options
}

// parcelTabs lead between the parcels of an order.
func (m ParcelModel) parcelTabs(page func(number string, parcel int) string) []ui.Tab {
	if len(m.Fulfillments) < 2 {
		return nil
	}
	var tabs []ui.Tab
	for _, f := range m.Fulfillments {
		tabs = append(tabs, ui.Tab{Label: "Parcel " + strconv.Itoa(f.No), Count: ui.FulfillmentBadge(f.Status).Word, URL: page(m.ID.Number(), f.No), Current: f.No == m.Parcel.No})
	}
	return tabs
}

// movedOn says who moved the parcel on, to somebody whose page was older than that.
func (m ParcelModel) movedOn() string { return lastWords(m.LastStep(m.Parcel.No)) }
