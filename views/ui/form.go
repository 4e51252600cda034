package ui

import (
	"strings"

	"github.com/a-h/templ"

	"waybill/shop"
)

// FieldID is the id of the control of a form field; the error summary links to
// it. "items[1].quantity" becomes "f-items-1-quantity".
func FieldID(name string) string {
	id := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_':
			return r
		default:
			return '-'
		}
	}, name)
	return "f-" + strings.Trim(strings.ReplaceAll(id, "--", "-"), "-")
}

// ErrorFor returns the message for a field, or "".
func ErrorFor(errs []shop.FieldError, name string) string {
	for _, e := range errs {
		if e.Field == name {
			return e.Message
		}
	}
	return ""
}

// described returns the value of aria-describedby for a control.
func described(id, hint, err string) string {
	var ids []string
	if hint != "" {
		ids = append(ids, id+"-hint")
	}
	if err != "" {
		ids = append(ids, id+"-error")
	}
	return strings.Join(ids, " ")
}

// FieldProps describes a text-like input.
type FieldProps struct {
	Label        string
	Name         string
	Value        string
	Type         string // "" is text
	Hint         string
	Error        string
	Autocomplete string // see WCAG 1.3.5; "" leaves it out
	InputMode    string // "numeric", "decimal", …
	Placeholder  string // never instead of a label
	MaxLength    string
	Required     bool
	HideLabel    bool   // read out, not shown: for search boxes and rows
	Narrow       bool   // for quantities, dates and codes
	ID           string // "" is FieldID(Name); set where a page has several fields of one name
	Attrs        templ.Attributes
}

func (p FieldProps) id() string {
	if p.ID == "" {
		return FieldID(p.Name)
	}
	return p.ID
}

func (p FieldProps) kind() string {
	if p.Type == "" {
		return "text"
	}
	return p.Type
}

// Option is one choice of a Select or Radios.
type Option struct{ Value, Label string }

// SelectProps describes a drop-down list.
type SelectProps struct {
	Label     string
	Name      string
	Value     string // the chosen option
	Options   []Option
	Hint      string
	Error     string
	HideLabel bool
	Narrow    bool
	Attrs     templ.Attributes
}

// TextareaProps describes a field for several lines.
type TextareaProps struct {
	Label     string
	Name      string
	Value     string
	Hint      string
	Error     string
	Rows      string // "" is 4
	MaxLength string
	Attrs     templ.Attributes
}

func (p TextareaProps) rows() string {
	if p.Rows == "" {
		return "4"
	}
	return p.Rows
}

// CheckboxProps describes one box to tick.
type CheckboxProps struct {
	Label     string
	Name      string
	Value     string // "" is "on"
	Checked   bool
	Hint      string
	Error     string
	HideLabel bool
	Attrs     templ.Attributes
}

func (p CheckboxProps) value() string {
	if p.Value == "" {
		return "on"
	}
	return p.Value
}

// RadiosProps describes a choice of one among a few that are all shown.
type RadiosProps struct {
	Legend  string
	Name    string
	Value   string // the chosen option
	Options []Option
	Hint    string
	Error   string
}

// radioID gives the first option the field's own id, because that is where the
// error summary leads.
func radioID(name string, i int, option string) string {
	if i == 0 {
		return FieldID(name)
	}
	return FieldID(name + "-" + option)
}

// ChoicesProps describes a choice of one among a few that need more than a word; its children are Choice components.
type ChoicesProps struct {
	Legend     string
	HideLegend bool
	Name       string
	Hint       string
	Error      string
}

// ChoiceProps describes one of Choices. ID is FieldID of the name for the first one, because that is where the error
// summary leads.
type ChoiceProps struct {
	Name     string
	Value    string
	ID       string
	Checked  bool
	Disabled bool
	Attrs    templ.Attributes
}

// FileProps describes a field that takes a file.
type FileProps struct {
	Label  string
	Name   string
	Accept string // media types or endings
	Hint   string
	Error  string
}
