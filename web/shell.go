package web

import (
	"net/http"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"waybill/shop"
)

// shell is the middleware around every route, and what it shares between them.
type shell struct {
	Deps
	requests           gate
	streams            gate
	uploading          gate
	csrf               *http.CrossOriginProtection
	compress           func(http.Handler) http.Handler
	readiness          *readiness
	streamWriteTimeout time.Duration
}

func newShell(d Deps) *shell {
	s := &shell{
		Deps:               d,
		requests:           newGate(maxInFlight),
		streams:            newGate(maxStreams),
		uploading:          newGate(maxUploads),
		readiness:          &readiness{log: d.Log, checks: d.Ready, reuse: readyReuse},
		streamWriteTimeout: streamWriteTimeout,
		compress:           compress,
	}
	s.csrf = s.newCSRF()
	return s
}

// root is what every request passes, whatever becomes of it. Identity and headers
// come first, so that no refusal is without them; observe is outside recoverPanics, so
// that it sees the 500.
func (s *shell) root() *chi.Mux {
	r := chi.NewRouter()
	r.Use(
		identify,
		securityHeaders(s.Config.HTTPS()),
		clientIP(s.Config.TrustedProxies),
		s.observe,
		s.recoverPanics,
		s.checkAddress,
		middleware.GetHead,
	)
	r.NotFound(s.notFound)
	r.MethodNotAllowed(s.methodNotAllowed)
	return r
}

// browser is the way to pages and forms. CSRF is checked before the body is read and
// before the session is loaded: a forged request costs nothing.
func (s *shell) browser() chi.Middlewares { return s.forms(maxFormBytes) }

// editors is the way to forms with texts as long as the catalog takes them.
func (s *shell) editors() chi.Middlewares { return s.forms(maxTextFormBytes) }

func (s *shell) forms(limit int64) chi.Middlewares {
	return chi.Middlewares{
		s.through(s.requests),
		deadline(requestDeadline),
		s.limitBody(limit),
		s.csrf.Handler,
		s.checkForm(limit),
		private,
		s.compress,
		s.loadSession,
	}
}

// uploads is the way of files. Few are taken at a time, because each is held in memory, and nobody's who is not let in:
// the body is read last.
func (s *shell) uploads(roles ...shop.Role) chi.Middlewares {
	return chi.Middlewares{
		s.through(s.uploading),
		patient,
		deadline(uploadDeadline),
		s.limitBody(maxUploadBytes),
		s.csrf.Handler,
		private,
		s.compress,
		s.loadSession,
		s.Pages.Identify,
		s.Pages.Require(roles...),
		s.checkForm(maxUploadBytes),
	}
}

// live is the way to streams: no deadline, no compression, a gate of their own.
func (s *shell) live() chi.Middlewares {
	return chi.Middlewares{s.through(s.streams), s.stream, s.loadSession}
}

// api is the way of programs. It knows no cookies, so it needs no CSRF check. Reads are compressed where they are routed;
// the answer to an order is too short to be worth the time that thousands a second would take.
func (s *shell) api() chi.Middlewares {
	return chi.Middlewares{
		s.through(s.requests),
		deadline(requestDeadline),
		s.limitBody(maxAPIBytes),
		private,
	}
}

// files is the way of programs that send a file.
func (s *shell) files() chi.Middlewares {
	return chi.Middlewares{
		s.through(s.uploading),
		patient,
		deadline(uploadDeadline),
		s.limitBody(shop.MaxPictureUpload),
		private,
	}
}

// newCSRF refuses state changes that another site started. It judges by
// Sec-Fetch-Site and Origin, so forms carry no tokens; safe methods pass, which is why
// no GET of ours changes anything.
func (s *shell) newCSRF() *http.CrossOriginProtection {
	csrf := http.NewCrossOriginProtection()
	if u := s.Config.PublicURL; u != nil {
		// A proxy may rewrite Host; the origin people see is still ours.
		if err := csrf.AddTrustedOrigin(u.String()); err != nil {
			s.Log.Warn("public URL is no origin", "err", err)
		}
	}
	csrf.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.refuse(w, r, http.StatusForbidden, shop.Forbidden("This request came from another site, so it was not carried out. Open the page here and try again."))
	}))
	return csrf
}

// private keeps shared caches away from answers that depend on who asks. Handlers may
// set something stricter.
func private(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "private, no-cache")
		next.ServeHTTP(w, r)
	})
}

// methodNotAllowed names the methods that the address does take, as RFC 9110 section
// 15.5.6 asks.
func (s *shell) methodNotAllowed(w http.ResponseWriter, r *http.Request) {
	routes := chi.RouteContext(r.Context()).Routes
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		if routes.Match(chi.NewRouteContext(), method, r.URL.Path) {
			allowed = append(allowed, method)
		}
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	s.refuse(w, r, http.StatusMethodNotAllowed, &shop.Error{Code: shop.CodeInvalid, Message: "This address does not take that kind of request."})
}
