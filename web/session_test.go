package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/alexedwards/scs/v2/memstore"
	"github.com/go-chi/chi/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"waybill/db"
	"waybill/db/dbtest"
)

// mountSignIn has a sign-in that plants a value, and a page that shows it.
func mountSignIn(s *shell, r chi.Router) {
	r.Get("/healthz", healthz)
	r.Group(func(r chi.Router) {
		r.Use(s.browser()...)
		r.Post("/login", func(w http.ResponseWriter, r *http.Request) {
			if err := s.Sessions.RenewToken(r.Context()); err != nil {
				w.WriteHeader(http.StatusInternalServerError)
				return
			}
			s.Sessions.Put(r.Context(), "name", "Anna")
			w.WriteHeader(http.StatusNoContent)
		})
		r.Get("/me", func(w http.ResponseWriter, r *http.Request) {
			say(s.Sessions.GetString(r.Context(), "name"))(w, r)
		})
		r.Post("/logout", func(w http.ResponseWriter, r *http.Request) {
			if err := s.Sessions.Destroy(r.Context()); err != nil {
				w.WriteHeader(http.StatusInternalServerError)
			}
		})
	})
	r.With(s.live()...).Get("/stream", func(w http.ResponseWriter, r *http.Request) {
		say(s.Sessions.GetString(r.Context(), "name"))(w, r)
	})
	r.With(s.api()...).Get("/api/v1/x", say("{}"))
}

func TestSessionCookie(t *testing.T) {
	t.Parallel()
	for _, secure := range []bool{true, false} {
		b := newBench(t, func(s *shell) {
			s.Sessions = NewSessions(deadPool(t), secure)
			s.Sessions.Store = memstore.New()
		}, mountSignIn)
		cookie := onlyCookie(t, b.do(postForm("/login", "")))
		if cookie.Name != "waybill_session" || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Secure != secure || cookie.Path != "/" {
			t.Errorf("secure=%t: %s", secure, cookie)
		}
	}
}

func TestSignInRenewsTheToken(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil, mountSignIn)
	planted := onlyCookie(t, b.do(postForm("/login", "")))
	second := onlyCookie(t, b.do(withCookie(postForm("/login", ""), planted)))
	if planted.Value == second.Value {
		t.Error("sign-in kept a token that somebody may have planted")
	}
	server := b.serve(t)
	for _, path := range []string{"/me", "/stream"} {
		if got := get(t, server.URL+path, second); got != "Anna" {
			t.Errorf("%s shows %q to the new token", path, got)
		}
		if got := get(t, server.URL+path, planted); got != "" {
			t.Errorf("%s shows %q to the old token", path, got)
		}
	}
	b.do(withCookie(postForm("/logout", ""), second))
	if got := b.do(withCookie(httptest.NewRequest("GET", "/me", nil), second)).Body.String(); got != "" {
		t.Errorf("after sign-out the page shows %q", got)
	}
}

func TestSessionStoreGoneIsUnavailableForPagesAlone(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(s *shell) { s.Sessions = NewSessions(deadPool(t), false) }, mountSignIn)
	cookie := &http.Cookie{Name: "waybill_session", Value: "some-token"}
	for path, want := range map[string]int{"/me": 503, "/stream": 503, "/healthz": 200, "/api/v1/x": 200} {
		got := b.do(withCookie(httptest.NewRequest("GET", path, nil), cookie))
		if got.Code != want {
			t.Errorf("%s answers %d, want %d", path, got.Code, want)
		}
		if retry := got.Header().Get("Retry-After"); (retry != "") != (want == 503) {
			t.Errorf("%s: Retry-After %q", path, retry)
		}
		if strings.Contains(got.Body.String(), "secret") || strings.Contains(got.Body.String(), "connect") {
			t.Errorf("%s shows the cause: %s", path, got.Body)
		}
	}
	if lines := b.log.all(t, "session store failed"); len(lines) != 2 || lines[0]["request_id"] == nil {
		t.Errorf("logged %v", lines)
	}
}

func TestVisitorWhoLeftIsNoFaultOfTheSessionStore(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(s *shell) { s.Sessions = NewSessions(deadPool(t), false) }, mountSignIn)
	cookie := &http.Cookie{Name: "waybill_session", Value: "some-token"}
	left, leave := context.WithCancel(t.Context())
	leave()
	if got := b.do(withCookie(httptest.NewRequestWithContext(left, "GET", "/me", nil), cookie)); got.Code != http.StatusServiceUnavailable {
		t.Errorf("the store was reached after the visitor left: %d", got.Code)
	}
	if lines := b.log.all(t, "session store failed"); len(lines) != 0 {
		t.Errorf("logged %v", lines)
	}
}

func TestVisitorsWithoutSessionGetNone(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil, mountSignIn)
	if cookies := b.do(httptest.NewRequest("GET", "/me", nil)).Result().Cookies(); len(cookies) != 0 {
		t.Errorf("a first visit set %v", cookies)
	}
}

