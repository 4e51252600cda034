package db

import (
	"context"

	"github.com/jackc/pgx/v5/pgxpool"

	"waybill/db/internal/schema"
	"waybill/migrations"
)

// Migration is one file of the schema; its AppliedAt is zero while it is pending.
type Migration = schema.Migration

// Migrate applies the pending migrations in order and tells log about each, one sentence a call. Programs that start
// at the same time take turns. A statement that cannot have its table within seconds gives up; its migration then
// leaves nothing behind and is applied by the next call.
func Migrate(ctx context.Context, pool *pgxpool.Pool, log func(string)) error {
	return schema.Migrate(ctx, pool, migrations.FS, log)
}

// MigrationStatus lists the migrations in order, changing nothing.
func MigrationStatus(ctx context.Context, pool *pgxpool.Pool) ([]Migration, error) {
	return schema.Status(ctx, pool, migrations.FS)
}

// CheckSchema answers an error when the program must not run on the database: it names each pending migration and
// each index that an interrupted build left invalid. A schema newer than the program is accepted.
func CheckSchema(ctx context.Context, pool *pgxpool.Pool) error {
	return schema.Check(ctx, pool, migrations.FS)
}
