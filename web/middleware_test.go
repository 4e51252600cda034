package web

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"waybill/shop"
)

func TestEveryAnswerIsMarked(t *testing.T) {
	t.Parallel()
	full := newGate(0)
	b := newBench(t, nil, func(s *shell, r chi.Router) {
		mountDoors(s, r)
		r.Get("/healthz", healthz)
		r.With(s.guardMetrics).Get("/metrics", say("metrics"))
		r.With(s.through(full)).Get("/busy", say("never"))
	})
	tests := []struct {
		name    string
		request *http.Request
		status  int
	}{
		{"page", httptest.NewRequest("GET", "/page", nil), 200},
		{"head of a page", httptest.NewRequest("HEAD", "/page", nil), 200},
		{"probe", httptest.NewRequest("GET", "/healthz", nil), 200},
		{"metrics refused", httptest.NewRequest("GET", "/metrics", nil), 401},
		{"bad path", httptest.NewRequest("GET", "/%00", nil), 400},
		{"other site", crossSite(postForm("/form", "name=a")), 403},
		{"no page", httptest.NewRequest("GET", "/nowhere", nil), 404},
		{"no endpoint", httptest.NewRequest("GET", "/api/v1/nothing", nil), 404},
		{"wrong method", httptest.NewRequest("DELETE", "/form", nil), 405},
		{"too long", postForm("/form", strings.Repeat("x", 65<<10)), 413},
		{"panic", httptest.NewRequest("GET", "/panic", nil), 500},
		{"busy", httptest.NewRequest("GET", "/busy", nil), 503},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := b.do(tt.request)
			if got.Code != tt.status {
				t.Fatalf("status %d, want %d: %s", got.Code, tt.status, got.Body)
			}
			want := map[string]string{
				"Content-Security-Policy":      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
				"X-Content-Type-Options":       "nosniff",
				"Referrer-Policy":              "same-origin",
				"Cross-Origin-Opener-Policy":   "same-origin",
				"Cross-Origin-Resource-Policy": "same-origin",
				"Permissions-Policy":           permissionsPolicy,
				"Strict-Transport-Security":    "", // plain http: a browser that got it could not come back
			}
			for name, value := range want {
				if header := got.Header().Get(name); header != value {
					t.Errorf("%s is %q, want %q", name, header, value)
				}
			}
			if got.Header().Get("X-Request-Id") == "" {
				t.Error("no X-Request-Id")
			}
		})
	}
}

func TestHSTSOnlyOverHTTPS(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(s *shell) {
		s.Config.PublicURL = &url.URL{Scheme: "https", Host: "shop.example"}
	}, mountDoors)
	got := b.do(httptest.NewRequest("GET", "/nowhere", nil)).Header().Get("Strict-Transport-Security")
	if got != strictTransportSecurity {
		t.Errorf("Strict-Transport-Security is %q", got)
	}
}

func TestRefusalsSpeakTheLanguageOfTheirDoor(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil, mountDoors)
	tests := []struct{ path, contentType string }{
		{"/nowhere", "text/html; charset=utf-8"},
		{"/apiary", "text/html; charset=utf-8"},
		{"/api/v1/nothing", "application/problem+json"},
		{"/api/v1/orders?x=%00", "application/problem+json"},
	}
	for _, tt := range tests {
		got := b.do(httptest.NewRequest("GET", tt.path, nil))
		if contentType := got.Header().Get("Content-Type"); contentType != tt.contentType {
			t.Errorf("%s answers %d in %q, want %q", tt.path, got.Code, contentType, tt.contentType)
		}
	}
}

func TestMethodNotAllowedNamesTheMethods(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil, mountDoors)
	for path, want := range map[string]string{"/page": "GET", "/form": "POST", "/api/v1/orders": "POST"} {
		got := b.do(httptest.NewRequest("DELETE", path, nil))
		if got.Code != http.StatusMethodNotAllowed || got.Header().Get("Allow") != want {
			t.Errorf("%s answers %d, Allow %q, want 405 and %q", path, got.Code, got.Header().Get("Allow"), want)
		}
	}
}

