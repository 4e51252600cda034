package views

import (
	"strconv"
	"time"

	"waybill/shop"
	"waybill/views/format"
	"waybill/views/ui"
	"waybill/views/urls"
)

// CatalogFilesModel is where catalog files come in and go out.
type CatalogFilesModel struct {
	Key   string // of the form
	Files []shop.CatalogFile
	Now   time.Time
}

// CatalogFileModel is the report of a file.
type CatalogFileModel struct {
	File    shop.CatalogFile
	Lines   []shop.CatalogReport
	More    bool
	Outcome shop.CatalogOutcome // of the lines that are shown; "" is all
	After   int64
	Problem string
	Now     time.Time
}

func (m CatalogFileModel) url(outcome shop.CatalogOutcome, after int) string {
	params := urls.Query{{Name: "outcome", Value: string(outcome)}}
	if after > 0 {
		params = append(params, urls.Param{Name: "after", Value: strconv.Itoa(after)})
	}
	return urls.With(urls.MerchantCatalogFile(m.File.ID), params)
}

func (m CatalogFileModel) tabs() []ui.Tab {
	tabs := []ui.Tab{{Label: "All", URL: m.url("", 0), Count: format.Count(m.File.Done), Current: m.Outcome == ""}}
	for _, outcome := range shop.CatalogOutcomes() {
		tabs = append(tabs, ui.Tab{Label: outcomeLabel(outcome, m.File.Status), URL: m.url(outcome, 0), Count: format.Count(m.File.Counts[outcome]), Current: m.Outcome == outcome})
	}
	return tabs
}

func (m CatalogFileModel) pages() ui.PageLinks {
	links := ui.PageLinks{NewerLabel: "To the first lines", OlderLabel: "Next lines"}
	if m.After > 0 {
		links.Newer = m.url(m.Outcome, 0)
	}
	if m.More {
		links.Older = m.url(m.Outcome, m.Lines[len(m.Lines)-1].Line)
	}
	return links
}

// outcomeLabel is what becomes, or became, of lines.
func outcomeLabel(outcome shop.CatalogOutcome, status shop.CatalogFileStatus) string {
	applied := status == shop.CatalogApplied || status == shop.CatalogApplying
	switch {
	case outcome == shop.CatalogRefused:
		return "Refused"
	case outcome == shop.CatalogUnchanged:
		return "Unchanged"
	case outcome == shop.CatalogCreate && applied:
		return "Created"
	case outcome == shop.CatalogCreate:
		return "To create"
	case applied:
		return "Changed"
	}
	return "To change"
}

func outcomeBadge(outcome shop.CatalogOutcome, status shop.CatalogFileStatus) ui.Badge {
	badge := ui.Badge{Tone: ui.ToneNeutral, Icon: ui.IconDot, Word: outcomeLabel(outcome, status)}
	switch outcome {
	case shop.CatalogRefused:
		badge.Tone, badge.Icon = ui.ToneDanger, ui.IconFail
	case shop.CatalogCreate:
		badge.Tone, badge.Icon = ui.ToneSuccess, ui.IconPlus
	case shop.CatalogChanged:
		badge.Tone, badge.Icon = ui.ToneInfo, ui.IconEdit
	}
	return badge
}

func catalogFileBadge(status shop.CatalogFileStatus) ui.Badge {
	switch status {
	case shop.CatalogChecking:
		return ui.Badge{Tone: ui.ToneInfo, Icon: ui.IconHourglass, Word: "Being checked"}
	case shop.CatalogChecked:
		return ui.Badge{Tone: ui.ToneWarning, Icon: ui.IconClipboard, Word: "Checked, not applied"}
	case shop.CatalogApplying:
		return ui.Badge{Tone: ui.ToneInfo, Icon: ui.IconHourglass, Word: "Being applied"}
	case shop.CatalogApplied:
		return ui.Badge{Tone: ui.ToneSuccess, Icon: ui.IconDone, Word: "Applied"}
	}
	return ui.Badge{Tone: ui.ToneDanger, Icon: ui.IconFail, Word: "Given up"}
}

// applyWords say what applying a checked file comes to.
func applyWords(f shop.CatalogFile) string {
	words := "Applying it creates " + format.Plural(f.Counts[shop.CatalogCreate], "line", "lines") + " and changes " + format.Plural(f.Counts[shop.CatalogChanged], "line", "lines") + "."
	if refused := f.Counts[shop.CatalogRefused]; refused > 0 {
		words += " " + format.Plural(refused, "line is", "lines are") + " refused and left out."
	}
	return words
}
