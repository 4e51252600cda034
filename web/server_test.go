package web

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"
)

// At the signal: readiness off and the stream closed first, then the running request
// finishes, then Serve returns. Every step is awaited, none is timed.
func TestShutdownClosesStreamsAndFinishesRequests(t *testing.T) {
	t.Parallel()
	streamEnded := make(chan error, 1)
	working, finish := make(chan struct{}), make(chan struct{})
	b := newBench(t, nil, func(s *shell, r chi.Router) {
		r.Get("/readyz", s.readyz)
		r.With(s.live()...).Get("/stream", ticker(streamEnded))
		r.With(s.browser()...).Get("/work", func(w http.ResponseWriter, r *http.Request) {
			close(working)
			<-finish
			say("done")(w, r)
		})
	})
	listener, err := Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + listener.Addr().String()
	ctx, signal := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- Serve(ctx, listener, NewServer(b.handler, b.Log), b.beginShutdown) }()

	stream, err := fetch(t, http.DefaultTransport, url+"/stream")
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	answer := make(chan string, 1)
	go func() { answer <- body(fetch(t, http.DefaultTransport, url+"/work")) }()
	<-working

	signal()
	if err := <-streamEnded; !errors.Is(err, context.Canceled) {
		t.Errorf("the stream ended with %v", err)
	}
	if rest, err := io.ReadAll(stream.Body); err != nil || string(rest) != "data: first\n\n" {
		t.Errorf("the stream's reader got %q, %v; a clean end was due", rest, err)
	}
	select {
	case err := <-served:
		t.Fatalf("Serve returned %v while a request was running", err)
	default:
	}
	if b.Shutdown.Err() == nil {
		t.Error("still ready while draining")
	}
	close(finish)
	if got := <-answer; got != "done" {
		t.Errorf("the running request got %q", got)
	}
	if err := <-served; err != nil {
		t.Errorf("Serve returned %v", err)
	}
	if _, err := net.Dial("tcp", listener.Addr().String()); err == nil {
		t.Error("the port is still open")
	}
}

func TestServeReportsABrokenListener(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil, mountDoors)
	listener, err := Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	if err := Serve(t.Context(), listener, NewServer(b.handler, b.Log), b.beginShutdown); err == nil {
		t.Error("Serve on a closed listener returned nil")
	}
	if b.Shutdown.Err() == nil {
		t.Error("a server that cannot serve did not begin to shut down")
	}
}

func TestListenNamesTheTakenPort(t *testing.T) {
	t.Parallel()
	first, err := Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	_, port, _ := net.SplitHostPort(first.Addr().String())
	_, err = Listen(t.Context(), first.Addr().String())
	if want := "port " + port + " is in use; set PORT or --port"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %q", err, want)
	}
}

func TestSlowHeadersAreCutOff(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil, mountDoors)
	server := NewServer(b.handler, b.Log)
	if server.ReadHeaderTimeout != 5*time.Second {
		t.Fatalf("ReadHeaderTimeout is %s", server.ReadHeaderTimeout)
	}
	server.ReadHeaderTimeout = 50 * time.Millisecond
	conn := dial(t, server)
	if _, err := conn.Write([]byte("GET /page HTTP/1.1\r\nHost: x\r\nX-Slow: ")); err != nil {
		t.Fatal(err)
	}
	// The read ends only when the server closes; a server that waits hangs this test.
	if answer, err := io.ReadAll(conn); strings.Contains(string(answer), "200 OK") {
		t.Errorf("unfinished headers were answered: %q, %v", answer, err)
	}
}

func TestSlowBodiesAreCutOff(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil, mountDoors)
	server := NewServer(b.handler, b.Log)
	server.ReadTimeout = 50 * time.Millisecond
	conn := dial(t, server)
	if _, err := conn.Write([]byte("POST /form HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nname=")); err != nil {
		t.Fatal(err)
	}
	if answer, _ := io.ReadAll(conn); strings.Contains(string(answer), "saved") {
		t.Errorf("half a form was saved: %q", answer)
	}
}

func TestHeadersOfAMegabyteAreRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil, mountDoors)
	conn := dial(t, NewServer(b.handler, b.Log))
	go func() {
		// The server answers and closes before it has read all of this.
		_, _ = io.WriteString(conn, "GET /page HTTP/1.1\r\nHost: x\r\nX-Big: "+strings.Repeat("x", 1<<20)+"\r\n\r\n")
	}()
	status, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil || !strings.Contains(status, "431") {
		t.Errorf("status line %q, %v", status, err)
	}
}

func TestOversizedFormOverTheWire(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil, mountDoors)
	form := strings.NewReader("name=" + strings.Repeat("x", 128<<10))
	r, err := http.NewRequestWithContext(t.Context(), "POST", b.serve(t).URL+"/form", form)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != 413 || !response.Close {
		t.Errorf("status %d, connection closed: %t", response.StatusCode, response.Close)
	}
}

func TestProxiesMaySpeakHTTP2WithoutTLS(t *testing.T) {
	t.Parallel()
	ended := make(chan error, 1)
	b := newBench(t, nil, func(s *shell, r chi.Router) {
		mountDoors(s, r)
		r.With(s.live()...).Get("/stream", ticker(ended))
	})
	server := b.serve(t)
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	proxy := &http.Transport{Protocols: protocols}
	response, err := fetch(t, proxy, server.URL+"/page")
	if err != nil {
		t.Fatal(err)
	}
	if got := body(response, nil); response.ProtoMajor != 2 || got != "<p>hello</p>" {
		t.Errorf("%s answered %q", response.Proto, got)
	}
	stream, err := fetch(t, proxy, server.URL+"/stream")
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	if line, err := bufio.NewReader(stream.Body).ReadString('\n'); err != nil || line != "data: first\n" {
		t.Errorf("stream over HTTP/2: %q, %v", line, err)
	}
	b.beginShutdown()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the stream ended with %v", err)
	}
}

// dial starts the server and opens a bare connection to it.
func dial(t *testing.T, server *http.Server) net.Conn {
	t.Helper()
	listener, err := Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// fetch asks for a page; the request ends with the test.
func fetch(t *testing.T, transport http.RoundTripper, url string) (*http.Response, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	return transport.RoundTrip(r)
}

func body(response *http.Response, err error) string {
	if err != nil {
		return err.Error()
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
