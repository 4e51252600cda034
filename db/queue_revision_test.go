package db_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"waybill/db"
	"waybill/db/dbtest/factory"
	"waybill/shop"
)

// changeQueue begins a transaction that changes something of a merchant's queue, and leaves it open.
func (w *workshop) changeQueue(ctx context.Context) pgx.Tx {
	w.TB.Helper()
	tx, err := w.Pool.Begin(ctx)
	if err != nil {
		w.TB.Fatal(err)
	}
	w.TB.Cleanup(func() { _ = tx.Rollback(context.WithoutCancel(ctx)) })
	if _, err := tx.Exec(ctx, `INSERT INTO queue_views (merchant_id, name, query, position, created_by, created_at) VALUES ($1, gen_random_uuid()::text, '', 0, $2, now())`, w.merchant, w.mara.ID); err != nil {
		w.TB.Fatal(err)
	}
	return tx
}

func (w *workshop) queueRevision() shop.QueueRevision {
	w.TB.Helper()
	revision, err := w.Store.QueueRevision(w.TB.Context(), w.merchant)
	if err != nil {
		w.TB.Fatal(err)
	}
	return revision
}

func commit(t *testing.T, tx pgx.Tx) {
	t.Helper()
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// The transaction that began first may commit last. Whoever looked in between has seen the later change and not the earlier
// one, and the last change is the same before and after.
func TestAChangeThatCommitsLateRaisesTheRevisionOfAQueue(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	early := w.changeQueue(t.Context())
	late := w.changeQueue(t.Context())
	before := w.queueRevision()
	commit(t, late)
	between := w.queueRevision()
	if between.Unchanged(before) {
		t.Error("the later transaction committed, and nothing has changed")
	}
	if !w.queueRevision().Unchanged(between) {
		t.Error("while the earlier one runs, every look finds a change")
	}
	commit(t, early)
	after := w.queueRevision()
	if after.Unchanged(between) {
		t.Error("the earlier transaction committed last, and nothing has changed")
	}
	if slices.Max(after.Latest) != slices.Max(between.Latest) {
		t.Error("the last change is another one; so this shows nothing")
	}
	if !w.queueRevision().Unchanged(after) {
		t.Error("nothing happened, and something has changed")
	}
}

// A change that is rolled back is none.
func TestAQueueIsAsItWasAfterARollback(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	before := w.queueRevision()
	if err := w.changeQueue(t.Context()).Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !w.queueRevision().Unchanged(before) {
		t.Error("what was rolled back has changed something")
	}
}

// steadyQueue are the tables that a queue is read from and whose changes leave its revision alone, and why that is right.
var steadyQueue = map[string]string{
	"order_line_items": "never change, and come with their order",
	"orders":           "of what is shown of an order nothing but its status changes, and rows show that of their parcel",
	"addresses":        "the copy that an order keeps never changes",
	"queue_revisions":  "are the revision",
}

// Whatever a page of the queue is read from raises its revision, or is known not to matter. A query that reads another table
// makes this fail until somebody has thought about it.
func TestEverythingThatAQueueShowsRaisesItsRevision(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	record := &recorder{}
	config := w.Pool.Config().Copy()
	config.ConnConfig.Tracer = record
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	store, err := db.NewStore(t.Context(), pool)
	if err != nil {
		t.Fatal(err)
	}
	for _, filter := range []shop.QueueFilter{{Stage: shop.QueueToPick}, {Stage: shop.QueueToPick, SKU: "TEA"}, {Stage: shop.QueueStuck}, {Stage: shop.QueueShipped}} {
		mustPage(t, store, shop.QueueQuery{MerchantID: w.merchant, QueueFilter: filter})
		if _, err := store.QueueCountUpTo(t.Context(), w.merchant, filter); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := store.QueueCube(t.Context(), w.merchant); err != nil {
		t.Fatal(err)
	}
	if _, err := store.QueueChoices(t.Context(), w.merchant, w.mara.ID); err != nil {
		t.Fatal(err)
	}
	seen := record.tables()
	if len(seen) < 10 {
		t.Errorf("only %d tables are read", len(seen))
	}
	for table := range seen {
		revises := w.Int(`SELECT count(*) FROM pg_trigger g JOIN pg_proc p ON p.oid = g.tgfoid WHERE g.tgrelid = to_regclass($1) AND p.proname LIKE '%queue\_changed'`, table) > 0
		if _, known := steadyQueue[table]; revises == known {
			t.Errorf("table %s: raises the revision: %t, said not to need it: %t", table, revises, known)
		}
	}
}

func TestChangesRaiseTheRevisionOfTheirQueueAlone(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	other, _ := w.Merchant("other")
	theirs, err := w.Store.QueueRevision(t.Context(), other)
	if err != nil {
		t.Fatal(err)
	}
	last := w.queueRevision()
	for _, sql := range []string{
		`UPDATE fulfillments SET ship_by_at = now() WHERE merchant_id = $1`,
		`UPDATE fulfillment_items SET picked = 1 WHERE order_id IN (SELECT order_id FROM fulfillments WHERE merchant_id = $1)`,
		`INSERT INTO queue_views (merchant_id, name, query, position, created_by, created_at) SELECT $1::bigint, 'mine', '', 0, min(id), now() FROM users`,
		`UPDATE queue_views SET name = 'yours' WHERE merchant_id = $1`,
		`DELETE FROM queue_views WHERE merchant_id = $1`,
		`UPDATE locations SET name = 'Cellar' WHERE merchant_id = $1`,
		`INSERT INTO ship_services (merchant_id, name, cutoff_minute, handling_days, working_days, created_at, updated_at) VALUES ($1, 'Express', 600, 0, 62, now(), now())`,
		`UPDATE ship_services SET retired_at = now() WHERE merchant_id = $1`,
		`UPDATE users SET name = 'Ben II' WHERE merchant_id = $1`,
		`UPDATE merchants SET cutoff_minute = cutoff_minute + 1 WHERE id = $1`,
		`UPDATE merchants SET time_zone = 'Asia/Tokyo' WHERE id = $1`,
	} {
		w.Exec(sql, w.merchant)
		next := w.queueRevision()
		if next.Unchanged(last) {
			t.Errorf("the revision is the same after %s", sql)
		}
		last = next
	}
	if now, err := w.Store.QueueRevision(t.Context(), other); err != nil || !now.Unchanged(theirs) {
		t.Errorf("the queue of somebody else has changed from %v to %v, %v", theirs, now, err)
	}
}

// Placing is the hottest of all transactions, and no parcel comes of it before somebody has paid.
func TestPlacingRaisesNoRevisionOfAQueue(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	merchant, _ := w.Merchant("one")
	customer, address := w.Customer("ada@example.com")
	sku := w.SKU(merchant, "A", 1299, 5)
	before := w.Int(`SELECT count(*) FROM queue_revisions`)
	w.Place(customer, address, sku)
	if n := w.Int(`SELECT count(*) FROM queue_revisions`) - before; n != 0 {
		t.Errorf("%d revisions because an order was placed", n)
	}
}

func TestOldRevisionsOfQueuesAreForgotten(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	w.Exec(`INSERT INTO queue_revisions (merchant_id, xid, created_at) SELECT 1, n, now() - (n || ' hours')::interval FROM generate_series(1, 48) n`)
	n, err := w.Store.PruneQueueRevisions(t.Context(), 24*time.Hour)
	if left := w.Int(`SELECT count(*) FROM queue_revisions`); err != nil || n+left != 48 || left < 23 || left > 24 {
		t.Errorf("forgot %d, kept %d, %v", n, left, err)
	}
}
