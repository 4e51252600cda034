package bench

import (
	"encoding/json"
	"os"
	"time"
)

// Report is everything that a run found. Its JSON is for programs that compare runs.
type Report struct {
	Date     time.Time `json:"date"`
	Command  string    `json:"command"`
	Machine  Machine   `json:"machine"`
	Postgres Postgres  `json:"postgres"`
	// Notes say what limits the figures, such as a missing baseline or a busy machine.
	Notes []string `json:"notes"`
	// RowsPerOrder is what one order of two lines adds, by table, through Waybill and through the baseline alike.
	RowsPerOrder map[string]int64 `json:"rowsPerOrder"`
	Orders       []OrdersRow      `json:"orders"`
	Steady       []SteadyRow      `json:"steady"`
	Statements   []Statement      `json:"statements"`
	Flash        *Flash           `json:"flash"`
	Pages        []PageRow        `json:"pages"`
	FanOut       *FanOut          `json:"fanOut"`
	Mixed        []MixedRow       `json:"mixed"`
	Beside       []MixedRow       `json:"beside"`
	CalmRate     float64          `json:"calmRate"` // of the checkouts a second that come by a clock beside work on whole tables
	Expiry       *Expiry          `json:"expiry"`
	Hunt         *Hunt            `json:"hunt"`
	Alternatives []Alternative    `json:"alternatives"`
	// MemoryBytes is the most that the server had resident while orders were placed.
	MemoryBytes int64    `json:"serverMemoryBytes"`
	Targets     []Target `json:"targets"`
	// NotMeasured gives, for scenarios without figures, the reason.
	NotMeasured map[string]string `json:"notMeasured"`
	// Deadlocks is how many PostgreSQL resolved in the whole run.
	Deadlocks int64 `json:"deadlocks"`
	// Broken lists the invariants of the books that do not hold at the end.
	Broken   []string `json:"broken"`
	Verified int      `json:"invariantsChecked"`
}

// Machine is where the figures come from.
type Machine struct {
	CPU         string  `json:"cpu"`
	Cores       int     `json:"cores"`
	MemoryBytes int64   `json:"memoryBytes"`
	Kernel      string  `json:"kernel"`
	Load1       float64 `json:"load1"` // before the run: other work on the machine
	Disk        string  `json:"disk"`  // the kind of file system under the data
	// FsyncMicros is the median time that the disk takes to keep 8 KiB for good, which bounds commits one after another.
	FsyncMicros  float64 `json:"fsyncMicros"`
	DividedAmong string  `json:"processorsDividedAmong"` // processes, or sessions first
}

// Postgres is the server and the settings that decide what a figure is worth.
type Postgres struct {
	Version  string            `json:"version"`
	Settings map[string]string `json:"settings"`
}

// OrdersRow is one shape at one number of clients: the baseline and Waybill, one after the other.
type OrdersRow struct {
	Shape    string `json:"shape"`
	Clients  int    `json:"clients"`
	Baseline *Load  `json:"baseline"` // nil: pgbench is not there
	Waybill  Load   `json:"waybill"`
	// Ratio is Waybill's rate over the baseline's, 0 without one.
	Ratio        float64 `json:"ratio"`
	BaselineCost Cost    `json:"baselineCost"`
	Cost         Cost    `json:"cost"`
}

// SteadyRow is an open loop at a part of the rate that a closed one reached.
type SteadyRow struct {
	Shape string  `json:"shape"`
	Rate  float64 `json:"rate"`
	Load
}

// Statement is what one statement of the placing transaction took under load.
type Statement struct {
	Name     string  `json:"name"`
	PerOrder float64 `json:"perOrder"` // calls
	MeanMs   float64 `json:"meanMs"`
	Share    float64 `json:"share"` // of the time of all statements
}

// write stores the report as JSON.
func (r Report) write(path string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}
