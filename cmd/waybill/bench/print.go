package bench

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// table prints rows as a Markdown table whose columns also stand in line on a terminal. The first column is text.
func table(out io.Writer, rows [][]string) {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	line := func(row []string) {
		for i, cell := range row {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i == 0 {
				cell += pad
			} else {
				cell = pad + cell
			}
			_, _ = fmt.Fprint(out, "| ", cell, " ")
		}
		_, _ = fmt.Fprintln(out, "|")
	}
	rules := make([]string, len(widths))
	for i, width := range widths {
		rules[i] = strings.Repeat("-", width-min(i, 1)) + strings.Repeat(":", min(i, 1)) // numbers to the right
	}
	line(rows[0])
	line(rules)
	for _, row := range rows[1:] {
		line(row)
	}
}

func heading(out io.Writer, text string) { _, _ = fmt.Fprintf(out, "\n### %s\n\n", text) }

// amount writes a number as a person would: three significant digits, thousands apart.
func amount(f float64) string {
	switch {
	case f == 0:
		return "–"
	case math.Abs(f) < 10:
		return strconv.FormatFloat(f, 'f', 2, 64)
	case math.Abs(f) < 100:
		return strconv.FormatFloat(f, 'f', 1, 64)
	}
	return count(int64(math.Round(f)))
}

// count writes a whole number, thousands apart.
func count(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for at := len(digits) - 3; at > 0 && digits[at-1] != '-'; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}

func printEnvironment(r Report, out io.Writer) {
	m := r.Machine
	_, _ = fmt.Fprintf(out, "Measured on %s by `%s`.\n\n", r.Date.Format(time.RFC1123), r.Command)
	_, _ = fmt.Fprintf(out, "- Machine: %s, %d cores, %.1f GB, Linux %s, load %.2f; server, database and load share it\n", m.CPU, m.Cores, float64(m.MemoryBytes)/1e9, m.Kernel, m.Load1)
	_, _ = fmt.Fprintf(out, "- Processors are divided among %s\n", m.DividedAmong)
	_, _ = fmt.Fprintf(out, "- Disk: %s, %.0f µs to make 8 KiB durable (median)\n", m.Disk, m.FsyncMicros)
	_, _ = fmt.Fprintf(out, "- PostgreSQL %s\n", r.Postgres.Version)
	var settings []string
	for _, name := range slices.Sorted(maps.Keys(r.Postgres.Settings)) {
		settings = append(settings, name+" "+r.Postgres.Settings[name])
	}
	_, _ = fmt.Fprintf(out, "- Settings: %s\n", strings.Join(settings, ", "))
}

func printOrders(r Report, out io.Writer) {
	var written []string
	for _, name := range slices.Sorted(maps.Keys(r.RowsPerOrder)) {
		written = append(written, count(r.RowsPerOrder[name])+" "+name)
	}
	if written != nil {
		_, _ = fmt.Fprintf(out, "\nAn order of two lines adds, through Waybill and through pgbench: %s.\n", strings.Join(written, ", "))
	}
	for _, s := range []shape{uniform, hot} {
		heading(out, "Place orders: "+s.title+" (pgbench: the same rows, one hand-written transaction per order)")
		rows := [][]string{{"clients", "pgbench/s", "p50 ms", "p99 ms", "Waybill/s", "p50 ms", "p99 ms", "ratio"}}
		costs := [][]string{{"CPU and WAL per order", "clients", "server µs", "PostgreSQL µs", "load µs", "WAL bytes", "orders per commit"}}
		for _, row := range r.Orders {
			if row.Shape != s.name {
				continue
			}
			base := Load{}
			if row.Baseline != nil {
				base = *row.Baseline
				costs = append(costs, costRow("pgbench", row.Clients, row.BaselineCost))
			}
			costs = append(costs, costRow("Waybill", row.Clients, row.Cost))
			rows = append(rows, []string{
				strconv.Itoa(row.Clients), amount(base.PerSecond), amount(base.P50), amount(base.P99),
				amount(row.Waybill.PerSecond), amount(row.Waybill.P50), amount(row.Waybill.P99), amount(row.Ratio),
			})
		}
		table(out, rows)
		_, _ = fmt.Fprintln(out)
		table(out, costs)
	}
	heading(out, fmt.Sprintf("Orders that come at a fixed rate, %.0f %% of the one reached (latency from the moment each was due)", 100*steadyPart))
	rows := [][]string{{"", "orders/s", "p50 ms", "p99 ms", "max ms"}}
	for _, row := range r.Steady {
		rows = append(rows, []string{row.Shape, amount(row.PerSecond), amount(row.P50), amount(row.P99), amount(row.Max)})
	}
	table(out, rows)
	_, _ = fmt.Fprintf(out, "\nServer's memory: %s MB at most.\n", amount(float64(r.MemoryBytes)/1e6))
}

