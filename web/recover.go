package web

import (
	"errors"
	"net/http"
	"runtime/debug"

	"github.com/go-chi/chi/v5/middleware"

	"waybill/shop"
)

// recoverPanics turns a panic into the 500 page. The stack goes to the log under the
// request's id; people see the id and nothing else.
func (s *shell) recoverPanics(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer s.recovered(w, r)
		next.ServeHTTP(w, r)
	})
}

// recovered must be deferred itself, or recover finds nothing.
func (s *shell) recovered(w http.ResponseWriter, r *http.Request) {
	v := recover()
	if v == nil {
		return
	}
	if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(v) // a handler's way to cut the connection, not a fault
	}
	s.Log.ErrorContext(r.Context(), "panic in a handler",
		"request_id", RequestID(r.Context()), "panic", v, "stack", string(debug.Stack()))
	if started(w) {
		panic(http.ErrAbortHandler) // half an answer must not look like a whole one
	}
	forgetBody(w.Header())
	s.answerFault(w, r)
}

func (s *shell) answerFault(w http.ResponseWriter, r *http.Request) {
	fault := &shop.Error{Code: shop.CodeInternal, Message: "Something went wrong on our side. Please tell us the request id if it happens again."}
	defer s.answerPlainly(w, r, fault)
	s.refuse(w, r, http.StatusInternalServerError, fault)
}

// answerPlainly stands in when the error page itself panicked.
func (s *shell) answerPlainly(w http.ResponseWriter, r *http.Request, fault *shop.Error) {
	v := recover()
	if v == nil {
		return
	}
	s.Log.ErrorContext(r.Context(), "panic in the error page", "request_id", RequestID(r.Context()), "panic", v)
	if started(w) {
		panic(http.ErrAbortHandler)
	}
	PlainError(w, r, http.StatusInternalServerError, fault)
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
