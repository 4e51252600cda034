package db

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"waybill/shop"
)

func quietFeed(size int) *Feed {
	return &Feed{readers: map[shop.FeedTopic]map[*FeedReader]struct{}{}, window: feedRing{size: size}}
}

func entryAt(xid, merchant int64) shop.FeedEntry {
	return shop.FeedEntry{Cursor: shop.FeedCursor{Xid: xid, ID: xid}, MerchantID: merchant}
}

func TestASlowReaderIsLetGoAndHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	f := quietFeed(1000)
	slow, err := f.Read(shop.FeedTopic{MerchantID: 1}, shop.FeedCursor{})
	if err != nil {
		t.Fatal(err)
	}
	quick, err := f.Read(shop.FeedTopic{MerchantID: 1}, shop.FeedCursor{})
	if err != nil {
		t.Fatal(err)
	}
	for i := int64(1); i <= feedBacklog+5; i++ {
		f.publish([]shop.FeedEntry{entryAt(i, 1)}, shop.FeedCursor{Xid: i + 1})
		if batch := <-quick.Batches(); len(batch) != 1 || batch[0].Cursor.Xid != i {
			t.Fatalf("the quick reader got %v", batch)
		}
	}
	got := 0
	for range slow.Batches() {
		got++
	}
	if got != feedBacklog {
		t.Errorf("the slow reader got %d batches and was let go, want %d", got, feedBacklog)
	}
	slow.Close() // again
	if place, ok := quick.Seen(); !ok || place.Xid != feedBacklog+6 {
		t.Errorf("the quick reader has seen %v, %v", place, ok)
	}
	if again, err := f.Read(shop.FeedTopic{MerchantID: 1}, shop.FeedCursor{Xid: feedBacklog, ID: feedBacklog}); err != nil || len(<-again.Batches()) != 5 {
		t.Errorf("who was let go cannot come back: %v", err)
	}
}

// Whatever the window holds and wherever a reader left off: it gets exactly what followed, or is told that it cannot.
func TestResumingIsExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := quietFeed(rapid.IntRange(1, 8).Draw(t, "size"))
		var all []shop.FeedEntry
		xid := int64(0)
		for range rapid.IntRange(0, 12).Draw(t, "batches") {
			var batch []shop.FeedEntry
			for range rapid.IntRange(0, 4).Draw(t, "entries") {
				xid += rapid.Int64Range(1, 3).Draw(t, "step")
				batch = append(batch, entryAt(xid, rapid.Int64Range(1, 2).Draw(t, "merchant")))
			}
			xid++
			f.publish(batch, shop.FeedCursor{Xid: xid})
			all = append(all, batch...)
		}
		place := shop.FeedCursor{Xid: rapid.Int64Range(0, xid+3).Draw(t, "place")}
		r, err := f.Read(shop.FeedTopic{MerchantID: 1}, place)
		kept := all[max(0, len(all)-f.window.size):]
		if errors.Is(err, ErrFeedWindow) {
			if len(all) <= f.window.size || place.Compare(kept[0].Cursor) >= 0 {
				t.Fatalf("%v is refused, though %d of %d entries are kept", place, len(kept), len(all))
			}
			return
		}
		want := slices.DeleteFunc(slices.Clone(all), func(e shop.FeedEntry) bool { return e.MerchantID != 1 || e.Cursor.Compare(place) <= 0 })
		var got []shop.FeedEntry
		if len(want) > 0 {
			got = <-r.Batches()
		}
		if !slices.Equal(got, want) {
			t.Fatalf("after %v came %v, want %v", place, got, want)
		}
		// A reader from a server that had read further gets nothing twice.
		f.publish([]shop.FeedEntry{entryAt(xid+1, 1)}, shop.FeedCursor{Xid: xid + 2})
		if ahead := place.Xid > xid+1; ahead == (len(r.Batches()) == 1) {
			t.Fatalf("from %v the entry %d came: %v", place, xid+1, !ahead)
		}
	})
}
