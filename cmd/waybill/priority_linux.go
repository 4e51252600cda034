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
)

// lowest is the class of work that the system runs with what nobody else wants (sched(7)). Against niceness 19, the lowest of
// the usual class: a nice process keeps the processor for its turn, some milliseconds, before somebody who wakes up may
// have it, and a checkout wakes up two dozen times.
var lowest = unix.SchedAttr{Policy: unix.SCHED_IDLE, Nice: 19}

// groupNice is the niceness at which a group gets a tenth of the usual share of a processor that others want, too.
const groupNice = 10

// How often and how soon the niceness of a group is set again: only once in a tenth of a second may somebody do it who is not
// root.
const (
	groupTries = 5
	groupPause = 120 * time.Millisecond
)

// yieldToOthers gives the lowest priority to the server process behind a connection where it can: only through a
// Unix socket, which proves that the process is on this machine, and only if the system lets this user do it. It is for
// the life of the connection.
func yieldToOthers(conn *pgconn.PgConn) {
	socket, ok := conn.Conn().(*net.UnixConn)
	if !ok {
		return
	}
	pid := int(conn.PID())
	postmaster := listenerOf(socket)
	if postmaster == 0 || parentOf(pid) != postmaster {
		return // a pooler between, or processes with other numbers, such as those of a container
	}
	attr := lowest
	if unix.SchedSetAttr(pid, &attr, 0) == nil {
		setGroupNice(pid)
	}
}

// setGroupNice leaves a tenth to the group that the system may have put a process into. Where groups are made by session ("The
// autogroup feature" in sched(7)), processors are divided among sessions first, and class and niceness of a process only
// count within its own; and each process of PostgreSQL is a session. A system that makes no groups ignores it.
// A tenth and not less, so that a report ends where processors are scarce: as long as it runs, what its snapshot may still look
// at is kept.
func setGroupNice(pid int) {
	for tries := 1; ; tries++ {
		group, err := os.OpenFile(filepath.Join("/proc", strconv.Itoa(pid), "autogroup"), os.O_WRONLY, 0)
		if err != nil {
			return
		}
		_, err = group.WriteString(strconv.Itoa(groupNice))
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

// parentOf is the process that started pid, or 0: the second field behind the command's name, which may hold spaces and
// brackets itself (proc(5)).
func parentOf(pid int) int {
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	if len(fields) < 2 {
		return 0
	}
	parent, _ := strconv.Atoi(fields[1])
	return parent
}
