package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"waybill/db"
	"waybill/shop"
)

type verifyCmd struct {
	JSON bool `name:"json" help:"Print the results as JSON."`
}

// Run checks every invariant of the books. It fails when one is broken, after naming each.
func (c verifyCmd) Run(ctx context.Context, a *app) error {
	return a.withDatabase(ctx, func(ctx context.Context, d *database) error {
		if err := db.CheckSchema(ctx, d.main); err != nil {
			return err
		}
		store, err := db.NewStore(ctx, d.report)
		if err != nil {
			return err
		}
		results, err := store.Verify(ctx)
		if err != nil {
			return err
		}
		if c.JSON {
			err = printVerifyJSON(a, results)
		} else {
			err = printVerify(a, results)
		}
		if broken := countBroken(results); err == nil && broken > 0 {
			err = fmt.Errorf("%d of %d invariants are broken", broken, len(results))
		}
		return err
	})
}

func countBroken(results []shop.InvariantResult) int {
	broken := 0
	for _, r := range results {
		if !r.OK() {
			broken++
		}
	}
	return broken
}

func printVerify(a *app, results []shop.InvariantResult) error {
	var took time.Duration
	for _, r := range results {
		took += r.Took
		if r.OK() {
			_, _ = fmt.Fprintf(a.stdout, "ok      %s\n", r.Name)
			continue
		}
		_, _ = fmt.Fprintf(a.stdout, "BROKEN  %s: %d cases. %s\n", r.Name, r.Broken, r.Says)
		for _, example := range r.Examples {
			_, _ = fmt.Fprintf(a.stdout, "        %s\n", example)
		}
	}
	_, err := fmt.Fprintf(a.stdout, "%d of %d invariants hold (%s)\n", len(results)-countBroken(results), len(results), took.Round(time.Millisecond))
	return err
}

// verifyReport is the JSON form; names are stable.
type verifyReport struct {
	OK         bool          `json:"ok"`
	Invariants []verifyEntry `json:"invariants"`
}

type verifyEntry struct {
	Name     string   `json:"name"`
	Says     string   `json:"says"`
	OK       bool     `json:"ok"`
	Broken   int64    `json:"broken"`
	Examples []string `json:"examples"`
	TookMs   int64    `json:"tookMs"`
}

func printVerifyJSON(a *app, results []shop.InvariantResult) error {
	report := verifyReport{OK: countBroken(results) == 0, Invariants: []verifyEntry{}}
	for _, r := range results {
		entry := verifyEntry{Name: r.Name, Says: r.Says, OK: r.OK(), Broken: r.Broken, Examples: r.Examples, TookMs: r.Took.Milliseconds()}
		if entry.Examples == nil {
			entry.Examples = []string{}
		}
		report.Invariants = append(report.Invariants, entry)
	}
	out := json.NewEncoder(a.stdout)
	out.SetIndent("", "  ")
	return out.Encode(report)
}
