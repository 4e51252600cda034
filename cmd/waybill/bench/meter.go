package bench

import (
	"context"
	"time"
)

// reading is what the parts of the run have used up to a moment.
type reading struct {
	server, postgres, load time.Duration // on a CPU
	walBytes               int64
	transactions           int64 // that wrote something
	onCPU                  bool  // whether the system tells about CPU times
}

// read takes a reading. Transactions are counted by their ids, which only those get that write: exact at once, while the
// statistics of PostgreSQL lag behind by up to a second.
func (b *bench) read(ctx context.Context) (r reading, err error) {
	err = b.postgres.pool.QueryRow(ctx, `SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint, pg_snapshot_xmax(pg_current_snapshot())::text::bigint`).
		Scan(&r.walBytes, &r.transactions)
	if err != nil {
		return reading{}, err
	}
	r.load = ownCPU()
	r.postgres, r.onCPU = familyCPU(b.postgres.postmaster)
	if b.server != nil {
		r.server, _ = processCPU(b.server.cmd.Process.Pid)
	}
	return r, nil
}

// Cost is what one order or page took, on average over a load. CPU times are in microseconds; 0 where the system does not tell.
type Cost struct {
	ServerCPU   float64 `json:"serverCpuMicros"`
	PostgresCPU float64 `json:"postgresCpuMicros"`
	LoadCPU     float64 `json:"loadCpuMicros"` // of the program that makes the load
	WALBytes    float64 `json:"walBytes"`
	Commits     float64 `json:"commits"`
}

func costBetween(before, after reading, n int64) Cost {
	if n == 0 {
		return Cost{}
	}
	each := func(d time.Duration) float64 { return float64(d.Microseconds()) / float64(n) }
	cost := Cost{
		WALBytes: float64(after.walBytes-before.walBytes) / float64(n),
		Commits:  float64(after.transactions-before.transactions) / float64(n),
	}
	if after.onCPU && before.onCPU {
		cost.ServerCPU, cost.PostgresCPU = each(after.server-before.server), each(after.postgres-before.postgres)
		cost.LoadCPU = each(after.load - before.load)
	}
	return cost
}
