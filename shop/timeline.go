package shop

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// EventKind says what happened to an order.
type EventKind string

// The kinds of order events.
const (
	EventPlaced      EventKind = "placed"           // the order exists; To is its first status
	EventStatus      EventKind = "status"           // From became To
	EventClaimed     EventKind = "claimed"          // a picker took a fulfillment
	EventReleased    EventKind = "released"         // the picker gave it back
	EventLapsed      EventKind = "claim_lapsed"     // the picker was not heard of for too long
	EventHandedOver  EventKind = "handed_over"      // somebody else holds it from now on
	EventByHand      EventKind = "by_hand"          // units were counted without a scan
	EventPicked      EventKind = "picked"           // all units of a fulfillment are off the shelf
	EventPacked      EventKind = "packed"           // a parcel is sealed
	EventShipped     EventKind = "shipped"          // a parcel is with the carrier
	EventTracking    EventKind = "tracking_updated" // the carrier told where a parcel is
	EventDelivered   EventKind = "delivered"        // a parcel arrived
	EventUnpacked    EventKind = "unpacked"         // a packed parcel was opened again
	EventTakenBack   EventKind = "taken_back"       // the hand-over of a parcel was taken back
	EventPayment     EventKind = "payment"          // a payment attempt has an outcome
	EventRefund      EventKind = "refund"           // a refund has an outcome
	EventUnitRefund  EventKind = "unit_refund"      // money for exact units is to go back
	EventShort       EventKind = "short_picked"     // units were missing or damaged
	EventReturn      EventKind = "return"           // a return came a step further
	EventHoldExpired EventKind = "hold_expired"     // the units held for an unpaid order are free again, which ends it unless a payment is in flight
	EventHoldRenewed EventKind = "hold_renewed"     // a late payment came, and the units are held again
	EventBackordered EventKind = "backordered"      // some units are not there yet and ship later
	EventAllocated   EventKind = "allocated"        // units that the order waited for have come in
	EventNote        EventKind = "note"             // somebody wrote something down
	EventImported    EventKind = "imported"         // the order came from another system
	EventException   EventKind = "exception"        // something does not fit and waits for a person
	EventSplit       EventKind = "parcel_split"     // a parcel became two
	EventGivenUp     EventKind = "parcel_cancelled" // a parcel was given up; its units are to be picked again
	EventMerged      EventKind = "parcel_merged"    // a parcel travels in one box with those of other orders
	EventReshipped   EventKind = "reshipped"        // a lost parcel is sent again
	EventLabel       EventKind = "label_made"       // a parcel has its label
	EventLabelVoid   EventKind = "label_voided"     // it was taken back
)

// Visibility says who may read an event.
type Visibility string

// Everybody concerned reads public events, the customer too. Staff events are for those
// who work in the shop, finance events for finance, support and admins.
const (
	VisibilityPublic  Visibility = "public"
	VisibilityStaff   Visibility = "staff"
	VisibilityFinance Visibility = "finance"
)

// The keys of an event's data that Sentence reads.
const (
	DataReason      = "reason"       // why, in words that may be shown to whoever sees the event
	DataText        = "text"         // what was written down
	DataAmount      = "amount"       // Amount.Decimal
	DataCurrency    = "currency"     // ISO 4217 code
	DataOutcome     = "outcome"      // a PaymentStatus or the state of a refund
	DataCarrier     = "carrier"      // name of the carrier
	DataTracking    = "tracking"     // the carrier's tracking number
	DataSource      = "source"       // the system that an order was imported from
	DataParcel      = "parcel"       // which of the order's parcels, counted from 1
	DataNewParcel   = "new_parcel"   // which one was made of a part of it
	DataShort       = "short"        // missing or damaged
	DataVia         = "via"          // the program through which a person did it
	DataLocation    = "location"     // the name of a location
	DataReturn      = "return"       // the number of a return
	DataItems       = "items"        // units and their names, ItemWords
	DataUnits       = "units"        // how many
	DataTimeUnknown = "time_unknown" // "true": it happened, but not known when, and OccurredAt is the last time known before
)

