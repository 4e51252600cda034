package views

import (
	"strconv"
	"time"

	"waybill/shop"
	"waybill/views/format"
	"waybill/views/ui"
	"waybill/views/urls"
)

// ExceptionsForm is the filter of the exceptions list.
type ExceptionsForm struct {
	State  string // "" is open, "resolved"
	Kind   string
	Source string
	Owner  string // "" is anybody, "me", "nobody"
}

func (f ExceptionsForm) query() urls.Query {
	return urls.Query{{Name: "state", Value: f.State}, {Name: "kind", Value: f.Kind}, {Name: "source", Value: f.Source}, {Name: "owner", Value: f.Owner}}
}

// URL is the address of the list with this filter.
func (f ExceptionsForm) URL() string { return urls.With(urls.FinanceExceptions(), f.query()) }

func (f ExceptionsForm) tags() []ui.FilterTag {
	var tags []ui.FilterTag
	add := func(value, label string, clear func(*ExceptionsForm)) {
		if value != "" {
			rest := f
			clear(&rest)
			tags = append(tags, ui.FilterTag{Label: label, RemoveURL: rest.URL()})
		}
	}
	add(f.Kind, "Kind: "+exceptionKindLabel(f.Kind), func(r *ExceptionsForm) { r.Kind = "" })
	add(f.Source, "Source: "+exceptionSourceLabel(f.Source), func(r *ExceptionsForm) { r.Source = "" })
	add(f.Owner, "Owner: "+f.Owner, func(r *ExceptionsForm) { r.Owner = "" })
	return tags
}

func (f ExceptionsForm) tabs() []ui.Tab {
	open, resolved := f, f
	open.State, resolved.State = "", "resolved"
	return []ui.Tab{
		{Label: "Open", URL: open.URL(), Current: f.State == ""},
		{Label: "Resolved", URL: resolved.URL(), Current: f.State != ""},
	}
}

// ExceptionsModel is a page of the exceptions list.
type ExceptionsModel struct {
	Form       ExceptionsForm
	Choices    []shop.ExceptionChoice
	Exceptions []shop.Exception
	NewestURL  string
	OlderURL   string
	Now        time.Time
}

func (m ExceptionsModel) kindOptions() []ui.Option {
	return exceptionOptions(m.Choices, m.Form.Kind, func(c shop.ExceptionChoice) string { return c.Kind }, exceptionKindLabel)
}

func (m ExceptionsModel) sourceOptions() []ui.Option {
	return exceptionOptions(m.Choices, m.Form.Source, func(c shop.ExceptionChoice) string { return c.Source }, exceptionSourceLabel)
}

// exceptionOptions offers the values that there are, with how many have each, and the chosen one in any case.
func exceptionOptions(choices []shop.ExceptionChoice, current string, of func(shop.ExceptionChoice) string, label func(string) string) []ui.Option {
	counts := map[string]int64{}
	var order []string
	for _, c := range choices {
		if _, known := counts[of(c)]; !known {
			order = append(order, of(c))
		}
		counts[of(c)] += c.Exceptions
	}
	if _, known := counts[current]; !known && current != "" {
		order = append(order, current)
	}
	out := []ui.Option{{Value: "", Label: "Any"}}
	for _, value := range order {
		out = append(out, ui.Option{Value: value, Label: label(value) + " (" + format.Count(counts[value]) + ")"})
	}
	return out
}

func ownerOptions() []ui.Option {
	return []ui.Option{{Value: "", Label: "Anybody"}, {Value: "me", Label: "Me"}, {Value: "nobody", Label: "Nobody yet"}}
}

// ExceptionModel is the page of one exception.
type ExceptionModel struct {
	Exception  shop.Exception
	Mine       bool
	Resolution string // as typed, when it was refused
	Now        time.Time
}

func exceptionBadge(e shop.Exception) ui.Badge {
	switch {
	case e.Resolved:
		return ui.Badge{Tone: ui.ToneSuccess, Icon: ui.IconDone, Word: "Resolved"}
	case e.OwnerID != 0:
		return ui.Badge{Tone: ui.ToneInfo, Icon: ui.IconUser, Word: "In hand"}
	}
	return ui.Badge{Tone: ui.ToneWarning, Icon: ui.IconAlert, Word: "Open"}
}

// exceptionAge is how long an exception was, or has been, open.
func exceptionAge(e shop.Exception, now time.Time) string {
	end := now
	if e.Resolved {
		end = e.ResolvedAt
	}
	return format.Duration(max(end.Sub(e.CreatedAt), 0))
}

func exceptionNumber(id int64) string { return strconv.FormatInt(id, 10) }
