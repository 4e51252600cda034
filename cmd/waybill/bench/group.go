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

// group is a control group for processors (cgroups(7)) in which this process is for a while, with all that it starts.
// Outside of any, Linux may divide processors among sessions first (autogroups in sched(7)).
type group struct {
	dir    string // empty: the process stays where it is
	before string // where it was
	shares string // how processors are divided among its processes
}

// joinGroup puts this process into a group of its own where processors are divided among sessions, and the system lets it.
func joinGroup() group {
	if !proc.Autogrouped(os.Getpid()) {
		return group{shares: amongProcesses}
	}
	root, _ := proc.CPUGroups(os.Getpid())
	g := group{dir: filepath.Join(root, fmt.Sprintf("waybill-bench-%d", os.Getpid())), before: root, shares: amongOwnGroup}
	if root == "" || os.Mkdir(g.dir, 0o755) != nil {
		return group{shares: amongSessions}
	}
	if enter(g.dir) != nil {
		_ = os.Remove(g.dir)
		return group{shares: amongSessions}
	}
	return g
}

// leave puts this process back when all that it started has ended. An empty group that stays would cost nothing.
func (g group) leave() {
	if g.dir != "" && enter(g.before) == nil {
		_ = os.Remove(g.dir)
	}
}

func enter(dir string) error {
	return os.WriteFile(filepath.Join(dir, "cgroup.procs"), []byte(strconv.Itoa(os.Getpid())), 0) // it exists
}
