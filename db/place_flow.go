package db

import (
	"sync"
	"time"
)

// Groups are filled before they are placed. Most of an order's cost in PostgreSQL is that of its group when the group is one
// order, and a sixth when it is thirty. So the writers share those who are buying at the moment evenly among them: whoever
// was answered just now and is buying again is waited for, as long as others keep coming.
const (
	maxPlaceLinger = 10 * time.Millisecond // that a group is filled
	placeGap       = 2 * time.Millisecond  // without anybody: whoever is missing is not about to come
	minPlaceSplit  = 16                    // checkouts that are worth a second group at once
)

// placeFlow is how many checkouts each writer has or just had.
type placeFlow struct {
	mu      sync.Mutex
	writers [placerWriters]writerFlow
}

type writerFlow struct {
	size   int
	placed bool // what follows is when; else they are being placed
	at     time.Time
}

func (f *placeFlow) begin(writer, size int) { f.set(writer, writerFlow{size: size}) }

func (f *placeFlow) end(writer int, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.writers[writer].placed, f.writers[writer].at = true, now
}

func (f *placeFlow) set(writer int, to writerFlow) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.writers[writer] = to
}

// bounds are how many checkouts a group should have before it is placed, which is a little less than an equal share so
// that a straggler holds nobody up, and how many it may have when so many wait: without a group in flight half of them are
// for the other writer. Both are at least one.
func (f *placeFlow) bounds(waiting int, now time.Time) (wanted, most int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	active, inFlight := 0, false
	for _, w := range f.writers {
		if w.size > 0 && (!w.placed || now.Sub(w.at) < maxPlaceLinger) {
			active += w.size
		}
		inFlight = inFlight || w.size > 0 && !w.placed
	}
	wanted, most = max(1, active*7/(8*placerWriters)), maxPlaceGroup
	if !inFlight {
		most = max(wanted, (waiting+placerWriters-1)/placerWriters, minPlaceSplit)
	}
	return min(wanted, maxPlaceGroup), min(most, maxPlaceGroup)
}
