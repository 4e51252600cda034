package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	connectTimeout = 5 * time.Second

	// PostgreSQL allows 100 connections unless told otherwise. These leave room for
	// several servers on one database, a listener each, and an operator's psql.
	mainConns   = 16
	reportConns = 4
	bulkConns   = 2
	jobConns    = 3

	// A request gives up after 10 s (web's deadline); its statement should have
	// failed by then, so that the page can say so.
	mainStatementTimeout   = 8 * time.Second
	reportStatementTimeout = 2 * time.Minute // exports, verify, full-table reports, imports
	// Locks of the hot path are held for milliseconds.
	lockTimeout = 3 * time.Second
	// A transaction that sleeps holds rows that buyers wait for.
	idleInTransactionTimeout = 10 * time.Second
)

// pools are the connections of this process. A slow report takes from its own, so that
// it can never keep a checkout waiting for a connection; nor for a processor, see reader.
// What writes for as long as a report reads has its own, too, and keeps its priority: at a low
// one it would hold locks that buyers wait for, and get no processor to end with. Background
// work has its own, and a low priority until that happens, see patience.
type pools struct {
	main   *pgxpool.Pool
	report *pgxpool.Pool
	bulk   *pgxpool.Pool
	jobs   *pgxpool.Pool

	postmaster *atomic.Int64 // of the newest connection that gives way, 0 where that cannot be known
}

func openPools(ctx context.Context, url string) (p pools, err error) {
	p.postmaster = &atomic.Int64{}
	p.main, err = openPool(ctx, url, mainConns, mainStatementTimeout)
	if err == nil {
		err = reach(ctx, p.main)
	}
	if err == nil {
		p.report, err = openPool(ctx, url, reportConns, reportStatementTimeout, inOneProcess, givingWay(reading, withReports, p.postmaster))
	}
	if err == nil {
		p.jobs, err = openPool(ctx, url, jobConns, mainStatementTimeout, inOneProcess, givingWay(working, withWork, p.postmaster))
	}
	if err == nil {
		p.bulk, err = openPool(ctx, url, bulkConns, reportStatementTimeout)
	}
	if err != nil {
		p.close(closeTimeout)
		return pools{}, err
	}
	return p, nil
}

// inOneProcess lets no statement of a pool's connections take more than one process: parallel workers would take every core
// at once.
func inOneProcess(config *pgxpool.Config) {
	config.ConnConfig.RuntimeParams["max_parallel_workers_per_gather"] = "0"
}

// givingWay lets what a pool's connections do give way to others until it starves, where we may say so, and notes whose
// children their servers are.
func givingWay(as func(backend) givesWay, with forbearance, postmaster *atomic.Int64) func(*pgxpool.Config) {
	return func(config *pgxpool.Config) {
		config.AfterConnect = func(_ context.Context, conn *pgx.Conn) error {
			p := &patience{with: with}
			if server, parent, ok := backendOf(conn.PgConn()); ok {
				p.process = as(server)
				postmaster.Store(int64(parent))
			}
			conn.PgConn().CustomData()[patienceKey] = p
			return nil
		}
		config.PrepareConn = func(_ context.Context, conn *pgx.Conn) (bool, error) {
			patienceOf(conn).begin()
			return true, nil
		}
		config.AfterRelease = func(conn *pgx.Conn) bool {
			patienceOf(conn).end()
			return true
		}
		config.BeforeClose = func(conn *pgx.Conn) { patienceOf(conn).end() }
	}
}

const patienceKey = "patience" // in what a connection carries along

func patienceOf(conn *pgx.Conn) *patience { return conn.PgConn().CustomData()[patienceKey].(*patience) }

// reach connects once, so that a wrong address is named now and not by the first request. The other pools connect when they
// are used: a command that needs one of them starts no processes for all.
func reach(ctx context.Context, pool *pgxpool.Pool) error {
	if err := pool.Ping(ctx); err != nil {
		return unreachable(pool.Config().ConnConfig.Config, err)
	}
	return nil
}

// openPool makes a pool that has no connections yet. What the URL itself says about time-outs is respected.
func openPool(ctx context.Context, url string, conns int32, statement time.Duration, settings ...func(*pgxpool.Config)) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	config.MaxConns = conns
	config.ConnConfig.ConnectTimeout = connectTimeout
	for name, value := range map[string]string{
		"application_name":                    "waybill",
		"timezone":                            "UTC",
		"statement_timeout":                   milliseconds(statement),
		"lock_timeout":                        milliseconds(lockTimeout),
		"idle_in_transaction_session_timeout": milliseconds(idleInTransactionTimeout),
	} {
		if config.ConnConfig.RuntimeParams[name] == "" {
			config.ConnConfig.RuntimeParams[name] = value
		}
	}
	for _, set := range settings {
		set(config)
	}
	return pgxpool.NewWithConfig(ctx, config)
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

// unreachable says where nobody answered and why, without the password that the URL
// may hold.
func unreachable(config pgconn.Config, err error) error {
	where := net.JoinHostPort(config.Host, strconv.Itoa(int(config.Port)))
	if refused, ok := errors.AsType[*pgconn.PgError](err); ok {
		return fmt.Errorf("the database at %s refuses: %s", where, refused.Message)
	}
	if network, ok := errors.AsType[*net.OpError](err); ok {
		err = network.Err
	}
	return fmt.Errorf("the database at %s cannot be reached: %w", where, err)
}

// close closes the pools, waiting at most limit for connections that are still in use.
func (p pools) close(limit time.Duration) {
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		for _, pool := range []*pgxpool.Pool{p.main, p.report, p.bulk, p.jobs} {
			if pool != nil {
				pool.Close()
			}
		}
	}()
	select {
	case <-closed:
	case <-time.After(limit):
	}
}
