package shop

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// unpaid is a store with orders that nobody paid in time, which writes down when which of them was released and ended.
type unpaid struct {
	due      []OrderID
	began    time.Time
	released map[OrderID]time.Duration
	ended    map[OrderID]time.Duration
	turns    int
	stuck    bool // nothing is due any more when it comes to it
	fails    error
}

func newUnpaid(n int) *unpaid {
	u := &unpaid{began: time.Now(), released: map[OrderID]time.Duration{}, ended: map[OrderID]time.Duration{}}
	for i := range n {
		u.due = append(u.due, OrderID(i+1))
	}
	return u
}

func (u *unpaid) ExpiredOrders(_ context.Context, limit int) ([]OrderID, error) {
	u.turns++
	return slices.Clone(u.due[:min(len(u.due), limit)]), nil
}

func (u *unpaid) ReleaseExpired(_ context.Context, ids []OrderID) (int, error) {
	for _, id := range ids {
		u.released[id] = time.Since(u.began)
	}
	return len(ids), u.fails
}

func (u *unpaid) EndExpired(_ context.Context, ids []OrderID) (int, error) {
	if u.stuck {
		return 0, nil
	}
	for _, id := range ids {
		u.ended[id] = time.Since(u.began)
	}
	u.due = slices.DeleteFunc(u.due, func(id OrderID) bool { return slices.Contains(ids, id) })
	return len(ids), u.fails
}

// The units of ten thousand orders are on sale again within five seconds where the machine can do it, and evenly, before the
// first of them ends. The batches take no time here, so what goes by are the rests.
func TestUnitsComeBackBeforeOrdersEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const orders, most = 10_000, 5 * time.Second
		u := newUnpaid(orders)
		did, err := expireUnpaid(t.Context(), u)
		if did != orders || err != nil || len(u.released) != orders || len(u.ended) != orders {
			t.Fatalf("%d orders, %v: %d released, %d ended", did, err, len(u.released), len(u.ended))
		}
		const batches = orders / expireBatch
		for id := range OrderID(orders) {
			batch := time.Duration(id) / expireBatch
			if at := u.released[id+1]; at != batch*releasePace || at >= most {
				t.Fatalf("order %d gave its units back after %s, want %s", id+1, at, batch*releasePace)
			}
			if at := u.ended[id+1]; at != batches*releasePace+batch*endPace {
				t.Fatalf("order %d ended after %s, want %s", id+1, at, batches*releasePace+batch*endPace)
			}
		}
	})
}

func TestFewOrdersEndAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		u := newUnpaid(expireBatch)
		did, err := expireUnpaid(t.Context(), u)
		if did != expireBatch || err != nil || len(u.ended) != expireBatch || len(u.released) != 0 {
			t.Errorf("%d orders, %v: %d ended, %d released before", did, err, len(u.ended), len(u.released))
		}
	})
}

// What is left of a rush is looked for again, as long as something can be done about it. With more behind them, orders end in one
// step.
func TestExpiryGoesOnWithWhatIsLeft(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		due, turns, did, released int
		stuck                     bool
	}{
		"more than one turn":      {expireMost + expireBatch + 1, 2, expireMost + expireBatch + 1, expireBatch + 1, false},
		"exactly one":             {expireMost, 2, expireMost, 0, false},
		"nothing due":             {0, 1, 0, 0, false},
		"others work on them":     {expireMost, 1, 0, 0, true},
		"few others work on":      {7, 1, 0, 0, true},
		"a few more than at once": {expireBatch + 1, 1, expireBatch + 1, expireBatch + 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				u := newUnpaid(c.due)
				u.stuck = c.stuck
				did, err := expireUnpaid(t.Context(), u)
				if did != c.did || u.turns != c.turns || len(u.released) != c.released || err != nil {
					t.Errorf("%d orders in %d turns, %d released before, %v, want %d in %d, %d", did, u.turns, len(u.released), err, c.did, c.turns, c.released)
				}
			})
		})
	}
}

func TestExpiryStopsAtAFailure(t *testing.T) {
	t.Parallel()
	for _, due := range []int{1, expireBatch + 1, expireMost} {
		u := newUnpaid(due)
		u.fails = errors.New("down")
		if _, err := expireUnpaid(t.Context(), u); !errors.Is(err, u.fails) || len(u.released)+len(u.ended) > expireBatch {
			t.Errorf("%d due: %v after %d orders", due, err, len(u.released)+len(u.ended))
		}
	}
}

func TestBatchesThatTookTooLongAreMadeUpFor(t *testing.T) {
	t.Parallel()
	const pace = releasePace
	for _, batches := range [][]struct{ took, pause time.Duration }{
		{{0, pace}, {pace / 4, pace * 3 / 4}, {pace - minExpiryRest, minExpiryRest}, {0, pace}},
		{{pace, minExpiryRest}, {0, pace - minExpiryRest}, {0, pace}}, // late by a pause, which the next makes up for
		{{2 * pace, minExpiryRest}, {0, minExpiryRest}, {0, pace - 2*minExpiryRest}, {0, pace}},
	} {
		pause := pacing(pace)
		for i, b := range batches {
			if got := pause(b.took); got != b.pause {
				t.Errorf("batch %d of %v: a rest of %s", i, batches, got)
			}
		}
	}
	pause, madeUp := pacing(pace), time.Duration(0)
	pause(time.Hour)
	for rest := pause(0); rest < pace; rest = pause(0) {
		madeUp += pace - rest
	}
	if madeUp != maxExpiryLate {
		t.Errorf("%s of an hour are made up for, want %s", madeUp, maxExpiryLate)
	}
}
