package simulated

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"waybill/shop"
)

// recordPage is how many transactions are read at once.
const recordPage = 1000

// Transactions is the processor's record of the money that it moved in [from, until), oldest first.
func (p *Processor) Transactions(ctx context.Context, from, until time.Time) iter.Seq2[shop.ProviderTransaction, error] {
	return func(yield func(shop.ProviderTransaction, error) bool) {
		after := cursor{at: from}
		for {
			page, err := p.page(ctx, after, until)
			if err != nil {
				yield(shop.ProviderTransaction{}, fmt.Errorf("simulated processor: record: %w", err))
				return
			}
			for _, t := range page {
				if !yield(t, nil) {
					return
				}
			}
			if len(page) < recordPage {
				return
			}
			last := page[len(page)-1]
			after = cursor{last.At, last.Ref}
		}
	}
}

// cursor is where a page begins: after this transaction. No reference is below "".
type cursor struct {
	at  time.Time
	ref string
}

func (p *Processor) page(ctx context.Context, after cursor, until time.Time) ([]shop.ProviderTransaction, error) {
	rows, err := p.pool.Query(ctx, `SELECT `+entryColumns+` FROM simulated_processor.transactions
		WHERE created_at >= $1 AND (created_at, ref) > ($1, $2) AND created_at < $3 AND status = 'succeeded' AND kind IN ('capture', 'refund')
		ORDER BY created_at, ref LIMIT $4`, after.at, after.ref, until, recordPage)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (shop.ProviderTransaction, error) {
		e, err := scanEntry(row)
		return shop.ProviderTransaction{
			Ref: e.ref, Charge: e.charge, Key: e.key, Kind: shop.TransactionKind(e.kind), Currency: e.amount.Currency, AmountMinor: e.amount.Minor,
			FeeMinor: e.fee, At: e.at.UTC(), Description: e.description,
		}, err
	})
}

// The demo shows books that do not match, so the record can be written by hand here, as no real processor allows. None
// of it is reached by a request.

// Enter writes transactions into the record as they are, for a demo's past. A capture whose Charge is its own Ref is a
// direct charge. A reference or key that is there already is left as it is; the number of new ones is returned.
func (p *Processor) Enter(ctx context.Context, transactions []shop.ProviderTransaction) (int64, error) {
	batch := &pgx.Batch{}
	var entered int64
	for _, t := range transactions {
		batch.Queue(`INSERT INTO simulated_processor.transactions (`+entryColumns+`, status)
			VALUES ($1, $2, $3, $4, '', $5, $6, $7, $8, $9, $10, 'succeeded') ON CONFLICT DO NOTHING`,
			t.Ref, t.Key, string(t.Kind), t.Charge, string(t.Currency), t.AmountMinor, t.FeeMinor, TokenOK, t.Description, t.At,
		).Exec(func(tag pgconn.CommandTag) error {
			entered += tag.RowsAffected()
			return nil
		})
	}
	if err := p.pool.SendBatch(ctx, batch).Close(); err != nil {
		return entered, fmt.Errorf("simulated processor: enter: %w", err)
	}
	return entered, nil
}

// Misstate makes the record of one transaction say another amount than what was asked for and answered.
func (p *Processor) Misstate(ctx context.Context, ref string, amountMinor int64) error {
	return p.change(ctx, `UPDATE simulated_processor.transactions SET amount_minor = $2 WHERE ref = $1`, ref, amountMinor)
}

// Forget removes one transaction from the record: money that we booked and the processor does not know.
func (p *Processor) Forget(ctx context.Context, ref string) error {
	return p.change(ctx, `DELETE FROM simulated_processor.transactions WHERE ref = $1`, ref)
}

func (p *Processor) change(ctx context.Context, sql string, args ...any) error {
	tag, err := p.pool.Exec(ctx, sql, args...)
	if err == nil && tag.RowsAffected() == 0 {
		return shop.NotFound("transaction")
	}
	return err
}