func costRow(who string, clients int, c Cost) []string {
	perCommit := 0.0
	if c.Commits > 0 {
		perCommit = 1 / c.Commits
	}
	return []string{who, strconv.Itoa(clients), amount(c.ServerCPU), amount(c.PostgresCPU), amount(c.LoadCPU), amount(c.WALBytes), amount(perCommit)}
}

func printStatements(r Report, out io.Writer) {
	heading(out, fmt.Sprintf("Where PostgreSQL's time goes: statements while orders are placed by %d clients (logging them slows all)", statementsClients))
	rows := [][]string{{"statement", "per order", "mean ms", "share %"}}
	var perOrder float64
	for _, s := range r.Statements {
		perOrder += s.PerOrder
		rows = append(rows, []string{s.Name, amount(s.PerOrder), strconv.FormatFloat(s.MeanMs, 'f', 3, 64), amount(100 * s.Share)})
	}
	table(out, rows)
	_, _ = fmt.Fprintf(out, "\n%s statements per order.\n", amount(perOrder))
}

func printFlash(r Report, out io.Writer) {
	f := r.Flash
	heading(out, fmt.Sprintf("Flash sale: %s buyers with open connections, %s units of one SKU", count(int64(f.Buyers)), count(f.Units)))
	table(out, [][]string{
		{"", "value"},
		{"units sold", count(f.Sold)},
		{"sold out after s", amount(f.SoldOutSeconds)},
		{"everybody answered after s", amount(f.DecidedSeconds)},
		{"answers 201", count(f.Orders)},
		{"answers 409 (sold out)", count(f.Soon)},
		{"answers 503 (come back), each repeated as told", count(f.Again)},
		{"p50 of all answers ms", amount(f.P50)},
		{"p99 of all answers ms", amount(f.P99)},
		{"server's memory MB", amount(float64(f.MemoryBytes) / 1e6)},
	})
}

func printPages(r Report, out io.Writer) {
	heading(out, fmt.Sprintf("Pages, each alone, %d readers who each wait for an answer", pageClients))
	rows := [][]string{{"page", "per second", "p50 ms", "p99 ms", "bytes", "server µs", "PostgreSQL µs", "load µs"}}
	for _, p := range r.Pages {
		rows = append(rows, []string{p.Page, amount(p.PerSecond), amount(p.P50), amount(p.P99), count(int64(p.Bytes)), amount(p.Cost.ServerCPU), amount(p.Cost.PostgresCPU), amount(p.Cost.LoadCPU)})
	}
	table(out, rows)
}

func printFanOut(r Report, out io.Writer) {
	heading(out, fmt.Sprintf("A change in the merchant's queue until the last of %s open pages has it", count(int64(r.FanOut.Watchers))))
	table(out, [][]string{
		{"changes", "median ms", "max ms", "server µs", "PostgreSQL µs", "load µs", "polling, x"},
		{
			strconv.Itoa(r.FanOut.Changes), amount(r.FanOut.Median), amount(r.FanOut.Max),
			amount(r.FanOut.Cost.ServerCPU), amount(r.FanOut.Cost.PostgresCPU), amount(r.FanOut.Cost.LoadCPU), amount(r.FanOut.polling(r.Pages)),
		},
	})
	_, _ = fmt.Fprintln(out, "\nProcessor time is that of one change on one page. Polling: what pages would take that ask for themselves again every second,\nwhile something changes every second.")
}

