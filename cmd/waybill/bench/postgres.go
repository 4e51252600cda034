package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"waybill/cmd/waybill/proc"
	"waybill/db"
	"waybill/db/embedded"
)

const (
	stopTimeout = 30 * time.Second
	ownConns    = 4 // of the measuring program itself
)

// postgres is the server of the run, with the settings that the product runs it with, in a directory that goes with it.
type postgres struct {
	server     *embedded.Server
	dir        string
	pool       *pgxpool.Pool
	postmaster int // its process, 0 where that cannot be found
}

// startPostgres makes a directory below parent and starts an empty, migrated database in it.
func startPostgres(ctx context.Context, parent string, say func(string)) (_ *postgres, err error) {
	dir, err := os.MkdirTemp(parent, "waybill-bench-")
	if err != nil {
		return nil, err
	}
	p := &postgres{dir: dir}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.stop(ctx))
		}
	}()
	if err := os.Chmod(dir, 0o755); err != nil { // PostgreSQL runs as another user when we are root
		return nil, err
	}
	if p.server, err = embedded.Start(ctx, embedded.Options{DataDir: filepath.Join(dir, "data"), Progress: say}); err != nil {
		return nil, err
	}
	config, err := pgxpool.ParseConfig(p.server.SocketURL())
	if err != nil {
		return nil, err
	}
	config.MaxConns = ownConns
	if p.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return nil, err
	}
	if err := db.Migrate(ctx, p.pool, func(string) {}); err != nil {
		return nil, err
	}
	return p, p.findPostmaster(ctx)
}

// findPostmaster finds the parent of all of PostgreSQL's processes through the one that serves a connection.
func (p *postgres) findPostmaster(ctx context.Context) error {
	var backend int
	if err := p.pool.QueryRow(ctx, "SELECT pg_backend_pid()").Scan(&backend); err != nil {
		return err
	}
	p.postmaster = proc.Parent(backend)
	return nil
}

// stop ends the server and removes its data. It has time of its own: ctx is over when the run was interrupted.
func (p *postgres) stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	if p.pool != nil {
		p.pool.Close()
	}
	var err error
	if p.server != nil {
		err = p.server.Stop(ctx)
	}
	// Where PostgreSQL's user may not enter the directory, the data lies elsewhere, behind a link.
	if data, linkErr := filepath.EvalSymlinks(filepath.Join(p.dir, "data", "postgres")); linkErr == nil {
		err = errors.Join(err, os.RemoveAll(data))
	}
	return errors.Join(err, os.RemoveAll(p.dir))
}

// asSuperuser runs one statement that the product's own role may not run.
func (p *postgres) asSuperuser(ctx context.Context, statement string) error {
	conn, err := pgx.Connect(ctx, p.server.AdminURL())
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	_, err = conn.Exec(ctx, statement)
	return err
}

const (
	walSegment      = 16 << 20 // bytes, as initdb chooses it
	walBytesASecond = 32 << 20 // more than any load here writes
	maxWALSegments  = 64       // that PostgreSQL keeps (min_wal_size)
)

// fillLog uses as many files of the write-ahead log as the longest load needs, so that the checkpoints between the
// measurements leave them to be used again, as in any server that has worked for an hour. A new server makes each file
// when it needs it, while all commits wait.
func (p *postgres) fillLog(ctx context.Context, longest time.Duration) error {
	conn, err := pgx.Connect(ctx, p.server.AdminURL())
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	for range min(maxWALSegments, 1+int(longest.Seconds()*walBytesASecond/walSegment)) {
		if _, err := conn.Exec(ctx, "SELECT pg_switch_wal() FROM pg_logical_emit_message(false, 'waybill bench', 'one more file')"); err != nil {
			return err
		}
	}
	return nil
}

// level gives every measurement the same start: nothing left to write, nothing left to clean. A checkpoint in the middle
// of one and not of another would decide between them.
func (p *postgres) level(ctx context.Context) error {
	for _, table := range []string{"stock_levels", "customers", "addresses"} { // those with rows that change
		if _, err := p.pool.Exec(ctx, "VACUUM ANALYZE "+table); err != nil {
			return err
		}
	}
	return p.asSuperuser(ctx, "CHECKPOINT")
}

// reported are the settings that decide what a figure is worth.
var reported = []string{
	"fsync", "synchronous_commit", "full_page_writes", "wal_sync_method", "wal_compression", "shared_buffers", "min_wal_size", "max_wal_size",
	"checkpoint_timeout", "max_connections", "random_page_cost", "jit", "autovacuum",
}

func (p *postgres) describe(ctx context.Context) (Postgres, error) {
	about := Postgres{Version: p.server.Version(), Settings: map[string]string{}}
	for _, name := range reported {
		var value string
		if err := p.pool.QueryRow(ctx, "SELECT current_setting($1)", name).Scan(&value); err != nil {
			return Postgres{}, fmt.Errorf("read the setting %s: %w", name, err)
		}
		about.Settings[name] = value
	}
	var partitions int
	err := p.pool.QueryRow(ctx, "SELECT count(*) FROM pg_inherits WHERE inhparent = 'orders'::regclass").Scan(&partitions)
	about.Settings["partitions of orders"] = strconv.Itoa(partitions)
	return about, err
}
