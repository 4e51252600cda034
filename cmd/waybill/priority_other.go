//go:build !linux

package main

import "github.com/jackc/pgx/v5/pgconn"

// yieldToOthers would give the lowest priority to the server process behind a connection; only on Linux is it known which one
// that is.
func yieldToOthers(*pgconn.PgConn) {}
