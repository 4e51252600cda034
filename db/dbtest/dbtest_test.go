package dbtest_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"waybill/db/dbtest"
)

func TestEachTestHasItsOwnDatabase(t *testing.T) {
	t.Parallel()
	first, second := dbtest.New(t), dbtest.New(t)
	mustExec(t, first, "CREATE TABLE only_here (id int)")
	var found bool
	if err := second.QueryRow(t.Context(), "SELECT to_regclass('only_here') IS NOT NULL").Scan(&found); err != nil {
		t.Fatal(err)
	}
	if found {
		t.Error("a table of one test's database shows up in another's")
	}
}

func TestTheSchemaIsThere(t *testing.T) {
	t.Parallel()
	var migrations int
	err := dbtest.New(t).QueryRow(t.Context(), "SELECT count(*) FROM goose_db_version WHERE version_id > 0").Scan(&migrations)
	if err != nil {
		t.Fatal(err)
	}
	if migrations == 0 {
		t.Error("no migration is applied")
	}
}

func TestEmptyURLHasNoTables(t *testing.T) {
	t.Parallel()
	conn := connect(t, dbtest.EmptyURL(t))
	var tables int
	err := conn.QueryRow(t.Context(), "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").Scan(&tables)
	if err != nil {
		t.Fatal(err)
	}
	if tables != 0 {
		t.Errorf("an empty database has %d tables", tables)
	}
}

func TestTheDatabaseIsGoneAfterTheTest(t *testing.T) { //nolint:tparallel // its subtest is waited for
	t.Parallel()
	var name string
	t.Run("a test that leaves its connection open", func(t *testing.T) {
		config, err := pgx.ParseConfig(dbtest.URL(t))
		if err != nil {
			t.Fatal(err)
		}
		name = config.Database
		if _, err := pgx.ConnectConfig(t.Context(), config); err != nil {
			t.Fatal(err)
		}
	})
	var found bool
	err := connect(t, dbtest.EmptyURL(t)).QueryRow(t.Context(),
		"SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name).Scan(&found)
	if err != nil {
		t.Fatal(err)
	}
	if found {
		t.Errorf("the database %s outlived its test", name)
	}
}

func TestTestsMaySwitchTriggersOff(t *testing.T) {
	t.Parallel()
	mustExec(t, dbtest.New(t), "SET session_replication_role = replica")
}

func mustExec(t *testing.T, pool *pgxpool.Pool, statement string) {
	t.Helper()
	if _, err := pool.Exec(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

func connect(t *testing.T, address string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	return conn
}