// Event is one row of an order's append-only stream, the truth about the order. Seq
// counts an order's events and is their order; OccurredAt is when it happened out there
// and RecordedAt when we learned of it. From and To are set when the status changed.
type Event struct {
	OrderID    OrderID
	Seq        int64
	Kind       EventKind
	From, To   Status
	OccurredAt time.Time
	RecordedAt time.Time
	Actor      Actor
	RequestID  string
	Visibility Visibility
	Data       map[string]string
}

// StateSpan is a stay of an order in one status. Left is zero for the present one, whose
// Duration is counted up to now.
type StateSpan struct {
	Status   Status
	Entered  time.Time
	Left     time.Time
	Duration time.Duration
}

// TimeInStates returns the statuses that an order went through, in the order of the
// events' Seq, and how long each lasted by OccurredAt. A stay that ends before it began,
// as the clocks of two systems can have it, lasts zero.
func TimeInStates(events []Event, now time.Time) []StateSpan {
	ordered := slices.Clone(events)
	slices.SortStableFunc(ordered, func(a, b Event) int { return cmp.Compare(a.Seq, b.Seq) })
	var spans []StateSpan
	for _, e := range ordered {
		last := len(spans) - 1
		if e.To == "" || (last >= 0 && spans[last].Status == e.To) {
			continue
		}
		if last >= 0 {
			spans[last].Left = e.OccurredAt
			spans[last].Duration = max(e.OccurredAt.Sub(spans[last].Entered), 0)
		}
		spans = append(spans, StateSpan{Status: e.To, Entered: e.OccurredAt})
	}
	if last := len(spans) - 1; last >= 0 {
		spans[last].Duration = max(now.Sub(spans[last].Entered), 0)
	}
	return spans
}

// Sentence says in English what happened. It names neither the actor nor the time, which
// stand beside it, so one sentence serves customers and staff.
func (e Event) Sentence() string {
	switch e.Kind {
	case EventStatus:
		return e.withReason(statusSentence(e.To) + e.timeUnknown())
	case EventHoldExpired:
		return e.holdExpiredSentence()
	case EventPayment:
		return e.withReason(e.amountOf("The payment") + paymentOutcome(PaymentStatus(e.Data[DataOutcome])))
	case EventRefund:
		return e.withReason(e.amountOf("The refund") + refundOutcome(e.Data[DataOutcome]))
	case EventShort:
		return e.withReason(e.shortSentence())
	case EventReturn:
		return e.withReason(e.returnSentence())
	case EventUnitRefund:
		return e.withReason(e.amountOf("A refund") + " was ordered" + e.forItems())
	case EventShipped, EventTracking, EventDelivered, EventLabel, EventLabelVoid:
		return e.parcelSentence()
	case EventBackordered:
		return e.withReason(cmp.Or(e.Data[DataItems], "Some items") + " will ship later, when they have come in")
	case EventAllocated:
		return cmp.Or(e.Data[DataItems], "Some items") + " came in and can be shipped now."
	case EventNote:
		return cmp.Or(e.Data[DataText], "A note was added.")
	case EventImported:
		return "The order was imported from " + cmp.Or(e.Data[DataSource], "another system") + "."
	}
	if sentence, ok := plainSentences[e.Kind]; ok {
		return e.withReason(sentence)
	}
	return e.withReason("Something happened: " + string(e.Kind))
}

// holdExpiredSentence says what became of the order, too, unless that is still open.
func (e Event) holdExpiredSentence() string {
	if e.To == StatusCancelled {
		return "The time to pay ran out, so the order was cancelled and the held items were released."
	}
	return e.withReason("The time to pay ran out and the held items were released")
}

func (e Event) timeUnknown() string {
	if e.Data[DataTimeUnknown] == "" {
		return ""
	}
	return " (at a time that is not known)"
}

