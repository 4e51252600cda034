package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"waybill/shop"
)

const (
	hunters       = 64
	huntedSKUs    = 12 // few, so that every cart overlaps with those of others
	huntedLines   = 6
	cancelOneIn   = 3 // of the orders, at once: it locks the order first and the stock then
	cancelledWhy  = `{"reason":"bench"}`
	huntedSpacing = 80 // between their ids: they lie on different pages
)

// Hunt is an attempt to make transactions wait for each other in a circle.
type Hunt struct {
	Seconds   float64 `json:"seconds"`
	Orders    int64   `json:"orders"`
	Cancelled int64   `json:"cancelled"`
	Deadlocks int64   `json:"deadlocks"`
	Load
}

// hunt has clients order the same few SKUs, each cart in an order of its own, and cancel some of what they ordered. A
// deadlock that PostgreSQL resolves is repeated and seen by nobody, so they are counted where they are resolved.
func (b *bench) hunt(ctx context.Context) error {
	b.say("hunt for deadlocks: %d clients, carts of %d lines out of %d SKUs in any order", hunters, huntedLines, huntedSKUs)
	before, err := b.deadlocks(ctx)
	if err != nil {
		return err
	}
	wires, err := b.target().connect(ctx, hunters)
	if err != nil {
		return err
	}
	defer closeAll(wires)
	all, cancels, began := newLatencies(), newLatencies(), time.Now()
	group, hunting := errgroup.WithContext(ctx)
	for i, w := range wires {
		random := rand.New(rand.NewPCG(uint64(i), 1)) //nolint:gosec // chooses what is bought
		group.Go(func() error {
			for time.Since(began) < b.lasting() && hunting.Err() == nil {
				if err := b.orderAndRegret(w, random, all, cancels); err != nil {
					return err
				}
			}
			return hunting.Err()
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	lasted := time.Since(began)
	found := &Hunt{Seconds: lasted.Seconds(), Load: all.load(hunters, 0), Cancelled: cancels.load(hunters, 0).wanted("200")}
	found.Orders = found.wanted("201")
	found.PerSecond = float64(found.Orders) / lasted.Seconds()
	after, err := b.deadlocks(ctx)
	found.Deadlocks = after - before
	b.report.Hunt = found
	return err
}

// orderAndRegret places an order of SKUs in a random order, and cancels some of them.
func (b *bench) orderAndRegret(w *wire, random *rand.Rand, all, cancels *latencies) error {
	skuIDs := make([]int64, huntedLines)
	for i, n := range random.Perm(huntedSKUs)[:huntedLines] {
		skuIDs[i] = b.world.firstSKU + int64(n*huntedSpacing)
	}
	asked := time.Now()
	id, err := b.place(w, b.world.buyer(random.Int64N(customerCount)), skuIDs...)
	if err != nil {
		return err
	}
	all.add(time.Since(asked), "201")
	if random.IntN(cancelOneIn) > 0 {
		return nil
	}
	return b.cancel(w, id, cancels)
}

func (b *bench) cancel(w *wire, id shop.OrderID, cancels *latencies) error {
	asked := time.Now()
	answer, err := w.do(b.post(nil, apiOrder(id)+"/cancel", nextKey(), []byte(cancelledWhy)))
	if err == nil && answer.status != 200 {
		err = fmt.Errorf("cancelling an order is answered with %d: %s", answer.status, answer.body)
	}
	cancels.add(time.Since(asked), strconv.Itoa(answer.status))
	return err
}

// deadlocks is how many PostgreSQL has resolved. Its statistics lag behind by up to a second, so the last ones of a hunt
// may only be in the count of the whole run.
func (b *bench) deadlocks(ctx context.Context) (n int64, err error) {
	err = b.postgres.pool.QueryRow(ctx, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()").Scan(&n)
	return n, err
}
