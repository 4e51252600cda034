package main

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// demoPassword opens every demo account. The demo is for a machine of one's own; it
// is never loaded without --demo.
const demoPassword = "demo"

// demoAccounts are the demo's people, one for each role, and where their work is.
var demoAccounts = []struct{ email, does string }{
	{"customer@demo.test", "buys, and looks orders up"},
	{"merchant@demo.test", "picks, packs and ships"},
	{"finance@demo.test", "checks payments"},
	{"support@demo.test", "reads timelines"},
	{"admin@demo.test", "runs it all"},
}

func printDemoSignIns(out io.Writer) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "Sign in as")
	for _, account := range demoAccounts {
		_, _ = fmt.Fprintf(table, "  %s\t%s\n", account.email, account.does)
	}
	_, _ = fmt.Fprintf(table, "with the password %s\n", demoPassword)
	return table.Flush()
}
