package web

import (
	"context"
	"net/http"
	"time"

	"waybill/shop"
)

const (
	// maxInFlight requests are worked on at once; the next one is told to come back.
	// It is above the 500 buyers who may rush for one product, and low enough that at
	// thousands of requests a second nobody waits a second for a turn.
	maxInFlight = 1024
	// maxStreams live pages are open at once. They cost memory, not work, so they have
	// a gate of their own: a full house of open queues must not refuse a buyer.
	maxStreams = 4096

	// maxUploads files are received and read at once.
	maxUploads = 4

	maxFormBytes     int64 = 64 << 10  // the longest form is a few kilobytes
	maxTextFormBytes int64 = 256 << 10 // the longest description in a script that needs nine bytes a letter
	// maxUploadBytes is the larger of the two kinds of file, and what a form adds to it. A larger file is refused by its
	// length, before any of it is read.
	maxUploadBytes       = max(shop.MaxPictureUpload, shop.MaxCatalogFile) + 64<<10
	maxAPIBytes    int64 = 1 << 20 // an order of many hundred lines

	// requestDeadline ends the work, database queries included, of a request whose
	// reader has surely given up.
	requestDeadline = 10 * time.Second
	// uploadDeadline is the same for a file that comes over a poor mobile line.
	uploadDeadline = 90 * time.Second
)

// gate lets a bounded number of requests through and refuses the rest at once: a
// queue here would only turn overload into time-outs.
type gate chan struct{}

func newGate(limit int) gate { return make(gate, limit) }

func (s *shell) through(g gate) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			select {
			case g <- struct{}{}:
				defer func() { <-g }()
				next.ServeHTTP(w, r)
			default:
				s.refuse(w, r, http.StatusServiceUnavailable,
					shop.Unavailable("We are very busy just now. Please try again in a moment.", busyRetryAfter))
			}
		})
	}
}

// limitBody refuses a body that says it is too long before reading any of it, and
// stops one that does not say. A handler that reads on gets *http.MaxBytesError.
func (s *shell) limitBody(limit int64) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.ContentLength > limit {
				s.refuseSize(w, r, limit)
				return
			}
			r.Body = http.MaxBytesReader(w, r.Body, limit)
			next.ServeHTTP(w, r)
		})
	}
}

// deadline bounds a request's work through its context.
func deadline(limit time.Duration) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ctx, cancel := context.WithTimeout(r.Context(), limit)
			defer cancel()
			next.ServeHTTP(w, r.WithContext(ctx))
		})
	}
}

// patient gives an upload more time than the server gives other bodies. A connection that has no deadlines, as in tests,
// needs none.
func patient(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := http.NewResponseController(w)
		until := time.Now().Add(uploadDeadline)
		_, _ = c.SetReadDeadline(until), c.SetWriteDeadline(until.Add(writeTimeout))
		next.ServeHTTP(w, r)
	})
}
