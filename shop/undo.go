package shop

import (
	"fmt"
	"slices"
	"time"
)

// MaxUndo is the longest that packing and handing over can be taken back. A carrier that has not scanned a parcel by then
// has it anyway.
const MaxUndo = time.Hour

// DefaultUndo is how long they can be until a merchant says otherwise.
const DefaultUndo = 10 * time.Minute

// CheckUndo refuses, as CodeInvalid for the field "undo", what cannot be the time to take something back.
func CheckUndo(within time.Duration) error {
	if within < 0 || within > MaxUndo || within%time.Minute != 0 {
		return Invalid("undo", fmt.Sprintf("Enter 0 to %d minutes.", MaxUndo/time.Minute))
	}
	return nil
}

// Undoable tells whether the hand-over of the shipment can be taken back now.
func (s Shipment) Undoable(now time.Time) bool { return s.Status.Left() && s.RefuseUndo(now) == nil }

// RefuseUndo says why the hand-over of the shipment cannot be taken back, nil if it can. What the carrier has scanned is
// with the carrier, whatever the clock says.
func (s Shipment) RefuseUndo(now time.Time) *Error {
	scan := slices.IndexFunc(s.Events, func(e TrackingEvent) bool { return e.Kind != TrackAnnounced })
	switch {
	case !s.Status.Left():
		return Conflict("This parcel has not left, so there is nothing to take back.")
	case scan >= 0:
		return Conflict(fmt.Sprintf("%s scanned this parcel %s ago%s, so it cannot be taken back any more.",
			s.Carrier, AgeWords(now.Sub(s.Events[scan].OccurredAt)), placeWords(s.Events[scan].Place)))
	case s.Status != ShipmentInTransit || s.UndoUntil.IsZero():
		return Conflict("This parcel is with " + s.Carrier + " and cannot be taken back.")
	case !now.Before(s.UndoUntil):
		return Conflict(fmt.Sprintf("The time to take this parcel back ended %s ago. If it still stands here, ask %s to stop it.", AgeWords(now.Sub(s.UndoUntil)), s.Carrier))
	}
	return nil
}

func placeWords(place string) string {
	if place == "" {
		return ""
	}
	return " (" + place + ")"
}

func (f Fulfillment) openTooLate(now time.Time) string {
	if f.UnpackUntil.IsZero() {
		return "This parcel cannot be opened again."
	}
	return "The time to open this parcel again ended " + AgeWords(now.Sub(f.UnpackUntil)) + " ago."
}

// Unpackable tells whether the parcel can be opened again now.
func (f Fulfillment) Unpackable(now time.Time) bool {
	return f.Status == FulfillmentPacked && f.RefuseUnpacking(now) == nil
}

// RefuseUnpacking says why a parcel cannot be opened again, nil if it can.
func (f Fulfillment) RefuseUnpacking(now time.Time) error {
	switch {
	case f.Status != FulfillmentPacked:
		return f.Refuse(FulfillmentPicked, now)
	case f.ShipmentID != 0:
		return Conflict("This parcel has a label. Take the label back, then open the parcel.")
	case !now.Before(f.UnpackUntil):
		return Conflict(f.openTooLate(now) + " Cancel the parcel, and its units are picked again as another one.")
	}
	return nil
}
