package main

import (
	"errors"
	"math/bits"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"golang.org/x/sys/unix"

	"waybill/cmd/waybill/proc"
)

// longTurn is how long a turn on a processor those ask for who give way: longer than the usual one, which is 0.7 ms on one
// processor and 3 on eight. Who wakes up and has shorter turns than who is there need not wait for the end of one (Linux
// 6.12), which the system may look for only every 4 ms. That makes a low priority worth something for those who wake up
// often, also where groups are made by session, see autogroup. It is not longer than it must be, because who had to wait may
// catch up for as long as two turns.
const longTurn = 4 * time.Millisecond

// What those leave to others who give way, by the niceness of their groups.
const (
	nearlyAll  = 19 // but a seventieth of a usual share of a processor
	nineTenths = 10
)

// How often and how soon the niceness of a group is set again: only once in a tenth of a second may somebody on the machine do
// it who is not root, and a dozen processes may want it at once.
const (
	groupTries = 50
	groupPause = 100 * time.Millisecond // and up to half as much, so that those who try do not meet again and again
)

// backend is a process of PostgreSQL on this machine: one that serves a connection, or vacuums.
type backend struct {
	pid   int
	usual unix.SchedAttr // what it was given when it began, also by whoever made all of PostgreSQL nice
	group *autogroup
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
	return backend{pid, *usual, autogroupOf(pid)}, true
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

// set tells the system how a process uses processors.
func (b backend) set(attr unix.SchedAttr) {
	_ = unix.SchedSetAttr(b.pid, &attr, 0) // not allowed for somebody else's; such a one goes on as it is
}

// lower has a process be interrupted by whoever wakes up and, if class says so, have what nobody else wants, as far as the
// system lets this user do it. The class is worth more than niceness: beside one of them a processor counts as free, and
// whoever wakes up is sent there.
func (b backend) lower(class bool) {
	attr := b.usual
	attr.Runtime = uint64(longTurn)
	b.set(attr)
	if class {
		attr.Policy = unix.SCHED_IDLE // which keeps the turns
		b.set(attr)
	}
}

// beganLowest tells whether a process began with the lowest priority.
func (b backend) beganLowest() bool { return b.usual.Policy == unix.SCHED_IDLE }

// giveWay gives a process the lowest priority for a while, as far as the system will let this user take that back, and if it
// tells when that is due.
func (b backend) giveWay() {
	if b.told() {
		b.lower(b.mayRise())
		b.group.setNice(nearlyAll)
	}
}

// hurry takes back what giveWay did.
func (b backend) hurry() {
	b.group.setNice(0)
	b.set(b.usual)
}

// told tells whether the system says how long a process waits for a processor.
func (b backend) told() bool {
	_, _, told := proc.Turns(b.pid)
	return told
}

// reader is a process of PostgreSQL that reads for a report: it holds nothing that buyers wait for.
type reader struct {
	backend
	rises     bool        // from its class, in a hurry
	all, half unix.CPUSet // the processors that it may use, and those that it does while it gives way
}

// reading has a process give way as one that reads for a report.
func reading(b backend) givesWay { return readerOf(b, proc.Autogrouped(b.pid)) }

// readerOf leaves a process in the class for idle work for the rest of its life where the niceness of its group decides what it
// gets, because not everybody may take the class back. Where processors are divided among processes the class decides, and one
// that stays in it might never end; if that cannot be taken back, the process has a tenth of a usual share all the time.
func readerOf(b backend, autogrouped bool) reader {
	r := reader{backend: b, rises: !autogrouped && b.mayRise() && b.told()}
	switch {
	case autogrouped:
		r.lower(true)
	case !r.rises:
		r.set(r.tenth())
	}
	if unix.SchedGetaffinity(b.pid, &r.all) == nil {
		r.half = lastHalf(r.all)
	}
	return r
}

// tenth is the usual class with a tenth of a usual share.
func (r reader) tenth() unix.SchedAttr {
	attr := r.usual
	attr.Runtime, attr.Nice = uint64(longTurn), max(attr.Nice, nineTenths)
	return attr
}

// lastHalf are the last of some processors: at most half of them, or the only one.
func lastHalf(all unix.CPUSet) (half unix.CPUSet) {
	skip := all.Count() - max(1, all.Count()/2)
	for cpu := range len(all) * bits.UintSize {
		if !all.IsSet(cpu) {
			continue
		}
		if skip <= 0 {
			half.Set(cpu)
		}
		skip--
	}
	return half
}

// giveWay gives it what nobody else wants, and leaves half of the processors alone: one that has nothing to do takes over who
// waits for another one at once, but one with a report has something to do.
func (r reader) giveWay() {
	nice := nearlyAll
	if !r.told() {
		nice = nineTenths // nobody would see it starve
	}
	if r.rises {
		r.lower(true)
	}
	r.group.setNice(nice)
	r.stay(&r.half)
}

// hurry gives it a tenth of a usual share, because even a report must end: its snapshot keeps old versions of the hottest rows,
// and its statements have a time-out.
func (r reader) hurry() {
	if r.rises {
		r.set(r.tenth())
	}
	r.group.setNice(nineTenths)
	r.stay(&r.all)
}

func (r reader) stay(on *unix.CPUSet) {
	if on.Count() > 0 {
		_ = unix.SchedSetaffinity(r.pid, on) // it runs anywhere else as well
	}
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

// autogroup is the group that the system may have put a process into. Where groups are made by session ("The autogroup
// feature" in sched(7)), processors are divided among sessions first, and class and niceness of a process only count within
// its own; and each process of PostgreSQL is a session. A system that makes no groups ignores what it is told of them.
type autogroup struct {
	write func(nice int) error

	mu   sync.Mutex
	nice int // that it should have
	left int // times that this is tried again, while it is not told
}

func autogroupOf(pid int) *autogroup {
	return &autogroup{write: func(nice int) error {
		file, err := os.OpenFile(filepath.Join("/proc", strconv.Itoa(pid), "autogroup"), os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		_, err = file.WriteString(strconv.Itoa(nice))
		return errors.Join(err, file.Close())
	}}
}

// setNice sets the group's niceness: at once, or as soon as the system lets this user do it again.
func (g *autogroup) setNice(nice int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.nice = nice
	waits := g.left > 0
	g.left = groupTries
	if !waits {
		g.try()
	}
}

// try is called while g.mu is held.
func (g *autogroup) try() {
	err := g.write(g.nice)
	if g.left--; !errors.Is(err, syscall.EAGAIN) {
		g.left = 0
	}
	if g.left > 0 {
		time.AfterFunc(groupPause+rand.N(groupPause/2), func() {
			g.mu.Lock()
			defer g.mu.Unlock()
			g.try()
		})
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
