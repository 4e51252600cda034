package web

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"waybill/static"
)

// With every database connection dead, what needs no session must not notice a
// session cookie.
func TestRoutesOfTheWatchersNeedNoSession(t *testing.T) {
	t.Parallel()
	h := Routes(Deps{
		Log:       slog.New(slog.DiscardHandler),
		Telemetry: NewTelemetry(nil),
		Sessions:  NewSessions(deadPool(t), false),
		Shutdown:  t.Context(),
		Ready:     []Check{{"database", ok}},
		PageError: testPageError,
		APIError:  testAPIError,
	})
	tests := []struct {
		path   string
		status int
	}{
		{"/healthz", 200},
		{"/readyz", 200},
		{"/metrics", 200},
		{static.Path("app.css"), 200},
		{"/static/no-such-file.css", 404},
		{"/no-such-page", 404},
		{"/api/v1/no-such-endpoint", 404},
	}
	for _, tt := range tests {
		r := httptest.NewRequest("GET", tt.path, nil)
		r.RemoteAddr = "127.0.0.1:5000"
		r.AddCookie(&http.Cookie{Name: sessionCookie, Value: "some-token"})
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != tt.status {
			t.Errorf("%s answers %d, want %d: %s", tt.path, w.Code, tt.status, w.Body)
		}
		if w.Header().Get("Content-Security-Policy") == "" {
			t.Errorf("%s answers without security headers", tt.path)
		}
	}
}
