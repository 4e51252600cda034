// Package e2e_test uses Waybill as people and programs do: the built program as a process of its own, pages in a real
// browser, several persons at once, and power cuts.
package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"

	"waybill/e2e/browser"
	"waybill/e2e/program"
)

// shared is what all tests of this package use.
var shared struct {
	dir     string // gone at the end
	program func() (program.Program, error)
	browser func() (*browser.Browser, error)
}

func TestMain(m *testing.M) {
	code, err := runAll(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		code = 1
	}
	os.Exit(code)
}

func runAll(m *testing.M) (code int, err error) {
	if shared.dir, err = os.MkdirTemp("", "waybill-e2e-"); err != nil {
		return 0, err
	}
	started := func() error { return nil }
	shared.program = sync.OnceValues(func() (program.Program, error) { return program.Build(context.Background(), shared.dir) })
	shared.browser = sync.OnceValues(func() (*browser.Browser, error) {
		b, err := browser.Start()
		if err == nil {
			started = b.Close
		}
		return b, err
	})
	code = m.Run()
	return code, errors.Join(started(), os.RemoveAll(shared.dir))
}

// waybill is the built program.
func waybill(t *testing.T) program.Program {
	t.Helper()
	p, err := shared.program()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// chromium is the running browser. Where none is installed, tests that need one fail in CI and are skipped, in so many
// words, elsewhere.
func chromium(t *testing.T) *browser.Browser {
	t.Helper()
	b, err := shared.browser()
	switch {
	case errors.Is(err, browser.ErrMissing) && os.Getenv("CI") == "":
		t.Skipf("NOT TESTED IN A BROWSER: %v", err)
	case err != nil:
		t.Fatal(err)
	}
	return b
}
