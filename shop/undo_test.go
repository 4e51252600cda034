package shop

import (
	"strings"
	"testing"
	"time"
)

func TestWhatCanBeTakenBack(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	out := Shipment{Status: ShipmentInTransit, Carrier: "Post", UndoUntil: now.Add(time.Minute)}
	scanned, expected, over, own, lost, ready := out, out, out, out, out, out
	scanned.Events = []TrackingEvent{{Kind: TrackAnnounced, OccurredAt: now}, {Kind: TrackAccepted, OccurredAt: now.Add(-3 * time.Minute), Place: "Depot"}}
	expected.Events = scanned.Events[:1]
	over.UndoUntil = now
	own.UndoUntil = time.Time{}
	lost.Status, ready.Status = ShipmentLost, ShipmentReady
	for name, c := range map[string]struct {
		shipment Shipment
		refusal  string
	}{
		"in time": {out, ""}, "only expected": {expected, ""}, "scanned": {scanned, "Post scanned this parcel 3 min ago (Depot)"}, "too late": {over, "ask Post to stop it"},
		"by the carrier's scan": {own, "is with Post"}, "lost": {lost, "is with Post"}, "not gone": {ready, "has not left"},
	} {
		refusal := c.shipment.RefuseUndo(now)
		if (refusal == nil) != (c.refusal == "") || (refusal != nil && !strings.Contains(refusal.Message, c.refusal)) {
			t.Errorf("%s: %v, want %q", name, refusal, c.refusal)
		}
		if c.shipment.Undoable(now) != (c.refusal == "") {
			t.Errorf("%s: the button and the rule disagree", name)
		}
	}
}
