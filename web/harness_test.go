package web

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/alexedwards/scs/v2"
	"github.com/go-chi/chi/v5"

	"waybill/shop"
)

// bench is a shell with test handlers behind each of its doors.
type bench struct {
	*shell
	handler       http.Handler
	log           *logLines
	beginShutdown context.CancelFunc
}

// newBench mounts routes on the given shell's doors; change adjusts the shell first.
func newBench(t *testing.T, change func(*shell), mount func(*shell, chi.Router)) *bench {
	t.Helper()
	lines := new(logLines)
	shutdown, begin := context.WithCancel(t.Context())
	t.Cleanup(begin)
	s := newShell(Deps{
		Log:       slog.New(slog.NewJSONHandler(lines, nil)),
		Telemetry: NewTelemetry(nil),
		Sessions:  scs.New(),
		Shutdown:  shutdown,
		PageError: testPageError,
		APIError:  testAPIError,
	})
	if change != nil {
		change(s)
	}
	r := s.root()
	mount(s, r)
	return &bench{shell: s, handler: r, log: lines, beginShutdown: begin}
}

func (b *bench) do(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	return w
}

func (b *bench) serve(t *testing.T) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(b.handler)
	server.Config = NewServer(b.handler, b.Log)
	server.Start()
	t.Cleanup(server.Close)
	return server
}

// The renderers of a door answer in its own form, so that tests see which door spoke.
func testPageError(w http.ResponseWriter, r *http.Request, status int, err *shop.Error) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte("<h1>" + err.Message + "</h1><p>" + RequestID(r.Context()) + "</p>"))
}

func testAPIError(w http.ResponseWriter, _ *http.Request, status int, err *shop.Error) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"detail": err.Message, "status": status})
}

// logLines collects what was logged; slog handlers write one line per call.
type logLines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logLines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

// all returns the lines with this message, decoded.
func (l *logLines) all(t *testing.T, message string) []map[string]any {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	var found []map[string]any
	for line := range strings.Lines(l.buf.String()) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatalf("log line is not JSON: %q", line)
		}
		if fields["msg"] == message {
			found = append(found, fields)
		}
	}
	return found
}

func (l *logLines) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func say(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(text))
	}
}

// postForm makes a browser's form submission from our own page.
func postForm(path, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return r
}

// mountDoors puts a form on the page door, and an endpoint on the API's.
func mountDoors(s *shell, r chi.Router) {
	r.Group(func(r chi.Router) {
		r.Use(s.browser()...)
		r.Get("/page", say("<p>hello</p>"))
		r.Get("/products/{slug}", say("<p>product</p>"))
		r.Post("/form", func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write([]byte("saved " + r.PostForm.Get("name")))
		})
		r.Get("/panic", func(http.ResponseWriter, *http.Request) { panic("secret detail") })
	})
	r.Route("/api/v1", func(r chi.Router) {
		r.Use(s.api()...)
		r.Post("/orders", readAll)
	})
}

func readAll(w http.ResponseWriter, r *http.Request) {
	var body bytes.Buffer
	if _, err := body.ReadFrom(r.Body); err != nil {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	w.WriteHeader(http.StatusCreated)
}
