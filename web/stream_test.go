package web

import (
	"bufio"
	"context"
	"errors"
	"fmt"
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
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("%s: the handler ended with %v", path, err)
		}
	}
}

// A stream rests between events for longer than every time-out there is.
func TestRestingStreamsOutliveTheTimeouts(t *testing.T) {
	t.Parallel()
	const timeout, rest = time.Second, 1500 * time.Millisecond
	for _, version := range []int{1, 2} {
		t.Run(fmt.Sprintf("HTTP/%d", version), func(t *testing.T) {
			t.Parallel()
			ended := make(chan error, 1)
			b := newBench(t, func(s *shell) { s.streamWriteTimeout = timeout }, func(s *shell, r chi.Router) {
				r.With(s.live()...).Get("/stream", func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Content-Type", "text/event-stream")
					for range 3 {
						_, _ = w.Write([]byte("data: event\n\n"))
						if err := http.NewResponseController(w).Flush(); err != nil {
							ended <- err
							return
						}
						resting, wake := context.WithTimeout(r.Context(), rest)
						<-resting.Done()
						wake()
					}
					ended <- r.Context().Err()
				})
			})
			server := httptest.NewUnstartedServer(b.handler)
			server.Config = NewServer(b.handler, b.Log)
			server.Config.ReadTimeout, server.Config.WriteTimeout = timeout, timeout
			server.Start()
			t.Cleanup(server.Close)

			protocols := new(http.Protocols)
			protocols.SetHTTP1(version == 1)
			protocols.SetUnencryptedHTTP2(version == 2)
			response, err := fetch(t, &http.Transport{Protocols: protocols}, server.URL+"/stream")
			if err != nil {
				t.Fatal(err)
			}
			if got, want := body(response, nil), strings.Repeat("data: event\n\n", 3); got != want || response.ProtoMajor != version {
				t.Errorf("%s brought %q", response.Proto, got)
			}
			if err := <-ended; err != nil {
				t.Errorf("the stream ended with %v", err)
			}
		})
	}
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
