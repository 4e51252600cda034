package web

import (
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"
)

func TestGateRefusesAtOnceWhenFull(t *testing.T) {
	t.Parallel()
	inside, leave := make(chan struct{}), make(chan struct{})
	b := newBench(t, func(s *shell) { s.requests = newGate(2) }, func(s *shell, r chi.Router) {
		r.With(s.browser()...).Get("/work", func(http.ResponseWriter, *http.Request) {
			inside <- struct{}{}
			<-leave
		})
		r.With(s.browser()...).Get("/page", say("<p>hello</p>"))
		r.Get("/healthz", healthz)
	})
	done := make(chan struct{})
	for range 2 {
		go func() {
			b.do(httptest.NewRequest("GET", "/work", nil))
			done <- struct{}{}
		}()
		<-inside
	}
	got := b.do(httptest.NewRequest("GET", "/page", nil))
	if got.Code != 503 || got.Header().Get("Retry-After") != "2" {
		t.Errorf("a full house answers %d, Retry-After %q", got.Code, got.Header().Get("Retry-After"))
	}
	if got := b.do(httptest.NewRequest("GET", "/healthz", nil)); got.Code != 200 {
		t.Errorf("a full house looks dead: %d", got.Code)
	}
	close(leave)
	<-done
	<-done
	if got := b.do(httptest.NewRequest("GET", "/page", nil)); got.Code != 200 {
		t.Errorf("the gate stays shut: %d", got.Code)
	}
}

func TestGatePlacesSurvivePanics(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(s *shell) { s.requests = newGate(1) }, mountDoors)
	for range 3 {
		if got := b.do(httptest.NewRequest("GET", "/panic", nil)); got.Code != 500 {
			t.Fatalf("status %d, want 500", got.Code)
		}
	}
}

func TestRequestsHaveADeadlineAndStreamsHaveNone(t *testing.T) {
	t.Parallel()
	deadlines := map[string]time.Time{}
	note := func(_ http.ResponseWriter, r *http.Request) {
		deadlines[r.URL.Path], _ = r.Context().Deadline()
	}
	b := newBench(t, nil, func(s *shell, r chi.Router) {
		r.With(s.browser()...).Get("/page", note)
		r.With(s.api()...).Get("/api/v1/x", note)
		r.With(s.live()...).Get("/stream", note)
	})
	for _, path := range []string{"/page", "/api/v1/x", "/stream"} {
		b.do(httptest.NewRequest("GET", path, nil))
		if limited := !deadlines[path].IsZero(); limited != (path != "/stream") {
			t.Errorf("%s: deadline %v", path, deadlines[path])
		}
	}
}

func TestDeadlineEndsTheContext(t *testing.T) {
	t.Parallel()
	var err error
	h := deadline(time.Nanosecond)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		err = r.Context().Err()
	}))
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	if err != context.DeadlineExceeded {
		t.Errorf("context ended with %v", err)
	}
}

func TestPagesAreCompressedAndPrivate(t *testing.T) {
	t.Parallel()
	page := "<ul>" + strings.Repeat("<li>row</li>", 500) + "</ul>"
	b := newBench(t, nil, func(s *shell, r chi.Router) {
		r.With(s.browser()...).Get("/page", say(page))
	})
	r := httptest.NewRequest("GET", "/page", nil)
	r.Header.Set("Accept-Encoding", "gzip, br")
	got := b.do(r)
	if got.Header().Get("Content-Encoding") != "gzip" || !strings.Contains(strings.Join(got.Header().Values("Vary"), ","), "Accept-Encoding") {
		t.Fatalf("headers %v", got.Header())
	}
	if got.Body.Len() > len(page)/10 {
		t.Errorf("%d bytes became %d", len(page), got.Body.Len())
	}
	unzip, err := gzip.NewReader(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	if back, err := io.ReadAll(unzip); err != nil || string(back) != page {
		t.Errorf("the page does not come back: %v", err)
	}
	plain := b.do(httptest.NewRequest("GET", "/page", nil))
	if plain.Body.String() != page || plain.Header().Get("Content-Encoding") != "" {
		t.Error("a client that cannot unzip gets no plain page")
	}
	if cache := plain.Header().Get("Cache-Control"); cache != "private, no-cache" {
		t.Errorf("Cache-Control %q", cache)
	}
}
