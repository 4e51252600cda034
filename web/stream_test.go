package web

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"
)

// ticker writes one event and stays until its context ends.
func ticker(ended chan<- error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = w.Write([]byte("data: first\n\n"))
		if err := http.NewResponseController(w).Flush(); err != nil {
			ended <- err
			return
		}
		<-r.Context().Done()
		ended <- r.Context().Err()
	}
}

func TestStreamsFlushThroughTheWholeChain(t *testing.T) {
	t.Parallel()
	ended := make(chan error, 2)
	b := newBench(t, nil, func(s *shell, r chi.Router) {
		r.With(s.live()...).Get("/stream", ticker(ended))
		r.With(s.browser()...).Get("/flush", ticker(ended)) // an export that flushes
	})
	server := b.serve(t)
	for _, path := range []string{"/stream", "/flush"} {
		ctx, leave := context.WithCancel(t.Context())
		r, err := http.NewRequestWithContext(ctx, "GET", server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept-Encoding", "gzip")
		response, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		// The handler still runs: the line is here only because the flush reached the wire.
		line, err := bufio.NewReader(response.Body).ReadString('\n')
		if err != nil || line != "data: first\n" {
			t.Errorf("%s: read %q, %v", path, line, err)
		}
		leave()
		response.Body.Close()
		if err := <-ended; err != context.Canceled {
			t.Errorf("%s: the handler ended with %v", path, err)
		}
	}
}

func TestStreamsOutliveTheServersTimeouts(t *testing.T) {
	t.Parallel()
	ended, checked := make(chan error, 1), make(chan error, 1)
	b := newBench(t, nil, func(s *shell, r chi.Router) {
		r.With(s.live()...).Get("/stream", func(w http.ResponseWriter, r *http.Request) {
			// Without the lifted read time-out this context is cancelled within the wait.
			wait, cancel := context.WithTimeout(r.Context(), 1500*time.Millisecond)
			defer cancel()
			<-wait.Done()
			checked <- r.Context().Err()
			ticker(ended)(w, r)
		})
	})
	server := httptest.NewUnstartedServer(b.handler)
	server.Config.ReadTimeout, server.Config.WriteTimeout = time.Second, time.Second
	server.Start()
	t.Cleanup(server.Close)
	response, err := http.Get(server.URL + "/stream")
	if err != nil {
		t.Fatal(err)
	}
	if err := <-checked; err != nil {
		t.Errorf("the stream's context ended early: %v", err)
	}
	if line, err := bufio.NewReader(response.Body).ReadString('\n'); err != nil {
		t.Errorf("read %q, %v", line, err)
	}
	response.Body.Close()
	<-ended
}

func TestReaderThatNeverReadsIsCut(t *testing.T) {
	t.Parallel()
	ended := make(chan error, 1)
	b := newBench(t, func(s *shell) { s.streamWriteTimeout = 50 * time.Millisecond }, func(s *shell, r chi.Router) {
		r.With(s.live()...).Get("/stream", func(w http.ResponseWriter, r *http.Request) {
			event := []byte("data: " + strings.Repeat("x", 64<<10) + "\n\n")
			for {
				if _, err := w.Write(event); err != nil {
					ended <- err
					return
				}
			}
		})
	})
	conn, err := net.Dial("tcp", b.serve(t).Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !strings.Contains(err.Error(), "timeout") {
		t.Errorf("the stream ended with %v", err)
	}
}

func TestStreamsHaveAGateOfTheirOwn(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(s *shell) { s.streams = newGate(0) }, func(s *shell, r chi.Router) {
		mountDoors(s, r)
		r.With(s.live()...).Get("/stream", say("never"))
	})
	if got := b.do(httptest.NewRequest("GET", "/stream", nil)); got.Code != 503 {
		t.Errorf("a stream too many answers %d", got.Code)
	}
	if got := b.do(httptest.NewRequest("GET", "/page", nil)); got.Code != 200 {
		t.Errorf("open streams refuse pages: %d", got.Code)
	}
}
