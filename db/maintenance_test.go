package db_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"waybill/db/dbtest/factory"
)

func TestPartitionsAreMadeThreeMonthsAheadOnce(t *testing.T) {
	t.Parallel()
	later := time.Now().UTC().AddDate(1, 0, 0)
	w := factory.New(t, factory.FixedClock(later))
	tables := w.Int(`SELECT count(*) FROM pg_partitioned_table p JOIN pg_class c ON c.oid = p.partrelid WHERE c.relnamespace = 'public'::regnamespace`)
	var mu sync.Mutex
	var all sync.WaitGroup
	made := 0
	for range 3 {
		all.Go(func() {
			n, err := w.Store.EnsurePartitions(context.Background())
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			made += n
		})
	}
	all.Wait()
	if int64(made) != 4*tables {
		t.Errorf("made %d partitions of %d tables, want this month and three more of each", made, tables)
	}
	last := "orders_" + later.AddDate(0, 0, 1-later.Day()).AddDate(0, 3, 0).Format("2006_01")
	if w.Int(`SELECT count(*) FROM pg_class WHERE relname = $1`, last) != 1 {
		t.Errorf("%s is missing", last)
	}
}

func TestOldFeedEntriesAreForgotten(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	merchant, _ := w.Merchant("one")
	w.Exec(`INSERT INTO outbox (topic, merchant_id, created_at) SELECT 'order.status', $1, now() - (n || ' hours')::interval FROM generate_series(1, 48) n`, merchant)
	w.Exec(`INSERT INTO outbox (topic, merchant_id) VALUES ('order.status', $1)`, merchant) // the newest is never forgotten
	n, err := w.Store.PruneOutbox(t.Context(), 24*time.Hour)
	if left := w.Int(`SELECT count(*) FROM outbox`); err != nil || n+left != 49 || left < 24 || left > 25 {
		t.Errorf("forgot %d, kept %d, %v", n, left, err)
	}
}

// The months of payment operations were made for a database with orders: the same as theirs, joined to their payments.
func TestPaymentOperationsHaveTheMonthsOfOrders(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	missing := w.Int(`SELECT count(*) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'orders'::regclass
		AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conrelid = to_regclass(replace(c.relname, 'orders', 'payment_operations'))
		                AND k.contype = 'f' AND k.confrelid = to_regclass(replace(c.relname, 'orders', 'payments')))`)
	if missing != 0 {
		t.Errorf("%d months are missing or not tied to payments", missing)
	}
}
