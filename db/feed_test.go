package db_test

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"waybill/db"
	"waybill/db/dbtest/factory"
	"waybill/shop"
)

func startFeed(t *testing.T, store *db.Store) *db.Feed {
	t.Helper()
	feed, err := db.StartFeed(t.Context(), store, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(feed.Close)
	return feed
}

func watch(t *testing.T, feed *db.Feed, topic shop.FeedTopic, after shop.FeedCursor) *db.FeedReader {
	t.Helper()
	r, err := feed.Read(topic, after)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

// until collects entries up to and including the first of a topic.
func until(t *testing.T, r *db.FeedReader, topic string) []shop.FeedEntry {
	t.Helper()
	var all []shop.FeedEntry
	for {
		select {
		case batch, open := <-r.Batches():
			if !open {
				t.Fatalf("the reader was let go after %d entries", len(all))
			}
			all = append(all, batch...)
			if slices.ContainsFunc(batch, func(e shop.FeedEntry) bool { return e.Topic == topic }) {
				return all
			}
		case <-t.Context().Done():
			t.Fatalf("the test ended after %d entries", len(all))
		}
	}
}

const addEntry = `INSERT INTO outbox (topic, merchant_id, order_id) VALUES ($1, $2, nullif($3::bigint, 0))`

// Writers whose transactions overlap and end in any order: whoever reads gets each committed entry once, in the one order,
// and nothing that was rolled back, even when reading through several readers that come and go.
func TestFeedMissesAndDoublesNothing(t *testing.T) {
	t.Parallel()
	const writers, rounds, atOnce = 4, 12, 5
	w := factory.New(t)
	feed := startFeed(t, w.Store)
	steady := watch(t, feed, shop.FeedTopic{MerchantID: 1}, feed.Head())

	var mu sync.Mutex
	committed := map[int64]bool{} // by the order id that stands in for a name
	var all sync.WaitGroup
	for writer := range writers {
		random := rand.New(rand.NewPCG(uint64(writer), 7))
		all.Go(func() {
			for round := range rounds {
				write(t, w, random, int64(1+writer*1_000_000+round*1_000), atOnce, func(ids []int64) {
					mu.Lock()
					defer mu.Unlock()
					for _, id := range ids {
						committed[id] = true
					}
				})
			}
		})
	}
	resumed := resume(t, feed) // readers that come and go meanwhile
	all.Wait()
	w.Exec(addEntry, "end", 1, 0)

	got := until(t, steady, "end")
	checkFeed(t, "steady", got[:len(got)-1], committed)
	checkFeed(t, "resumed", resumed(), committed)
}

// write opens transactions that each add entries, and ends them in another order, some by rolling back.
func write(t *testing.T, w *factory.World, random *rand.Rand, from int64, atOnce int, done func([]int64)) {
	ctx := context.Background()
	txs, ids := make([]pgx.Tx, 2), make([][]int64, 2)
	for i := range txs {
		tx, err := w.Pool.Begin(ctx)
		if err != nil {
			t.Error(err)
			return
		}
		txs[i] = tx
	}
	for n := range atOnce * len(txs) {
		i := random.IntN(len(txs))
		id := from + int64(n)
		if _, err := txs[i].Exec(ctx, addEntry, "entry", 1, id); err != nil {
			t.Error(err)
		}
		ids[i] = append(ids[i], id)
	}
	for _, i := range random.Perm(len(txs)) {
		if random.IntN(4) == 0 {
			_ = txs[i].Rollback(ctx)
		} else if err := txs[i].Commit(ctx); err != nil {
			t.Error(err)
		} else {
			done(ids[i])
		}
	}
	w.Store.Nudge()
}

// resume reads with one reader after the other, each beginning where the one before ended, until the end is seen.
func resume(t *testing.T, feed *db.Feed) func() []shop.FeedEntry {
	var got []shop.FeedEntry
	finished := make(chan struct{})
	place := feed.Head()
	go func() {
		defer close(finished)
		for {
			r, err := feed.Read(shop.FeedTopic{MerchantID: 1}, place)
			if err != nil {
				t.Error(err)
				return
			}
			batch := <-r.Batches()
			r.Close()
			for _, e := range batch {
				place = e.Cursor
				if e.Topic == "end" {
					return
				}
				got = append(got, e)
			}
		}
	}()
	return func() []shop.FeedEntry {
		<-finished
		return got
	}
}

func checkFeed(t *testing.T, name string, got []shop.FeedEntry, committed map[int64]bool) {
	t.Helper()
	seen := map[int64]bool{}
	for i, e := range got {
		if i > 0 && got[i-1].Cursor.Compare(e.Cursor) >= 0 {
			t.Errorf("%s: %v comes after %v", name, e.Cursor, got[i-1].Cursor)
		}
		if seen[int64(e.OrderID)] {
			t.Errorf("%s: %d came twice", name, e.OrderID)
		}
		if !committed[int64(e.OrderID)] {
			t.Errorf("%s: %d came and was rolled back", name, e.OrderID)
		}
		seen[int64(e.OrderID)] = true
	}
	if len(seen) != len(committed) {
		t.Errorf("%s: %d entries came, %d were committed", name, len(seen), len(committed))
	}
}

func TestFeedWaitsForOlderTransactions(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	feed := startFeed(t, w.Store)
	r := watch(t, feed, shop.FeedTopic{MerchantID: 1}, feed.Head())
	older, err := w.Pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := older.Exec(t.Context(), addEntry, "older", 1, 1); err != nil {
		t.Fatal(err)
	}
	w.Exec(addEntry, "end", 1, 2)
	w.Store.Nudge()
	if err := older.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := until(t, r, "end")
	if len(got) != 2 || got[0].Topic != "older" {
		t.Errorf("got %+v", got)
	}
}

func TestFeedIsKeptApartByTopic(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	feed := startFeed(t, w.Store)
	start := feed.Head()
	merchant, order := watch(t, feed, shop.FeedTopic{MerchantID: 1}, start), watch(t, feed, shop.FeedTopic{OrderID: 7}, start)
	for _, e := range []struct {
		topic           string
		merchant, order int64
	}{{"theirs", 2, 8}, {"mine", 1, 6}, {"the order's", 2, 7}, {"end", 1, 7}} {
		w.Exec(addEntry, e.topic, e.merchant, e.order)
	}
	w.Store.Nudge()
	for name, want := range map[*db.FeedReader][]string{merchant: {"mine", "end"}, order: {"the order's", "end"}} {
		var topics []string
		for _, e := range until(t, name, "end") {
			topics = append(topics, e.Topic)
		}
		if !slices.Equal(topics, want) {
			t.Errorf("got %q, want %q", topics, want)
		}
	}
}

func TestFeedGoesOnWithoutItsListener(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	feed := startFeed(t, w.Store)
	r := watch(t, feed, shop.FeedTopic{MerchantID: 1}, feed.Head())
	const listeners = `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'`
	for range 2 { // also after it came back
		for w.Int(listeners) == 0 {
		}
		w.Exec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'`)
		w.Exec(addEntry, "entry", 1, 0)
		until(t, r, "entry")
	}
}

func TestFeedRemembersAcrossRestarts(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	first := startFeed(t, w.Store)
	place := first.Head()
	w.Exec(addEntry, "entry", 1, 0)
	first.Close()
	if _, open := <-watch(t, first, shop.FeedTopic{MerchantID: 1}, first.Head()).Batches(); open {
		t.Error("a closed feed gives entries")
	}

	again := startFeed(t, w.Store)
	if got := until(t, watch(t, again, shop.FeedTopic{MerchantID: 1}, place), "entry"); len(got) != 1 {
		t.Errorf("after the restart %d entries came, want 1", len(got))
	}
}

func TestWhatIsPrunedIsOutsideTheWindow(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	feed := startFeed(t, w.Store)
	place := feed.Head()
	told := watch(t, feed, shop.FeedTopic{MerchantID: 1}, place)
	for range 3 {
		w.Exec(addEntry, "old", 1, 0)
	}
	w.Exec(addEntry, "last", 1, 0)
	until(t, told, "last") // what nobody was told yet is not old: a transaction of another database may hold it back
	w.Exec(`UPDATE outbox SET created_at = now() - interval '2 days'`)
	if n, err := w.Store.PruneOutbox(t.Context(), 24*time.Hour); err != nil || n != 3 {
		t.Fatalf("%d pruned, %v; want all but the newest", n, err)
	}
	if _, err := startFeed(t, w.Store).Read(shop.FeedTopic{MerchantID: 1}, place); err != db.ErrFeedWindow {
		t.Errorf("a place before the kept entries: %v", err)
	}
}

// The hint goes out after the commit of a phase that wrote events, on a connection of its own.
func TestPhasesNudge(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	conn, err := w.Pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	if _, err := conn.Exec(t.Context(), "LISTEN waybill_feed"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Store.ClaimFulfillment(t.Context(), factory.Work(w.order, w.mara)); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Conn().WaitForNotification(t.Context()); err != nil {
		t.Error(err)
	}
}
