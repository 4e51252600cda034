package embedded

import (
	"context"
	"errors"
	"fmt"
)

const pinnedMajor = 18

func fetchPinned(context.Context, func(string)) (string, error) {
	return "", errors.New("no build is pinned")
}

// NotFoundError says that there is no PostgreSQL on the machine and none could be downloaded.
type NotFoundError struct{ Err error }

func (e *NotFoundError) Error() string {
	return fmt.Sprintf("there is no PostgreSQL %d or newer on this machine, and downloading one failed: %v\n"+
		"Install it and start again, or set DATABASE_URL to use another server:\n%s", minMajor, e.Err, installCommands(0))
}

func (e *NotFoundError) Unwrap() error { return e.Err }

func installCommands(int) string { return "" }
