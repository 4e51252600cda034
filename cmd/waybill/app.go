package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"golang.org/x/term"

	"waybill/db"
	"waybill/db/embedded"
	"waybill/web"
)

const (
	// closeTimeout is what the pools get to take their connections back when a
	// command ends. What still runs then has lost its reader.
	closeTimeout = 2 * time.Second
	// stopTimeout is what the embedded server gets for its last checkpoint before it
	// is stopped at once and recovers at its next start. Together with web's drain it
	// stays within 20 s.
	stopTimeout = 4 * time.Second
)

// app is what every command works with.
type app struct {
	stdout, stderr io.Writer
	settings       web.StoreSettings
	dotEnvErr      error
}

// storeConfig checks the settings that all commands share. A command with settings of
// its own passes what is wrong with those, so that one message names everything.
func (a *app) storeConfig(others ...error) (web.StoreConfig, error) {
	config, err := a.settings.Config()
	return config, web.JoinProblems(append([]error{a.dotEnvErr, err}, others...)...)
}

// logger writes for people on a terminal and for machines anywhere else.
func (a *app) logger(level slog.Level) *slog.Logger {
	options := &slog.HandlerOptions{Level: level}
	if file, ok := a.stderr.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		return slog.New(slog.NewTextHandler(file, options))
	}
	return slog.New(slog.NewJSONHandler(a.stderr, options))
}

// tell says something to the person who waits, on stderr: stdout belongs to results.
func (a *app) tell(text string) { _, _ = fmt.Fprintln(a.stderr, text) }

// database is an open PostgreSQL.
type database struct {
	pools
	url      string           // for any client
	embedded *embedded.Server // nil when DATABASE_URL names another
	log      *slog.Logger
}

// obtain is how a command gets the embedded server: embedded.Start for the one owner,
// embedded.Acquire for a guest.
type obtain func(context.Context, embedded.Options) (*embedded.Server, error)

// withDatabase is the frame of every command beside the server: it opens the database
// in use, as it is, for as long as work runs. Work that needs the present schema calls
// migrate first.
func (a *app) withDatabase(ctx context.Context, work func(context.Context, *database) error) error {
	config, err := a.storeConfig()
	if err != nil {
		return err
	}
	return a.with(ctx, config, embedded.Acquire, work)
}

// with opens the database as it is, runs work, and closes it again.
func (a *app) with(ctx context.Context, config web.StoreConfig, get obtain, work func(context.Context, *database) error) error {
	d, err := a.open(ctx, config, get)
	if err != nil {
		return err
	}
	return errors.Join(work(ctx, d), d.close(ctx))
}

func (a *app) open(ctx context.Context, config web.StoreConfig, get obtain) (*database, error) {
	d := &database{url: config.DatabaseURL, log: a.logger(config.LogLevel)}
	dial := config.DatabaseURL
	if config.DatabaseURL == "" {
		server, err := get(ctx, embedded.Options{DataDir: config.DataDir, Logger: d.log, Progress: a.tell})
		if err != nil {
			return nil, err
		}
		d.embedded, d.url, dial = server, server.URL(), server.SocketURL()
	}
	var err error
	if d.pools, err = openPools(ctx, dial); err != nil {
		return nil, errors.Join(err, d.close(ctx))
	}
	return d, nil
}

// migrate brings the schema up to date, step by step in the log.
func (d *database) migrate(ctx context.Context) error {
	return db.Migrate(ctx, d.main, func(step string) { d.log.InfoContext(ctx, "migrate", "step", step) })
}

// close ends the connections and then the server, if it is ours. It has time of its
// own: ctx is usually over by now.
func (d *database) close(ctx context.Context) error {
	d.pools.close(closeTimeout)
	if d.embedded == nil {
		return nil
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	return d.embedded.Stop(stop)
}
