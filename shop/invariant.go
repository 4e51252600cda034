package shop

import "time"

// MaxInvariantExamples is how many broken cases a report names; the count goes on.
const MaxInvariantExamples = 20

// InvariantResult says whether one rule of the books holds at the moment of the check.
type InvariantResult struct {
	Name     string // snake_case, stable: scripts may rely on it
	Says     string // the rule, in one sentence
	Broken   int64  // cases that break it; 0 is good
	Examples []string
	Took     time.Duration
}

// OK tells whether the rule holds.
func (r InvariantResult) OK() bool { return r.Broken == 0 }
