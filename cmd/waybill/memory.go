package main

import (
	"os"
	"runtime/debug"
)

// heapGrowth is how many percent the heap may grow before it is cleaned up. Requests live for milliseconds and little
// outlives them, so Go's own 100 makes a server that uses 50 MB clean up for a third of its time (measured, see
// docs/benchmarks.md).
const heapGrowth = 400

// useMemory lets the server spend memory to save time, unless the operator decided otherwise.
func useMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(heapGrowth)
	}
}
