package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync/atomic"
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

	newcomersASecond = 150 // who never bought anything
	newcomersAtOnce  = 4   // so few that several groups of orders have the same one
	newcomerStays    = 32  // turns until another one comes
)

// Hunt is an attempt to make transactions wait for each other in a circle.
type Hunt struct {
	Seconds   float64 `json:"seconds"`
	Orders    int64   `json:"orders"`
	Cancelled int64   `json:"cancelled"`
	Deadlocks int64   `json:"deadlocks"`
	Load
}

// hunt has clients order the same few SKUs, each cart in an order of its own, and cancel some of what they ordered. They go
// to two servers, so that four groups of orders are placed at once, and every other order is among the first of its buyer. A
// deadlock that PostgreSQL resolves is repeated and seen by nobody, so they are counted where they are resolved.
func (b *bench) hunt(ctx context.Context) (err error) {
	b.say("hunt for deadlocks: %d clients, carts of %d lines out of %d SKUs in any order", hunters, huntedLines, huntedSKUs)
	second, err := b.program.serve(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, second.stop(ctx)) }()
	wires, err := b.huntersAt(ctx, b.target(), target{second.address})
	if err != nil {
		return err
	}
	defer closeAll(wires)
	prey := &prey{world: b.world}
	if prey.newcomers, err = b.world.addBuyers(ctx, b.postgres.pool, newcomersASecond*b.Seconds); err != nil {
		return err
	}
	before, err := b.deadlocks(ctx)
	if err != nil {
		return err
	}
	all, cancels, began := newLatencies(), newLatencies(), time.Now()
	group, hunting := errgroup.WithContext(ctx)
	for i, w := range wires {
		random := rand.New(rand.NewPCG(uint64(i), 1)) //nolint:gosec // chooses what is bought
		group.Go(func() error {
			for time.Since(began) < b.lasting() && hunting.Err() == nil {
				if err := b.orderAndRegret(w, prey.buyer(random), random, all, cancels); err != nil {
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
	found := &Hunt{Seconds: lasted.Seconds(), Load: all.load(hunters), Cancelled: cancels.load(hunters).wanted("200")}
	found.Orders = found.wanted("201")
	found.PerSecond = float64(found.Orders) / lasted.Seconds()
	after, err := b.deadlocks(ctx)
	found.Deadlocks = after - before
	b.report.Hunt = found
	return err
}

// huntersAt opens the connections of the hunters, as many to each server.
func (b *bench) huntersAt(ctx context.Context, servers ...target) (all []*wire, err error) {
	for _, server := range servers {
		wires, err := server.connect(ctx, hunters/len(servers))
		if err != nil {
			closeAll(all)
			return nil, err
		}
		all = append(all, wires...)
	}
	return all, nil
}

// prey is who the hunters buy for. What only a first order does is done once by each customer, so newcomers keep coming.
type prey struct {
	world     world
	newcomers []buyer
	turns     atomic.Int64
}

// buyer is at every other turn one of the newcomers of the moment, and else one of the customers. Those who were answered
// together ask together again and are a group again, so newcomers are not dealt out one after the other.
func (p *prey) buyer(random *rand.Rand) buyer {
	who := p.turns.Add(1)/newcomerStays + random.Int64N(newcomersAtOnce)
	if random.IntN(2) == 0 && who < int64(len(p.newcomers)) {
		return p.newcomers[who]
	}
	return p.world.buyer(random.Int64N(customerCount))
}

// orderAndRegret places an order of SKUs in a random order, and cancels some of them.
func (b *bench) orderAndRegret(w *wire, who buyer, random *rand.Rand, all, cancels *latencies) error {
	skuIDs := make([]int64, huntedLines)
	for i, n := range random.Perm(huntedSKUs)[:huntedLines] {
		skuIDs[i] = b.world.firstSKU + int64(n*huntedSpacing)
	}
	asked := time.Now()
	id, err := b.place(w, who, skuIDs...)
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
