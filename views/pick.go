package views

import (
	"fmt"
	"strconv"
	"strings"

	"waybill/shop"
	"waybill/views/format"
	"waybill/views/ui"
	"waybill/views/urls"
)

// PickModel is what a pick list needs to know, of one parcel or of a batch.
type PickModel struct {
	List     shop.PickList
	At       string // the bin that was confirmed; "": none
	Mine     bool   // the viewer picks it
	Required bool   // units are to be scanned; without a scan it takes a reason
	Key      string
	Errors   []shop.FieldError
	Reason   string         // as entered
	Parcel   shop.ParcelRef // or
	Batch    int64
}

// PickPage is the pick list of a parcel with the order around it.
type PickPage struct {
	ParcelModel
	Pick PickModel
}

// ScanSaidOf is the answer to a scan in the words of a page.
func ScanSaidOf(a shop.ScanAnswer) ui.ScanAnswer {
	return ui.ScanAnswer{Tone: ui.ScanTone(a.Tone), Title: a.Title, Text: a.Text, Go: ScanOpens(a)}
}

// ScanOpens is the address that a scan leads to, or "".
func ScanOpens(a shop.ScanAnswer) string {
	number := a.Parcel.OrderID.Number()
	switch a.Opens {
	case shop.OpenOrder:
		return urls.MerchantOrder(number)
	case shop.OpenPick:
		return urls.MerchantPick(number, a.Parcel.No)
	case shop.OpenPack:
		return urls.MerchantPack(number, a.Parcel.No)
	case shop.OpenBatch:
		return urls.MerchantBatch(a.Batch)
	case shop.OpenSKU:
		return urls.With(urls.MerchantQueue(), urls.Query{{Name: "q", Value: a.SKU}})
	}
	return ""
}

// parcelField names a parcel in a form: "NUMBER/NO".
func refField(p shop.ParcelRef) string { return p.OrderID.Number() + "/" + strconv.Itoa(p.No) }

// scanBar is where the list is scanned.
func (m PickModel) scanBar() ui.ScanProps {
	fields := []ui.HiddenField{{Name: "step", Value: string(shop.ScanPick)}}
	if m.Batch != 0 {
		fields = append(fields, ui.HiddenField{Name: "batch", Value: strconv.FormatInt(m.Batch, 10)})
	} else {
		fields = append(fields, ui.HiddenField{Name: "parcel", Value: refField(m.Parcel)})
	}
	return ui.ScanProps{Action: urls.MerchantScan(), Key: m.Key, Hint: "Bin, goods or order", Fields: fields}
}

// action is where what was picked by hand is sent.
func (m PickModel) action() string {
	if m.Batch != 0 {
		return urls.MerchantBatch(m.Batch)
	}
	return urls.MerchantPick(m.Parcel.OrderID.Number(), 0)
}

// goTo is the page with another bin in front.
func (m PickModel) goTo(bin string) string {
	at := urls.Query{{Name: "at", Value: bin}}
	if m.Batch != 0 {
		return urls.With(urls.MerchantBatch(m.Batch), at)
	}
	if m.Parcel.No > 1 {
		at = append(at, urls.Param{Name: "parcel", Value: strconv.Itoa(m.Parcel.No)})
	}
	return urls.With(urls.MerchantPick(m.Parcel.OrderID.Number(), 0), at)
}

// progressWidth is the share of the bar that is filled.
func (m PickModel) progressWidth() string {
	units, picked := m.List.Units()
	return strconv.FormatInt(100*picked/max(units, 1), 10) + "%"
}

func (m PickModel) progressWords() string {
	units, picked := m.List.Units()
	return fmt.Sprintf("%s of %s picked, %s", format.Count(picked), format.Plural(units, "unit", "units"), format.Plural(m.List.Bins(), "bin", "bins"))
}

// stop is a stop on the page.
type pickStopView struct {
	shop.PickStop
	next bool // to go to now
	here bool // its bin is confirmed
}

// stops are the stops to come, the next one first, and those that are done.
func (m PickModel) stops() (todo, done []pickStopView) {
	next := m.List.Next(m.At)
	for i, s := range m.List {
		view := pickStopView{PickStop: s, next: i == next, here: m.At != "" && strings.EqualFold(m.At, s.Bin)}
		switch {
		case s.Left() == 0:
			done = append(done, view)
		case view.next:
			todo = append([]pickStopView{view}, todo...)
		default:
			todo = append(todo, view)
		}
	}
	return todo, done
}

// take is the value of a button that says how many units of a line are picked by now: "LINE:UNITS", or in a batch
// "NUMBER/NO:LINE:UNITS".
func (m PickModel) take(i shop.PickItem, units int64) string {
	value := strconv.Itoa(i.LineNo) + ":" + strconv.FormatInt(units, 10)
	if m.Batch != 0 {
		value = refField(i.ParcelRef) + ":" + value
	}
	return value
}

// takeAll and putBack are the values for all lines of a stop, takeOne is that for one unit more.
func (m PickModel) takeAll(s shop.PickStop) string {
	return m.takes(s, func(i shop.PickItem) int64 { return i.Quantity })
}

func (m PickModel) putBack(s shop.PickStop) string {
	return m.takes(s, func(shop.PickItem) int64 { return 0 })
}

func (m PickModel) takeOne(s shop.PickStop) string {
	for _, i := range s.Items {
		if i.Left() > 0 {
			return m.take(i, i.Picked+1)
		}
	}
	return ""
}

func (m PickModel) takes(s shop.PickStop, units func(shop.PickItem) int64) string {
	values := make([]string, len(s.Items))
	for i, item := range s.Items {
		values[i] = m.take(item, units(item))
	}
	return strings.Join(values, " ")
}

// gotAll is what the big button says: "it", "both", "all 3".
func gotAll(s shop.PickStop) string {
	switch units := s.Units(); units {
	case 1:
		return "Got it"
	case 2:
		return "Got both"
	default:
		return "Got all " + strconv.FormatInt(units, 10)
	}
}

func byHandOptions() []ui.Option {
	options := []ui.Option{{Value: "", Label: "Choose a reason"}}
	for _, reason := range shop.ByHandReasons() {
		options = append(options, ui.Option{Value: reason, Label: reason})
	}
	return options
}

// totes tells whether the units of a stop are sorted into several totes.
func (m PickModel) totes() bool { return m.Batch != 0 }

// queueScan is where orders, batches and goods are scanned to open them.
func queueScan(key string) ui.ScanProps {
	return ui.ScanProps{Action: urls.MerchantScan(), Key: key, Hint: "Order, batch or goods", Fields: []ui.HiddenField{{Name: "step", Value: string(shop.ScanQueue)}}}
}

// shortLabel asks for what is missing, in a batch for one tote.
func (m PickModel) shortLabel(i shop.PickItem) string {
	if m.totes() {
		return "Missing or damaged, tote " + strconv.Itoa(i.Tote)
	}
	return "Missing or damaged"
}
