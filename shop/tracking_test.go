package shop

import (
	"testing"
	"time"
)

// What stops a parcel is over when the parcel is moved on, except what moving on does not mend.
func TestWhatStopsAParcelAndWhenItIsOver(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		told []TrackingKind
		want TrackingKind
	}{
		"nothing":                     {[]TrackingKind{TrackAccepted, TrackTransit, TrackDelayed}, ""},
		"customs":                     {[]TrackingKind{TrackAccepted, TrackCustoms}, TrackCustoms},
		"customs, first word of all":  {[]TrackingKind{TrackCustoms}, TrackCustoms},
		"released":                    {[]TrackingKind{TrackCustoms, TrackTransit}, ""},
		"late at customs":             {[]TrackingKind{TrackCustoms, TrackDelayed}, TrackCustoms},
		"no such door":                {[]TrackingKind{TrackOut, TrackAddress}, TrackAddress},
		"the door was found":          {[]TrackingKind{TrackAddress, TrackOut}, ""},
		"sent back for want of one":   {[]TrackingKind{TrackAddress, TrackReturning}, TrackAddress},
		"back":                        {[]TrackingKind{TrackAddress, TrackReturning, TrackReturned}, ""},
		"refused, on its way back":    {[]TrackingKind{TrackRefused, TrackTransit, TrackTransit}, TrackRefused},
		"damaged, and carried on":     {[]TrackingKind{TrackDamaged, TrackTransit, TrackOut}, TrackDamaged},
		"damaged, and delivered":      {[]TrackingKind{TrackDamaged, TrackOut, TrackDelivered}, ""},
		"two things, the last counts": {[]TrackingKind{TrackDamaged, TrackCustoms}, TrackCustoms},
		"after the door":              {[]TrackingKind{TrackDelivered, TrackException}, ""},
		"given up":                    {[]TrackingKind{TrackException, TrackLost}, ""},
	} {
		var events []TrackingEvent
		for i, kind := range c.told {
			events = append(events, TrackingEvent{ID: string(rune('a' + i)), Kind: kind, OccurredAt: time.Unix(int64(i), 0)})
		}
		for range 2 { // in whatever order it comes
			if got := StandingOf(events).Stopped.Kind; got != c.want {
				t.Errorf("%s: stopped by %q, want %q", name, got, c.want)
			}
			for i, j := 0, len(events)-1; i < j; i, j = i+1, j-1 {
				events[i], events[j] = events[j], events[i]
			}
		}
	}
}

// Each exception has words and a step of its own, for the staff and for whoever waits.
func TestExceptionsSayWhatToDo(t *testing.T) {
	t.Parallel()
	words, steps := map[string]bool{}, map[string]bool{}
	for _, kind := range TrackingExceptions() {
		s := Shipment{Status: ShipmentInTransit, Problem: ProblemException, Events: []TrackingEvent{{ID: "1", Kind: kind, OccurredAt: time.Unix(1, 0)}}}
		words[s.ProblemWords()], steps[s.NextStep()] = true, true
		if parsed, ok := ParseTrackingKind(string(kind)); !ok || !parsed.Newsworthy() || kind.CustomerWords() == string(kind) || !s.CanGiveUp() {
			t.Errorf("%s: parsed %v, told as %q", kind, ok, kind.CustomerWords())
		}
	}
	if len(words) != len(TrackingExceptions()) || len(steps) != len(TrackingExceptions()) {
		t.Errorf("they share words %v or steps %v", words, steps)
	}
}
