package main

import (
	"sync"
	"time"
)

const (
	patienceLook = 50 * time.Millisecond // after which, and again, it looks whether a transaction gets on; beside checkouts most take half of that
	patienceRest = 10 * time.Second      // from hurrying until giving way is tried again
)

// givesWay is a process whose priority can be changed.
type givesWay interface {
	giveWay()
	hurry()
	// pulse is how long the process has been on a processor in its life, and whether it is there or waits for one now.
	pulse() (ran time.Duration, wants bool)
}

// patience lets a process give way while it works, from begin to end, and hurry when it gets less than a quarter of a processor
// that it wants, as far as steps of 10 ms tell. On a machine that is busy with checkouts alone it gets more. Where other programs compute as well, a tenth of
// the usual share is not enough to end with, and buyers would wait for the locks that it holds meanwhile. Its zero value has
// nobody to be patient with.
type patience struct {
	process givesWay

	mu      sync.Mutex
	low     bool
	hurried time.Time // never, while it is zero
	ran     time.Duration
	next    *time.Timer // nil outside of work
}

func (p *patience) begin() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.process == nil || (!p.low && time.Since(p.hurried) < patienceRest) {
		return
	}
	if !p.low {
		p.process.giveWay()
		p.low = true
	}
	p.ran, _ = p.process.pulse()
	p.next = time.AfterFunc(patienceLook, p.look)
}

func (p *patience) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.next != nil {
		p.next.Stop()
		p.next = nil
	}
}

func (p *patience) look() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.next == nil {
		return // it ended while this waited to begin
	}
	before := p.ran
	ran, wants := p.process.pulse()
	if wants && ran-before < patienceLook/4 {
		p.process.hurry()
		p.low, p.hurried = false, time.Now()
		return
	}
	p.ran = ran
	p.next.Reset(patienceLook)
}
