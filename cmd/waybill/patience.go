package main

import (
	"sync"
	"time"
)

// forbearance is how patient one is with a process: every so often somebody looks whether it gets less than the least part of
// the processor that it wants.
type forbearance struct {
	every time.Duration
	least int // one part in so many
}

var (
	withWork    = forbearance{50 * time.Millisecond, 4} // for whose locks others may wait; beside checkouts most transactions take half of that
	withReports = forbearance{time.Second, 10}          // which take seconds, and hold no locks that others wait for
)

const patienceRest = 5 * time.Second // from hurrying until giving way is tried again

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
// and gets less than the least part of what it wants; begin again, also meanwhile, has it give way again a while later. On a
// machine that is busy with checkouts alone it mostly gets more. Where other programs compute as well, what they leave is not
// enough to end with, and buyers would wait for the locks that it holds meanwhile. Without a process it has nobody to be
// patient with.
type patience struct {
	process givesWay
	with    forbearance

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
	p.next = time.AfterFunc(p.with.every, p.look)
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
	if lacks > p.with.every/2 && lacks > time.Duration(p.with.least-1)*gets {
		p.process.hurry()
		p.low, p.hurried, p.next = false, time.Now(), nil
		return
	}
	p.ran, p.waited = ran, waited
	p.next.Reset(p.with.every)
}
