package dbtest

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"waybill/db/embedded"
)

// keptTemplates is how many templates survive a restart of the server: some branches' worth.
const keptTemplates = 5

// prepare clears what killed tests left behind and lets tests switch triggers and foreign keys off, which is how
// they break what the schema keeps whole.
func prepare(ctx context.Context, server *embedded.Server) error {
	admin, err := pgx.Connect(ctx, server.AdminURL())
	if err != nil {
		return fmt.Errorf("prepare the test server: %w", err)
	}
	defer admin.Close(ctx)
	rows, err := admin.Query(ctx, `
		SELECT datname FROM pg_database WHERE datname LIKE $1 || '%' OR datname LIKE $2 || '%\_unfinished'
		UNION ALL
		(SELECT datname FROM pg_database WHERE datname LIKE $2 || '%' ORDER BY oid DESC OFFSET $3)`,
		escapeLike(clonePrefix), escapeLike(templatePrefix), keptTemplates)
	if err != nil {
		return fmt.Errorf("prepare the test server: %w", err)
	}
	stale, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("prepare the test server: %w", err)
	}
	statements := []string{"GRANT SET ON PARAMETER session_replication_role TO waybill"}
	for _, name := range stale {
		statements = append(statements, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)")
	}
	for _, statement := range statements {
		if _, err := admin.Exec(ctx, statement); err != nil {
			return fmt.Errorf("prepare the test server: %w", err)
		}
	}
	return nil
}

func escapeLike(s string) string { return strings.ReplaceAll(s, "_", `\_`) }
