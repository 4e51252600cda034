package handlers

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"waybill/shop"
	"waybill/views"
)

// statusOf is the table of the HTML door: what a domain error is in HTTP.
var statusOf = map[shop.Code]int{
	shop.CodeInvalid:             http.StatusUnprocessableEntity,
	shop.CodeNotFound:            http.StatusNotFound,
	shop.CodeConflict:            http.StatusConflict,
	shop.CodeForbidden:           http.StatusForbidden,
	shop.CodeUnauthenticated:     http.StatusUnauthorized,
	shop.CodeOutOfStock:          http.StatusConflict,
	shop.CodeIdempotencyMismatch: http.StatusConflict,
	shop.CodeUnavailable:         http.StatusServiceUnavailable,
	shop.CodeTooLarge:            http.StatusRequestEntityTooLarge,
	shop.CodeRateLimited:         http.StatusTooManyRequests,
	shop.CodeInternal:            http.StatusInternalServerError,
}

// fail answers an error that a handler did not answer itself. What nobody expected is logged here, once, and the person
// is told nothing but the request id.
func (h *Handlers) fail(w http.ResponseWriter, r *http.Request, err error) {
	var known *shop.Error
	if !errors.As(err, &known) {
		known = &shop.Error{Code: shop.CodeInternal, Err: err}
	}
	if known.Code == shop.CodeInternal || known.Code == shop.CodeUnavailable {
		h.Log.ErrorContext(r.Context(), "request failed", "request_id", requestID(r), "path", r.URL.Path, "err", err)
	}
	if known.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int((known.RetryAfter+time.Second-1)/time.Second)))
	}
	h.ErrorPage(w, r, statusOf[known.Code], known)
}

// ErrorPage answers with the error page of a status. It needs no session, so that the outermost middleware can use it.
func (h *Handlers) ErrorPage(w http.ResponseWriter, r *http.Request, status int, err *shop.Error) {
	failure := views.FailureFor(status)
	if err.Message != "" && err.Code != shop.CodeInternal {
		failure.Message = err.Message
	}
	failure.RequestID = requestID(r)
	page := h.page(r, failure.Title)
	h.render(w, r, status, views.ErrorPage(page, failure))
}
