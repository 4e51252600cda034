package main

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	"golang.org/x/sys/unix"
)

// lowest is the class of work that the system runs with what nobody else wants (sched(7)). Against niceness 19, the lowest of
// the usual class: a nice process keeps the processor for its turn, some milliseconds, before somebody who wakes up may
// have it, and a checkout wakes up two dozen times.
var lowest = unix.SchedAttr{Policy: unix.SCHED_IDLE, Nice: 19}

// yieldToOthers gives the lowest priority to the server process behind a connection and tells whether it could: only through a
// Unix socket, which proves that the process is on this machine, and only if the system lets this user do it. It is for
// the life of the connection.
func yieldToOthers(conn *pgconn.PgConn) bool {
	socket, ok := conn.Conn().(*net.UnixConn)
	if !ok {
		return false
	}
	pid := int(conn.PID())
	postmaster := listenerOf(socket)
	if postmaster == 0 || parentOf(pid) != postmaster {
		return false // a pooler between, or processes with other numbers, such as those of a container
	}
	attr := lowest
	return unix.SchedSetAttr(pid, &attr, 0) == nil
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
