package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"waybill/cmd/waybill/proc"
)

// How processors are divided among the processes of a run, by the names in the report.
const (
	amongProcesses = "processes"
	amongOwnGroup  = "processes, in a control group of the run's own as services and containers have one"
	amongSessions  = "sessions first (autogroups), and every process of PostgreSQL is one"
)

// controlGroup is one for processors (cgroups(7)) in which this process is for a while, with all that it starts. Outside of any,
// Linux may divide processors among sessions first (autogroups in sched(7)).
type controlGroup struct {
	dir    string // empty: the process stays where it is
	shares string // among whom processors are divided
}

// joinGroup puts this process into a group of its own where processors are divided among sessions, and the system lets it.
func joinGroup() controlGroup {
	if !proc.Autogrouped(os.Getpid()) {
		return controlGroup{shares: amongProcesses}
	}
	root, _ := proc.CPUGroups(os.Getpid())
	g := controlGroup{filepath.Join(root, fmt.Sprintf("waybill-bench-%d", os.Getpid())), amongOwnGroup}
	if root == "" || os.Mkdir(g.dir, 0o755) != nil {
		return controlGroup{shares: amongSessions}
	}
	if enter(g.dir) != nil {
		_ = os.Remove(g.dir)
		return controlGroup{shares: amongSessions}
	}
	return g
}

// leave puts this process back when all that it started has ended. An empty group that stays would cost nothing.
func (g controlGroup) leave() {
	if g.dir != "" && enter(filepath.Dir(g.dir)) == nil {
		_ = os.Remove(g.dir)
	}
}

func enter(dir string) error {
	return os.WriteFile(filepath.Join(dir, "cgroup.procs"), []byte(strconv.Itoa(os.Getpid())), 0) // it exists
}
