package handlers

import (
	"bytes"
	"container/list"
	"fmt"
	"hash/fnv"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/a-h/templ"
	"github.com/klauspost/compress/gzip"

	"waybill/shop"
)

// How many drawn pages are kept, and for how long. A page is shown again only after the revision of what it is about was
// read and is the same, so the time bounds nothing but what the revision says nothing of: the names of merchants, and the
// addresses and pictures of their products.
const (
	maxKeptBytes = 32 << 20
	keptFor      = time.Minute
	// keptCounting is for a page with a countdown, which somebody without scripts reads as it stands.
	keptCounting = 5 * time.Second
	keptLevel    = 4 // of compression
)

// keptPages are pages as they were drawn last, the least used of which are forgotten first. The zero value is
// ready.
type keptPages struct {
	mu    sync.Mutex
	slots map[keptSlot]*list.Element // of *keptEntry
	used  list.List                  // the latest first
	bytes int
}

// keptSlot is whose page it is, which, in which encoding.
type keptSlot struct {
	path   string
	userID int64
	zipped bool
}

// keptLook is everything else that a page depends on.
type keptLook struct {
	revision  shop.Revision
	name      string // of the viewer
	theme     string
	cartUnits int
}

type keptEntry struct {
	slot keptSlot
	look keptLook
	page keptPage
}

// keptPage is a drawn page.
type keptPage struct {
	body   []byte
	etag   string
	zipped bool
	from   time.Time // when it was drawn. Clocks that are set back end it, too.
	until  time.Time
}

// drawing is a page that was just drawn, and for how long it looks like that.
type drawing struct {
	page       templ.Component
	now        time.Time // for which it was drawn
	differsAt  time.Time // when it begins to look different by itself; zero for never
	countsDown bool
}

// showKept shows a page: as it was drawn last, if nothing of it has changed since, or else as draw draws it. It is for pages
// whose route names what they are about.
func (h *Handlers) showKept(w http.ResponseWriter, r *http.Request, draw func() (drawing, error)) error {
	slot, look, may := h.mayKeep(r)
	if may {
		if page, ok := h.kept.find(slot, look, h.Store.Now()); ok {
			page.serve(w, r)
			return nil
		}
	}
	drawn, err := draw()
	if err != nil {
		return err
	}
	if !may {
		h.render(w, r, http.StatusOK, drawn.page)
		return nil
	}
	body, err := renderBody(r.Context(), drawn.page)
	if err != nil {
		return err
	}
	page, err := newKeptPage(body, slot.zipped, drawn)
	if err != nil {
		return err
	}
	h.kept.keep(slot, look, page)
	page.serve(w, r)
	return nil
}

// mayKeep tells where the page that a request asks for is kept, and what it looks like, if it is one that may be kept: as
// its address alone asks for it, with nothing to say that is said once.
func (h *Handlers) mayKeep(r *http.Request) (keptSlot, keptLook, bool) {
	ctx := r.Context()
	v, viewer := visitOf(ctx), viewerOf(ctx)
	if v == nil || !v.known || v.about == (shop.Subject{}) || r.URL.RawQuery != "" || h.Sessions.Exists(ctx, sessionFlash) {
		return keptSlot{}, keptLook{}, false
	}
	slot := keptSlot{path: r.URL.Path, userID: viewer.ID, zipped: strings.Contains(r.Header.Get("Accept-Encoding"), "gzip")}
	return slot, keptLook{revision: v.revision, name: viewer.Name, theme: theme(r), cartUnits: h.Sessions.GetInt(ctx, sessionCartUnits)}, true
}

// find returns the page of a slot if it still looks like that.
func (k *keptPages) find(slot keptSlot, look keptLook, now time.Time) (keptPage, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	at, ok := k.slots[slot]
	if !ok {
		return keptPage{}, false
	}
	entry := at.Value.(*keptEntry) //nolint:forcetypeassert // nothing else is put in
	if entry.look != look || now.Before(entry.page.from) || !now.Before(entry.page.until) {
		return keptPage{}, false
	}
	k.used.MoveToFront(at)
	return entry.page, true
}

// keep puts a page into its slot and forgets what there is no room for.
func (k *keptPages) keep(slot keptSlot, look keptLook, page keptPage) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if at, ok := k.slots[slot]; ok {
		k.forget(at)
	}
	if k.slots == nil {
		k.slots = map[keptSlot]*list.Element{}
	}
	k.slots[slot] = k.used.PushFront(&keptEntry{slot, look, page})
	k.bytes += len(page.body)
	for k.bytes > maxKeptBytes {
		k.forget(k.used.Back())
	}
}

func (k *keptPages) forget(at *list.Element) {
	entry := k.used.Remove(at).(*keptEntry) //nolint:forcetypeassert // nothing else is put in
	delete(k.slots, entry.slot)
	k.bytes -= len(entry.page.body)
}

// newKeptPage makes a page of a drawing and what came of it.
func newKeptPage(html []byte, zipped bool, d drawing) (keptPage, error) {
	hash := fnv.New64a()
	_, _ = hash.Write(html) // never fails
	page := keptPage{body: bytes.Clone(html), etag: fmt.Sprintf(`W/"%x"`, hash.Sum64()), zipped: zipped, from: d.now, until: d.now.Add(keptFor)}
	if d.countsDown {
		page.until = d.now.Add(keptCounting)
	}
	if !d.differsAt.IsZero() && d.differsAt.Before(page.until) {
		page.until = d.differsAt
	}
	if !zipped {
		return page, nil
	}
	var body bytes.Buffer
	zipper, err := gzip.NewWriterLevel(&body, keptLevel)
	if err != nil {
		return keptPage{}, err
	}
	if _, err := zipper.Write(html); err != nil {
		return keptPage{}, err
	}
	if err := zipper.Close(); err != nil {
		return keptPage{}, err
	}
	page.body = bytes.Clone(body.Bytes())
	return page, nil
}

// serve writes the page, or says that the browser has it already.
func (p keptPage) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Etag", p.etag)
	h.Add("Vary", "Accept-Encoding")
	if r.Header.Get("If-None-Match") == p.etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", htmlType)
	h.Set("Content-Length", strconv.Itoa(len(p.body)))
	if p.zipped {
		h.Set("Content-Encoding", "gzip")
	}
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(p.body) // a reader who left is nobody's error
}
