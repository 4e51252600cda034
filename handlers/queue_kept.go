package handlers

import (
	"context"
	"crypto/rand"
	"sync"
	"time"

	"github.com/a-h/templ"

	"waybill/shop"
	"waybill/views"
)

const (
	// queueKeptFor is for what no revision tells: ages and countdowns move on, promises run out. Open pages are told of
	// those once a minute.
	queueKeptFor = 5 * time.Second
	// maxQueueFaces is for how many people, each with their own look of it, the drawing of a list is kept.
	maxQueueFaces = 16
)

// keptQueue is a list of a queue as it was read, right for as long as its revision is the queue's.
type keptQueue struct {
	page     shop.QueuePage
	revision shop.QueueRevision
	queueFigures

	mu    sync.Mutex
	faces map[queueFace]*drawnFace
}

// queueFace is everything but the list that its page depends on, and that is the same when it is shown again.
type queueFace struct {
	viewer               views.Viewer
	viewerID             int64
	theme                string
	cartUnits            int
	compact              bool
	text, country, value string
}

type drawnFace struct {
	once sync.Once
	cut  *stencil
	err  error
}

// keptList is the list that a query asks for as it is now: what was read last, if nothing has changed since.
func (h *Handlers) keptList(ctx context.Context, of shop.QueueQuery) (*keptQueue, error) {
	return h.shelf.at(ctx, of, func(ctx context.Context, last *keptQueue) (*keptQueue, error) {
		revision, err := h.Store.QueueRevision(ctx, of.MerchantID)
		if err != nil {
			return nil, err
		}
		if last.right(revision, h.Store.Now()) {
			return last, nil
		}
		page, err := h.Store.QueuePage(ctx, of)
		return &keptQueue{page: page, revision: revision}, err
	})
}

// right tells whether the queue has not changed and the time has not moved far. Clocks that are set back end it, too.
func (k *keptQueue) right(revision shop.QueueRevision, now time.Time) bool {
	return k != nil && revision.Unchanged(k.revision) && !now.Before(k.page.Clock.Now) && now.Before(k.page.Clock.Now.Add(queueKeptFor))
}

// bytes is about what the list takes in memory.
func (k *keptQueue) bytes() int {
	n := len(k.page.Rows) * shelfRowBytes
	for _, r := range k.page.Rows {
		n += len(r.Items) * shelfItemBytes
	}
	return n
}

// face is where the drawing of a face is kept.
func (k *keptQueue) face(of queueFace) *drawnFace {
	k.mu.Lock()
	defer k.mu.Unlock()
	if known, ok := k.faces[of]; ok {
		return known
	}
	if k.faces == nil || len(k.faces) >= maxQueueFaces {
		k.faces = map[queueFace]*drawnFace{}
	}
	k.faces[of] = &drawnFace{}
	return k.faces[of]
}

// queueMarks stand in a drawing where each showing has something of its own.
type queueMarks struct{ next, bulk, request string }

func newQueueMarks() queueMarks { return queueMarks{rand.Text(), rand.Text(), rand.Text()} }

// stencilOf is the drawing of a face of the list; draw is called once for all who have the same.
func (h *Handlers) stencilOf(ctx context.Context, k *keptQueue, query shop.QueueQuery, of queueFace, draw func(context.Context, queueMarks) (templ.Component, error)) (*stencil, error) {
	face := k.face(of)
	face.once.Do(func() {
		// Whoever asked first may leave; the others still want to see it.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), queueReadTimeout)
		defer cancel()
		marks := newQueueMarks()
		var html []byte
		component, err := draw(ctx, marks)
		if err == nil {
			html, err = renderBody(ctx, component)
		}
		if face.err = err; err != nil {
			k.forget(of)
			return
		}
		face.cut = cutStencil(html, marks.next, marks.bulk, marks.request)
		h.shelf.drew(query, k, face.cut.size())
	})
	return face.cut, face.err
}

// forget lets a drawing that failed be tried again.
func (k *keptQueue) forget(of queueFace) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.faces, of)
}
