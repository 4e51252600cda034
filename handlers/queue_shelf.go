package handlers

import (
	"container/list"
	"context"
	"errors"
	"sync"

	"waybill/shop"
)

// How much of merchants' queues is kept in memory.
const (
	maxShelfBytes  = 16 << 20
	shelfListBytes = 1 << 10 // what a list takes at least, and about what a row
	shelfRowBytes  = 640
	shelfItemBytes = 128 // and an item of it take
)

// queueShelf keeps lists of queues as they were read last, the least used of which are forgotten first. Whoever wants one
// waits for a look that begins after they have come, so everything that they know of is in it; all who come while one look is
// taken share the next. However many ask and however fast a queue changes, a list is read once at a time. The zero value is
// ready.
type queueShelf struct {
	mu    sync.Mutex
	lists map[shop.QueueQuery]*list.Element // of *shelvedList
	used  list.List                         // the latest first
	bytes int
}

type shelvedList struct {
	of      shop.QueueQuery
	kept    *keptQueue
	bytes   int
	running *queueLook // nil when nobody looks
	next    *queueLook // has not begun; nil when nobody has come since the last began
}

// queueLook is one look whether a list is still the same, and at the list if it is not.
type queueLook struct {
	done  chan struct{}
	found *keptQueue
	err   error
}

var errLookBrokeOff = errors.New("the look at the queue broke off")

// at returns a list as it is now. look is given what was found last, nil for nothing, and returns that again if it still is
// right.
func (s *queueShelf) at(ctx context.Context, of shop.QueueQuery, look func(ctx context.Context, last *keptQueue) (*keptQueue, error)) (*keptQueue, error) {
	on, one, before, mine := s.join(of)
	if mine {
		if before != nil {
			<-before.done // it ends in time by itself
		}
		s.take(ctx, on, one, look)
	}
	select {
	case <-one.done:
		return one.found, one.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// join returns the next look at a list, which is the caller's to take if it is mine: when the one before is done.
func (s *queueShelf) join(of shop.QueueQuery) (on *shelvedList, one, before *queueLook, mine bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	on = s.find(of)
	if on.next != nil {
		return on, on.next, nil, false
	}
	on.next = &queueLook{done: make(chan struct{}), err: errLookBrokeOff}
	return on, on.next, on.running, true
}

func (s *queueShelf) find(of shop.QueueQuery) *shelvedList {
	if at, ok := s.lists[of]; ok {
		s.used.MoveToFront(at)
		return at.Value.(*shelvedList) //nolint:forcetypeassert // nothing else is put in
	}
	if s.lists == nil {
		s.lists = map[shop.QueueQuery]*list.Element{}
	}
	on := &shelvedList{of: of}
	s.lists[of] = s.used.PushFront(on)
	s.grow(on, shelfListBytes)
	return on
}

func (s *queueShelf) take(ctx context.Context, on *shelvedList, one *queueLook, look func(context.Context, *keptQueue) (*keptQueue, error)) {
	s.mu.Lock()
	on.running, on.next = one, nil // who comes from now on may know of more than this look finds
	last := on.kept
	s.mu.Unlock()
	defer close(one.done)
	// Whoever asked first may leave; the others still want to know.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), queueReadTimeout)
	defer cancel()
	one.found, one.err = look(ctx, last)
	s.mu.Lock()
	defer s.mu.Unlock()
	if on.running == one {
		on.running = nil
	}
	if one.err == nil && one.found != last {
		on.kept = one.found
		s.grow(on, shelfListBytes+one.found.bytes()-on.bytes)
	}
}

// drew counts a drawing of a list that is kept with it.
func (s *queueShelf) drew(of shop.QueueQuery, kept *keptQueue, bytes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at, ok := s.lists[of]; ok {
		if on := at.Value.(*shelvedList); on.kept == kept { //nolint:forcetypeassert // nothing else is put in
			s.grow(on, bytes)
		}
	}
}

// grow counts what a list takes, and forgets those that there is no room for.
func (s *queueShelf) grow(on *shelvedList, bytes int) {
	if at, ok := s.lists[on.of]; !ok || at.Value != on {
		return // it was forgotten while somebody looked
	}
	on.bytes += bytes
	s.bytes += bytes
	for s.bytes > maxShelfBytes {
		oldest := s.used.Remove(s.used.Back()).(*shelvedList) //nolint:forcetypeassert // nothing else is put in
		delete(s.lists, oldest.of)
		s.bytes -= oldest.bytes
	}
}
