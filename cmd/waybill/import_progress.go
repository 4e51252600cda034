package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"

	"waybill/shop"
)

const (
	terminalEvery = 100 * time.Millisecond // often enough to be seen moving
	lineEvery     = 5 * time.Second        // seldom enough for a log
)

// progress tells the person who waits how far an import is: on a terminal in one line that changes, else in a line now
// and then.
type progress struct {
	out      io.Writer
	clock    func() time.Time
	terminal bool

	started    time.Time
	shown      time.Time
	phase      shop.ImportPhase
	phaseStart time.Time
	open       bool // the terminal's line is not ended
}

func newProgress(out io.Writer, clock func() time.Time) *progress {
	file, ok := out.(*os.File)
	now := clock()
	return &progress{out: out, clock: clock, terminal: ok && term.IsTerminal(int(file.Fd())), started: now}
}

// elapsed is the time since the start.
func (p *progress) elapsed() time.Duration { return p.clock().Sub(p.started) }

// show tells a state, unless one was told just now.
func (p *progress) show(state shop.ImportProgress) {
	now := p.clock()
	if state.Phase != p.phase {
		p.phase, p.phaseStart = state.Phase, now
		p.end()
	}
	every := lineEvery
	if p.terminal {
		every = terminalEvery
	}
	complete := state.Expected > 0 && state.Done >= state.Expected
	if now.Sub(p.shown) < every && !complete {
		return
	}
	p.shown = now
	text := progressText(state, now.Sub(p.phaseStart))
	if p.terminal {
		_, _ = fmt.Fprintf(p.out, "\r\033[K%s", text)
		p.open = true
		return
	}
	_, _ = fmt.Fprintln(p.out, text)
}

// end leaves the terminal's line, so that what is said next has one of its own.
func (p *progress) end() {
	if p.open {
		_, _ = fmt.Fprintln(p.out)
		p.open = false
	}
}

func progressText(state shop.ImportProgress, since time.Duration) string {
	text := fmt.Sprintf("%s: %d", state.Phase, state.Done)
	rate := float64(state.Done) / max(since.Seconds(), 0.001)
	if state.Expected > 0 {
		text += fmt.Sprintf(" of %d (%d %%)", state.Expected, min(100*state.Done/state.Expected, 100))
	}
	text += fmt.Sprintf(", %d new", state.Added)
	if state.Rejected > 0 {
		text += fmt.Sprintf(", %d rows rejected", state.Rejected)
	}
	if since >= time.Second {
		text += fmt.Sprintf(", %.0f/s", rate)
	}
	if left := state.Expected - state.Done; left > 0 && since >= time.Second {
		text += ", " + (time.Duration(float64(left)/rate*float64(time.Second)).Round(time.Second) + time.Second).String() + " left"
	}
	return text
}
