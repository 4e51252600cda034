package views

import (
	"fmt"
	"strconv"
	"time"

	"waybill/shop"
	"waybill/views/format"
	"waybill/views/ui"
	"waybill/views/urls"
)

// numbersPage is how many parcels of a figure are listed at once.
const numbersPage = 100

// NumbersModel is how a merchant's parcels went, or the parcels that one figure of it counts.
type NumbersModel struct {
	shop.Numbers
	Locations []shop.Location
	Figure    shop.Figure
	Page      int // from 0
}

// URL is the address of the numbers with this period and location.
func (m NumbersModel) URL() string { return urls.With(urls.MerchantNumbers(), m.query(m.Query.Period)) }

func (m NumbersModel) query(period shop.NumbersPeriod) urls.Query {
	q := urls.Query{{Name: "period", Value: string(period)}}
	if m.Query.LocationID != 0 {
		q = append(q, urls.Param{Name: "location", Value: strconv.FormatInt(m.Query.LocationID, 10)})
	}
	return q
}

// parcels is the address of the list of what a figure counts.
func (m NumbersModel) parcels(f shop.Figure, page int) string {
	q := append(m.query(m.Query.Period), urls.Param{Name: "what", Value: string(f.What)}, urls.Param{Name: "stage", Value: string(f.Stage)})
	for _, p := range []struct {
		name  string
		value int64
	}{{"picker", f.Picker}, {"part", int64(f.Part)}, {"age", int64(f.Age)}, {"page", int64(page)}} {
		if p.value != 0 {
			q = append(q, urls.Param{Name: p.name, Value: strconv.FormatInt(p.value, 10)})
		}
	}
	return urls.With(urls.MerchantNumbersParcels(), q)
}

func (m NumbersModel) tabs() []ui.Tab {
	labels := map[shop.NumbersPeriod]string{shop.NumbersToday: "Today", shop.NumbersYesterday: "Yesterday", shop.NumbersWeek: "7 days", shop.NumbersMonth: "28 days"}
	var tabs []ui.Tab
	for _, period := range shop.NumbersPeriods() {
		tabs = append(tabs, ui.Tab{Label: labels[period], URL: urls.With(urls.MerchantNumbers(), m.query(period)), Current: period == m.Query.Period})
	}
	return tabs
}

func (m NumbersModel) locationOptions() []ui.Option {
	options := []ui.Option{{Value: "", Label: "All"}}
	for _, l := range m.Locations {
		options = append(options, ui.Option{Value: strconv.FormatInt(l.ID, 10), Label: l.Name})
	}
	return options
}

func (m NumbersModel) chosenLocation() string {
	if m.Query.LocationID == 0 {
		return ""
	}
	return strconv.FormatInt(m.Query.LocationID, 10)
}

// span is the period in words; the zone is the merchant's.
func (m NumbersModel) span() string {
	const layout = "2 Jan 2006, 15:04"
	return m.From.In(m.Zone).Format(layout) + " to " + m.Until.In(m.Zone).Format(layout) + ", " + m.Zone.String()
}

func (m NumbersModel) hourly() bool {
	return m.Query.Period == shop.NumbersToday || m.Query.Period == shop.NumbersYesterday
}

func (m NumbersModel) partLabel(at time.Time) string {
	if m.hourly() {
		return at.In(m.Zone).Format("15:04")
	}
	return at.In(m.Zone).Format("2 Jan")
}

func (m NumbersModel) partName() string {
	if m.hourly() {
		return "hour"
	}
	return "day"
}

// series is a figure for each part of the period.
func (m NumbersModel) series(what shop.FigureKind, id, title, unit string, units bool) ui.ChartProps {
	chart := ui.ChartProps{ID: id, Title: title, Unit: unit}
	var most, sum int64
	for i, at := range m.Parts {
		f := shop.Figure{What: what, Part: i + 1}
		value := m.Count(f)
		if units {
			value = m.Units(f)
		}
		most, sum = max(most, value), sum+value
		chart.Bars = append(chart.Bars, ui.Bar{Label: m.partLabel(at), Value: value, Display: format.Count(value), URL: m.parcels(f, 0)})
	}
	chart.Desc = fmt.Sprintf("%s in all, at most %s in one %s.", format.Count(sum), format.Count(most), m.partName())
	return chart
}

func (m NumbersModel) lateRate() string {
	return format.Percent(m.Count(shop.Figure{What: shop.FigureLate}), m.Count(shop.Figure{What: shop.FigureShipped}))
}

func stageLabel(stage shop.WorkStage) string {
	return map[shop.WorkStage]string{
		shop.StageWaiting: "Waiting to be picked", shop.StagePicking: "Being picked", shop.StageToPack: "Picked, to pack", shop.StageToShip: "Packed, to ship",
	}[stage]
}

// queueURL is the list of the queue that shows the parcels of a stage.
func (m NumbersModel) queueURL(stage shop.WorkStage) string {
	name := map[shop.WorkStage]shop.QueueStage{
		shop.StageWaiting: shop.QueueToPick, shop.StagePicking: shop.QueuePicking, shop.StageToPack: shop.QueueToPack, shop.StageToShip: shop.QueueReady,
	}[stage]
	q := urls.Query{{Name: "stage", Value: string(name)}}
	if m.Query.LocationID != 0 {
		q = append(q, urls.Param{Name: "location", Value: strconv.FormatInt(m.Query.LocationID, 10)})
	}
	return urls.With(urls.MerchantQueue(), q)
}