var plainSentences = map[EventKind]string{
	EventPlaced:      "The order was placed",
	EventClaimed:     "Picking has started",
	EventReleased:    "Picking was given back to the queue",
	EventLapsed:      "A claim ran out and the parcel went back to the queue",
	EventHandedOver:  "The parcel changed hands",
	EventByHand:      "Units were counted by hand",
	EventPicked:      "All items were picked",
	EventPacked:      "The parcel was packed",
	EventHoldRenewed: "The payment came late; the items were still there and are held again",
	EventException:   "Something needs a closer look",
	EventSplit:       "The parcel was divided into two",
	EventGivenUp:     "The parcel was cancelled and what was in it goes back to its shelves",
	EventMerged:      "It travels in one box with another order of yours",
	EventUnpacked:    "The parcel was opened again",
	EventTakenBack:   "The parcel has not left yet: its hand-over was taken back",
	EventReshipped:   "A parcel was lost, so its items are sent again",
}

func statusSentence(to Status) string {
	switch to {
	case StatusPending:
		return "The order waits for payment"
	case StatusConfirmed:
		return "The order was confirmed"
	case StatusProcessing:
		return "The order is being prepared"
	case StatusShipped:
		return "The order was shipped"
	case StatusDelivered:
		return "The order was delivered"
	case StatusCancelled:
		return "The order was cancelled"
	case StatusRefunded:
		return "The order was refunded"
	}
	return "The order changed to " + string(to)
}

func paymentOutcome(s PaymentStatus) string {
	switch s {
	case PaymentAuthorized:
		return " was authorized"
	case PaymentCaptured:
		return " was received"
	case PaymentFailed:
		return " was declined"
	case PaymentCancelled:
		return " was cancelled"
	case PaymentUnknown:
		return " has no answer from the provider yet"
	}
	return " was started"
}

// refundOutcome knows the end states of a refund; any other is one on its way.
func refundOutcome(outcome string) string {
	switch outcome {
	case "succeeded":
		return " was paid out"
	case "failed":
		return " was declined"
	}
	return " is on its way"
}

func (e Event) amountOf(what string) string {
	if e.Data[DataAmount] == "" {
		return what
	}
	return what + " of " + e.Data[DataAmount] + " " + e.Data[DataCurrency]
}

// forItems names the units that the event is about; shipping alone has none.
func (e Event) forItems() string {
	if e.Data[DataItems] == "" {
		return ""
	}
	return " for " + e.Data[DataItems]
}

// withReason ends the sentence, after its reason if it has one.
func (e Event) withReason(sentence string) string {
	if reason := e.Data[DataReason]; reason != "" {
		sentence += ": " + reason
	}
	return strings.TrimSuffix(sentence, ".") + "."
}

func (e Event) parcelSentence() string {
	sentence := "The parcel arrived"
	switch e.Kind {
	case EventShipped:
		sentence = "The parcel left"
		if carrier := e.Data[DataCarrier]; carrier != "" {
			sentence += " with " + carrier
		}
	case EventTracking:
		sentence = "The carrier sent news of the parcel"
	case EventLabel:
		sentence = "The parcel has its label"
		if carrier := e.Data[DataCarrier]; carrier != "" {
			sentence += " of " + carrier
		}
	case EventLabelVoid:
		sentence = "The label of the parcel was taken back"
	}
	if tracking := e.Data[DataTracking]; tracking != "" {
		sentence += " (tracking number " + tracking + ")"
	}
	return e.withReason(sentence)
}

// returnSentence says which step a return took, by the state that it led to.
func (e Event) returnSentence() string {
	number, items := e.Data[DataReturn], e.Data[DataItems]
	switch ReturnStatus(e.Data[DataOutcome]) {
	case ReturnRequested:
		return "The return " + number + " of " + items + " was asked for"
	case ReturnApproved:
		return "The return " + number + " was approved for " + items
	case ReturnInTransit:
		return "The return " + number + " is on its way back"
	case ReturnReceived:
		return items + " came back with the return " + number
	case ReturnClosed:
		return "The return " + number + " is done"
	case ReturnRejected:
		return "The return " + number + " was not accepted"
	}
	return "The return " + number + " was called off"
}