// The cases are those of RELIABILITY.md.
func TestCrossSiteRequestsChangeNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(s *shell) {
		s.Config.PublicURL = &url.URL{Scheme: "https", Host: "shop.example"}
		s.csrf = s.newCSRF()
	}, mountDoors)
	tests := []struct {
		name, site, origin string
		status             int
	}{
		{"cross-site", "cross-site", "https://evil.example", 403},
		{"same-site", "same-site", "https://blog.example.com", 403},
		{"foreign origin, old browser", "", "https://evil.example", 403},
		{"null origin", "", "null", 403},
		{"same-origin", "same-origin", "http://example.com", 200},
		{"typed by the user", "none", "", 200},
		{"own origin, old browser", "", "http://example.com", 200},
		{"public origin behind a proxy", "", "https://shop.example", 200},
		{"no browser", "", "", 200},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := postForm("/form", "name=a")
			r.Header.Del("Sec-Fetch-Site")
			if tt.site != "" {
				r.Header.Set("Sec-Fetch-Site", tt.site)
			}
			if tt.origin != "" {
				r.Header.Set("Origin", tt.origin)
			}
			if got := b.do(r); got.Code != tt.status {
				t.Errorf("status %d, want %d: %s", got.Code, tt.status, got.Body)
			}
		})
	}
	if got := b.do(crossSite(httptest.NewRequest("GET", "/page", nil))); got.Code != 200 {
		t.Errorf("a link from another site answers %d", got.Code)
	}
}

func crossSite(r *http.Request) *http.Request {
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	r.Header.Set("Origin", "https://evil.example")
	return r
}

func TestPanicShowsTheRequestIDAndNothingElse(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil, mountDoors)
	got := b.do(httptest.NewRequest("GET", "/panic", nil))
	id := got.Header().Get("X-Request-Id")
	body := got.Body.String()
	if got.Code != 500 || !strings.Contains(body, id) {
		t.Errorf("status %d without the request id: %s", got.Code, body)
	}
	for _, leak := range []string{"secret detail", "goroutine", ".go:"} {
		if strings.Contains(body, leak) {
			t.Errorf("the page shows %q: %s", leak, body)
		}
	}
	lines := b.log.all(t, "panic in a handler")
	if len(lines) != 1 || lines[0]["request_id"] != id || lines[0]["panic"] != "secret detail" {
		t.Errorf("logged %v", lines)
	}
}

func TestPanicInTheErrorPageStillAnswers(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(s *shell) {
		s.PageError = func(http.ResponseWriter, *http.Request, int, *shop.Error) { panic("second") }
	}, mountDoors)
	got := b.do(httptest.NewRequest("GET", "/panic", nil))
	if got.Code != 500 || !strings.Contains(got.Body.String(), got.Header().Get("X-Request-Id")) {
		t.Errorf("status %d: %s", got.Code, got.Body)
	}
}

func TestPanicForgetsTheBodyThatWillNotCome(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil, func(s *shell, r chi.Router) {
		r.Get("/export", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "999")
			w.Header().Set("Content-Disposition", "attachment")
			panic("half way")
		})
	})
	h := b.do(httptest.NewRequest("GET", "/export", nil)).Header()
	if h.Get("Content-Length") != "" || h.Get("Content-Disposition") != "" {
		t.Errorf("headers of the lost body remain: %v", h)
	}
}

func TestPanicAfterTheFirstByteCutsTheConnection(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil, func(s *shell, r chi.Router) {
		r.Get("/half", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte("half an answer"))
			panic("other half")
		})
	})
	response, err := fetch(t, http.DefaultTransport, b.serve(t).URL+"/half")
	if err != nil {
		return // cut before anything arrived
	}
	defer response.Body.Close()
	if body, err := io.ReadAll(response.Body); err == nil {
		t.Errorf("half an answer looks whole: %q", body)
	}
}

