package bench

import "fmt"

// Target is one line of the speed that the design promises.
type Target struct {
	Work string  `json:"work"`
	Want string  `json:"want"`
	Got  float64 `json:"got"`
	Unit string  `json:"unit"`
	// Verdict is "met", "missed by 12 %" or "not measured".
	Verdict string `json:"verdict"`
}

const targetClients = 64 // at which rates and latencies are promised

// judge sets the figures beside what was promised.
func judge(r Report) []Target {
	var all []Target
	for _, s := range []struct {
		shape
		ratio float64
	}{{uniform, 2}, {hot, 10}} {
		row := rowOf(r.Orders, s.name, targetClients)
		work := "place orders, " + s.title
		all = append(all,
			atLeast(work, s.ratio, row.Ratio, "x the baseline"),
			atLeast(work, 5_000, row.Waybill.PerSecond, "orders/s"),
			atMost(work, 50, row.Waybill.P99, "ms p99"))
	}
	all = append(all, atMost("server's memory while orders are placed", 200, float64(r.MemoryBytes)/1e6, "MB"))
	history, detail, queue := pageOf(r.Pages, historyPage), pageOf(r.Pages, detailPage), pageOf(r.Pages, queuePage)
	all = append(all,
		atMost(historyPage, 10, history.P99, "ms p99"),
		atMost(detailPage, 10, detail.P99, "ms p99"),
		atLeast(detailPage, 10_000, detail.PerSecond, "pages/s"),
		atMost(queuePage, 20, queue.P99, "ms p99"))
	var fanOut FanOut
	if r.FanOut != nil {
		fanOut = *r.FanOut
	}
	all = append(all, atMost("a change on every open queue, the slowest of all", 250, fanOut.Max, "ms"))
	if len(r.Beside) > 0 {
		for _, d := range demands {
			all = append(all, atMost(d.title()+", p99 during a report over all tables", 1.2, besideRatio(r.Beside, besideTable, betweenTable, d), "x without"))
		}
		for _, d := range demands {
			all = append(all, atMost(d.title()+", p99 while unpaid orders expire", 1.2, besideRatio(r.Beside, besideEnds, betweenEnds, d), "x without"))
		}
	}
	if e := r.Expiry; e != nil {
		what := count(e.Orders) + " unpaid orders give their stock back"
		all = append(all, atMost(what, 5, e.Alone.Released, "s"), atMost(what+" beside checkouts", 5, e.Beside.Released, "s"))
	}
	if h := r.Hunt; h != nil && h.Orders > 0 {
		all = append(all, Target{"deadlocks in the whole run", "none", float64(r.Deadlocks), "", verdict(1, r.Deadlocks == 0, float64(r.Deadlocks))})
	}
	return append(all, Target{Work: "all of it with 100 million line items", Want: "within 1.3 x", Unit: "x 1 million", Verdict: "not measured"})
}

func pageOf(rows []PageRow, name string) Load {
	for _, row := range rows {
		if row.Page == name {
			return row.Load
		}
	}
	return Load{}
}

func rowOf(rows []OrdersRow, shape string, clients int) OrdersRow {
	for _, row := range rows {
		if row.Shape == shape && row.Clients == clients {
			return row
		}
	}
	return OrdersRow{}
}

func atLeast(work string, want, got float64, unit string) Target {
	return Target{work, fmt.Sprintf("at least %s", amount(want)), got, unit, verdict(got, got >= want, 1-got/want)}
}

func atMost(work string, want, got float64, unit string) Target {
	return Target{work, fmt.Sprintf("at most %s", amount(want)), got, unit, verdict(got, got <= want, got/want-1)}
}

func verdict(got float64, met bool, by float64) string {
	switch {
	case got == 0:
		return "not measured"
	case met:
		return "met"
	default:
		return fmt.Sprintf("missed by %.0f %%", 100*by)
	}
}
