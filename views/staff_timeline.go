package views

import (
	"slices"
	"time"

	"waybill/shop"
	"waybill/views/format"
	"waybill/views/ui"
)

// StaffTimeline is what happened to an order as the people who work on it see it: all of it, the latest first, with who
// did it and how long the state before had lasted.
func StaffTimeline(events []shop.Event, now time.Time) []ui.Event {
	spans := shop.TimeInStates(events, now)
	shown := make([]ui.Event, 0, len(events))
	for _, e := range events {
		line := ui.Event{At: e.OccurredAt, Badge: eventBadge(e), Text: e.Sentence(), Actor: actorName(e.Actor), ActorKind: string(e.Actor.Kind)}
		if at := slices.IndexFunc(spans, func(s shop.StateSpan) bool { return e.From != "" && s.Status == e.From }); at >= 0 {
			line.Took = format.Duration(spans[at].Duration)
		}
		shown = append(shown, line)
	}
	slices.Reverse(shown)
	return shown
}

// StateBars is how long an order was in each of its states, for a drawing.
func StateBars(id string, events []shop.Event, now time.Time) ui.ChartProps {
	chart := ui.ChartProps{ID: id, Title: "Time in each state", Unit: "Time"}
	for _, span := range shop.TimeInStates(events, now) {
		if final(span.Status) {
			continue
		}
		badge := ui.OrderBadge(span.Status)
		chart.Bars = append(chart.Bars, ui.Bar{Label: badge.Word, Value: int64(span.Duration / time.Second), Display: format.Duration(span.Duration), Tone: barTone(span.Status)})
		chart.Desc += badge.Word + " " + format.Duration(span.Duration) + ". "
	}
	return chart
}

// final states last for ever, so their length says nothing.
func final(s shop.Status) bool {
	return s == shop.StatusDelivered || s == shop.StatusCancelled || s == shop.StatusRefunded
}

func barTone(s shop.Status) ui.Tone {
	switch s {
	case shop.StatusPending:
		return ui.ToneWarning
	case shop.StatusConfirmed:
		return ui.ToneNeutral
	case shop.StatusShipped:
		return ui.ToneSuccess
	default:
		return ui.ToneInfo
	}
}

// actorName is who did it; what the shop does by itself has no name.
func actorName(a shop.Actor) string {
	if a.Name == "" && a.Kind == shop.ActorSystem {
		return "Waybill"
	}
	return a.Name
}

// eventBadge is the headline of an event.
func eventBadge(e shop.Event) ui.Badge {
	if e.Kind == shop.EventStatus {
		return ui.OrderBadge(e.To)
	}
	if badge, known := eventBadges[e.Kind]; known {
		return badge
	}
	return ui.Badge{Tone: ui.ToneNeutral, Icon: ui.IconDot, Word: string(e.Kind)}
}

var eventBadges = map[shop.EventKind]ui.Badge{
	shop.EventPlaced:      {Tone: ui.ToneNeutral, Icon: ui.IconCart, Word: "Placed"},
	shop.EventClaimed:     {Tone: ui.ToneInfo, Icon: ui.IconHand, Word: "Claimed"},
	shop.EventReleased:    {Tone: ui.ToneWarning, Icon: ui.IconReturn, Word: "Given back"},
	shop.EventByHand:      {Tone: ui.ToneWarning, Icon: ui.IconHand, Word: "Counted by hand"},
	shop.EventLapsed:      {Tone: ui.ToneWarning, Icon: ui.IconHourglass, Word: "Claim ran out"},
	shop.EventHandedOver:  {Tone: ui.ToneInfo, Icon: ui.IconUsers, Word: "Handed over"},
	shop.EventPicked:      {Tone: ui.ToneInfo, Icon: ui.IconBoxOpen, Word: "Picked"},
	shop.EventPacked:      {Tone: ui.ToneInfo, Icon: ui.IconBox, Word: "Packed"},
	shop.EventShipped:     {Tone: ui.ToneInfo, Icon: ui.IconTruck, Word: "Parcel left"},
	shop.EventUnpacked:    {Tone: ui.ToneWarning, Icon: ui.IconReturn, Word: "Opened again"},
	shop.EventTakenBack:   {Tone: ui.ToneWarning, Icon: ui.IconReturn, Word: "Taken back"},
	shop.EventSplit:       {Tone: ui.ToneInfo, Icon: ui.IconBoxes, Word: "Divided"},
	shop.EventGivenUp:     {Tone: ui.ToneWarning, Icon: ui.IconBan, Word: "Parcel cancelled"},
	shop.EventMerged:      {Tone: ui.ToneInfo, Icon: ui.IconBoxes, Word: "One box"},
	shop.EventReshipped:   {Tone: ui.ToneWarning, Icon: ui.IconRefresh, Word: "Sent again"},
	shop.EventLabel:       {Tone: ui.ToneInfo, Icon: ui.IconTag, Word: "Label"},
	shop.EventLabelVoid:   {Tone: ui.ToneWarning, Icon: ui.IconReturn, Word: "Label taken back"},
	shop.EventTracking:    {Tone: ui.ToneInfo, Icon: ui.IconMapPin, Word: "Tracking"},
	shop.EventDelivered:   {Tone: ui.ToneSuccess, Icon: ui.IconDone, Word: "Parcel arrived"},
	shop.EventPayment:     {Tone: ui.ToneInfo, Icon: ui.IconCard, Word: "Payment"},
	shop.EventRefund:      {Tone: ui.ToneNeutral, Icon: ui.IconReturn, Word: "Refund"},
	shop.EventUnitRefund:  {Tone: ui.ToneNeutral, Icon: ui.IconReturn, Word: "Refund ordered"},
	shop.EventShort:       {Tone: ui.ToneWarning, Icon: ui.IconAlert, Word: "Short"},
	shop.EventReturn:      {Tone: ui.ToneInfo, Icon: ui.IconReturn, Word: "Return"},
	shop.EventHoldExpired: {Tone: ui.ToneWarning, Icon: ui.IconHourglass, Word: "Hold expired"},
	shop.EventNote:        {Tone: ui.ToneNeutral, Icon: ui.IconNote, Word: "Note"},
	shop.EventImported:    {Tone: ui.ToneNeutral, Icon: ui.IconDownload, Word: "Imported"},
	shop.EventException:   {Tone: ui.ToneDanger, Icon: ui.IconAlert, Word: "Exception"},
}
