// Package schema brings a database to the schema that the program was built for, and says when it is not there. It
// stands apart from package db so that the tests of db may use a database that was made by it.
package schema

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

const (
	versionTable = "goose_db_version"
	// lockKey keeps two programs from migrating one database at the same time. It is an arbitrary constant.
	lockKey = 7_246_198_311
	// lockWait is how long one waits for the other to finish.
	lockWait = "10min"
	// ddlLockTimeout bounds how long a statement may wait for its table. Every query on that table queues behind it
	// meanwhile, so it gives up early and is run again at a quieter time.
	ddlLockTimeout = "5s"
)

// Migration is one file of the schema.
type Migration struct {
	Version   int64
	Name      string    // of the file, such as 0001_people.sql
	AppliedAt time.Time // zero while it is pending
}

// Pending reports whether the migration is still to be applied.
func (m Migration) Pending() bool { return m.AppliedAt.IsZero() }

// Migrate applies the files that are pending, each in a transaction of its own unless it says otherwise, and tells
// log about each. Several programs may call it at once; they take turns.
func Migrate(ctx context.Context, pool *pgxpool.Pool, files fs.FS, log func(string)) (err error) {
	config := pool.Config().ConnConfig.Copy()
	config.RuntimeParams["application_name"] = "waybill migrate"
	config.RuntimeParams["statement_timeout"] = "0" // a migration may scan a large table
	config.RuntimeParams["timezone"] = "UTC"        // goose notes the time without a zone
	unlock, err := lock(ctx, config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()

	config = config.Copy()
	config.RuntimeParams["lock_timeout"] = ddlLockTimeout
	database := stdlib.OpenDB(*config)
	defer func() { err = errors.Join(err, database.Close()) }()
	provider, err := newProvider(database, files)
	if err != nil {
		return err
	}
	results, err := provider.Up(ctx)
	var partial *goose.PartialError
	if errors.As(err, &partial) {
		results = partial.Applied
	}
	for _, result := range results {
		log(fmt.Sprintf("applied %s in %s", path.Base(result.Source.Path), result.Duration.Round(time.Millisecond)))
	}
	if partial != nil {
		return fmt.Errorf("apply %s: %w", path.Base(partial.Failed.Source.Path), partial.Err)
	}
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

func newProvider(database *sql.DB, files fs.FS) (*goose.Provider, error) {
	provider, err := goose.NewProvider(goose.DialectPostgres, database, files,
		goose.WithTableName(versionTable), goose.WithDisableGlobalRegistry(true), goose.WithSlog(slog.New(slog.DiscardHandler)))
	if err != nil {
		return nil, fmt.Errorf("read the migrations: %w", err)
	}
	return provider, nil
}

// lock waits for its turn. goose has a lock of its own, but it looks at its table, and makes it, before it takes that
// lock, and tries both again by the second.
func lock(ctx context.Context, config *pgx.ConnConfig) (unlock func() error, err error) {
	config = config.Copy()
	config.RuntimeParams["lock_timeout"] = lockWait
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("connect to migrate: %w", err)
	}
	closeConn := func() error { return conn.Close(context.WithoutCancel(ctx)) } // which releases the lock
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", int64(lockKey)); err != nil {
		return nil, errors.Join(fmt.Errorf("wait for another program that migrates: %w", err), closeConn())
	}
	return closeConn, nil
}

// Status lists the files in order. It changes nothing, not even in an empty database.
func Status(ctx context.Context, pool *pgxpool.Pool, files fs.FS) ([]Migration, error) {
	database := stdlib.OpenDBFromPool(pool)
	defer database.Close()
	provider, err := newProvider(database, files)
	if err != nil {
		return nil, err
	}
	applied, err := appliedAt(ctx, pool)
	if err != nil {
		return nil, err
	}
	var list []Migration
	for _, source := range provider.ListSources() {
		list = append(list, Migration{
			Version: source.Version, Name: path.Base(source.Path), AppliedAt: applied[source.Version],
		})
	}
	return list, nil
}

func appliedAt(ctx context.Context, pool *pgxpool.Pool) (map[int64]time.Time, error) {
	var found bool
	if err := pool.QueryRow(ctx, "SELECT to_regclass($1) IS NOT NULL", versionTable).Scan(&found); err != nil {
		return nil, fmt.Errorf("read the schema's version: %w", err)
	}
	if !found {
		return nil, nil
	}
	rows, err := pool.Query(ctx, "SELECT version_id, tstamp AT TIME ZONE 'UTC' FROM "+versionTable+" WHERE is_applied")
	if err != nil {
		return nil, fmt.Errorf("read the schema's version: %w", err)
	}
	applied := map[int64]time.Time{}
	var version int64
	var at time.Time
	_, err = pgx.ForEachRow(rows, []any{&version, &at}, func() error {
		applied[version] = at
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the schema's version: %w", err)
	}
	return applied, nil
}

// Check answers an error that names what keeps the program from running on this schema: pending migrations, and
// indexes that a cancelled CREATE INDEX CONCURRENTLY left invalid (queries ignore them, and IF NOT EXISTS takes
// them for done). A schema that is newer than the program is fine: migrations stay compatible with the release
// before.
func Check(ctx context.Context, pool *pgxpool.Pool, files fs.FS) error {
	list, err := Status(ctx, pool, files)
	if err != nil {
		return err
	}
	var pending []string
	for _, migration := range list {
		if migration.Pending() {
			pending = append(pending, migration.Name)
		}
	}
	var problems []error
	if len(pending) > 0 {
		problems = append(problems, fmt.Errorf("the schema is behind this program: run waybill migrate up (pending: %s)",
			strings.Join(pending, ", ")))
	}
	invalid, err := invalidIndexes(ctx, pool)
	if err != nil {
		return err
	}
	for _, index := range invalid {
		problems = append(problems, fmt.Errorf("the index %s is invalid, left behind by an interrupted build: "+
			"run REINDEX INDEX CONCURRENTLY %s", index, index))
	}
	return errors.Join(problems...)
}

// invalidIndexes leaves out those that are being built right now.
func invalidIndexes(ctx context.Context, pool *pgxpool.Pool) ([]string, error) {
	rows, err := pool.Query(ctx, `
		SELECT i.indexrelid::regclass::text
		FROM pg_index i
		WHERE NOT i.indisvalid
		  AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index p
		                  WHERE p.datname = current_database() AND p.index_relid = i.indexrelid)
		ORDER BY 1`)
	if err != nil {
		return nil, fmt.Errorf("look for invalid indexes: %w", err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("look for invalid indexes: %w", err)
	}
	return names, nil
}
