package handlers

import (
	"net/http"
	"time"

	"waybill/shop"
	"waybill/views"
	"waybill/views/ui"
	"waybill/views/urls"
)

const (
	// daysAsDays is the longest period that is shown day by day; longer ones are shown month by month.
	daysAsDays = 92
	// maxCharts is how many currencies get a chart of their own; the table has all of them.
	maxCharts = 6
)

// Finance is the overview of money.
func (h *Handlers) Finance(w http.ResponseWriter, r *http.Request) error {
	now := h.Store.Now()
	form, period, err := h.period(r, now)
	if err != nil {
		return err
	}
	overview, err := h.Reports.FinanceOverview(r.Context(), period)
	if err != nil {
		return err
	}
	page := h.page(r, "Finance")
	page.Nav = urls.Finance()
	model := views.FinanceModel{Overview: overview, Period: form, Now: now}
	for _, total := range shop.SumByCurrency(overview.Days) {
		if total.CapturedMinor == 0 && total.RefundedMinor == 0 {
			continue
		}
		model.Totals = append(model.Totals, total)
		if len(model.Charts) < maxCharts {
			model.Charts = append(model.Charts, moneyChart(overview, total.Currency))
		}
	}
	h.render(w, r, http.StatusOK, views.Finance(page, model))
	return nil
}

func moneyChart(overview shop.FinanceOverview, currency shop.Currency) views.MoneyChart {
	chart := views.MoneyChart{Currency: currency, Totals: shop.FillDays(overview.Days, overview.Period, currency)}
	if overview.Period.Days() > daysAsDays {
		chart.ByMonth, chart.Totals = true, shop.ByMonth(chart.Totals)
	}
	return chart
}

// FinanceDaily is the report of totals per day, or per month when the period is long.
func (h *Handlers) FinanceDaily(w http.ResponseWriter, r *http.Request) error {
	form, period, err := h.period(r, h.Store.Now())
	if err != nil {
		return err
	}
	page := h.page(r, "Daily totals")
	page.Nav, page.Errors = urls.FinanceReport("daily"), form.Errors
	page.Breadcrumbs = []ui.Crumb{{Label: "Finance", URL: urls.Finance()}}
	if form.Errors != nil {
		h.render(w, r, http.StatusUnprocessableEntity, views.FinanceDaily(page, views.DailyModel{Period: form}))
		return nil
	}
	days, err := h.Reports.DailyTotals(r.Context(), period)
	if err != nil {
		return err
	}
	days = inCurrency(days, shop.Currency(form.Currency))
	model := views.DailyModel{Period: form, Rows: days, Totals: shop.SumByCurrency(days)}
	if period.Days() > daysAsDays {
		model.ByMonth, model.Rows = true, shop.ByMonth(days)
	}
	h.render(w, r, http.StatusOK, views.FinanceDaily(page, model))
	return nil
}

// inCurrency keeps the totals of one currency, or all of them for "".
func inCurrency(days []shop.DayTotal, currency shop.Currency) []shop.DayTotal {
	if currency == "" {
		return days
	}
	var kept []shop.DayTotal
	for _, d := range days {
		if d.Currency == currency {
			kept = append(kept, d)
		}
	}
	return kept
}

// period reads the period of a report from the query; without one it is the last 30 days. What was typed wrong stays in
// the form, with messages, and the period is the usual one.
func (h *Handlers) period(r *http.Request, now time.Time) (views.PeriodForm, shop.Period, error) {
	first, err := h.Reports.FirstOrderDay(r.Context())
	if err != nil {
		return views.PeriodForm{}, shop.Period{}, err
	}
	form := views.PeriodForm{Choices: periodChoices(now, first)}
	q := r.URL.Query()
	form.First, form.Last, form.Currency = q.Get("from"), q.Get("until"), q.Get("currency")
	usual := lastDays(now, 30)
	if form.First == "" && form.Last == "" {
		form.First, form.Last = usual.FirstDay(), usual.LastDay()
	}
	if form.Currency != "" {
		currency, err := shop.ParseCurrency(form.Currency)
		if err != nil {
			form.Errors = append(form.Errors, shop.FieldError{Field: "currency", Message: messageOf(err)})
		} else {
			form.Currency = string(currency)
		}
	}
	period, err := shop.PeriodOfDays(form.First, form.Last)
	if err == nil {
		period, err = closed(period, first, now)
	}
	if err != nil {
		form.Errors = append(form.Errors, shop.FieldError{Field: "from", Message: messageOf(err)})
		return form, usual, nil
	}
	return form, period, nil
}

// closed gives an open period its ends, the first order and today, and refuses one that is too long to report about.
func closed(p shop.Period, first, now time.Time) (shop.Period, error) {
	if p.From.IsZero() {
		p.From = first
	}
	if p.Until.IsZero() {
		p.Until = shop.UTCDay(now).AddDate(0, 0, 1)
	}
	switch {
	case !p.From.Before(p.Until):
		return p, shop.Invalid("from", "The first day comes before the last")
	case p.From.Before(shop.OrderID(0).Time()):
		return p, shop.Invalid("from", "There are no orders from before the year 2000")
	case p.Days() > shop.MaxReportDays:
		return p, shop.Invalid("from", "The period can have at most 40 years")
	}
	return p, nil
}

func lastDays(now time.Time, days int) shop.Period {
	until := shop.UTCDay(now).AddDate(0, 0, 1)
	return shop.Period{From: until.AddDate(0, 0, -days), Until: until}
}

func periodChoices(now, first time.Time) []views.PeriodChoice {
	year := shop.Period{From: shop.UTCDay(now).AddDate(-1, 0, 1), Until: shop.UTCDay(now).AddDate(0, 0, 1)}
	all := shop.Period{From: first, Until: year.Until}
	var choices []views.PeriodChoice
	for _, c := range []struct {
		label  string
		period shop.Period
	}{{"30 days", lastDays(now, 30)}, {"90 days", lastDays(now, 90)}, {"12 months", year}, {"Everything", all}} {
		choices = append(choices, views.PeriodChoice{Label: c.label, First: c.period.FirstDay(), Last: c.period.LastDay()})
	}
	return choices
}
