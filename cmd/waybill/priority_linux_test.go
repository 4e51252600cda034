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

// Reports get what nobody else wants; whatever writes keeps its priority, because others may wait for its locks.
func TestOnlyReportsYield(t *testing.T) {
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
		idle, group := false, "0"
		if name == "report" {
			idle, group = true, "10"
		}
		if (attr.Policy == unix.SCHED_IDLE) != idle || attr.Nice != 0 {
			t.Errorf("a connection of the pool %s has class %d and niceness %d", name, attr.Policy, attr.Nice)
		}
		// Such as "/autogroup-17 nice 10"; there is nothing to read where the system makes no groups.
		is, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "autogroup"))
		if err == nil && len(is) > 0 && !strings.HasSuffix(string(is), " nice "+group+"\n") {
			t.Errorf("a connection of the pool %s is in the group %q, want niceness %s", name, is, group)
		}
	}
}
