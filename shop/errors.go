package shop

import (
	"errors"
	"strings"
	"time"
)

// Code says what kind of failure an error is. Each door has one table that turns
// a code into its own status, page or problem document.
type Code string

// The codes that doors and adapters know.
const (
	CodeInvalid             Code = "invalid"              // the input breaks a rule; Fields name where
	CodeNotFound            Code = "not_found"            // there is no such thing, or none this actor may see
	CodeConflict            Code = "conflict"             // the thing's present state forbids it
	CodeForbidden           Code = "forbidden"            // signed in, but not allowed
	CodeUnauthenticated     Code = "unauthenticated"      // not signed in
	CodeOutOfStock          Code = "out_of_stock"         // Short lists the lines that cannot be served
	CodeIdempotencyMismatch Code = "idempotency_mismatch" // a known key came with another body
	CodeUnavailable         Code = "unavailable"          // try again after RetryAfter
	CodeTooLarge            Code = "too_large"            // the body or list exceeds its limit
	CodeRateLimited         Code = "rate_limited"         // too many requests; try again after RetryAfter
	CodeInternal            Code = "internal"             // our fault; people see a request id and nothing else
)

// FieldError is one refused input. Field is the name the door uses, such as
// "quantity" or "items[1].quantity"; Message is safe to show beside it.
type FieldError struct {
	Field   string
	Message string
}

// ShortLine names a SKU that cannot be served: how many units were wanted and how
// many were there to take. SKUCode and Name are for people and may be empty until
// a room that knows them has filled them in.
type ShortLine struct {
	SKUID     int64
	SKUCode   string
	Name      string
	Requested int64
	Available int64
}

// Error is a failure with a meaning. Message, Fields and Short are safe to show to
// people; Err, the cause, is for the log alone.
type Error struct {
	Code       Code
	Message    string
	Fields     []FieldError
	Short      []ShortLine
	RetryAfter time.Duration // zero: no advice on when to try again
	Err        error
}

// Error is the text for the log: code, message, refused fields and cause.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(string(e.Code))
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	}
	for _, f := range e.Fields {
		b.WriteString(" [" + f.Field)
		if f.Message != e.Message {
			b.WriteString(": " + f.Message)
		}
		b.WriteString("]")
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

// Unwrap returns the cause, or nil.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf returns the code of the first *Error in err's chain, CodeInternal when
// there is none, and "" for a nil error.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) && e != nil {
		return e.Code
	}
	return CodeInternal
}

// Invalid refuses one field; its message is also the error's.
func Invalid(field, message string) *Error {
	return &Error{Code: CodeInvalid, Message: message, Fields: []FieldError{{Field: field, Message: message}}}
}

// InvalidFields refuses several fields at once, so that people mend them in one go.
func InvalidFields(f ...FieldError) *Error {
	message := "Please check the marked fields."
	if len(f) == 1 {
		message = f[0].Message
	}
	return &Error{Code: CodeInvalid, Message: message, Fields: f}
}

// invalid refuses a value whose field name only the caller knows.
func invalid(message string) *Error {
	return &Error{Code: CodeInvalid, Message: message}
}

// NotFound says that what, such as "order", does not exist.
func NotFound(what string) *Error {
	return &Error{Code: CodeNotFound, Message: "There is no such " + what + "."}
}

// Conflict says that the present state of things forbids the request.
func Conflict(message string) *Error { return &Error{Code: CodeConflict, Message: message} }

// Forbidden says that the actor is known and not allowed.
func Forbidden(message string) *Error { return &Error{Code: CodeForbidden, Message: message} }

// OutOfStock says that nothing was reserved, and names every line that is short.
func OutOfStock(short []ShortLine) *Error {
	return &Error{
		Code:    CodeOutOfStock,
		Message: "Some items are not available in the quantity you want.",
		Short:   short,
	}
}

// IdempotencyMismatch says that an idempotency key was used before for another
// request. Replaying the stored answer would be wrong, so would a second effect.
func IdempotencyMismatch() *Error {
	return &Error{
		Code:    CodeIdempotencyMismatch,
		Message: "This idempotency key was used before with a different request.",
	}
}

// Unavailable says that the request may succeed later; retryAfter zero gives no
// advice on when.
func Unavailable(message string, retryAfter time.Duration) *Error {
	return &Error{Code: CodeUnavailable, Message: message, RetryAfter: retryAfter}
}
