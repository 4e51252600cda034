package views

import (
	"strconv"
	"time"

	"waybill/shop"
	"waybill/views/format"
	"waybill/views/ui"
	"waybill/views/urls"
)

// PackVerifyModel is the second look at what goes into a parcel: each unit is scanned at the packing table.
type PackVerifyModel struct {
	Items    []shop.PickItem
	Parcel   shop.ParcelRef
	Open     bool // the parcel is picked and not packed yet
	Required bool // it cannot be packed without scans, or a reason
	Key      string
	Errors   []shop.FieldError
	Reason   string // as entered
}

// left is how many units were not scanned yet.
func (m PackVerifyModel) left() (units int64) {
	for _, i := range m.Items {
		units += i.Picked - i.Verified
	}
	return units
}

func (m PackVerifyModel) words() string {
	if m.left() == 0 {
		return "Every unit is verified."
	}
	return format.Plural(m.left(), "unit is", "units are") + " still to be scanned."
}

func (m PackVerifyModel) scanBar() ui.ScanProps {
	return ui.ScanProps{
		Action: urls.MerchantScan(), Key: m.Key, Hint: "Goods, or the next order",
		Fields: []ui.HiddenField{{Name: "step", Value: string(shop.ScanPack)}, {Name: "parcel", Value: refField(m.Parcel)}},
	}
}

func verifyBadge(i shop.PickItem) ui.Badge {
	if i.Verified == i.Quantity {
		return ui.Badge{Tone: ui.ToneSuccess, Icon: ui.IconDone, Word: "Verified"}
	}
	return ui.Badge{Tone: ui.ToneNeutral, Icon: ui.IconScan, Word: format.Count(i.Verified) + " of " + format.Count(i.Quantity)}
}

// ScansModel is the page on how scanning goes.
type ScansModel struct {
	shop.ScanReport
	Days int // that the figures are of
	Now  time.Time
}

func (m ScansModel) totals() (right, wrong, byHand int64) {
	for _, p := range m.People {
		right, wrong, byHand = right+p.Right, wrong+p.Wrong, byHand+p.ByHand
	}
	return right, wrong, byHand
}

// percent writes tenths of a percent.
func percent(perMille int64) string {
	return strconv.FormatInt(perMille/10, 10) + "." + strconv.FormatInt(perMille%10, 10) + " %"
}

func (m ScansModel) accuracy() string {
	right, wrong, _ := m.totals()
	if right+wrong == 0 {
		return "–"
	}
	return percent(shop.ScanCount{Right: right, Wrong: wrong}.Accuracy())
}

func (m ScansModel) older() string {
	if !m.More {
		return ""
	}
	return urls.With(urls.MerchantScans(), urls.Query{{Name: "before", Value: strconv.FormatInt(m.Mismatches[len(m.Mismatches)-1].ID, 10)}})
}

func stepWord(s shop.ScanStep) string {
	if s == shop.ScanPack {
		return "Packing"
	}
	return "Picking"
}

func mismatchBadge(m shop.ScanMismatch) ui.Badge {
	if m.Reason != "" {
		return ui.Badge{Tone: ui.ToneWarning, Icon: ui.IconHand, Word: "By hand"}
	}
	return ui.Badge{Tone: ui.ToneDanger, Icon: ui.IconFail, Word: "Wrong scan"}
}

func mismatchWords(m shop.ScanMismatch) string {
	if m.Reason != "" {
		return format.Plural(m.Units, "unit", "units") + ": " + m.Reason
	}
	return m.Said
}
