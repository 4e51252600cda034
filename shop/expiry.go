package shop

import (
	"context"
	"slices"
	"time"
)

const (
	// expireMost bounds the orders that end in one turn. If there are as many, more may wait behind them.
	expireMost  = 20_000
	expireBatch = 125
	// releasePace is how often a batch of orders gives its units back: those of 10,000 are on sale again evenly over 4 s.
	releasePace = 50 * time.Millisecond
	// endPace is how often a batch of orders ends whose units are on sale again, which nobody waits for.
	endPace = 80 * time.Millisecond
	// maxExpiryLate is how much of what batches took too long those after them make up for.
	maxExpiryLate = 500 * time.Millisecond
	// minExpiryRest is the least that follows a batch.
	minExpiryRest = 5 * time.Millisecond
)

// ExpiryStore is what orders end with that nobody pays.
type ExpiryStore interface {
	// ExpiredOrders names at most limit orders whose time to pay has run out, the oldest first.
	ExpiredOrders(ctx context.Context, limit int) ([]OrderID, error)
	// ReleaseExpired puts their units back on sale, and EndExpired cancels them, with what they still hold. Both leave alone
	// what is not due any more, or what somebody else works on, and return for how many orders they did something.
	ReleaseExpired(ctx context.Context, ids []OrderID) (int, error)
	EndExpired(ctx context.Context, ids []OrderID) (int, error)
}

// expireUnpaid ends the orders whose time to pay has run out and returns how many. They come in tens of thousands when many
// were placed at once, so it goes batch by batch and at a pace that leaves the machine to those who buy. What others wait
// for are the units: those of all orders go back on sale before the first of them is cancelled, for which there is more time.
// A single batch is done at once, and so are batches behind which more wait than a turn takes: it is less work.
func expireUnpaid(ctx context.Context, store ExpiryStore) (did int, err error) {
	for {
		due, err := store.ExpiredOrders(ctx, expireMost)
		if err != nil || len(due) == 0 {
			return did, err
		}
		more, pace := len(due) == expireMost, endPace
		if more {
			pace = releasePace
		} else if len(due) > expireBatch {
			if _, err := atPace(ctx, due, releasePace, store.ReleaseExpired); err != nil {
				return did, err
			}
		}
		n, err := atPace(ctx, due, pace, store.EndExpired)
		did += n
		if err != nil || n == 0 || !more {
			return did, err
		}
	}
}

// atPace does something with orders, batch by batch, and returns the sum.
func atPace(ctx context.Context, ids []OrderID, pace time.Duration, do func(context.Context, []OrderID) (int, error)) (did int, err error) {
	pause := pacing(pace)
	for batch := range slices.Chunk(ids, expireBatch) {
		began := time.Now()
		n, err := do(ctx, batch)
		did += n
		if err != nil {
			return did, err
		}
		if err := rest(ctx, pause(time.Since(began))); err != nil {
			return did, err
		}
	}
	return did, nil
}

// pacing gives the pauses after batches of which one is to begin at each pace.
func pacing(pace time.Duration) func(took time.Duration) time.Duration {
	late := time.Duration(0)
	return func(took time.Duration) time.Duration {
		pause := max(pace-took-late, minExpiryRest)
		late = min(late+took+pause-pace, maxExpiryLate)
		return pause
	}
}
