package views

import "strings"

// APIReference is the JSON API as its reference shows it. Texts may hold `code` in backticks.
type APIReference struct {
	Title    string
	Summary  string
	Intro    []string // paragraphs
	Groups   []APIGroup
	Problems []APIProblem
}

// APIGroup is a part of the API.
type APIGroup struct {
	Name       string
	Text       string
	Operations []APIOperation
}

// APIOperation is one method of one address.
type APIOperation struct {
	ID       string // names it in links
	Method   string
	Path     string
	Summary  string
	Text     string
	Roles    []string // of the keys that may call it
	Inputs   []APIField
	Body     []APIField
	Example  string // of the body, as JSON
	Answers  []APIAnswer
	Refusals []APIAnswer
}

// writes tells whether the operation changes something.
func (o APIOperation) writes() bool { return o.Method != "GET" }

// APIField is a parameter or a field of a body. Fields of fields are named by their path: items[].quantity.
type APIField struct {
	Name     string
	Where    string // path, query or header; empty for fields
	Type     string
	Required bool
	Text     string
}

// APIAnswer is one status of an operation.
type APIAnswer struct {
	Status  string
	Text    string
	Fields  []APIField
	Example string // as JSON
}

// APIProblem is one kind of problem document.
type APIProblem struct {
	Slug   string
	Status string
	Title  string
	Advice string
}

// textPart is a run of a text that is code or is not.
type textPart struct {
	text string
	code bool
}

// textParts takes a text with `code` in backticks apart.
func textParts(text string) []textPart {
	var parts []textPart
	code := false
	for run := range strings.SplitSeq(text, "`") {
		if run != "" {
			parts = append(parts, textPart{run, code})
		}
		code = !code
	}
	return parts
}
