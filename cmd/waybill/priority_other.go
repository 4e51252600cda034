//go:build !linux

package main

import (
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// backend would be a server process of PostgreSQL on this machine; only on Linux is it known which one that is.
type backend struct{}

func backendOf(*pgconn.PgConn) (_ backend, ok bool) { return backend{}, false }

func (backend) yield()                       {}
func (backend) giveWay()                     {}
func (backend) hurry()                       {}
func (backend) pulse() (time.Duration, bool) { return 0, false }
