package olist

import (
	"fmt"
	"slices"
	"time"

	"waybill/shop"
)

// statusWalk maps an order_status to the steps after pending. A step marked ifProven
// is taken only when a time in the file proves it: a cancelled order may have been
// cancelled before it was paid.
type statusWalk struct {
	steps    []shop.Status
	ifProven []shop.Status
	note     string // for the last event, where the file's word says more than ours
}

// statusWalks lists every order_status that the data set uses. docs/import-olist.md
// argues each line.
var statusWalks = map[string]statusWalk{
	"created":  {},
	"approved": {steps: []shop.Status{shop.StatusConfirmed}},
	"invoiced": {
		steps: []shop.Status{shop.StatusConfirmed, shop.StatusProcessing},
		note:  "Olist says invoiced: the invoice was issued, the goods were not handed over.",
	},
	"processing": {steps: []shop.Status{shop.StatusConfirmed, shop.StatusProcessing}},
	"shipped":    {steps: []shop.Status{shop.StatusConfirmed, shop.StatusProcessing, shop.StatusShipped}},
	"delivered":  {steps: []shop.Status{shop.StatusConfirmed, shop.StatusProcessing, shop.StatusShipped, shop.StatusDelivered}},
	"canceled": {
		steps:    []shop.Status{shop.StatusConfirmed, shop.StatusProcessing, shop.StatusCancelled},
		ifProven: []shop.Status{shop.StatusConfirmed, shop.StatusProcessing},
		note:     "Olist says canceled, not when, by whom or why.",
	},
	"unavailable": {
		steps:    []shop.Status{shop.StatusConfirmed, shop.StatusProcessing, shop.StatusCancelled},
		ifProven: []shop.Status{shop.StatusConfirmed, shop.StatusProcessing},
		note:     "Olist says unavailable: the goods could not be had.",
	},
}

// milestone is a time that the orders file keeps, and the state it is the time of.
type milestone struct {
	column string
	status shop.Status
	at     time.Time
}

// milestones returns the four times of an order in the order in which they should lie.
func (o order) milestones() []milestone {
	return []milestone{
		{"order_purchase_timestamp", shop.StatusPending, o.purchased},
		{"order_approved_at", shop.StatusConfirmed, o.approved},
		{"order_delivered_carrier_date", shop.StatusShipped, o.handedOver},
		{"order_delivered_customer_date", shop.StatusDelivered, o.delivered},
	}
}

// timeOf is when the order reached the status, zero when the file does not say.
func (o order) timeOf(s shop.Status) time.Time {
	for _, m := range o.milestones() {
		if m.status == s {
			return m.at
		}
	}
	return time.Time{}
}

// proves tells whether the times show that the order was once in the status: what was
// handed over had been worked on, and what was worked on had been confirmed.
func (o order) proves(s shop.Status) bool {
	handedOver := !o.handedOver.IsZero() || !o.delivered.IsZero()
	return handedOver || (s == shop.StatusConfirmed && !o.approved.IsZero())
}

// latest is the last time that the file knows of the order.
func (o order) latest() time.Time {
	last := o.purchased
	for _, m := range o.milestones() {
		if m.at.After(last) {
			last = m.at
		}
	}
	return last
}

// events maps the order's status and times to a legal walk. The second result lists
// what the walk cannot say for itself.
func (o order) events() ([]shop.ImportEvent, []shop.ImportException) {
	walk := statusWalks[o.status]
	events := []shop.ImportEvent{{To: shop.StatusPending, At: o.purchased}}
	var exceptions []shop.ImportException
	for _, to := range walk.steps {
		if slices.Contains(walk.ifProven, to) && !o.proves(to) {
			continue
		}
		event := shop.ImportEvent{To: to, At: o.timeOf(to)}
		if event.At.IsZero() {
			event.TimeUnknown = true
			event.At = events[len(events)-1].At
			if to == shop.StatusCancelled {
				event.At = o.latest()
			}
		}
		events = append(events, event)
	}
	last := &events[len(events)-1]
	last.Note = walk.note
	last.Data = o.unexpressed(events)
	exceptions = append(exceptions, o.missingTimes(events)...)
	exceptions = append(exceptions, o.contradiction(last.Data)...)
	exceptions = append(exceptions, o.disorder()...)
	return events, exceptions
}

// unexpressed returns the times, by column, of states that the walk does not reach.
func (o order) unexpressed(events []shop.ImportEvent) map[string]string {
	var data map[string]string
	for _, m := range o.milestones() {
		reached := slices.ContainsFunc(events, func(e shop.ImportEvent) bool { return e.To == m.status })
		if reached || m.at.IsZero() {
			continue
		}
		if data == nil {
			data = map[string]string{}
		}
		data[m.column] = m.at.Format(time.RFC3339)
	}
	return data
}

// missingTimes lists the states that were reached and whose column is empty. No file
// has a column for processing and cancelled; their unknown times are no exception.
func (o order) missingTimes(events []shop.ImportEvent) []shop.ImportException {
	var missing []shop.ImportException
	for _, m := range o.milestones() {
		for _, e := range events {
			if e.To == m.status && e.TimeUnknown {
				missing = append(missing, shop.ImportException{
					Kind:   shop.TimeMissing,
					Reason: fmt.Sprintf("The order is %s, but %s is empty.", o.status, m.column),
				})
			}
		}
	}
	return missing
}

func (o order) contradiction(unexpressed map[string]string) []shop.ImportException {
	var found []shop.ImportException
	for _, m := range o.milestones() {
		if at, ok := unexpressed[m.column]; ok {
			found = append(found, shop.ImportException{
				Kind:   shop.StatusContradictsTimes,
				Reason: fmt.Sprintf("The order is %s, but %s is %s.", o.status, m.column, at),
			})
		}
	}
	return found
}

// disorder reports, once, times that run backwards.
func (o order) disorder() []shop.ImportException {
	before := milestone{column: "order_purchase_timestamp", at: o.purchased}
	for _, m := range o.milestones() {
		if m.at.IsZero() {
			continue
		}
		if m.at.Before(before.at) {
			return []shop.ImportException{{
				Kind: shop.TimesOutOfOrder,
				Reason: fmt.Sprintf("%s %s is before %s %s.",
					m.column, m.at.Format(time.DateTime), before.column, before.at.Format(time.DateTime)),
			}}
		}
		before = m
	}
	return nil
}
