package db

import (
	"context"
	"errors"

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

// send runs the statements in order and returns the rows that the last one affected.
func (p *pipeline) send(ctx context.Context, tx pgx.Tx) (int64, error) {
	results := tx.SendBatch(ctx, &p.batch)
	var affected int64
	for range p.batch.Len() {
		tag, err := results.Exec()
		if err != nil {
			return 0, errors.Join(err, results.Close())
		}
		affected = tag.RowsAffected()
	}
	return affected, results.Close()
}
