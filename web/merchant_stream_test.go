package web_test

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"waybill/db"
	"waybill/db/dbtest/factory"
	"waybill/shop"
	"waybill/views/urls"
	"waybill/web"
)

// serveLive lets the site follow the feed and serves it over real connections.
func (s *site) serveLive() *httptest.Server {
	s.t.Helper()
	feed, err := db.StartFeed(s.t.Context(), s.Store, slog.New(slog.DiscardHandler))
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(feed.Close)
	s.pages.Feed = feed
	server := httptest.NewUnstartedServer(s.handler)
	server.Config = web.NewServer(s.handler, slog.New(slog.DiscardHandler))
	server.Start()
	s.t.Cleanup(server.Close)
	return server
}

// liveTabEnd is when a test that waits for what never comes is told so.
const liveTabEnd = 3 * time.Minute

// liveTab is an open live page.
type liveTab struct {
	t      testing.TB
	body   io.ReadCloser
	lines  *bufio.Reader
	lastID string
}

// message is one server-sent event.
type message struct{ id, event, data string }

var connectURL = regexp.MustCompile(`hx-sse:connect="([^"]+)"`)

// streamOf is the address of the stream of a page.
func (v visitor) streamOf(page string) string {
	v.t.Helper()
	found := connectURL.FindStringSubmatch(v.page(page))
	if found == nil {
		v.t.Fatalf("%s is not live", page)
	}
	return strings.ReplaceAll(found[1], "&amp;", "&")
}

func (v visitor) open(server *httptest.Server, stream, lastID string) *liveTab {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.t.Context(), liveTabEnd)
	v.t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+stream, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	r.AddCookie(v.cookie)
	if lastID != "" {
		r.Header.Set("Last-Event-ID", lastID)
	}
	answer, err := server.Client().Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != "text/event-stream" {
		v.t.Fatalf("%s answers %d %s", stream, answer.StatusCode, answer.Header.Get("Content-Type"))
	}
	tab := &liveTab{t: v.t, body: answer.Body, lines: bufio.NewReader(answer.Body), lastID: lastID}
	v.t.Cleanup(tab.close)
	return tab
}

func (tab *liveTab) close() { _ = tab.body.Close() }

// next is the next message, heartbeats included; io.EOF when the stream ends.
func (tab *liveTab) next() (message, error) {
	var m message
	for {
		line, err := tab.lines.ReadString('\n')
		if err != nil {
			return m, io.EOF
		}
		switch name, value, _ := strings.Cut(strings.TrimRight(line, "\n"), ": "); name {
		case "":
			if line == "\n" {
				return m, nil
			}
		case "id":
			m.id, tab.lastID = value, value
		case "event":
			m.event = value
		case "data":
			m.data += value + "\n"
		}
	}
}

// until returns the next message with a text.
func (tab *liveTab) until(text string) message {
	tab.t.Helper()
	return tab.untilLike(regexp.MustCompile(regexp.QuoteMeta(text)))
}

// untilLike returns the next message with text like this. A page that was opened a moment ago may first hear of what
// happened before it was: say what only the awaited message has.
func (tab *liveTab) untilLike(text *regexp.Regexp) message {
	tab.t.Helper()
	for {
		m, err := tab.next()
		if err != nil {
			tab.t.Fatalf("the stream ended before %q", text)
		}
		if text.MatchString(m.data) {
			return m
		}
	}
}

func TestAnOpenQueueIsPatched(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	server := s.serveLive()
	tr, other := newTrader(s, "tea"), newTrader(s, "lamps")
	tab := tr.open(server, tr.streamOf(urls.MerchantQueue()), "")

	s.claim(other)
	s.claim(tr)
	row := shop.QueueRow{OrderID: tr.order, No: 1}.Key()
	m := tab.untilLike(regexp.MustCompile(`(?s)<tr id="p-` + row + `".*Picking.*</tr>`))
	mustContain(t, m.data, []string{
		`<hx-partial hx-target="#p-` + row + `" hx-swap="outerMorph"><tr id="p-` + row + `"`, "You", "Picking", `hx-target="#queue-tabs"`, `hx-target="#queue-facts"`,
	}, other.number(), `data-arrival="p-`+row, "Claim</span>")
	if _, err := shop.ParseFeedCursor(m.id); err != nil {
		t.Errorf("the message has the id %q", m.id)
	}

	fresh := tr.paid("second@example.com")
	s.Store.Nudge()
	arrival := `data-arrival="p-` + shop.QueueRow{OrderID: fresh, No: 1}.Key() + `"`
	if m := tab.until(arrival); !strings.Contains(m.data, fresh.Number()) {
		t.Errorf("a new order arrives as %s", m.data)
	}
}

