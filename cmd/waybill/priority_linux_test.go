package main

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sys/unix"

	"waybill/db/dbtest"
)

// Reports get what nobody else wants and background work a little; what else writes keeps its priority, because others may wait
// for its locks.
func TestReportsAndJobsYield(t *testing.T) {
	t.Parallel()
	p, err := openPools(t.Context(), dbtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	defer p.close(closeTimeout)
	for name, pool := range map[string]*pgxpool.Pool{"main": p.main, "report": p.report, "bulk": p.bulk, "jobs": p.jobs} {
		conn, err := pool.Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Release()
		if _, local := conn.Conn().PgConn().Conn().(*net.UnixConn); !local {
			t.Skip("PostgreSQL is not reached through a Unix socket")
		}
		pid := int(conn.Conn().PgConn().PID())
		attr, err := unix.SchedGetAttr(pid, 0)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]struct {
			policy uint32
			nice   int32 // means nothing for idle work
			group  string
		}{"report": {policy: unix.SCHED_IDLE, group: "10"}, "jobs": {nice: 10, group: "10"}, "main": {group: "0"}, "bulk": {group: "0"}}[name]
		if attr.Policy != want.policy || attr.Nice != want.nice {
			t.Errorf("a connection of the pool %s has class %d and niceness %d, want %d and %d", name, attr.Policy, attr.Nice, want.policy, want.nice)
		}
		// Such as "/autogroup-17 nice 10"; there is nothing to read where the system makes no groups.
		group, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "autogroup"))
		if err == nil && len(group) > 0 && !strings.HasSuffix(string(group), " nice "+want.group+"\n") {
			t.Errorf("a connection of the pool %s is in the group %q, want niceness %s", name, group, want.group)
		}
	}
	if !p.jobsYield {
		t.Error("background work is said not to yield")
	}
}
