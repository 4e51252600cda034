package shop

import (
	"cmp"
	"slices"
	"time"
)

// TrackingKind says what happened to a parcel on its way.
type TrackingKind string

// What carriers tell.
const (
	TrackAnnounced TrackingKind = "announced"        // the label exists, the parcel was not seen
	TrackAccepted  TrackingKind = "accepted"         // the carrier's first scan
	TrackTransit   TrackingKind = "in_transit"       // seen on the way
	TrackDelayed   TrackingKind = "delayed"          // it will come later than was said
	TrackOut       TrackingKind = "out_for_delivery" // on the van
	TrackAttempted TrackingKind = "attempted"        // nobody opened
	TrackAddress   TrackingKind = "address_unknown"  // the carrier does not find the door
	TrackRefused   TrackingKind = "refused"          // the receiver does not take it
	TrackDamaged   TrackingKind = "damaged"          // broken on the way
	TrackCustoms   TrackingKind = "customs"          // held until customs has what it asks for
	TrackException TrackingKind = "exception"        // stopped for another reason
	TrackDelivered TrackingKind = "delivered"        // arrived
	TrackReturning TrackingKind = "returning"        // on its way back to the sender
	TrackReturned  TrackingKind = "returned"         // back at the sender
	TrackLost      TrackingKind = "lost"             // the carrier gives it up
)

var trackingKinds = []TrackingKind{
	TrackAnnounced, TrackAccepted, TrackTransit, TrackDelayed, TrackOut, TrackAttempted, TrackAddress, TrackRefused, TrackDamaged, TrackCustoms, TrackException,
	TrackDelivered, TrackReturning, TrackReturned, TrackLost,
}

// TrackingExceptions are what stops a parcel until somebody does something.
func TrackingExceptions() []TrackingKind {
	return []TrackingKind{TrackAddress, TrackRefused, TrackDamaged, TrackCustoms, TrackException}
}

func (k TrackingKind) stops() bool { return slices.Contains(TrackingExceptions(), k) }

// isOver tells whether what stopped a parcel is over with what is told next. What is broken stays so, and what was refused
// only travels back; anything else is settled when the parcel is moved on.
func (k TrackingKind) isOver(next TrackingKind) bool {
	switch next {
	case TrackDelivered, TrackReturned, TrackLost:
		return true
	case TrackAccepted, TrackTransit, TrackOut, TrackAttempted:
		return k != TrackDamaged && k != TrackRefused
	}
	return false
}

// ParseTrackingKind reads a kind by its exact name.
func ParseTrackingKind(s string) (TrackingKind, bool) {
	return TrackingKind(s), slices.Contains(trackingKinds, TrackingKind(s))
}

// TrackingEvent is one thing that a carrier tells about a parcel. ID is the carrier's: the same event told twice has the
// same.
type TrackingEvent struct {
	ID             string
	TrackingNumber string
	Kind           TrackingKind
	OccurredAt     time.Time
	Place          string
	Text           string
	EtaAt          time.Time // when it should arrive, as far as this event knows; zero: says nothing
}

// Limits of what is taken from carriers.
const (
	MaxTrackingEvents = 500 // in one message
	MaxParcelEvents   = 200 // of one parcel
	MaxTrackingText   = 200
	MaxEventID        = 100
	// maxTrackingAhead is how far a carrier's clock may be ahead of ours.
	maxTrackingAhead = time.Hour
)

// Clean makes an event fit to be kept, and tells whether it can be.
func (e TrackingEvent) Clean(now time.Time) (TrackingEvent, bool) {
	e.Place, e.Text = shorten(clip(e.Place), MaxTrackingText), shorten(clip(e.Text), MaxTrackingText)
	_, known := ParseTrackingKind(string(e.Kind))
	fits := known && e.ID != "" && len(e.ID) <= MaxEventID && clip(e.ID) == e.ID && !e.OccurredAt.IsZero() && e.OccurredAt.Year() >= 2000 &&
		e.OccurredAt.Before(now.Add(maxTrackingAhead))
	e.OccurredAt = e.OccurredAt.UTC().Truncate(time.Microsecond)
	e.EtaAt = e.EtaAt.UTC().Truncate(time.Microsecond)
	return e, fits
}