// claim takes the first parcel of a trader's order.
func (s *site) claim(tr trader) {
	s.t.Helper()
	if _, err := s.Store.ClaimFulfillment(context.Background(), factory.Work(tr.order, tr.user)); err != nil {
		s.t.Fatal(err)
	}
}

func TestAStreamResumesWhereItBroke(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	server := s.serveLive()
	tr := newTrader(s, "tea")
	stream := tr.streamOf(urls.MerchantQueue() + "?stage=picking")
	tab := tr.open(server, stream, "")
	s.claim(tr)
	tab.until(`data-arrival`)
	tab.close()

	// Meanwhile two things happen; whoever comes back sees the parcel as it is now, and hears of it once.
	if _, err := s.Store.ReleaseFulfillment(t.Context(), factory.Work(tr.order, tr.user)); err != nil {
		t.Fatal(err)
	}
	s.claim(tr)
	again := tr.open(server, stream, tab.lastID)
	m := again.until(tr.number())
	if got := strings.Count(m.data, `<tr id="p-`+shop.QueueRow{OrderID: tr.order, No: 1}.Key()); got != 1 {
		t.Errorf("the row came %d times in one message", got)
	}
	place, err := shop.ParseFeedCursor(again.lastID)
	broke, errBroke := shop.ParseFeedCursor(tab.lastID)
	if err != nil || errBroke != nil || place.Compare(broke) <= 0 {
		t.Errorf("it broke at %s and went on to %s", tab.lastID, again.lastID)
	}
}

func TestAPageThatWasAwayTooLongIsTold(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tr := newTrader(s, "tea")
	s.Exec(`DELETE FROM outbox`) // as pruning does, but for the newest entry
	s.Exec(`INSERT INTO outbox (topic, merchant_id) VALUES ('kept', 1)`)
	server := s.serveLive()
	tab := tr.open(server, urls.MerchantQueueStream(), "1-0")
	tab.until("This list is out of date.")
	s.claim(tr) // and what happens from now on is shown
	tab.until(tr.number())
}

func TestAStreamEndsWithItsSession(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(trader){
		"disabled":   func(tr trader) { tr.Exec(`UPDATE users SET disabled_at = now() WHERE id = $1`, tr.user.ID) },
		"signed out": func(tr trader) { tr.Exec(`DELETE FROM sessions`) },
		"everywhere": func(tr trader) {
			tr.Exec(`UPDATE users SET session_epoch = session_epoch + 1 WHERE id = $1`, tr.user.ID)
		},
		"moved to another": func(tr trader) {
			other, _ := tr.Merchant("lamps")
			tr.Exec(`UPDATE users SET merchant_id = $1 WHERE id = $2`, other, tr.user.ID)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			s.pages.Rhythm.Recheck = 10 * time.Millisecond
			server := s.serveLive()
			tr := newTrader(s, "tea")
			tab := tr.open(server, tr.streamOf(urls.MerchantQueue()), "")
			end(tr)
			tab.until("You are signed out.")
			m, err := tab.next()
			if err != nil || m.event != "end" {
				t.Errorf("it says goodbye with %+v, %v", m, err)
			}
			if m, err := tab.next(); err == nil {
				t.Errorf("and goes on with %+v", m)
			}
		})
	}
}

// A page on which nothing happens moves along with the feed, or it would fall out of its memory.
func TestHeartbeatsMoveTheirPageAlong(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.pages.Rhythm.Heartbeat = 10 * time.Millisecond
	server := s.serveLive()
	quiet, busy := newTrader(s, "tea"), newTrader(s, "lamps")
	tab := quiet.open(server, quiet.streamOf(urls.MerchantQueue()), "")
	s.claim(busy)
	claimed := shop.FeedCursor{Xid: s.Int(`SELECT max(xid::text::bigint) FROM outbox WHERE merchant_id = $1`, busy.user.MerchantID)}
	for {
		m, err := tab.next()
		if err != nil {
			t.Fatal(err)
		}
		mustContain(t, m.data, nil, busy.number())
		if place, err := shop.ParseFeedCursor(m.id); err == nil && place.Compare(claimed) > 0 {
			return
		}
	}
}
