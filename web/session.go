package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/alexedwards/scs/pgxstore"
	"github.com/alexedwards/scs/v2"
	"github.com/jackc/pgx/v5/pgxpool"

	"waybill/db"
	"waybill/handlers"
	"waybill/shop"
)

const (
	sessionCookie = "waybill_session"

	// A session ends after half a day without a visit, and after a week in any case.
	sessionIdle     = 12 * time.Hour
	sessionLifetime = 7 * 24 * time.Hour

	// sessionTouch is how far a session's end may lag behind. Moving it on every
	// request, as scs does with an idle time-out, would make each page view a write.
	sessionTouch = 5 * time.Minute

	sessionSweepEvery = 5 * time.Minute

	// sessionBegan holds the Unix second from which sessionLifetime counts.
	sessionBegan = "session_began_seconds"
)

// NewSessions makes the session manager over the sessions table. Only digests of
// tokens are stored. Whoever signs a user in must call RenewToken first, so that a
// planted token is worth nothing afterwards. secure says that people come over https.
func NewSessions(pool *pgxpool.Pool, secure bool) *scs.SessionManager {
	m := scs.New()
	m.Store = sessionStore{PostgresStore: pgxstore.NewWithCleanupInterval(pool, 0), table: db.NewSessions(pool)}
	m.Codec = sessionCodec{}
	m.HashTokenInStore = true
	m.Lifetime = sessionIdle // slideSession moves the end while the user is active
	m.Cookie.Name = sessionCookie
	m.Cookie.Secure = secure
	m.Cookie.HttpOnly = true
	m.Cookie.SameSite = http.SameSiteLaxMode
	return m
}

// loadSession gives browser routes their session. Static files, probes and the API
// never pass here, so they cost no session query.
func (s *shell) loadSession(next http.Handler) http.Handler {
	s.Sessions.ErrorFunc = s.sessionFailed
	load := s.Sessions.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		slideSession(r.Context(), s.Sessions, time.Now())
		next.ServeHTTP(w, r)
	}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		load.ServeHTTP(w, r.WithContext(handlers.WithVisit(r.Context())))
	})
}

func (s *shell) sessionFailed(w http.ResponseWriter, r *http.Request, err error) {
	if !errors.Is(err, context.Canceled) { // a visitor who left is no fault of the store
		s.Log.ErrorContext(r.Context(), "session store failed", "request_id", RequestID(r.Context()), "err", err)
	}
	s.refuse(w, r, http.StatusServiceUnavailable,
		shop.Unavailable("We cannot reach our records just now. Please try again in a moment.", busyRetryAfter))
}

// slideSession moves the end of a session that is in use to sessionIdle from now, but
// never past sessionLifetime. Visitors without a session get none from it.
func slideSession(ctx context.Context, m *scs.SessionManager, now time.Time) {
	if m.Token(ctx) == "" {
		return
	}
	until := now.Add(sessionIdle)
	if until.Sub(m.Deadline(ctx)) < sessionTouch {
		return
	}
	began := m.GetInt64(ctx, sessionBegan)
	if began == 0 {
		began = now.Unix()
		m.Put(ctx, sessionBegan, began)
	}
	if last := time.Unix(began, 0).Add(sessionLifetime); last.Before(until) {
		until = last
	}
	if until.After(m.Deadline(ctx)) {
		m.SetDeadline(ctx, until)
	}
}

// SweepSessions deletes ended sessions from time to time until ctx is over.
func SweepSessions(ctx context.Context, pool *pgxpool.Pool, log *slog.Logger) {
	ticker := time.NewTicker(sessionSweepEvery)
	defer ticker.Stop()
	table := db.NewSessions(pool)
	for {
		if _, err := table.Sweep(ctx); err != nil && ctx.Err() == nil {
			log.WarnContext(ctx, "ended sessions could not be deleted", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// sessionStore is pgxstore under the request's deadline. pgxstore works on a
// background context, so with the database gone or the pool empty each page view would
// wait without end.
type sessionStore struct {
	*pgxstore.PostgresStore
	table *db.Sessions
}

// FindCtx returns the data of a living session, and leaves what was read with it to the visit.
func (s sessionStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	session, err := s.table.Find(ctx, token, handlers.Visited(ctx))
	if session.Living {
		handlers.NoteVisit(ctx, session.User, session.Revision)
	}
	return session.Data, session.Living, err
}

// CommitCtx stores a session.
func (s sessionStore) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	userID, err := sessionCodec{}.signedIn(data)
	if err != nil {
		return err
	}
	return s.table.Keep(ctx, token, data, expiry, userID)
}

// DeleteCtx ends a session.
func (s sessionStore) DeleteCtx(ctx context.Context, token string) error {
	return s.table.End(ctx, token)
}
