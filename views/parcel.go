package views

import (
	"cmp"
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

func (l pickLine) left() int64 { return l.FulfillmentItem.Quantity - l.Picked }

// pickList is what to pick in the order of a walk along the bins; what is picked already stands at the end.
func (m ParcelModel) pickList() []pickLine {
	lines := make([]pickLine, len(m.Parcel.Items))
	for i, item := range m.Parcel.Items {
		lines[i] = pickLine{item, m.line(item.LineNo)}
	}
	slices.SortStableFunc(lines, func(a, b pickLine) int {
		return cmp.Or(boolCompare(a.left() == 0, b.left() == 0), compareBins(a.Bin, b.Bin))
	})
	return lines
}

func boolCompare(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	default:
		return -1
	}
}

// compareBins orders bins as they stand in the aisle, "A-2" before "A-10"; without a bin comes last.
func compareBins(a, b string) int {
	if a == "" || b == "" {
		return boolCompare(a == "", b == "")
	}
	for a != "" && b != "" {
		var partA, partB string
		partA, a = cutRun(a)
		partB, b = cutRun(b)
		numberA, errA := strconv.Atoi(partA)
		numberB, errB := strconv.Atoi(partB)
		by := cmp.Compare(partA, partB)
		if errA == nil && errB == nil {
			by = cmp.Compare(numberA, numberB)
		}
		if by != 0 {
			return by
		}
	}
	return cmp.Compare(a, b)
}

// cutRun splits off the digits, or the other characters, that a text starts with.
func cutRun(s string) (run, rest string) {
	digit := func(c byte) bool { return c >= '0' && c <= '9' }
	end := 1
	for end < len(s) && digit(s[end]) == digit(s[0]) {
		end++
	}
	return s[:end], s[end:]
}

// mine tells whether the viewer holds the parcel for picking.
func (m ParcelModel) mine() bool {
	return m.Parcel.Status == shop.FulfillmentPicking && m.Parcel.AssignedUserID == m.ViewerID
}

// take is the value of a button that sets how many units of a line are picked: "LINE:UNITS".
func take(line int, units int64) string {
	return strconv.Itoa(line) + ":" + strconv.FormatInt(units, 10)
}

// progressWidth is the share of the bar that is filled.
func (m ParcelModel) progressWidth() string {
	picked, units := m.Parcel.Progress()
	return strconv.FormatInt(100*picked/max(units, 1), 10) + "%"
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

func progressOf(f shop.Fulfillment) int64 {
	picked, _ := f.Progress()
	return picked
}

// allOf is what the big button says: "it", "both", "all 3".
func allOf(l pickLine) string {
	switch l.FulfillmentItem.Quantity {
	case 1:
		return "it"
	case 2:
		return "both"
	default:
		return "all " + strconv.FormatInt(l.FulfillmentItem.Quantity, 10)
	}
}
