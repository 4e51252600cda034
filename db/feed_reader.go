package db

import (
	"errors"
	"slices"
	"sort"

	"waybill/shop"
)

// ErrFeedWindow says that a reader was away for longer than the feed remembers: it must look at everything again.
var ErrFeedWindow = errors.New("the place is no longer in the replay window of the feed")

// FeedReader is somebody who watches a topic.
type FeedReader struct {
	feed    *Feed
	topic   shop.FeedTopic
	after   shop.FeedCursor // entries up to here are known to the reader
	batches chan []shop.FeedEntry
}

// Read starts to watch a topic: every entry after the place, once each and in order, first those that the window still
// holds. A place before the window is ErrFeedWindow. The reader must be closed.
func (f *Feed) Read(topic shop.FeedTopic, after shop.FeedCursor) (*FeedReader, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	missed, ok := f.window.after(after, topic)
	if !ok {
		return nil, ErrFeedWindow
	}
	r := &FeedReader{feed: f, topic: topic, after: after, batches: make(chan []shop.FeedEntry, feedBacklog)}
	if f.closed {
		close(r.batches)
		return r, nil
	}
	if f.readers[topic] == nil {
		f.readers[topic] = map[*FeedReader]struct{}{}
	}
	f.readers[topic][r] = struct{}{}
	r.offer(missed)
	return r, nil
}

// Batches has the entries as they come. Readers of one topic get the same slices; they must not be changed. It is closed
// when the reader lags too far behind, or the feed ends.
func (r *FeedReader) Batches() <-chan []shop.FeedEntry { return r.batches }

// Seen is the place up to which the reader has taken everything from Batches; ok is false while something is left
// there. Only the goroutine that takes from Batches may ask.
func (r *FeedReader) Seen() (place shop.FeedCursor, ok bool) {
	head := r.feed.Head() // whatever is before it is in Batches by now, or was taken
	if len(r.batches) > 0 {
		return shop.FeedCursor{}, false
	}
	if head.Compare(r.after) < 0 {
		return r.after, true
	}
	return head, true
}

// Close ends the watch. It may be called twice.
func (r *FeedReader) Close() {
	r.feed.mu.Lock()
	defer r.feed.mu.Unlock()
	r.leave()
}

// offer hands over a batch without waiting, or lets go of a reader who is too slow. The feed is locked.
func (r *FeedReader) offer(batch []shop.FeedEntry) {
	if first := slices.IndexFunc(batch, func(e shop.FeedEntry) bool { return e.Cursor.Compare(r.after) > 0 }); first > 0 {
		batch = batch[first:] // the reader comes from a server that had read further
	} else if first < 0 {
		return
	}
	select {
	case r.batches <- batch:
	default:
		r.leave()
	}
}

// leave takes the reader off the list. The feed is locked.
func (r *FeedReader) leave() {
	readers := r.feed.readers[r.topic]
	if _, watching := readers[r]; !watching {
		return
	}
	delete(readers, r)
	if len(readers) == 0 {
		delete(r.feed.readers, r.topic)
	}
	close(r.batches)
}

// feedRing is the end of the feed: every entry after base.
type feedRing struct {
	base    shop.FeedCursor
	entries []shop.FeedEntry // at most twice size, so that dropping the old ones is cheap
	size    int
}

func (r *feedRing) add(entries []shop.FeedEntry) {
	r.entries = append(r.entries, entries...)
	if len(r.entries) > 2*r.size {
		r.entries = slices.Clone(r.entries[len(r.entries)-r.size:])
		r.base = before(r.entries[0].Cursor)
	}
}

// after is what a topic had after a place, unless the place is before the window.
func (r *feedRing) after(place shop.FeedCursor, topic shop.FeedTopic) (found []shop.FeedEntry, ok bool) {
	if place.Compare(r.base) < 0 {
		return nil, false
	}
	from := sort.Search(len(r.entries), func(i int) bool { return r.entries[i].Cursor.Compare(place) > 0 })
	for _, e := range r.entries[from:] {
		if slices.Contains(topicsOf(e), topic) {
			found = append(found, e)
		}
	}
	return found, true
}

func before(c shop.FeedCursor) shop.FeedCursor { return shop.FeedCursor{Xid: c.Xid, ID: c.ID - 1} }
