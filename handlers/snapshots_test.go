package handlers

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"waybill/shop"
)

func cursorAt(xid int64) shop.FeedCursor { return shop.FeedCursor{Xid: xid} }

func TestOneLookServesAllWhoNeedNothingNewer(t *testing.T) {
	t.Parallel()
	var looks snapshots[int64]
	var taken atomic.Int64
	head := cursorAt(5)
	look := func(context.Context) (int64, error) { return taken.Add(1), nil }
	at := func(topic, xid int64, minute time.Time) *snapshot[int64] {
		one, err := looks.at(t.Context(), topic, moment{place: cursorAt(xid), minute: minute}, func() shop.FeedCursor { return head }, look)
		if err != nil {
			t.Error(err)
		}
		return one
	}
	noon := time.Date(2026, 5, 23, 12, 0, 0, 0, time.UTC)
	first := at(1, 3, noon)
	for _, again := range []*snapshot[int64]{at(1, 3, noon), at(1, 5, noon), at(1, 1, noon)} {
		if again != first {
			t.Error("what an earlier look shows is looked at again")
		}
	}
	for name, newer := range map[string]*snapshot[int64]{"a later change": at(1, 6, noon), "another topic": at(2, 3, noon), "another minute": at(1, 3, noon.Add(time.Minute))} {
		if newer == first {
			t.Errorf("%s is shown as it was", name)
		}
	}

	taken.Store(0)
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() { at(3, 1, noon) })
	}
	all.Wait()
	if n := taken.Load(); n != 1 {
		t.Errorf("50 pages took %d looks", n)
	}
}

func TestALookThatFailsIsTakenAgain(t *testing.T) {
	t.Parallel()
	var looks snapshots[string]
	fails := errors.New("away")
	look := func(context.Context) (string, error) { return "", fails }
	head := func() shop.FeedCursor { return cursorAt(1) }
	if _, err := looks.at(t.Context(), 1, moment{}, head, look); !errors.Is(err, fails) {
		t.Errorf("the failure is %v", err)
	}
	fails = nil
	if _, err := looks.at(t.Context(), 1, moment{}, head, look); err != nil {
		t.Errorf("a failure is remembered: %v", err)
	}
}
