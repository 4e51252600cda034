package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"waybill/adapters/olist"
	"waybill/adapters/rejects"
	"waybill/db"
	"waybill/shop"
)

type importCmd struct {
	Olist importOlistCmd `cmd:"" help:"Import the public Olist marketplace data, a folder of CSV files. Running it again adds what is missing and nothing twice."`
}

type importOlistCmd struct {
	Dir     string `arg:"" name:"dir" help:"The folder with the CSV files."`
	Rejects string `default:"olist.rejects.csv" placeholder:"FILE" help:"Where rows that cannot be imported are listed (${default})."`
}

// Run imports the folder. Its files are looked at before a database is opened.
func (c *importOlistCmd) Run(ctx context.Context, a *app) error {
	source, err := olist.Open(c.Dir, time.Now())
	if shop.CodeOf(err) == shop.CodeInvalid {
		return usageError{err}
	}
	if err != nil {
		return err
	}
	return a.withDatabase(ctx, func(ctx context.Context, d *database) error {
		return a.importFrom(ctx, d, source, c.Rejects)
	})
}

// importFrom brings in everything of a source that is not there yet, and says what that was.
func (a *app) importFrom(ctx context.Context, d *database, source shop.ImportSource, rejectsPath string) error {
	if err := errors.Join(d.migrate(ctx), db.CheckSchema(ctx, d.main)); err != nil {
		return err
	}
	// Nobody waits for a page, so a batch has the time of a report.
	store, err := db.NewStore(ctx, d.bulk)
	if err != nil {
		return err
	}
	refused, err := rejects.Create(rejectsPath)
	if err != nil {
		return err
	}
	progress := newProgress(a.stderr, time.Now)
	report, err := shop.RunImport(ctx, shop.ImportRun{Source: source, Sink: store, Rejects: refused, Progress: progress.show})
	progress.end()
	if closeErr := refused.Close(); closeErr != nil {
		return errors.Join(err, closeErr)
	}
	if ctx.Err() != nil && err != nil {
		return fmt.Errorf("stopped after %d of %d orders; what is imported stays, run it again to go on", report.Read.Checkouts, source.Expected())
	}
	if err != nil {
		return fmt.Errorf("%w; what is imported stays, run it again to go on", err)
	}
	if err := writeImportSummary(a.stdout, report, progress.elapsed()); err != nil {
		return err
	}
	if refused.Count() > 0 {
		a.tell(fmt.Sprintf("%d rows could not be imported; %s says which and why.", refused.Count(), rejectsPath))
	}
	return nil
}
