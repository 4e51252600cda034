package main

import (
	"os"
	"runtime"
	"runtime/debug"
)

const (
	// heapGrowth is how many percent the heap may grow before it is cleaned up. Requests live for milliseconds and little
	// outlives them, so Go's own 100 makes a server that uses 50 MB clean up for a third of its time (measured, see
	// docs/benchmarks.md).
	heapGrowth = 400
	// softLimit, in bytes, is from where on the server cleans up more often instead: thousands of open connections live
	// long, and five times what they take is much.
	softLimit = 384 << 20
)

// useMemory lets the server spend memory to save time, unless the operator decided otherwise.
func useMemory() {
	runtime.MemProfileRate = 0 // who allocates what is sampled for a profile that the server offers nobody
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(heapGrowth)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(softLimit)
	}
}
