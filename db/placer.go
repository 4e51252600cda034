package db

import (
	"context"
	"errors"
	"sync"
	"time"

	"waybill/shop"
)

// Limits of the group commit. Two writers are two processes of PostgreSQL at work (measured, see docs/decisions.md).
const (
	placerWriters   = 2
	maxPlaceGroup   = 200
	maxPlaceQueue   = 10_000
	maxPlaceWait    = 3 * time.Second  // a checkout that waited longer is refused, before latency explodes
	placeTimeout    = 15 * time.Second // for the transaction of one group
	placeRetryAfter = time.Second
	maxPlaceTries   = 3 // of a group whose connection broke or whose key was taken meanwhile
)

// Placer is the one path on which orders are placed. Checkouts that arrive while a group is in flight are the next
// group: with nobody waiting a group is one checkout and adds no wait; under load hundreds share one commit.
type Placer struct {
	store    *Store
	queue    chan *placeTicket
	filling  sync.Mutex // held by the writer whose group is filled
	flow     placeFlow
	stopping chan struct{}
	writers  sync.WaitGroup
	stop     sync.Once
}

// placeTicket is a checkout in the queue. answer has room for one, so that a writer never waits for a client that left.
type placeTicket struct {
	ctx     context.Context
	command shop.PlaceCommand
	since   time.Time
	answer  chan placeAnswer
}

// NewPlacer starts the writers. Close ends them.
func NewPlacer(store *Store) *Placer {
	p := &Placer{store: store, queue: make(chan *placeTicket, maxPlaceQueue), flow: newPlaceFlow(), stopping: make(chan struct{})}
	for i := range placerWriters {
		p.writers.Go(func() { p.write(i) })
	}
	return p
}

// Close lets the groups in flight finish, refuses what still waits, and returns when the writers are gone.
func (p *Placer) Close() {
	p.stop.Do(func() { close(p.stopping) })
	p.writers.Wait()
	for {
		select {
		case t := <-p.queue:
			t.answer <- placeAnswer{err: placerBusy("The shop is restarting. Please try again in a moment.")}
		default:
			return
		}
	}
}

// Waiting is how many checkouts are in the queue, for metrics.
func (p *Placer) Waiting() int { return len(p.queue) }

// PlaceCheckout reserves the stock and writes the orders of a checkout, or refuses it: CodeInvalid names the fields,
// CodeOutOfStock the short lines, CodeConflict a changed total, CodeIdempotencyMismatch a reused key and CodeUnavailable
// an overload. The same key and request again returns the first answer. When ctx ends first, the checkout either exists,
// to be found by its key, or does not.
func (p *Placer) PlaceCheckout(ctx context.Context, command shop.PlaceCommand) (shop.PlacedCheckout, error) {
	if err := command.Check(); err != nil {
		return shop.PlacedCheckout{}, err
	}
	t := &placeTicket{ctx: ctx, command: command, since: time.Now(), answer: make(chan placeAnswer, 1)}
	select {
	case <-p.stopping:
		return shop.PlacedCheckout{}, placerBusy("The shop is restarting. Please try again in a moment.")
	default:
	}
	select {
	case p.queue <- t:
		p.flow.entered.Add(1)
	default:
		return shop.PlacedCheckout{}, placerBusy("Too many people are ordering right now. Please try again in a moment.")
	}
	select {
	case a := <-t.answer:
		return a.placed, a.err
	case <-ctx.Done():
		return shop.PlacedCheckout{}, translate(ctx.Err())
	}
}

func placerBusy(message string) error { return shop.Unavailable(message, placeRetryAfter) }

// write is one writer: it takes whoever waits, places them, and takes the next.
func (p *Placer) write(writer int) {
	var held []*placeTicket // wait for the next group, because this one has their key
	for {
		group := held
		if len(group) == 0 {
			select {
			case <-p.stopping:
				return
			case t := <-p.queue:
				group = append(group, t)
			}
		}
		group, held = splitByKey(p.fill(group))
		p.flow.begin(writer, len(group))
		p.place(group)
		p.flow.end(writer, time.Now())
	}
}

// fill adds whoever waits, and those who are about to come (see placeFlow). One group is filled at a time: two would
// share who comes, and both wait.
func (p *Placer) fill(group []*placeTicket) []*placeTicket {
	p.filling.Lock()
	defer p.filling.Unlock()
	began := time.Now()
	wanted, most := p.flow.bounds(len(group)+len(p.queue), began)
	group = p.collect(group, most)
	if len(group) >= wanted {
		return group
	}
	gap, end := time.NewTimer(placeGap), time.NewTimer(maxPlaceLinger)
	defer gap.Stop()
	defer end.Stop()
	for len(group) < wanted {
		select {
		case t := <-p.queue:
			group = p.admit(group, t)
			gap.Reset(placeGap)
		case <-p.flow.ended: // less is enough now
			wanted, most = p.flow.bounds(len(group)+len(p.queue), time.Now())
			group = p.collect(group, most)
		case <-gap.C:
			return group
		case <-end.C:
			return group
		case <-p.stopping:
			return group
		}
	}
	return group
}

// collect adds whoever waits, without waiting for anybody.
func (p *Placer) collect(group []*placeTicket, most int) []*placeTicket {
	for len(group) < most {
		select {
		case t := <-p.queue:
			group = p.admit(group, t)
		default:
			return group
		}
	}
	return group
}

// admit adds a ticket, unless its buyer left or waited too long.
func (p *Placer) admit(group []*placeTicket, t *placeTicket) []*placeTicket {
	switch {
	case t.ctx.Err() != nil:
		return group
	case time.Since(t.since) > maxPlaceWait:
		t.answer <- placeAnswer{err: placerBusy("Too many people are ordering right now. Please try again in a moment.")}
		return group
	}
	return append(group, t)
}

// splitByKey keeps the first ticket of each idempotency key and holds the others back.
func splitByKey(tickets []*placeTicket) (group, held []*placeTicket) {
	seen := make(map[[2]string]bool, len(tickets))
	for _, t := range tickets {
		key := [2]string{t.command.Key.Scope, t.command.Key.Key}
		if seen[key] {
			held = append(held, t)
			continue
		}
		seen[key] = true
		group = append(group, t)
	}
	return group, held
}

// place answers every ticket. A group that meets an unexpected error is placed in halves, so that only the culprit fails.
func (p *Placer) place(group []*placeTicket) {
	answers, err := p.try(group)
	if err != nil && len(group) > 1 && shop.CodeOf(err) != shop.CodeUnavailable {
		p.place(group[:len(group)/2])
		p.place(group[len(group)/2:])
		return
	}
	for i, t := range group {
		if err != nil {
			t.answer <- placeAnswer{err: err}
		} else {
			t.answer <- answers[i]
		}
	}
}

// try places a group, again when its connection broke or one of its keys was committed meanwhile: the keys make
// repeating safe even when the first commit did happen.
func (p *Placer) try(group []*placeTicket) (answers []placeAnswer, err error) {
	commands := make([]shop.PlaceCommand, len(group))
	for i, t := range group {
		commands[i] = t.command
	}
	ctx, cancel := context.WithTimeout(context.Background(), placeTimeout)
	defer cancel()
	for attempt := range maxPlaceTries {
		if attempt > 0 && !pause(ctx, retryPause<<attempt) {
			break
		}
		answers, err = p.store.placeGroup(ctx, commands)
		if err == nil || !(errors.Is(err, errKeyTaken) || shop.CodeOf(err) == shop.CodeUnavailable) {
			break
		}
	}
	return answers, err
}
