package main

import (
	"sync"
	"time"
)

const (
	patienceLook = 50 * time.Millisecond // after which, and again, it looks whether a transaction gets on; beside checkouts most take half of that
	reportLook   = time.Second           // the same for a report, which takes seconds and holds no locks that others wait for
	patienceRest = 5 * time.Second       // from hurrying until giving way is tried again
)

// givesWay is a process whose priority can be changed.
type givesWay interface {
	giveWay()
	hurry()
	// pulse is how long the process has been on a processor in its life, and how long it has waited for one.
	pulse() (ran, waited time.Duration)
}

// working has a process give way as one for whose locks others may wait.
func working(b backend) givesWay { return b }

// patience lets a process give way while it works, from begin to end, and hurry when it waits for a processor most of the time
// and gets less than a quarter of what it wants; begin again, also meanwhile, has it give way again a while later. On a
// machine that is busy with checkouts alone it gets more. Where other programs compute as well, what they leave is not
// enough to end with, and buyers would wait for the locks that it holds meanwhile. Without a process it has nobody to be
// patient with.
type patience struct {
	process givesWay
	every   time.Duration // it looks

	mu          sync.Mutex
	low         bool
	hurried     time.Time // never, while it is zero
	ran, waited time.Duration
	next        *time.Timer // nil outside of work
}

func (p *patience) begin() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.process == nil || p.next != nil || (!p.low && time.Since(p.hurried) < patienceRest) {
		return
	}
	if !p.low {
		p.process.giveWay()
		p.low = true
	}
	p.ran, p.waited = p.process.pulse()
	p.next = time.AfterFunc(p.every, p.look)
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
	ran, waited := p.process.pulse()
	gets, lacks := ran-p.ran, waited-p.waited
	if lacks > p.every/2 && lacks > 3*gets {
		p.process.hurry()
		p.low, p.hurried, p.next = false, time.Now(), nil
		return
	}
	p.ran, p.waited = ran, waited
	p.next.Reset(p.every)
}
