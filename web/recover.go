package web

import (
	"net/http"
	"runtime/debug"

	"github.com/go-chi/chi/v5/middleware"

	"waybill/shop"
)

// recoverPanics turns a panic into the 500 page. The stack goes to the log under the
// request's id; people see the id and nothing else.
func (s *shell) recoverPanics(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if v == http.ErrAbortHandler {
				panic(v) // a handler's way to cut the connection, not a fault
			}
			s.Log.ErrorContext(r.Context(), "panic in a handler",
				"request_id", RequestID(r.Context()), "panic", v, "stack", string(debug.Stack()))
			s.answerPanic(w, r)
		}()
		next.ServeHTTP(w, r)
	})
}

func (s *shell) answerPanic(w http.ResponseWriter, r *http.Request) {
	if started(w) {
		// Half an answer must not look like a whole one.
		panic(http.ErrAbortHandler)
	}
	fault := &shop.Error{Code: shop.CodeInternal, Message: "Something went wrong on our side. Please tell us the request id if it happens again."}
	forgetBody(w.Header())
	defer func() {
		if v := recover(); v != nil && !started(w) {
			s.Log.ErrorContext(r.Context(), "panic in the error page", "request_id", RequestID(r.Context()), "panic", v)
			PlainError(w, r, http.StatusInternalServerError, fault)
		}
	}()
	s.refuse(w, r, http.StatusInternalServerError, fault)
}

// forgetBody drops what the failed handler said about a body that will not come.
func forgetBody(h http.Header) {
	for _, name := range []string{"Content-Length", "Content-Encoding", "Content-Disposition", "Etag", "Last-Modified", "Cache-Control"} {
		h.Del(name)
	}
}

// started reports whether the status line has left; observe wraps every writer so
// that this is known.
func started(w http.ResponseWriter) bool {
	ww, ok := w.(middleware.WrapResponseWriter)
	return ok && ww.Status() != 0
}
