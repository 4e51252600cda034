package views

import (
	"strconv"
	"time"

	"waybill/shop"
	"waybill/views/format"
)

// MoneyChart is what was captured and refunded in one currency, day by day or month by month.
type MoneyChart struct {
	Currency shop.Currency
	ByMonth  bool
	Totals   []shop.DayTotal // every day or month of the period, also those without money
}

const (
	chartRise   = 120.0 // pixels for the largest capture
	chartGap    = 8     // below the drawing, before the labels
	chartLabels = 6     // at most, so that they do not run into each other on a phone
	leastBar    = 2.0   // pixels, so that a little money is seen
)

// moneyColumn is a day with its place in the drawing: captures rise from the base line, refunds hang below it, both on
// the same scale. Widths are percentages, heights are pixels, so that the drawing stretches and its text does not.
type moneyColumn struct {
	x, width, middle   string
	captureY, captureH string
	refundH            string
	label              string // "" leaves it out
	title              string
	total              shop.DayTotal
}

func (c MoneyChart) largest() (capture, refund int64) {
	for _, t := range c.Totals {
		capture, refund = max(capture, t.CapturedMinor), max(refund, t.RefundedMinor)
	}
	return capture, refund
}

func (c MoneyChart) scaled(minor int64) float64 {
	capture, refund := c.largest()
	top := float64(max(capture, refund, 1))
	height := float64(max(minor, 0)) / top * chartRise
	if minor > 0 {
		height = max(height, leastBar)
	}
	return height
}

// baseline is where captures stand, drop is the room that refunds need below it.
func (c MoneyChart) baseline() float64 {
	capture, _ := c.largest()
	return max(c.scaled(capture), leastBar) + 1
}

func (c MoneyChart) bottom() float64 {
	_, refund := c.largest()
	return c.baseline() + c.scaled(refund)
}

func (c MoneyChart) height() string { return pixels(c.bottom() + chartGap + 16) }

func (c MoneyChart) labelY() string { return pixels(c.bottom() + chartGap + 8) }

func (c MoneyChart) columns() []moneyColumn {
	slot := 100 / float64(max(len(c.Totals), 1))
	every := (len(c.Totals) + chartLabels - 1) / chartLabels
	out := make([]moneyColumn, len(c.Totals))
	for i, t := range c.Totals {
		left, rise := float64(i)*slot, c.scaled(t.CapturedMinor)
		column := moneyColumn{
			x: share(left + slot*0.15), width: share(slot * 0.7), middle: share(left + slot/2),
			captureY: pixels(c.baseline() - rise), captureH: pixels(rise), refundH: pixels(c.scaled(t.RefundedMinor)),
			title: c.rowLabel(t.Day) + ": " + money(t.CapturedMinor, c.Currency) + " captured, " + money(t.RefundedMinor, c.Currency) + " refunded", total: t,
		}
		if i%every == 0 && (i+every <= len(c.Totals) || len(c.Totals)-i > every/2) {
			column.label = c.tickLabel(t.Day)
		}
		out[i] = column
	}
	return out
}

func (c MoneyChart) tickLabel(day time.Time) string {
	if c.ByMonth {
		return day.Format("Jan 06")
	}
	return day.Format("2 Jan")
}

func (c MoneyChart) rowLabel(day time.Time) string {
	if c.ByMonth {
		return day.Format("January 2006")
	}
	return format.Date(day)
}

func (c MoneyChart) title() string { return "Captured and refunded, " + string(c.Currency) }

// desc says what there is to see, for those who do not see it.
func (c MoneyChart) desc() string {
	sum := shop.DayTotal{}
	for _, t := range c.Totals {
		sum.CapturedMinor += t.CapturedMinor
		sum.RefundedMinor += t.RefundedMinor
	}
	unit := "day"
	if c.ByMonth {
		unit = "month"
	}
	capture, _ := c.largest()
	return money(sum.CapturedMinor, c.Currency) + " captured and " + money(sum.RefundedMinor, c.Currency) + " refunded; at most " +
		money(capture, c.Currency) + " captured in a " + unit + "."
}

func (c MoneyChart) id() string { return "chart-" + string(c.Currency) }

func pixels(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) }

func share(f float64) string { return strconv.FormatFloat(f, 'f', 2, 64) + "%" }
