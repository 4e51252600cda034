package web

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/netip"
	"sync/atomic"

	"github.com/go-chi/chi/v5/middleware"
)

const (
	requestIDHeader = "X-Request-Id"
	minRequestID    = 8  // shorter ones are too easily the same
	maxRequestID    = 64 // longer ones bloat every log line
)

// record is what is learnt about a request while it passes inwards and is wanted
// outside, when the log line is written. A context value flows only inwards, so the
// context carries a pointer.
type record struct {
	userID atomic.Int64 // handlers may learn it in a goroutine of their own
	keyID  atomic.Int64
	stream atomic.Bool
}

type recordKey struct{}

func recordOf(ctx context.Context) *record {
	if rec, ok := ctx.Value(recordKey{}).(*record); ok {
		return rec
	}
	return new(record)
}

// RequestID returns the request's id, the one in the log line, the X-Request-Id
// header and on error pages. Rooms below web read it with chi's middleware.GetReqID.
func RequestID(ctx context.Context) string { return middleware.GetReqID(ctx) }

// NoteUser puts the user's id into the request's log line. Handlers call it once
// they know who asks; outside a request it does nothing.
func NoteUser(ctx context.Context, userID int64) { recordOf(ctx).userID.Store(userID) }

// NoteKey is NoteUser for programs: it puts the id of the API key into the log line.
func NoteKey(ctx context.Context, keyID int64) { recordOf(ctx).keyID.Store(keyID) }

// identify gives every request its id and record. An id that a proxy or client sent
// is kept, so that one search finds a request in all their logs, but only when it
// cannot break a log line or a page.
func identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get(requestIDHeader)
		if !saneRequestID(id) {
			id = rand.Text()
		}
		w.Header().Set(requestIDHeader, id)
		ctx := context.WithValue(r.Context(), middleware.RequestIDKey, id)
		ctx = context.WithValue(ctx, recordKey{}, new(record))
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

func saneRequestID(id string) bool {
	if len(id) < minRequestID || len(id) > maxRequestID {
		return false
	}
	for _, c := range []byte(id) {
		alphanumeric := c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !alphanumeric && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return true
}

// clientIP finds who asks, for the log and for rate limits. X-Forwarded-For counts
// only behind a proxy that the operator named; otherwise anybody could write it. Read
// it with chi's middleware.GetClientIP.
func clientIP(trusted []netip.Prefix) func(http.Handler) http.Handler {
	if len(trusted) == 0 {
		return middleware.ClientIPFromRemoteAddr
	}
	networks := make([]string, len(trusted))
	for i, network := range trusted {
		networks[i] = network.String()
	}
	return middleware.ClientIPFromXFF(networks...)
}