func TestSessionsSlideButEndAfterAWeek(t *testing.T) {
	t.Parallel()
	m := scs.New()
	m.Lifetime = sessionIdle
	signIn := func() context.Context {
		ctx, err := m.Load(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		if err := m.RenewToken(ctx); err != nil {
			t.Fatal(err)
		}
		return ctx
	}

	t.Run("a visit soon after the last costs no write", func(t *testing.T) {
		t.Parallel()
		ctx := signIn()
		before := m.Deadline(ctx)
		slideSession(ctx, m, before.Add(-sessionIdle).Add(sessionTouch-time.Second))
		if !m.Deadline(ctx).Equal(before) {
			t.Error("the deadline moved")
		}
	})
	t.Run("a later visit moves the end", func(t *testing.T) {
		t.Parallel()
		ctx := signIn()
		now := m.Deadline(ctx).Add(-time.Hour)
		slideSession(ctx, m, now)
		if got := m.Deadline(ctx); !got.Equal(now.Add(sessionIdle)) {
			t.Errorf("ends %s after the visit, want %s", got.Sub(now), sessionIdle)
		}
	})
	t.Run("never past the lifetime", func(t *testing.T) {
		t.Parallel()
		ctx := signIn()
		began := m.Deadline(ctx).Add(-time.Hour)
		slideSession(ctx, m, began)
		for visit := began; visit.Before(m.Deadline(ctx)); visit = visit.Add(time.Hour) {
			slideSession(ctx, m, visit)
		}
		if got, want := m.Deadline(ctx).Unix(), began.Add(sessionLifetime).Unix(); got != want {
			t.Errorf("a session visited hourly ends %d s off its lifetime", got-want)
		}
	})
}

func onlyCookie(t *testing.T, w *httptest.ResponseRecorder) *http.Cookie {
	t.Helper()
	cookies := w.Result().Cookies()
	if len(cookies) != 1 {
		t.Fatalf("status %d set %d cookies", w.Code, len(cookies))
	}
	return cookies[0]
}

func withCookie(r *http.Request, cookie *http.Cookie) *http.Request {
	r.AddCookie(cookie)
	return r
}

func get(t *testing.T, url string, cookie *http.Cookie) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return body(http.DefaultTransport.RoundTrip(withCookie(r, cookie)))
}

func TestSessionsInPostgreSQL(t *testing.T) {
	t.Parallel()
	pool := dbtest.New(t)
	b := newBench(t, func(s *shell) { s.Sessions = NewSessions(pool, false) }, mountSignIn)
	cookie := onlyCookie(t, b.do(postForm("/login", "")))

	me := func() string {
		return b.do(withCookie(httptest.NewRequest("GET", "/me", nil), cookie)).Body.String()
	}
	if got := me(); got != "Anna" {
		t.Fatalf("the session is not found again: %q", got)
	}
	if n := count(t, pool, "SELECT count(*) FROM sessions WHERE token = $1", cookie.Value); n != 0 {
		t.Error("the token is stored as it is: a leaked backup signs people in")
	}
	if _, err := pool.Exec(t.Context(), "UPDATE sessions SET expiry = now() - interval '1 second'"); err != nil {
		t.Fatal(err)
	}
	if got := me(); got != "" {
		t.Errorf("an ended session still shows %q", got)
	}
}

func TestSignOutDeletesTheRow(t *testing.T) {
	t.Parallel()
	pool := dbtest.New(t)
	b := newBench(t, func(s *shell) { s.Sessions = NewSessions(pool, false) }, mountSignIn)
	cookie := onlyCookie(t, b.do(postForm("/login", "")))
	b.do(withCookie(postForm("/logout", ""), cookie))
	if n := count(t, pool, "SELECT count(*) FROM sessions"); n != 0 {
		t.Errorf("%d sessions remain", n)
	}
}

func TestEndedSessionsAreSwept(t *testing.T) {
	t.Parallel()
	pool := dbtest.New(t)
	_, err := pool.Exec(t.Context(), `INSERT INTO sessions (token, data, expiry)
		VALUES ('ended', '', now() - interval '1 second'), ('alive', '', now() + interval '1 hour')`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.NewSessions(pool).Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := count(t, pool, "SELECT count(*) FROM sessions WHERE token = 'alive'"); n != 1 {
		t.Error("a living session was deleted")
	}
	if n := count(t, pool, "SELECT count(*) FROM sessions"); n != 1 {
		t.Errorf("%d sessions remain, want 1", n)
	}
}

func TestSweepEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	lines := new(logLines)
	SweepSessions(ctx, deadPool(t), slog.New(slog.NewJSONHandler(lines, nil)))
	if text := lines.text(); text != "" {
		t.Errorf("a sweep that was told to stop complains: %s", text)
	}
}

// With every connection taken, a page view ends with its deadline and not never.
func TestSessionWaitEndsWithTheRequest(t *testing.T) {
	t.Parallel()
	pool := dbtest.New(t)
	for range pool.Config().MaxConns {
		conn, err := pool.Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Release()
	}
	b := newBench(t, func(s *shell) { s.Sessions = NewSessions(pool, false) }, mountSignIn)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	r := withCookie(httptest.NewRequest("GET", "/me", nil), &http.Cookie{Name: "waybill_session", Value: "some-token"})
	if got := b.do(r.WithContext(ctx)); got.Code != 503 {
		t.Errorf("status %d", got.Code)
	}
}

func count(t *testing.T, pool *pgxpool.Pool, query string, args ...any) (n int) {
	t.Helper()
	if err := pool.QueryRow(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
