package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// stopLeftovers ends what an earlier owner left running on the data. The lock says that this owner is gone, so
// nobody is there to miss it, and a fresh server is certain to have this run's settings.
func (c *cluster) stopLeftovers(ctx context.Context) error {
	pidFile := filepath.Join(c.dataPath(), "postmaster.pid")
	pid := readNumber(pidFile)
	if pid > 0 && isPostmaster(pid, c.dataPath()) {
		c.opts.Progress(fmt.Sprintf("Stopping the PostgreSQL that an earlier run left behind (process %d)", pid))
		return c.endLeftover(ctx, pid)
	}
	if err := c.endOrphans(ctx); err != nil {
		return err
	}
	if pid > 0 && alive(pid) {
		// The system gave the old server's pid to somebody else, and PostgreSQL would take that for the server when
		// both have the same user. No process works on the data, so the file is stale.
		if err := os.Remove(pidFile); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove the stale %s: %w", pidFile, err)
		}
	}
	return nil
}

// endLeftover stops a server that is not this process's child: politely, then without a checkpoint. It never kills
// by force, which would leave the server's children at work.
func (c *cluster) endLeftover(ctx context.Context, pid int) error {
	gone := func() bool { return !isPostmaster(pid, c.dataPath()) }
	for _, step := range []struct {
		signal  syscall.Signal
		timeout time.Duration
	}{{syscall.SIGINT, stopTimeout}, {syscall.SIGQUIT, killTimeout}} {
		if err := syscall.Kill(pid, step.signal); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("stop the PostgreSQL that an earlier run left behind (process %d): %w", pid, err)
		}
		if err := waitUntil(ctx, step.timeout, gone); err == nil {
			return nil
		}
	}
	return fmt.Errorf("the PostgreSQL that an earlier run left behind (process %d) does not stop; end it by hand", pid)
}

// endOrphans ends server processes whose postmaster was killed. Most end by themselves at once; one in the middle
// of a long query does not, and PostgreSQL refuses to start while it lives.
func (c *cluster) endOrphans(ctx context.Context) error {
	for _, pid := range orphans(c.dataPath()) {
		if err := syscall.Kill(pid, syscall.SIGQUIT); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("end process %d, which a killed PostgreSQL left behind: %w", pid, err)
		}
	}
	err := waitUntil(ctx, killTimeout, func() bool { return len(orphans(c.dataPath())) == 0 })
	if err != nil {
		return fmt.Errorf("processes %v, which a killed PostgreSQL left behind, do not end: %w", orphans(c.dataPath()), err)
	}
	return nil
}

var errTimeout = errors.New("timed out")

// waitUntil looks until the condition holds.
func waitUntil(ctx context.Context, timeout time.Duration, holds func() bool) error {
	deadline := time.NewTimer(timeout)
	defer deadline.Stop()
	for !holds() {
		select {
		case <-time.After(pollInterval):
		case <-deadline.C:
			return errTimeout
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func alive(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}
