package handlers

import (
	"context"
	"errors"
	"testing"

	"waybill/shop"
)

func listOf(merchant int64) shop.QueueQuery { return shop.QueueQuery{MerchantID: merchant} }

// While a list is read, everybody who comes waits for the next reading, which is one for all of them: the one that runs may
// have begun before what they know of.
func TestAllWhoComeDuringALookShareTheNext(t *testing.T) {
	t.Parallel()
	var shelf queueShelf
	on, first, before, mine := shelf.join(listOf(1))
	if !mine || before != nil {
		t.Fatalf("who comes first does not look at once: %t, %p", mine, before)
	}
	var second *queueLook
	takers := 0
	shelf.take(t.Context(), on, first, func(context.Context, *keptQueue) (*keptQueue, error) {
		for range 50 {
			_, one, before, mine := shelf.join(listOf(1))
			if second == nil {
				second = one
			}
			if one != second || one == first {
				t.Error("who comes during a look does not share the next with the others")
			}
			if mine {
				takers++
			}
			if mine && before != first {
				t.Error("the next look does not wait for the one that runs")
			}
		}
		return &keptQueue{}, nil
	})
	if takers != 1 {
		t.Errorf("%d readers take the next look", takers)
	}
	shelf.take(t.Context(), on, second, func(_ context.Context, last *keptQueue) (*keptQueue, error) { return last, nil })
	<-second.done
	if first.found == nil || second.found != first.found {
		t.Error("the next look does not know what the first one found")
	}
	if _, third, before, mine := shelf.join(listOf(1)); third == second || !mine || before != nil {
		t.Error("who comes after a look does not take another")
	}
}

func TestALookIsGivenWhatWasFoundLast(t *testing.T) {
	t.Parallel()
	var shelf queueShelf
	fails := errors.New("away")
	first := &keptQueue{}
	for i, step := range []struct {
		gets, finds *keptQueue
		err         error
	}{{nil, nil, fails}, {nil, first, nil}, {first, first, nil}, {first, nil, fails}, {first, first, nil}} {
		found, err := shelf.at(t.Context(), listOf(1), func(_ context.Context, last *keptQueue) (*keptQueue, error) {
			if last != step.gets {
				t.Errorf("look %d is given %p, want %p", i, last, step.gets)
			}
			return step.finds, step.err
		})
		if found != step.finds || !errors.Is(err, step.err) {
			t.Errorf("look %d finds %p, %v", i, found, err)
		}
	}
}

// Whoever leaves does not spoil the look for those who stay.
func TestALookOutlivesWhoAskedForIt(t *testing.T) {
	t.Parallel()
	var shelf queueShelf
	ctx, leave := context.WithCancel(t.Context())
	_, _ = shelf.at(ctx, listOf(1), func(ctx context.Context, _ *keptQueue) (*keptQueue, error) {
		leave()
		return &keptQueue{}, ctx.Err()
	})
	found, err := shelf.at(t.Context(), listOf(1), func(_ context.Context, last *keptQueue) (*keptQueue, error) { return last, nil })
	if err != nil || found == nil {
		t.Errorf("what was found is lost: %v", err)
	}
}

// However many lists are looked at, and by however many people, they are kept within the bound, the last ones best.
func TestKeptQueuesAreBounded(t *testing.T) {
	t.Parallel()
	var shelf queueShelf
	page := shop.QueuePage{Rows: make([]shop.QueueRow, shop.MaxPageSize)}
	page.Rows[0].Items = make([]shop.QueueItem, 1000)
	const lists, drawn = 2000, 50 << 10
	read := 0
	look := func(_ context.Context, last *keptQueue) (*keptQueue, error) {
		if last != nil {
			return last, nil
		}
		read++
		return &keptQueue{page: page}, nil
	}
	for n := range int64(lists) {
		found, err := shelf.at(t.Context(), listOf(n), look)
		if err != nil {
			t.Fatal(err)
		}
		shelf.drew(listOf(n), found, drawn)
		if shelf.bytes > maxShelfBytes || shelf.used.Len() != len(shelf.lists) {
			t.Fatalf("%d lists are kept as %d in %d bytes", shelf.used.Len(), len(shelf.lists), shelf.bytes)
		}
	}
	one := shelfListBytes + (&keptQueue{page: page}).bytes() + drawn
	if want := maxShelfBytes / one; len(shelf.lists) != want {
		t.Errorf("%d lists are kept, there is room for %d", len(shelf.lists), want)
	}
	if _, err := shelf.at(t.Context(), listOf(lists-1), look); err != nil || read != lists {
		t.Errorf("the last list is read again: %d, %v", read, err)
	}
	if _, err := shelf.at(t.Context(), listOf(0), look); err != nil || read != lists+1 {
		t.Errorf("the first list is still there: %d, %v", read, err)
	}
}
