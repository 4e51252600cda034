package main

import (
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"waybill/db/dbtest"
)

// A command that needs one pool starts no processes for the others.
func TestPoolsConnectWhenTheyAreUsed(t *testing.T) {
	t.Parallel()
	p := openTestPools(t)
	if n := p.main.Stat().TotalConns(); n != 1 {
		t.Errorf("%d connections show that the database is there, want 1", n)
	}
	for name, pool := range map[string]*pgxpool.Pool{"report": p.report, "bulk": p.bulk, "jobs": p.jobs} {
		if n := pool.Stat().TotalConns(); n != 0 {
			t.Errorf("pool %s has %d connections before anybody asked", name, n)
		}
		if err := pool.Ping(t.Context()); err != nil {
			t.Errorf("pool %s: %v", name, err)
		}
	}
}

func openTestPools(t *testing.T) pools {
	t.Helper()
	p, err := openPools(t.Context(), dbtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.close(closeTimeout) })
	return p
}
