// Package dbtest gives every test a PostgreSQL database of its own, with the schema in place and nothing else in it.
//
// All tests of one user share one server. It is started by the first test that needs it and stops by itself when no
// test has used it for a while, so there is nothing to install, start or clean up. WAYBILL_TEST_DATABASE_URL names
// another server to use instead; its user must be allowed to create databases.
package dbtest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	// URLVariable is the environment variable that names another server for the tests.
	URLVariable = "WAYBILL_TEST_DATABASE_URL"

	clonePrefix    = "waybill_test_"
	templatePrefix = "waybill_template_"
	poolSize       = 10 // connections of one test's pool; hundreds of tests share the server's
	dropTimeout    = 30 * time.Second
)

// New answers a pool on a database of the test's own. Both are gone when the test ends.
func New(tb testing.TB) *pgxpool.Pool {
	tb.Helper()
	config, err := pgxpool.ParseConfig(URL(tb))
	if err != nil {
		tb.Fatalf("dbtest: parse the URL of the test's database: %v", err)
	}
	config.MaxConns = poolSize
	pool, err := pgxpool.NewWithConfig(tb.Context(), config)
	if err != nil {
		tb.Fatalf("dbtest: open a pool: %v", err)
	}
	tb.Cleanup(pool.Close)
	return pool
}

// URL answers the connection URL of a database of the test's own, which is gone when the test ends, connections and
// all.
func URL(tb testing.TB) string {
	tb.Helper()
	return clone(tb, true)
}

// EmptyURL is URL for a database without the schema.
func EmptyURL(tb testing.TB) string {
	tb.Helper()
	return clone(tb, false)
}

var cloneCount atomic.Int64

func clone(tb testing.TB, withSchema bool) string {
	tb.Helper()
	server, err := sharedServer()
	if err != nil {
		tb.Fatalf("dbtest: %v", err)
	}
	name := fmt.Sprintf("%s%d_%d_%d", clonePrefix, os.Getpid(), time.Now().UnixNano(), cloneCount.Add(1))
	template := "template0"
	if withSchema {
		template = server.template
	}
	if err := server.exec(tb.Context(), "CREATE DATABASE "+name+" TEMPLATE "+template+" STRATEGY "+cloneStrategy); err != nil {
		tb.Fatalf("dbtest: create the test's database: %v", err)
	}
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), dropTimeout) // the test's own has ended
		defer cancel()
		if err := server.exec(ctx, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
			tb.Errorf("dbtest: drop the test's database: %v", err)
		}
	})
	return withDatabase(server.url, name)
}

// testServer is the server that this process's tests use.
type testServer struct {
	url        string   // of the database that is connected to for creating others
	template   string   // the database that has the schema
	membership *os.File // its lock says that this process uses the server; nil for a server that is not ours
}

// sharedServer finds or starts the server once a process.
var sharedServer = sync.OnceValues(func() (testServer, error) {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	server := testServer{url: os.Getenv(URLVariable)}
	if server.url == "" {
		var err error
		if server.url, server.membership, err = join(ctx); err != nil {
			return server, fmt.Errorf("start the test server: %w", err)
		}
	}
	var err error
	if server.template, err = ensureTemplate(ctx, server.url); err != nil {
		return server, fmt.Errorf("prepare the template database: %w", err)
	}
	return server, nil
})

// exec runs one statement on a connection of its own: creating a database may not run inside a transaction, and a
// pool would hold connections that tests need.
func (s testServer) exec(ctx context.Context, statement string) error {
	conn, err := pgx.Connect(ctx, s.url)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	_, err = conn.Exec(ctx, statement)
	return err
}

// withDatabase answers the URL with another database in it.
func withDatabase(connection, database string) string {
	u, err := url.Parse(connection)
	if err != nil || !strings.HasPrefix(u.Scheme, "postgres") {
		panic("dbtest: " + URLVariable + " must be a postgres:// URL")
	}
	u.Path = "/" + database
	return u.String()
}
