package schema_test

import (
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5/pgxpool"

	"waybill/db/dbtest"
	"waybill/db/internal/schema"
	"waybill/migrations"
)

const (
	createShelf = "-- +goose Up\nCREATE TABLE shelf (id int CONSTRAINT shelf_pkey PRIMARY KEY);\n-- +goose Down\nDROP TABLE shelf;\n"
	fillShelf   = "-- +goose Up\nINSERT INTO shelf VALUES (1);\n-- +goose Down\nDELETE FROM shelf;\n"
	breakShelf  = "-- +goose Up\nINSERT INTO shelf VALUES (2);\nINSERT INTO shelf VALUES (1);\n-- +goose Down\nSELECT 1;\n"
)

func files(contents ...string) fstest.MapFS {
	names := []string{"0001_shelf.sql", "0002_fill.sql", "0003_more.sql"}
	all := fstest.MapFS{}
	for i, content := range contents {
		all[names[i]] = &fstest.MapFile{Data: []byte(content)}
	}
	return all
}

func emptyPool(t *testing.T) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), dbtest.EmptyURL(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

func mustMigrate(t *testing.T, pool *pgxpool.Pool, all fstest.MapFS) []string {
	t.Helper()
	var told []string
	if err := schema.Migrate(t.Context(), pool, all, func(line string) { told = append(told, line) }); err != nil {
		t.Fatal(err)
	}
	return told
}

func count(t *testing.T, pool *pgxpool.Pool, query string) (n int) {
	t.Helper()
	if err := pool.QueryRow(t.Context(), query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestMigrateAppliesWhatIsPending(t *testing.T) {
	t.Parallel()
	pool := emptyPool(t)
	if told := mustMigrate(t, pool, files(createShelf)); len(told) != 1 || !strings.HasPrefix(told[0], "applied 0001_shelf.sql in ") {
		t.Errorf("it tells %q", told)
	}
	if told := mustMigrate(t, pool, files(createShelf, fillShelf)); len(told) != 1 || !strings.Contains(told[0], "0002_fill.sql") {
		t.Errorf("it tells %q", told)
	}
	if told := mustMigrate(t, pool, files(createShelf, fillShelf)); len(told) != 0 {
		t.Errorf("with nothing to do it tells %q", told)
	}
	if n := count(t, pool, "SELECT count(*) FROM shelf"); n != 1 {
		t.Errorf("shelf has %d rows", n)
	}
}

func TestProgramsThatMigrateAtOnceTakeTurns(t *testing.T) {
	t.Parallel()
	pool := emptyPool(t)
	const programs = 6
	mustMigrate(t, pool, files(createShelf))
	slow := files(createShelf, strings.Replace(fillShelf, "INSERT", "SELECT pg_sleep(0.3);\nINSERT", 1)) // so that all meet
	var wait sync.WaitGroup
	for range programs {
		wait.Go(func() {
			if err := schema.Migrate(t.Context(), pool, slow, func(string) {}); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if n := count(t, pool, "SELECT count(*) FROM shelf"); n != 1 {
		t.Errorf("the file that fills the shelf was applied %d times", n)
	}
}

func TestAFailingMigrationLeavesNothingOfItself(t *testing.T) {
	t.Parallel()
	pool := emptyPool(t)
	var told []string
	err := schema.Migrate(t.Context(), pool, files(createShelf, fillShelf, breakShelf), func(line string) { told = append(told, line) })
	if err == nil || !strings.Contains(err.Error(), "0003_more.sql") || !strings.Contains(err.Error(), "shelf_pkey") {
		t.Errorf("the error is %v", err)
	}
	if len(told) != 2 {
		t.Errorf("it tells %q", told)
	}
	if n := count(t, pool, "SELECT count(*) FROM shelf"); n != 1 {
		t.Errorf("shelf has %d rows", n)
	}
}

func TestAMigrationDoesNotQueueBehindALongTransaction(t *testing.T) {
	t.Parallel()
	pool := emptyPool(t)
	mustMigrate(t, pool, files(createShelf))
	reader, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Rollback(t.Context())
	if _, err := reader.Exec(t.Context(), "SELECT FROM shelf"); err != nil {
		t.Fatal(err)
	}
	alter := "-- +goose Up\nALTER TABLE shelf ADD note text;\n-- +goose Down\nSELECT 1;\n"
	err = schema.Migrate(t.Context(), pool, files(createShelf, alter), func(string) {})
	if err == nil || !strings.Contains(err.Error(), "55P03") {
		t.Errorf("it waited for the reader: %v", err)
	}
}

func TestStatusChangesNothing(t *testing.T) {
	t.Parallel()
	pool := emptyPool(t)
	all := files(createShelf, fillShelf)
	list, err := schema.Status(t.Context(), pool, all)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 2 || !list[0].Pending() || list[0].Name != "0001_shelf.sql" || list[1].Version != 2 {
		t.Errorf("before: %+v", list)
	}
	if n := count(t, pool, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"); n != 0 {
		t.Errorf("looking made %d tables", n)
	}
	mustMigrate(t, pool, files(createShelf))
	if list, err = schema.Status(t.Context(), pool, all); err != nil {
		t.Fatal(err)
	}
	if list[0].Pending() || !list[1].Pending() {
		t.Errorf("after the first: %+v", list)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	all := files(createShelf, fillShelf)
	for name, test := range map[string]struct {
		apply     fstest.MapFS
		statement string
		want      []string // nil: the program may run
	}{
		"all applied":    {all, "SELECT 1", nil},
		"newer than we":  {files(createShelf, fillShelf, "-- +goose Up\nSELECT 1;\n-- +goose Down\nSELECT 1;\n"), "SELECT 1", nil},
		"one is missing": {files(createShelf), "SELECT 1", []string{"waybill migrate up", "0002_fill.sql"}},
		// What a cancelled CREATE INDEX CONCURRENTLY leaves; ON ONLY is the way to it without a cancellation.
		"an invalid index": {all, `CREATE TABLE part (id int) PARTITION BY RANGE (id);
			CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (1) TO (2);
			CREATE INDEX part_id_idx ON ONLY part (id)`, []string{"part_id_idx", "REINDEX"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pool := emptyPool(t)
			mustMigrate(t, pool, test.apply)
			if _, err := pool.Exec(t.Context(), test.statement); err != nil {
				t.Fatal(err)
			}
			err := schema.Check(t.Context(), pool, all)
			if (err == nil) != (test.want == nil) {
				t.Fatalf("Check answers %v", err)
			}
			for _, part := range test.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q is missing from %v", part, err)
				}
			}
		})
	}
}

func TestAnEmptyDatabaseIsNotReady(t *testing.T) {
	t.Parallel()
	err := schema.Check(t.Context(), emptyPool(t), migrations.FS)
	if err == nil || !strings.Contains(err.Error(), "0001_") {
		t.Errorf("Check answers %v", err)
	}
}

func TestTheProductsOwnSchemaIsWhole(t *testing.T) {
	t.Parallel()
	if err := schema.Check(t.Context(), dbtest.New(t), migrations.FS); err != nil {
		t.Error(err)
	}
}
