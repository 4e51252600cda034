package db

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"waybill/shop"
)

// invariant is a rule of the books and the query that finds what breaks it: rows of (subject, what is wrong).
type invariant struct {
	name  string
	says  string
	query string
}

// Verify checks every invariant, each in a snapshot of its own, so that orders placed meanwhile confuse nothing. One snapshot
// for all would be held for minutes on large books, and as long nothing could be cleaned up behind the counters that
// every checkout changes. It reads whole tables and is meant for operators and nightly jobs. Broken rules are results,
// not errors.
func (s *Store) Verify(ctx context.Context) ([]shop.InvariantResult, error) {
	var results []shop.InvariantResult
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		results = nil
		if _, err := tx.Exec(ctx, "SET TRANSACTION ISOLATION LEVEL READ COMMITTED READ ONLY"); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "SET LOCAL statement_timeout = 0"); err != nil {
			return err
		}
		for _, rule := range invariants {
			result, err := check(ctx, tx, rule)
			if err != nil {
				return fmt.Errorf("invariant %s: %w", rule.name, err)
			}
			results = append(results, result)
		}
		return nil
	})
	return results, err
}

func check(ctx context.Context, tx pgx.Tx, rule invariant) (shop.InvariantResult, error) {
	start := time.Now()
	result := shop.InvariantResult{Name: rule.name, Says: rule.says}
	rows, err := tx.Query(ctx, "SELECT subject::text, wrong::text, count(*) OVER () FROM ("+rule.query+") AS broken (subject, wrong) LIMIT $1", shop.MaxInvariantExamples)
	if err != nil {
		return result, err
	}
	var subject, wrong string
	_, err = pgx.ForEachRow(rows, []any{&subject, &wrong, &result.Broken}, func() error {
		result.Examples = append(result.Examples, subject+": "+wrong)
		return nil
	})
	result.Took = time.Since(start)
	return result, err
}
