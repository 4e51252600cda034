package main

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"golang.org/x/sys/unix"

	"waybill/cmd/waybill/proc"
)

// shortTurn is the shortest turn on a processor that a process can ask for (Linux 6.12; before, whoever woke up and had less did
// not wait for the end of a turn). It is what makes a low priority worth anything for those who wake up often: where groups
// are made by session, see setGroupNice, they wait for the end of the turn of a group whatever its niceness is.
const shortTurn = 100 * time.Microsecond

// groupNice is the niceness of the groups of all who are in others' way: a tenth of the usual share of a processor that those
// want, too, because what has no patience must end as well. The same for all, because work in the background, which may hold
// what buyers want, must not wait for reports.
const groupNice = 10

// How often and how soon the niceness of a group is set again: only once in a tenth of a second may somebody do it who is not
// root.
const (
	groupTries = 5
	groupPause = 120 * time.Millisecond
)

// backend is a process of PostgreSQL on this machine: one that serves a connection, or vacuums.
type backend struct {
	pid   int
	usual unix.SchedAttr // what it was given when it began, also by whoever made all of PostgreSQL nice
}

// backendOf finds the server process behind a connection, and the one that started it: only through a Unix socket, which
// proves that they are on this machine.
func backendOf(conn *pgconn.PgConn) (_ backend, postmaster int, ok bool) {
	socket, ok := conn.Conn().(*net.UnixConn)
	if !ok {
		return backend{}, 0, false
	}
	pid := int(conn.PID())
	postmaster = listenerOf(socket)
	if postmaster == 0 || proc.Parent(pid) != postmaster {
		return backend{}, 0, false // a pooler between, or processes with other numbers, such as those of a container
	}
	server, ok := backendAt(pid)
	return server, postmaster, ok
}

// backendAt is a process by its number. ok is false when it has ended.
func backendAt(pid int) (_ backend, ok bool) {
	usual, err := unix.SchedGetAttr(pid, 0)
	if err != nil {
		return backend{}, false
	}
	return backend{pid, *usual}, true
}

// vacuums finds the processes that vacuum tables for a postmaster on their own accord. They say what they are a moment after
// they began.
func vacuums(postmaster int) (pids []int) {
	children, _ := proc.Children(postmaster) // where nobody tells, nobody gives way
	for _, pid := range children {
		if name := proc.Command(pid); strings.HasPrefix(name, "postgres: ") && strings.Contains(name, "autovacuum worker") {
			pids = append(pids, pid)
		}
	}
	return pids
}

// set tells the system how a process uses processors, and whether it lets this user.
func (b backend) set(attr unix.SchedAttr) bool { return unix.SchedSetAttr(b.pid, &attr, 0) == nil }

// lower gives a process short turns and, if class says so, those that the system has to give when nobody else wants them.
// The class is worth more than niceness: beside one of them a processor counts as free, and whoever wakes up is sent there.
func (b backend) lower(class bool) {
	attr := b.usual
	attr.Runtime = uint64(shortTurn)
	if !b.set(attr) {
		return
	}
	if class {
		attr.Policy = unix.SCHED_IDLE // which keeps the turns
		b.set(attr)
	}
	b.setGroupNice(groupNice)
}

// beganLowest tells whether a process began with the lowest priority.
func (b backend) beganLowest() bool { return b.usual.Policy == unix.SCHED_IDLE }

// yield gives a process the lowest priority for the rest of its life, if the system lets this user do it.
func (b backend) yield() { b.lower(true) }

// giveWay gives a process the lowest priority for a while, as far as the system will let this user take that back, and if it
// tells when that is due.
func (b backend) giveWay() {
	if _, _, told := proc.Turns(b.pid); told {
		b.lower(b.mayRise())
	}
}

// hurry takes back what giveWay did.
func (b backend) hurry() {
	b.setGroupNice(0)
	b.set(b.usual) // it was allowed once; by now the process may have ended
}

// mayRise tells whether this user may give a process its usual class again (sched(7), SCHED_IDLE). The niceness of a group may
// always be set back.
func (b backend) mayRise() bool {
	header, mine := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}, [2]unix.CapUserData{}
	if unix.Capget(&header, &mine[0]) == nil && mine[0].Effective&(1<<unix.CAP_SYS_NICE) != 0 {
		return true
	}
	var limit unix.Rlimit
	return unix.Prlimit(b.pid, unix.RLIMIT_NICE, nil, &limit) == nil && limit.Cur >= uint64(20-b.usual.Nice) // getrlimit(2)
}

// setGroupNice sets the niceness of the group that the system may have put a process into. Where groups are made by session ("The
// autogroup feature" in sched(7)), processors are divided among sessions first, and class and niceness of a process only
// count within its own; and each process of PostgreSQL is a session. A system that makes no groups ignores it.
func (b backend) setGroupNice(nice int) {
	for tries := 1; ; tries++ {
		group, err := os.OpenFile(filepath.Join("/proc", strconv.Itoa(b.pid), "autogroup"), os.O_WRONLY, 0)
		if err != nil {
			return
		}
		_, err = group.WriteString(strconv.Itoa(nice))
		err = errors.Join(err, group.Close())
		if !errors.Is(err, syscall.EAGAIN) || tries == groupTries {
			return
		}
		time.Sleep(groupPause)
	}
}

// listenerOf is the process that opened the other end of a socket, or 0.
func listenerOf(socket *net.UnixConn) int {
	raw, err := socket.SyscallConn()
	if err != nil {
		return 0
	}
	pid := 0
	err = raw.Control(func(fd uintptr) {
		if peer, err := syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED); err == nil {
			pid = int(peer.Pid)
		}
	})
	if err != nil {
		return 0
	}
	return pid
}

func (b backend) pulse() (ran, waited time.Duration) {
	ran, waited, _ = proc.Turns(b.pid) // one that has ended waits for nothing
	return ran, waited
}
