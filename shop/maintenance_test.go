package shop

import (
	"context"
	"errors"
	"log/slog"
	"testing"
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

func (b *backlog) ExpiredOrders(_ context.Context, limit int) ([]OrderID, error) {
	b.batches++
	return make([]OrderID, min(b.expired, limit)), b.fails
}

func (b *backlog) ReleaseExpired(_ context.Context, ids []OrderID) (int, error) {
	return len(ids), b.fails
}

func (b *backlog) EndExpired(_ context.Context, ids []OrderID) (int, error) {
	return b.take(&b.expired, len(ids))
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
