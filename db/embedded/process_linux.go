package embedded

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
)

// dieWithParent asks the kernel to shut the server down politely when this program dies, even by kill -9.
func dieWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGINT }

// isPostmaster reports whether the process is a PostgreSQL server started on the data. A pid alone proves nothing:
// after a restart of the machine it may be anybody's.
func isPostmaster(pid int, data string) bool {
	cmdline, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cmdline"))
	if err != nil {
		return false
	}
	args := bytes.Split(cmdline, []byte{0})
	name := filepath.Base(string(args[0]))
	return (name == "postgres" || name == "postmaster") &&
		slices.ContainsFunc(args, func(arg []byte) bool { return string(arg) == data })
}

// orphans answers the server processes that outlived their postmaster: all work inside the data directory, and as
// long as one lives PostgreSQL refuses to start.
func orphans(data string) []int {
	links, err := filepath.Glob("/proc/[0-9]*/cwd")
	if err != nil {
		return nil // only a malformed pattern errs
	}
	var pids []int
	for _, link := range links {
		if cwd, err := os.Readlink(link); err != nil || cwd != data {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(link)))
		if err == nil && pid != os.Getpid() {
			pids = append(pids, pid)
		}
	}
	return pids
}
