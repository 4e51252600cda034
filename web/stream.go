package web

import (
	"context"
	"net/http"
	"time"
)

// streamWriteTimeout is how long one event may wait for a reader. A browser that
// sleeps or a client that never reads is cut then, and comes back with its last event
// id.
const streamWriteTimeout = 10 * time.Second

// stream prepares a request for a long life. The server's write time-out is lifted,
// since it counts from the request and would cut every stream; in its place each single
// write gets a deadline. The request's context ends when the server begins to shut
// down, so handlers need to watch only that.
func (s *shell) stream(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		defer context.AfterFunc(s.Shutdown, cancel)() //nolint:contextcheck // the end of the server, not of a request

		recordOf(ctx).stream.Store(true)
		s.Telemetry.streams.Inc()
		defer s.Telemetry.streams.Dec()
		sw := &streamWriter{ResponseWriter: w, control: http.NewResponseController(w), timeout: s.streamWriteTimeout}
		if err := sw.lift(); err != nil {
			s.Log.WarnContext(ctx, "a stream keeps the server's write time-out", "err", err)
		}
		defer func() { _ = sw.limit() }() // net/http flushes once more after us
		next.ServeHTTP(sw, r.WithContext(ctx))
	})
}

// streamWriter gives each write and flush its own deadline, so that no handler can
// forget to. Between them there is none: over HTTP/2 an expired one resets the stream
// even while it rests.
type streamWriter struct {
	http.ResponseWriter
	control *http.ResponseController
	timeout time.Duration
}

// Write sends p, failing when the reader takes nothing for the time-out.
func (w *streamWriter) Write(p []byte) (int, error) {
	if err := w.limit(); err != nil {
		return 0, err
	}
	n, err := w.ResponseWriter.Write(p)
	if err != nil {
		return n, err
	}
	return n, w.lift()
}

// FlushError is what http.ResponseController calls to flush.
func (w *streamWriter) FlushError() error {
	if err := w.limit(); err != nil {
		return err
	}
	if err := w.control.Flush(); err != nil {
		return err
	}
	return w.lift()
}

// Unwrap lets http.ResponseController reach the connection.
func (w *streamWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *streamWriter) limit() error {
	return w.control.SetWriteDeadline(time.Now().Add(w.timeout))
}

func (w *streamWriter) lift() error { return w.control.SetWriteDeadline(time.Time{}) }
