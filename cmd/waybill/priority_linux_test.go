package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sys/unix"

	"waybill/db/dbtest"
)

// Reports and background work get what nobody else wants, in short turns. Requests and what buyers may wait for
// long keep their priority.
func TestWhoGivesWayToWhom(t *testing.T) {
	t.Parallel()
	p, err := openPools(t.Context(), dbtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	defer p.close(closeTimeout)
	usual := processorUse{group: "0"}
	jobs := usual
	jobs.turn, jobs.group = shortTurn, "10"
	for name, want := range map[string]struct {
		pool *pgxpool.Pool
		use  processorUse
	}{
		"main":   {p.main, usual},
		"bulk":   {p.bulk, usual},
		"report": {p.report, processorUse{policy: unix.SCHED_IDLE, turn: shortTurn, group: "10"}},
		"jobs":   {p.jobs, jobs},
	} {
		conn, err := want.pool.Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Release()
		server, _, ok := backendOf(conn.Conn().PgConn())
		if !ok {
			t.Skip("PostgreSQL is not reached through a Unix socket")
		}
		if name == "jobs" && server.mayRise() {
			want.use.policy = unix.SCHED_IDLE
		}
		expectUse(t, name, server, want.use)
		if name == "jobs" {
			patienceOf(conn.Conn()).process.hurry()
			expectUse(t, "jobs in a hurry", server, usual)
		}
	}
}

// processorUse is what the system was told of a process.
type processorUse struct {
	policy uint32
	nice   int32
	turn   time.Duration // 0 is the usual one
	group  string        // its niceness
}

func expectUse(t *testing.T, name string, server backend, want processorUse) {
	t.Helper()
	attr, err := unix.SchedGetAttr(server.pid, 0)
	if err != nil {
		t.Fatal(err)
	}
	own, err := unix.SchedGetAttr(0, 0)
	if err != nil {
		t.Fatal(err)
	}
	if want.turn == 0 || own.Runtime == 0 { // which it is before Linux 6.12
		want.turn = time.Duration(own.Runtime)
	}
	is := processorUse{policy: attr.Policy, nice: attr.Nice, turn: time.Duration(attr.Runtime), group: want.group}
	// Such as "/autogroup-17 nice 10"; there is nothing to read where the system makes no groups.
	group, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(server.pid), "autogroup"))
	if err == nil && len(group) > 0 {
		_, is.group, _ = strings.Cut(strings.TrimSpace(string(group)), " nice ")
	}
	if is != want {
		t.Errorf("a connection of the pool %s has %+v, want %+v", name, is, want)
	}
}