func shorten(s string, limit int) string {
	if runes := []rune(s); len(runes) > limit {
		return string(runes[:limit-1]) + "…"
	}
	return s
}

// Standing is where a parcel is by everything that its carrier told, in whatever order it came.
type Standing struct {
	Seen        bool      // the carrier has had it in hands
	SeenAt      time.Time // since when
	Status      ShipmentStatus
	At          time.Time // when that was entered
	EtaAt       time.Time // zero: nobody said
	DeliveredAt time.Time
	Stopped     TrackingEvent // what stopped it and is not over; without an ID: nothing
}

// StandingOf reads the events of one parcel. The latest that ends its way decides, since a parcel given up can turn up
// again; among events of one moment the one that is further on.
func StandingOf(events []TrackingEvent) Standing {
	ordered := slices.Clone(events)
	slices.SortStableFunc(ordered, func(a, b TrackingEvent) int {
		return cmp.Or(a.OccurredAt.Compare(b.OccurredAt), cmp.Compare(slices.Index(trackingKinds, a.Kind), slices.Index(trackingKinds, b.Kind)), cmp.Compare(a.ID, b.ID))
	})
	var s Standing
	for _, e := range ordered {
		if !e.EtaAt.IsZero() {
			s.EtaAt = e.EtaAt
		}
		if e.Kind == TrackAnnounced {
			continue
		}
		if !s.Seen {
			s.Seen, s.SeenAt, s.Status, s.At = true, e.OccurredAt, ShipmentInTransit, e.OccurredAt
		}
		s.move(e)
	}
	return s
}

// move applies one event, in the order of time. Nothing leads away from the receiver's door.
func (s *Standing) move(e TrackingEvent) {
	if s.Status == ShipmentDelivered {
		return
	}
	next := ShipmentInTransit
	switch e.Kind {
	case TrackDelivered:
		next, s.DeliveredAt = ShipmentDelivered, e.OccurredAt
	case TrackReturned:
		next = ShipmentReturned
	case TrackLost:
		next = ShipmentLost
	}
	if next != s.Status {
		s.Status, s.At = next, e.OccurredAt
	}
	switch {
	case e.Kind.stops():
		s.Stopped = e
	case s.Stopped.Kind.isOver(e.Kind):
		s.Stopped = TrackingEvent{}
	}
}

// CustomerWords is what an event is to whoever waits for the parcel.
func (k TrackingKind) CustomerWords() string {
	switch k {
	case TrackAnnounced:
		return "The carrier expects the parcel"
	case TrackAccepted:
		return "The carrier has the parcel"
	case TrackTransit:
		return "On its way"
	case TrackDelayed:
		return "It will come later"
	case TrackOut:
		return "Out for delivery"
	case TrackAttempted:
		return "Nobody was there to take it"
	case TrackAddress:
		return "The carrier does not find the address"
	case TrackRefused:
		return "It was not accepted at the door"
	case TrackDamaged:
		return "It was damaged on its way"
	case TrackCustoms:
		return "Customs holds it"
	case TrackException:
		return "The carrier had to stop it"
	case TrackDelivered:
		return "Delivered"
	case TrackReturning:
		return "On its way back to the sender"
	case TrackReturned:
		return "Back at the sender"
	case TrackLost:
		return "The carrier cannot find it"
	}
	return string(k)
}

// Newsworthy tells whether the timeline of the order mentions an event of this kind, beside the list of the parcel's
// events. Arrival and departure have events of their own.
func (k TrackingKind) Newsworthy() bool {
	switch k {
	case TrackDelayed, TrackOut, TrackAttempted, TrackReturning, TrackReturned, TrackLost:
		return true
	}
	return k.stops()
}
