package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"waybill/shop"
)

// problemPath is where the types of problems are explained, one page each.
const problemPath = "/api/problems/"

// ProblemType is a kind of failure: what the type URI of a problem document ends with, its status, and what it means.
type ProblemType struct {
	Slug   string
	Status int
	Title  string
	Advice string // for the developer who meets it
}

// problemOf is the table of the JSON door: what a domain error is in HTTP.
var problemOf = map[shop.Code]ProblemType{
	shop.CodeUnauthenticated: {"unauthenticated", http.StatusUnauthorized, "Authentication needed",
		"Send a valid API key in the Authorization header, as Bearer KEY. A revoked key stops working at once."},
	shop.CodeForbidden: {"forbidden", http.StatusForbidden, "Not allowed",
		"The key is valid, but its role may not do this, or not for that customer or merchant."},
	shop.CodeNotFound: {"not-found", http.StatusNotFound, "Not found",
		"There is no such thing, or none that this key may see. An order number whose check character does not fit is named as mistyped."},
	shop.CodeConflict: {"conflict", http.StatusConflict, "Conflict",
		"The present state forbids the request. Read the resource again and decide anew; the same request will fail again."},
	shop.CodeOutOfStock: {"out-of-stock", http.StatusConflict, "Out of stock",
		"Nothing was reserved. The member short lists each SKU that is short, with what was requested and what is available."},
	shop.CodeIdempotencyMismatch: {"idempotency-mismatch", http.StatusConflict, "Idempotency key reused",
		"The Idempotency-Key was used before for another request. Use a new key for each new request, and the old one only to repeat it."},
	shop.CodeTooLarge: {"too-large", http.StatusRequestEntityTooLarge, "Too large",
		"The body exceeds the limit that the detail names. The connection may be closed."},
	shop.CodeInvalid: {"invalid", http.StatusUnprocessableEntity, "Invalid fields",
		"The request is JSON but breaks rules. The member errors names each field and what is wrong with it; nothing was changed."},
	shop.CodeRateLimited: {"rate-limited", http.StatusTooManyRequests, "Too many requests",
		"The key has used up its requests. Wait the seconds of the Retry-After header; RateLimit tells in time what is left."},
	shop.CodeInternal: {"internal", http.StatusInternalServerError, "Internal error",
		"Our fault. Repeat the request with the same Idempotency-Key; if it stays, tell the operator the requestId."},
	shop.CodeUnavailable: {"unavailable", http.StatusServiceUnavailable, "Unavailable",
		"The system is busy or restarting. Wait the seconds of the Retry-After header, then repeat the request with the same Idempotency-Key."},
}

// problemOfStatus is for failures of HTTP itself, which the shop has no code for.
var problemOfStatus = map[int]ProblemType{
	http.StatusBadRequest: {"malformed", http.StatusBadRequest, "Malformed request",
		"The request cannot be understood: the body is not JSON, names a field twice, or is not UTF-8. The detail says where."},
	http.StatusMethodNotAllowed: {"method-not-allowed", http.StatusMethodNotAllowed, "Method not allowed",
		"The address exists but does not take this method. The Allow header lists those that it takes."},
	http.StatusNotAcceptable: {"not-acceptable", http.StatusNotAcceptable, "Not acceptable",
		"The Accept header names no type that the address answers with. Take application/json, or the type of the file that is asked for, or send no Accept. Nothing was done."},
	http.StatusPreconditionFailed: {"stale", http.StatusPreconditionFailed, "Changed meanwhile",
		"Somebody changed it since you read it; the detail says who, what and when. Nothing was written. Read it again, decide anew, and send the new ETag as If-Match."},
	http.StatusUnsupportedMediaType: {"unsupported-media-type", http.StatusUnsupportedMediaType, "Unsupported media type",
		"Send JSON in UTF-8 with Content-Type: application/json."},
}

// refusal is an error of a certain status, for what the table of codes cannot tell apart.
type refusal struct {
	status int
	err    *shop.Error
}

// Error is the text for the log.
func (r *refusal) Error() string { return r.err.Error() }

// Unwrap returns the domain error within.
func (r *refusal) Unwrap() error { return r.err }

// problem is the body of a refused request (RFC 9457). Type is relative to the server.
type problem struct {
	Type      string         `json:"type"`
	Title     string         `json:"title"`
	Status    int            `json:"status"`
	Detail    string         `json:"detail,omitempty"`
	RequestID string         `json:"requestId"`
	Errors    []problemField `json:"errors,omitempty"`
	Short     []problemShort `json:"short,omitempty"`
}

type problemField struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

type problemShort struct {
	SKUID     int64  `json:"skuId"`
	SKU       string `json:"sku"`
	Name      string `json:"name"`
	Requested int64  `json:"requested"`
	Available int64  `json:"available"`
}

// fail answers the error of an endpoint. What nobody expected is logged here, once, and the caller learns the request id.
func (a *API) fail(w http.ResponseWriter, r *http.Request, err error) {
	var known *shop.Error
	if !errors.As(err, &known) {
		known = &shop.Error{Code: shop.CodeInternal, Err: err}
	}
	if known.Code == shop.CodeInternal || (known.Code == shop.CodeUnavailable && known.Err != nil) {
		a.Log.ErrorContext(r.Context(), "request failed", "request_id", requestID(r), "path", r.URL.Path, "err", err)
	}
	if known.RetryAfter > 0 {
		w.Header().Set("Retry-After", seconds(known.RetryAfter))
	}
	status := problemOf[known.Code].Status
	if refused, ok := errors.AsType[*refusal](err); ok {
		status = refused.status
	}
	Problem(w, r, status, known)
}

// Problem answers with a problem document. The server's outer layers use it too, so it needs no key in the request.
func Problem(w http.ResponseWriter, r *http.Request, status int, err *shop.Error) {
	kind, special := problemOfStatus[status]
	if !special {
		kind = problemOf[err.Code]
	}
	doc := problem{Type: problemPath + kind.Slug, Title: kind.Title, Status: status, Detail: err.Message, RequestID: requestID(r)}
	if err.Code == shop.CodeInternal {
		doc.Detail = "Something went wrong on our side. If it happens again, tell us the requestId."
	}
	for _, f := range err.Fields {
		doc.Errors = append(doc.Errors, problemField(f))
	}
	for _, s := range err.Short {
		doc.Short = append(doc.Short, problemShort{SKUID: s.SKUID, SKU: s.SKUCode, Name: s.Name, Requested: s.Requested, Available: s.Available})
	}
	text, encodeErr := json.Marshal(doc)
	if encodeErr != nil {
		http.Error(w, kind.Title, status)
		return
	}
	w.Header().Set("Content-Type", typeProblem)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(text) // a client who left is nobody's error
}

// seconds is a wait as HTTP headers have it: whole seconds, never too early.
func seconds(wait time.Duration) string {
	return strconv.FormatInt(int64((wait+time.Second-1)/time.Second), 10)
}
