package db

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// joinedTx is a transaction that begins with the first statements that are sent together, and may end with the
// last (see pipeline.commit), so that neither takes a round trip of its own: a group holds its locks for one less.
type joinedTx struct {
	pgx.Tx     // nothing: what is not overridden is not used
	conn       *pgxpool.Conn
	beginnings []string // the statements that begin it
	begun      bool
}

// joined begins a joinedTx with statements of which the first is BEGIN.
func joined(beginnings ...string) beginning {
	return func(ctx context.Context, pool *pgxpool.Pool) (pgx.Tx, error) {
		conn, err := pool.Acquire(ctx)
		if err != nil {
			return nil, err
		}
		return &joinedTx{conn: conn, beginnings: beginnings}, nil
	}
}

// SendBatch sends the statements, behind those that begin the transaction if it has not begun.
func (t *joinedTx) SendBatch(ctx context.Context, batch *pgx.Batch) pgx.BatchResults {
	if t.begun {
		return t.conn.SendBatch(ctx, batch)
	}
	t.begun = true
	joined := &pgx.Batch{}
	for _, begin := range t.beginnings {
		joined.Queue(begin)
	}
	joined.QueuedQueries = append(joined.QueuedQueries, batch.QueuedQueries...)
	results := t.conn.SendBatch(ctx, joined)
	for range t.beginnings {
		_, _ = results.Exec() // its error is that of every result behind it
	}
	return results
}

// begin begins a transaction whose first statement is alone.
func (t *joinedTx) begin(ctx context.Context) error {
	if t.begun {
		return nil
	}
	return t.SendBatch(ctx, &pgx.Batch{}).Close()
}

// Exec runs one statement.
func (t *joinedTx) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	if err := t.begin(ctx); err != nil {
		return pgconn.CommandTag{}, err
	}
	return t.conn.Exec(ctx, sql, args...)
}

// Query runs one statement with rows.
func (t *joinedTx) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	if err := t.begin(ctx); err != nil {
		return nil, err
	}
	return t.conn.Query(ctx, sql, args...)
}

// QueryRow runs one statement with one row.
func (t *joinedTx) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	if err := t.begin(ctx); err != nil {
		return failedRow{err}
	}
	return t.conn.QueryRow(ctx, sql, args...)
}

// Commit ends the transaction, unless it has ended with its last statements.
func (t *joinedTx) Commit(ctx context.Context) error {
	if t.conn == nil {
		return pgx.ErrTxClosed
	}
	if !t.open() {
		return t.release()
	}
	tag, err := t.conn.Exec(ctx, "COMMIT")
	if err == nil && tag.String() == "ROLLBACK" {
		err = pgx.ErrTxCommitRollback
	}
	if err != nil {
		return err
	}
	return t.release()
}

// Rollback ends the transaction, if it has not ended, and gives the connection back. One that cannot even do that is not
// used again: the pool closes it.
func (t *joinedTx) Rollback(ctx context.Context) error {
	if t.conn == nil {
		return pgx.ErrTxClosed
	}
	var err error
	if t.open() {
		_, err = t.conn.Exec(ctx, "ROLLBACK")
	}
	_ = t.release()
	return err
}

// open tells whether the server says that the connection is in a transaction, or whether nobody knows.
func (t *joinedTx) open() bool { return t.conn.Conn().PgConn().TxStatus() != idleTxStatus }

const idleTxStatus = 'I' // PostgreSQL's protocol, ReadyForQuery

func (t *joinedTx) release() error {
	t.conn.Release()
	t.conn = nil
	return nil
}
