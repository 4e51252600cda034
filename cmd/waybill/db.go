package main

import (
	"context"
	"fmt"
)

type dbCmd struct {
	URL dbURLCmd `cmd:"" name:"url" help:"Print the connection URL of the database in use, alone on stdout."`
}

type dbURLCmd struct{}

// Run prints the URL, password included: it is meant for psql "$(waybill db url)".
func (dbURLCmd) Run(ctx context.Context, a *app) error {
	return a.withDatabase(ctx, func(_ context.Context, d *database) error {
		if d.embedded != nil && d.embedded.Owned() {
			a.tell("The embedded database runs only while waybill does; this URL answers once waybill serve is running.")
		}
		_, err := fmt.Fprintln(a.stdout, d.url)
		return err
	})
}
