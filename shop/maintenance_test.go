package shop

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"
)

// backlog is a store with so much to do of everything.
type backlog struct {
	PaymentStore
	expired, keys, entries, revisions, carts, queues, claims, waiting int
	files, changes                                                    int
	batches                                                           int
	fails                                                             error
}

func (b *backlog) take(left *int, most int) (int, error) {
	b.batches++
	n := min(*left, most)
	*left -= n
	return n, b.fails
}

func (b *backlog) ExpirePendingOrders(_ context.Context, limit int) (int, error) {
	return b.take(&b.expired, limit)
}

func (b *backlog) AllocateBackorders(_ context.Context, limit int) (int, error) {
	return b.take(&b.waiting, limit)
}

func (b *backlog) RefreshStockAlerts(context.Context) (int, error) { return 2, b.fails }

func (b *backlog) EnsurePartitions(context.Context) (int, error) { return 3, b.fails }

func (b *backlog) PruneIdempotencyKeys(context.Context, time.Duration) (int64, error) {
	n, err := b.take(&b.keys, 5000)
	return int64(n), err
}

func (b *backlog) PruneOutbox(context.Context, time.Duration) (int64, error) {
	n, err := b.take(&b.entries, 5000)
	return int64(n), err
}

func (b *backlog) PruneOrderRevisions(context.Context, time.Duration) (int64, error) {
	n, err := b.take(&b.revisions, 5000)
	return int64(n), err
}

func (b *backlog) PruneQueueRevisions(context.Context, time.Duration) (int64, error) {
	n, err := b.take(&b.changes, 5000)
	return int64(n), err
}

func (b *backlog) PruneCarts(context.Context, time.Duration) (int64, error) {
	n, err := b.take(&b.carts, 5000)
	return int64(n), err
}

func (b *backlog) PruneCatalogFiles(context.Context, time.Duration) (int64, error) {
	n, err := b.take(&b.files, 20)
	return int64(n), err
}

func (b *backlog) RaiseQueueBounds(context.Context) (int, error) { return b.take(&b.queues, 10) }

func (b *backlog) LapseClaims(_ context.Context, limit int) (int, error) {
	return b.take(&b.claims, limit)
}

func (b *backlog) ClaimCharges(context.Context, int) ([]PaymentAttempt, error) { return nil, b.fails }

func (b *backlog) ClaimOperations(context.Context, int) ([]Operation, error) { return nil, b.fails }

func TestMaintenanceWorksOffABacklogBatchByBatch(t *testing.T) {
	t.Parallel()
	store := &backlog{expired: 450, keys: 5001, entries: 1_000_000, revisions: 5002, changes: 5003, carts: 1, queues: 12, claims: 101, waiting: 120, files: 21}
	did := map[string]int{}
	for _, job := range Maintenance(store, NewPayments(store, slog.New(slog.DiscardHandler)), MinKeyLife) {
		n, err := job.Run(t.Context())
		if err != nil || job.Every <= 0 || job.Name == "" {
			t.Errorf("%q every %s: %v", job.Name, job.Every, err)
		}
		did[job.Name] = n
	}
	want := map[string]int{
		"expire unpaid orders": 450, "settle unknown payments": 0, "make partitions ahead": 3, "forget idempotency keys": 5001,
		"forget feed entries":        500_000, // a hundred batches; the rest is for the next run
		"forget what changed orders": 5002,
		"forget what changed queues": 5003,
		"clear abandoned carts":      1,
		"forget catalog files":       21,
		"let queues begin later":     12, "give back claims that ran out": 101,
		"give what came in to waiting orders": 120, "tell of stock that runs low": 2,
	}
	for name, n := range want {
		if did[name] != n {
			t.Errorf("%s: did %d, want %d", name, did[name], n)
		}
	}
	if len(did) != len(want) {
		t.Errorf("%d jobs, want %d", len(did), len(want))
	}
}

func TestMaintenanceStopsAtAFailure(t *testing.T) {
	t.Parallel()
	store := &backlog{expired: 1000, keys: 10_000, waiting: 100, fails: errors.New("down")}
	for _, job := range Maintenance(store, NewPayments(store, slog.New(slog.DiscardHandler)), MinKeyLife) {
		before := store.batches
		if _, err := job.Run(t.Context()); !errors.Is(err, store.fails) {
			t.Errorf("%s: %v", job.Name, err)
		}
		if store.batches > before+1 {
			t.Errorf("%s went on after a failure", job.Name)
		}
	}
}

func TestMaintenanceRestsUntilItIsStopped(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	batches := 0
	did, err := drain(ctx, func(context.Context) (int, error) {
		batches++
		stop()
		return 7, nil
	})
	if did != 7 || batches != 1 || !errors.Is(err, context.Canceled) {
		t.Errorf("did %d in %d batches, %v", did, batches, err)
	}
}

// Ten thousand orders end within five seconds where the machine can do it, and evenly. The batches take no time here, so what
// goes by are the rests.
func TestOrdersExpireAtOnePace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const backlogged, most = 10_000, 5 * time.Second
		jobs, began := Maintenance(&backlog{expired: backlogged}, nil, MinKeyLife), time.Now()
		did, err := jobs[0].Run(t.Context())
		if took := time.Since(began); did != backlogged || took != backlogged/expireBatch*expirePace || took >= most || err != nil {
			t.Errorf("%d orders in %s, %v, want %d in less than %s", did, took, err, backlogged, most)
		}
	})
	for _, batches := range [][]struct{ took, pause time.Duration }{
		{{0, expirePace}, {expirePace / 4, expirePace * 3 / 4}, {expirePace - minExpiryRest, minExpiryRest}, {0, expirePace}},
		{{expirePace, minExpiryRest}, {0, expirePace - minExpiryRest}, {0, expirePace}}, // late by a pause, which the next makes up for
		{{2 * expirePace, minExpiryRest}, {0, minExpiryRest}, {0, expirePace - 2*minExpiryRest}, {0, expirePace}},
	} {
		rest := expiryRest()
		for i, b := range batches {
			if got := rest(b.took); got != b.pause {
				t.Errorf("batch %d of %v: a rest of %s", i, batches, got)
			}
		}
	}
	rest, madeUp := expiryRest(), time.Duration(0)
	rest(time.Hour)
	for pause := rest(0); pause < expirePace; pause = rest(0) {
		madeUp += expirePace - pause
	}
	if madeUp != maxExpiryLate {
		t.Errorf("%s of an hour are made up for, want %s", madeUp, maxExpiryLate)
	}
}
