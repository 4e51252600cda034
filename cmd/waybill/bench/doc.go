// Package bench measures the program beside its baseline: on this machine, on one PostgreSQL of its own with the
// product's durable settings, in one run. It drives the real server over HTTP and pgbench over the same socket, and ends
// with the check of every invariant, so that no figure stands that was bought with a broken book.
package bench
