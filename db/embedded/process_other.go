//go:build unix && !linux

package embedded

import (
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// dieWithParent does nothing: only Linux has a signal for it. The next start stops what was left running.
func dieWithParent(*syscall.SysProcAttr) {}

// isPostmaster reports whether the process is a PostgreSQL server started on the data. A pid alone proves nothing:
// after a restart of the machine it may be anybody's.
func isPostmaster(pid int, data string) bool {
	out, err := exec.Command("ps", "-o", "args=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		return false
	}
	program, args, _ := strings.Cut(strings.TrimSpace(string(out)), " -D ")
	return filepath.Base(program) == "postgres" && strings.HasPrefix(args, data)
}

// orphans answers nothing: without /proc there is no cheap way to know them, and they end by themselves as soon as
// their query does.
func orphans(string) []int { return nil }
