package handlers

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/a-h/templ"

	"waybill/db"
	"waybill/shop"
	"waybill/views"
)

// Rhythm is how often a live page does what nothing else reminds it of. Zero is the usual.
type Rhythm struct {
	Heartbeat time.Duration // so that a dead connection is noticed, and proxies keep a quiet one
	Recheck   time.Duration // how long a page stays live at most after its user was signed out, disabled or moved elsewhere
}

const (
	heartbeatEvery = 15 * time.Second
	recheckEvery   = 8 * time.Second
	recheckTimeout = 5 * time.Second
	streamMinute   = time.Minute
)

// liveView is what a page shows of a topic while it is open.
type liveView struct {
	topic shop.FeedTopic
	back  string // the page itself
	// current is what to show at once to a page that names no place in the feed; nil when every page names one.
	current func(ctx context.Context) (templ.Component, error)
	// changed is what to show of entries of the feed.
	changed func(ctx context.Context, entries []shop.FeedEntry) (templ.Component, error)
	// outdated is shown when the page was away for longer than the feed remembers.
	outdated func() templ.Component
	// passed is what to show because a minute has passed; nil for nothing.
	passed func(ctx context.Context, from, until time.Time) (templ.Component, error)
}

// live streams a view until the reader leaves, the server stops, or the user may no longer see it. Each message carries
// its place in the feed as id; who comes back names the last one and misses nothing. An error after the first byte ends
// the stream: the page comes back by itself.
func (h *Handlers) live(w http.ResponseWriter, r *http.Request, view liveView) error {
	after, err := h.placeOf(r, view)
	if err != nil {
		return err
	}
	reader, err := h.Feed.Read(view.topic, after)
	tooLate := errors.Is(err, db.ErrFeedWindow)
	if tooLate {
		reader, err = h.Feed.Read(view.topic, h.Feed.Head())
	}
	if err != nil {
		return err
	}
	defer reader.Close()
	s := &stream{w: w, control: http.NewResponseController(w), reader: reader, view: view}
	err = s.open()
	if err == nil && tooLate {
		err = s.send(r.Context(), view.outdated())
	}
	if err == nil && namesNoPlace(r) {
		err = s.catchUp(r.Context(), after)
	}
	if err == nil {
		err = h.follow(r.Context(), s)
	}
	if err != nil && r.Context().Err() == nil {
		h.Log.DebugContext(r.Context(), "stream ended", "request_id", requestID(r), "err", err)
	}
	return nil
}

// placeOf is where the page has read to: the browser's header once a message came, until then what the page was made with.
// A page that is shown as it is now, whenever it comes, needs no place: it begins at the head.
func (h *Handlers) placeOf(r *http.Request, view liveView) (shop.FeedCursor, error) {
	if last := r.Header.Get("Last-Event-ID"); last != "" {
		return shop.ParseFeedCursor(last)
	}
	if view.current != nil && namesNoPlace(r) {
		return h.Feed.Head(), nil
	}
	return shop.ParseFeedCursor(r.URL.Query().Get("after"))
}

func namesNoPlace(r *http.Request) bool {
	return r.Header.Get("Last-Event-ID") == "" && !r.URL.Query().Has("after")
}

func (h *Handlers) follow(ctx context.Context, s *stream) error {
	heartbeat, recheck := time.NewTicker(cmp.Or(h.Rhythm.Heartbeat, heartbeatEvery)), time.NewTicker(cmp.Or(h.Rhythm.Recheck, recheckEvery))
	minute := time.NewTicker(streamMinute)
	defer heartbeat.Stop()
	defer recheck.Stop()
	defer minute.Stop()
	last := h.Store.Now()
	for {
		select {
		case <-ctx.Done():
			return nil
		case batch, open := <-s.reader.Batches():
			if !open {
				return errors.New("the reader fell behind")
			}
			if err := s.tell(ctx, batch); err != nil {
				return err
			}
		case <-heartbeat.C:
			if err := s.beat(); err != nil {
				return err
			}
		case <-recheck.C:
			if allowed, err := h.stillAllowed(ctx); err != nil || !allowed {
				return errors.Join(err, s.end(ctx))
			}
		case <-minute.C:
			now := h.Store.Now()
			if err := s.pass(ctx, last, now); err != nil {
				return err
			}
			last = now
		}
	}
}

