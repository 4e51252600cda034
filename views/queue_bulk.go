package views

import (
	"slices"
	"strconv"

	"waybill/shop"
	"waybill/views/format"
	"waybill/views/ui"
)

// QueueBulkModel is the preview of something that is to be done to ticked parcels.
type QueueBulkModel struct {
	Action    shop.QueueAction
	Rows      []shop.BulkRow
	People    []shop.Colleague
	Colleague string // as chosen
	Reason    string // as typed
	Key       string
	Back      string // the list that the parcels were ticked in
	Problem   string
	Errors    []shop.FieldError
}

func (m QueueBulkModel) eligible() []shop.BulkRow { return doneRows(m.Rows) }
func (m QueueBulkModel) skipped() []shop.BulkRow  { return refusedRows(m.Rows) }

func (m QueueBulkModel) title() string {
	switch m.Action {
	case shop.QueueHandOver:
		return "Hand parcels over"
	case shop.QueueShip:
		return "Hand parcels to their carriers"
	}
	return "Give parcels back"
}

func (m QueueBulkModel) summary() string {
	return format.Plural(len(m.eligible()), "parcel", "parcels") + " of " + format.Count(len(m.Rows))
}

func (m QueueBulkModel) verb() string {
	what := format.Plural(len(m.eligible()), "parcel", "parcels")
	switch m.Action {
	case shop.QueueHandOver:
		return "Hand over " + what
	case shop.QueueShip:
		return "Ship " + what
	}
	return "Give back " + what
}

func (m QueueBulkModel) colleagueOptions() []ui.Option {
	options := []ui.Option{{Value: "", Label: "Choose"}}
	for _, p := range m.People {
		options = append(options, ui.Option{Value: strconv.FormatInt(p.ID, 10), Label: p.Name})
	}
	return options
}

func bulkField(r shop.BulkRow) string { return r.OrderID.Number() + "/" + strconv.Itoa(r.No) }

// manifestsOf are the hand-overs that a run made, each once.
func manifestsOf(rows []shop.BulkRow) (ids []int64) {
	for _, r := range rows {
		if r.ManifestID != 0 && !slices.Contains(ids, r.ManifestID) {
			ids = append(ids, r.ManifestID)
		}
	}
	return ids
}

// lastWords says who moved a parcel on.
func lastWords(step shop.ParcelStep) string {
	switch {
	case step.At.IsZero():
		return ""
	case step.By == "":
		return "Last moved on " + format.DateTime(step.At) + "."
	}
	return "Last moved by " + step.By + ", " + format.DateTime(step.At) + "."
}

func doneRows(rows []shop.BulkRow) (done []shop.BulkRow) {
	for _, r := range rows {
		if r.Refused == "" {
			done = append(done, r)
		}
	}
	return done
}

func refusedRows(rows []shop.BulkRow) (refused []shop.BulkRow) {
	for _, r := range rows {
		if r.Refused != "" {
			refused = append(refused, r)
		}
	}
	return refused
}

// queueRunTitle sums up what was done.
func queueRunTitle(run shop.QueueRun) string {
	verb := map[shop.QueueAction]string{shop.QueueClaim: "claimed", shop.QueueRelease: "given back", shop.QueueHandOver: "handed over", shop.QueueShip: "shipped"}[run.Action]
	return format.Count(shop.Done(run.Rows)) + " of " + format.Plural(len(run.Rows), "parcel", "parcels") + " " + verb
}
