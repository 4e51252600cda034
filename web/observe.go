package web

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
)

// observe writes one log line and one measurement for each request, however it ends.
// The line names the route's pattern and never the address as sent: paths and queries
// can hold a signed link or somebody's e-mail address.
func (s *shell) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ww := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		began := time.Now()
		s.Telemetry.inFlight.Inc()
		defer func() {
			s.Telemetry.inFlight.Dec()
			taken := time.Since(began)
			s.Telemetry.requestDone(r, routeOf(r), statusOf(ww), taken)
			s.logRequest(r, ww, taken)
		}()
		next.ServeHTTP(ww, r)
	})
}

func (s *shell) logRequest(r *http.Request, ww middleware.WrapResponseWriter, taken time.Duration) {
	ctx, status := r.Context(), statusOf(ww)
	level := slog.LevelInfo
	if status >= http.StatusInternalServerError {
		level = slog.LevelWarn
	}
	attrs := []slog.Attr{
		slog.String("method", methodOf(r)),
		slog.String("route", routeOf(r)),
		slog.Int("status", status),
		slog.Int("bytes", ww.BytesWritten()),
		slog.Float64("duration_ms", float64(taken.Microseconds())/1000),
		slog.String("request_id", RequestID(ctx)),
		slog.String("remote_ip", middleware.GetClientIP(ctx)),
	}
	if id := recordOf(ctx).userID.Load(); id != 0 {
		attrs = append(attrs, slog.Int64("user_id", id))
	}
	if id := recordOf(ctx).keyID.Load(); id != 0 {
		attrs = append(attrs, slog.Int64("api_key_id", id))
	}
	// The line is written even when the client has gone and ctx is over.
	s.Log.LogAttrs(context.WithoutCancel(ctx), level, "request", attrs...)
}

// routeOf returns the pattern that matched, such as "/products/{slug}". Log lines and
// metrics are counted by it, so it must not depend on what visitors make up.
func routeOf(r *http.Request) string {
	if rctx := chi.RouteContext(r.Context()); rctx != nil {
		if pattern := rctx.RoutePattern(); pattern != "" {
			return pattern
		}
	}
	return "unmatched"
}

// methodOf returns the method, or "other" for those that visitors make up.
func methodOf(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut,
		http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return r.Method
	}
	return "other"
}

func statusOf(ww middleware.WrapResponseWriter) int {
	if status := ww.Status(); status != 0 {
		return status
	}
	return http.StatusOK // what net/http sends for a handler that wrote nothing
}
