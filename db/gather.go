package db

import (
	"context"
	"sync"
	"time"
)

// Limits of reads that are gathered.
const (
	maxGathered    = 64                    // who share a statement. As many more may wait as there are requests let in.
	maxGatherLanes = 4                     // statements under way at once,
	gatherPatience = 25 * time.Millisecond // of which there is one, unless it takes longer than this: its connection may hang
	gatherTimeout  = 10 * time.Second      // for a statement, as for the request that asks
	gatherTries    = 2                     // of a statement: one broken connection must not fail all who share it
)

// gather lets those who look for something at about the same time share one statement, as checkouts share a commit
// (Placer): who comes while nobody is being answered is asked for at once and alone, and whoever comes meanwhile is asked
// for together with the others, next. Nobody joins a statement that was sent before they came, so what they get is as new
// as if they had asked alone. The zero value with a read is ready.
type gather[K, V any] struct {
	read func(ctx context.Context, keys []K) ([]V, error) // returns a value for each key, in their order

	mu      sync.Mutex
	waiting []*gatherTicket[K, V]
	lanes   int // at work
}

// gatherTicket is somebody who waits. answer has room for one, so that nobody waits for who left.
type gatherTicket[K, V any] struct {
	ctx    context.Context
	key    K
	answer chan gatherAnswer[V]
}

type gatherAnswer[V any] struct {
	value V
	err   error
}

// get returns the value of a key as it is now. An error of the statement is everybody's who shared it; one's own end of
// patience is nobody else's.
func (g *gather[K, V]) get(ctx context.Context, key K) (V, error) {
	t := &gatherTicket[K, V]{ctx: ctx, key: key, answer: make(chan gatherAnswer[V], 1)}
	g.mu.Lock()
	g.waiting = append(g.waiting, t)
	g.open(1)
	g.mu.Unlock()
	slow := time.NewTimer(gatherPatience)
	defer slow.Stop()
	for {
		select {
		case a := <-t.answer:
			return a.value, a.err
		case <-slow.C:
			g.mu.Lock()
			g.open(maxGatherLanes)
			g.mu.Unlock()
		case <-ctx.Done():
			var none V
			return none, ctx.Err()
		}
	}
}

// open opens a lane if somebody waits and there are not so many yet. The caller holds the lock.
func (g *gather[K, V]) open(most int) {
	if len(g.waiting) > 0 && g.lanes < most {
		g.lanes++
		go g.work()
	}
}

// work is a lane: it answers whoever waits until nobody does.
func (g *gather[K, V]) work() {
	for {
		group := g.next()
		if len(group) == 0 {
			return
		}
		g.answer(group)
	}
}

// next takes those who wait and have not left; with nobody there, the lane is closed.
func (g *gather[K, V]) next() []*gatherTicket[K, V] {
	g.mu.Lock()
	defer g.mu.Unlock()
	var group []*gatherTicket[K, V]
	taken := 0
	for _, t := range g.waiting {
		if len(group) == maxGathered {
			break
		}
		taken++
		if t.ctx.Err() == nil {
			group = append(group, t)
		}
	}
	rest := copy(g.waiting, g.waiting[taken:])
	clear(g.waiting[rest:]) // what left must not be held
	g.waiting = g.waiting[:rest]
	if len(group) == 0 {
		g.lanes--
	}
	return group
}

// answer reads for a group. The statement belongs to all of them, so it does not end with the request of any.
func (g *gather[K, V]) answer(group []*gatherTicket[K, V]) {
	keys := make([]K, len(group))
	for i, t := range group {
		keys[i] = t.key
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(group[0].ctx), gatherTimeout)
	defer cancel()
	values, err := g.read(ctx, keys)
	for tries := 1; err != nil && tries < gatherTries && ctx.Err() == nil; tries++ {
		values, err = g.read(ctx, keys)
	}
	for i, t := range group {
		if err != nil {
			t.answer <- gatherAnswer[V]{err: err}
		} else {
			t.answer <- gatherAnswer[V]{value: values[i]}
		}
	}
}
