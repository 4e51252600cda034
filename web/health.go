package web

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"waybill/shop"
)

// readyDeadline bounds a readiness probe as a whole. A database that needs longer to
// say hello will not serve buyers either.
const readyDeadline = time.Second

// readyReuse is how long one probe's answer serves other probes.
const readyReuse = 500 * time.Millisecond

// Check is one thing that must work before traffic should come here. Probe honours
// the context's deadline; its error goes to the log, not to the caller.
type Check struct {
	Name  string
	Probe func(context.Context) error
}

// healthz says that the process lives. It asks nobody else: a database outage must
// not make an orchestrator restart servers that would only come back to the same.
func healthz(w http.ResponseWriter, _ *http.Request) {
	writeHealth(w, http.StatusOK, health{Status: "alive"})
}

type health struct {
	Status string            `json:"status"`
	Parts  map[string]string `json:"parts,omitempty"`
}

// readiness runs the checks. Anybody may ask /readyz, so an answer serves all who ask
// within a moment: strangers cannot turn probes into load on the database.
type readiness struct {
	log    *slog.Logger
	checks []Check
	reuse  time.Duration

	mu    sync.Mutex
	at    time.Time
	parts map[string]string
	ready bool
}

// ask returns whether all checks pass, and what to show for each of them.
func (p *readiness) ask(ctx context.Context) (ready bool, parts map[string]string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.parts != nil && time.Since(p.at) < p.reuse {
		return p.ready, p.parts
	}
	// The answer is for others as well, so it does not end with this caller.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readyDeadline)
	defer cancel()
	p.ready, p.parts = true, map[string]string{}
	for _, check := range p.checks {
		p.parts[check.Name] = "ok"
		if err := check.Probe(ctx); err != nil {
			p.log.WarnContext(ctx, "not ready", "part", check.Name, "err", err)
			p.ready, p.parts[check.Name] = false, "failing"
		}
	}
	p.at = time.Now()
	return p.ready, p.parts
}

// readyz says whether traffic should come here, part by part.
func (s *shell) readyz(w http.ResponseWriter, r *http.Request) {
	ready, parts := s.readiness.ask(r.Context())
	answer := health{Status: "ready", Parts: map[string]string{"server": "ok"}}
	maps.Copy(answer.Parts, parts)
	if s.Shutdown.Err() != nil {
		ready, answer.Parts["server"] = false, "shutting down"
	}
	if ready {
		writeHealth(w, http.StatusOK, answer)
		return
	}
	answer.Status = "not ready"
	w.Header().Set("Retry-After", retryAfter(busyRetryAfter))
	writeHealth(w, http.StatusServiceUnavailable, answer)
}

func writeHealth(w http.ResponseWriter, status int, answer health) {
	body, err := json.Marshal(answer)
	if err != nil {
		panic(err) // strings always marshal
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n'))
}

// guardMetrics keeps the shop's volumes from strangers. With a token, everybody must
// show it. Without one only this machine may read, and only directly: a proxy on this
// machine also connects from it, on behalf of anybody.
func (s *shell) guardMetrics(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token := s.Config.MetricsToken
		if token == "" && fromThisMachine(r) || token != "" && showsToken(r, token) {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("WWW-Authenticate", `Bearer realm="metrics"`)
		s.refuse(w, r, http.StatusUnauthorized, &shop.Error{
			Code:    shop.CodeUnauthenticated,
			Message: "Metrics need the bearer token that WAYBILL_METRICS_TOKEN sets.",
		})
	})
}

func fromThisMachine(r *http.Request) bool {
	for _, name := range []string{"X-Forwarded-For", "Forwarded", "X-Real-Ip", "Via"} {
		if r.Header.Get(name) != "" {
			return false
		}
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && peer.Addr().Unmap().IsLoopback()
}

// showsToken compares digests, so that neither the time nor the length tells anything.
func showsToken(r *http.Request, token string) bool {
	given, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(token))
	return found && subtle.ConstantTimeCompare(a[:], b[:]) == 1
}
