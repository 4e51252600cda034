package main

import (
	"testing"
	"testing/synctest"
	"time"
)

// worker is a process that runs for a part of the time for which it wants to.
type worker struct {
	began time.Time
	share float64
	wants bool
	low   bool
	calls int // of giveWay and hurry
}

func (w *worker) giveWay() { w.low, w.calls = true, w.calls+1 }
func (w *worker) hurry()   { w.low, w.calls = false, w.calls+1 }
func (w *worker) pulse() (time.Duration, bool) {
	return time.Duration(w.share * float64(time.Since(w.began))), w.wants
}

func TestWorkGivesWayUntilItStarves(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &worker{began: time.Now(), wants: true}
		p := &patience{process: w}
		work := func(share float64, lasts time.Duration) {
			t.Helper()
			w.share = share
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
		work(0.4, time.Second)
		low(true, 1, "with enough of a processor")
		work(0, patienceLook-time.Millisecond)
		low(true, 1, "when it ended before anybody looked")
		w.wants = false
		work(0, time.Second)
		low(true, 1, "when it waits for something else")
		w.wants = true
		work(0.1, patienceLook+time.Millisecond)
		low(false, 2, "without")
		work(0.1, time.Second)
		low(false, 2, "in a hurry")
		time.Sleep(patienceRest)
		low(false, 2, "at rest")
		work(0.4, time.Second)
		low(true, 3, "a while later")
		time.Sleep(time.Hour) // nobody looks at who does not work
		synctest.Wait()
		low(true, 3, "an hour later")
	})
}

func TestNobodyToBePatientWith(t *testing.T) {
	t.Parallel()
	p := &patience{}
	p.begin()
	p.end()
}
