package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"waybill/shop"
)

func mountHealth(s *shell, r chi.Router) {
	r.Get("/healthz", healthz)
	r.Get("/readyz", s.readyz)
	r.With(s.guardMetrics).Method(http.MethodGet, "/metrics", s.Telemetry.handler())
}

func ok(context.Context) error { return nil }

func TestReadinessNamesTheBrokenPart(t *testing.T) {
	t.Parallel()
	broken := func(context.Context) error { return errors.New("password=hunter2") }
	tests := []struct {
		name     string
		checks   []Check
		stopping bool
		status   int
		parts    map[string]string
	}{
		{"all well", []Check{{"database", ok}, {"schema", ok}}, false, 200,
			map[string]string{"server": "ok", "database": "ok", "schema": "ok"}},
		{"old schema", []Check{{"database", ok}, {"schema", broken}}, false, 503,
			map[string]string{"server": "ok", "database": "ok", "schema": "failing"}},
		{"stopping", []Check{{"database", ok}}, true, 503,
			map[string]string{"server": "shutting down", "database": "ok"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, func(s *shell) { s.readiness.checks = tt.checks }, mountHealth)
			if tt.stopping {
				b.beginShutdown()
			}
			got := b.do(httptest.NewRequest("GET", "/readyz", nil))
			var answer health
			if err := json.Unmarshal(got.Body.Bytes(), &answer); err != nil {
				t.Fatal(err)
			}
			if got.Code != tt.status || (answer.Status == "ready") != (tt.status == 200) {
				t.Errorf("status %d: %s", got.Code, got.Body)
			}
			for part, want := range tt.parts {
				if answer.Parts[part] != want {
					t.Errorf("%s is %q, want %q", part, answer.Parts[part], want)
				}
			}
			if retry := got.Header().Get("Retry-After"); (retry != "") != (tt.status == 503) {
				t.Errorf("Retry-After %q", retry)
			}
			if strings.Contains(got.Body.String(), "hunter2") {
				t.Error("the cause is shown to strangers")
			}
		})
	}
}

func TestDatabaseGoneIsNotReadyButAlive(t *testing.T) {
	t.Parallel()
	pool := deadPool(t)
	b := newBench(t, func(s *shell) { s.readiness.checks = []Check{{"database", pool.Ping}} }, mountHealth)
	if got := b.do(httptest.NewRequest("GET", "/readyz", nil)); got.Code != 503 {
		t.Errorf("ready without a database: %d %s", got.Code, got.Body)
	}
	if got := b.do(httptest.NewRequest("GET", "/healthz", nil)); got.Code != 200 {
		t.Errorf("not alive without a database: %d %s", got.Code, got.Body)
	}
}

func TestHangingCheckIsGivenUp(t *testing.T) {
	t.Parallel()
	hang := func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	}
	b := newBench(t, func(s *shell) { s.readiness.checks = []Check{{"database", hang}} }, mountHealth)
	if got := b.do(httptest.NewRequest("GET", "/readyz", nil)); got.Code != 503 {
		t.Errorf("status %d", got.Code)
	}
}

func TestManyProbesAskOnce(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	b := newBench(t, func(s *shell) {
		s.readiness.reuse = time.Hour
		s.readiness.checks = []Check{{"database", func(context.Context) error {
			asked.Add(1)
			return nil
		}}}
	}, mountHealth)
	var probes sync.WaitGroup
	for range 20 {
		probes.Go(func() { b.do(httptest.NewRequest("GET", "/readyz", nil)) })
	}
	probes.Wait()
	if n := asked.Load(); n != 1 {
		t.Errorf("20 probes asked the database %d times", n)
	}
	b.beginShutdown()
	if got := b.do(httptest.NewRequest("GET", "/readyz", nil)); got.Code != 503 {
		t.Errorf("a remembered answer hides the shutdown: %d", got.Code)
	}
}

// deadPool is a pool to a port where nobody listens.
func deadPool(t *testing.T) *pgxpool.Pool {
	t.Helper()
	listener, err := Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	pool, err := pgxpool.New(t.Context(), "postgres://waybill:secret@"+addr+"/waybill?sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

func TestMetricsAreForThoseWhoMayKnow(t *testing.T) {
	t.Parallel()
	const token = "a-long-enough-token"
	tests := []struct {
		name, token, peer string
		header, value     string
		status            int
	}{
		{"this machine", "", "127.0.0.1:5000", "", "", 200},
		{"this machine, IPv6", "", "[::1]:5000", "", "", 200},
		{"stranger", "", "203.0.113.9:5000", "", "", 401},
		{"neighbour", "", "10.0.0.7:5000", "", "", 401},
		{"stranger through a proxy here", "", "127.0.0.1:5000", "X-Forwarded-For", "203.0.113.9", 401},
		{"right token", token, "203.0.113.9:5000", "Authorization", "Bearer " + token, 200},
		{"wrong token", token, "203.0.113.9:5000", "Authorization", "Bearer " + token + "x", 401},
		{"no token from this machine", token, "127.0.0.1:5000", "", "", 401},
		{"empty token", token, "127.0.0.1:5000", "Authorization", "Bearer ", 401},
		{"token without its scheme", token, "127.0.0.1:5000", "Authorization", token, 401},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, func(s *shell) { s.Config.MetricsToken = tt.token }, mountHealth)
			r := httptest.NewRequest("GET", "/metrics", nil)
			r.RemoteAddr = tt.peer
			if tt.header != "" {
				r.Header.Set(tt.header, tt.value)
			}
			got := b.do(r)
			if got.Code != tt.status {
				t.Errorf("status %d, want %d", got.Code, tt.status)
			}
			if shown := strings.Contains(got.Body.String(), "waybill_"); shown != (tt.status == 200) {
				t.Errorf("metrics shown: %t", shown)
			}
		})
	}
}

func TestMetricsCountByPatternNotByAddress(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(s *shell) {
		s.Telemetry = NewTelemetry(map[string]*pgxpool.Pool{"main": deadPool(t)})
	}, func(s *shell, r chi.Router) {
		mountHealth(s, r)
		mountDoors(s, r)
		r.With(s.live()...).Get("/stream", say("event"))
	})
	for _, path := range []string{"/products/a", "/products/b", "/stream", "/nowhere", "/else"} {
		b.do(httptest.NewRequest("GET", path, nil))
	}
	b.do(httptest.NewRequest("BREW", "/coffee", nil))
	b.Telemetry.OrdersPlaced(3)
	b.Telemetry.OrderRefused(shop.CodeOutOfStock)

	r := httptest.NewRequest("GET", "/metrics", nil)
	r.RemoteAddr = "127.0.0.1:5000"
	text := b.do(r).Body.String()
	for _, want := range []string{
		`waybill_http_requests_total{class="2xx",method="GET",route="/products/{slug}"} 2`,
		`waybill_http_requests_total{class="4xx",method="GET",route="unmatched"} 2`,
		`waybill_http_requests_total{class="4xx",method="other",route="unmatched"} 1`,
		`waybill_http_request_duration_seconds_count{method="GET",route="/products/{slug}"} 2`,
		`waybill_http_in_flight 1`, // the question itself
		`waybill_sse_clients 0`,
		`waybill_orders_placed_total 3`,
		`waybill_orders_refused_total{code="out_of_stock"} 1`,
		`waybill_db_pool_connections_in_use{pool="main"} 0`,
		"go_goroutines", "process_resident_memory_bytes",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s", want)
		}
	}
	if strings.Contains(text, `duration_seconds_count{method="GET",route="/stream"}`) {
		t.Error("the time of a stream is measured")
	}
}
