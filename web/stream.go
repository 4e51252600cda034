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

// stream prepares a request for a long life. The server's time-outs are lifted, since
// an expired read time-out would cancel the request's context in the middle of a
// stream; in their place every single write gets a deadline. The request's context
// ends when the server begins to shut down, so handlers need to watch only that.
func (s *shell) stream(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		if err := control.SetReadDeadline(time.Time{}); err != nil {
			s.Log.WarnContext(r.Context(), "a stream keeps the server's read time-out", "err", err)
		}
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		defer context.AfterFunc(s.Shutdown, cancel)()

		recordOf(ctx).stream.Store(true)
		s.Telemetry.streams.Inc()
		defer s.Telemetry.streams.Dec()
		next.ServeHTTP(&streamWriter{ResponseWriter: w, control: control, timeout: s.streamWriteTimeout}, r.WithContext(ctx))
	})
}

// streamWriter gives each write and flush its own deadline, so that no handler can
// forget to.
type streamWriter struct {
	http.ResponseWriter
	control *http.ResponseController
	timeout time.Duration
}

// Write sends p, failing when the reader takes nothing for the time-out.
func (w *streamWriter) Write(p []byte) (int, error) {
	if err := w.extend(); err != nil {
		return 0, err
	}
	return w.ResponseWriter.Write(p)
}

// FlushError is what http.ResponseController calls to flush.
func (w *streamWriter) FlushError() error {
	if err := w.extend(); err != nil {
		return err
	}
	return w.control.Flush()
}

// Unwrap lets http.ResponseController reach the connection.
func (w *streamWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *streamWriter) extend() error {
	return w.control.SetWriteDeadline(time.Now().Add(w.timeout))
}
