package histories

import (
	"context"
	"sync"
	"time"

	"waybill/db"
	"waybill/db/dbtest/factory"
	"waybill/shop"
)

// Late is a server of a world whose clock runs so far ahead that every unpaid order is due, though no payment is given up:
// for it time runs out while others still buy, pay and cancel. Who calls while it is at work waits.
type Late struct {
	w     *factory.World
	store *db.Store
	mu    sync.Mutex
	now   time.Time
}

// lateSteps is how far apart the looks of one of the servers are; those of another lie between them.
const lateSteps = time.Second

const lateLooks = 100 // orders that are due, of which the first ends that nobody else works on

// NewLate returns one of the servers, by its number below 1000.
func NewLate(w *factory.World, no int) *Late {
	w.TB.Helper()
	late := &Late{w: w, now: w.Store.Now().Truncate(lateSteps).Add(shop.HoldDuration + time.Minute + time.Duration(no)*time.Millisecond)}
	var err error
	if late.store, err = db.NewStore(w.TB.Context(), w.Pool, db.WithClock(func() time.Time { return late.now })); err != nil {
		w.TB.Fatal(err)
	}
	return late
}

// Expire ends one order that is due, if there is one that nobody else works on, and returns it. Its event is at a moment
// that no other call has.
func (l *Late) Expire() (ended []int64) {
	l.w.TB.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.now = l.now.Add(lateSteps)
	due, err := l.store.ExpiredOrders(context.Background(), lateLooks)
	for n := 0; n == 0 && err == nil && len(due) > 0; due = due[1:] {
		n, err = l.store.EndExpired(context.Background(), due[:1])
	}
	if err != nil {
		l.w.TB.Error(err)
	}
	err = l.w.Pool.QueryRow(context.Background(),
		`SELECT coalesce(array_agg(order_id), '{}') FROM order_events WHERE kind = 'hold_expired' AND occurred_at = $1`, l.now).Scan(&ended)
	if err != nil {
		l.w.TB.Error(err)
	}
	return ended
}
