//go:build !linux

package main

import (
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// backend would be a server process of PostgreSQL on this machine; only on Linux is it known which one that is.
type backend struct{}

func backendOf(*pgconn.PgConn) (_ backend, postmaster int, ok bool) { return backend{}, 0, false }
func backendAt(int) (_ backend, ok bool)                            { return backend{}, false }
func vacuums(int) []int                                             { return nil }
func reading(b backend) givesWay                                    { return b }

func (backend) beganLowest() bool                  { return false }
func (backend) giveWay()                           {}
func (backend) hurry()                             {}
func (backend) pulse() (ran, waited time.Duration) { return 0, 0 }
