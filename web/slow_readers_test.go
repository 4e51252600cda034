package web_test

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"waybill/db"
	"waybill/shop"
	"waybill/views/urls"
	"waybill/web"
)

const (
	slowBuffer  = 4 << 10 // of either side's socket, so that a reader who does not read is noticed after a few messages
	quickTabs   = 50
	manyChanges = 500 // by then a reader who reads nothing must be gone
	impatience  = time.Second

	// maxUnread is what may have been written for a reader who reads nothing: what both sockets hold, and the message
	// that waits. The feed holds no more than its backlog of entries for such a reader (see db/feed_ring_test.go).
	maxUnread = 128 << 10
)

// narrowListener gives its connections little room to write into, and counts what was written.
type narrowListener struct {
	net.Listener
	conns *sync.Map // of *countedConn by remote address
}

type countedConn struct {
	net.Conn
	written atomic.Int64
}

func (c *countedConn) Write(p []byte) (int, error) {
	c.written.Add(int64(len(p)))
	return c.Conn.Write(p)
}

func (l narrowListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetWriteBuffer(slowBuffer)
	}
	counted := &countedConn{Conn: conn}
	l.conns.Store(conn.RemoteAddr().String(), counted)
	return counted, nil
}

// unread is how much was written for somebody who reads nothing.
func (l narrowListener) unread(remote string) int64 {
	conn, ok := l.conns.Load(remote)
	if !ok {
		return 0
	}
	return conn.(*countedConn).written.Load() //nolint:forcetypeassert // nothing else is put in
}

// serveNarrowly is serveLive for readers who may not read. It tells whose streams have ended.
func (s *site) serveNarrowly() (*httptest.Server, narrowListener, <-chan string) {
	s.t.Helper()
	feed, err := db.StartFeed(s.t.Context(), s.Store, slog.New(slog.DiscardHandler))
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(feed.Close)
	s.pages.Feed = feed
	routes, ended := web.ImpatientRoutes(s.deps, impatience), make(chan string, 2*quickTabs)
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		routes.ServeHTTP(w, r)
		ended <- r.RemoteAddr
	})
	server := httptest.NewUnstartedServer(handler)
	server.Config = web.NewServer(handler, slog.New(slog.DiscardHandler))
	listener := narrowListener{server.Listener, &sync.Map{}}
	server.Listener = listener
	server.Start()
	s.t.Cleanup(server.Close)
	return server, listener, ended
}

// ignore opens a stream and never reads from it; it returns whose stream that is to the server.
func (v visitor) ignore(server *httptest.Server, stream string) string {
	v.t.Helper()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		v.t.Fatal(err)
	}
	v.t.Cleanup(func() { _ = conn.Close() })
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetReadBuffer(slowBuffer)
	}
	if _, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: waybill\r\nCookie: %s=%s\r\n\r\n", stream, v.cookie.Name, v.cookie.Value); err != nil {
		v.t.Fatal(err)
	}
	return conn.LocalAddr().String()
}

// note lets something happen to an order that both its pages tell.
func (s *site) note(order shop.OrderID, words string) {
	s.t.Helper()
	s.Exec(`INSERT INTO order_events (order_id, seq, kind, occurred_at, recorded_at, actor_kind, data)
		SELECT $1, max(seq) + 1, 'note', now(), now(), 'system', jsonb_build_object('text', $2::text) FROM order_events WHERE order_id = $1`, int64(order), words)
	s.Store.Nudge()
}

// Somebody who opens a live page and does not read it is cut off before much was kept for them, and costs the others nothing:
// each of them hears of every change.
func TestSlowReadersAreShedAndOthersGoOn(t *testing.T) {
	t.Parallel()
	for _, page := range []string{"queue", "order"} {
		t.Run(page, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			server, listener, ended := s.serveNarrowly()
			tr := newTrader(s, "tea")
			reader, order := newBuyer(s, tr, "ann@example.com")
			address := urls.AccountOrder(order.Number())
			if page == "queue" {
				reader, address = tr.visitor, urls.MerchantQueue()
			}
			stream := reader.streamOf(address)
			tabs := make([]*liveTab, quickTabs)
			for i := range tabs {
				tabs[i] = reader.open(server, stream, "")
			}
			slow := reader.ignore(server, stream)

			gone := ""
			for change := 0; gone == "" && change < manyChanges; change++ {
				s.note(order, strings.Repeat("a long story ", 100))
				for _, tab := range tabs {
					tab.until("hx-partial")
				}
				select {
				case gone = <-ended:
				default:
				}
			}
			if unread := listener.unread(slow); unread == 0 || unread > maxUnread {
				t.Errorf("%d bytes were written for somebody who reads nothing, want at most %d", unread, maxUnread)
			}
			if gone != slow {
				t.Fatalf("the stream of %q ended, want that of %s, which nobody reads", gone, slow)
			}
			s.note(order, "after it")
			for _, tab := range tabs {
				tab.until("hx-partial")
			}
			select {
			case other := <-ended:
				t.Errorf("the stream of %s ended, too", other)
			default:
			}
		})
	}
}
