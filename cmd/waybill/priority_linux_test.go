package main

import (
	"net"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sys/unix"

	"waybill/db/dbtest"
)

// Reports yield to everybody; what writes keeps its priority, because others may wait for its locks.
func TestOnlyReportsRunAsIdleWork(t *testing.T) {
	t.Parallel()
	p, err := openPools(t.Context(), dbtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	defer p.close(closeTimeout)
	for name, pool := range map[string]*pgxpool.Pool{"main": p.main, "report": p.report, "bulk": p.bulk} {
		conn, err := pool.Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Release()
		if _, local := conn.Conn().PgConn().Conn().(*net.UnixConn); !local {
			t.Skip("PostgreSQL is not reached through a Unix socket")
		}
		attr, err := unix.SchedGetAttr(int(conn.Conn().PgConn().PID()), 0)
		if err != nil {
			t.Fatal(err)
		}
		if idle := attr.Policy == unix.SCHED_IDLE; idle != (name == "report") {
			t.Errorf("a connection of the pool %s runs as idle work: %t", name, idle)
		}
	}
}
