package dbtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"waybill/db/internal/schema"
	"waybill/migrations"
)

const (
	// cloneStrategy copies the template's files instead of logging each page.
	cloneStrategy = "FILE_COPY"
	// templateLock makes test processes take turns in building a template. It is an arbitrary constant.
	templateLock = 5_518_220_043
)

// ensureTemplate answers the name of a database that has today's schema, building it when it is missing. The name
// holds a hash of the migrations, so a changed migration has a template of its own.
func ensureTemplate(ctx context.Context, serverURL string) (string, error) {
	name, err := templateName(migrations.FS)
	if err != nil {
		return "", err
	}
	conn, err := pgx.Connect(ctx, serverURL)
	if err != nil {
		return "", fmt.Errorf("connect: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx)) // which also releases the lock
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", int64(templateLock)); err != nil {
		return "", fmt.Errorf("wait for another process that builds it: %w", err)
	}
	var found bool
	err = conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name).Scan(&found)
	if err != nil || found {
		return name, err
	}
	return name, buildTemplate(ctx, conn, serverURL, name)
}

// buildTemplate migrates a database under another name and renames it when it is whole.
func buildTemplate(ctx context.Context, conn *pgx.Conn, serverURL, name string) error {
	unfinished := name + "_unfinished"
	for _, statement := range []string{
		"DROP DATABASE IF EXISTS " + unfinished + " WITH (FORCE)",
		"CREATE DATABASE " + unfinished + " TEMPLATE template0",
	} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return err
		}
	}
	pool, err := pgxpool.New(ctx, withDatabase(serverURL, unfinished))
	if err != nil {
		return err
	}
	err = schema.Migrate(ctx, pool, migrations.FS, func(string) {})
	pool.Close()
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, "ALTER DATABASE "+unfinished+" RENAME TO "+name)
	return err
}

func templateName(files fs.FS) (string, error) {
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return "", fmt.Errorf("list the migrations: %w", err)
	}
	hash := sha256.New()
	for _, name := range names {
		content, err := fs.ReadFile(files, name)
		if err != nil {
			return "", fmt.Errorf("read the migrations: %w", err)
		}
		fmt.Fprintf(hash, "%s %d\n%s", name, len(content), content)
	}
	return templatePrefix + hex.EncodeToString(hash.Sum(nil))[:16], nil
}
