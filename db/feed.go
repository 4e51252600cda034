package db

import (
	"context"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"time"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// Limits of the feed.
const (
	feedPoll    = time.Second            // the truth: it is read this often, notified or not
	feedPace    = 100 * time.Millisecond // between two readings, so that a rush is told in a few batches
	feedHeldMin = 20 * time.Millisecond  // between two readings while committed entries wait for an older transaction,
	feedHeldMax = 250 * time.Millisecond // doubled up to this
	feedTimeout = 5 * time.Second        // of one reading
	feedBatch   = 1_000                  // entries of one query
	feedWindow  = 20_000                 // entries kept for readers who come back
	feedBacklog = 16                     // batches that a reader may lag behind
)

// Feed tells what happened, once each and in one order, to everybody in this process who watches. One Feed reads for all
// of them. Notifications make it quick; polling makes it right: an entry is never missed because a notification was.
type Feed struct {
	store *Store
	log   *slog.Logger
	wake  chan struct{}
	stop  context.CancelFunc
	tasks sync.WaitGroup

	mu     sync.Mutex
	closed bool
	window feedRing
	// head: everything up to here was read and given to the readers.
	head    shop.FeedCursor
	readers map[shop.FeedTopic]map[*FeedReader]struct{}
	// forgetKeys are those who remember API keys.
	forgetKeys []func()
}

// StartFeed reads the end of the feed, so that readers who come back after a restart miss nothing, and follows it until
// Close.
func StartFeed(ctx context.Context, store *Store, log *slog.Logger) (*Feed, error) {
	f := &Feed{store: store, log: log, wake: make(chan struct{}, 1), readers: map[shop.FeedTopic]map[*FeedReader]struct{}{}}
	if err := f.load(ctx); err != nil {
		return nil, translate(err)
	}
	ctx, f.stop = context.WithCancel(context.WithoutCancel(ctx))
	f.tasks.Go(func() { f.follow(ctx) })
	f.tasks.Go(func() { f.listen(ctx) })
	return f, nil
}

// Close ends the feed and its readers.
func (f *Feed) Close() {
	f.stop()
	f.tasks.Wait()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	for _, readers := range f.readers {
		for r := range readers {
			close(r.batches)
		}
	}
	clear(f.readers)
}

// load fills the window from the table.
func (f *Feed) load(ctx context.Context) error {
	horizon, err := f.store.q.FeedHorizon(ctx, f.store.pool)
	if err != nil {
		return err
	}
	rows, err := f.store.q.FeedLatest(ctx, f.store.pool, sqlc.FeedLatestParams{Horizon: xidText(horizon.Xid), RowLimit: feedWindow})
	if err != nil {
		return err
	}
	oldest, err := f.store.q.FeedOldest(ctx, f.store.pool)
	if err != nil {
		return err
	}
	slices.Reverse(rows)
	f.window = feedRing{entries: convertAll(rows, func(r sqlc.FeedLatestRow) shop.FeedEntry { return feedEntry(sqlc.FeedAfterRow(r)) }), size: feedWindow}
	switch {
	case len(rows) == feedWindow:
		f.window.base = before(f.window.entries[0].Cursor)
	case len(oldest) > 0 && oldest[0].ID > 1: // what was before it was pruned
		f.window.base = before(shop.FeedCursor{Xid: oldest[0].Xid, ID: oldest[0].ID})
	}
	f.head = shop.FeedCursor{Xid: horizon.Xid}
	if f.window.base.Compare(f.head) > 0 {
		f.window.base = f.head // all that is kept is still to be read: an older transaction runs
	}
	return nil
}

// follow reads whenever there is reason to, at the pace.
func (f *Feed) follow(ctx context.Context) {
	held := feedHeldMin
	failing := false
	for {
		began := time.Now()
		waiting, err := f.read(ctx)
		if ctx.Err() != nil {
			return
		}
		if failing != (err != nil) {
			failing = err != nil
			f.log.WarnContext(ctx, "feed", "readable", !failing, "err", err)
		}
		wait := feedPoll
		if waiting {
			wait, held = held, min(2*held, feedHeldMax)
		} else {
			held = feedHeldMin
		}
		if !f.rest(ctx, began, wait) {
			return
		}
	}
}

// rest waits for a nudge, at most for wait, and then for the pace to allow another reading.
func (f *Feed) rest(ctx context.Context, began time.Time, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	case <-f.wake:
	}
	timer.Reset(feedPace - time.Since(began))
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// read gives the readers everything that is safe to read, and tells whether more is committed already.
func (f *Feed) read(ctx context.Context) (waiting bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, feedTimeout)
	defer cancel()
	horizon, err := f.store.q.FeedHorizon(ctx, f.store.pool)
	if err != nil {
		return false, err
	}
	after := f.Head()
	for {
		rows, err := f.store.q.FeedAfter(ctx, f.store.pool, sqlc.FeedAfterParams{
			AfterXid: xidText(after.Xid), AfterID: after.ID, Horizon: xidText(horizon.Xid), RowLimit: feedBatch,
		})
		if err != nil {
			return false, err
		}
		entries := convertAll(rows, feedEntry)
		if len(rows) < feedBatch {
			f.publish(entries, shop.FeedCursor{Xid: horizon.Xid})
			return horizon.Waiting, nil
		}
		after = entries[len(entries)-1].Cursor
		f.publish(entries, after)
	}
}

// Head is the place up to which everything was read and given to the readers.
func (f *Feed) Head() shop.FeedCursor {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.head
}

// publish gives entries, which follow the head, to those who watch them. It never waits for a reader.
func (f *Feed) publish(entries []shop.FeedEntry, upto shop.FeedCursor) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.window.add(entries)
	f.head = upto
	byTopic := map[shop.FeedTopic][]shop.FeedEntry{}
	for _, e := range entries {
		for _, topic := range topicsOf(e) {
			if len(f.readers[topic]) > 0 {
				byTopic[topic] = append(byTopic[topic], e)
			}
		}
	}
	for topic, batch := range byTopic {
		for r := range f.readers[topic] {
			r.offer(batch)
		}
	}
}

// topicsOf is who watches an entry.
func topicsOf(e shop.FeedEntry) []shop.FeedTopic {
	switch {
	case e.Topic == shop.TopicDeliveryProblem:
		return []shop.FeedTopic{{MerchantID: e.MerchantID}, {Kind: e.Topic}}
	case e.OrderID == 0:
		return []shop.FeedTopic{{MerchantID: e.MerchantID}}
	}
	return []shop.FeedTopic{{MerchantID: e.MerchantID}, {OrderID: e.OrderID}}
}

func feedEntry(r sqlc.FeedAfterRow) shop.FeedEntry {
	return shop.FeedEntry{
		Cursor: shop.FeedCursor{Xid: r.Xid, ID: r.ID}, Topic: r.Topic, MerchantID: r.MerchantID, OrderID: shop.OrderID(r.OrderID), CreatedAt: r.CreatedAt,
	}
}

func xidText(xid int64) string { return strconv.FormatInt(xid, 10) }