func TestRequestID(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, given string
		kept        bool
	}{
		{"uuid", "3f2504e0-4f89-41d3-9a0c-0305e82c3301", true},
		{"none", "", false},
		{"too short", "abc", false},
		{"too long", strings.Repeat("a", 65), false},
		{"markup", "<script>alert(1)</script>", false},
		{"line break", "abcdefgh\r\nX-Evil: 1", false},
		{"not ASCII", "ünsicher-id", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var inside, viaChi string
			b := newBench(t, nil, func(_ *shell, r chi.Router) {
				r.Get("/", func(_ http.ResponseWriter, r *http.Request) {
					inside, viaChi = RequestID(r.Context()), middleware.GetReqID(r.Context())
				})
			})
			r := httptest.NewRequest("GET", "/", nil)
			r.Header.Set("X-Request-Id", tt.given)
			got := b.do(r).Header().Get("X-Request-Id")
			if kept := got == tt.given; kept != tt.kept {
				t.Errorf("id %q became %q", tt.given, got)
			}
			if !saneRequestID(got) || inside != got || viaChi != got {
				t.Errorf("header %q, context %q and %q", got, inside, viaChi)
			}
		})
	}
}

func TestClientIPBelievesOnlyNamedProxies(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, trusted, peer, forwarded, want string
	}{
		{"nobody trusted", "", "203.0.113.9:1", "1.2.3.4", "203.0.113.9"},
		{"trusted proxy", "10.0.0.0/8", "10.0.0.1:1", "9.9.9.9, 1.2.3.4", "1.2.3.4"},
		{"stranger", "10.0.0.0/8", "203.0.113.9:1", "1.2.3.4", "203.0.113.9"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, func(s *shell) {
				if tt.trusted != "" {
					s.Config.TrustedProxies = []netip.Prefix{netip.MustParsePrefix(tt.trusted)}
				}
			}, mountDoors)
			r := httptest.NewRequest("GET", "/page", nil)
			r.RemoteAddr = tt.peer
			r.Header.Set("X-Forwarded-For", tt.forwarded)
			b.do(r)
			if got := b.log.all(t, "request")[0]["remote_ip"]; got != tt.want {
				t.Errorf("remote_ip %v, want %s", got, tt.want)
			}
		})
	}
}

func TestOneLogLinePerRequest(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil, func(s *shell, r chi.Router) {
		r.With(s.browser()...).Get("/orders/{number}", func(w http.ResponseWriter, r *http.Request) {
			NoteUser(r.Context(), 42)
			say("<p>order</p>")(w, r)
		})
		r.With(s.browser()...).Get("/panic", func(http.ResponseWriter, *http.Request) { panic("x") })
	})
	got := b.do(httptest.NewRequest("GET", "/orders/6XKQ3?token=hunter2", nil))
	b.do(httptest.NewRequest("GET", "/panic", nil))
	b.do(httptest.NewRequest("BREW", "/coffee", nil))

	lines := b.log.all(t, "request")
	if len(lines) != 3 {
		t.Fatalf("%d lines for 3 requests", len(lines))
	}
	want := map[string]any{
		"level": "INFO", "method": "GET", "route": "/orders/{number}", "status": 200.0, "bytes": 12.0,
		"request_id": got.Header().Get("X-Request-Id"), "user_id": 42.0, "remote_ip": "192.0.2.1",
	}
	for name, value := range want {
		if lines[0][name] != value {
			t.Errorf("%s is %v, want %v", name, lines[0][name], value)
		}
	}
	if _, timed := lines[0]["duration_ms"].(float64); !timed {
		t.Error("no duration")
	}
	if lines[1]["status"] != 500.0 || lines[1]["level"] != "WARN" {
		t.Errorf("panic logged as %v", lines[1])
	}
	if lines[2]["method"] != "other" || lines[2]["route"] != "unmatched" {
		t.Errorf("made-up request logged as %v", lines[2])
	}
	if strings.Contains(b.log.text(), "hunter2") {
		t.Error("the log holds a query string")
	}
}
