package views

import (
	"waybill/shop"
	"waybill/views/format"
	"waybill/views/ui"
	"waybill/views/urls"
)

// PrintWhat is which papers are printed of parcels.
type PrintWhat string

// What can be printed.
const (
	PrintBoth   PrintWhat = "slips-and-labels"
	PrintSlips  PrintWhat = "slips"
	PrintLabels PrintWhat = "labels"
)

// Words is what one parcel would have of it.
func (w PrintWhat) Words() string {
	switch w {
	case PrintSlips:
		return "a packing slip"
	case PrintLabels:
		return "a label yet"
	}
	return "a packing slip or a label"
}

// PrintRow is a parcel with why one of its papers cannot be printed; "" when it can.
type PrintRow struct {
	shop.ParcelRef
	To      string
	Units   int64
	NoSlip  string
	NoLabel string
}

// QueuePrintModel is what would be printed of ticked parcels.
type QueuePrintModel struct {
	Rows []PrintRow
	Back string // the list that they were ticked in
}

func (m QueuePrintModel) slips() (n int) {
	for _, r := range m.Rows {
		if r.NoSlip == "" {
			n++
		}
	}
	return n
}

func (m QueuePrintModel) labels() (n int) {
	for _, r := range m.Rows {
		if r.NoLabel == "" {
			n++
		}
	}
	return n
}

// whatOptions are the papers that there is anything of.
func (m QueuePrintModel) whatOptions() []ui.Option {
	slips, labels := format.Plural(m.slips(), "packing slip", "packing slips"), format.Plural(m.labels(), "label", "labels")
	var options []ui.Option
	if m.slips() > 0 && m.labels() > 0 {
		options = append(options, ui.Option{Value: string(PrintBoth), Label: slips + " and " + labels})
	}
	if m.slips() > 0 {
		options = append(options, ui.Option{Value: string(PrintSlips), Label: slips})
	}
	if m.labels() > 0 {
		options = append(options, ui.Option{Value: string(PrintLabels), Label: labels})
	}
	return options
}

// printURL leads to the page that prints parcels, and back.
func printURL(refs []shop.ParcelRef, back string) string {
	q := urls.Query{{Name: "back", Value: back}}
	for _, ref := range refs {
		q = append(q, urls.Param{Name: "parcel", Value: refField(ref)})
	}
	return urls.With(urls.MerchantQueuePrint(), q)
}
