package shop

import (
	"context"
	"log/slog"
	"time"
)

const (
	catalogFilesEvery = 2 * time.Second
	// catalogRest is left of the time of a run when it stops: enough to end the product that it is at.
	catalogRest = 10 * time.Second
)

// CatalogFileStore is what reading catalog files needs of the database.
type CatalogFileStore interface {
	// ClaimCatalogFile takes a file that nobody reads right now, the one with the id or any for 0, with its content.
	// None is CodeNotFound.
	ClaimCatalogFile(ctx context.Context, id int64) (CatalogFile, []byte, error)
	// ReadCatalogGroup does what the lines of one product say, or finds out what it would come to, and reports it.
	// done is how many lines of the file are read with it.
	ReadCatalogGroup(ctx context.Context, file CatalogFile, group CatalogGroup, done int) error
	// EndCatalogFile ends a pass; with a problem the file is given up.
	EndCatalogFile(ctx context.Context, file CatalogFile, problem string) error
}

// CatalogFiles reads the catalog files of merchants: first to tell what would change, then, when the merchant says so, to
// change it. Each product is a transaction of its own, and its lines are reported with it, so that a pass which is
// interrupted goes on where it ended.
type CatalogFiles struct {
	store CatalogFileStore
	log   *slog.Logger
}

// NewCatalogFiles returns a reader of the store's files.
func NewCatalogFiles(store CatalogFileStore, log *slog.Logger) *CatalogFiles {
	return &CatalogFiles{store: store, log: log}
}

// Job reads files in the background.
func (c *CatalogFiles) Job() Job {
	return Job{"read catalog files", catalogFilesEvery, func(ctx context.Context) (int, error) { return c.Read(ctx, 0) }}
}

// Read reads a file as far as the time of ctx lets it, and returns how many lines that were: the file with the id, or for
// 0 any that waits. A file that somebody else reads, or that is read already, is left alone.
func (c *CatalogFiles) Read(ctx context.Context, id int64) (lines int, err error) {
	file, data, err := c.store.ClaimCatalogFile(ctx, id)
	if CodeOf(err) == CodeNotFound {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	done, err := c.read(ctx, file, data)
	lines = max(done-file.Done, 0)
	if CodeOf(err) == CodeInvalid { // nothing that trying again would mend
		return lines, c.store.EndCatalogFile(ctx, file, messageOf(err))
	}
	if err != nil || done < file.Lines {
		return lines, err
	}
	c.log.InfoContext(ctx, "catalog file read", "file", file.ID, "merchant", file.MerchantID, "lines", file.Lines, "pass", string(file.Status))
	return lines, c.store.EndCatalogFile(ctx, file, "")
}

// read returns how many lines of the file are read by now.
func (c *CatalogFiles) read(ctx context.Context, file CatalogFile, data []byte) (done int, err error) {
	reader, err := OpenCatalogFile(data)
	if err != nil {
		return 0, err
	}
	deadline, limited := ctx.Deadline()
	out := false
	at := 0
	err = reader.CatalogGroups(func(group CatalogGroup) error {
		if at += len(group.Rows); at <= file.Done || out {
			done = max(done, min(at, file.Done))
			return nil
		}
		if limited && time.Until(deadline) < catalogRest {
			out = true // the next run goes on here
			return nil
		}
		if err := c.store.ReadCatalogGroup(ctx, file, group, at); err != nil {
			return err
		}
		done = at
		return nil
	})
	return done, err
}
