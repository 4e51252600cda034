package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"waybill/db"
)

type migrateCmd struct {
	Up     migrateUpCmd     `cmd:"" help:"Apply the migrations that are pending."`
	Status migrateStatusCmd `cmd:"" help:"List the migrations and when they were applied."`
}

type migrateUpCmd struct{}

// Run applies what is pending and tells each step.
func (migrateUpCmd) Run(ctx context.Context, a *app) error {
	return a.withDatabase(ctx, func(ctx context.Context, d *database) error {
		err := db.Migrate(ctx, d.main, func(step string) { _, _ = fmt.Fprintln(a.stdout, step) })
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(a.stdout, "The schema is up to date.")
		return err
	})
}

type migrateStatusCmd struct{}

// Run lists all migrations. It fails when the program must not run on this schema, so
// that a deployment script can ask.
func (migrateStatusCmd) Run(ctx context.Context, a *app) error {
	return a.withDatabase(ctx, func(ctx context.Context, d *database) error {
		list, err := db.MigrationStatus(ctx, d.main)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
		for _, migration := range list {
			state := "pending"
			if !migration.Pending() {
				state = migration.AppliedAt.UTC().Format(time.RFC3339)
			}
			_, _ = fmt.Fprintf(table, "%s\t%s\n", migration.Name, state)
		}
		if err := table.Flush(); err != nil {
			return err
		}
		return db.CheckSchema(ctx, d.main)
	})
}
