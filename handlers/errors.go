package handlers

import (
	"errors"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"waybill/shop"
	"waybill/views"
	"waybill/views/urls"
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

// ErrorPage answers with the error page of a status, or where htmx asks for part of a page with a notice above that part. It
// needs no session, so that the outermost middleware can use it.
func (h *Handlers) ErrorPage(w http.ResponseWriter, r *http.Request, status int, err *shop.Error) {
	failure := failureOf(status, err)
	failure.RequestID = requestID(r)
	failure.Links = h.waysOn(r, status)
	if wantsFragment(r) {
		w.Header().Set("HX-Reswap", "afterbegin")
		h.render(w, r, status, views.ErrorNotice(failure))
		return
	}
	h.render(w, r, status, views.ErrorPage(h.page(r, failure.Title), failure))
}

// failureOf puts an error into words for people.
func failureOf(status int, err *shop.Error) views.Failure {
	failure := views.FailureFor(status)
	switch {
	case err.Code == shop.CodeInternal:
	case err.Code == shop.CodeIdempotencyMismatch:
		failure = views.FailureSaying(status, sentBefore)
	case len(err.Fields) > 1:
		for _, field := range err.Fields {
			failure.Problems = append(failure.Problems, field.Message)
		}
	case err.Message != "":
		failure = views.FailureSaying(status, err.Message)
	}
	failure.Wait = err.RetryAfter
	return failure
}

// sentBefore is what a form is told whose key did something else: somebody went back and sent it with other contents.
const sentBefore = "This form was sent before, with other contents. What it said then was done; what it says now was not."

// refusalOf is the code of a refusal that a form answers itself, with its words. Forms do not know idempotency keys: one that
// was sent before with other contents is a conflict like any other.
func refusalOf(err error) (shop.Code, string) {
	switch code := shop.CodeOf(err); {
	case err == nil:
		return "", ""
	case code == shop.CodeIdempotencyMismatch:
		return shop.CodeConflict, sentBefore + " Send it again if you mean it."
	default:
		return code, messageOf(err)
	}
}

// waysOn are where somebody can go from an error: back to the page with the form or the link, else to the nearest page above
// the address; try again where that may help; and the first page of the account.
func (h *Handlers) waysOn(r *http.Request, status int) []views.Link {
	var links []views.Link
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead
	if reads && (status >= http.StatusInternalServerError || status == http.StatusTooManyRequests) {
		links = append(links, views.Link{Label: "Try again", URL: urls.Local(r.URL.RequestURI())})
	}
	if back := cameFrom(r); back != "" && back != r.URL.RequestURI() {
		links = append(links, views.Link{Label: "Go back", URL: back})
	} else if above := pageAbove(r, status); above != "" && above != urls.Home() {
		links = append(links, views.Link{Label: "Go back", URL: above})
	}
	first := views.Link{Label: "Go to the first page", URL: urls.Home()}
	if viewer := viewerOf(r.Context()); viewer.ID != 0 {
		first.URL = startOf[viewer.Role]
	}
	return append(links, first)
}

// cameFrom is the page of this site that a request was sent from, as far as the browser says so.
func cameFrom(r *http.Request) string {
	from, err := url.Parse(r.Referer())
	if err != nil || from.Host != r.Host || from.Path == "" {
		return ""
	}
	return urls.Local(from.RequestURI())
}

// pageAbove is the nearest address above that of the request which is a page, or the address itself if only its form failed.
// Where nothing was found or nobody may go, pages about one thing are left out.
func pageAbove(r *http.Request, status int) string {
	route := chi.RouteContext(r.Context())
	if route == nil || route.Routes == nil || status == http.StatusForbidden {
		return ""
	}
	at := r.URL.Path
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		at = path.Dir(at)
	}
	for ; at != "/" && at != "."; at = path.Dir(at) {
		found := chi.NewRouteContext()
		if route.Routes.Match(found, http.MethodGet, at) && (status != http.StatusNotFound || !strings.Contains(found.RoutePattern(), "{")) {
			return urls.Local(at)
		}
	}
	return ""
}
