package db

import (
	"sync"
	"sync/atomic"
	"time"
)

// Groups are filled before they are placed. Most of an order's cost in PostgreSQL is that of its group when the group is one
// order, and a sixth when it is thirty. So the writers share those who are buying at the moment evenly among them: whoever
// was answered just now and is buying again is waited for, as long as others keep coming. Few buyers are one group at a
// time: two small ones cost a fifth more, and nobody is answered sooner (measured at half load, see docs/decisions.md).
const (
	maxPlaceLinger = 10 * time.Millisecond // that a group is filled
	placeGap       = 2 * time.Millisecond  // without anybody: whoever is missing is not about to come
	minPlaceSplit  = 16                    // checkouts that are worth a second group at once; fewer wait until the first has ended
)

// placeFlow tells how many are buying: those who wait, those whose checkouts are being placed, and those who were answered
// a moment ago and did not come back yet.
type placeFlow struct {
	entered atomic.Int64  // checkouts that came to the queue, ever
	ended   chan struct{} // tells whoever fills a group that one was placed
	mu      sync.Mutex
	writers [placerWriters]writerFlow
}

func newPlaceFlow() placeFlow { return placeFlow{ended: make(chan struct{}, 1)} }

// writerFlow is the group that a writer has or had last.
type writerFlow struct {
	size    int
	placed  bool      // the rest is of the moment when it was; else it is being placed
	at      time.Time // when
	entered int64
}

func (f *placeFlow) begin(writer, size int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.writers[writer] = writerFlow{size: size}
}

func (f *placeFlow) end(writer int, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	w := &f.writers[writer]
	w.placed, w.at, w.entered = true, now, f.entered.Load()
	select {
	case f.ended <- struct{}{}:
	default: // it is told already
	}
}

// bounds are how many checkouts a group should have before it is placed, which is a little less than an equal share so
// that a straggler holds nobody up, and no less than minPlaceSplit beside another; and how many it may have when so many
// wait: without a group in flight half of them are for the other writer. Both are at least one.
func (f *placeFlow) bounds(waiting int, now time.Time) (wanted, most int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	active, inFlight := waiting, false
	for _, w := range f.writers {
		switch {
		case !w.placed:
			active += w.size
			inFlight = inFlight || w.size > 0
		case now.Sub(w.at) < maxPlaceLinger:
			active += max(0, w.size-int(f.entered.Load()-w.entered))
		}
	}
	wanted, most = max(1, active*7/(8*placerWriters)), maxPlaceGroup
	if inFlight {
		wanted = max(wanted, minPlaceSplit)
	} else {
		most = max(wanted, (waiting+placerWriters-1)/placerWriters, minPlaceSplit)
	}
	return min(wanted, maxPlaceGroup), min(most, maxPlaceGroup)
}
