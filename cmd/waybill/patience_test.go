package main

import (
	"testing"
	"testing/synctest"
	"time"
)

// worker is a process that runs for a part of the time and waits for a processor for another.
type worker struct {
	at          time.Time // until when this is counted:
	ran, waited time.Duration
	runs, waits float64
	low         bool
	calls       int // of giveWay and hurry
}

func (w *worker) giveWay() { w.low, w.calls = true, w.calls+1 }
func (w *worker) hurry()   { w.low, w.calls = false, w.calls+1 }
func (w *worker) pulse() (ran, waited time.Duration) {
	since := float64(time.Since(w.at))
	w.at = time.Now()
	w.ran += time.Duration(w.runs * since)
	w.waited += time.Duration(w.waits * since)
	return w.ran, w.waited
}

func TestWorkGivesWayUntilItStarves(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &worker{at: time.Now()}
		p := &patience{process: w, with: withWork}
		work := func(runs, waits float64, lasts time.Duration) {
			t.Helper()
			w.pulse()
			w.runs, w.waits = runs, waits
			p.begin()
			time.Sleep(lasts)
			synctest.Wait()
			p.end()
		}
		low := func(want bool, calls int, when string) {
			t.Helper()
			if w.low != want || w.calls != calls {
				t.Errorf("%s: low %v after %d changes, want %v after %d", when, w.low, w.calls, want, calls)
			}
		}
		work(0.4, 0.6, time.Second)
		low(true, 1, "with enough of a processor")
		work(0.1, 0.2, time.Second)
		low(true, 1, "when it sleeps, mostly")
		work(0, 0.4, time.Second)
		low(true, 1, "when it waits for something else")
		work(0, 1, withWork.every-time.Millisecond)
		low(true, 1, "when it ended before anybody looked")
		work(0.2, 0.8, withWork.every+time.Millisecond)
		low(false, 2, "without")
		work(0.2, 0.8, patienceRest/2)
		low(false, 2, "in a hurry")
		time.Sleep(patienceRest)
		low(false, 2, "at rest")
		work(0.4, 0.6, time.Second)
		low(true, 3, "a while later")
		time.Sleep(time.Hour) // nobody looks at who does not work
		synctest.Wait()
		low(true, 3, "an hour later")
	})
}

// A report may be given less than work for whose locks others wait.
func TestReportsStarveLater(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		with forbearance
		runs float64
		low  bool
	}{{withWork, 0.2, false}, {withReports, 0.2, true}, {withReports, 0.12, true}, {withReports, 0.08, false}} {
		synctest.Test(t, func(t *testing.T) {
			w := &worker{at: time.Now(), runs: c.runs, waits: 1 - c.runs}
			p := &patience{process: w, with: c.with}
			p.begin()
			time.Sleep(c.with.every + time.Millisecond)
			synctest.Wait()
			p.end()
			if w.low != c.low {
				t.Errorf("with %.2f of a processor, looked at every %v: low %v, want %v", c.runs, c.with.every, w.low, c.low)
			}
		})
	}
}

// What begins again while it is at work goes on, and what starved is tried again later.
func TestPatienceBeginsAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &worker{at: time.Now(), waits: 1}
		p := &patience{process: w, with: withWork}
		p.begin()
		time.Sleep(withWork.every / 2)
		p.begin()
		time.Sleep(withWork.every/2 + time.Millisecond)
		synctest.Wait()
		if w.low || w.calls != 2 {
			t.Errorf("low %v after %d changes: the second beginning counts", w.low, w.calls)
		}
		time.Sleep(patienceRest)
		p.begin()
		if !w.low || w.calls != 3 {
			t.Errorf("low %v after %d changes: it hurries for ever", w.low, w.calls)
		}
		p.end()
	})
}

func TestNobodyToBePatientWith(t *testing.T) {
	t.Parallel()
	p := &patience{}
	p.begin()
	p.end()
}
