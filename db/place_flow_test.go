package db

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestAGroupIsFilledByWhoeverIsBuyingAtTheMoment(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	just, longAgo := now.Add(-time.Millisecond), now.Add(-time.Minute)
	cases := []struct {
		name         string
		writers      [placerWriters]writerFlow
		entered      int64
		waiting      int
		wanted, most int
	}{
		{"nobody else: no wait", [placerWriters]writerFlow{}, 1, 1, 1, minPlaceSplit},
		{"one buyer again and again: no wait", [placerWriters]writerFlow{{size: 1, placed: true, at: just, entered: 1}}, 2, 1, 1, minPlaceSplit},
		{"a few beside one in flight wait for it", [placerWriters]writerFlow{{size: 1}}, 2, 1, minPlaceSplit, maxPlaceGroup},
		{"as many as are worth a second group do not", [placerWriters]writerFlow{{size: 1}}, 17, minPlaceSplit, minPlaceSplit, maxPlaceGroup},
		{"a rush long ago", [placerWriters]writerFlow{{size: 200, placed: true, at: longAgo}, {size: 200, placed: true, at: longAgo}}, 1, 1, 1, minPlaceSplit},
		{"most of an equal share is waited for", [placerWriters]writerFlow{{size: 32}, {size: 32, placed: true, at: just, entered: 64}}, 65, 1, 28, maxPlaceGroup},
		{"whoever came back is counted once", [placerWriters]writerFlow{{size: 32}, {size: 32, placed: true, at: just, entered: 64}}, 96, 32, 28, maxPlaceGroup},
		{"one large group becomes two", [placerWriters]writerFlow{{size: 64, placed: true, at: just, entered: 64}}, 65, 1, 28, 28},
		{"half of a crowd is for the other writer", [placerWriters]writerFlow{}, 91, 91, 39, 46},
		{"but no more than a group may have", [placerWriters]writerFlow{{size: 200}, {size: 200, placed: true, at: just}}, 5000, 5000, maxPlaceGroup, maxPlaceGroup},
		{"nor at the beginning", [placerWriters]writerFlow{}, 5000, 5000, maxPlaceGroup, maxPlaceGroup},
	}
	for _, c := range cases {
		flow := placeFlow{writers: c.writers}
		flow.entered.Store(c.entered)
		if wanted, most := flow.bounds(c.waiting, now); wanted != c.wanted || most != c.most {
			t.Errorf("%s: %d wanted and %d at most, want %d and %d", c.name, wanted, most, c.wanted, c.most)
		}
	}
}

func TestAWriterCountsWhileItPlacesAndAMomentAfter(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	flow := newPlaceFlow()
	flow.begin(0, 40)
	flow.begin(1, 40)
	flow.end(0, now)
	for after, want := range map[time.Duration]int{0: 35, maxPlaceLinger - 1: 35, maxPlaceLinger: 17} {
		if wanted, _ := flow.bounds(1, now.Add(after)); wanted != want {
			t.Errorf("%v after the first group %d are wanted, want %d", after, wanted, want)
		}
	}
}

// A few checkouts beside a group in flight wait until it has ended, or nobody else is about to come: whichever is sooner.
func TestAFewWaitForTheGroupInFlightAndNoLonger(t *testing.T) {
	t.Parallel()
	const never = time.Hour
	for name, c := range map[string]struct{ ends, want time.Duration }{
		"the group ends":    {placeGap / 2, placeGap / 2},
		"it takes its time": {never, placeGap},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := &Placer{queue: make(chan *placeTicket, 1), flow: newPlaceFlow(), stopping: make(chan struct{})}
				p.flow.begin(0, 1)
				ending := time.AfterFunc(c.ends, func() { p.flow.end(0, time.Now()) })
				defer ending.Stop()
				began := time.Now()
				group := p.fill([]*placeTicket{{}})
				if waited := time.Since(began); len(group) != 1 || waited != c.want {
					t.Errorf("%d were placed after %v, want 1 after %v", len(group), waited, c.want)
				}
			})
		})
	}
}
