package simulated

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"waybill/shop"
)

// entry is one line of the books.
type entry struct {
	ref         string
	key         string
	kind        string
	charge      string // reference of the charge; of a charge itself its own
	failure     string // "" if it succeeded
	amount      shop.Amount
	fee         int64
	method      string
	description string
	at          time.Time
}

// outcome is the entry as the processor answers it.
func (e entry) outcome() shop.Outcome {
	if e.failure != "" {
		return shop.Outcome{State: shop.OutcomeDeclined, Ref: e.ref, Amount: e.amount, At: e.at, Reason: e.failure, Method: "card", CardLast4: cards[e.method].last4}
	}
	return shop.Outcome{
		State: shop.OutcomeSucceeded, Ref: e.ref, Amount: e.amount, At: e.at, Captured: e.kind == kindCapture, Method: "card", CardLast4: cards[e.method].last4,
	}
}

const entryColumns = `ref, request_key, kind, charge_ref, failure, currency, amount_minor, fee_minor, method, description, created_at`

type querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

func find(ctx context.Context, q querier, key string) (entry, error) {
	return scanEntry(q.QueryRow(ctx, `SELECT `+entryColumns+` FROM simulated_processor.transactions WHERE request_key = $1`, key))
}

func scanEntry(row pgx.Row) (entry, error) {
	var e entry
	err := row.Scan(&e.ref, &e.key, &e.kind, &e.charge, &e.failure, &e.amount.Currency, &e.amount.Minor, &e.fee, &e.method, &e.description, &e.at)
	return e, err
}

// enter adds an entry unless its key is there. Requests about one charge take turns at the charge's row, and a second
// request with the same key waits for the first at the key.
func enter(ctx context.Context, tx pgx.Tx, e entry, decide func(context.Context, pgx.Tx, entry) (string, error)) error {
	if e.charge != e.ref {
		if _, err := tx.Exec(ctx, `SELECT 1 FROM simulated_processor.transactions WHERE ref = $1 FOR UPDATE`, e.charge); err != nil {
			return err
		}
	}
	if _, err := find(ctx, tx, e.key); !errors.Is(err, pgx.ErrNoRows) {
		return err
	}
	var err error
	if e.failure, err = decide(ctx, tx, e); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO simulated_processor.transactions (`+entryColumns+`, status)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, CASE WHEN $5 = '' THEN 'succeeded' ELSE 'failed' END)
		ON CONFLICT (request_key) DO NOTHING`,
		e.ref, e.key, e.kind, e.charge, e.failure, e.amount.Currency, e.amount.Minor, e.fee, e.method, e.description, e.at)
	return err
}

// charge is where a charge stands: what it still holds and what it took and has not given back.
type charge struct {
	currency shop.Currency // "" if there is no such charge
	held     int64
	taken    int64
}

// readCharge adds up what happened to a charge. A void lets go of all that was held.
func readCharge(ctx context.Context, tx pgx.Tx, ref string) (charge, error) {
	var c charge
	err := tx.QueryRow(ctx, `
		SELECT coalesce(max(currency), ''),
		       coalesce(sum(CASE WHEN kind = 'authorization' THEN amount_minor WHEN kind = 'capture' AND ref <> charge_ref THEN -amount_minor END), 0)::bigint
		           * (1 - coalesce(max(CASE WHEN kind = 'void' THEN 1 END), 0)),
		       coalesce(sum(CASE kind WHEN 'capture' THEN amount_minor WHEN 'refund' THEN -amount_minor END), 0)::bigint
		FROM simulated_processor.transactions WHERE charge_ref = $1 AND status = 'succeeded'`, ref).Scan(&c.currency, &c.held, &c.taken)
	return c, err
}

// refuse says why an entry that needs its amount of what is there fails, "" if it does not.
func (c charge) refuse(e entry, there int64, tooMuch string) string {
	switch {
	case c.currency == "":
		return "there is no such charge"
	case c.currency != e.amount.Currency:
		return "the charge is in another currency"
	case e.amount.Minor <= 0:
		return "the amount must be above zero"
	case e.amount.Minor > there:
		return tooMuch
	}
	return ""
}