// stillAllowed asks whether the session still lives and its user still is who opened the page. The session of the request
// is as old as the page, so it is loaded anew.
func (h *Handlers) stillAllowed(ctx context.Context) (bool, error) {
	opened := viewerOf(ctx)
	fresh, cancel := context.WithTimeout(WithVisit(context.Background()), recheckTimeout)
	defer cancel()
	fresh, err := h.Sessions.Load(fresh, h.Sessions.Token(ctx))
	if err != nil {
		return false, err
	}
	now, err := h.sessionUser(fresh)
	return now.ID == opened.ID && now.Role == opened.Role && now.MerchantID == opened.MerchantID && now.CustomerID == opened.CustomerID, err
}

// stream writes server-sent events.
type stream struct {
	w       http.ResponseWriter
	control *http.ResponseController
	reader  *db.FeedReader
	view    liveView
	html    bytes.Buffer
	out     bytes.Buffer
}

func (s *stream) open() error {
	header := s.w.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Accel-Buffering", "no") // nginx would hold events back
	s.w.WriteHeader(http.StatusOK)
	return s.control.Flush()
}

// tell shows what entries changed, under the place of the last of them.
func (s *stream) tell(ctx context.Context, entries []shop.FeedEntry) error {
	component, err := s.view.changed(ctx, entries)
	if err != nil {
		return err
	}
	return s.write(ctx, entries[len(entries)-1].Cursor, component)
}

// catchUp shows what is there now, under the place from which the feed is followed.
func (s *stream) catchUp(ctx context.Context, place shop.FeedCursor) error {
	component, err := s.view.current(ctx)
	if err != nil {
		return err
	}
	return s.write(ctx, place, component)
}

// pass shows what the time has changed.
func (s *stream) pass(ctx context.Context, from, until time.Time) error {
	if s.view.passed == nil {
		return nil
	}
	component, err := s.view.passed(ctx, from, until)
	if err != nil || component == nil {
		return err
	}
	return s.send(ctx, component)
}

// send shows something that is not in the feed. The place of the page stays where it is.
func (s *stream) send(ctx context.Context, component templ.Component) error {
	return s.write(ctx, shop.FeedCursor{}, component)
}

func (s *stream) write(ctx context.Context, place shop.FeedCursor, component templ.Component) error {
	s.html.Reset()
	if err := component.Render(ctx, &s.html); err != nil {
		return err
	}
	s.out.Reset()
	if place != (shop.FeedCursor{}) {
		s.out.WriteString("id: " + place.String() + "\n")
	}
	for line := range bytes.Lines(s.html.Bytes()) {
		s.out.WriteString("data: ")
		s.out.Write(bytes.TrimRight(line, "\r\n"))
		s.out.WriteByte('\n')
	}
	s.out.WriteByte('\n')
	return s.flush()
}

// beat shows that the stream lives, and moves the page's place along with the feed: a page on which nothing happens must
// not fall out of the feed's memory.
func (s *stream) beat() error {
	s.out.Reset()
	s.out.WriteString(": alive\n")
	if place, ok := s.reader.Seen(); ok {
		s.out.WriteString("id: " + place.String() + "\n")
	}
	s.out.WriteByte('\n')
	return s.flush()
}

// end says goodbye, so that the page does not come back.
func (s *stream) end(ctx context.Context) error {
	if err := s.send(ctx, views.StreamEnded(s.view.back)); err != nil {
		return err
	}
	s.out.Reset()
	s.out.WriteString("event: end\ndata:\n\n")
	return s.flush()
}

func (s *stream) flush() error {
	if _, err := s.w.Write(s.out.Bytes()); err != nil {
		return err
	}
	return s.control.Flush()
}
