package db

import (
	"context"
	"slices"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// loadReplays reads what is stored under the keys of the open entries.
func (g *placing) loadReplays(ctx context.Context, tx sqlc.DBTX) (err error) {
	g.replays, err = knownKeys(ctx, g.q, tx, g.open)
	return err
}

// replay answers the entries whose key is known.
func (g *placing) replay() {
	g.open = slices.DeleteFunc(g.open, g.answerKnown)
}

// replayRefused answers the entries that were refused after another group, of this program or another, committed the
// same request: what it took is why they were refused. Whoever asks twice at once gets one answer.
func (g *placing) replayRefused(ctx context.Context) (err error) {
	if len(g.refused) == 0 {
		return nil
	}
	g.replays, err = knownKeys(ctx, g.q, g.tx, g.refused)
	for _, e := range g.refused {
		g.answerKnown(e)
	}
	return err
}

func knownKeys(ctx context.Context, q *sqlc.Queries, tx sqlc.DBTX, entries []*placingEntry) (map[[2]string]sqlc.PlacingReplaysRow, error) {
	var asked sqlc.PlacingReplaysParams
	for _, e := range entries {
		asked.Scopes = append(asked.Scopes, e.command.Key.Scope)
		asked.Keys = append(asked.Keys, e.command.Key.Key)
	}
	rows, err := q.PlacingReplays(ctx, tx, asked)
	known := make(map[[2]string]sqlc.PlacingReplaysRow, len(rows))
	for _, row := range rows {
		known[[2]string{row.Scope, row.Key}] = row
	}
	return known, err
}

// answerKnown answers an entry with what is stored under its key, if anything is.
func (g *placing) answerKnown(e *placingEntry) bool {
	row, ok := g.replays[[2]string{e.command.Key.Scope, e.command.Key.Key}]
	if ok {
		g.answers[e.at].placed, g.answers[e.at].err = replayed[shop.PlacedCheckout](e.command.Key, row.RequestHash, row.Result)
		g.answers[e.at].placed.Replayed = true
	}
	return ok
}
