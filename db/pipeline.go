package db

import (
	"context"
	"errors"
	"iter"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"waybill/db/internal/sqlc"
)

// pipeline is a sqlc.DBTX that collects statements instead of sending them, so that generated queries can share one
// round trip. Only statements without rows go through it.
type pipeline struct {
	sqlc.DBTX
	batch pgx.Batch
}

// Exec queues the statement; its error comes from send.
func (p *pipeline) Exec(_ context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	p.batch.Queue(sql, args...)
	return pgconn.CommandTag{}, nil
}

// commit queues the end of the transaction behind the statements, for one that can end so (see joinedTx). If one of them
// fails, PostgreSQL does not come to it.
func (p *pipeline) commit() { p.batch.Queue("COMMIT") }

// send runs the statements in order and returns the rows that each affected.
func (p *pipeline) send(ctx context.Context, tx pgx.Tx) ([]int64, error) {
	results := tx.SendBatch(ctx, &p.batch)
	affected := make([]int64, p.batch.Len())
	for i := range affected {
		tag, err := results.Exec()
		if err != nil {
			return nil, errors.Join(err, results.Close())
		}
		affected[i] = tag.RowsAffected()
	}
	return affected, results.Close()
}

// read is one generated query and what becomes of its rows.
type read func(ctx context.Context, tx sqlc.DBTX) error

// sender sends statements together: a transaction, or the pool, which makes one transaction of them.
type sender interface {
	SendBatch(ctx context.Context, batch *pgx.Batch) pgx.BatchResults
}

// readByKey runs reads in one round trip, which is also their transaction, with the plans of snapshotByKey. What a page needs is
// read so: to begin and to commit would be two more round trips, and cost as much as the reading. Reads that fail for
// themselves alone end the others, too.
func (s *Store) readByKey(ctx context.Context, reads ...read) error {
	keepPlans := func(ctx context.Context, tx sqlc.DBTX) error {
		_, err := s.q.PlansKept(ctx, tx)
		return err
	}
	return translate(inOneTrip(ctx, s.pool, append([]read{keepPlans}, reads...)...))
}

// inOneTrip runs reads of which none needs the rows of another, each of one query, in one round trip: all of them ask,
// what they asked is sent together, and then each in turn goes on with its answer.
func inOneTrip(ctx context.Context, to sender, reads ...read) error {
	if len(reads) == 0 {
		return nil
	}
	var batch pgx.Batch
	askers := make([]*asker, len(reads))
	for i, read := range reads {
		askers[i] = newAsker(ctx, &batch, read)
		defer askers[i].stop()
		askers[i].next()
	}
	results := to.SendBatch(ctx, &batch)
	for _, a := range askers {
		a.results = results
		if a.next(); a.err != nil {
			return errors.Join(a.err, results.Close())
		}
	}
	return results.Close()
}

// asker is a sqlc.DBTX for one read, which it halts between asking and being answered.
type asker struct {
	sqlc.DBTX
	batch   *pgx.Batch
	results pgx.BatchResults
	halt    func(struct{}) bool
	next    func() (struct{}, bool)
	stop    func()
	err     error
}

func newAsker(ctx context.Context, batch *pgx.Batch, read read) *asker {
	a := &asker{batch: batch}
	a.next, a.stop = iter.Pull(func(halt func(struct{}) bool) {
		a.halt = halt
		a.err = read(ctx, a)
	})
	return a
}

// Query asks and halts; it returns when all have asked.
func (a *asker) Query(_ context.Context, sql string, args ...any) (pgx.Rows, error) {
	a.batch.Queue(sql, args...)
	if !a.halt(struct{}{}) {
		return nil, errNotAnswered
	}
	return a.results.Query()
}

// QueryRow is Query for one row.
func (a *asker) QueryRow(_ context.Context, sql string, args ...any) pgx.Row {
	a.batch.Queue(sql, args...)
	if !a.halt(struct{}{}) {
		return failedRow{errNotAnswered}
	}
	return a.results.QueryRow()
}

// failedRow is the row of a query that was not sent or not answered.
type failedRow struct{ err error }

// Scan says why.
func (r failedRow) Scan(...any) error { return r.err }

// errNotAnswered ends the reads behind one that failed.
var errNotAnswered = errors.New("another read of the same round trip failed")
