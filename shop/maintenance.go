package shop

import (
	"context"
	"time"
)

// How often background work is done, how much of it at once, and how long things are kept.
const (
	expireEvery = 5 * time.Second
	lapseEvery  = 20 * time.Second
	settleEvery = 5 * time.Second
	alertEvery  = 15 * time.Second
	giveEvery   = 2 * time.Second // what came in, to the orders that wait for it
	pruneEvery  = 10 * time.Minute
	monthsEvery = time.Hour

	lapseBatch  = 100
	settleBatch = 20
	giveBatch   = 50
	// maxBatches bounds one run; what is left waits for the next, so that no job keeps the database to itself.
	maxBatches = 100
	// maxRest bounds the pause between two batches, so that a backlog is worked off even on a machine that is always busy.
	maxRest = 25 * time.Millisecond

	keepOutbox       = 24 * time.Hour      // the longest that a feed's reader may be away
	keepRevisions    = 24 * time.Hour      // much longer than a drawn page is kept
	keepQueueChanges = time.Hour           // and than a queue that was read
	keepCatalogFiles = 30 * 24 * time.Hour // with their reports
	keepGuestCarts   = 30 * 24 * time.Hour // since the visitor last touched it
)

// How long idempotency keys may be kept: after that a repeated request is a new one. No less than it takes until everybody
// has given up repeating, a payment in flight included; no longer than anybody would want to.
const (
	MinKeyLife = time.Hour
	MaxKeyLife = 366 * 24 * time.Hour
)

// Job is work that is done again and again in the background. Run returns how much it did. It may run in several
// instances of the program at once.
type Job struct {
	Name  string
	Every time.Duration
	Run   func(ctx context.Context) (did int, err error)
}

// MaintenanceStore is what the background work needs of the database.
type MaintenanceStore interface {
	ExpiryStore
	AllocateBackorders(ctx context.Context, limit int) (int, error)
	RefreshStockAlerts(ctx context.Context) (int, error)
	EnsurePartitions(ctx context.Context) (int, error)
	PruneIdempotencyKeys(ctx context.Context, ttl time.Duration) (int64, error)
	PruneOutbox(ctx context.Context, age time.Duration) (int64, error)
	PruneOrderRevisions(ctx context.Context, age time.Duration) (int64, error)
	PruneQueueRevisions(ctx context.Context, age time.Duration) (int64, error)
	PruneCarts(ctx context.Context, idle time.Duration) (int64, error)
	RaiseQueueBounds(ctx context.Context) (int, error)
	LapseClaims(ctx context.Context, limit int) (int, error)
	PruneCatalogFiles(ctx context.Context, age time.Duration) (int64, error)
}

// Maintenance lists the background work of a shop, which keeps idempotency keys for keyLife: MinKeyLife to MaxKeyLife.
func Maintenance(store MaintenanceStore, payments *Payments, keyLife time.Duration) []Job {
	return []Job{
		{"expire unpaid orders", expireEvery, func(ctx context.Context) (int, error) { return expireUnpaid(ctx, store) }},
		{"settle unknown payments", settleEvery, func(ctx context.Context) (int, error) { return payments.SettleUnknown(ctx, settleBatch) }},
		{"give what came in to waiting orders", giveEvery, func(ctx context.Context) (int, error) {
			return drain(ctx, func(ctx context.Context) (int, error) { return store.AllocateBackorders(ctx, giveBatch) })
		}},
		{"tell of stock that runs low", alertEvery, store.RefreshStockAlerts},
		{"make partitions ahead", monthsEvery, store.EnsurePartitions},
		{"forget idempotency keys", pruneEvery, prune(store.PruneIdempotencyKeys, keyLife)},
		{"forget feed entries", pruneEvery, prune(store.PruneOutbox, keepOutbox)},
		{"forget what changed orders", pruneEvery, prune(store.PruneOrderRevisions, keepRevisions)},
		{"forget what changed queues", pruneEvery, prune(store.PruneQueueRevisions, keepQueueChanges)},
		{"clear abandoned carts", pruneEvery, prune(store.PruneCarts, keepGuestCarts)},
		{"give back claims that ran out", lapseEvery, func(ctx context.Context) (int, error) {
			return drain(ctx, func(ctx context.Context) (int, error) { return store.LapseClaims(ctx, lapseBatch) })
		}},
		{"forget catalog files", pruneEvery, prune(store.PruneCatalogFiles, keepCatalogFiles)},
		{"let queues begin later", monthsEvery, func(ctx context.Context) (int, error) { return drain(ctx, store.RaiseQueueBounds) }},
	}
}

// prune runs a clean-up of what is older than keep, batch by batch.
func prune(batch func(context.Context, time.Duration) (int64, error), keep time.Duration) func(context.Context) (int, error) {
	return func(ctx context.Context) (int, error) {
		return drain(ctx, func(ctx context.Context) (int, error) {
			n, err := batch(ctx, keep)
			return int(n), err
		})
	}
}

// drain repeats a bounded batch until there is nothing left to do. After each it rests for as long as the batch took, so that
// people who buy have the machine to themselves for half of the time; on a machine that is busy with them a batch takes
// longer, and so does the rest, up to maxRest. It takes at most maxBatches.
func drain(ctx context.Context, batch func(context.Context) (int, error)) (did int, err error) {
	for range maxBatches {
		began := time.Now()
		n, err := batch(ctx)
		did += n
		if err != nil || n == 0 {
			return did, err
		}
		if err := rest(ctx, min(time.Since(began), maxRest)); err != nil {
			return did, err
		}
	}
	return did, nil
}

// rest does nothing for d, and tells whether there is somebody left to go on for.
func rest(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
	return ctx.Err()
}
