package db

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// How scans make room for people who buy. A process that computes without a pause is in the way of a checkout even at the
// lowest priority: the system looks up only every few milliseconds who else is waiting. Rests make its stretches of work
// short (measured, see docs/benchmarks.md).
const (
	scanRows = 1000 // between two rests, on average: about a millisecond
	scanRest = 5 * time.Millisecond
)

// scanRests is true, and sometimes takes its time. NullTest is what PostgreSQL expects to be true of nearly every row.
var scanRests = fmt.Sprintf("pg_sleep(CASE WHEN random() < %g THEN %g ELSE 0 END) IS NOT NULL", 1.0/scanRows, scanRest.Seconds())

// scanned finds what a query reads from. Keywords are in capitals, so what follows a name in small letters is its alias.
var scanned = regexp.MustCompile(`\b(FROM|JOIN) ([a-z_]+)\b( [a-z]+\b)?`)

// gently makes a query rest while it scans tables, if many people buy at the moment.
func (s *Store) gently(ctx context.Context, tx pgx.Tx, query string) (string, error) {
	rush, err := s.inRush(ctx, tx)
	if err != nil || !rush {
		return query, err
	}
	rows, err := tx.Query(ctx, "SELECT relname::text FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace")
	if err != nil {
		return "", err
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	return restful(query, tables), err
}

// restful is the query with rests in all its scans of these tables.
func restful(query string, tables []string) string {
	return scanned.ReplaceAllStringFunc(query, func(from string) string {
		part := scanned.FindStringSubmatch(from)
		word, table, alias := part[1], part[2], part[3]
		if !slices.Contains(tables, table) {
			return from
		}
		if alias == "" {
			alias = " " + table
		}
		return fmt.Sprintf("%s (SELECT * FROM %s WHERE %s)%s", word, table, scanRests, alias)
	})
}
