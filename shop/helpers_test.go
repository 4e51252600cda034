package shop

import (
	"errors"
	"testing"
)

// mustRefuse checks that err is a *Error with the code and, if message is not "", that
// it says exactly that.
func mustRefuse(t *testing.T, err error, code Code, message string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got error %v, want a *Error with code %s", err, code)
	}
	if e.Code != code {
		t.Fatalf("got code %s, want %s", e.Code, code)
	}
	if e.Message == "" || (message != "" && e.Message != message) {
		t.Fatalf("got message %q, want %q", e.Message, message)
	}
}
