package web

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/alexedwards/scs/v2"
	"github.com/go-chi/chi/v5"

	"waybill/handlers"
	"waybill/static"
)

// apiPrefix starts every path of the JSON door.
const apiPrefix = "/api/"

// Deps is what the routes need from the program.
type Deps struct {
	Config    ServerConfig
	Log       *slog.Logger
	Telemetry *Telemetry
	Sessions  *scs.SessionManager

	// Shutdown ends when the server begins to stop: readiness turns false and streams
	// are closed.
	Shutdown context.Context
	Ready    []Check

	Pages     *handlers.Handlers
	PageError ErrorRenderer // refusals of pages and fragments
	APIError  ErrorRenderer // refusals under apiPrefix
}

// Routes is every address of the program, grouped by who may call it.
func Routes(d Deps) http.Handler {
	s := newShell(d)
	r := s.root()

	// Those who watch the server. Outside the gate: a full house must not look dead.
	r.Get("/healthz", healthz)
	r.Get("/readyz", s.readyz)
	r.With(s.guardMetrics).Method(http.MethodGet, "/metrics", s.Telemetry.handler())
	r.Method(http.MethodGet, "/static/*", static.Handler())

	// Pages and forms: session, form checks, CSRF.
	r.Group(func(r chi.Router) {
		r.Use(s.browser()...)
		r.Use(s.Pages.Identify)
		// Anybody: catalog, cart, sign-in.
		// Customers: checkout, account.
		// Merchants: queue, pick, pack, inventory.
		// Finance: payments, reconciliation, ledger.
		// Support: orders and their timelines.
		// Admins: users, keys, health of the books.
	})

	// Live pages (SSE): session, no deadline, closed first at shutdown.
	r.Group(func(r chi.Router) {
		r.Use(s.live()...)
		r.Use(s.Pages.Identify)
	})

	// Programs: bearer keys, JSON, no session.
	r.Route("/api/v1", func(r chi.Router) {
		r.Use(s.api()...)
	})
	return r
}