func printMixed(r Report, out io.Writer) {
	heading(out, "Checkouts among other work")
	printMixedRows(r.Mixed, out)
}

func printMixedRows(mixed []MixedRow, out io.Writer) {
	rows := [][]string{{"beside", "what", "clients", "per second", "p50 ms", "p99 ms"}}
	for _, m := range mixed {
		rows = append(rows, []string{m.Beside, m.What, strconv.Itoa(m.Clients), amount(m.PerSecond), amount(m.P50), amount(m.P99)})
	}
	table(out, rows)
}

func printBeside(r Report, out io.Writer) {
	heading(out, fmt.Sprintf("Checkouts beside work on whole tables (by a clock: %.0f %% of the rate that %d buyers reach)", 100*calmPart, mixedBuyers))
	printMixedRows(r.Beside, out)
	if e := r.Expiry; e != nil {
		_, _ = fmt.Fprintf(out, "\nThe stock of %s unpaid orders that expired was on sale again after %s s while nobody bought, and after %s s beside checkouts; the last was cancelled after %s and %s s.\n",
			count(e.Orders), amount(e.Alone.Released), amount(e.Beside.Released), amount(e.Alone.Ended), amount(e.Beside.Ended))
	}
}

func printHunt(r Report, out io.Writer) {
	h := r.Hunt
	heading(out, fmt.Sprintf("Hunt for deadlocks: %d clients of two servers, carts of %d lines out of %d SKUs in any order, one order in %d cancelled", hunters, huntedLines, huntedSKUs, cancelOneIn))
	table(out, [][]string{
		{"seconds", "orders", "orders/s", "p50 ms", "p99 ms", "cancelled", "deadlocks"},
		{amount(h.Seconds), count(h.Orders), amount(h.PerSecond), amount(h.P50), amount(h.P99), count(h.Cancelled), count(h.Deadlocks)},
	})
}

func printAlternatives(r Report, out io.Writer) {
	heading(out, fmt.Sprintf("Ways to keep a stock: one hot SKU, %d clients, whole orders", rivals))
	rows := [][]string{{"way", "orders/s", "p50 ms", "p99 ms", "retries per order", "units", "sold", ""}}
	for _, a := range r.Alternatives {
		remark := ""
		if a.Sold > a.Units {
			remark = fmt.Sprintf("%d oversold", a.Sold-a.Units)
		}
		orders := max(a.wanted("done", "201"), 1)
		rows = append(rows, []string{
			a.Name, amount(a.PerSecond), amount(a.P50), amount(a.P99), amount(float64(a.Retries) / float64(orders)), count(a.Units), count(a.Sold), remark,
		})
	}
	table(out, rows)
}

func printConclusion(r Report, out io.Writer) {
	heading(out, "Targets")
	rows := [][]string{{"work", "want", "got", "unit", "verdict"}}
	for _, t := range r.Targets {
		rows = append(rows, []string{t.Work, t.Want, amount(t.Got), t.Unit, t.Verdict})
	}
	table(out, rows)
	if len(r.Notes) > 0 {
		_, _ = fmt.Fprintln(out)
	}
	for _, note := range r.Notes {
		_, _ = fmt.Fprintln(out, "- Note:", note)
	}
	_, _ = fmt.Fprintf(out, "\n%d of %d invariants hold; %d deadlocks.\n", r.Verified-len(r.Broken), r.Verified, r.Deadlocks)
	for _, broken := range r.Broken {
		_, _ = fmt.Fprintln(out, "BROKEN ", broken)
	}
}
