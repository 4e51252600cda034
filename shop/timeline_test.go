package shop

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var noon = time.Date(2026, 5, 23, 12, 0, 0, 0, time.UTC)

func TestTimeInStates(t *testing.T) {
	t.Parallel()
	at := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }
	events := []Event{
		{Seq: 4, Kind: EventStatus, From: StatusConfirmed, To: StatusProcessing, OccurredAt: at(30)},
		{Seq: 1, Kind: EventPlaced, To: StatusPending, OccurredAt: at(0)},
		{Seq: 2, Kind: EventPayment, OccurredAt: at(9)},
		{Seq: 3, Kind: EventStatus, From: StatusPending, To: StatusConfirmed, OccurredAt: at(10)},
		{Seq: 5, Kind: EventStatus, From: StatusProcessing, To: StatusShipped, OccurredAt: at(29)},
	}
	before := slices.Clone(events)
	want := []StateSpan{
		{StatusPending, at(0), at(10), 10 * time.Minute},
		{StatusConfirmed, at(10), at(30), 20 * time.Minute},
		{StatusProcessing, at(30), at(29), 0}, // two clocks
		{StatusShipped, at(29), time.Time{}, 31 * time.Minute},
	}
	if got := TimeInStates(events, at(60)); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if fmt.Sprint(events) != fmt.Sprint(before) {
		t.Error("the caller's events were sorted")
	}
	if got := TimeInStates(events[1:2], at(-5)); len(got) != 1 || got[0].Duration != 0 || !got[0].Left.IsZero() {
		t.Errorf("a stay that is yet to begin is %v", got)
	}
	if got := TimeInStates([]Event{{Seq: 1, Kind: EventNote}}, noon); got != nil {
		t.Errorf("without a status there are stays: %v", got)
	}
}

// TestStaysCoverTheWholeStory: with one clock, the stays follow each other without gaps
// from the first event until now.
func TestStaysCoverTheWholeStory(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var events []Event
		at := noon
		for i, status := range rapid.SliceOfN(rapid.SampledFrom(Statuses()), 1, 9).Draw(t, "statuses") {
			events = append(events, Event{Seq: int64(i), To: status, OccurredAt: at})
			at = at.Add(time.Duration(rapid.Int64Range(0, 1e12).Draw(t, "gap")))
		}
		var sum time.Duration
		spans := TimeInStates(events, at)
		for i, span := range spans {
			sum += span.Duration
			if i > 0 && (!spans[i-1].Left.Equal(span.Entered) || spans[i-1].Status == span.Status) {
				t.Fatalf("stay %d does not follow from the one before: %v", i, spans)
			}
		}
		if sum != at.Sub(noon) {
			t.Fatalf("the stays last %s of %s", sum, at.Sub(noon))
		}
	})
}

func TestSentence(t *testing.T) {
	t.Parallel()
	cases := []struct {
		event Event
		want  string
	}{
		{Event{Kind: EventPlaced, To: StatusPending}, "The order was placed."},
		{Event{Kind: EventStatus, To: StatusConfirmed}, "The order was confirmed."},
		{
			Event{Kind: EventStatus, To: StatusCancelled, Data: map[string]string{DataReason: "Not paid in time."}},
			"The order was cancelled: Not paid in time.",
		},
		{
			Event{Kind: EventStatus, To: StatusCancelled, Data: map[string]string{DataReason: "changed my mind"}},
			"The order was cancelled: changed my mind.",
		},
		{
			Event{Kind: EventStatus, To: StatusProcessing, Data: map[string]string{DataTimeUnknown: "true"}},
			"The order is being prepared (at a time that is not known).",
		},
		{Event{Kind: EventStatus, To: "lost"}, "The order changed to lost."},
		{
			Event{Kind: EventPayment, Data: map[string]string{DataOutcome: "captured", DataAmount: "5800", DataCurrency: "JPY"}},
			"The payment of 5800 JPY was received.",
		},
		{
			Event{Kind: EventPayment, Data: map[string]string{DataOutcome: "failed", DataReason: "card expired"}},
			"The payment was declined: card expired.",
		},
		{Event{Kind: EventPayment, Data: map[string]string{DataOutcome: "authorized"}}, "The payment was authorized."},
		{Event{Kind: EventPayment, Data: map[string]string{DataOutcome: "cancelled"}}, "The payment was cancelled."},
		{Event{Kind: EventPayment, Data: map[string]string{DataOutcome: "unknown"}}, "The payment has no answer from the provider yet."},
		{Event{Kind: EventPayment}, "The payment was started."},
		{
			Event{Kind: EventRefund, Data: map[string]string{DataOutcome: "succeeded", DataAmount: "1.234", DataCurrency: "KWD"}},
			"The refund of 1.234 KWD was paid out.",
		},
		{Event{Kind: EventRefund, Data: map[string]string{DataOutcome: "failed"}}, "The refund was declined."},
		{Event{Kind: EventRefund}, "The refund is on its way."},
		{Event{Kind: EventShipped, Data: map[string]string{DataCarrier: "UPS", DataTracking: "1Z"}}, "The parcel left with UPS (tracking number 1Z)."},
		{Event{Kind: EventShipped}, "The parcel left."},
		{Event{Kind: EventTracking, Data: map[string]string{DataReason: "held at customs"}}, "The carrier sent news of the parcel: held at customs."},
		{Event{Kind: EventDelivered}, "The parcel arrived."},
		{Event{Kind: EventNote, Data: map[string]string{DataText: "Ring twice"}}, "Ring twice"},
		{Event{Kind: EventNote}, "A note was added."},
		{Event{Kind: EventImported, Data: map[string]string{DataSource: "Olist"}}, "The order was imported from Olist."},
		{Event{Kind: EventImported}, "The order was imported from another system."},
		{Event{Kind: EventHoldExpired}, "The time to pay ran out and the held items were released."},
		{
			Event{Kind: EventHoldExpired, From: StatusPending, To: StatusCancelled, Data: map[string]string{DataReason: "not paid in time"}},
			"The time to pay ran out, so the order was cancelled and the held items were released.",
		},
		{Event{Kind: "teleported"}, "Something happened: teleported."},
	}
	for _, c := range cases {
		c.event.Actor = Actor{Kind: ActorStaff, ID: 7, Name: "Zed Quimby"}
		if got := c.event.Sentence(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
		if strings.Contains(c.event.Sentence(), "Quimby") {
			t.Errorf("%s names its actor", c.event.Kind)
		}
	}
}

func TestEveryKindAndStatusHasWords(t *testing.T) {
	t.Parallel()
	kinds := []EventKind{
		EventPlaced, EventClaimed, EventReleased, EventPicked, EventPacked, EventShipped, EventTracking, EventDelivered,
		EventPayment, EventRefund, EventHoldExpired, EventNote, EventImported, EventException, EventReshipped, EventGivenUp,
	}
	seen := map[string]bool{}
	for _, kind := range kinds {
		seen[Event{Kind: kind}.Sentence()] = true
	}
	for _, status := range Statuses() {
		seen[Event{Kind: EventStatus, To: status}.Sentence()] = true
	}
	if len(seen) != len(kinds)+len(Statuses()) {
		t.Errorf("two events share a sentence: %v", seen)
	}
	for sentence := range seen {
		if strings.HasPrefix(sentence, "Something happened") || strings.Contains(sentence, "changed to") {
			t.Errorf("%q is not a sentence of its own", sentence)
		}
	}
}
