package handlers

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"waybill/shop"
	"waybill/views/urls"
)

// SessionUserID is the key under which a session has the id of the account that is signed in.
const SessionUserID = "user_id"

// The other keys of a session.
const (
	sessionEpoch     = "user_epoch"
	sessionFlash     = "flash"
	sessionCartID    = "cart_id"
	sessionCartUnits = "cart_units"
)

type viewerKey struct{}

// viewerOf is who asks; the zero User is a guest.
func viewerOf(ctx context.Context) shop.User {
	user, _ := ctx.Value(viewerKey{}).(shop.User)
	return user
}

// hasSession tells whether the request passed Identify, which runs inside the session middleware.
func hasSession(ctx context.Context) bool {
	_, ok := ctx.Value(viewerKey{}).(shop.User)
	return ok
}

// visit is what one look for a session finds beside it.
type visit struct {
	about    shop.Subject // of the page
	user     shop.User
	revision shop.Revision // of what the page is about,
	known    bool          // if a session was found
}

type visitKey struct{}

// WithVisit lets whoever finds the session leave what was read with it (NoteVisit), so that nobody need ask again.
func WithVisit(ctx context.Context) context.Context {
	if visitOf(ctx) != nil {
		return ctx
	}
	return context.WithValue(ctx, visitKey{}, new(visit))
}

// visitOf is nil where no session is looked for.
func visitOf(ctx context.Context) *visit {
	v, _ := ctx.Value(visitKey{}).(*visit)
	return v
}

// Visited is what the page is about.
func Visited(ctx context.Context) shop.Subject {
	if v := visitOf(ctx); v != nil {
		return v.about
	}
	return shop.Subject{}
}

// NoteVisit remembers what was read together with the session: the account, if any, and the revision of what is Visited.
func NoteVisit(ctx context.Context, user shop.User, revision shop.Revision) {
	if v := visitOf(ctx); v != nil {
		v.user, v.revision, v.known = user, revision, true
	}
}

// AboutOrder names the order of the address before the session is looked for, so that its revision is read with it.
func (h *Handlers) AboutOrder(next http.Handler) http.Handler {
	return about(next, func(r *http.Request) shop.Subject {
		id, err := numberParam(r)
		if err != nil { // what is wrong with it is said by the page
			return shop.Subject{}
		}
		return shop.Subject{OrderID: id}
	})
}

// AboutHistory is AboutOrder for all orders of who asks. A search is drawn anew each time, so it needs no revision.
func (h *Handlers) AboutHistory(next http.Handler) http.Handler {
	return about(next, func(r *http.Request) shop.Subject { return shop.Subject{History: r.URL.RawQuery == ""} })
}

func about(next http.Handler, subject func(*http.Request) shop.Subject) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := WithVisit(r.Context())
		visitOf(ctx).about = subject(r)
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// Identify finds out who asks. A session of an account that was disabled, or signed out everywhere, is a guest's.
func (h *Handlers) Identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, err := h.sessionUser(r.Context())
		if err != nil {
			h.fail(w, r, err)
			return
		}
		if user.ID != 0 {
			h.NoteUser(r.Context(), user.ID)
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), viewerKey{}, user)))
	})
}

func (h *Handlers) sessionUser(ctx context.Context) (shop.User, error) {
	id := h.Sessions.GetInt64(ctx, SessionUserID)
	if id == 0 {
		return shop.User{}, nil
	}
	user, err := h.account(ctx, id)
	if shop.CodeOf(err) == shop.CodeNotFound {
		return shop.User{}, nil
	}
	if err != nil || user.Disabled || user.SessionEpoch != h.Sessions.GetInt64(ctx, sessionEpoch) {
		return shop.User{}, err
	}
	return user, nil
}

// account is the account of a session: the one that was read with it, or for a session that was kept without one, one that is
// read now.
func (h *Handlers) account(ctx context.Context, id int64) (shop.User, error) {
	if v := visitOf(ctx); v != nil && v.user.ID == id {
		return v.user, nil
	}
	return h.Store.UserByID(ctx, id)
}

// Require lets only these roles pass. A guest signs in first and comes back; a page that was asked for by a form comes
// back as the page it was sent from.
func (h *Handlers) Require(roles ...shop.Role) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			user := viewerOf(r.Context())
			switch {
			case user.ID == 0:
				http.Redirect(w, r, urls.Login(backTo(r)), http.StatusSeeOther) //nolint:gosec // the sign-in page of this site; next is an escaped parameter of it
			case !slices.Contains(roles, user.Role):
				h.fail(w, r, &shop.Error{Code: shop.CodeForbidden})
			default:
				next.ServeHTTP(w, r)
			}
		})
	}
}

// RequireLive lets only these roles open a stream. There is nobody to show another page to, so the others get a status.
func (h *Handlers) RequireLive(roles ...shop.Role) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch user := viewerOf(r.Context()); {
			case user.ID == 0:
				w.WriteHeader(http.StatusUnauthorized)
			case !slices.Contains(roles, user.Role):
				w.WriteHeader(http.StatusForbidden)
			default:
				next.ServeHTTP(w, r)
			}
		})
	}
}

// backTo is where to return after signing in: the page itself, or for a form the page that held it.
func backTo(r *http.Request) string {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return r.URL.RequestURI()
	}
	from, err := url.Parse(r.Referer())
	if err != nil || from.Host != r.Host {
		return urls.Home()
	}
	return urls.Local(from.RequestURI())
}
