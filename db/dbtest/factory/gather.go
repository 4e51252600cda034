package factory

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"waybill/db"
)

const (
	maxPlugs       = 8                // more than a placer has writers
	gatherPatience = 30 * time.Second // a busy machine takes its time
	gatherLook     = time.Millisecond // between two looks at the queue
)

// Gather makes one group of the checkouts that asks place through a placer, as a rush does: it keeps the placer's writers
// busy with orders of its own until the given number of asks waits in the queue, lets waiting run, and then sets one
// writer free. Asks that the placer refuses without queueing them do not count. It returns when all are answered.
func (w *World) Gather(placer *db.Placer, queued int, waiting func(), asks ...func()) {
	w.TB.Helper()
	plugs := w.plug(placer)
	var all sync.WaitGroup
	for _, ask := range asks {
		all.Go(ask)
	}
	w.until(fmt.Sprintf("%d checkouts wait", queued), func() bool { return placer.Waiting() == queued+1 })
	if waiting != nil {
		waiting()
	}
	plugs.free(0)
	all.Wait()
	for i := range plugs.locks {
		plugs.free(i)
	}
	plugs.orders.Wait()
}

// plugs are orders that wait for locks, one in each writer and one in the queue, where nothing holds it up.
type plugs struct {
	world  *World
	locks  []pgx.Tx
	orders sync.WaitGroup
}

func (w *World) plug(placer *db.Placer) *plugs {
	w.TB.Helper()
	p := &plugs{world: w}
	for i := range maxPlugs {
		p.order(placer, i)
		w.until("the writers are busy", func() bool { return placer.Waiting() == 1 || w.blocked("") == int64(i+1) })
		if placer.Waiting() == 1 {
			p.free(i)
			return p
		}
	}
	w.TB.Fatal("the placer has more writers than expected")
	return nil
}

// order places an order whose stock is locked.
func (p *plugs) order(placer *db.Placer, i int) {
	w := p.world
	w.TB.Helper()
	n := placeKeys.Add(1)
	merchant, _ := w.Merchant(fmt.Sprintf("plug-%d", n))
	sku := w.SKU(merchant, "PLUG", 100, 1)
	customer, address := w.Customer(fmt.Sprintf("plug-%d@example.com", n))
	tx, err := w.Pool.Begin(context.Background())
	if err != nil {
		w.TB.Fatal(err)
	}
	if _, err := tx.Exec(context.Background(), `SELECT FROM stock_levels WHERE sku_id = $1 FOR UPDATE`, sku); err != nil {
		w.TB.Fatal(err)
	}
	p.locks = append(p.locks, tx)
	command := w.Order(customer, address, sku)
	p.orders.Go(func() {
		if _, err := placer.PlaceCheckout(context.Background(), command); err != nil {
			w.TB.Errorf("plug %d: %v", i, err)
		}
	})
}

// free lets an order go on. Freeing it twice does nothing.
func (p *plugs) free(i int) { _ = p.locks[i].Rollback(context.Background()) }

// Blocked waits until at least n statements that contain text wait for locks.
func (w *World) Blocked(n int64, text string) {
	w.TB.Helper()
	w.until(fmt.Sprintf("%d statements with %q wait for locks", n, text), func() bool { return w.blocked(text) >= n })
}

func (w *World) blocked(text string) int64 {
	w.TB.Helper()
	return w.Int(`SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND position($1 IN query) > 0`, text)
}

// until waits for something that happens soon.
func (w *World) until(what string, so func() bool) {
	w.TB.Helper()
	ctx, cancel := context.WithTimeout(w.TB.Context(), gatherPatience)
	defer cancel()
	tick := time.NewTicker(gatherLook)
	defer tick.Stop()
	for !so() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			w.TB.Fatalf("in vain: %s", what)
		}
	}
}
