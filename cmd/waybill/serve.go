package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"

	"github.com/jackc/pgx/v5/pgxpool"

	"waybill/db"
	"waybill/db/embedded"
	"waybill/web"
)

type serveCmd struct {
	web.ServerSettings
}

// Run serves until a signal comes. The port is taken first, so that a second server is
// refused before it has started a database.
func (c *serveCmd) Run(ctx context.Context, a *app) error {
	server, serverErr := c.ServerSettings.Config()
	store, err := a.storeConfig(serverErr)
	if err != nil {
		return err
	}
	listener, err := web.Listen(ctx, server.Listen)
	if err != nil {
		return err
	}
	defer listener.Close()
	return a.with(ctx, store, embedded.Start, func(ctx context.Context, d *database) error {
		if err := errors.Join(d.migrate(ctx), db.CheckSchema(ctx, d.main)); err != nil {
			return err
		}
		return a.serve(ctx, d, server, listener)
	})
}

// serve runs the web server and what works beside it, and ends all of it together.
func (a *app) serve(ctx context.Context, d *database, config web.ServerConfig, listener net.Listener) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	if d.embedded != nil {
		go func() {
			<-d.embedded.Done()
			if err := d.embedded.Err(); err != nil {
				stop(fmt.Errorf("the embedded database is down: %w", err))
			}
		}()
	}
	background := make(chan struct{})
	go func() {
		defer close(background)
		web.SweepSessions(ctx, d.main, d.log)
	}()

	shutdown, beginShutdown := context.WithCancel(context.WithoutCancel(ctx))
	defer beginShutdown()
	handler := web.Routes(deps(d, config, shutdown))
	_, _ = fmt.Fprintf(a.stdout, "Waybill is at %s\n", addressOf(config, listener))
	err := web.Serve(ctx, listener, web.NewServer(handler, d.log), func() {
		d.log.Info("shutting down; a second signal ends the program at once")
		beginShutdown()
	})
	stop(nil)
	<-background
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		err = errors.Join(cause, err)
	}
	return err
}

func deps(d *database, config web.ServerConfig, shutdown context.Context) web.Deps {
	return web.Deps{
		Config:    config,
		Log:       d.log,
		Telemetry: web.NewTelemetry(map[string]*pgxpool.Pool{"main": d.main, "report": d.report}),
		Sessions:  web.NewSessions(d.main, config.HTTPS()),
		Shutdown:  shutdown,
		Ready: []web.Check{
			{Name: "database", Probe: d.main.Ping},
			{Name: "schema", Probe: func(ctx context.Context) error { return db.CheckSchema(ctx, d.main) }},
		},
		PageError: web.PlainError,
		APIError:  web.PlainError,
	}
}

// addressOf is what a person types into a browser on this machine.
func addressOf(config web.ServerConfig, listener net.Listener) string {
	if config.PublicURL != nil {
		return config.PublicURL.String()
	}
	address, err := netip.ParseAddrPort(listener.Addr().String())
	if err == nil && address.Addr().IsUnspecified() {
		return fmt.Sprintf("http://127.0.0.1:%d", address.Port())
	}
	return "http://" + listener.Addr().String()
}
