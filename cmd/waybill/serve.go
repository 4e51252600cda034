package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"sync"

	"github.com/jackc/pgx/v5/pgxpool"

	"waybill/db"
	"waybill/db/embedded"
	"waybill/handlers"
	"waybill/handlers/api"
	"waybill/handlers/passwords"
	"waybill/shop"
	"waybill/web"
)

type serveCmd struct {
	web.ServerSettings
	Demo       bool   `help:"Load demo data once, print the demo's sign-ins, and let a few orders a minute arrive."`
	CPUProfile string `name:"cpuprofile" hidden:"" placeholder:"FILE" help:"Write a CPU profile of the whole run; waybill bench asks for it."`
}

// Run serves until a signal comes. The port is taken first, so that a second server is
// refused before it has started a database.
func (c *serveCmd) Run(ctx context.Context, a *app) error {
	useMemory()
	server, serverErr := c.Config()
	store, err := a.storeConfig(serverErr)
	if err != nil {
		return err
	}
	listener, err := web.Listen(ctx, server.Listen)
	if err != nil {
		return err
	}
	defer listener.Close()
	stopProfile, err := startProfile(c.CPUProfile)
	if err != nil {
		return err
	}
	defer stopProfile()
	return a.with(ctx, store, embedded.Start, func(ctx context.Context, d *database) error {
		if err := errors.Join(d.migrate(ctx), db.CheckSchema(ctx, d.main)); err != nil {
			return err
		}
		return c.serve(ctx, a, d, server, listener)
	})
}

// serve runs the web server and what works beside it. What works beside it ends last:
// requests that are still being answered may need it.
func (c *serveCmd) serve(ctx context.Context, a *app, d *database, config web.ServerConfig, listener net.Listener) error {
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
	beside, endBeside := context.WithCancel(context.WithoutCancel(ctx))
	var jobs sync.WaitGroup
	defer jobs.Wait()
	defer endBeside()
	jobs.Go(func() { web.SweepSessions(beside, d.main, d.log) })

	shutdown, beginShutdown := context.WithCancel(beside)
	defer beginShutdown()
	rooms, err := openServices(ctx, d, config.CarrierSecrets...)
	if err != nil {
		return err
	}
	defer rooms.close()
	if c.Demo {
		world, err := a.loadDemo(ctx, d, rooms)
		if err != nil {
			return fmt.Errorf("load the demo: %w", err)
		}
		jobs.Go(func() { simulate(ctx, d, rooms, world) })
	}
	if err := c.announce(a.stdout, addressOf(config, listener)); err != nil {
		return err
	}
	jobs.Go(func() {
		files := shop.NewCatalogFiles(rooms.store, d.log).Job()
		web.RunJobs(beside, slices.Concat(shop.Maintenance(rooms.jobs, rooms.payments, config.KeyLife), rooms.shipping.Jobs(), []shop.Job{files}), d.log)
	})
	jobs.Go(func() { new(patientVacuums).watch(beside, func() int { return int(d.postmaster.Load()) }) })
	needs := deps(shutdown, d, config, rooms)
	needs.Pages.Demo = c.Demo
	handler := web.Routes(needs)
	err = web.Serve(ctx, listener, web.NewServer(handler, d.log), func() {
		d.log.Info("shutting down; a second signal ends the program at once")
		beginShutdown()
	})
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
		err = errors.Join(cause, err)
	}
	return err
}

func deps(shutdown context.Context, d *database, config web.ServerConfig, rooms *services) web.Deps {
	sessions := web.NewSessions(d.main, config.HTTPS())
	telemetry := web.NewTelemetry(map[string]*pgxpool.Pool{"main": d.main, "report": d.report, "bulk": d.bulk, "jobs": d.jobs})
	pages := &handlers.Handlers{
		Store: rooms.store, Reports: rooms.reports, Placer: rooms.placer, Payments: rooms.payments, Orders: rooms.orders, Shipping: rooms.shipping, Feed: rooms.feed, Reconciler: rooms.reconciler,
		Sessions: sessions, SignIn: handlers.NewSignIn(passwords.NewHasher()), Methods: paymentMethods(), Log: d.log, NoteUser: web.NoteUser,
	}
	door := api.New(api.Config{
		Store: rooms.store, Placer: rooms.placer, Payments: rooms.payments, Orders: rooms.orders, Shipping: rooms.shipping, Sheets: pages, ReadPicture: pages.ReadPicture,
		Log: d.log, Count: telemetry, NoteKey: web.NoteKey,
	})
	rooms.feed.WhenKeysEnd(door.ForgetKeys)
	return web.Deps{
		Config:    config,
		Log:       d.log,
		Telemetry: telemetry,
		Sessions:  sessions,
		Shutdown:  shutdown,
		Ready: []web.Check{
			{Name: "database", Probe: d.main.Ping},
			{Name: "schema", Probe: func(ctx context.Context) error { return db.CheckSchema(ctx, d.main) }},
		},
		Pages:     pages,
		PageError: pages.ErrorPage,
		API:       door,
		APIError:  api.Problem,
	}
}

// announce tells the person at the terminal where to go.
func (c *serveCmd) announce(out io.Writer, address string) error {
	if _, err := fmt.Fprintf(out, "Waybill is at %s\n", address); err != nil || !c.Demo {
		return err
	}
	return printDemoSignIns(out)
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
