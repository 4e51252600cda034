package db

import (
	"context"
	"errors"
	"sync"
	"time"

	"waybill/shop"
)

// Limits of the group commit. Two writers keep one transaction preparing while another waits for the disk (measured, see
// docs/decisions.md).
const (
	placerWriters   = 2
	maxPlaceGroup   = 200
	maxPlaceQueue   = 10_000
	maxPlaceWait    = 3 * time.Second       // a checkout that waited longer is refused, before latency explodes
	maxPlaceTurn    = 50 * time.Millisecond // that one group may keep the next from being prepared
	placeTimeout    = 15 * time.Second      // for the transaction of one group
	placeRetryAfter = time.Second
	maxPlaceTries   = 3 // of a group whose connection broke or whose key was taken meanwhile
)

// Placer is the one path on which orders are placed. Checkouts that arrive while a group is in flight are the next
// group: with nobody waiting a group is one checkout and adds no wait; under load hundreds share one commit.
type Placer struct {
	store    *Store
	queue    chan *placeTicket
	turn     chan struct{} // holds one element while a group is prepared
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
	p := &Placer{store: store, queue: make(chan *placeTicket, maxPlaceQueue), turn: make(chan struct{}, 1), stopping: make(chan struct{})}
	for range placerWriters {
		p.writers.Go(p.write)
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
func (p *Placer) write() {
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
		prepared := p.takeTurn()
		group, held = splitByKey(p.collect(group))
		p.place(group, prepared)
		prepared()
	}
}

// takeTurn waits until no other group is being prepared and returns what says that this one is: groups take turns up to
// their commits, where they wait for the disk and not for a processor. Two that were prepared side by side would be half
// as large each and contend for the same rows. Whoever prepares for too long waits for something that others need not
// wait for, and a whole group in the queue is worth a second processor: then nobody waits for a turn.
func (p *Placer) takeTurn() (prepared func()) {
	if len(p.queue) >= maxPlaceGroup {
		return func() {}
	}
	patience := time.NewTimer(maxPlaceTurn)
	defer patience.Stop()
	select {
	case p.turn <- struct{}{}:
		return sync.OnceFunc(func() { <-p.turn })
	case <-patience.C:
		return func() {}
	}
}

// collect adds whoever waits, without waiting for anybody, and drops those who left or waited too long.
func (p *Placer) collect(group []*placeTicket) []*placeTicket {
	for len(group) < maxPlaceGroup {
		select {
		case t := <-p.queue:
			if t.ctx.Err() == nil && time.Since(t.since) > maxPlaceWait {
				t.answer <- placeAnswer{err: placerBusy("Too many people are ordering right now. Please try again in a moment.")}
			} else if t.ctx.Err() == nil {
				group = append(group, t)
			}
		default:
			return group
		}
	}
	return group
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
func (p *Placer) place(group []*placeTicket, prepared func()) {
	answers, err := p.try(group, prepared)
	if err != nil && len(group) > 1 && shop.CodeOf(err) != shop.CodeUnavailable {
		p.place(group[:len(group)/2], prepared)
		p.place(group[len(group)/2:], prepared)
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
func (p *Placer) try(group []*placeTicket, prepared func()) (answers []placeAnswer, err error) {
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
		answers, err = p.store.placeGroup(ctx, commands, prepared)
		if err == nil || !(errors.Is(err, errKeyTaken) || shop.CodeOf(err) == shop.CodeUnavailable) {
			break
		}
	}
	return answers, err
}
