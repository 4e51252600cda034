package views

import (
	"strings"
	"time"

	"waybill/shop"
	"waybill/views/format"
	"waybill/views/ui"
	"waybill/views/urls"
)

// PeriodForm is the period of a report: the form's values, and the usual periods to choose from.
type PeriodForm struct {
	First, Last string // days, as typed or chosen
	Currency    string
	Choices     []PeriodChoice
	Errors      []shop.FieldError
}

// PeriodChoice is a usual period.
type PeriodChoice struct {
	Label       string
	First, Last string
}

func (f PeriodForm) tabs(path string) []ui.Tab {
	tabs := make([]ui.Tab, len(f.Choices))
	for i, c := range f.Choices {
		tabs[i] = ui.Tab{
			Label: c.Label, URL: urls.With(path, urls.Query{{Name: "from", Value: c.First}, {Name: "until", Value: c.Last}, {Name: "currency", Value: f.Currency}}),
			Current: c.First == f.First && c.Last == f.Last,
		}
	}
	return tabs
}

// FinanceModel is the overview of money.
type FinanceModel struct {
	Overview shop.FinanceOverview
	Period   PeriodForm
	Totals   []shop.DayTotal // per currency, over the period
	Charts   []MoneyChart
	Now      time.Time
}

// openExceptions counts what is open, over all kinds and currencies.
func (m FinanceModel) openExceptions() (count int64, oldest time.Time) {
	for _, e := range m.Overview.Exceptions {
		count += e.Exceptions
		if oldest.IsZero() || e.OldestAt.Before(oldest) {
			oldest = e.OldestAt
		}
	}
	return count, oldest
}

func (m FinanceModel) exceptionStat() ui.StatProps {
	count, oldest := m.openExceptions()
	stat := ui.StatProps{Label: "Open exceptions", Value: format.Count(count), Note: "everything matches", URL: urls.FinanceExceptions(), Icon: ui.IconAlert}
	if count > 0 {
		stat.Tone, stat.Note = ui.ToneWarning, "oldest "+format.Ago(m.Now, oldest)
	}
	return stat
}

func (m FinanceModel) unknownStat() ui.StatProps {
	stat := ui.StatProps{
		Label: "Payments without an outcome", Value: format.Count(len(m.Overview.Unknown)), Note: "every provider has answered",
		URL: urls.With(urls.FinancePayments(), urls.Query{{Name: "q", Value: "status:sending,unknown"}}), Icon: ui.IconHelp,
	}
	if n := len(m.Overview.Unknown); n > 0 {
		stat.Tone, stat.Note = ui.ToneWarning, "waiting since "+format.Ago(m.Now, m.Overview.Unknown[0].StatusAt)
		if n >= shop.MaxUnknownShown {
			stat.Value += " or more"
		}
	}
	return stat
}

func captureStat(t shop.DayTotal) ui.StatProps {
	note := "nothing refunded"
	if t.RefundedMinor != 0 {
		note = money(t.RefundedMinor, t.Currency) + " refunded, net " + money(t.NetMinor(), t.Currency)
	}
	return ui.StatProps{Label: "Captured, " + string(t.Currency), Value: money(t.CapturedMinor, t.Currency), Note: note, Icon: ui.IconCoins}
}

// statePaymentsURL lists the payments behind a figure of the states table.
func statePaymentsURL(s shop.PaymentStateTotal, p shop.Period) string {
	return urls.With(urls.FinancePayments(), urls.Query{
		{Name: "status", Value: string(s.Status)}, {Name: "currency", Value: string(s.Currency)}, {Name: "from", Value: p.FirstDay()}, {Name: "until", Value: p.LastDay()},
	})
}

// DailyModel is the report of totals per day or month.
type DailyModel struct {
	Period  PeriodForm
	ByMonth bool
	Rows    []shop.DayTotal // of days, or of months by their first day
	Totals  []shop.DayTotal
}

func (m DailyModel) rowLabel(t shop.DayTotal) string {
	if m.ByMonth {
		return t.Day.Format("January 2006")
	}
	return format.Date(t.Day)
}

func (m DailyModel) caption() string {
	if m.ByMonth {
		return "Totals per month and currency"
	}
	return "Totals per day and currency"
}

func money(minor int64, c shop.Currency) string {
	return format.Money(shop.Amount{Minor: minor, Currency: c})
}

func figure(minor int64, c shop.Currency) string {
	return format.Figure(shop.Amount{Minor: minor, Currency: c})
}

// signed writes a difference with its sign, also when it is above zero.
func signed(minor int64, c shop.Currency) string {
	if minor > 0 {
		return "+" + money(minor, c)
	}
	return money(minor, c)
}

// exceptionKindLabel writes the kind of an exception in words: "Refund missing at provider".
func exceptionKindLabel(kind string) string {
	return sentenceCase(strings.ReplaceAll(kind, "_", " "))
}

// exceptionSourceLabel says where an exception comes from: "Olist import", "Comparison with simulated".
func exceptionSourceLabel(source string) string {
	if provider, ok := strings.CutPrefix(source, shop.ComparisonSource("")); ok {
		return "Comparison with " + provider
	}
	return sentenceCase(source) + " import"
}

func sentenceCase(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
