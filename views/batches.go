package views

import (
	"strconv"
	"time"

	"waybill/shop"
	"waybill/views/format"
	"waybill/views/ui"
	"waybill/views/urls"
)

// BatchesModel is the page on which batches are built.
type BatchesModel struct {
	Plan      shop.BatchPlan
	Asked     bool // the form was sent
	Preview   shop.BatchPreview
	Empty     string   // why the batch would be empty
	Taken     []string // what became of ticked parcels that cannot be picked any more
	Errors    []shop.FieldError
	Suggested shop.BatchSuggestions
	Locations []shop.Location
	Batches   []shop.BatchHead
	Now       time.Time
	Key       string
}

// BatchModel is the page of one batch.
type BatchModel struct {
	shop.Batch
	Pick    PickModel
	Problem string
	Now     time.Time
}

// BatchCrumbs lead back to the list of batches.
func BatchCrumbs() []ui.Crumb {
	return append(MerchantCrumbs(), ui.Crumb{Label: "Batches", URL: urls.MerchantBatches()})
}

func (m BatchesModel) ready() bool { return len(m.Preview.Parcels) > 0 }

func (m BatchesModel) kindOptions() []ui.Option {
	var options []ui.Option
	for _, kind := range shop.BatchKinds() {
		options = append(options, ui.Option{Value: string(kind), Label: kind.Label()})
	}
	if m.Plan.Kind == shop.BatchChosen {
		options = append(options, ui.Option{Value: string(shop.BatchChosen), Label: shop.BatchChosen.Label()})
	}
	return options
}

func (m BatchesModel) locationOptions() []ui.Option {
	options := []ui.Option{{Value: "", Label: "All locations"}}
	for _, l := range m.Locations {
		options = append(options, ui.Option{Value: strconv.FormatInt(l.ID, 10), Label: l.Name})
	}
	return options
}

func chosenID(id int64) string {
	if id == 0 {
		return ""
	}
	return strconv.FormatInt(id, 10)
}

// fields are those of the plan, to start the batch that was previewed.
func (m BatchesModel) fields() []ui.HiddenField {
	fields := []ui.HiddenField{
		{Name: "kind", Value: string(m.Plan.Kind)}, {Name: "location", Value: chosenID(m.Plan.LocationID)}, {Name: "sku", Value: m.Plan.SKU}, {Name: "zone", Value: m.Plan.Zone},
		{Name: "parcels", Value: strconv.Itoa(m.Plan.MaxParcels)}, {Name: "units", Value: strconv.FormatInt(m.Plan.MaxUnits, 10)}, {Name: "key", Value: m.Key},
	}
	for _, p := range m.Plan.Chosen {
		fields = append(fields, ui.HiddenField{Name: "parcel", Value: refField(p)})
	}
	return fields
}

// suggestURL previews a batch that is about something.
func (m BatchesModel) suggestURL(kind shop.BatchKind, about string) string {
	name := "sku"
	if kind == shop.BatchZone {
		name = "zone"
	}
	return urls.With(urls.MerchantBatches(), urls.Query{
		{Name: "kind", Value: string(kind)}, {Name: name, Value: about}, {Name: "location", Value: chosenID(m.Plan.LocationID)},
		{Name: "parcels", Value: strconv.Itoa(m.Plan.MaxParcels)}, {Name: "units", Value: strconv.FormatInt(m.Plan.MaxUnits, 10)},
	})
}

func batchTitle(b shop.BatchHead) string { return "Batch " + strconv.FormatInt(b.ID, 10) }

func batchBadge(b shop.BatchHead) ui.Badge {
	switch {
	case b.Running():
		return ui.Badge{Tone: ui.ToneInfo, Icon: ui.IconHand, Word: "Being picked"}
	case b.PickedParcels == b.Parcels:
		return ui.Badge{Tone: ui.ToneSuccess, Icon: ui.IconDone, Word: "Picked"}
	case b.PickedParcels > 0:
		return ui.Badge{Tone: ui.ToneWarning, Icon: ui.IconDone, Word: "Picked in part"}
	default:
		return ui.Badge{Tone: ui.ToneNeutral, Icon: ui.IconReturn, Word: "Given back"}
	}
}

func batchProgress(b shop.BatchHead) string {
	return format.Count(b.Picked) + " of " + format.Plural(b.Units, "unit", "units")
}

// memberBadge is where a parcel of the batch is now.
func memberBadge(p shop.BatchParcel) ui.Badge {
	if p.LeftAs == "handed_over" {
		return ui.Badge{Tone: ui.ToneNeutral, Icon: ui.IconUsers, Word: "Handed over"}
	}
	return ui.FulfillmentBadge(p.Status)
}

// printable tells whether there is anything on the list.
func (m BatchModel) printable() bool { return len(m.List) > 0 }

// papersURL prints the slips and labels of what was not given back.
func (m BatchModel) papersURL() string {
	var refs []shop.ParcelRef
	for _, p := range m.Members {
		if p.Open() || p.Picked() {
			refs = append(refs, p.ParcelRef)
		}
	}
	return printURL(refs, urls.MerchantBatch(m.ID))
}

// PrintModel is a pick list on paper.
type PrintModel struct {
	Title   string
	Code    string // the barcode that opens it again
	List    shop.PickList
	Parcels []shop.BatchParcel // of a batch, by tote
	Back    string
	Now     time.Time
}

// endLabel is what ending the batch would do now.
func (m BatchModel) endLabel() string {
	if m.PickedParcels == 0 {
		return "Give the batch back"
	}
	return "Finish, and give " + format.Plural(m.OpenParcels, "parcel", "parcels") + " back"
}

// memberURL is where the work on a parcel of the batch goes on.
func (m BatchModel) memberURL(p shop.BatchParcel) string {
	if p.Picked() {
		return urls.MerchantPack(p.OrderID.Number(), p.No)
	}
	return urls.MerchantOrder(p.OrderID.Number())
}
