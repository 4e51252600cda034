package web

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"waybill/shop"
)

// busyRetryAfter is the advice given with a 503: long enough for a full gate or a
// restarting database to recover, short enough that nobody gives up.
const busyRetryAfter = 2 * time.Second

// ErrorRenderer answers a refused request in the manner of one door: a page or a
// problem document. It is called by the outer middleware too, so it must not expect a
// session in the request. err.Message is safe to show; err.Err is not.
type ErrorRenderer func(w http.ResponseWriter, r *http.Request, status int, err *shop.Error)

// PlainError answers as text. It serves the routes that belong to no door, and stands
// in when a door's own renderer fails.
func PlainError(w http.ResponseWriter, r *http.Request, status int, err *shop.Error) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, "%s\nRequest id: %s\n", err.Message, RequestID(r.Context()))
}

// refuse answers through the door that the path belongs to.
func (s *shell) refuse(w http.ResponseWriter, r *http.Request, status int, err *shop.Error) {
	if err.RetryAfter > 0 {
		w.Header().Set("Retry-After", retryAfter(err.RetryAfter))
	}
	render := s.PageError
	if strings.HasPrefix(r.URL.Path, apiPrefix) {
		render = s.APIError
	}
	render(w, r, status, err)
}

// retryAfter is the header's value: whole seconds, never too early.
func retryAfter(wait time.Duration) string {
	return strconv.Itoa(int((wait + time.Second - 1) / time.Second))
}

func (s *shell) refuseInput(w http.ResponseWriter, r *http.Request, message string) {
	s.refuse(w, r, http.StatusBadRequest, &shop.Error{Code: shop.CodeInvalid, Message: message})
}

func (s *shell) refuseSize(w http.ResponseWriter, r *http.Request, limit int64) {
	// The rest of the body is not worth reading, so the connection ends here.
	w.Header().Set("Connection", "close")
	s.refuse(w, r, http.StatusRequestEntityTooLarge, &shop.Error{
		Code:    shop.CodeTooLarge,
		Message: fmt.Sprintf("That is more data than this accepts: the limit is %d KiB.", limit>>10),
	})
}

func (s *shell) notFound(w http.ResponseWriter, r *http.Request) {
	what := "page"
	if strings.HasPrefix(r.URL.Path, apiPrefix) {
		what = "endpoint"
	}
	s.refuse(w, r, http.StatusNotFound, shop.NotFound(what))
}