func (m NumbersModel) ages() ui.ChartProps {
	labels := []string{"under 4 hours", "4 hours to 1 day", "1 to 2 days", "2 to 5 days", "over 5 days"}
	chart := ui.ChartProps{ID: "ages", Title: "Age of what is not shipped", Unit: "Parcels"}
	for i, label := range labels {
		f := shop.Figure{What: shop.FigureAge, Age: i + 1}
		bar := ui.Bar{Label: label, Value: m.Count(f), Display: format.Count(m.Count(f)), URL: m.parcels(f, 0)}
		if i >= 3 { // days beyond any promise
			bar.Tone = ui.ToneWarning
		}
		chart.Bars = append(chart.Bars, bar)
	}
	return chart
}

// perHour is a rate of units as people read it.
func perHour(w shop.PickerWork) string {
	if w.Busy <= 0 {
		return "–"
	}
	return strconv.FormatFloat(w.UnitsPerHour(), 'f', 1, 64)
}

func scanShare(c shop.ScanCount) string { return format.Percent(c.Right, c.Right+c.Wrong) }

// backlogColumn is a part of the period with its place in the drawing of the backlog.
type backlogColumn struct {
	x, width, middle string
	label            string
	title            string
	parts            []backlogPart
}

type backlogPart struct {
	class     string
	y, height string
}

// backlogFill is the colour of a stage, the same in drawing and legend.
func backlogFill(stage shop.WorkStage) string {
	return map[shop.WorkStage]string{
		shop.StageWaiting: "chart-accent", shop.StagePicking: "chart-warning", shop.StageToPack: "chart-success", shop.StageToShip: "chart-neutral",
	}[stage]
}

// columns stack the stages, the first of the way at the bottom. Widths are percentages, heights are pixels.
func (m NumbersModel) columns(backlogs []shop.Backlog) []backlogColumn {
	const height, labels = 120.0, 6
	top := int64(1)
	for _, b := range backlogs {
		top = max(top, sumStages(b))
	}
	slot, every := 100/float64(max(len(backlogs), 1)), (len(backlogs)+labels-1)/labels
	out := make([]backlogColumn, len(backlogs))
	for i, b := range backlogs {
		left := float64(i) * slot
		column := backlogColumn{x: share(left + slot*0.1), width: share(slot * 0.8), middle: share(left + slot/2), title: m.partLabel(b.At) + ": " + format.Plural(sumStages(b), "parcel", "parcels")}
		if i%max(every, 1) == 0 {
			column.label = m.partLabel(b.At)
		}
		base := height
		for _, stage := range shop.WorkStages() {
			tall := float64(b.Stages[stage]) / float64(top) * height
			base -= tall
			column.parts = append(column.parts, backlogPart{class: backlogFill(stage), y: pixels(base), height: pixels(tall)})
		}
		out[i] = column
	}
	return out
}

func sumStages(b shop.Backlog) int64 {
	var sum int64
	for _, n := range b.Stages {
		sum += n
	}
	return sum
}

// FigureTitle says what the list of parcels is of.
func (m NumbersModel) FigureTitle() string {
	f := m.Figure
	switch f.What {
	case shop.FigurePicked:
		return "Picked"
	case shop.FigurePacked:
		return "Packed"
	case shop.FigureLate:
		return "Shipped late"
	case shop.FigureStage:
		return "Shipped, and seen as: " + stageLabel(f.Stage)
	case shop.FigureSlow:
		return "The slowest tenth: " + stageLabel(f.Stage)
	case shop.FigureNow:
		return stageLabel(f.Stage)
	case shop.FigureAge, shop.FigureUnsent:
		return "Not shipped"
	}
	return "Shipped"
}

// figureText is the rest of what the list is narrowed to.
func (m NumbersModel) figureText() string {
	text := m.span()
	if f := m.Figure; f.Part > 0 && f.Part <= len(m.Parts) {
		text = "In the " + m.partName() + " from " + m.partLabel(m.Parts[f.Part-1]) + ". " + text
	}
	return text
}

func (m NumbersModel) pages(all int) ui.PageLinks {
	var links ui.PageLinks
	if m.Page > 0 {
		links.Newer, links.NewerLabel = m.parcels(m.Figure, 0), "To the first"
	}
	if (m.Page+1)*numbersPage < all {
		links.Older, links.OlderLabel = m.parcels(m.Figure, m.Page+1), "Next"
	}
	return links
}

func (m NumbersModel) shown(all []shop.ParcelStory) []shop.ParcelStory {
	from := min(m.Page*numbersPage, len(all))
	return all[from:min(from+numbersPage, len(all))]
}

func (m NumbersModel) clock(at time.Time) string {
	if at.IsZero() {
		return "–"
	}
	return at.In(m.Zone).Format("2 Jan, 15:04")
}
