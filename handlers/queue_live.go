package handlers

import (
	"bytes"
	"context"
	"io"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/a-h/templ"

	"waybill/db"
	"waybill/shop"
	"waybill/views"
)

const (
	queueReadsKept   = 16 // changes that slow pages may still ask for
	queueReadTimeout = 5 * time.Second
	queueListsDrawn  = 64       // lists for which the drawing of a change is kept,
	queueDrawnBytes  = 64 << 10 // unless it is longer than this
)

// queueLive reads what changed in queues, once for everybody: a thousand open pages of a merchant ask for the same change
// at the same moment. The zero value is ready.
type queueLive struct {
	mu    sync.Mutex
	reads map[queueRead]*queueAnswer
	order []queueRead // the oldest first
}

// queueRead names a change: the entries between two places, or a minute.
type queueRead struct {
	merchant    int64
	first, last shop.FeedCursor
	minute      time.Time
}

// queueAnswer is a change, and how it looks on the lists that were drawn already.
type queueAnswer struct {
	done   chan struct{}
	change shop.QueueChange
	err    error
	queueFigures

	mu    sync.Mutex
	drawn map[views.QueueList][]byte
}

// draw is the change as a list shows it. Those who look at the same list share the drawing.
func (a *queueAnswer) draw(list views.QueueList) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		a.mu.Lock()
		html, known := a.drawn[list]
		a.mu.Unlock()
		if !known {
			var b bytes.Buffer
			if err := views.QueueChange(list, a.change).Render(ctx, &b); err != nil {
				return err
			}
			html = b.Bytes()
			a.keep(list, html)
		}
		_, err := w.Write(html)
		return err
	})
}

// queueFigures are what saved views count at one moment, each counted once however many people have it.
type queueFigures struct {
	counting sync.Mutex
	cube     shop.QueueCube
	clock    shop.QueueClock
	known    bool
	special  map[shop.QueueFilter]shop.QueueCount
}

// countViews counts what the saved views of a viewer show.
func (h *Handlers) countViews(ctx context.Context, figures *queueFigures, viewer shop.User, saved []shop.QueueView) ([]views.CountedView, error) {
	counted := make([]views.CountedView, len(saved))
	for i, view := range saved {
		query, err := url.ParseQuery(view.Query)
		if err != nil {
			return nil, err
		}
		list, _ := queueList(query, viewer)
		counted[i].View = view
		if counted[i].Count, err = h.countView(ctx, figures, viewer.MerchantID, list.Filter); err != nil {
			return nil, err
		}
	}
	return counted, nil
}

func (h *Handlers) countView(ctx context.Context, figures *queueFigures, merchantID int64, filter shop.QueueFilter) (count shop.QueueCount, err error) {
	figures.counting.Lock()
	defer figures.counting.Unlock()
	filter.Sort = shop.QueueSortPromise // sorting changes no count
	if filter.Cubed() {
		if !figures.known {
			if figures.cube, figures.clock, err = h.Store.QueueCube(ctx, merchantID); err != nil {
				return count, err
			}
			figures.known = true
		}
		return shop.QueueCount{Parcels: figures.cube.Count(filter, figures.clock)}, nil
	}
	if count, known := figures.special[filter]; known {
		return count, nil
	}
	if count, err = h.Store.QueueCountUpTo(ctx, merchantID, filter); err != nil {
		return count, err
	}
	if figures.special == nil {
		figures.special = map[shop.QueueFilter]shop.QueueCount{}
	}
	figures.special[filter] = count
	return count, nil
}

// drawWithViews is a change as a list shows it, and what the saved views of its viewer count now.
func (h *Handlers) drawWithViews(a *queueAnswer, list views.QueueList, viewer shop.User, saved []shop.QueueView) templ.Component {
	if len(saved) == 0 {
		return a.draw(list)
	}
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		if err := a.draw(list).Render(ctx, w); err != nil {
			return err
		}
		counted, err := h.countViews(ctx, &a.queueFigures, viewer, saved)
		if err != nil {
			return err
		}
		return views.QueueViewCounts(counted).Render(ctx, w)
	})
}

func (a *queueAnswer) keep(list views.QueueList, html []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.drawn == nil {
		a.drawn = map[views.QueueList][]byte{}
	}
	if len(a.drawn) < queueListsDrawn && len(html) <= queueDrawnBytes {
		a.drawn[list] = html
	}
}

// share answers with what read returns, calling it once for all who ask for the same.
func (l *queueLive) share(ctx context.Context, of queueRead, read func(context.Context) (shop.QueueChange, error)) (*queueAnswer, error) {
	a, mine := l.answerTo(of)
	if mine {
		l.answer(ctx, of, a, read)
	}
	select {
	case <-a.done:
		return a, a.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *queueLive) answer(ctx context.Context, of queueRead, a *queueAnswer, read func(context.Context) (shop.QueueChange, error)) {
	defer close(a.done)
	// Whoever asked first may leave; the others still want to know.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), queueReadTimeout)
	defer cancel()
	if a.change, a.err = read(ctx); a.err == nil {
		return
	}
	l.mu.Lock() // a failure is not remembered: who comes back asks again
	defer l.mu.Unlock()
	delete(l.reads, of)
	l.order = slices.DeleteFunc(l.order, func(one queueRead) bool { return one == of })
}

func (l *queueLive) answerTo(of queueRead) (a *queueAnswer, mine bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if a, known := l.reads[of]; known {
		return a, false
	}
	if l.reads == nil {
		l.reads = map[queueRead]*queueAnswer{}
	}
	if len(l.order) == queueReadsKept {
		delete(l.reads, l.order[0])
		l.order = slices.Delete(l.order, 0, 1)
	}
	a = &queueAnswer{done: make(chan struct{})}
	l.reads[of], l.order = a, append(l.order, of)
	return a, true
}

// queueChange reads what became of the orders that entries of the feed name.
func (h *Handlers) queueChange(ctx context.Context, merchantID int64, entries []shop.FeedEntry) (*queueAnswer, error) {
	of := queueRead{merchant: merchantID, first: entries[0].Cursor, last: entries[len(entries)-1].Cursor}
	return h.queues.share(ctx, of, func(ctx context.Context) (shop.QueueChange, error) {
		return h.Store.QueueChanges(ctx, merchantID, ordersOf(entries))
	})
}

// queueMinute reads the parcels that became late in a minute.
func (h *Handlers) queueMinute(ctx context.Context, merchantID int64, from, until time.Time) (*queueAnswer, error) {
	of := queueRead{merchant: merchantID, minute: until.Truncate(streamMinute)}
	return h.queues.share(ctx, of, func(ctx context.Context) (shop.QueueChange, error) {
		// A minute more than asked for: pages that share the answer began at different seconds.
		orders, err := h.Store.QueueDue(ctx, merchantID, from.Add(-streamMinute), until)
		if err != nil {
			return shop.QueueChange{}, err
		}
		return h.Store.QueueChanges(ctx, merchantID, orders)
	})
}

// ordersOf lists the orders that entries name, once each.
func ordersOf(entries []shop.FeedEntry) []shop.OrderID {
	var orders []shop.OrderID
	seen := map[shop.OrderID]bool{}
	for _, e := range entries {
		if e.OrderID != 0 && !seen[e.OrderID] {
			seen[e.OrderID] = true
			orders = append(orders, e.OrderID)
		}
	}
	return orders
}

// tooMany tells whether a change names more orders than are worth patching.
func tooMany(entries []shop.FeedEntry) bool { return len(ordersOf(entries)) > db.MaxQueueChanges }
