package views

import (
	"strconv"
	"time"

	"waybill/shop"
	"waybill/views/format"
	"waybill/views/ui"
	"waybill/views/urls"
)

// ReconcileForm asks for a comparison.
type ReconcileForm struct {
	Provider string
	From     string // days
	Until    string
}

// ReconciliationModel is the page that starts comparisons and lists them.
type ReconciliationModel struct {
	Form      ReconcileForm
	Providers []string // whose record can be read
	Imported  []string // those that payments came from without a record to compare with
	Runs      []shop.ReconciliationRun
	Now       time.Time
}

// RunModel is the page of one comparison.
type RunModel struct {
	Run      shop.ReconciliationRun
	Findings []shop.Finding
	FirstURL string
	NextURL  string
	Now      time.Time
}

func runTitle(r shop.ReconciliationRun) string {
	return "Comparison " + runNumber(r.ID) + ": " + r.Provider
}

func runNumber(id int64) string { return strconv.FormatInt(id, 10) }

func runPeriod(p shop.Period) string {
	first, last := format.Date(p.From), format.Date(p.Until.AddDate(0, 0, -1))
	if first == last {
		return first
	}
	return first + " to " + last
}

func runBadge(r shop.ReconciliationRun, now time.Time) ui.Badge {
	switch {
	case r.Abandoned(now):
		return ui.Badge{Tone: ui.ToneDanger, Icon: ui.IconFail, Word: "Did not finish"}
	case r.Status == shop.RunRunning:
		return ui.Badge{Tone: ui.ToneInfo, Icon: ui.IconRefresh, Word: "Running"}
	case r.Status == shop.RunFailed:
		return ui.Badge{Tone: ui.ToneDanger, Icon: ui.IconFail, Word: "Failed"}
	case r.Findings > 0:
		return ui.Badge{Tone: ui.ToneWarning, Icon: ui.IconAlert, Word: format.Plural(r.Findings, "difference", "differences")}
	}
	return ui.Badge{Tone: ui.ToneSuccess, Icon: ui.IconDone, Word: "Everything matches"}
}

// matchedMovements counts what matched, over all currencies.
func matchedMovements(r shop.ReconciliationRun) int64 {
	var n int64
	for _, t := range r.Totals {
		if t.Class == shop.Matched {
			n += t.Movements
		}
	}
	return n
}

func matchBadge(c shop.MatchClass) ui.Badge {
	b := ui.Badge{Tone: ui.ToneWarning, Icon: ui.IconAlert, Word: exceptionKindLabel(string(c))}
	switch c {
	case shop.Matched:
		b.Tone, b.Icon = ui.ToneSuccess, ui.IconDone
	case shop.MissingAtProvider, shop.AmountDiffers:
		b.Tone, b.Icon = ui.ToneDanger, ui.IconFail
	case shop.StatusDiffers:
		b.Icon = ui.IconHelp
	}
	return b
}

func providerOptions(providers []string) []ui.Option {
	out := make([]ui.Option, len(providers))
	for i, p := range providers {
		out[i] = ui.Option{Value: p, Label: sentenceCase(p)}
	}
	return out
}

func findingPaymentURL(f shop.Finding) string {
	if f.PaymentID != 0 {
		return urls.FinancePayment(f.PaymentID)
	}
	return urls.With(urls.FinancePayments(), urls.Query{{Name: "q", Value: "ref:" + f.Charge}})
}
