package handlers

import (
	"context"
	"sync"
	"time"

	"waybill/shop"
)

const (
	snapshotsKept   = 512 // topics of which the last look is remembered
	snapshotTimeout = 5 * time.Second
)

// snapshots are looks at something that many open pages show whole: however many are open, and however fast it changes,
// one look at a time is taken. What is looked at is named by anything comparable. The zero value is ready.
type snapshots[T any] struct {
	mu sync.Mutex
	of map[any]*snapshot[T]
}

// snapshot is one look. It shows everything that the feed told up to its place.
type snapshot[T any] struct {
	place  shop.FeedCursor
	minute time.Time
	done   chan struct{}
	value  T
	err    error
}

// moment is how new a look has to be: it shows what is before a place of the feed, and is of this minute, or of another step of
// the clock that who looks counts in.
type moment struct {
	place  shop.FeedCursor
	minute time.Time
}

// at returns a look that is new enough, the one of somebody else if there is one. It is the same pointer for all who share
// it.
func (s *snapshots[T]) at(ctx context.Context, topic any, wanted moment, head func() shop.FeedCursor, look func(context.Context) (T, error)) (*snapshot[T], error) {
	one, mine := s.newEnough(topic, wanted, head)
	if mine {
		s.take(ctx, topic, one, look)
	}
	select {
	case <-one.done:
		return one, one.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (s *snapshots[T]) newEnough(topic any, wanted moment, head func() shop.FeedCursor) (one *snapshot[T], mine bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if last := s.of[topic]; last != nil && last.place.Compare(wanted.place) >= 0 && !last.minute.Before(wanted.minute) {
		return last, false
	}
	if s.of == nil || len(s.of) >= snapshotsKept {
		s.of = map[any]*snapshot[T]{} // those who wait for one keep it
	}
	// What came between the change and now is in the look too, and need not be looked at again.
	one = &snapshot[T]{place: head(), minute: wanted.minute, done: make(chan struct{})}
	if one.place.Compare(wanted.place) < 0 {
		one.place = wanted.place
	}
	s.of[topic] = one
	return one, true
}

func (s *snapshots[T]) take(ctx context.Context, topic any, one *snapshot[T], look func(context.Context) (T, error)) {
	defer close(one.done)
	// Whoever asked first may leave; the others still want to know.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), snapshotTimeout)
	defer cancel()
	if one.value, one.err = look(ctx); one.err == nil {
		return
	}
	s.mu.Lock() // a failure is not remembered: who comes back asks again
	defer s.mu.Unlock()
	if s.of[topic] == one {
		delete(s.of, topic)
	}
}
