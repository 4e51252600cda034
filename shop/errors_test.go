package shop

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

func TestCodeOf(t *testing.T) {
	t.Parallel()
	var typedNil *Error
	cases := []struct {
		name string
		err  error
		want Code
	}{
		{"nil", nil, ""},
		{"foreign", errors.New("boom"), CodeInternal},
		{"typed nil", typedNil, CodeInternal},
		{"plain", NotFound("order"), CodeNotFound},
		{"wrapped", fmt.Errorf("placing: %w", Conflict("Too late.")), CodeConflict},
		{"outermost wins", &Error{Code: CodeUnavailable, Err: Forbidden("No.")}, CodeUnavailable},
		{"stock", OutOfStock([]ShortLine{{SKUID: 1, Requested: 2}}), CodeOutOfStock},
		{"idempotency", IdempotencyMismatch(), CodeIdempotencyMismatch},
	}
	for _, c := range cases {
		if got := CodeOf(c.err); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestErrorTextIsForTheLog(t *testing.T) {
	t.Parallel()
	cause := errors.New("connection refused")
	cases := []struct {
		err  *Error
		want string
	}{
		{Invalid("quantity", "Too many."), "invalid: Too many. [quantity]"},
		{
			InvalidFields(FieldError{"a", "Missing."}, FieldError{"b", "Too long."}),
			"invalid: Please check the marked fields. [a: Missing.] [b: Too long.]",
		},
		{InvalidFields(FieldError{"a", "Missing."}), "invalid: Missing. [a]"},
		{&Error{Code: CodeInternal, Err: cause}, "internal: connection refused"},
		{NotFound("order"), "not_found: There is no such order."},
	}
	for _, c := range cases {
		if got := c.err.Error(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
	if err := (&Error{Code: CodeInternal, Err: cause}); !errors.Is(err, cause) {
		t.Error("the cause is not reachable through Unwrap")
	}
}

func TestUnavailableKeepsTheAdvice(t *testing.T) {
	t.Parallel()
	err := Unavailable("Busy.", 3*time.Second)
	if err.Code != CodeUnavailable || err.Message != "Busy." || err.RetryAfter != 3*time.Second {
		t.Errorf("got %+v", err)
	}
}
